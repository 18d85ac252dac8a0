// SPDX-License-Identifier: MIT
// The memory witness's part for buckets; see witness_memory.c.
#ifndef STRATA_CHECK_WITNESS_MEMORY_H
#define STRATA_CHECK_WITNESS_MEMORY_H

#include "check/witnesses.h"

// Fills live maps of the case's kinds with known bytes and finds them again: where tophashes, keys, elements
// and the overflow pointer lie in a bucket, and how far buckets are from one another.
void witness_memory_bucket(struct crosscheck *check, size_t witness, const struct bucket_case *bucket);

#endif
