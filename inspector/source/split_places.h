// SPDX-License-Identifier: MIT
// Where a skeleton's .dwo, or a program's .dwp, may be: paths in the order in which they are to be tried. Nothing is opened here.
#ifndef STRATA_SOURCE_SPLIT_PLACES_H
#define STRATA_SOURCE_SPLIT_PLACES_H

#include "base/arena.h"
#include "dwarf/unit.h"
#include "object/object.h"

// All in the arena, whose has_failed says that memory was short.
struct split_places {
    const char **paths;
    size_t count, most;
};

// The file that `skeleton`, a unit of `program`, names: below the folders of --dwo-dir (NULL-terminated; NULL: none) by as much of
// its path as leads somewhere, where it was compiled, and beside the program.
//
//     /build/obj/x.dwo, --dwo-dir D:   D/build/obj/x.dwo  D/obj/x.dwo  D/x.dwo  /build/obj/x.dwo  x.dwo beside the program
void split_places_of_unit(const struct object *program, const struct unit *skeleton,
                          const char *const *folders, struct arena *arena, struct split_places *places);

// The package of all: beside the program, where a link to it leads, beside its debug file (a.debug.dwp, a.dwp), in the folders of
// --dwo-dir, and in those of debug files (NULL stands for the system's): by build-id and by the program's path. As gdb and lldb look.
void split_places_of_package(const struct object *program, const char *const *dwo_folders,
                             const char *const *debug_folders, struct arena *arena,
                             struct split_places *places);

#endif
