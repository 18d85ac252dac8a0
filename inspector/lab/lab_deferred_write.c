// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

struct deferred {
    struct lab_map *m;
    bool done;
};

static void write_deferred(struct deferred *deferred)
{
    deferred->done = lab_put(deferred->m, 1, 10) == HMAP_OK;
}

// defer func() { m[1] = 10 }(), as C has it: it runs when the scope is left.
static NOINLINE bool deferring(struct lab_map *m)
{
    CLEANUP(write_deferred) struct deferred deferred = {.m = m};
    return lab_has(m, 1);
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 2))
        return;
    bool before = deferring(&m), after = lab_has(&m, 1);
    lab_note(notebook, "inside of the function m[1] is %s, after it has returned m[1] is %s",
             before ? "there" : "missing", after ? "there" : "missing");
    if (!before && after)
        lab_conclude(
            notebook, LAB_REFUTED,
            "it is done before the caller goes on, and the map is the one that all share; only what the "
            "function itself looked at earlier is older");
    else
        lab_conclude(notebook, LAB_HOLDS, "the caller does not see it");
    lab_map_close(&m);
}

const struct lab_experiment lab_deferred_write = {
    .name = "deferred-write", .claim = "a map write in a deferred function may be invisible", .run = run};
