// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

static void run(struct lab_notebook *notebook)
{
    struct lab_swiss m;
    bool works = true, exact = true;
    unsigned growths = 0;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, SWISS_GO_1_25))
        return;
    uint64_t slots = SWISS_GROUP_SLOTS;
    for (int64_t key = 0; key < SWISS_MAX_TABLE_SLOTS / 2 && works; key++) {
        works = lab_swiss_put(&m, key);
        struct swiss_survey now = lab_swiss_survey(&m);
        if (now.slots == slots)
            continue;
        // The group of a small map is filled; tables leave an eighth, where searches end.
        exact &= now.live - 1 == (growths == 0 ? slots : slots * SWISS_MAX_LOAD / SWISS_GROUP_SLOTS);
        lab_note(notebook, "entry %llu: %llu slots -> %llu (load was %.2f)", (unsigned long long)now.live,
                 (unsigned long long)slots, (unsigned long long)now.slots,
                 (double)(now.live - 1) / (double)slots);
        slots = now.slots;
        growths++;
    }
    if (works && exact && growths == 7)
        lab_conclude(notebook, LAB_HOLDS,
                     "the entry above 7/8 doubles the table; only the single group of a small map is filled "
                     "with 8");
    else
        lab_conclude(notebook, LAB_REFUTED, "tables grew at other counts");
    lab_swiss_close(&m);
}

const struct lab_experiment lab_swiss_load_factor = {
    .name = "swiss-load-factor",
    .claim = "a Swiss table grows when more than 7 of 8 slots are used",
    .run = run};
