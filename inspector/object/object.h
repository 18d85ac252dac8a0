// SPDX-License-Identifier: MIT
// A program file with its debug information found, mapped, joined, decompressed and relocated: all that the
// dwarf layer reads.
//
//     path ─► image (ELF, mapped) ──has .debug_info──────────────► sections ─► object
//                 └─ none: build-id, .gnu_debuglink ─► image ──────┘              └─ alternate object
//                                                                                   (.gnu_debugaltlink)
//
// Everything in an object is read-only once it is open and may be shared by all threads until object_close.
#ifndef STRATA_OBJECT_OBJECT_H
#define STRATA_OBJECT_OBJECT_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/progress.h"
#include "object/section.h"
#include <stdbool.h>
#include <stdint.h>

struct object {
    char *path;       // as the user named it: the file that was asked about
    char *debug_path; // where the debug information was found; equal to path when it is in the file itself

    uint16_t elf_machine; // EM_X86_64, ...
    uint16_t elf_type;    // ET_REL, ET_EXEC, ET_DYN
    enum platform platform;
    unsigned address_bits; // 32 or 64, of the ELF class
    bool big_endian;
    bool is_split;    // the sections are those of a .dwo file or a .dwp package: no unit in it is a skeleton
    bool has_both;    // the file has such sections and skeletons (clang's -gsplit-dwarf=single)
    unsigned threads; // allowed for work on it by the caller; at least 1
    uint8_t build_id[64];
    size_t build_id_size_bytes; // 0: none

    // 16 bytes behind the end of each may be read, whatever they hold (a neighbour in the file, or zeros), so
    // that a fast reader may overrun by a word. A section that is absent is empty with a data pointer that
    // may be read all the same. A `.dwo` section stands under its plain name. Borrowed from the object.
    struct bytes sections[SECTION_COUNT];

    // The file that DW_FORM_GNU_ref_alt, GNU_strp_alt, ref_sup4/8 and strp_sup refer to; NULL when the file
    // names none. When it names one that cannot be found, this is NULL and a warning says so.
    struct object *alternate;
    bool lacks_link; // it names none, and nothing has been said of that: who meets one of these forms says so

    // Things worth telling that did not stop the opening ("a.debug: checksum differs from a.out's
    // .gnu_debuglink"), one line each.
    char **warnings;
    size_t warnings_count;

    struct object_parts *parts; // mappings and buffers: the object layer's own
};

// With the debug_path: what is said of a file that refers to an alternate one and names none.
#define OBJECT_LACKS_LINK                                                                                    \
    "%s: it refers to an alternate file, and no link to one can be read: what stands there is missing"

struct object_options {
    const char *const *debug_folders; // NULL-terminated; NULL stands for {"/usr/lib/debug", NULL}
    bool any_expansion;               // read compressed sections that grow more than compilers make them
    bool stay;                        // look into the file itself only, follow no link
    bool part;                        // little will be read of it: nothing is looked through at once
    bool skeletons;                   // of a file with both sets of sections the skeletons, not the .dwo set
    const char *slice;                // of a universal file: "arm64", as lipo calls it; NULL: see universal.h
    unsigned threads;                 // for inflating sections and reading units in parallel; 0 stands for 1
    uint64_t
        grow_from_bytes; // a compressed .debug_info of so many bytes may be left growing: see growth.h; 0: none
    bool fetch;          // ask debuginfod's servers for what is not here
    struct progress_sink *progress; // of fetching; NULL: nobody asks
    struct archive_beside *beside;  // of members of an archive, see archive.h; NULL: none
};

// Opens `path` ("-": standard input; pipes are read to their end); *object is the caller's, to be closed with
// object_close. `options` may be NULL.
// Errors (one line, naming file and, where it applies, section and offset): not found, a directory, no
// permission, not ELF, truncated, ERROR_NO_DEBUG with the places that were searched, a bad compressed
// section, a bad relocation. Thread-safe but for "-".
MUST_USE struct error *object_open(const char *path, const struct object_options *options,
                                   struct object **object);

// The same of what an open descriptor holds, which stays open; `path` is what it is called.
MUST_USE struct error *object_open_at(const char *path, int descriptor, const struct object_options *options,
                                      struct object **object);

// The program's own file: `path`, or, where that is a core, what left it. Borrowed from the object.
const char *object_program_path(const struct object *object);

void object_close(struct object *object);      // NULL is fine
void object_close_at(struct object **pointer); // for CLEANUP(object_close_at)

// Brings a large section into the page tables at once, on the object's threads: a caller that will read all
// of it saves a page fault every 64 KiB. Changes nothing else. Thread-safe.
void object_populate(const struct object *object, enum section_id id);

// Lets the pages of a part of a section go where they are a file's, which come back when they are read; else nothing happens. For
// parts that nobody will read: what else is read has their room. Thread-safe.
void object_let_go(const struct object *object, enum section_id id, uint64_t offset, uint64_t size_bytes);

// A descriptor of the file that a large section stands in as it is, and where: for reading a few bytes here and there, each of which
// would bring sixteen pages into the page tables. -1: there is none. The caller's, to be closed. Thread-safe.
int object_section_descriptor(const struct object *object, enum section_id id, uint64_t *offset);

// Reads `size_bytes` of the program's memory image at a virtual address from the file asked about (vtables,
// Go's runtime types), as the file holds it: dynamic relocations of a PIE or a library are not applied.
// Empty when no loaded section holds the whole range in the file. Borrowed from the object. Thread-safe.
struct bytes object_read_address(const struct object *object, uint64_t address, uint64_t size_bytes);

// The address of a symbol: from the file's .symtab, else from the separate debug file's, else from .dynsym;
// false when there is none. Not fast: it walks the table. Thread-safe.
bool object_find_symbol(const struct object *object, const char *name, uint64_t *address,
                        uint64_t *size_bytes);

// The name of the loaded section that holds the address in the program; NULL: none. Borrowed from the object.
// Thread-safe.
const char *object_section_at(const struct object *object, uint64_t address);

// The symbol that holds the address, of the tables that object_find_symbol looks into, and how far into it the
// address is; NULL: none. Of several the one that starts nearest. Borrowed from the object. Not fast: it walks
// the tables. Thread-safe.
const char *object_symbol_at(const struct object *object, uint64_t address, uint64_t *offset_bytes);

#endif
