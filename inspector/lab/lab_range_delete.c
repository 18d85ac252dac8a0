// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

enum { ROUNDS = 200, ENTRIES = 300 };

static void run(struct lab_notebook *notebook)
{
    unsigned ghosts = 0, lost = 0, repeated = 0, deletions = 0;
    bool works = true;
    for (uint64_t round = 0; round < ROUNDS && works; round++) {
        struct lab_map m;
        struct hiter iter;
        unsigned seen[ENTRIES] = {0};
        bool is_deleted[ENTRIES] = {false};
        if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 7 + round))
            return;
        for (int64_t key = 0; key < ENTRIES; key++)
            works &= lab_put(&m, key, key) == HMAP_OK;
        enum hmap_status status = hmap_iter_start(&m.context, m.map, &iter);
        while (status == HMAP_OK && iter.key) {
            int64_t key, other;
            memcpy(&key, iter.key, sizeof(key));
            seen[key]++;
            ghosts += is_deleted[key];
            other = (key * 7 + 1) % ENTRIES; // some other one, seen already or not
            if (key % 2) {
                works &= hmap_delete(&m.context, m.map, &other).status == HMAP_OK;
                is_deleted[other] = true;
                deletions++;
            }
            status = hmap_iter_next(&m.context, &iter);
        }
        hmap_iter_stop(&iter);
        for (int i = 0; i < ENTRIES; i++) {
            lost += !is_deleted[i] && !seen[i];
            repeated += seen[i] > 1;
        }
        works &= status == HMAP_OK;
        lab_map_close(&m);
    }
    lab_note(notebook, "%d ranges with %u deletions of other entries on the way", ROUNDS, deletions);
    lab_note(notebook, "seen after their deletion %u, lost %u, repeated %u", ghosts, lost, repeated);
    if (works && ghosts + lost + repeated == 0)
        lab_conclude(notebook, LAB_HOLDS,
                     "a deleted slot is empty when the iterator comes to it; nothing else moves");
    else
        lab_conclude(notebook, LAB_REFUTED, "deleting disturbs the iterator");
}

const struct lab_experiment lab_range_delete = {.name = "range-delete",
                                                .source = "runtime/map.go, mapiternext",
                                                .claim = "deleting during range is safe",
                                                .run = run};
