// SPDX-License-Identifier: MIT
// What playing does: operations that come by themselves.
#ifndef STRATA_WATCH_WATCH_SCENARIO_H
#define STRATA_WATCH_WATCH_SCENARIO_H

#include "watch/watch_session.h"

enum workload {
    WORKLOAD_STORY,     // from a few entries to an overflow chain, a growth and its end; then it is over
    WORKLOAD_INSERT,    // new keys
    WORKLOAD_CHURN,     // insertions and deletions, growing slowly
    WORKLOAD_LOOKUP,    // hits and misses
    WORKLOAD_RANGE,     // ranges while keys come
    WORKLOAD_SAME_SIZE, // waves that leave many overflow buckets: a growth to the same size
    WORKLOAD_TURNOVER,  // as many keys go as come: tombstones of a Swiss map
    WORKLOADS
};

// For the command line and the title; NULL past the end.
const char *workload_name(enum workload workload);

struct scenario {
    enum workload workload;
    uint64_t random; // the state of its chance
    uint64_t bucket; // where the story builds its chain
    bool is_over;    // the story has ended
    uint64_t phase;  // of waves
};

void scenario_start(struct scenario *scenario, enum workload workload, uint64_t seed);

// The next operation, by the state of the session. False when there is none: the story is over, or the keys
// have run out.
bool scenario_next(struct scenario *scenario, struct watch_session *session, struct watch_op *op);

// What the story says about the present state; "" for other workloads.
void scenario_caption(const struct scenario *scenario, const struct watch_session *session, char *text,
                      size_t size_bytes);

// Whether it goes by small steps now, from a key's hash to its slot.
bool scenario_is_slow(const struct scenario *scenario, const struct watch_session *session);

// How fast the story should play now, in thousandths of the speed set.
unsigned scenario_pace(const struct scenario *scenario, const struct watch_session *session);

uint64_t scenario_random(struct scenario *scenario);

// A number for a new key; now and then a NaN where the keys have one.
uint64_t scenario_new_number(struct scenario *scenario, const struct watch_session *session);

#endif
