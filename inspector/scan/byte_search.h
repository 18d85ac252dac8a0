// SPDX-License-Identifier: MIT
// Searches in bytes at the speed of memory: a text, or any number of a set.
#ifndef STRATA_SCAN_BYTE_SEARCH_H
#define STRATA_SCAN_BYTE_SEARCH_H

#include "base/attributes.h"
#include "base/bytes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// The first place in [from, end) where the text of `length` bytes (1 at least) stands whole; NULL when there
// is none.
const uint8_t *text_search(const uint8_t *from, const uint8_t *end, const uint8_t *text, size_t length);

// Offsets into a section, looked for as the 4 bytes that a file writes them in. Of offsets past 32 bits the
// low half counts.
//
// Sixteen positions are judged at a time, or thirty-two. Each offset is in one of eight buckets; for its three
// low bytes, tables by half a byte say in which buckets such a byte occurs. A position whose bytes agree on a
// bucket, and whose top byte fits, is looked at. Where the processor looks bytes up in tables of sixty-four, as many positions are judged
// at a time, by what pairs of bytes occur together, which lets far fewer of them pass where offsets are many.
struct number_set;

// `offsets` ascending; copied. NULL when memory is short.
struct number_set *number_set_create(const uint64_t *offsets, size_t count, bool big_endian);
void number_set_free(struct number_set *set); // NULL is fine

// How many positions are judged at a time from now on: no more than `most`, of 64, 32, 16 and 1, and than the processor can. All find
// the same; tests compare them.
FOR_TESTS void number_set_judge_most(struct number_set *set, unsigned most);

// Positions, counted from `base`, in the order found.
struct positions {
    uint32_t *data;
    size_t length, capacity;
};

// Adds the positions in [from, to) at which a number of the set starts; it may end behind `to`, but not
// behind `end`. Positions come in ascending order for each top byte of the set. False when memory is short.
// Thread-safe.
bool number_set_search(const struct number_set *set, const uint8_t *from, const uint8_t *to,
                       const uint8_t *end, const uint8_t *base, struct positions *positions);

#endif
