// SPDX-License-Identifier: MIT
#include "lab/sync_map.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct sync_entry {
    _Atomic(void *) value;   // NULL: deleted; EXPUNGED: deleted and not in dirty
    struct sync_entry *next; // of all that were ever made
};

// What a new key's map is published as; never written after that.
struct read_only {
    struct hmap *map;
    bool amended;           // dirty holds keys that are not in `map`
    bool owns_map;          // guarded by the mutex: of those that share a map, the latest
    struct read_only *next; // retired ones
};

struct sync_map {
    struct hmap_type type;
    struct hmap_context context;
    _Atomic(struct read_only *) read;
    pthread_mutex_t mutex; // guards all below, and writing of `read`
    struct hmap *dirty;    // NULL: none
    uint64_t misses;       // since the last promotion
    struct sync_map_counts counts;
    struct sync_entry *entries;
    struct read_only *retired;
};

static char expunged_mark;
#define EXPUNGED ((void *)&expunged_mark)

struct sync_map *sync_map_create(uint64_t seed)
{
    struct sync_map *map = aligned_alloc(_Alignof(struct sync_map), sizeof(*map));
    struct read_only *empty = calloc(1, sizeof(*empty));
    if (!map || !empty) {
        free(map);
        free(empty);
        return NULL;
    }
    memset(map, 0, sizeof(*map));
    if (hmap_type_make(&map->type, &hmap_kind_int64, &hmap_kind_pointer) != HMAP_OK) {
        free(map);
        free(empty);
        return NULL;
    }
    hmap_context_init(&map->context, &map->type, HMAP_GO_1_23, HMAP_HASH_AES, seed);
    pthread_mutex_init(&map->mutex, NULL);
    atomic_init(&map->read, empty);
    return map;
}

static void read_only_free(struct sync_map *map, struct read_only *read)
{
    if (read->owns_map)
        hmap_destroy(&map->context, read->map);
    free(read);
}

void sync_map_free(struct sync_map *map)
{
    if (!map)
        return;
    hmap_destroy(&map->context, map->dirty);
    read_only_free(map, atomic_load(&map->read));
    for (struct read_only *read = map->retired, *next; read; read = next) {
        next = read->next;
        read_only_free(map, read);
    }
    for (struct sync_entry *entry = map->entries, *next; entry; entry = next) {
        next = entry->next;
        free(entry);
    }
    pthread_mutex_destroy(&map->mutex);
    free(map);
}

// --- Entries ---

static struct sync_entry *entry_in(struct sync_map *map, struct hmap *keys, int64_t key)
{
    struct hmap_result found = hmap_fast64_find(&map->context, keys, (uint64_t)key);
    return found.found ? *(struct sync_entry **)found.elem : NULL;
}

static void *entry_load(struct sync_entry *entry)
{
    void *value = atomic_load_explicit(&entry->value, memory_order_acquire);
    return value == EXPUNGED ? NULL : value;
}

// Stores unless the entry is expunged.
static bool entry_try_store(struct sync_entry *entry, void *value)
{
    void *old = atomic_load_explicit(&entry->value, memory_order_acquire);
    while (old != EXPUNGED)
        if (atomic_compare_exchange_weak(&entry->value, &old, value))
            return true;
    return false;
}

// The value there is, or `value` stored; NULL when the entry is expunged.
static void *entry_try_load_or_store(struct sync_entry *entry, void *value, bool *loaded)
{
    void *old = atomic_load_explicit(&entry->value, memory_order_acquire);
    for (;;) {
        *loaded = old && old != EXPUNGED;
        if (old)
            return old == EXPUNGED ? NULL : old;
        if (atomic_compare_exchange_weak(&entry->value, &old, value))
            return value;
    }
}

static void *entry_delete(struct sync_entry *entry)
{
    void *old = atomic_load_explicit(&entry->value, memory_order_acquire);
    while (old && old != EXPUNGED)
        if (atomic_compare_exchange_weak(&entry->value, &old, NULL))
            return old;
    return NULL;
}

// True when the entry is expunged now: a deleted one becomes so.
static bool entry_try_expunge(struct sync_entry *entry)
{
    void *old = atomic_load_explicit(&entry->value, memory_order_acquire);
    while (!old)
        if (atomic_compare_exchange_weak(&entry->value, &old, EXPUNGED))
            return true;
    return old == EXPUNGED;
}

// --- Under the mutex ---

static bool dirty_put(struct sync_map *map, struct hmap *dirty, int64_t key, struct sync_entry *entry)
{
    struct hmap_result slot = hmap_fast64_assign(&map->context, dirty, (uint64_t)key);
    if (slot.status != HMAP_OK)
        return false;
    *(struct sync_entry **)slot.elem = entry;
    return true;
}

static struct sync_entry *entry_create(struct sync_map *map, void *value)
{
    struct sync_entry *entry = calloc(1, sizeof(*entry));
    if (!entry)
        return NULL;
    atomic_init(&entry->value, value);
    entry->next = map->entries;
    map->entries = entry;
    return entry;
}

// A new dirty with every key of `read` that is not deleted. Each of them is copied: this is what a new key
// after a promotion costs.
static bool dirty_make(struct sync_map *map, struct read_only *read)
{
    struct hiter iter;
    struct hmap *dirty;
    if (hmap_make(&map->context, hmap_length(read->map), &dirty) != HMAP_OK)
        return false;
    enum hmap_status status = hmap_iter_start(&map->context, read->map, &iter);
    while (status == HMAP_OK && iter.key) {
        struct sync_entry *entry = *(struct sync_entry **)iter.elem;
        if (!entry_try_expunge(entry)) {
            if (!dirty_put(map, dirty, *(const int64_t *)iter.key, entry)) {
                status = HMAP_NO_MEMORY;
                break;
            }
            map->counts.copied_keys++;
        }
        status = hmap_iter_next(&map->context, &iter);
    }
    hmap_iter_stop(&iter);
    if (status != HMAP_OK) {
        // Entries expunged so far are in no dirty, which is what expunged says.
        hmap_destroy(&map->context, dirty);
        return false;
    }
    map->dirty = dirty;
    return true;
}

// An expunged entry is in no dirty: back to deleted, and into dirty with it.
static bool unexpunge(struct sync_map *map, struct read_only *read, int64_t key, struct sync_entry *entry)
{
    void *mark = EXPUNGED;
    if (atomic_load(&entry->value) != EXPUNGED)
        return true;
    // Without a dirty there is none to be left out of, but after a failure of memory.
    if (!map->dirty && !dirty_make(map, read))
        return false;
    if (!dirty_put(map, map->dirty, key, entry))
        return false;
    atomic_compare_exchange_strong(&entry->value, &mark, NULL);
    return true;
}

// `read` is replaced; readers may still hold it.
static void publish(struct sync_map *map, struct read_only *fresh)
{
    struct read_only *old = atomic_load_explicit(&map->read, memory_order_relaxed);
    old->next = map->retired;
    map->retired = old;
    atomic_store_explicit(&map->read, fresh, memory_order_release);
}

// The same map, now said to lack keys.
static bool amend(struct sync_map *map)
{
    struct read_only *old = atomic_load_explicit(&map->read, memory_order_relaxed);
    struct read_only *fresh = malloc(sizeof(*fresh));
    if (!fresh)
        return false;
    *fresh = (struct read_only){.map = old->map, .amended = true, .owns_map = old->owns_map};
    old->owns_map = false;
    publish(map, fresh);
    return true;
}

// Makes dirty the new read: with one allocation, the one thing that may fail, and then it stays for the next
// miss.
static void promote(struct sync_map *map)
{
    struct read_only *fresh = malloc(sizeof(*fresh));
    if (!fresh)
        return;
    *fresh = (struct read_only){.map = map->dirty, .owns_map = true};
    publish(map, fresh);
    map->dirty = NULL;
    map->misses = 0;
    map->counts.promotions++;
}

static void count_miss(struct sync_map *map)
{
    map->counts.misses++;
    if (++map->misses >= (uint64_t)hmap_length(map->dirty) && map->dirty)
        promote(map);
}

// A key that neither map has.
static bool put_new(struct sync_map *map, struct read_only *read, int64_t key, void *value)
{
    if (!map->dirty && !dirty_make(map, read))
        return false;
    struct sync_entry *entry = entry_create(map, value);
    if (!entry || (!read->amended && !amend(map)))
        return false; // the entry stays unknown to both maps; sync_map_free has it
    return dirty_put(map, map->dirty, key, entry);
}

// --- The operations ---

static struct read_only *read_now(struct sync_map *map)
{
    return atomic_load_explicit(&map->read, memory_order_acquire);
}

void *sync_map_load(struct sync_map *map, int64_t key)
{
    struct read_only *read = read_now(map);
    struct sync_entry *entry = entry_in(map, read->map, key);
    if (!entry && read->amended) {
        pthread_mutex_lock(&map->mutex);
        read = read_now(map); // dirty may have been promoted while we waited
        entry = entry_in(map, read->map, key);
        if (!entry && read->amended) {
            entry = entry_in(map, map->dirty, key);
            count_miss(map);
        }
        pthread_mutex_unlock(&map->mutex);
    }
    return entry ? entry_load(entry) : NULL;
}

static bool store_locked(struct sync_map *map, int64_t key, void *value)
{
    struct read_only *read = read_now(map);
    struct sync_entry *entry = entry_in(map, read->map, key);
    if (entry) {
        if (!unexpunge(map, read, key, entry))
            return false;
        atomic_store_explicit(&entry->value, value, memory_order_release);
        return true;
    }
    entry = entry_in(map, map->dirty, key);
    if (!entry)
        return put_new(map, read, key, value);
    atomic_store_explicit(&entry->value, value, memory_order_release);
    return true;
}

bool sync_map_store(struct sync_map *map, int64_t key, void *value)
{
    struct sync_entry *entry = entry_in(map, read_now(map)->map, key);
    if (entry && entry_try_store(entry, value))
        return true;
    pthread_mutex_lock(&map->mutex);
    bool stored = store_locked(map, key, value);
    pthread_mutex_unlock(&map->mutex);
    return stored;
}

static void *load_or_store_locked(struct sync_map *map, int64_t key, void *value, bool *loaded)
{
    struct read_only *read = read_now(map);
    struct sync_entry *entry = entry_in(map, read->map, key);
    if (entry) {
        if (!unexpunge(map, read, key, entry))
            return NULL;
        return entry_try_load_or_store(entry, value, loaded);
    }
    entry = entry_in(map, map->dirty, key);
    if (entry) {
        void *found = entry_try_load_or_store(entry, value, loaded);
        count_miss(map);
        return found;
    }
    return put_new(map, read, key, value) ? value : NULL;
}

void *sync_map_load_or_store(struct sync_map *map, int64_t key, void *value, bool *loaded)
{
    *loaded = false;
    struct sync_entry *entry = entry_in(map, read_now(map)->map, key);
    void *found = entry ? entry_try_load_or_store(entry, value, loaded) : NULL;
    if (found)
        return found;
    pthread_mutex_lock(&map->mutex);
    found = load_or_store_locked(map, key, value, loaded);
    pthread_mutex_unlock(&map->mutex);
    return found;
}

void *sync_map_load_and_delete(struct sync_map *map, int64_t key)
{
    struct read_only *read = read_now(map);
    struct sync_entry *entry = entry_in(map, read->map, key);
    if (!entry && read->amended) {
        pthread_mutex_lock(&map->mutex);
        read = read_now(map);
        entry = entry_in(map, read->map, key);
        if (!entry && read->amended) {
            entry = entry_in(map, map->dirty, key);
            struct hmap_result gone = hmap_fast64_delete(&map->context, map->dirty, (uint64_t)key);
            (void)gone; // whether it was there, `entry` has told
            count_miss(map);
        }
        pthread_mutex_unlock(&map->mutex);
    }
    return entry ? entry_delete(entry) : NULL;
}

bool sync_map_range(struct sync_map *map, bool (*visit)(void *state, int64_t key, void *value), void *state)
{
    struct read_only *read = read_now(map);
    if (read->amended) {
        pthread_mutex_lock(&map->mutex);
        if (read_now(map)->amended)
            promote(map);
        read = read_now(map);
        pthread_mutex_unlock(&map->mutex);
        if (read->amended)
            return false; // there was no memory for the promotion
    }
    // hmap's iterator marks the map it walks, which many may do at once; a walk by hmap_iter of a map that no
    // one writes is such a walk.
    struct hiter iter;
    enum hmap_status status = hmap_iter_start(&map->context, read->map, &iter);
    while (status == HMAP_OK && iter.key) {
        void *value = entry_load(*(struct sync_entry **)iter.elem);
        if (value && !visit(state, *(const int64_t *)iter.key, value))
            break;
        status = hmap_iter_next(&map->context, &iter);
    }
    hmap_iter_stop(&iter);
    return status == HMAP_OK;
}

struct sync_map_counts sync_map_count(struct sync_map *map)
{
    pthread_mutex_lock(&map->mutex);
    struct sync_map_counts counts = map->counts;
    struct read_only *read = read_now(map);
    counts.read_keys = (uint64_t)hmap_length(read->map);
    counts.dirty_keys = (uint64_t)hmap_length(map->dirty);
    counts.has_dirty = map->dirty != NULL;
    counts.amended = read->amended;
    pthread_mutex_unlock(&map->mutex);
    return counts;
}
