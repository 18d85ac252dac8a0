// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 5000 };

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_26))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_swiss_put(&m, key);
    struct swiss_survey full = lab_swiss_survey(&m);
    uint64_t seed = m.map->seed, clears = m.map->clearSeq;
    works &= lab_swiss_drop(&m, 1) && swiss_clear(&m.context, m.map) == HMAP_OK;
    struct swiss_survey cleared = lab_swiss_survey(&m);
    lab_note(notebook, "%d entries: %llu tables, %llu slots", ENTRIES, (unsigned long long)full.tables,
             (unsigned long long)full.slots);
    lab_note(notebook, "cleared: %llu entries, %llu tables, %llu slots, %llu tombstones",
             (unsigned long long)cleared.live, (unsigned long long)cleared.tables,
             (unsigned long long)cleared.slots, (unsigned long long)cleared.tombstones);
    lab_note(notebook, "the seed is %s, clearSeq went up by %llu, so that iterators notice",
             m.map->seed == seed ? "the same" : "another one",
             (unsigned long long)(m.map->clearSeq - clears));
    if (works && cleared.live == 0 && cleared.tombstones == 0 && cleared.slots == full.slots &&
        m.map->seed != seed && m.map->clearSeq == clears + 1)
        lab_conclude(notebook, LAB_REFUTED, "tables and directory stay; their groups are emptied");
    else
        lab_conclude(notebook, LAB_HOLDS, "slots were given back");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_clear = {
    .name = "swiss-clear", .claim = "clear gives a Swiss map's memory back", .run = run};
