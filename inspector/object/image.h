// SPDX-License-Identifier: MIT
// One program file, ELF or one of container.h, mapped whole, with its headers decoded. Nothing of the content is read until somebody asks
// for it.
//
//     file       ┌ ELF header ┬ sections … ┬ section headers ┐
//     mapping    │ pages of the file, the last one filled up with zeros │ guard page │
//                                                                        zeros
//
// The guard page makes a read of a word behind the last byte of any section harmless, even where the file
// ends with its page.
//
// Small files are read into such pages instead of being mapped: see image.c.
//
// A file that another process truncates while it is mapped raises SIGBUS at the next access to a lost page;
// copying every file to guard against that would cost more than the whole scan. Hostile files belong in a
// worker process (reference: libdwarf.md).
#ifndef STRATA_OBJECT_IMAGE_H
#define STRATA_OBJECT_IMAGE_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/platform.h"
#include "object/file_wish.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// A section header. All of it comes from the file and was checked for nothing but what `bytes` says.
struct image_section {
    const char *name; // "" when the file gives none; borrowed from the mapping
    uint32_t type;    // SHT_*
    uint32_t link, info;
    uint64_t flags; // SHF_*
    uint64_t address, offset, size_bytes;
    struct bytes bytes; // as they stand in the file; empty for SHT_NOBITS and when `truncated`
    bool truncated;     // the header claims bytes behind the end of the file
    // Of Mach-O and COFF, where relocations are no section of their own: the table's place, and its entries as claimed.
    uint64_t relocations_offset;
    uint32_t relocations_count;
};

struct container; // of container.h

struct image {
    char *path;
    struct bytes file;
    void *mapping;
    size_t mapping_bytes;
    bool is_mapped; // else the file was read into pages of memory
    dev_t device;
    ino_t inode;

    uint16_t machine, type;
    unsigned address_bits;
    bool big_endian;
    uint8_t build_id[64];       // of Mach-O its UUID, of PE the signature of its CodeView entry
    size_t build_id_size_bytes; // 0: none

    const struct container *container; // NULL: ELF
    enum platform platform;
    const char *slice; // of Mach-O: "x86_64", what it is for
    const char *note;  // worth saying: which part of a universal file was taken; NULL: nothing
    // The symbol table of a container: its place in the file, as its reader checked it, its entries, and their names.
    struct bytes symbols, symbol_names;
    bool names_have_underscore; // the format puts one before each name
    struct arena arena;         // names that the file does not hold as texts

    struct image_section *sections; // by ELF section index
    size_t sections_count;
    uint32_t extended_indexes; // the SHT_SYMTAB_SHNDX section; 0: none
};

// The bytes behind the end of a section that may be read, whatever they hold.
enum { IMAGE_OVERRUN_BYTES = 16 };

// Opens and maps `path`. Errors: those of the system, a directory or device (ERROR_USAGE), of no known format or cut
// short (ERROR_BAD_FORMAT). Thread-safe; what it made is read-only and may be shared.
MUST_USE struct error *image_open(const char *path, struct image **image);

// As image_open; of a universal file that slice is taken ("arm64"). NULL: see universal.h.
MUST_USE struct error *image_open_slice(const char *path, const char *slice, struct image **image);

// As image_open, but for ELF files only, and reads the ELF header alone: there are no sections and no build id then. For files that
// are read by their segments: a core that was cut short has lost its section headers.
MUST_USE struct error *image_open_bare(const char *path, struct image **image);

// As image_open, for what a user names, as the wish says (NULL: as most are): "-" is standard input, what comes through a pipe is kept in
// memory, and X.dSYM is the file in that bundle.
MUST_USE struct error *image_open_input(const char *path, const struct file_wish *wish, struct image **image);

// As image_open_input, of what an open descriptor holds; it stays open. `path` is for messages.
MUST_USE struct error *image_open_at(const char *path, int descriptor, const struct file_wish *wish,
                                     struct image **image);

void image_close(struct image *image); // NULL is fine
void image_close_at(struct image **pointer);

// The first section of that name; NULL when there is none or when it has no bytes in the file.
const struct image_section *image_find_section(const struct image *image, const char *name);

// One entry of a symbol table.
struct image_symbol {
    uint32_t name;
    uint8_t info;
    uint32_t section; // index with SHN_XINDEX resolved; SHN_ABS and other reserved ones as they stand
    uint64_t value, size_bytes;
};

// Entry `index` of the symbol table that is section `table`; false when either does not exist. Thread-safe.
bool image_symbol(const struct image *image, uint32_t table, uint64_t index, struct image_symbol *symbol);

// Bytes of one entry of a symbol table, for counting them.
size_t image_symbol_size_bytes(const struct image *image);

#endif
