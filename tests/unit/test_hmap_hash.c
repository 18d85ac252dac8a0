// SPDX-License-Identifier: MIT
// Hashes: the instruction against the portable round for all lengths, equalities Go promises, and the
// quality tests of Go's suite that say something about this code (hash_test.go). tests/oracle compares them
// with real Go.
#include "cmocka_all.h"
#include "hmapcore/hmap_internal.h"
#include "test_hmap_keys.h"

static struct hmap_type type;
static struct hmap_context quick, portable, fallback, fallback_new;

static int open_contexts(void **state)
{
    (void)state;
    if (hmap_type_make(&type, &hmap_kind_int64, &hmap_kind_int64) != HMAP_OK)
        return 1;
    hmap_context_init(&quick, &type, HMAP_GO_1_22, HMAP_HASH_AES, 21);
    hmap_context_init(&portable, &type, HMAP_GO_1_22, HMAP_HASH_AES_PORTABLE, 21);
    hmap_context_init(&fallback, &type, HMAP_GO_1_22, HMAP_HASH_FALLBACK, 21);
    hmap_context_init(&fallback_new, &type, HMAP_GO_1_23, HMAP_HASH_FALLBACK, 21);
    return 0;
}

static void test_instruction_and_portable_agree(void **state)
{
    (void)state;
    if (!quick.aes_instructions)
        skip_because("no AES instructions");
    uint8_t data[700];
    uint64_t random = 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)next_random(&random);
    for (size_t length = 0; length <= 600; length++) {
        for (uint64_t seed = 0; seed < 3; seed++) {
            const uint8_t *start = data + length % 17;
            assert_true(hmap_memhash(&quick, start, length, seed) ==
                        hmap_memhash(&portable, start, length, seed));
        }
    }
    for (uint64_t i = 0; i < 1000; i++) {
        assert_true(hmap_memhash_word(&quick, i, 8, 5) == hmap_memhash_word(&portable, i, 8, 5));
        assert_true(hmap_memhash_word(&quick, i, 4, 5) == hmap_memhash_word(&portable, i, 4, 5));
    }
}

// SmhasherZeros: zeros of different lengths hash differently.
static void test_length_counts(void **state)
{
    (void)state;
    const uint8_t zeros[300] = {0};
    const struct hmap_context *const contexts[] = {&quick, &portable, &fallback, &fallback_new};
    for (size_t c = 0; c < 4; c++) {
        uint64_t seen[300];
        for (size_t length = 0; length < 300; length++) {
            seen[length] = hmap_memhash(contexts[c], zeros, length, 0);
            for (size_t i = 0; i < length; i++)
                assert_true(seen[i] != seen[length]);
        }
    }
}

// MemHash32Equality and MemHash64Equality of Go's suite hold for the fallback by its making; with AES both
// are the word's hash.
static void test_words(void **state)
{
    (void)state;
    uint64_t random = 3;
    for (int i = 0; i < 1000; i++) {
        uint64_t word = next_random(&random), hash = 0;
        assert_int_equal(hmap_hash(&quick, &word, 99, &hash), HMAP_OK);
        assert_true(hash == hmap_memhash_word(&quick, word, 8, 99));
        assert_int_equal(hmap_hash(&fallback, &word, 99, &hash), HMAP_OK);
        assert_true(hash == hmap_memhash(&fallback, &word, 8, 99));
        uint32_t half = (uint32_t)word;
        assert_true(hmap_memhash_word(&fallback, half, 4, 7) == hmap_memhash(&fallback, &half, 4, 7));
    }
}

// SmhasherAvalanche, in short: each bit of the key turns about half of the bits of the hash.
static void test_avalanche(void **state)
{
    (void)state;
    const struct hmap_context *const contexts[] = {&quick, &fallback, &fallback_new};
    enum { TRIALS = 4000 };
    for (size_t c = 0; c < 3; c++) {
        for (unsigned bit = 0; bit < 64; bit++) {
            unsigned turned[64] = {0};
            uint64_t random = bit + 1;
            for (int trial = 0; trial < TRIALS; trial++) {
                uint64_t key = next_random(&random);
                uint64_t difference = hmap_memhash_word(contexts[c], key, 8, 1) ^
                                      hmap_memhash_word(contexts[c], key ^ UINT64_C(1) << bit, 8, 1);
                for (unsigned i = 0; i < 64; i++)
                    turned[i] += difference >> i & 1;
            }
            for (unsigned i = 0; i < 64; i++) // half, give or take six standard deviations
                assert_between(turned[i], TRIALS / 2 - 190, TRIALS / 2 + 190);
        }
    }
}

static uint64_t hash_of(const struct hmap_kind *kind, const void *value)
{
    uint64_t hash = 0;
    assert_int_equal(hmap_kind_hash(&quick, kind, value, 77, &hash), HMAP_OK);
    return hash;
}

static void test_kinds(void **state)
{
    (void)state;
    const double zero = 0.0, minus = -0.0, one = 1.0, nan = __builtin_nan("");
    assert_true(hash_of(&hmap_kind_float64, &zero) == hash_of(&hmap_kind_float64, &minus));
    assert_true(hash_of(&hmap_kind_float64, &zero) != hash_of(&hmap_kind_float64, &one));
    assert_true(hash_of(&hmap_kind_float64, &nan) != hash_of(&hmap_kind_float64, &nan));
    // An interface is hashed by its value: equal values of different kinds collide, and are different keys
    // all the same.
    const int64_t number = 5;
    const struct hmap_interface as_int = {&hmap_kind_int64, &number}, as_uint = {&hmap_kind_uint64, &number};
    assert_true(hash_of(&hmap_kind_interface, &as_int) == hash_of(&hmap_kind_interface, &as_uint));
    assert_false(hmap_kind_equal(&hmap_kind_interface, &as_int, &as_uint));
    // And wherever it lies.
    const int64_t elsewhere = 5;
    const struct hmap_interface copy = {&hmap_kind_int64, &elsewhere};
    assert_true(hash_of(&hmap_kind_interface, &as_int) == hash_of(&hmap_kind_interface, &copy));
    assert_true(hmap_kind_equal(&hmap_kind_interface, &as_int, &copy));
}

// A blank field and padding are no part of the value.
static void test_padding_does_not_count(void **state)
{
    (void)state;
    static struct hmap_field fields[] = {{.name = "a", .kind = &hmap_kind_int8},
                                         {.name = "b", .kind = &hmap_kind_int64},
                                         {.name = "_", .kind = &hmap_kind_int64},
                                         {.name = "c", .kind = &hmap_kind_int16}};
    struct hmap_kind kind;
    assert_int_equal(hmap_kind_make_struct(&kind, "struct", fields, 4), HMAP_OK);
    assert_int_equal(kind.size_bytes, 32);
    assert_int_equal(kind.algorithm, HMAP_ALG_STRUCT);
    uint8_t left[32], right[32];
    memset(left, 0xaa, sizeof left);
    memset(right, 0x55, sizeof right);
    for (int i = 0; i < 2; i++) {
        uint8_t *value = i ? left : right;
        value[0] = 1;
        memset(value + 8, 2, 8);
        memset(value + 24, 3, 2);
    }
    assert_true(hash_of(&kind, left) == hash_of(&kind, right));
    assert_true(hmap_kind_equal(&kind, left, right));
    right[24]++;
    assert_true(hash_of(&kind, left) != hash_of(&kind, right));
    assert_false(hmap_kind_equal(&kind, left, right));
}

// Collisions of Go's suite: keys that differ in two 16-bit places only.
static int compare_words(const void *left, const void *right)
{
    uint64_t a, b;
    memcpy(&a, left, 8);
    memcpy(&b, right, 8);
    return (a > b) - (a < b);
}

static void test_Collisions(void **state)
{
    (void)state;
    enum { KEYS = 1 << 16 };
    uint64_t *hashes = malloc(KEYS * sizeof *hashes);
    for (unsigned place = 0; place < 6; place++) {
        for (uint64_t i = 0; i < KEYS; i++) {
            uint16_t key[8] = {0};
            key[place] = (uint16_t)(i & 0xff);
            key[place + 2] = (uint16_t)(i >> 8);
            hashes[i] = hmap_memhash(&quick, key, sizeof key, 1);
        }
        qsort(hashes, KEYS, sizeof *hashes, compare_words);
        for (uint64_t i = 1; i < KEYS; i++)
            assert_true(hashes[i] != hashes[i - 1]);
    }
    free(hashes);
}

static void test_seeds_decide(void **state)
{
    (void)state;
    struct hmap_context same, other;
    hmap_context_init(&same, &type, HMAP_GO_1_22, HMAP_HASH_AES, 21);
    hmap_context_init(&other, &type, HMAP_GO_1_22, HMAP_HASH_AES, 22);
    assert_memory_equal(same.aes_schedule, quick.aes_schedule, sizeof same.aes_schedule);
    assert_memory_not_equal(other.aes_schedule, quick.aes_schedule, sizeof same.aes_schedule);
    assert_true(hmap_memhash_word(&quick, 1, 8, 1) !=
                hmap_memhash_word(&quick, 1, 8, 2)); // MemHashGlobalSeed
    assert_true(hmap_memhash_word(&quick, 1, 8, 1) != hmap_memhash_word(&other, 1, 8, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_instruction_and_portable_agree),
        cmocka_unit_test(test_length_counts),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_avalanche),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_padding_does_not_count),
        cmocka_unit_test(test_Collisions),
        cmocka_unit_test(test_seeds_decide),
    };
    return cmocka_run_group_tests(tests, open_contexts, NULL);
}
