// SPDX-License-Identifier: MIT
// Builds type indexes: of everything, or of the types of certain names only.
#ifndef STRATA_SCAN_SCAN_H
#define STRATA_SCAN_SCAN_H

#include "base/error.h"
#include "base/progress.h"
#include "dwarf/unit.h"
#include "type/name_fit.h"
#include "type/type_index.h"

// Whether units of C and C++ get the quick pass (quick_unit.h); SCAN_QUICK: of all languages whose names have scopes. The index is the
// same: tests compare both ways.
enum scan_way { SCAN_AS_PAYS, SCAN_GENERAL, SCAN_QUICK };

struct scan_options {
    unsigned threads;               // 0 stands for as many as are available
    struct progress_sink *progress; // in bytes of the units; it is started by the caller; NULL: none
    bool first;        // scan_names: no further unit once each name has a definition that is no typedef
    size_t enough;     // no further unit once so many types are found; 0: all units
    enum scan_way way; // but for tests SCAN_AS_PAYS
};

// Scans every unit. The index is the caller's. Units that break the rules are skipped and stand in
// index->problems. The result does not depend on the number of threads,
// unless `enough` cuts it short and there are several.
MUST_USE struct error *scan_all(const struct unit_table *table, const struct scan_options *options,
                                struct type_index **index);

// Only the types whose qualified name is one of `names` (struct/class/union/enum keyword already taken off).
// Equal to picking them from scan_all's result, and much faster: only units whose bytes can hold the name are
// looked at.
MUST_USE struct error *scan_names(const struct unit_table *table, const char *const *names,
                                  size_t names_count, const struct scan_options *options,
                                  struct type_index **index);

// As scan_all, or with names as scan_names, of a table that still grows: it runs the growth on one of the threads, and the others read
// behind it. When it returns nobody uses `growth` any more. If the growth is given up (unit_growth_end says so) the index is void and only
// to be freed; else the result is the same as of the finished table.
MUST_USE struct error *scan_growing(struct unit_growth *growth, const char *const *names, size_t names_count,
                                    const struct scan_options *options, struct type_index **index);

// The types whose qualified names `fits` accepts, which may be called by several threads at once. Equal to picking them
// from scan_all's result, and faster where all units are of languages without scopes or of C++; elsewhere it is scan_all, and *is_all.
MUST_USE struct error *scan_fitting(const struct unit_table *table, name_rule *fits, void *context,
                                    const struct scan_options *options, struct type_index **index,
                                    bool *is_all);

#endif
