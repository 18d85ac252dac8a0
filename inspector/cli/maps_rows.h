// SPDX-License-Identifier: MIT
// From what a look has found to the rows of a document: paths, folding, why, filters, order.
#ifndef STRATA_CLI_MAPS_ROWS_H
#define STRATA_CLI_MAPS_ROWS_H

#include "gomap/map_look.h"
#include "query/where.h"
#include "report/maps.h"

struct maps_choice {
    const char *map, *type; // NULL: all. '*' stands for anything
    bool unfolded;          // a row for each map, those that no variable leads to included
    struct where *const *wheres;
    size_t wheres_count;
    const struct column *sort; // NULL: by what changed most
    bool reverse;
    uint64_t top; // 0: all
};

struct maps_rows {
    VEC(struct map_row) list;              // in order
    uint64_t left_out;                     // by `top`
    uint64_t maps, held_bytes, live_bytes; // with a path
    uint64_t unrooted_maps, unrooted_held_bytes;
    uint64_t of_path, of_type; // maps that `map` and `type` of the choice mean, each for itself; shown or not
    size_t path_cells, type_cells;
    const char *design;       // see struct maps_process
    VEC(uint32_t) row_of_map; // for each map of the look the `number` of its row; UINT32_MAX: it is in none
    struct arena arena;       // the texts
};

// The rows of a look, all of them that the choice takes; `order` them afterwards. The caller frees them, also when this
// fails.
MUST_USE struct error *maps_rows_make(const struct map_look *look, struct page_cache *pages,
                                      struct type_maker *maker, const struct maps_choice *choice,
                                      struct maps_rows *rows);

// Whether --map and --type name something that is there: a nil map is, by the name of its variable. What is not is an error,
// since a gate on a mistyped name would let everything pass. `looker` made the look that the rows are of.
MUST_USE struct error *maps_choice_problem(const struct maps_choice *choice, const struct maps_rows *rows,
                                           const struct map_looker *looker);

// Filters by --where, sorts and cuts. Returns how many rows waste more percent than `waste_limit` (UINT64_MAX: none),
// those that are cut off included.
uint64_t maps_rows_order(struct maps_rows *rows, const struct maps_choice *choice, uint64_t waste_limit);

// The rows of `now` that differ from those of `before` (by path and type), with what they were; those that are gone,
// too. Takes over nothing: the texts stay where they are.
MUST_USE struct error *maps_rows_compare(const struct maps_rows *before, const struct maps_rows *now,
                                         struct maps_rows *result);

// The same rows, to be ordered otherwise; their texts are those of `rows`. False: memory is short.
bool maps_rows_copy(const struct maps_rows *rows, struct maps_rows *copy);

// The maps that the rows of `shown`, a copy, stand for: their numbers in the look, in *numbers, which the caller frees.
MUST_USE struct error *maps_rows_numbers(const struct maps_rows *rows, const struct maps_rows *shown,
                                         uint32_t **numbers, size_t *count);

void maps_rows_free(struct maps_rows *rows);

#endif
