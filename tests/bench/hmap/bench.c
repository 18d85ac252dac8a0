// SPDX-License-Identifier: MIT
// Times the map's operations; run.py puts the figures beside those of bench.go, which has the same loops.
//   hmap_bench [--ring] SIZE …
//
// With TEST_SWISS it is about Swiss maps.
#include "../../unit/map_under_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef TEST_SWISS
#define BENCH_FLAVOUR SWISS_GO_1_25
#else
#define BENCH_FLAVOUR HMAP_GO_1_19
#endif

enum { OPERATIONS = 2000000, TEXT_BYTES = 16, RING_EVENTS = 4096 };

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

// The CPU time of this thread: on a busy machine the time of day tells of the neighbours.
static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void report(const char *kind, const char *what, size_t n, uint64_t elapsed_ns, size_t count)
{
    printf("%s %s %zu %.3f\n", kind, what, n, (double)elapsed_ns / (double)count);
}

static void must(enum hmap_status status)
{
    if (status != HMAP_OK) {
        fprintf(stderr, "hmap_bench: %s\n", hmap_status_text(status));
        exit(1);
    }
}

static volatile int64_t sink;

struct bench {
    struct MAP(type) type;
    struct MAP(context) context;
    struct MAP(ring) ring;
    struct MAP(event) events[RING_EVENTS];
    size_t n;
    size_t *order;
};

// The loops are written once and made for both kinds of keys, as the compiler makes them for Go's.
#define BENCH(name, label, key_t, find, assign, erase)                                                       \
    static map_type *name##_filled(struct bench *bench, const key_t *keys, int64_t hint)                     \
    {                                                                                                        \
        map_type *map;                                                                                       \
        must(MAP(make)(&bench->context, hint, &map));                                                        \
        for (size_t i = 0; i < bench->n; i++) {                                                              \
            struct hmap_result result = assign(&bench->context, map, keys[i]);                               \
            must(result.status);                                                                             \
            *(int64_t *)result.elem = (int64_t)i;                                                            \
        }                                                                                                    \
        return map;                                                                                          \
    }                                                                                                        \
    static void name##_look(struct bench *bench, map_type *map, const char *what, const key_t *from)         \
    {                                                                                                        \
        size_t n = bench->n, rounds = OPERATIONS / n ? OPERATIONS / n : 1;                                   \
        key_t *keys = malloc(n * sizeof *keys);                                                              \
        for (size_t i = 0; i < n; i++)                                                                       \
            keys[i] = from[bench->order[i]];                                                                 \
        uint64_t start_ns = now_ns();                                                                        \
        int64_t sum = 0;                                                                                     \
        for (size_t round = 0; round < rounds; round++) {                                                    \
            for (size_t i = 0; i < n; i++) {                                                                 \
                struct hmap_result result = find(&bench->context, map, keys[i]);                             \
                if (result.elem)                                                                             \
                    sum += *(int64_t *)result.elem;                                                          \
            }                                                                                                \
        }                                                                                                    \
        report(label, what, n, now_ns() - start_ns, rounds * n);                                             \
        sink = sum;                                                                                          \
        free(keys);                                                                                          \
    }                                                                                                        \
    static void name##_run(struct bench *bench, const key_t *present, const key_t *absent)                   \
    {                                                                                                        \
        size_t n = bench->n, maps = OPERATIONS / 4 / n, rounds = OPERATIONS / n ? OPERATIONS / n : 1;        \
        maps = maps < 1 ? 1 : maps > 20000 ? 20000 : maps;                                                   \
        for (int pass = 0; pass < 2; pass++) {                                                               \
            uint64_t start_ns = now_ns();                                                                    \
            for (size_t i = 0; i < maps; i++)                                                                \
                MAP(destroy)(&bench->context, name##_filled(bench, present, pass ? (int64_t)n : 0));         \
            report(label, pass ? "insert-hint" : "insert", n, now_ns() - start_ns, maps * n);                \
        }                                                                                                    \
        map_type *map = name##_filled(bench, present, 0);                                                    \
        name##_look(bench, map, "hit", present);                                                             \
        name##_look(bench, map, "miss", absent);                                                             \
        uint64_t start_ns = now_ns();                                                                        \
        int64_t sum = 0;                                                                                     \
        for (size_t round = 0; round < rounds; round++) {                                                    \
            map_iter iter;                                                                                   \
            must(MAP(iter_start)(&bench->context, map, &iter));                                              \
            for (; iter.key; must(MAP(iter_next)(&bench->context, &iter)))                                   \
                sum += *(int64_t *)iter.elem;                                                                \
        }                                                                                                    \
        report(label, "iterate", n, now_ns() - start_ns, rounds * n);                                        \
        sink = sum;                                                                                          \
        MAP(destroy)(&bench->context, map);                                                                  \
        map_type **many = malloc(maps * sizeof(map_type *));                                                 \
        for (size_t i = 0; i < maps; i++)                                                                    \
            many[i] = name##_filled(bench, present, 0);                                                      \
        start_ns = now_ns();                                                                                 \
        for (size_t i = 0; i < maps; i++) {                                                                  \
            for (size_t j = 0; j < n; j++)                                                                   \
                must(erase(&bench->context, many[i], present[j]).status);                                    \
        }                                                                                                    \
        report(label, "delete", n, now_ns() - start_ns, maps * n);                                           \
        for (size_t i = 0; i < maps; i++)                                                                    \
            MAP(destroy)(&bench->context, many[i]);                                                          \
        free(many);                                                                                          \
    }

BENCH(ints, "int64", uint64_t, MAP(fast64_find), MAP(fast64_assign), MAP(fast64_delete))
BENCH(texts, "string", struct hmap_string, MAP(faststr_find), MAP(faststr_assign), MAP(faststr_delete))

static void bench_kind(struct bench *bench, const struct hmap_kind *key, bool ring)
{
    must(MAP(type_make)(&bench->type, key, &hmap_kind_int64));
    MAP(context_init)(&bench->context, &bench->type, BENCH_FLAVOUR, HMAP_HASH_AES, 42);
    if (ring) {
        MAP(ring_init)(&bench->ring, bench->events, RING_EVENTS);
        bench->context.sink = MAP(ring_sink)(&bench->ring);
    }
}

int main(int argc, char **argv)
{
    bool ring = argc > 1 && strcmp(argv[1], "--ring") == 0;
    struct bench *bench = calloc(1, sizeof *bench);
    for (int argument = ring ? 2 : 1; argument < argc; argument++) {
        size_t n = bench->n = strtoull(argv[argument], NULL, 10);
        if (n == 0) {
            fprintf(stderr, "hmap_bench: %s is no size\n", argv[argument]);
            return 2;
        }
        uint64_t random = n, shuffle = n;
        uint64_t *ints = malloc(2 * n * sizeof *ints);
        struct hmap_string *texts = malloc(2 * n * sizeof *texts);
        char *bytes = malloc(2 * n * TEXT_BYTES);
        bench->order = malloc(n * sizeof *bench->order);
        for (size_t i = 0; i < 2 * n; i++) {
            ints[i] = next_random(&random);
            int length = snprintf(bytes + i * TEXT_BYTES, TEXT_BYTES, "key-%08zu", i);
            texts[i] = (struct hmap_string){bytes + i * TEXT_BYTES, length};
        }
        for (size_t i = 0; i < n; i++) {
            size_t j = next_random(&shuffle) % (i + 1);
            bench->order[i] = bench->order[j];
            bench->order[j] = i;
        }
        bench_kind(bench, &hmap_kind_int64, ring);
        ints_run(bench, ints, ints + n);
        bench_kind(bench, &hmap_kind_string, ring);
        texts_run(bench, texts, texts + n);
        free(bench->order);
        free(bytes);
        free(texts);
        free(ints);
    }
    free(bench);
    return 0;
}
