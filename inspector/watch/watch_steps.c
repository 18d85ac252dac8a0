#include "watch/watch_steps.h"

// A search may end early or go to the end of its chain, and the event does not always say which: so each counts as one
// along the longest chain.
static uint64_t steps_of(const struct watch_steps *steps, const struct hmap_event *event)
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

void steps_count(struct watch_steps *steps, const struct hmap_event *event)
{
    if (event->chain > steps->longest)
        steps->longest = event->chain;
    steps->done += steps_of(steps, event);
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
