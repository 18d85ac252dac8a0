// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

static const int64_t hints[] = {8, 9, 14, 15, 100, 448, 896, 897, 1000, 1793, 100000};

static void run(struct lab_notebook *notebook)
{
    bool works = true, single = true;
    unsigned grown = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(hints); i++) {
        struct lab_swiss m;
        unsigned growths = 0;
        if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, hints[i], SWISS_GO_1_25))
            return;
        struct swiss_survey made = lab_swiss_survey(&m);
        for (int64_t key = 0; key < hints[i] && works; key++) {
            lab_swiss_forget(&m);
            works = lab_swiss_put(&m, key);
            growths += lab_swiss_last(&m, SWISS_EVENT_GROW) || lab_swiss_last(&m, SWISS_EVENT_SPLIT) ||
                       lab_swiss_last(&m, SWISS_EVENT_TO_TABLE);
        }
        if (made.tables)
            lab_note(notebook, "hint %lld: %llu table%s of %llu slots; then %u growth%s", (long long)hints[i],
                     (unsigned long long)made.tables, made.tables == 1 ? "" : "s",
                     (unsigned long long)(made.slots / made.tables), growths, growths == 1 ? "" : "s");
        else
            lab_note(notebook, "hint %lld: no memory yet; then %u growths", (long long)hints[i], growths);
        if (made.tables <= 1)
            single &= growths == 0;
        else
            grown += growths;
        lab_swiss_close(&m);
    }
    if (works && single && grown > 0)
        lab_conclude(
            notebook, LAB_PARTLY,
            "up to 896 entries; beyond, they fall on several tables by their hash, never quite evenly, and "
            "a table that gets more than its share grows");
    else if (works && single)
        lab_conclude(notebook, LAB_HOLDS, "no map grew");
    else
        lab_conclude(notebook, LAB_REFUTED, "a single table grew in spite of its hint");
}

const struct lab_experiment lab_swiss_hint = {
    .name = "swiss-hint",
    .claim = "make(map[K]V, n) makes room for n entries, which then come without a growth",
    .run = run};
