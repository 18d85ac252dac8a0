// SPDX-License-Identifier: MIT
// Functions, files and lines of a Go program, from the table that its runtime carries with it (.gopclntab;
// debug/gosym and runtime/symtab.go), which stays even where debug information was stripped. Go 1.18 on.
//
//     header ─► functab: (entry, offset)… sorted ─► _func ─► name
//                                                     ├─► pc→file steps
//                                                     └─► pc→line steps
//
// All of it comes from the file: every read is checked.
#ifndef STRATA_LAB_GO_LINES_H
#define STRATA_LAB_GO_LINES_H

#include "object/object.h"

struct go_lines {
    struct bytes table;
    bool big_endian;
    unsigned pointer_bytes, quantum;
    uint64_t functions_count, text_start;
    uint64_t names, units, files, steps, functions; // offsets in the table
};

struct go_function {
    const char *name; // borrowed from the object
    uint64_t entry, end;
    uint64_t record; // its _func, in the table
};

// ERROR_NOT_FOUND when the program has no such table, ERROR_UNSUPPORTED when it is an older one.
MUST_USE struct error *go_lines_open(const struct object *object, struct go_lines *lines);

// The same of a table that was found otherwise, in a program without symbols. `text_start` 0: the table's own word for
// it counts, which Go 1.26 leaves out (ERROR_NOT_FOUND then). `path` is for errors.
MUST_USE struct error *go_lines_open_table(const char *path, struct bytes table, bool big_endian,
                                           uint64_t text_start, struct go_lines *lines);

// Function `index`; false when there is none, or the table is broken there.
bool go_lines_function(const struct go_lines *lines, uint64_t index, struct go_function *function);

// Where the instruction at `address` of that function comes from; *file is NULL and *line 0 where it is not
// told. Borrowed from the object.
void go_lines_place(const struct go_lines *lines, const struct go_function *function, uint64_t address,
                    const char **file, uint64_t *line);

#endif
