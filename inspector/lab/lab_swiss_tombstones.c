// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 800 };

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true, as_told = true;
    unsigned freed = 0, tombstones = 0, taken = 0;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_25))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_swiss_put(&m, key);
    for (int64_t key = 0; key < ENTRIES / 2; key++) {
        struct swiss_table_view before, after;
        works &= swiss_snapshot_table(&m.context, m.map, 0, &before);
        lab_swiss_forget(&m);
        works &= lab_swiss_drop(&m, key) && swiss_snapshot_table(&m.context, m.map, 0, &after);
        const struct swiss_event *event = lab_swiss_last(&m, SWISS_EVENT_DELETE);
        bool tombstone = event && event->detail & SWISS_DETAIL_TOMBSTONE;
        // A tombstone counts as used room.
        as_told &= after.growth_left == before.growth_left + !tombstone;
        as_told &= after.tombstones == before.tombstones + tombstone;
        tombstones += tombstone;
        freed += !tombstone;
    }
    for (int64_t key = 0; key < ENTRIES / 2; key++) {
        lab_swiss_forget(&m);
        works &= lab_swiss_put(&m, key);
        const struct swiss_event *event = lab_swiss_last(&m, SWISS_EVENT_INSERT);
        taken += event && event->detail & SWISS_DETAIL_TOMBSTONE;
    }
    lab_note(notebook, "%d of %d entries deleted: %u slots empty at once, %u became tombstones", ENTRIES / 2,
             ENTRIES, freed, tombstones);
    lab_note(notebook, "inserted again: %u of them took a tombstone", taken);
    if (works && as_told && freed > 0 && tombstones > 0 && taken > 0)
        lab_conclude(notebook, LAB_PARTLY,
                     "only where its group has an empty slot; in a full one it becomes a tombstone, since "
                     "searches for other keys have gone on past it");
    else
        lab_conclude(notebook, LAB_REFUTED, "slots were freed by other rules");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_tombstones = {
    .name = "swiss-tombstones",
    .claim = "a slot of a Swiss map is free again when its entry is deleted",
    .run = run};
