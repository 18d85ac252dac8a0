// SPDX-License-Identifier: MIT
// Threads: readers and iterators side by side, and the faults that the flags find when somebody writes. A
// sink that blocks holds a thread at a chosen point of its operation, so that each interleaving happens for
// sure, and once.
#include "cmocka_all.h"
#include "map_under_test.h"
#include "test_hmap_keys.h"
#include <pthread.h>

enum { READERS = 4, ENTRIES = 1000 };

struct shared {
    struct MAP(type) type;
    struct MAP(context) context;
    map_type *map;
};

static void open_shared(struct shared *shared, const struct hmap_kind *key, int64_t entries)
{
    assert_int_equal(MAP(type_make)(&shared->type, key, &hmap_kind_int64), HMAP_OK);
    MAP(context_init)(&shared->context, &shared->type, MAP_FLAVOUR, HMAP_HASH_AES, 9);
    assert_int_equal(MAP(make)(&shared->context, 0, &shared->map), HMAP_OK);
    for (int64_t i = 0; i < entries; i++)
        assert_int_equal(MAP(store)(&shared->context, shared->map, &i, &i), HMAP_OK);
}

struct reader {
    struct shared *shared;
    int64_t wrong, seen;
};

static void *read_all(void *state)
{
    struct reader *reader = state;
    struct shared *shared = reader->shared;
    for (int64_t i = 0; i < 2 * ENTRIES; i++) {
        struct hmap_result result = MAP(find)(&shared->context, shared->map, &i);
        reader->wrong += result.status != HMAP_OK || result.found != (i < ENTRIES) ||
                         (result.elem && *(int64_t *)result.elem != i);
    }
    for (int round = 0; round < 20; round++) {
        map_iter iter;
        enum hmap_status status = MAP(iter_start)(&shared->context, shared->map, &iter);
        for (; status == HMAP_OK && iter.key; status = MAP(iter_next)(&shared->context, &iter))
            reader->seen++;
        reader->wrong += status != HMAP_OK;
    }
    return NULL;
}

// Go's name for it. The map stands in the middle of a growth, where finds and iterators look at both arrays.
static void test_ConcurrentReadsAfterGrowth(void **state)
{
    (void)state;
    for (int64_t stage = 0; stage < 3; stage++) {
        struct shared shared;
        open_shared(&shared, &hmap_kind_int64, ENTRIES);
        int64_t extra = ENTRIES * 10;
        for (; stage == 1 && !map_in_growth(shared.map); extra++)
            assert_int_equal(MAP(store)(&shared.context, shared.map, &extra, &extra), HMAP_OK);
        pthread_t threads[READERS];
        struct reader readers[READERS];
        for (int i = 0; i < READERS; i++) {
            readers[i] = (struct reader){.shared = &shared};
            assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
        }
        for (int i = 0; i < READERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(readers[i].wrong, 0);
            assert_int_equal(readers[i].seen, 20 * MAP(length)(shared.map));
        }
        for (int64_t i = 0; i < 5000; i++) // and growing on, with all iterators gone
            assert_int_equal(MAP(store)(&shared.context, shared.map, &(int64_t){-1 - i}, &i), HMAP_OK);
        struct MAP(check) check;
        assert_true(MAP(check)(&shared.context, shared.map, &check));
        MAP(destroy)(&shared.context, shared.map);
    }
}

// A sink that stops the first operation of a thread at one kind of event until the test lets it go on.
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    uint8_t kind;
    bool reached, open;
};

static void gate_emit(void *state, const struct MAP(event) * event)
{
    struct gate *gate = state;
    if (event->kind != gate->kind)
        return;
    pthread_mutex_lock(&gate->lock);
    if (!gate->reached) {
        gate->reached = true;
        pthread_cond_broadcast(&gate->changed);
        while (!gate->open)
            pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void gate_wait(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    while (!gate->reached)
        pthread_cond_wait(&gate->changed, &gate->lock);
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

struct writer {
    struct shared *shared;
    int64_t key;
    struct hmap_result result;
};

static void *write_one(void *state)
{
    struct writer *writer = state;
    writer->result = MAP(assign)(&writer->shared->context, writer->shared->map, &writer->key);
    return NULL;
}

// While one thread is inside its write, every other operation is refused, with Go's words.
static void test_operations_during_a_write(void **state)
{
    (void)state;
    struct shared shared;
    open_shared(&shared, &hmap_kind_int64, 100);
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, MAP_EVENT(ASSIGN), false, false};
    map_iter iter;
    assert_int_equal(MAP(iter_start)(&shared.context, shared.map, &iter), HMAP_OK);
    shared.context.sink = (struct MAP(sink)){gate_emit, &gate};
    struct writer writer = {.shared = &shared, .key = 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_one, &writer), 0);
    gate_wait(&gate);
    int64_t key = 5;
    map_type *clone;
    assert_int_equal(MAP(find)(&shared.context, shared.map, &key).status, HMAP_CONCURRENT_READ_WRITE);
    assert_int_equal(MAP(assign)(&shared.context, shared.map, &key).status, HMAP_CONCURRENT_WRITES);
    assert_int_equal(MAP(delete)(&shared.context, shared.map, &key).status, HMAP_CONCURRENT_WRITES);
    assert_int_equal(MAP(clear)(&shared.context, shared.map), HMAP_CONCURRENT_WRITES);
    assert_int_equal(MAP(iter_next)(&shared.context, &iter), HMAP_CONCURRENT_ITERATION);
    assert_int_equal(MAP(clone)(&shared.context, shared.map, &clone), HMAP_CONCURRENT_CLONE);
    assert_int_equal(MAP(length)(shared.map), 100); // len alone is never refused
    gate_open(&gate);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(writer.result.status, HMAP_OK);
    assert_int_equal(MAP(find)(&shared.context, shared.map, &writer.key).status, HMAP_OK);
    shared.context.sink = (struct MAP(sink)){0};
    MAP(iter_stop)(&iter);
    struct MAP(check) check;
    assert_true(MAP(check)(&shared.context, shared.map, &check));
    MAP(destroy)(&shared.context, shared.map);
}

// Between a writer's look at the flag and its setting it, a second writer gets in unseen, start to end: the
// flag proves nothing.
static void test_the_flag_does_not_lock(void **state)
{
    (void)state;
    struct shared shared;
    open_shared(&shared, &hmap_kind_int64, 5);
    struct gate gate = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, MAP_EVENT(HASHED), false, false};
    shared.context.sink = (struct MAP(sink)){gate_emit, &gate};
    struct writer first = {.shared = &shared, .key = 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_one, &first), 0);
    gate_wait(&gate);
    int64_t key = 2000;
    assert_int_equal(MAP(assign)(&shared.context, shared.map, &key).status, HMAP_OK);
    gate_open(&gate);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(first.result.status, HMAP_OK);
    assert_int_equal(MAP(length)(shared.map), 7);
    MAP(destroy)(&shared.context, shared.map);
}

// Two writers that both passed the look: the second one's toggle turns the flag off, and the end of a write
// finds that out.
static void test_two_writers_inside(void **state)
{
    (void)state;
    struct shared shared;
    open_shared(&shared, &hmap_kind_int64, 5);
    struct gate outer = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, MAP_EVENT(HASHED), false,
                         false};
    shared.context.sink = (struct MAP(sink)){gate_emit, &outer};
    struct writer first = {.shared = &shared, .key = 1000};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_one, &first), 0);
    gate_wait(&outer);
    // Here the first writer has looked. The second one sets the flag, and is taken out of the race in the
    // middle.
    __atomic_fetch_xor(map_writing_place(shared.map), MAP_WRITING, __ATOMIC_RELAXED);
    gate_open(&outer);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_int_equal(first.result.status, HMAP_CONCURRENT_WRITES);
    MAP(destroy)(&shared.context, shared.map);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ConcurrentReadsAfterGrowth),
        cmocka_unit_test(test_operations_during_a_write),
        cmocka_unit_test(test_the_flag_does_not_lock),
        cmocka_unit_test(test_two_writers_inside),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
