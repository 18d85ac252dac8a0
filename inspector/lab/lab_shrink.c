// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { ENTRIES = 5000 };

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 5))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_put(&m, key, key) == HMAP_OK;
    uint64_t full = lab_header(&m).buckets;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= hmap_delete(&m.context, m.map, &key).status == HMAP_OK;
    struct hmap_header_view deleted = lab_header(&m);
    works &= lab_put(&m, 1, 1) == HMAP_OK && hmap_clear(&m.context, m.map) == HMAP_OK;
    struct hmap_header_view cleared = lab_header(&m);
    lab_note(notebook, "%d entries: %llu buckets", ENTRIES, (unsigned long long)full);
    lab_note(notebook, "all deleted: %lld entries, %llu buckets", (long long)deleted.count,
             (unsigned long long)deleted.buckets);
    lab_note(notebook, "cleared: %lld entries, %llu buckets", (long long)cleared.count,
             (unsigned long long)cleared.buckets);
    if (works && deleted.count == 0 && deleted.buckets == full && cleared.buckets == full)
        lab_conclude(notebook, LAB_HOLDS, "nothing makes B smaller; a new map is the only way");
    else
        lab_conclude(notebook, LAB_REFUTED, "the map became smaller");
    lab_map_close(&m);
}

const struct lab_experiment lab_shrink = {
    .name = "shrink",
    .source = "runtime/map.go, mapclear",
    .claim = "deleting all entries does not give buckets back; clear does not either",
    .run = run};
