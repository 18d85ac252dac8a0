// SPDX-License-Identifier: MIT
// Split DWARF: the files that hold the types of a program's skeleton units.
//
//     a.out: skeleton of x.c ─ "x.dwo", id 7 ─► x.dwo beside it, in the folder of its compilation or below --dwo-dir
//                                          └──► a.out.dwp, one package of all
//
// They are joined to the program's unit table, so that types are folded and found over all of them.
#ifndef STRATA_SOURCE_SPLIT_FILES_H
#define STRATA_SOURCE_SPLIT_FILES_H

#include "base/error.h"
#include "base/notices.h"
#include "base/vec.h"
#include "dwarf/unit_table.h"
#include "object/object.h"
#include "source/type_source.h"

struct split_files {
    VEC(struct object *) objects; // the joined tables borrow from them
};

// Opens the files of the table's skeletons and joins them, in the order of the units. A missing or unfit one is a notice with
// its name; the rest stays readable. ERROR_NO_DEBUG when all units are skeletons and no file was found. `files` is to be freed
// after the table, also when this fails. Thread-safe.
MUST_USE struct error *split_files_join(struct unit_table *table, const struct type_source_options *options,
                                        struct notice_sink *notices, struct split_files *files);
void split_files_free(struct split_files *files);

#endif
