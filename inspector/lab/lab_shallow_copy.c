// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { ENTRIES = 1000 };

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    struct hmap *clone;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    bool works = lab_put(&m, 1, 10) == HMAP_OK && hmap_clone(&m.context, m.map, &clone) == HMAP_OK;
    if (!works) {
        lab_conclude(notebook, LAB_UNDECIDED, "memory is short");
        lab_map_close(&m);
        return;
    }
    struct hmap *original = m.map, *copy = original; // m2 := m1
    uint8_t before = lab_header(&m).B;
    for (int64_t i = 2; i <= ENTRIES; i++)
        works &= hmap_store(&m.context, copy, &i, &i) == HMAP_OK;
    struct hmap_header_view header = lab_header(&m);
    lab_note(notebook, "m2 = m1 copies %zu bytes; both point at the header at 0x%llx", sizeof(copy),
             (unsigned long long)header.address);
    lab_note(notebook, "999 entries through m2: m1 has %lld, its buckets grew from 2^%u to 2^%u",
             (long long)hmap_length(original), before, header.B);
    lab_note(notebook, "a clone made before has %lld", (long long)hmap_length(clone));
    if (works && hmap_length(original) == ENTRIES && header.B > before && hmap_length(clone) == 1)
        lab_conclude(
            notebook, LAB_HOLDS,
            "growth replaces the buckets inside of the header, which both share; the clone has its own");
    else
        lab_conclude(notebook, LAB_REFUTED, "copies do not share");
    hmap_destroy(&m.context, clone);
    lab_map_close(&m);
}

const struct lab_experiment lab_shallow_copy = {
    .name = "shallow-copy",
    .source = "runtime/map.go, makemap",
    .claim = "m2 = m1 copies 8 bytes: both share header and buckets, also after growth; a clone does not",
    .run = run};
