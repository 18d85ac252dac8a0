// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { BUCKETS = 16, KEYS_A_BUCKET = 9 }; // nine keys make an overflow bucket

// Fills one bucket's chain with nine entries and deletes eight: the overflow bucket stays.
static bool leave_a_chain(struct lab_map *m, uint64_t bucket, int64_t *next)
{
    int64_t keys[KEYS_A_BUCKET];
    for (int i = 0; i < KEYS_A_BUCKET; i++) {
        if (!lab_key_in_bucket(m, bucket, next, &keys[i]) || lab_put(m, keys[i], 0) != HMAP_OK)
            return false;
    }
    for (int i = 0; i < KEYS_A_BUCKET - 1; i++)
        if (hmap_delete(&m->context, m->map, &keys[i]).status != HMAP_OK)
            return false;
    return true;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    int64_t next = 1;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 100, 11))
        return;
    for (uint64_t bucket = 0; bucket < BUCKETS && works; bucket++)
        works = leave_a_chain(&m, bucket, &next);
    struct hmap_header_view before = lab_header(&m);
    struct hmap_survey chains_before, chains_after;
    hmap_snapshot_survey(&m.context, m.map, HMAP_ARRAY_NEW, 0, &chains_before);
    lab_note(notebook, "%lld entries in %llu buckets, %u overflow buckets; chains of two: %llu",
             (long long)before.count, (unsigned long long)before.buckets, before.noverflow,
             (unsigned long long)chains_before.chains[1]);
    lab_forget(&m);
    unsigned writes = 0;
    do { // the next new key starts it, further ones carry it out
        works = works && lab_put(&m, next++, 0) == HMAP_OK;
    } while (works && ++writes < 100 && lab_header(&m).growing);
    struct hmap_header_view after = lab_header(&m);
    hmap_snapshot_survey(&m.context, m.map, HMAP_ARRAY_NEW, 0, &chains_after);
    bool same_size = false;
    for (uint64_t s = hmap_ring_oldest(&m.ring); s <= m.ring.emitted; s++) {
        const struct hmap_event *event = hmap_ring_at(&m.ring, s);
        same_size |= event->kind == HMAP_EVENT_GROW_START && (event->detail & HMAP_DETAIL_SAME_SIZE);
    }
    lab_note(notebook, "%u writes later: %llu buckets, %u overflow buckets; chains of two: %llu", writes,
             (unsigned long long)after.buckets, after.noverflow, (unsigned long long)chains_after.chains[1]);
    if (works && same_size && after.buckets == before.buckets && after.noverflow < before.noverflow)
        lab_conclude(
            notebook, LAB_HOLDS,
            "as many overflow buckets as buckets start it; entries are packed anew into an array of the "
            "same size");
    else
        lab_conclude(notebook, LAB_REFUTED, "no such growth came");
    lab_map_close(&m);
}

const struct lab_experiment lab_same_size_grow = {
    .name = "same-size-grow",
    .source = "runtime/map.go, tooManyOverflowBuckets",
    .claim =
        "many overflow buckets with few entries trigger a growth to the same size, which shortens chains",
    .run = run};
