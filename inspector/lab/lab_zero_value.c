// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

// type counters struct { name string; hits map[int64]int64 }
struct counters {
    const char *name;
    struct hmap *hits;
};

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    struct counters zero = {.name = "requests"}; // counters{name: "requests"}: hits is not mentioned
    int64_t key = 7;
    struct hmap_result found = hmap_find(&m.context, zero.hits, &key);
    struct hmap_result written = hmap_assign(&m.context, zero.hits, &key);
    lab_note(notebook, "counters{name: \"%s\"}: hits is %s", zero.name, zero.hits ? "a map" : "nil");
    lab_note(notebook, "a test that reads: len(c.hits) = %lld, c.hits[7]: %s, %s",
             (long long)hmap_length(zero.hits), hmap_status_text(found.status),
             found.found ? "found" : "not there");
    lab_note(notebook, "the first path that writes: c.hits[7]++: %s", hmap_status_text(written.status));
    zero.hits = m.map; // the constructor that was forgotten: c.hits = make(map[int64]int64)
    struct hmap_result made = hmap_assign(&m.context, zero.hits, &key);
    lab_note(notebook, "after c.hits = make(map[int64]int64): c.hits[7]++: %s",
             hmap_status_text(made.status));
    bool hides = found.status == HMAP_OK && !found.found;
    if (hides && written.status == HMAP_NIL_MAP && made.status == HMAP_OK)
        lab_conclude(notebook, LAB_HOLDS,
                     "a nil map reads as an empty one, so only a path that writes tells the two apart");
    else
        lab_conclude(notebook, LAB_REFUTED, "a zero struct's map does not behave so");
    lab_map_close(&m);
}

const struct lab_experiment lab_zero_value = {
    .name = "zero-value",
    .source = "runtime/map.go, mapaccess1 and mapassign",
    .claim = "a struct's map is nil until someone makes it, and reading it hides that in tests",
    .run = run};
