// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    int64_t key = 0;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 9))
        return;
    while (works && lab_header(&m).old_buckets != 32) // until the growth from 32 buckets has started
        works = lab_put(&m, key++, 0) == HMAP_OK && key < 10000;
    int64_t started_at = key;
    unsigned written = 0;
    while (works && lab_header(&m).growing) {
        struct hmap_header_view header = lab_header(&m);
        if (written < 3)
            lab_note(notebook, "%lld entries: %llu of %llu old buckets evacuated in a row, and writes go on",
                     (long long)header.count, (unsigned long long)header.nevacuate,
                     (unsigned long long)header.old_buckets);
        works = lab_put(&m, key, key) == HMAP_OK && lab_has(&m, key);
        key++;
        written++;
    }
    lab_note(notebook,
             "the growth began with entry %lld and ended %u writes later; each evacuated one or two "
             "buckets",
             (long long)started_at, written);
    if (works && written > 4)
        lab_conclude(
            notebook, LAB_REFUTED,
            "growth is paid in small parts by the writes that come in the meantime; there is no switch");
    else
        lab_conclude(notebook, LAB_HOLDS, "no write came between start and end");
    lab_map_close(&m);
}

const struct lab_experiment lab_grow_atomic = {
    .name = "grow-atomic",
    .source = "runtime/map.go, growWork",
    .claim = "buckets cannot be written while the map grows; growth ends with one atomic switch",
    .run = run};
