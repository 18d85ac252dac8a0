// From what a look has found to the rows of a document: paths, folding, why, filters, order.
#ifndef STRATA_CLI_MAPS_ROWS_H
#define STRATA_CLI_MAPS_ROWS_H

#include "gomap/map_look.h"
#include "query/where.h"
#include "report/maps.h"

struct maps_choice {
    const char *map, *type; // NULL: all. '*' stands for anything
    bool unfolded;          // a row for each map
    struct where *const *wheres;
    size_t wheres_count;
    const struct column *sort; // NULL: by what changed most
    bool reverse;
    uint64_t top; // 0: all
};

struct maps_rows {
    VEC(struct map_row) list; // in order
    uint64_t left_out;        // by `top`
    uint64_t maps, held_bytes, live_bytes;
    size_t path_cells, type_cells;
    const char *design; // see struct maps_process
    struct arena arena; // the texts
};

// The rows of a look, all of them that the choice takes; `order` them afterwards. The caller frees them, also when this
// fails.
MUST_USE struct error *maps_rows_make(const struct map_look *look, struct pages *pages,
                                      struct type_maker *maker, const struct maps_choice *choice,
                                      struct maps_rows *rows);

// Filters by --where, sorts and cuts. Returns how many rows waste more percent than `waste_limit` (UINT64_MAX: none),
// those that are cut off included.
uint64_t maps_rows_order(struct maps_rows *rows, const struct maps_choice *choice, uint64_t waste_limit);

// The rows of `now` that differ from those of `before` (by path and type), with what they were; those that are gone,
// too. Takes over nothing: the texts stay where they are.
MUST_USE struct error *maps_rows_compare(const struct maps_rows *before, const struct maps_rows *now,
                                         struct maps_rows *result);

void maps_rows_free(struct maps_rows *rows);

#endif
