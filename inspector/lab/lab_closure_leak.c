// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

// What a Go closure is: a pointer to its code and what it captured.
struct closure {
    void *code;
    int64_t captured;
};

// Every word of the map's buckets, its header included, that is the closure's address.
static size_t pointers_to(struct lab_map *m, const struct closure *closure)
{
    size_t found = 0;
    struct hmap_window window = {0};
    struct hmap_header_view header = lab_header(m);
    const struct hmap_window_request request = {
        .array = HMAP_ARRAY_NEW, .first = 0, .count = header.buckets, .chain_limit = 100, .raw = true};
    if (!hmap_snapshot_window(&m->context, m->map, &request, &window))
        return SIZE_MAX;
    for (size_t at = 0; at + 8 <= window.length * window.bucket_bytes; at += 8) {
        uint64_t word;
        memcpy(&word, window.raw + at, sizeof(word));
        found += word == (uintptr_t)closure;
    }
    hmap_window_free(&window);
    return found;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    struct closure closure = {NULL, 42};
    const struct closure *value = &closure;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_func, 0, 2))
        return;
    for (int64_t key = 0; key < 20 && works; key++)
        works = hmap_store(&m.context, m.map, &key, &value) == HMAP_OK;
    size_t before = pointers_to(&m, &closure);
    for (int64_t key = 0; key < 20 && works; key++)
        works = hmap_delete(&m.context, m.map, &key).found;
    size_t after = pointers_to(&m, &closure);
    lab_note(notebook, "20 entries with one closure: %zu pointers to it in the buckets", before);
    lab_note(notebook, "all deleted: %zu", after);
    if (!works || before < 20)
        lab_conclude(notebook, LAB_UNDECIDED, "the closures were not found in the map");
    else if (after == 0)
        lab_conclude(notebook, LAB_REFUTED,
                     "delete zeroes the element, the map refers to the closure no more");
    else
        lab_conclude(notebook, LAB_HOLDS, "the map still refers to the closure");
    lab_map_close(&m);
}

const struct lab_experiment lab_closure_leak = {
    .name = "closure-leak",
    .source = "runtime/map.go, mapdelete",
    .claim = "deleting a key whose value is a closure leaks what it captured",
    .run = run};
