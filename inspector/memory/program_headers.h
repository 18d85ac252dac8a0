// SPDX-License-Identifier: MIT
// The program headers of an ELF file, as they stand: nothing in them was checked but that the table lies in the
// file; private to memory/. (gABI, "Program Header".)
#ifndef STRATA_MEMORY_PROGRAM_HEADERS_H
#define STRATA_MEMORY_PROGRAM_HEADERS_H

#include "base/error.h"
#include "object/image.h"
#include <stdbool.h>
#include <stdint.h>

// What of a program header matters here.
struct elf_segment {
    uint32_t type, flags; // PT_*, PF_*
    uint64_t offset, address, file_bytes, memory_bytes;
};

struct elf_segments {
    const struct image *image; // borrowed
    uint64_t offset, entry_bytes, count;
};

// Where the table is. Error: there is none, or it leaves the file.
MUST_USE struct error *elf_segments_find(const struct image *image, struct elf_segments *segments);

// Reads header number `index`; false: it cannot be read.
bool elf_segments_read(const struct elf_segments *segments, uint64_t index, struct elf_segment *header);

#endif
