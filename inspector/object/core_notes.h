// SPDX-License-Identifier: MIT
// What the kernel or a debugger writes into a core beside the memory of the process: notes (core(5)), the auxiliary vector
// (getauxval(3)) and the files that were mapped. Everything in it may be wrong: what does not fit is not there. Thread-safe.
#ifndef STRATA_OBJECT_CORE_NOTES_H
#define STRATA_OBJECT_CORE_NOTES_H

#include "base/bytes.h"
#include "object/program_headers.h"
#include <stdbool.h>
#include <stdint.h>

// One note of a segment or section of them, which `reader` is over. False: there is no further one, or it is cut short.
struct object_note {
    uint32_t type;            // NT_*
    struct bytes owner, text; // borrowed; the owner with its NUL
};
bool object_note_next(struct byte_reader *reader, struct object_note *note);
bool object_note_is(const struct object_note *note, uint32_t type, const char *owner);

struct core_notes {
    struct bytes auxiliary,
        files; // NT_AUXV, NT_FILE, the first of each; borrowed from the image; empty: there is none
    unsigned word_bytes;
    bool big_endian;
};
struct core_notes core_notes_read(const struct image *core, const struct program_headers *headers);

// The value of that kind (AT_*) in an auxiliary vector: pairs of words up to AT_NULL. 0: there is none.
uint64_t auxiliary_value(struct bytes vector, unsigned word_bytes, bool big_endian, uint64_t kind);
uint64_t core_notes_auxiliary(const struct core_notes *notes, uint64_t kind);

// The files that were mapped, in the order of the note.
struct mapped_files {
    struct byte_reader ranges, names;
    uint64_t left;
    unsigned word_bytes;
};

struct mapped_file {
    uint64_t begin, end; // addresses in the process
    uint64_t page;       // of the file, where the range begins
    const char *name;    // as it stands: see text_is_plain; borrowed from the image
};
struct mapped_files core_notes_files(const struct core_notes *notes);
bool mapped_files_next(struct mapped_files *files, struct mapped_file *file);

// The path of the program: the file that was mapped where its program headers (AT_PHDR) are. Plain text; NULL: not known.
const char *core_notes_program(const struct core_notes *notes);

#endif
