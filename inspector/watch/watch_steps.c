// SPDX-License-Identifier: MIT
#include "watch/watch_steps.h"

// A search may end early or go to the end of its chain, and the event does not always say which: so each counts as one
// along the longest chain.
static uint64_t steps_of_classic(const struct watch_steps *steps, const struct hmap_event *event)
{
    const uint64_t along = steps->longest * steps->a_bucket;
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_FIND_HIT:
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
    case HMAP_EVENT_DELETE_MISS:
    case HMAP_EVENT_ITER_BUCKET:
    case HMAP_EVENT_ITER_STEP: // of a map that has grown since looks its key up
        return 1 + along;
    case HMAP_EVENT_EMPTY_REST: // each bucket back is found from the chain's beginning
        return 1 + (steps->longest - event->chain) * steps->longest;
    case HMAP_EVENT_EVACUATE:
        return 1 + along + event->moved_x + event->moved_y;
    case HMAP_EVENT_CLEAR:
        return (uint64_t)1 << event->B;
    case HMAP_EVENT_ARRAY:
        return event->bucket;
    default:
        return 1;
    }
}

void steps_count_classic(struct watch_steps *steps, const struct hmap_event *event)
{
    if (event->chain > steps->longest)
        steps->longest = event->chain;
    steps->done += steps_of_classic(steps, event);
}

static uint64_t steps_of_swiss(const struct watch_steps *steps, const struct swiss_event *event)
{
    enum { GROUPS_A_TABLE = 1024 / 8 };
    const uint64_t along = steps->longest * steps->a_bucket;
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_FIND_HIT:
    case SWISS_EVENT_FIND_MISS:
    case SWISS_EVENT_INSERT:
    case SWISS_EVENT_OVERWRITE:
    case SWISS_EVENT_DELETE:
    case SWISS_EVENT_DELETE_MISS:
    case SWISS_EVENT_ITER_STEP:
        return 1 + along;
    case SWISS_EVENT_ITER_TABLE: // all its groups may be empty
        return GROUPS_A_TABLE;
    case SWISS_EVENT_TO_TABLE:
    case SWISS_EVENT_GROW:
    case SWISS_EVENT_SPLIT:
    case SWISS_EVENT_PRUNE: // each entry is looked for
        return GROUPS_A_TABLE + ((uint64_t)event->count_a + event->count_b) * (1 + along);
    case SWISS_EVENT_DIRECTORY:
        return event->count_b;
    case SWISS_EVENT_CLEAR:
        return 1 + steps->entries / 4;
    default:
        return 1;
    }
}

void steps_count_swiss(struct watch_steps *steps, const struct swiss_event *event)
{
    if (event->probes > steps->longest)
        steps->longest = event->probes;
    if (event->used > steps->entries)
        steps->entries = event->used;
    steps->done += steps_of_swiss(steps, event);
}

bool steps_are_over(const struct watch_steps *steps)
{
    return steps->most && steps->done > steps->most;
}

bool steps_will_be_over(const struct watch_steps *steps, uint64_t made, uint64_t entries)
{
    enum { CHAIN_LEAST = 64, MADE_LEAST = 4096 };
    if (made < MADE_LEAST || made & (made - 1) || steps->longest < CHAIN_LEAST)
        return false;
    const double growth = (double)entries / (double)made;
    return (double)steps->done * growth * growth > 2 * (double)steps->most;
}
