// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 20000, TABLE_MOST = SWISS_MAX_TABLE_SLOTS / SWISS_GROUP_SLOTS * SWISS_MAX_LOAD };

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true, one_at_a_time = true;
    int64_t first_split = 0;
    unsigned splits = 0, doublings = 0;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_25))
        return;
    for (int64_t key = 0; key < ENTRIES && works; key++) {
        lab_swiss_forget(&m);
        works = lab_swiss_put(&m, key);
        const struct swiss_event *split = lab_swiss_last(&m, SWISS_EVENT_SPLIT);
        const struct swiss_event *doubling = lab_swiss_last(&m, SWISS_EVENT_DIRECTORY);
        if (!split)
            continue;
        one_at_a_time &= split->count_a + split->count_b <= TABLE_MOST;
        splits++;
        doublings += doubling != NULL;
        if (splits == 1)
            first_split = key + 1;
        if (splits <= 3)
            lab_note(notebook, "entry %lld: table %u of %d slots becomes two, with %u and %u entries%s",
                     (long long)key + 1, split->table, SWISS_MAX_TABLE_SLOTS, split->count_a, split->count_b,
                     doubling ? "; the directory doubles" : "");
    }
    struct swiss_survey now = lab_swiss_survey(&m);
    struct swiss_header_view header;
    swiss_snapshot_header(&m.context, m.map, &header);
    lab_note(notebook, "%d entries: %u splits, %u doubled directories, %llu tables in %llu entries", ENTRIES,
             splits, doublings, (unsigned long long)now.tables, (unsigned long long)header.directory_entries);
    if (works && one_at_a_time && first_split == TABLE_MOST + 1 && now.tables == splits + 1u &&
        doublings < splits)
        lab_conclude(notebook, LAB_HOLDS,
                     "a full table of 1024 slots becomes two, whatever the others do; the directory of "
                     "pointers alone is doubled at times");
    else
        lab_conclude(notebook, LAB_REFUTED, "the map grew otherwise");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_split = {
    .name = "swiss-split",
    .claim = "a Swiss map of more than 896 entries grows table by table, not as a whole",
    .run = run};
