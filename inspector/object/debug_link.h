// SPDX-License-Identifier: MIT
// Finds the files that hold a program's debug information when it does not hold it itself, as gdb's manual
// ("Debugging Information in Separate Files") and dwz describe it:
//
//     build-id 1a2b3c…        FOLDER/.build-id/1a/2b3c….debug, then the cache of debuginfod's client: CACHE/1a2b3c…/debuginfo
//     .gnu_debuglink ls.debug beside the program, in .debug/ beside it, in FOLDER/usr/bin
//     .gnu_debugaltlink       absolute, or relative to the debug file's real place; then FOLDER/.build-id,
//     then FOLDER/.dwz .debug_sup (DWARF 5)    likewise
//
// A candidate is taken only when it proves to belong: by build-id, or by the checksum where there is none. A
// stale file would give wrong layouts, so it is never taken, only mentioned.
#ifndef STRATA_OBJECT_DEBUG_LINK_H
#define STRATA_OBJECT_DEBUG_LINK_H

#include "base/notices.h"
#include "base/progress.h"
#include "object/image.h"

// Where debug files may be.
struct debug_places {
    const char *const *folders;     // NULL-terminated
    bool fetch;                     // and on debuginfod's servers, see debug_server.h
    struct progress_sink *progress; // of fetching; NULL: nobody asks
    struct archive_beside
        *beside; // of a member of an archive, whose alternate file is another one; NULL: it is none
};

struct archive_beside;

// `folders` NULL: /usr/lib/debug.
struct debug_places debug_places_of(const char *const *folders, bool fetch, struct progress_sink *progress);

// Sets *found to the file that holds the debug information of `program`.
// Errors: ERROR_NO_DEBUG with the places that were searched, one line; out of memory. Candidates that were
// turned down go to `warnings`. Thread-safe.
MUST_USE struct error *debug_link_find(const struct image *program, const struct debug_places *places,
                                       struct notices *warnings, struct image **found);

// Sets *found to the program that left a core, or to its debug file: the file at `path` (NULL: not known) when its build-id is the one asked
// for, else the debug file of that build-id; NULL when there is neither. Candidates that were turned down go to `warnings`. Thread-safe.
void debug_link_find_program(const struct image *core, const char *path, struct bytes build_id,
                             const struct debug_places *places, struct notices *warnings,
                             struct image **found);

// Sets *found to the file that `debug` names as its alternate (supplementary) one; NULL when it names none,
// and with a warning when it names one that is not there. Errors: out of memory only.
MUST_USE struct error *debug_link_find_alternate(const struct image *debug, const struct debug_places *places,
                                                 struct notices *warnings, struct image **found);

#endif
