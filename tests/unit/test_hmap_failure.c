// SPDX-License-Identifier: MIT
// Each allocation fails once: the operation says so, and the map holds what it held.
#include "cmocka_all.h"
#include "map_under_test.h"
#include "test_hmap_keys.h"

enum { KEYS = 150 };

struct trial {
    struct MAP(type) type;
    struct MAP(context) context;
    struct counting_allocator counter;
    struct keeper keeper;
    map_type *map;
    bool there[KEYS];
    int64_t entries, failures;
};

static void check_contents(struct trial *trial)
{
    struct MAP(check) check;
    if (!MAP(check)(&trial->context, trial->map, &check))
        fail_msg("after allocation %llu failed: %s", (unsigned long long)trial->counter.fail_from,
                 check.problem);
    assert_int_equal(MAP(length)(trial->map), trial->entries);
    for (uint64_t number = 0; number < KEYS; number++) {
        union value key;
        make_value(trial->type.key, number, &trial->keeper, &key);
        assert_true(MAP(find)(&trial->context, trial->map, &key).found == trial->there[number]);
    }
}

// What the map's own memory holds, so that a failure that changes it is found out.
struct image {
    uint8_t *bytes;
    size_t used, capacity;
};

static void image_add(struct image *image, const void *data, size_t size_bytes)
{
    if (image->used + size_bytes > image->capacity) {
        image->capacity = 2 * (image->used + size_bytes);
        image->bytes = realloc(image->bytes, image->capacity);
        assert_non_null(image->bytes);
    }
    memcpy(image->bytes + image->used, data, size_bytes);
    image->used += size_bytes;
}

#ifdef TEST_SWISS
static void image_take(struct image *image, const struct trial *trial)
{
    const struct swiss_map *map = trial->map;
    image->used = 0;
    image_add(image, map, sizeof *map);
    if (map->dirPtr && map->dirLen == 0)
        image_add(image, map->dirPtr, trial->type.group_bytes);
    for (int64_t i = 0; i < map->dirLen; i++) {
        const struct swiss_table *table = ((struct swiss_table **)map->dirPtr)[i];
        image_add(image, &table, sizeof table);
        image_add(image, table, sizeof *table);
        image_add(image, table->groups.data, (table->groups.lengthMask + 1) * trial->type.group_bytes);
    }
}
#else
// A classic map may have done the evacuation that was due.
static void image_take(struct image *image, const struct trial *trial)
{
    image->used = 0;
    image_add(image, &trial->map->count, sizeof trial->map->count);
    image_add(image, &trial->map->hash0, sizeof trial->map->hash0);
}
#endif

static void must_be_unchanged(const struct image *before, const struct trial *trial)
{
    struct image after = {0};
    image_take(&after, trial);
    assert_int_equal(after.used, before->used);
    assert_memory_equal(after.bytes, before->bytes, after.used);
    free(after.bytes);
}

// Runs the same work each time; the operation that meets the failure is tried again after it.
static void work(struct trial *trial)
{
    uint64_t random = 11;
    struct image before = {0};
    for (int step = 0; step < 700; step++) {
        uint64_t number = next_random(&random) % KEYS;
        bool assign = next_random(&random) % 100 < (step < 350 ? 80u : 35u);
        union value key;
        make_value(trial->type.key, number, &trial->keeper, &key);
        image_take(&before, trial);
        for (int attempt = 0;; attempt++) {
            uint64_t allocations = trial->counter.allocations;
            struct hmap_result result = assign ? MAP(assign)(&trial->context, trial->map, &key)
                                               : MAP(delete)(&trial->context, trial->map, &key);
            if (result.status == HMAP_OK) {
                assert_true(result.found == trial->there[number]);
                trial->entries += assign ? !result.found : -(int64_t)result.found;
                trial->there[number] = assign;
                break;
            }
            assert_int_equal(result.status, HMAP_NO_MEMORY);
            assert_null(result.elem);
            assert_true(attempt == 0 && trial->counter.allocations > allocations);
            trial->failures++;
            must_be_unchanged(&before, trial);
            check_contents(trial);
        }
        if (step == 200 || step == 500) {
            map_type *clone;
            enum hmap_status status = MAP(clone)(&trial->context, trial->map, &clone);
            if (status == HMAP_OK) {
                MAP(destroy)(&trial->context, clone);
            } else {
                assert_int_equal(status, HMAP_NO_MEMORY);
                assert_null(clone);
                trial->failures++;
                check_contents(trial);
            }
        }
    }
    free(before.bytes);
}

static uint64_t attempt(const struct hmap_kind *key, const struct hmap_kind *elem,
                        enum hmap_hash_algorithm algorithm, uint64_t fail_from)
{
    struct trial *trial = calloc(1, sizeof *trial);
    assert_int_equal(MAP(type_make)(&trial->type, key, elem), HMAP_OK);
    MAP(context_init)(&trial->context, &trial->type, MAP_FLAVOUR, algorithm, 3);
    trial->counter.fail_from = fail_from;
    MAP_BASE(&trial->context)->allocator = counting(&trial->counter);
    enum hmap_status status = MAP(make)(&trial->context, 0, &trial->map);
    if (status != HMAP_OK) {
        assert_int_equal(status, HMAP_NO_MEMORY);
        assert_int_equal(fail_from, 1);
        trial->failures++;
        assert_int_equal(MAP(make)(&trial->context, 0, &trial->map), HMAP_OK);
    }
    work(trial);
    uint64_t allocations = trial->counter.allocations;
    if (fail_from && fail_from <= allocations)
        assert_int_equal(trial->failures, 1);
    check_contents(trial);
    MAP(destroy)(&trial->context, trial->map);
    assert_int_equal(trial->counter.live, 0);
    keeper_free(&trial->keeper);
    free(trial);
    return allocations;
}

static void fail_everywhere(const struct hmap_kind *key, const struct hmap_kind *elem,
                            enum hmap_hash_algorithm algorithm)
{
    uint64_t allocations = attempt(key, elem, algorithm, 0);
    assert_true(allocations > 5);
    uint64_t step = allocations > 120 ? allocations / 100 : 1; // of indirect keys there are many alike
    for (uint64_t number = 1; number <= allocations; number += number < 40 ? 1 : step)
        attempt(key, elem, algorithm, number);
}

static void test_plain_keys(void **state)
{
    (void)state;
    fail_everywhere(&hmap_kind_int64, &hmap_kind_int64, HMAP_HASH_AES);
}

static void test_string_keys(void **state)
{
    (void)state;
    fail_everywhere(&hmap_kind_string, &hmap_kind_int64, HMAP_HASH_AES);
}

static void test_long_chains(void **state)
{
    (void)state;
    fail_everywhere(&hmap_kind_int64, &hmap_kind_int64, HMAP_HASH_FEW);
    fail_everywhere(&hmap_kind_string, &hmap_kind_string, HMAP_HASH_FEW);
}

static void test_indirect_keys_and_elements(void **state)
{
    (void)state;
    static struct hmap_kind big;
    assert_int_equal(hmap_kind_make_array(&big, "[200]byte", &hmap_kind_uint8, 200), HMAP_OK);
    fail_everywhere(&big, &big, HMAP_HASH_AES);
    fail_everywhere(&hmap_kind_int64, &big, HMAP_HASH_FEW);
}

// Beyond what one table of a Swiss map holds.
static void test_many_entries(void **state)
{
    (void)state;
    enum { ENTRIES = 4000 };
    uint64_t allocations = 0;
    for (uint64_t number = 0; number <= allocations; number++) {
        struct trial *trial = calloc(1, sizeof *trial);
        struct image before = {0};
        assert_int_equal(MAP(type_make)(&trial->type, &hmap_kind_int64, &hmap_kind_int64), HMAP_OK);
        MAP(context_init)(&trial->context, &trial->type, MAP_FLAVOUR, HMAP_HASH_AES, 3);
        trial->counter.fail_from = number ? number + 1 : 0; // the first one is the map itself
        MAP_BASE(&trial->context)->allocator = counting(&trial->counter);
        assert_int_equal(MAP(make)(&trial->context, 0, &trial->map), HMAP_OK);
        for (int64_t i = 0; i < ENTRIES; i++) {
            enum hmap_status status = MAP(store)(&trial->context, trial->map, &i, &i);
            if (status == HMAP_OK)
                continue;
            assert_int_equal(status, HMAP_NO_MEMORY);
            assert_int_equal(MAP(length)(trial->map), i);
            trial->failures++;
            image_take(&before, trial); // of a map that was checked to be whole
            struct MAP(check) check;
            assert_true(MAP(check)(&trial->context, trial->map, &check));
            trial->counter.fail_count = 1; // the next one, too, if it is at once
            trial->counter.fail_from = trial->counter.allocations + 1;
            status = MAP(store)(&trial->context, trial->map, &i, &i);
            if (status != HMAP_OK)
                must_be_unchanged(&before, trial);
            trial->counter.fail_from = 0;
            assert_int_equal(MAP(store)(&trial->context, trial->map, &i, &i), HMAP_OK);
        }
        assert_true(number == 0 || trial->failures == 1);
        if (number == 0)
            allocations = trial->counter.allocations - 1;
        struct MAP(check) check;
        assert_true(MAP(check)(&trial->context, trial->map, &check));
        assert_int_equal(MAP(length)(trial->map), ENTRIES);
        MAP(destroy)(&trial->context, trial->map);
        assert_int_equal(trial->counter.live, 0);
        free(before.bytes);
        free(trial);
    }
    assert_true(allocations > 5);
}

static void test_hint_needs_memory(void **state)
{
    (void)state;
    struct MAP(type) type;
    struct MAP(context) context;
    struct counting_allocator counter = {.fail_from = 2};
    map_type *map = NULL;
    assert_int_equal(MAP(type_make)(&type, &hmap_kind_int64, &hmap_kind_int64), HMAP_OK);
    MAP(context_init)(&context, &type, MAP_FLAVOUR, HMAP_HASH_AES, 3);
    MAP_BASE(&context)->allocator = counting(&counter);
    assert_int_equal(MAP(make)(&context, 1000, &map), HMAP_NO_MEMORY);
    assert_null(map);
    assert_int_equal(counter.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_keys),   cmocka_unit_test(test_string_keys),
        cmocka_unit_test(test_long_chains),  cmocka_unit_test(test_indirect_keys_and_elements),
        cmocka_unit_test(test_many_entries), cmocka_unit_test(test_hint_needs_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
