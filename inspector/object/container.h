// SPDX-License-Identifier: MIT
// Formats of program files besides ELF. Each fills a struct image as the ELF reader does, in ELF's words:
//
//     Mach-O   __DWARF,__debug_str_offs  ┐
//     PE/COFF  /123, in the string table ├─► image_section ".debug_str_offsets", SHT_PROGBITS; machine EM_*; type ET_*
//     wasm     custom .debug_str_offsets ┘
//
// Section 0 is of no type, as in ELF: Mach-O and COFF, too, count their sections from 1.
#ifndef STRATA_OBJECT_CONTAINER_H
#define STRATA_OBJECT_CONTAINER_H

#include "object/image.h"

struct relocate_place;

struct container_symbol {
    // As in the source, without the underscore that some formats put before it. Ends with a zero, or where
    // these bytes do. Empty: no definition.
    struct bytes name;
    uint64_t address;
};

struct container {
    const char *name; // "Mach-O"
    // Whether a file that begins so is of the format; `start` may be the first part of the file alone.
    bool (*is)(struct bytes start);
    // Fills the image, whose file is mapped. Errors: ERROR_BAD_FORMAT, ERROR_UNSUPPORTED, ERROR_NO_DEBUG, with the
    // image's path.
    struct error *(*read)(struct image *image);
    // Applies an object's relocations, see relocate_sections. NULL: what stands at the places is what is meant.
    struct error *(*relocate)(const struct image *image, const struct relocate_place *places);
    // The entry *index of the symbol table; *index is the next one's then. False behind the last. NULL: no
    // symbols are read.
    bool (*symbol)(const struct image *image, uint64_t *index, struct container_symbol *symbol);
    // What a file without DWARF holds instead, and what to do: "a PDB (x.pdb), which …". Kept in the arena.
    const char *(*instead)(const struct image *image, struct arena *arena);
};

extern const struct container container_macho, container_pe, container_wasm;

// NULL: it is none of these.
const struct container *container_of_start(struct bytes start);

// The address of a symbol, and how many bytes there are to the next one or to the end of its section. Not fast. Thread-safe.
bool container_find_symbol(const struct image *image, const char *name, uint64_t *address,
                           uint64_t *size_bytes);

#endif
