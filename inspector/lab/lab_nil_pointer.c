// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    struct hmap *variable = NULL; // var m map[int64]int64
    struct hmap **no_pointer = NULL, **pointer = &variable;
    int64_t key = 7;
    struct hmap_result before = hmap_assign(&m.context, *pointer, &key);
    bool reads_empty = hmap_length(*pointer) == 0 && before.status == HMAP_NIL_MAP;
    lab_note(notebook, "p = nil: no map variable behind it, so not even len(*p) can be asked");
    lab_note(notebook, "p = &m, m = nil: len(*p) = %lld; (*p)[7] = 1: %s", (long long)hmap_length(*pointer),
             hmap_status_text(before.status));
    *pointer = m.map; // *p = make(map[int64]int64)
    struct hmap_result after = hmap_assign(&m.context, *pointer, &key);
    lab_note(notebook, "*p = make(…): (*p)[7] = 1: %s; the pointer is the same, the map is another",
             hmap_status_text(after.status));
    if (!no_pointer && reads_empty && after.status == HMAP_OK)
        lab_conclude(
            notebook, LAB_HOLDS,
            "the pointer's nil has no variable behind it, the map's nil is a variable without buckets");
    else
        lab_conclude(notebook, LAB_REFUTED, "the two cannot be told apart");
    lab_map_close(&m);
}

const struct lab_experiment lab_nil_pointer = {
    .name = "nil-pointer", .claim = "*map has two kinds of nil: the pointer's and the map's", .run = run};
