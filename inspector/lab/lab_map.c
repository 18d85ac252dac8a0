// SPDX-License-Identifier: MIT
#include "lab/lab_map.h"

#include <stdlib.h>
#include <string.h>

bool lab_map_open(struct lab_notebook *notebook, struct lab_map *map, const struct hmap_kind *key,
                  const struct hmap_kind *elem, int64_t hint, uint64_t seed)
{
    *map = (struct lab_map){.events = calloc(LAB_EVENTS, sizeof(struct hmap_event))};
    enum hmap_status status = map->events ? hmap_type_make(&map->type, key, elem) : HMAP_NO_MEMORY;
    if (status == HMAP_OK) {
        hmap_ring_init(&map->ring, map->events, LAB_EVENTS);
        hmap_context_init(&map->context, &map->type, HMAP_GO_1_23, HMAP_HASH_AES, seed);
        map->context.sink = hmap_ring_sink(&map->ring);
        status = hmap_make(&map->context, hint, &map->map);
    }
    if (status == HMAP_OK)
        return true;
    lab_conclude(notebook, LAB_UNDECIDED, "the map could not be made: %s", hmap_status_text(status));
    free(map->events);
    return false;
}

void lab_map_close(struct lab_map *map)
{
    hmap_destroy(&map->context, map->map);
    free(map->events);
}

enum hmap_status lab_put(struct lab_map *map, int64_t key, int64_t elem)
{
    return hmap_store(&map->context, map->map, &key, &elem);
}

bool lab_has(struct lab_map *map, int64_t key)
{
    return hmap_find(&map->context, map->map, &key).found;
}

static bool propose(void *state, uint64_t attempt, void *key)
{
    int64_t *next = state;
    (void)attempt;
    memcpy(key, next, sizeof(*next));
    ++*next;
    return true;
}

bool lab_key_in_bucket(struct lab_map *map, uint64_t bucket, int64_t *next, int64_t *key)
{
    return hmap_key_for_bucket(&map->context, map->map, bucket, 1000000, propose, next, key);
}

struct hmap_header_view lab_header(const struct lab_map *map)
{
    struct hmap_header_view header;
    hmap_snapshot_header(&map->context, map->map, &header);
    return header;
}

void lab_forget(struct lab_map *map)
{
    hmap_ring_init(&map->ring, map->events, LAB_EVENTS);
}

static void gate_emit(void *state, const struct hmap_event *event)
{
    struct lab_gate *gate = state;
    if (event->kind != gate->kind)
        return;
    pthread_mutex_lock(&gate->mutex);
    if (gate->is_armed) {
        gate->is_armed = false;
        gate->is_reached = true;
        pthread_cond_broadcast(&gate->changed);
        while (!gate->is_open)
            pthread_cond_wait(&gate->changed, &gate->mutex);
    }
    pthread_mutex_unlock(&gate->mutex);
}

void lab_gate_init(struct lab_gate *gate, struct lab_map *map, enum hmap_event_kind kind)
{
    *gate = (struct lab_gate){.kind = kind, .is_armed = true};
    pthread_mutex_init(&gate->mutex, NULL);
    pthread_cond_init(&gate->changed, NULL);
    map->context.sink = (struct hmap_sink){gate_emit, gate};
}

void lab_gate_wait(struct lab_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    while (!gate->is_reached)
        pthread_cond_wait(&gate->changed, &gate->mutex);
    pthread_mutex_unlock(&gate->mutex);
}

void lab_gate_open(struct lab_gate *gate)
{
    pthread_mutex_lock(&gate->mutex);
    gate->is_open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->mutex);
}

void lab_gate_free(struct lab_gate *gate)
{
    pthread_cond_destroy(&gate->changed);
    pthread_mutex_destroy(&gate->mutex);
}
