// SPDX-License-Identifier: MIT
// The PT_LOAD segments of an ELF file: which of its bytes are at which address; private to memory/.
#ifndef STRATA_MEMORY_SEGMENTS_H
#define STRATA_MEMORY_SEGMENTS_H

#include "base/bytes.h"
#include "base/error.h"
#include "object/image.h"

struct segment {
    uint64_t address;      // with the bias
    uint64_t memory_bytes; // in memory; more than 0, does not wrap round
    struct bytes held;     // what the file holds of it, from its start; no more than memory_bytes
    bool has_zeros;        // what is not held is zero; else it is unknown
};

struct segments {
    struct image *image; // owned
    struct segment
        *list; // owned, by address, without overlaps: of two, the one that starts first has the bytes
    size_t count;
};

enum segments_wanted {
    SEGMENTS_ALL,
    SEGMENTS_CONSTANT, // only what the program cannot write to
};

// Opens the file, reads its program headers and moves their addresses by `bias`. A core's segments have no
// zeros: what the core does not hold was left out.
MUST_USE struct error *segments_open(const char *path, uint64_t bias, enum segments_wanted wanted,
                                     struct segments *segments);
void segments_close(struct segments *segments);

// Copies the bytes at `address`, at most size_bytes, and returns how many bytes that were: 0 when
// they are unknown. *gap_bytes is then how many bytes, at most size_bytes, are unknown.
size_t segments_copy(const struct segments *segments, uint64_t address, void *buffer, size_t size_bytes,
                     size_t *gap_bytes);

#endif
