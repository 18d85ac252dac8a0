// SPDX-License-Identifier: MIT
// A row a map of a Go program: what `strata maps` writes. Items are struct map_row.
#ifndef STRATA_REPORT_MAPS_H
#define STRATA_REPORT_MAPS_H

#include "query/columns.h"
#include "report/writer.h"

// A map, or several whose paths have one pattern. Texts are borrowed: until end_file.
struct map_row {
#define MAP_TEXT(id, field, ...) const char *field;
#define MAP_NUMBER(id, field, ...) uint64_t field;
#include "report/maps_columns.def"
    uint32_t number;  // of the row, before they were sorted
    bool is_estimate; // overflow buckets are estimated
    bool is_cut;      // some of it could not be read
    // Of a look that is compared with one before: what it was then. A map that is new was nothing; one that is gone
    // holds nothing now.
    bool has_before;
    uint64_t before_count, before_held_bytes;
};

enum map_column_id {
#define MAP_TEXT(id, ...) MAP_COLUMN_##id,
#define MAP_NUMBER(id, ...) MAP_COLUMN_##id,
#include "report/maps_columns.def"
    MAP_COLUMNS
};

extern const struct column_table map_columns;

// The process, or the core of one.
struct maps_process {
    const char *name; // of the program: "sessiond"; NULL: unknown
    int64_t pid;      // 0: a core
    const char *core; // its path; NULL: a process
    const char *executable;
    const char *go_version; // "go1.24.4"; NULL: unknown
    const char *design;     // "Swiss", "classic", "Swiss and classic"; NULL: there is no map
    const char *debug;      // "DWARF"; NULL: types are those that the program carries
    const char *build_id;
};

struct maps_document {
    struct report_document document; // first
    struct maps_process process;
    const char *reading;           // "read without stopping"
    bool compares;                 // rows have what was before
    const char *before_name;       // what it is compared with: "10 s before", a core's path
    double at_seconds;             // of looks one after the other: since the first one
    size_t rows_count;             // of items: known before the first
    size_t path_cells, type_cells; // of the widest ones, for the text
    // Below the rows.
    uint64_t rows_left_out;                      // by --top or the like
    uint64_t maps, held_bytes, live_bytes;       // of all that were found by a variable
    uint64_t unrooted_maps, unrooted_held_bytes; // that no variable leads to
    bool lists_unrooted;                         // they are among the rows
    uint64_t variables, changed;
    const char *limit;    // what was not looked at, and why; NULL: nothing
    uint64_t waste_limit; // --max-waste-pct; UINT64_MAX: not given
    uint64_t over_limit;  // rows over it
};

#endif
