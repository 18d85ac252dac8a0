// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { ENTRIES = 417 }; // one more than 64 buckets bear: the growth to 128 has just started

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 9))
        return;
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_put(&m, key, key) == HMAP_OK;
    struct hmap_header_view header = lab_header(&m);
    lab_forget(&m);
    for (int64_t key = 0; key < ENTRIES; key++)
        works &= lab_has(&m, key);
    // A lookup's event says where it ended; the buckets before it are the chain of that one array.
    uint64_t old_end = header.oldbuckets_address + header.old_buckets * header.bucket_bytes;
    unsigned in_old = 0, in_new = 0, wrong = 0;
    for (uint64_t s = hmap_ring_oldest(&m.ring); s <= m.ring.emitted; s++) {
        const struct hmap_event *event = hmap_ring_at(&m.ring, s);
        if (event->kind != HMAP_EVENT_FIND_HIT)
            continue;
        bool says_old = event->detail & HMAP_DETAIL_OLD;
        bool lies_in_old = event->address >= header.oldbuckets_address && event->address < old_end;
        in_old += says_old;
        in_new += !says_old;
        wrong += event->chain == 0 && says_old != lies_in_old;
    }
    lab_note(notebook, "growing from %llu to %llu buckets, %llu evacuated so far; %d keys looked up",
             (unsigned long long)header.old_buckets, (unsigned long long)header.buckets,
             (unsigned long long)header.nevacuate, ENTRIES);
    lab_note(notebook, "%u were looked for in the old array only, %u in the new one only", in_old, in_new);
    if (works && header.growing && in_old && in_new && in_old + in_new == ENTRIES && !wrong)
        lab_conclude(
            notebook, LAB_REFUTED,
            "one look at the old bucket's first tophash tells whether it is evacuated; then exactly one "
            "array is searched");
    else
        lab_conclude(notebook, LAB_HOLDS, "lookups were not confined to one array");
    lab_map_close(&m);
}

const struct lab_experiment lab_two_arrays = {.name = "two-arrays",
                                              .source = "runtime/map.go, mapaccess1",
                                              .claim =
                                                  "during growth every read must look in both bucket arrays",
                                              .run = run};
