// SPDX-License-Identifier: MIT
// What the readers of both designs share; private to watch/live_*.
#ifndef STRATA_WATCH_LIVE_LINKS_H
#define STRATA_WATCH_LIVE_LINKS_H

#include "watch/live_read.h"

// Reads with one call, and counts it.
size_t live_read(struct live_reader *reader, struct memory_range *ranges, size_t count);

// Reads the header into reader->header. False: it cannot be read.
bool live_header_read(struct live_reader *reader);

// The hash of a key as it was read. False: it is not known.
bool live_key_hash(struct live_reader *reader, const uint8_t *key, uint64_t seed, uint64_t *hash);

// Where in a bucket or group the key or the element of a slot lies.
static inline size_t live_slot_at(const struct map_part *part, size_t slot)
{
    return part->offset_bytes + slot * part->stride_bytes;
}

#endif
