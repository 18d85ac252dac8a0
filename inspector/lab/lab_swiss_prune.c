// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_swiss.h"

enum { LIVE = 100, TURNS = 200000 };

struct pruning {
    uint64_t dropped, kept, slots;
};

static struct pruning turn_over(struct lab_notebook *notebook, const struct hmap_kind *key, const char *name)
{
    struct lab_swiss m;
    struct pruning sum = {0};
    uint64_t seen = 0;
    if (!lab_swiss_open(notebook, &m, key, 0, SWISS_GO_1_25))
        return sum;
    for (int64_t number = 0; number < TURNS; number++) {
        if (!lab_swiss_put(&m, number) || (number >= LIVE && !lab_swiss_drop(&m, number - LIVE)))
            break;
        for (; seen < m.ring.emitted; seen++) {
            const struct swiss_event *event = swiss_ring_at(&m.ring, seen + 1);
            if (event && event->kind == SWISS_EVENT_PRUNE) {
                sum.dropped += event->count_a;
                sum.kept += event->count_b;
            }
        }
    }
    sum.slots = lab_swiss_survey(&m).slots;
    lab_note(notebook, "map[%s]int64, %d keys, %d turns: %llu tombstones dropped, %llu kept; %llu slots",
             name, LIVE, TURNS, (unsigned long long)sum.dropped, (unsigned long long)sum.kept,
             (unsigned long long)sum.slots);
    lab_swiss_close(&m);
    return sum;
}

static void run(struct lab_notebook *notebook)
{
    struct pruning ints = turn_over(notebook, &hmap_kind_int64, "int64");
    struct pruning floats = turn_over(notebook, &hmap_kind_float64, "float64");
    if (ints.dropped > 0 && ints.slots <= 256 && floats.dropped == 0 && floats.slots > 256)
        lab_conclude(
            notebook, LAB_PARTLY,
            "the routines for 4-byte, 8-byte and string keys do; the one for all other keys (floats, "
            "interfaces, structs) never does");
    else
        lab_conclude(notebook, LAB_REFUTED, "tombstones were dropped otherwise");
}

const struct lab_experiment lab_swiss_prune = {
    .name = "swiss-prune",
    .claim = "since Go 1.25 a full Swiss table drops its tombstones before it grows",
    .run = run};
