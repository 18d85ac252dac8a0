// SPDX-License-Identifier: MIT
#include "layout/sweep.h"

#include <stdlib.h>

// One end of an interval. The key packs owner, strength and side, so that an event is two words.
struct event {
    uint64_t at_bits;
    uint64_t key; // owner << 4 | strength << 1 | is_end
};

static struct event event_make(uint64_t at_bits, const struct sweep_interval *interval, bool is_end)
{
    return (struct event){at_bits,
                          (uint64_t)interval->owner << 4 | (uint64_t)interval->strength << 1 | is_end};
}

static int event_compare(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    return (a->at_bits > b->at_bits) - (a->at_bits < b->at_bits);
}

static void free_at(void *pointer)
{
    free(*(void **)pointer);
}

// Members mostly come in order: then nothing is to be sorted.
static void events_sort(struct event *events, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (events[i - 1].at_bits > events[i].at_bits) {
            qsort(events, count, sizeof(*events), event_compare);
            return;
        }
    }
}

struct sweep_state {
    struct sweep_segment segment;
    uint64_t owners_sum[SWEEP_STRENGTHS]; // of one owner, when one covers: that owner
};

static void lower(uint32_t *least, uint32_t owner)
{
    if (owner < *least)
        *least = owner;
}

static void state_apply(struct sweep_state *state, const struct event *event)
{
    uint32_t owner = (uint32_t)(event->key >> 4);
    enum sweep_strength strength = (enum sweep_strength)(event->key >> 1 & 7);
    if (event->key & 1) {
        state->segment.covers[strength]--;
        state->owners_sum[strength] -= owner;
        lower(&state->segment.ended, owner);
    } else {
        state->segment.covers[strength]++;
        state->owners_sum[strength] += owner;
        lower(&state->segment.started, owner);
        state->segment.unknown_started |= strength == SWEEP_UNKNOWN;
    }
}

static void state_visit(struct sweep_state *state, uint64_t end_bits, sweep_visit *visit, void *context)
{
    struct sweep_segment *segment = &state->segment;
    if (end_bits > segment->start_bits) {
        segment->end_bits = end_bits;
        for (int i = 0; i < SWEEP_STRENGTHS; i++)
            segment->sole[i] = segment->covers[i] == 1 ? (uint32_t)state->owners_sum[i] : SWEEP_NOBODY;
        visit(context, segment);
        segment->started = segment->ended = SWEEP_NOBODY;
        segment->unknown_started = false;
    }
    segment->start_bits = end_bits;
}

// ---- intervals that lie apart ---------------------------------------------------------------------------

static uint64_t end_of(const struct sweep_interval *interval, uint64_t size_bits)
{
    return interval->end_bits < size_bits ? interval->end_bits : size_bits;
}

// Whether they come in order and none overlaps another, as members of structs mostly do.
static bool lie_apart(const struct sweep_interval *intervals, size_t count, uint64_t size_bits)
{
    uint64_t at_bits = 0;
    for (size_t i = 0; i < count; i++) {
        const uint64_t end_bits = end_of(&intervals[i], size_bits);
        if (intervals[i].start_bits >= end_bits)
            continue;
        if (intervals[i].start_bits < at_bits)
            return false;
        at_bits = end_bits;
    }
    return true;
}

static void visit_gap(struct sweep_segment *segment, uint64_t end_bits, sweep_visit *visit, void *context)
{
    if (segment->start_bits >= end_bits)
        return;
    segment->end_bits = end_bits;
    visit(context, segment);
    segment->start_bits = end_bits;
    segment->ended = SWEEP_NOBODY;
}

// The same without events: each segment is one interval, or what lies before it.
static void sweep_apart(const struct sweep_interval *intervals, size_t count, uint64_t size_bits,
                        sweep_visit *visit, void *context)
{
    struct sweep_segment segment = {.started = SWEEP_NOBODY, .ended = SWEEP_NOBODY};
    for (int i = 0; i < SWEEP_STRENGTHS; i++)
        segment.sole[i] = SWEEP_NOBODY;
    for (size_t i = 0; i < count; i++) {
        const struct sweep_interval *interval = &intervals[i];
        const uint64_t end_bits = end_of(interval, size_bits);
        if (interval->start_bits >= end_bits)
            continue;
        visit_gap(&segment, interval->start_bits, visit, context);
        segment.end_bits = end_bits;
        segment.covers[interval->strength] = 1;
        segment.sole[interval->strength] = segment.started = interval->owner;
        segment.unknown_started = interval->strength == SWEEP_UNKNOWN;
        visit(context, &segment);
        segment.covers[interval->strength] = 0;
        segment.sole[interval->strength] = segment.started = SWEEP_NOBODY;
        segment.unknown_started = false;
        segment.start_bits = end_bits;
        segment.ended = interval->owner;
    }
    visit_gap(&segment, size_bits, visit, context);
}

struct error *sweep(const struct sweep_interval *intervals, size_t count, uint64_t size_bits,
                    sweep_visit *visit, void *context)
{
    if (lie_apart(intervals, count, size_bits)) {
        sweep_apart(intervals, count, size_bits, visit, context);
        return NULL;
    }
    struct event few[32];
    CLEANUP(free_at) struct event *many = NULL;
    struct event *events = few;
    size_t events_count = 0;
    if (count > ARRAY_LENGTH(few) / 2) {
        events = many = reallocarray(NULL, count, 2 * sizeof(*events));
        if (!events)
            return &error_out_of_memory;
    }
    for (size_t i = 0; i < count; i++) {
        const uint64_t end_bits = end_of(&intervals[i], size_bits);
        if (intervals[i].start_bits >= end_bits)
            continue;
        events[events_count++] = event_make(intervals[i].start_bits, &intervals[i], false);
        events[events_count++] = event_make(end_bits, &intervals[i], true);
    }
    events_sort(events, events_count);
    struct sweep_state state = {.segment = {.started = SWEEP_NOBODY, .ended = SWEEP_NOBODY}};
    for (size_t i = 0; i < events_count;) {
        uint64_t at_bits = events[i].at_bits;
        state_visit(&state, at_bits, visit, context);
        for (; i < events_count && events[i].at_bits == at_bits; i++)
            state_apply(&state, &events[i]);
    }
    state_visit(&state, size_bits, visit, context);
    return NULL;
}
