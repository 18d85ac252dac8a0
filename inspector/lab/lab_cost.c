// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <time.h>

enum { LOOKUPS = 20000, REPEATS = 15, CHAIN_MOST = 8 };

// Nanoseconds a lookup of the key: the best of several, which the machine's other work disturbs least.
static double lookup_ns(struct lab_map *m, int64_t key)
{
    uint64_t best = UINT64_MAX, found = 0;
    for (int repeat = 0; repeat < REPEATS; repeat++) {
        uint64_t start = clock_ns();
        for (int i = 0; i < LOOKUPS; i++)
            found += hmap_find(&m->context, m->map, &key).found;
        uint64_t elapsed = clock_ns() - start;
        best = elapsed < best ? elapsed : best;
    }
    return found ? (double)best / LOOKUPS : 0;
}

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    int64_t next = 1;
    double by_chain[CHAIN_MOST + 1] = {0};
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 200, 4))
        return;
    struct hmap_sink sink = m.context.sink;
    m.context.sink = (struct hmap_sink){0};
    int64_t key = 0;
    for (int n = 0; n < CHAIN_MOST * HMAP_BUCKET_SLOTS && works; n++) { // all into bucket 0
        works = lab_key_in_bucket(&m, 0, &next, &key) && lab_put(&m, key, 1) == HMAP_OK;
        if ((n + 1) % HMAP_BUCKET_SLOTS == 0)
            by_chain[(n + 1) / HMAP_BUCKET_SLOTS] = lookup_ns(&m, key); // the last slot of the last bucket
    }
    lab_note(notebook, "the last key of a chain of 1, 2, 4, 8 buckets: %.1f, %.1f, %.1f, %.1f ns",
             by_chain[1], by_chain[2], by_chain[4], by_chain[8]);
    int64_t first = 0;
    int64_t anew = 1;
    works = works && lab_key_in_bucket(&m, 0, &anew, &first);
    double silent = lookup_ns(&m, first);
    m.context.sink = sink;
    double told = lookup_ns(&m, first);
    lab_note(notebook, "a hit without a listener %.1f ns, with its events kept in a ring %.1f ns", silent,
             told);
    if (works && by_chain[1] > 0 && by_chain[8] > by_chain[1])
        lab_conclude(notebook, LAB_HOLDS, "each bucket of the chain is one more line of memory to look at");
    else
        lab_conclude(notebook, LAB_REFUTED, "long chains were no slower");
    lab_map_close(&m);
}

const struct lab_experiment lab_cost = {.name = "cost",
                                        .source = "runtime/map.go, mapaccess1",
                                        .claim = "a lookup costs more the longer its bucket's chain is",
                                        .run = run};
