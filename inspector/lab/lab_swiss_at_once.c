// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 20000 };

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true, whole = true;
    uint32_t most = 0;
    int64_t at = 0;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_25))
        return;
    for (int64_t key = 0; key < ENTRIES && works; key++) {
        lab_swiss_forget(&m);
        works = lab_swiss_put(&m, key);
        const struct swiss_event *grow = lab_swiss_last(&m, SWISS_EVENT_GROW);
        const struct swiss_event *split = lab_swiss_last(&m, SWISS_EVENT_SPLIT);
        uint32_t moved = split ? split->count_a + split->count_b : grow ? grow->count_a : 0;
        // Nothing is left behind: of a table that was replaced the directory has no entry any more.
        for (uint64_t entry = 0; moved && entry < (uint64_t)m.map->dirLen; entry++) {
            struct swiss_table_view table;
            whole &= swiss_snapshot_table(&m.context, m.map, entry, &table) && table.entry <= entry;
        }
        if (moved > most) {
            most = moved;
            at = key + 1;
        }
    }
    lab_note(notebook, "%d entries: the most that one insert moved is %u entries, with entry %lld", ENTRIES,
             most, (long long)at);
    if (works && whole && most > SWISS_MAX_TABLE_SLOTS / 2 && most < SWISS_MAX_TABLE_SLOTS)
        lab_conclude(
            notebook, LAB_REFUTED,
            "the insert that finds a table full moves all of it; there is never more than a table of "
            "1024 slots to move");
    else
        lab_conclude(notebook, LAB_HOLDS, "an insert left a part for others");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_at_once = {
    .name = "swiss-at-once",
    .claim = "a Swiss map moves its entries in small parts with the writes that follow",
    .run = run};
