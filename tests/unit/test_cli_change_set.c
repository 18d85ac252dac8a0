// SPDX-License-Identifier: MIT
// What a diff of folders has shown before. Names and shapes come from files: whoever makes them knows every hash that has no
// secret, and must not be able to make one change look like another, which would hide it.
#include "cli/change_set.h"
#include "cmocka_all.h"

#include <stdio.h>

enum { NAMES = 3000 };

static bool is_new(struct change_set *set, const struct type_index_entry *old_entry,
                   const struct type_index_entry *new_entry)
{
    const struct entry_pair pair = {.old_entry = old_entry, .new_entry = new_entry};
    bool added;
    assert_null(change_set_add(set, &pair, &added));
    return added;
}

static void each_change_is_new_once(void **state)
{
    (void)state;
    static char names[NAMES][16];
    static struct type_index_entry entries[NAMES];
    struct change_set set = {0};
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(names[i], sizeof(names[i]), "type_%zu", i);
        entries[i] = (struct type_index_entry){
            .name = names[i], .kind = TYPE_STRUCT, .size_known = true, .size_bytes = 8, .shape = i % 7};
    }
    struct type_index_entry wider = entries[0], unknown = entries[0], other_kind = entries[0];
    wider.size_bytes = 16;
    unknown.size_known = false;
    other_kind.kind = TYPE_UNION;
    for (size_t i = 0; i < NAMES; i++)
        entries[i].name_hash = type_index_name_hash(names[i]);
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < NAMES; i++)
            assert_int_equal(is_new(&set, NULL, &entries[i]), !round);
        for (size_t i = 0; i < NAMES; i++)
            assert_int_equal(is_new(&set, &entries[i], NULL), !round);
        assert_int_equal(is_new(&set, &entries[0], &wider), !round);
        assert_int_equal(is_new(&set, &wider, &entries[0]), !round);
        assert_int_equal(is_new(&set, &entries[0], &unknown), !round);
        assert_int_equal(is_new(&set, &entries[0], &other_kind), !round);
    }
    change_set_free(&set);
}

// Steps that anybody can undo: where a hash is (hash ^ word) * odd, folded, the word that makes two hashes meet is their difference.
static uint64_t step(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static void shapes_made_to_meet(void **state)
{
    (void)state;
    struct type_index_entry one = {.name = "one", .kind = TYPE_STRUCT, .size_known = true, .size_bytes = 8};
    struct type_index_entry other = one;
    struct change_set set = {0};
    one.name_hash = type_index_name_hash(one.name);
    other.name = "other";
    other.name_hash = type_index_name_hash(other.name);
    other.shape = one.shape ^ step(one.name_hash, 1) ^ step(other.name_hash, 1);
    assert_true(is_new(&set, NULL, &one));
    assert_true(is_new(&set, NULL, &other));
    change_set_free(&set);
}

// The same hash of the name without a secret, as two names that were searched for have it.
static void names_made_to_meet(void **state)
{
    (void)state;
    const struct type_index_entry one = {.name = "one", .name_hash = 1},
                                  other = {.name = "other", .name_hash = 1};
    struct change_set set = {0};
    assert_true(is_new(&set, NULL, &one));
    assert_true(is_new(&set, NULL, &other));
    change_set_free(&set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_change_is_new_once),
        cmocka_unit_test(shapes_made_to_meet),
        cmocka_unit_test(names_made_to_meet),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
