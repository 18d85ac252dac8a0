// SPDX-License-Identifier: MIT
// The program that wrote a log: its functions, their lines, its read-only data. Symbols and debug information are used
// where they are and not needed: a stripped Go program keeps .gopclntab, and its runtime's moduledata leads to the rest.
//
//     .gopclntab ─► functions: names, addresses, lines             (lab/go_lines.h)
//     moduledata ─► where the code and the runtime types begin     (runtime/symtab.go; a word of it is .gopclntab's address)
//     .go.buildinfo, .note.go.buildid ─► version, build
//
// All of it comes from the file: every read is checked.
#ifndef STRATA_EXPLAIN_PROGRAM_H
#define STRATA_EXPLAIN_PROGRAM_H

#include "base/arena.h"
#include "explain/program_facts.h"
#include "lab/go_lines.h"
#include "object/image.h"
#include "source/type_source.h"

struct program_function {
    const char *name;
    uint64_t index; // in `lines`
};

struct program {
    struct program_facts facts;
    struct image *image;
    struct go_lines lines;
    struct program_function *functions; // by name
    size_t functions_count;
    uint64_t types;             // runtime.types; 0: not known
    struct type_source *source; // NULL: no debug information
    struct arena arena;
};

// To be closed in any case. Errors: no Go program, or one whose tables cannot be read.
MUST_USE struct error *program_open(const char *path, const struct type_source_options *options,
                                    struct notice_sink *notices, struct program *program);
void program_close(struct program *program);

// Bytes of the program at an address, as the file holds them; empty when it does not.
struct bytes program_bytes(const struct program *program, uint64_t address, uint64_t size_bytes);

// The functions of that name as a log prints it: "main.Set[...].Add" is any of its instances. Calls each(context,
// function) until it says false.
void program_functions_named(const struct program *program, const char *name,
                             bool (*each)(void *context, const struct go_function *function), void *context);

// Whether a function's name begins so.
bool program_has_functions(const struct program *program, const char *beginning);

// The function that holds the address; false: none.
bool program_function_at(const struct program *program, uint64_t address, struct go_function *function);

// The symbol that holds the address, and how far into it that is; NULL: none, or no symbols.
const char *program_symbol_at(const struct program *program, uint64_t address, uint64_t *offset_bytes);

// The name of the runtime type at the address ("map[string]int"), in `arena`; NULL: there is none. *is_map says whether
// it is a map's.
const char *program_type_name(const struct program *program, uint64_t address, struct arena *arena,
                              bool *is_map);

#endif
