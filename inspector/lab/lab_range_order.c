// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { ENTRIES = 200, RANGES = 64 };

// The buckets and slots of one range, from its events: each bucket follows the one before, and slots begin at
// the same offset in each.
static bool in_bucket_order(struct lab_map *m, uint64_t buckets, uint64_t *start, uint8_t *offset)
{
    uint64_t expected = 0;
    bool follows = true, is_first = true;
    unsigned rank = 0;
    uint64_t chain_address = 0;
    for (uint64_t s = hmap_ring_oldest(&m->ring); s <= m->ring.emitted; s++) {
        const struct hmap_event *event = hmap_ring_at(&m->ring, s);
        if (event->kind == HMAP_EVENT_ITER_START) {
            *start = expected = event->bucket;
            *offset = event->slot;
        } else if (event->kind == HMAP_EVENT_ITER_BUCKET) {
            expected = is_first ? expected : (expected + 1) & (buckets - 1);
            follows &= event->bucket == expected;
            is_first = false;
            chain_address = 0;
        } else if (event->kind == HMAP_EVENT_ITER_STEP) {
            unsigned slot_rank = (event->slot - *offset) & (HMAP_BUCKET_SLOTS - 1);
            bool same_bucket = event->address == chain_address;
            follows &= event->bucket == expected && (!same_bucket || slot_rank > rank);
            chain_address = event->address;
            rank = slot_rank;
        }
    }
    return follows;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    uint64_t starts = 0;
    unsigned offsets = 0;
    bool works = true, ordered = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, ENTRIES, 3))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_put(&m, key, key) == HMAP_OK;
    uint64_t buckets = lab_header(&m).buckets;
    for (int i = 0; i < RANGES && works; i++) {
        struct hiter iter;
        uint64_t start = 0;
        uint8_t offset = 0;
        lab_forget(&m);
        enum hmap_status status = hmap_iter_start(&m.context, m.map, &iter);
        while (status == HMAP_OK && iter.key)
            status = hmap_iter_next(&m.context, &iter);
        hmap_iter_stop(&iter);
        works = status == HMAP_OK;
        ordered &= in_bucket_order(&m, buckets, &start, &offset);
        starts |= UINT64_C(1) << (start & 63);
        offsets |= 1u << offset;
        if (i < 3)
            lab_note(notebook, "range %d starts at bucket %llu of %llu, slot %u", i + 1,
                     (unsigned long long)start, (unsigned long long)buckets, offset);
    }
    lab_note(notebook,
             "%d ranges: %d different first buckets, %d different first slots; buckets in their "
             "order, round the end, each time: %s",
             RANGES, __builtin_popcountll(starts), __builtin_popcount(offsets), ordered ? "yes" : "no");
    if (works && ordered && __builtin_popcountll(starts) > 8 && __builtin_popcount(offsets) > 4)
        lab_conclude(notebook, LAB_HOLDS,
                     "two numbers are drawn a range: the first bucket and the first slot; "
                     "it is no shuffle");
    else
        lab_conclude(notebook, LAB_REFUTED, "the order is another");
    lab_map_close(&m);
}

const struct lab_experiment lab_range_order = {
    .name = "range-order",
    .source = "runtime/map.go, mapiterinit",
    .claim = "the start of a range is random; the order within is the buckets'",
    .run = run};
