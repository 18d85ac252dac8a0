// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { LIVE = 100, TURNS = 200000 };

// How many slots a map of 100 keys has after so many new ones have taken the place of old ones; 0: it failed.
static uint64_t slots_after(struct lab_notebook *notebook, enum swiss_flavour flavour)
{
    struct lab_swiss m;
    bool works = true;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, flavour))
        return 0;
    m.context.sink = (struct swiss_sink){0};
    for (int64_t key = 0; key < TURNS && works; key++)
        works = lab_swiss_put(&m, key) && (key < LIVE || lab_swiss_drop(&m, key - LIVE));
    struct swiss_survey now = lab_swiss_survey(&m);
    lab_note(notebook, "%s: %llu live keys in %llu slots (load %.0f %%), %llu tombstones",
             lab_swiss_version(flavour), (unsigned long long)now.live, (unsigned long long)now.slots,
             100.0 * (double)now.live / (double)now.slots, (unsigned long long)now.tombstones);
    lab_swiss_close(&m);
    return works && now.live == LIVE ? now.slots : 0;
}

static void run(struct lab_notebook *notebook)
{
    bool grows_without = true, stays_with = true;
    for (int flavour = 0; flavour < LAB_SWISS_FLAVOURS; flavour++) {
        uint64_t slots = slots_after(notebook, (enum swiss_flavour)flavour);
        if (flavour == SWISS_GO_1_24)
            grows_without = slots == SWISS_MAX_TABLE_SLOTS;
        else
            stays_with &= slots >= LIVE && slots <= 256;
    }
    if (grows_without && stays_with)
        lab_conclude(
            notebook, LAB_PARTLY,
            "in Go 1.24 tombstones go only when a table grows, so it grows to the largest; since 1.25 a "
            "full table drops those that no search needs");
    else
        lab_conclude(notebook, LAB_REFUTED, "the versions held other numbers of slots");
}

const struct lab_experiment lab_swiss_turnover = {
    .name = "swiss-turnover",
    .claim = "a Swiss map whose keys come and go, but whose size stays the same, does not grow",
    .run = run};
