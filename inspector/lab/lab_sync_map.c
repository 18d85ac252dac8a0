// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "lab/experiments.h"
#include "lab/lab_map.h"
#include "lab/sync_map.h"

#include <time.h>

enum { KEYS = 1000, THREADS = 4, OPERATIONS = 50000 };

// --- A mutex and a map, to compare with ---

struct locked_map {
    struct lab_map m;
    pthread_mutex_t mutex;
};

struct sync_crew {
    struct sync_map *sync;
    struct locked_map *locked; // used when `sync` is NULL
    unsigned stores_in_1000;
    bool new_keys; // stores are of keys never seen before
    int64_t value;
};

struct sync_worker {
    struct sync_crew *crew;
    uint64_t random;
    int64_t next_new;
    pthread_t thread;
};

static void load(struct sync_crew *crew, int64_t key)
{
    if (crew->sync) {
        sync_map_load(crew->sync, key);
        return;
    }
    pthread_mutex_lock(&crew->locked->mutex);
    lab_has(&crew->locked->m, key);
    pthread_mutex_unlock(&crew->locked->mutex);
}

static void store(struct sync_crew *crew, int64_t key)
{
    if (crew->sync) {
        (void)!sync_map_store(crew->sync, key, &crew->value);
        return;
    }
    pthread_mutex_lock(&crew->locked->mutex);
    (void)!lab_put(&crew->locked->m, key, 1);
    pthread_mutex_unlock(&crew->locked->mutex);
}

static void *work(void *argument)
{
    struct sync_worker *worker = argument;
    for (int i = 0; i < OPERATIONS; i++) {
        worker->random = worker->random * 6364136223846793005 + 1442695040888963407;
        uint64_t drawn = worker->random >> 33;
        int64_t key = (int64_t)(drawn % KEYS);
        if (drawn / KEYS % 1000 >= worker->crew->stores_in_1000)
            load(worker->crew, key);
        else
            store(worker->crew, worker->crew->new_keys ? worker->next_new++ : key);
    }
    return NULL;
}

// Nanoseconds an operation, as the clock on the wall sees it.
static double crew_ns(struct sync_crew *crew)
{
    struct sync_worker workers[THREADS];
    int started = 0;
    double start = (double)clock_ns();
    for (; started < THREADS; started++) {
        workers[started] = (struct sync_worker){
            .crew = crew, .random = (uint64_t)started + 1, .next_new = INT64_C(1) << (32 + started)};
        if (pthread_create(&workers[started].thread, NULL, work, &workers[started]))
            break;
    }
    for (int i = 0; i < started; i++)
        pthread_join(workers[i].thread, NULL);
    return ((double)clock_ns() - start) / (OPERATIONS * (started ? started : 1));
}

static void compare(struct lab_notebook *notebook, const char *what, unsigned stores_in_1000, bool new_keys)
{
    struct locked_map locked;
    if (!lab_map_open(notebook, &locked.m, &hmap_kind_int64, &hmap_kind_int64, 0, 3))
        return;
    locked.m.context.sink = (struct hmap_sink){0};
    pthread_mutex_init(&locked.mutex, NULL);
    struct sync_crew crew = {.stores_in_1000 = stores_in_1000, .new_keys = new_keys};
    double ns[2] = {0};
    for (int round = 0; round < 2; round++) {
        crew.sync = round ? sync_map_create(3) : NULL;
        crew.locked = &locked;
        for (int64_t key = 0; key < KEYS; key++)
            store(&crew, key);
        ns[round] = crew_ns(&crew);
        sync_map_free(crew.sync);
    }
    lab_note(notebook, "%s, %d threads: mutex and map %.0f ns, sync.Map %.0f ns an operation", what, THREADS,
             ns[0], ns[1]);
    pthread_mutex_destroy(&locked.mutex);
    lab_map_close(&locked.m);
}

// --- How it is built ---

static bool look_at_structure(struct lab_notebook *notebook, bool *copies_keys)
{
    int64_t value = 1;
    struct sync_map *map = sync_map_create(3);
    bool works = map != NULL;
    for (int64_t key = 0; works && key < KEYS; key++)
        works = sync_map_store(map, key, &value);
    if (!works) {
        sync_map_free(map);
        return false;
    }
    struct sync_map_counts fresh = sync_map_count(map);
    for (int64_t key = 0; key < KEYS; key++)
        sync_map_load(map, key);
    struct sync_map_counts promoted = sync_map_count(map);
    works = sync_map_store(map, KEYS, &value);
    struct sync_map_counts copied = sync_map_count(map);
    lab_note(notebook, "%d stores: %llu keys in read, %llu in dirty, one mutex, no shards", KEYS,
             (unsigned long long)fresh.read_keys, (unsigned long long)fresh.dirty_keys);
    lab_note(notebook, "%llu loads that missed made dirty the new read: %llu keys in read, %llu in dirty",
             (unsigned long long)promoted.misses, (unsigned long long)promoted.read_keys,
             (unsigned long long)promoted.dirty_keys);
    lab_note(notebook,
             "then one new key copied %llu keys into a new dirty; the entries they lead to are shared",
             (unsigned long long)copied.copied_keys);
    *copies_keys = copied.copied_keys == KEYS && copied.read_keys == KEYS && copied.dirty_keys == KEYS + 1;
    sync_map_free(map);
    return works && fresh.read_keys == 0 && promoted.promotions == 1 && promoted.dirty_keys == 0;
}

static void run(struct lab_notebook *notebook)
{
    bool copies_keys = false;
    bool works = look_at_structure(notebook, &copies_keys);
    compare(notebook, "loads only", 0, false);
    compare(notebook, "one store in ten, of keys that are there", 100, false);
    compare(notebook, "one store in ten, of new keys", 100, true);
    if (works && copies_keys)
        lab_conclude(
            notebook, LAB_REFUTED,
            "up to Go 1.23 it is two maps over shared entries, one of them read without a lock: values are "
            "not copied, keys are, with each new dirty; where that pays on this machine the times tell");
    else
        lab_conclude(notebook, LAB_HOLDS, "it is built so");
}

const struct lab_experiment lab_sync_map = {.name = "sync-map",
                                            .source = "sync/map.go, type Map",
                                            .claim = "sync.Map is a sharded hash table that copies nothing",
                                            .run = run};
