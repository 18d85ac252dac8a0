// SPDX-License-Identifier: MIT
#include "lab/lab_swiss.h"

#include <stdlib.h>
#include <string.h>

enum { EVENTS = 1 << 12, SEED = 5 };

const char *lab_swiss_version(enum swiss_flavour flavour)
{
    static const char *const versions[LAB_SWISS_FLAVOURS] = {"Go 1.24", "Go 1.25", "Go 1.26", "Go 1.27"};
    return versions[flavour];
}

bool lab_swiss_open(struct lab_notebook *notebook, struct lab_swiss *map, const struct hmap_kind *key,
                    int64_t hint, enum swiss_flavour flavour)
{
    *map = (struct lab_swiss){.events = calloc(EVENTS, sizeof(struct swiss_event))};
    enum hmap_status status =
        map->events ? swiss_type_make(&map->type, key, &hmap_kind_int64) : HMAP_NO_MEMORY;
    if (status == HMAP_OK) {
        swiss_ring_init(&map->ring, map->events, EVENTS);
        swiss_context_init(&map->context, &map->type, flavour, HMAP_HASH_AES, SEED);
        map->context.sink = swiss_ring_sink(&map->ring);
        status = swiss_make(&map->context, hint, &map->map);
    }
    if (status == HMAP_OK)
        return true;
    lab_conclude(notebook, LAB_UNDECIDED, "the map could not be made: %s", hmap_status_text(status));
    free(map->events);
    return false;
}

void lab_swiss_close(struct lab_swiss *map)
{
    swiss_destroy(&map->context, map->map);
    free(map->events);
}

union number {
    int64_t whole;
    double real;
};

static union number key_of(const struct lab_swiss *map, int64_t key)
{
    if (map->type.key == &hmap_kind_float64)
        return (union number){.real = (double)key};
    return (union number){.whole = key};
}

bool lab_swiss_put(struct lab_swiss *map, int64_t key)
{
    union number number = key_of(map, key);
    return swiss_store(&map->context, map->map, &number, &key) == HMAP_OK;
}

bool lab_swiss_drop(struct lab_swiss *map, int64_t key)
{
    union number number = key_of(map, key);
    return swiss_delete(&map->context, map->map, &number).found;
}

struct swiss_survey lab_swiss_survey(struct lab_swiss *map)
{
    struct swiss_survey survey;
    swiss_snapshot_survey(&map->context, map->map, 1, &survey);
    return survey;
}

const struct swiss_event *lab_swiss_last(const struct lab_swiss *map, enum swiss_event_kind kind)
{
    for (uint64_t s = map->ring.emitted; s && s >= swiss_ring_oldest(&map->ring); s--) {
        const struct swiss_event *event = swiss_ring_at(&map->ring, s);
        if (event->kind == kind)
            return event;
    }
    return NULL;
}

void lab_swiss_forget(struct lab_swiss *map)
{
    swiss_ring_init(&map->ring, map->events, EVENTS);
}
