// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

// func callee(p *map[int64]int64) { *p = make(map[int64]int64); (*p)[2] = 20 }
static NOINLINE enum hmap_status callee(struct hmap_context *context, struct hmap **pointer)
{
    int64_t key = 2, elem = 20;
    enum hmap_status status = hmap_make(context, 0, pointer);
    return status == HMAP_OK ? hmap_store(context, *pointer, &key, &elem) : status;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    struct hmap *before = m.map;
    bool works = lab_put(&m, 1, 10) == HMAP_OK && callee(&m.context, &m.map) == HMAP_OK;
    lab_note(notebook, "after *p = make(…); (*p)[2] = 20 the caller's variable holds %s map",
             m.map == before ? "the same" : "another");
    lab_note(notebook, "m[1] is %s, m[2] is %s", lab_has(&m, 1) ? "there" : "gone",
             lab_has(&m, 2) ? "there" : "missing");
    if (works && m.map != before && !lab_has(&m, 1) && lab_has(&m, 2))
        lab_conclude(notebook, LAB_HOLDS, "the pointer leads to the caller's variable itself");
    else
        lab_conclude(notebook, LAB_REFUTED, "the caller's map was not replaced");
    hmap_destroy(&m.context, before);
    lab_map_close(&m);
}

const struct lab_experiment lab_pass_pointer = {
    .name = "pass-pointer",
    .claim = "a function that gets a pointer to a map can replace the caller's map",
    .run = run};
