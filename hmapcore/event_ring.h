// SPDX-License-Identifier: MIT
// The ring of the latest events, for both kinds of maps. Included once by hmap_event.c and once by swiss_event.c, which
// say before what the names are: RING_NAME(init), and the types RING_STRUCT, RING_EVENT and RING_SINK.
#ifndef RING_NAME
#error "event_ring.h is for hmap_event.c and swiss_event.c"
#endif

void RING_NAME(init)(RING_STRUCT *ring, RING_EVENT *events, uint64_t capacity)
{
    *ring = (RING_STRUCT){.events = events, .mask = capacity - 1};
}

void RING_NAME(emit)(void *state, const RING_EVENT *event)
{
    RING_STRUCT *ring = state;
    RING_EVENT *place = &ring->events[ring->emitted++ & ring->mask];
    *place = *event;
    place->serial = ring->emitted;
}

RING_SINK RING_NAME(sink)(RING_STRUCT *ring)
{
    return (RING_SINK){RING_NAME(emit), ring};
}

uint64_t RING_NAME(oldest)(const RING_STRUCT *ring)
{
    return ring->emitted > ring->mask ? ring->emitted - ring->mask : 1;
}

const RING_EVENT *RING_NAME(at)(const RING_STRUCT *ring, uint64_t serial)
{
    if (serial < RING_NAME(oldest)(ring) || serial > ring->emitted)
        return NULL;
    return &ring->events[(serial - 1) & ring->mask];
}
