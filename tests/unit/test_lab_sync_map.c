// SPDX-License-Identifier: MIT
// The port of sync.Map: against a plain array, its structure, and by many threads at once (run it under
// ThreadSanitizer, too).
#include "cmocka_all.h"
#include "lab/sync_map.h"

#include <pthread.h>
#include <stdlib.h>

enum { KEYS = 64, STEPS = 200000, THREADS = 4, ROUNDS = 20000 };

static uint64_t draw(uint64_t *state)
{
    *state = *state * 6364136223846793005 + 1442695040888963407;
    return *state >> 33;
}

static bool visit_model(void *state, int64_t key, void *value)
{
    void **model = state;
    assert_true(key >= 0 && key < KEYS);
    assert_ptr_equal(model[key], value);
    model[key] = NULL; // each key once
    return true;
}

// Every operation in any order gives what a table of KEYS values gives.
static void like_a_table(void **state)
{
    (void)state;
    static int64_t values[1000];
    void *model[KEYS] = {NULL};
    uint64_t random = 42;
    struct sync_map *map = sync_map_create(1);
    for (int step = 0; step < STEPS; step++) {
        int64_t key = (int64_t)(draw(&random) % KEYS);
        void *value = &values[draw(&random) % 1000];
        bool loaded;
        switch (draw(&random) % 8) {
        case 0:
            assert_true(sync_map_store(map, key, value));
            model[key] = value;
            break;
        case 1:
            assert_ptr_equal(sync_map_load_and_delete(map, key), model[key]);
            model[key] = NULL;
            break;
        case 2:
            assert_ptr_equal(sync_map_load_or_store(map, key, value, &loaded),
                             model[key] ? model[key] : value);
            assert_int_equal(loaded, model[key] != NULL);
            model[key] = model[key] ? model[key] : value;
            break;
        case 3:
            if (step % 100 == 0) {
                void *copy[KEYS];
                for (int i = 0; i < KEYS; i++)
                    copy[i] = model[i];
                assert_true(sync_map_range(map, visit_model, copy));
                for (int i = 0; i < KEYS; i++)
                    assert_null(copy[i]);
            }
            break;
        default:
            assert_ptr_equal(sync_map_load(map, key), model[key]);
        }
    }
    struct sync_map_counts counts = sync_map_count(map);
    assert_true(counts.promotions > 10); // and expunged entries came back: the table would tell
    assert_true(counts.copied_keys > 10);
    sync_map_free(map);
}

static void misses_promote(void **state)
{
    (void)state;
    int64_t value = 1;
    struct sync_map *map = sync_map_create(1);
    for (int64_t key = 0; key < 10; key++)
        assert_true(sync_map_store(map, key, &value));
    struct sync_map_counts counts = sync_map_count(map);
    assert_int_equal(counts.dirty_keys, 10);
    assert_true(counts.amended);
    for (int i = 0; i < 9; i++)
        assert_null(sync_map_load(map, 100));
    assert_int_equal(sync_map_count(map).promotions, 0);
    assert_null(sync_map_load(map, 100)); // as many misses as keys
    counts = sync_map_count(map);
    assert_int_equal(counts.promotions, 1);
    assert_int_equal(counts.read_keys, 10);
    assert_false(counts.amended || counts.has_dirty);
    assert_ptr_equal(sync_map_load_and_delete(map, 3), &value);
    assert_true(sync_map_store(map, 200, &value)); // the deleted one is expunged, nine are copied
    counts = sync_map_count(map);
    assert_int_equal(counts.copied_keys, 9);
    assert_int_equal(counts.dirty_keys, 10);
    assert_true(sync_map_store(map, 3, &value)); // and back into dirty
    assert_int_equal(sync_map_count(map).dirty_keys, 11);
    sync_map_free(map);
}

struct worker {
    struct sync_map *map;
    pthread_t thread;
    uint64_t random;
    unsigned wins;
    int number;
    bool failed;
};

static int64_t shared_values[THREADS];

static bool count_visit(void *state, int64_t key, void *value)
{
    (void)key;
    (void)value;
    ++*(unsigned *)state;
    return true;
}

// Each thread owns some keys, and must always read there what it wrote last; all race for the others, where
// one LoadOrStore wins.
static void *work(void *argument)
{
    struct worker *worker = argument;
    int64_t own_value = worker->number;
    for (int round = 0; round < ROUNDS; round++) {
        int64_t own = 1000 + worker->number * 100 + (int64_t)(draw(&worker->random) % 20);
        bool loaded;
        worker->failed |= !sync_map_store(worker->map, own, &own_value);
        worker->failed |= sync_map_load(worker->map, own) != &own_value;
        if (round % 3 == 0) {
            worker->failed |= sync_map_load_and_delete(worker->map, own) != &own_value;
            worker->failed |= sync_map_load(worker->map, own) != NULL;
        }
        void *won =
            sync_map_load_or_store(worker->map, 10000 + round, &shared_values[worker->number], &loaded);
        worker->failed |= !won;
        worker->wins += !loaded;
        if (round % 1000 == 0) {
            unsigned seen = 0;
            worker->failed |= !sync_map_range(worker->map, count_visit, &seen);
        }
    }
    return NULL;
}

static void many_threads(void **state)
{
    (void)state;
    struct worker workers[THREADS];
    struct sync_map *map = sync_map_create(1);
    for (int i = 0; i < THREADS; i++) {
        workers[i] = (struct worker){.map = map, .random = (uint64_t)i + 7, .number = i};
        assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    unsigned wins = 0;
    for (int i = 0; i < THREADS; i++) {
        pthread_join(workers[i].thread, NULL);
        assert_false(workers[i].failed);
        wins += workers[i].wins;
    }
    assert_int_equal(wins, ROUNDS); // each shared key was stored once
    sync_map_free(map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(like_a_table),
        cmocka_unit_test(misses_promote),
        cmocka_unit_test(many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
