// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

// func callee(m map[int64]int64) { m[1] = 10 }
static NOINLINE enum hmap_status callee_assigns(struct hmap_context *context, struct hmap *map)
{
    int64_t key = 1, elem = 10;
    return hmap_store(context, map, &key, &elem);
}

// func callee(m map[int64]int64) { m = make(map[int64]int64) }
static NOINLINE enum hmap_status callee_replaces(struct hmap_context *context, struct hmap *map)
{
    enum hmap_status status = hmap_make(context, 0, &map);
    if (status == HMAP_OK)
        hmap_destroy(context, map); // what nobody else has
    return status;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    struct hmap *before = m.map;
    lab_note(notebook, "what is passed: one pointer, %zu bytes", sizeof(m.map));
    bool assigned = callee_assigns(&m.context, m.map) == HMAP_OK;
    lab_note(notebook, "after the callee's m[1] = 10 the caller has %lld entry, m[1] is %s",
             (long long)hmap_length(m.map), lab_has(&m, 1) ? "there" : "missing");
    bool replaced = callee_replaces(&m.context, m.map) == HMAP_OK;
    lab_note(notebook, "after the callee's m = make(…) the caller has %s map",
             m.map == before ? "the same" : "another");
    if (assigned && replaced && lab_has(&m, 1) && m.map == before)
        lab_conclude(notebook, LAB_REFUTED,
                     "caller and callee hold the same header, so entries are shared; only a new value of the "
                     "callee's variable stays unseen");
    else
        lab_conclude(notebook, LAB_HOLDS, "the caller does not see the callee's entries");
    lab_map_close(&m);
}

const struct lab_experiment lab_pass_map = {
    .name = "pass-map",
    .source = "runtime/map.go, makemap",
    .claim = "a function that gets a map by value and assigns to it does not affect its caller",
    .run = run};
