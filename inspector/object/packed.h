// SPDX-License-Identifier: MIT
// Files that are compressed as a whole: a kernel module's .ko.xz, a core.zst, a vmlinux.gz.
#ifndef STRATA_OBJECT_PACKED_H
#define STRATA_OBJECT_PACKED_H

#include "base/bytes.h"
#include "base/error.h"

// Whether bytes with this beginning are a gzip, xz or zstd stream.
bool packed_is(struct bytes start);

// Unpacks the first `most_bytes` bytes, or as many as `start`, the beginning of a stream, holds whole: *size_bytes. What is damaged ends
// there. Fails when memory is short. Thread-safe.
MUST_USE struct error *packed_begin(struct bytes start, uint8_t *to, size_t most_bytes, size_t *size_bytes);

// Where the file behind `descriptor` is compressed, *kept is its content, a nameless file in memory that the caller
// closes; else -1. The streams may be several, one behind the other, as those formats allow. `path` is for
// messages. Errors: those of the system, a damaged or cut stream, and one that grows more than any program does
// (64 times) or beyond 16 GiB: ERROR_BAD_FORMAT. Thread-safe.
MUST_USE struct error *packed_unpack(int descriptor, const char *path, int *kept);

// The same of bytes in memory.
MUST_USE struct error *packed_unpack_bytes(struct bytes packed, const char *path, int *kept);

#endif
