// SPDX-License-Identifier: MIT
// What operations cost, counted by the events that they cause: a recording of a few bytes must not keep a machine busy
// for hours with a chain that everything falls into. A step is about one bucket or group looked at; counted is always at least
// what was done, and the same on every machine.
#ifndef STRATA_WATCH_WATCH_STEPS_H
#define STRATA_WATCH_WATCH_STEPS_H

#include "hmapcore/hmap_event.h"
#include "hmapcore/swiss_event.h"

#include <stdbool.h>

enum {
    STEPS_OF_MAKING = 1 << 28, // of a map with entries: seconds
    STEPS_OF_REPLAY = 1 << 26, // whatever a recording holds,
    STEPS_AN_OP = 128,         // and so many more for each operation; one of an ordinary map costs 10 to 50
};

struct watch_steps {
    uint64_t done, most; // most: 0 for no limit
    uint64_t entries;    // that there ever was room for, at least
    uint64_t
        longest; // overflow buckets of the longest chain there ever was; groups, of a Swiss map's longest search
    unsigned a_bucket; // steps that looking at one costs: more where keys are compared by their texts
};

void steps_count_classic(struct watch_steps *steps, const struct hmap_event *event);
void steps_count_swiss(struct watch_steps *steps, const struct swiss_event *event);
bool steps_are_over(const struct watch_steps *steps);

// Whether a map of `entries` will cost too much, as it looks after the first `made`: in one chain each entry costs as much
// as there are before it.
bool steps_will_be_over(const struct watch_steps *steps, uint64_t made, uint64_t entries);

#endif
