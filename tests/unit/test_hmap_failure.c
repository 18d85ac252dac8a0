// Each allocation fails once: the operation says so, and the map holds what it held.
#include "cmocka_all.h"
#include "test_hmap_keys.h"

enum { KEYS = 150 };

struct trial {
    struct hmap_type type;
    struct hmap_context context;
    struct counting_allocator counter;
    struct keeper keeper;
    struct hmap *map;
    bool there[KEYS];
    int64_t entries, failures;
};

static void check_contents(struct trial *trial)
{
    struct hmap_check check;
    if (!hmap_check(&trial->context, trial->map, &check))
        fail_msg("after allocation %llu failed: %s", (unsigned long long)trial->counter.fail_from,
                 check.problem);
    assert_int_equal(hmap_length(trial->map), trial->entries);
    for (uint64_t number = 0; number < KEYS; number++) {
        union value key;
        make_value(trial->type.key, number, &trial->keeper, &key);
        assert_true(hmap_find(&trial->context, trial->map, &key).found == trial->there[number]);
    }
}

// Runs the same work each time; the operation that meets the failure is tried again after it.
static void work(struct trial *trial)
{
    uint64_t random = 11;
    for (int step = 0; step < 700; step++) {
        uint64_t number = next_random(&random) % KEYS;
        bool assign = next_random(&random) % 100 < (step < 350 ? 80u : 35u);
        union value key;
        make_value(trial->type.key, number, &trial->keeper, &key);
        for (int attempt = 0;; attempt++) {
            uint64_t before = trial->counter.allocations;
            struct hmap_result result = assign ? hmap_assign(&trial->context, trial->map, &key)
                                               : hmap_delete(&trial->context, trial->map, &key);
            if (result.status == HMAP_OK) {
                assert_true(result.found == trial->there[number]);
                trial->entries += assign ? !result.found : -(int64_t)result.found;
                trial->there[number] = assign;
                break;
            }
            assert_int_equal(result.status, HMAP_NO_MEMORY);
            assert_null(result.elem);
            assert_true(attempt == 0 && trial->counter.allocations > before);
            trial->failures++;
            check_contents(trial);
        }
        if (step == 200 || step == 500) {
            struct hmap *clone;
            enum hmap_status status = hmap_clone(&trial->context, trial->map, &clone);
            if (status == HMAP_OK) {
                hmap_destroy(&trial->context, clone);
            } else {
                assert_int_equal(status, HMAP_NO_MEMORY);
                assert_null(clone);
                trial->failures++;
                check_contents(trial);
            }
        }
    }
}

static uint64_t attempt(const struct hmap_kind *key, const struct hmap_kind *elem,
                        enum hmap_hash_algorithm algorithm, uint64_t fail_from)
{
    struct trial *trial = calloc(1, sizeof *trial);
    assert_int_equal(hmap_type_make(&trial->type, key, elem), HMAP_OK);
    hmap_context_init(&trial->context, &trial->type, HMAP_GO_1_22, algorithm, 3);
    trial->counter.fail_from = fail_from;
    trial->context.allocator = counting(&trial->counter);
    enum hmap_status status = hmap_make(&trial->context, 0, &trial->map);
    if (status != HMAP_OK) {
        assert_int_equal(status, HMAP_NO_MEMORY);
        assert_int_equal(fail_from, 1);
        trial->failures++;
        assert_int_equal(hmap_make(&trial->context, 0, &trial->map), HMAP_OK);
    }
    work(trial);
    uint64_t allocations = trial->counter.allocations;
    if (fail_from && fail_from <= allocations)
        assert_int_equal(trial->failures, 1);
    check_contents(trial);
    hmap_destroy(&trial->context, trial->map);
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

static void test_hint_needs_memory(void **state)
{
    (void)state;
    struct hmap_type type;
    struct hmap_context context;
    struct counting_allocator counter = {.fail_from = 2};
    struct hmap *map = NULL;
    assert_int_equal(hmap_type_make(&type, &hmap_kind_int64, &hmap_kind_int64), HMAP_OK);
    hmap_context_init(&context, &type, HMAP_GO_1_22, HMAP_HASH_AES, 3);
    context.allocator = counting(&counter);
    assert_int_equal(hmap_make(&context, 1000, &map), HMAP_NO_MEMORY);
    assert_null(map);
    assert_int_equal(counter.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_keys),        cmocka_unit_test(test_string_keys),
        cmocka_unit_test(test_long_chains),       cmocka_unit_test(test_indirect_keys_and_elements),
        cmocka_unit_test(test_hint_needs_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
