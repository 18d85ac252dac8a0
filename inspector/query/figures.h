// SPDX-License-Identifier: MIT
// What lists say of each type, kept between runs with the index, where the source keeps one. A list that finds it builds no type.
//
//     figures_open ─► known ───► figures_take ──────────────────────────────┐
//                 └─► unknown ─► a walk, figures_summarize ─► figures_keep ─┴─► the list
//
// What was kept is judged when it is opened: forged bytes can make a list wrong, and no more.
#ifndef STRATA_QUERY_FIGURES_H
#define STRATA_QUERY_FIGURES_H

#include "query/columns.h"
#include "query/select.h"
#include "query/walk.h"

struct figures_file; // what was kept

// All zero: nothing is known, and nothing will be kept.
struct figures {
    const struct query *query;
    const struct selection *selection;
    bool are_kept;               // what is computed will be
    bool *is_known;              // by position: for struct walk; NULL: nothing is
    struct figures_file *file;   // NULL: nothing was kept
    struct figures_fresh *fresh; // by position: what this run has computed; NULL: nothing is to be kept
    char part[32];               // what it is kept as
};

// Looks what is known of the selection, which is borrowed until figures_close, as is the query. A selection that is not of the index of
// everything has no figures. Fails only when memory is short; then there is nothing to be closed.
MUST_USE struct error *figures_open(const struct query *query, const struct selection *selection,
                                    struct figures *figures);
void figures_close(struct figures *figures); // all zero is fine

// The summary of a type that is known, with the parts that are asked for, and the names of its members as member_names gives them. Texts
// live as long as the source, those of kind and language for ever. False: it is not known. `members` may be NULL. Thread-safe.
bool figures_take(const struct figures *figures, size_t position, unsigned parts,
                  struct type_summary *summary, const char **members);

// As summary_of_item, where the type is not known: what is computed is noted for figures_keep, in the worker's kept arena.
MUST_USE struct error *figures_summarize(const struct figures *figures, struct walk_worker *worker,
                                         const struct walk_item *item, unsigned parts,
                                         struct type_summary *summary);

// Keeps what is known and what was noted, before walk_free. Where nothing was noted, or memory is short, nothing is kept.
void figures_keep(const struct figures *figures);

#endif
