// SPDX-License-Identifier: MIT
// A Go program with all that is known of it: its memory, the types of its debug information and those that it carries
// itself, and what its runtime says. What whoever looks at maps opens first.
#ifndef STRATA_GOMAP_GO_PROGRAM_H
#define STRATA_GOMAP_GO_PROGRAM_H

#include "gomap/rtype.h"
#include "gomap/runtime_facts.h"
#include "memory/target.h"

// Gives the type graph of an rtype's address, for the dynamic types of interfaces; NULL where it knows none.
struct dynamic_types {
    const struct type *(*type_at)(void *context, uint64_t rtype);
    void *context;
};

struct go_program {
    struct memory_target *target;
    struct type_source *source; // NULL: no debug information
    struct go_runtime *runtime; // NULL: the runtime's own data cannot be read
    struct go_types *types;     // NULL then
    struct type_maker *maker;   // of both kinds of types
    struct dynamic_types dynamic;
};

struct go_program_options {
    const char *executable;           // take this file; NULL: find it
    bool ignores_debug;               // as if there were no debug information: the program's own types alone
    bool is_recorded, salvages;       // memory/target.h
    struct type_source_options debug; // how debug information is looked for
};

// Opens a process (`name` is all digits) or a core. What is missing and does not stop the opening goes to `notices`
// (may be NULL). Errors: those of memory_target_open; a program that is not Go's. Not thread-safe.
MUST_USE struct error *go_program_open(const char *name, const struct go_program_options *options,
                                       struct notice_sink *notices, struct go_program **program);
void go_program_close(struct go_program *program); // NULL is fine

// "go1.24.4"; NULL: the program does not tell.
const char *go_program_version(const struct go_program *program);

#endif
