// SPDX-License-Identifier: MIT
// The program headers of an ELF file, or those that a process had in its memory, as they stand: nothing in them was checked
// but that the table is there. (gABI, "Program Header".)
#ifndef STRATA_OBJECT_PROGRAM_HEADERS_H
#define STRATA_OBJECT_PROGRAM_HEADERS_H

#include "base/error.h"
#include "object/image.h"
#include <stdbool.h>
#include <stdint.h>

// What of a program header matters here.
struct program_header {
    uint32_t type, flags; // PT_*, PF_*
    uint64_t offset, address, file_bytes, memory_bytes;
};

struct program_headers {
    struct bytes table; // borrowed
    uint64_t offset;    // of the table in the file
    uint64_t entry_bytes, count;
    bool is_wide, big_endian; // of ELF64
};

// Where the table is. Error: there is none, or it leaves the file. Thread-safe, as all below.
MUST_USE struct error *program_headers_find(const struct image *image, struct program_headers *headers);

// Where the ELF header in `start` says that the table is: fills all but `table`, whose bytes may be elsewhere. False: `start` is
// cut short.
bool program_headers_place(struct bytes start, bool is_wide, bool big_endian,
                           struct program_headers *headers);

// Bytes of one header as the system writes them.
size_t program_header_bytes(bool is_wide);

// Reads header number `index`; false: it cannot be read.
bool program_headers_read(const struct program_headers *headers, uint64_t index,
                          struct program_header *header);

#endif
