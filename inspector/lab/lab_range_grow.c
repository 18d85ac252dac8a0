// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

enum { ROUNDS = 200, ENTRIES = 100, ADDED = 4000 };

struct tally {
    unsigned repeated, lost, wild, growths;
};

// Walks ENTRIES entries and adds ADDED others on the way, so that the map grows several times.
static bool walk_growing(struct lab_map *m, struct tally *tally)
{
    unsigned seen[ENTRIES] = {0};
    struct hiter iter;
    int64_t added = 0;
    enum hmap_status status = hmap_iter_start(&m->context, m->map, &iter);
    while (status == HMAP_OK && iter.key) {
        int64_t key;
        memcpy(&key, iter.key, sizeof(key));
        if (key >= 0 && key < ENTRIES)
            seen[key]++;
        else if (key < 1000 || key >= 1000 + ADDED)
            tally->wild++;
        for (int n = 0; n < ADDED / ENTRIES && added < ADDED; n++, added++)
            if (lab_put(m, 1000 + added, 0) != HMAP_OK)
                status = HMAP_NO_MEMORY;
        if (status == HMAP_OK)
            status = hmap_iter_next(&m->context, &iter);
    }
    hmap_iter_stop(&iter);
    for (int i = 0; i < ENTRIES; i++) {
        tally->lost += seen[i] == 0;
        tally->repeated += seen[i] > 1;
    }
    return status == HMAP_OK;
}

static void run(struct lab_notebook *notebook)
{
    struct tally tally = {0};
    bool works = true;
    for (uint64_t round = 0; round < ROUNDS && works; round++) {
        struct lab_map m;
        if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 100 + round))
            return;
        for (int64_t key = 0; key < ENTRIES; key++)
            works &= lab_put(&m, key, key) == HMAP_OK;
        lab_forget(&m);
        uint8_t before = lab_header(&m).B;
        works = works && walk_growing(&m, &tally);
        tally.growths += lab_header(&m).B - before;
        lab_map_close(&m);
    }
    lab_note(notebook, "%d ranges over %d entries while the map doubled %u times in all", ROUNDS, ENTRIES,
             tally.growths);
    lab_note(notebook, "repeated %u, lost %u, wild %u", tally.repeated, tally.lost, tally.wild);
    if (!works || !tally.growths)
        lab_conclude(notebook, LAB_UNDECIDED, "the map did not grow");
    else if (tally.repeated + tally.lost + tally.wild == 0)
        lab_conclude(notebook, LAB_REFUTED,
                     "the iterator keeps to the array it started on and looks moved entries up again");
    else
        lab_conclude(notebook, LAB_HOLDS, "entries were repeated, lost or wild");
}

const struct lab_experiment lab_range_grow = {
    .name = "range-grow",
    .source = "runtime/map.go, mapiternext",
    .claim = "growth during range invalidates the iterator: repeated, lost or wild entries",
    .run = run};
