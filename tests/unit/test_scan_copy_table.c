// SPDX-License-Identifier: MIT
// The table of keys that the scan counts copies in, beside a plain list.
#include "scan/shared_keys.h"
#include "scan/type_table.h"

#include "cmocka_all.h"

#include <stdlib.h>

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

// Counts the key, or adds it with `beside` standing beside it.
static void count(struct copy_table *table, uint64_t **list, uint64_t key)
{
    struct copy_slot *slot = copy_table_find(table, key);
    if (slot) {
        slot->copies++;
        return;
    }
    void *beside = *list;
    assert_true(copy_table_add(table, key, 1, &beside, sizeof(**list)));
    *list = beside;
    (*list)[table->count - 1] = ~key;
}

static void test_copies_are_counted_as_a_list_counts_them(void **state)
{
    enum { KEYS = 20000, ROUNDS = 200000 };
    (void)state;
    struct copy_table table = {0};
    uint64_t *beside = NULL, random = 88172645463325252u;
    uint64_t *keys = calloc(KEYS, sizeof(*keys));
    uint32_t *copies = calloc(KEYS, sizeof(*copies));
    size_t different = 0;
    assert_true(keys && copies);
    for (size_t i = 0; i < KEYS; i++)
        keys[i] = next_random(&random);
    assert_null(copy_table_find(&table, keys[0])); // empty
    for (size_t i = 0; i < ROUNDS; i++) {
        const size_t at = next_random(&random) % KEYS;
        different += copies[at]++ == 0;
        count(&table, &beside, keys[at]);
    }
    assert_int_equal(table.count, different);
    for (size_t i = 0; i < KEYS; i++) {
        const struct copy_slot *slot = copy_table_find(&table, keys[i]);
        assert_int_equal(slot ? slot->copies : 0, copies[i]);
        if (slot)
            assert_int_equal(beside[slot->number - 1], ~keys[i]);
    }
    copy_table_free(&table);
    free(beside);
    free(keys);
    free(copies);
}

// The identities of definitions are made without a secret, so that a file can be made whose types agree in any bits of them.
// They must not all want one place.
static void test_identities_that_agree_in_many_bits_have_places_of_their_own(void **state)
{
    enum { TYPES = 20000, FAR = 200 };
    (void)state;
    for (unsigned shift_bits = 0; shift_bits <= 48; shift_bits += 8) {
        struct type_table table = {.seed = UINT64_C(0x9d5f3a71c2b4e687)};
        const struct type_index_entry entry = {.copies = 1};
        for (uint64_t i = 0; i < TYPES; i++)
            assert_true(type_table_add(&table, (i << shift_bits) + 77, &entry));
        for (uint64_t i = 0; i < TYPES; i++)
            assert_true(type_table_has(&table, (i << shift_bits) + 77));
        const struct copy_table *identities = &table.identities;
        for (size_t i = 0; i < identities->slots_count; i++) {
            const size_t place = copy_table_place(identities, identities->slots[i].key);
            if (identities->slots[i].number)
                assert_true(((i - place) & (identities->slots_count - 1)) < FAR);
        }
        type_table_free(&table);
    }
}

// Each key is one taker's, until the set is half full; then all are everybody's.
static void test_shared_keys_are_taken_once(void **state)
{
    (void)state;
    enum { MOST = SHARED_KEYS_SLOTS / 2 };
    static const uint64_t STEP = UINT64_C(0x9e3779b97f4a7c15);
    struct shared_keys *keys = calloc(1, sizeof(*keys));
    assert_non_null(keys);
    assert_true(shared_keys_take(keys, 0));
    assert_true(shared_keys_take(keys, 0)); // the key that is not kept
    for (uint64_t i = 1; i <= MOST; i++)
        assert_true(shared_keys_take(keys, i * STEP));
    for (uint64_t i = 1; i <= MOST; i++)
        assert_false(shared_keys_take(keys, i * STEP));
    for (int twice = 0; twice < 2; twice++)
        assert_true(shared_keys_take(keys, (MOST + 1) * STEP));
    free(keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_copies_are_counted_as_a_list_counts_them),
        cmocka_unit_test(test_identities_that_agree_in_many_bits_have_places_of_their_own),
        cmocka_unit_test(test_shared_keys_are_taken_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
