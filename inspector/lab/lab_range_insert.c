// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

enum { ROUNDS = 400, ENTRIES = 50, NEW_KEY = 1000 };

static void run(struct lab_notebook *notebook)
{
    unsigned never = 0, once = 0, twice = 0;
    bool works = true;
    for (uint64_t round = 0; round < ROUNDS && works; round++) {
        struct lab_map m;
        struct hiter iter;
        unsigned seen = 0, step = 0;
        if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 7 + round))
            return;
        for (int64_t key = 0; key < ENTRIES; key++)
            works &= lab_put(&m, key, key) == HMAP_OK;
        enum hmap_status status = hmap_iter_start(&m.context, m.map, &iter);
        for (; status == HMAP_OK && iter.key; status = hmap_iter_next(&m.context, &iter)) {
            int64_t key;
            memcpy(&key, iter.key, sizeof(key));
            seen += key == NEW_KEY;
            if (++step == ENTRIES / 2)
                works &= lab_put(&m, NEW_KEY, 0) == HMAP_OK;
        }
        hmap_iter_stop(&iter);
        works &= status == HMAP_OK;
        never += seen == 0;
        once += seen == 1;
        twice += seen > 1;
        lab_map_close(&m);
    }
    lab_note(notebook, "%d ranges, one entry added half way: seen once %u times, never %u, twice %u", ROUNDS,
             once, never, twice);
    if (works && once && never && !twice)
        lab_conclude(notebook, LAB_HOLDS,
                     "it depends on whether its bucket and slot lie before or behind the iterator");
    else
        lab_conclude(notebook, LAB_REFUTED, "what was seen is not that");
}

const struct lab_experiment lab_range_insert = {
    .name = "range-insert",
    .source = "runtime/map.go, mapiternext",
    .claim = "an entry added during range may or may not be seen; never twice",
    .run = run};
