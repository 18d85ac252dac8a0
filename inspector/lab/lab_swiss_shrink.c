// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 4001 };

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_26))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_swiss_put(&m, key);
    struct swiss_survey full = lab_swiss_survey(&m);
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_swiss_drop(&m, key);
    struct swiss_survey empty = lab_swiss_survey(&m);
    lab_note(notebook, "%d entries: %llu tables, %llu slots", ENTRIES, (unsigned long long)full.tables,
             (unsigned long long)full.slots);
    lab_note(notebook, "all deleted: %llu entries, %llu tables, %llu slots, %llu tombstones",
             (unsigned long long)empty.live, (unsigned long long)empty.tables,
             (unsigned long long)empty.slots, (unsigned long long)empty.tombstones);
    if (works && empty.live == 0 && empty.tables == full.tables && empty.slots == full.slots)
        lab_conclude(notebook, LAB_REFUTED,
                     "delete neither merges tables nor makes one smaller; a new map is the only way");
    else
        lab_conclude(notebook, LAB_HOLDS, "the map became smaller");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_shrink = {
    .name = "swiss-shrink", .claim = "a Swiss map from which all is deleted becomes small again", .run = run};
