// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { ENTRIES = 3000, KEPT = 10 };

// The slots of a clone of a map that had 3000 entries and has 10; 0: it failed.
static uint64_t clone_slots(struct lab_notebook *notebook, enum swiss_flavour flavour, uint64_t *original)
{
    struct lab_swiss m;
    struct swiss_map *clone = NULL;
    bool works = true;
    if (!lab_swiss_open(notebook, &m, &hmap_kind_int64, 0, flavour))
        return 0;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_swiss_put(&m, key);
    for (int64_t key = KEPT; key < ENTRIES; key++)
        works &= lab_swiss_drop(&m, key);
    struct swiss_survey before = lab_swiss_survey(&m), after = {0};
    works &= swiss_clone(&m.context, m.map, &clone) == HMAP_OK;
    if (clone) {
        swiss_snapshot_survey(&m.context, clone, 1, &after);
        lab_note(notebook,
                 "%s: %llu entries in %llu slots, %llu tombstones; the clone: %llu slots, %llu tombstones, "
                 "%s seed",
                 lab_swiss_version(flavour), (unsigned long long)before.live,
                 (unsigned long long)before.slots, (unsigned long long)before.tombstones,
                 (unsigned long long)after.slots, (unsigned long long)after.tombstones,
                 clone->seed == m.map->seed ? "the same" : "a new");
    }
    swiss_destroy(&m.context, clone);
    lab_swiss_close(&m);
    *original = before.slots;
    return works ? after.slots : 0;
}

static void run(struct lab_notebook *notebook)
{
    bool compact = true, copied = true;
    for (int flavour = 0; flavour < LAB_SWISS_FLAVOURS; flavour++) {
        uint64_t original = 0, slots = clone_slots(notebook, (enum swiss_flavour)flavour, &original);
        if (flavour == SWISS_GO_1_24)
            compact = slots == 2 * SWISS_GROUP_SLOTS;
        else
            copied &= slots == original && slots > 0;
    }
    if (compact && copied)
        lab_conclude(
            notebook, LAB_PARTLY,
            "Go 1.24 does, by inserting one after the other; since 1.25 tables are copied as they are, "
            "tombstones and all, which is faster");
    else
        lab_conclude(notebook, LAB_REFUTED, "clones had other sizes");
}

const struct lab_experiment lab_swiss_clone = {
    .name = "swiss-clone",
    .claim = "maps.Clone makes a Swiss map of the size that its entries need",
    .run = run};
