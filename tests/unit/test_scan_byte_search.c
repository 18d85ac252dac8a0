// SPDX-License-Identifier: MIT
// The searches against the plain way: every position, one after the other. Bytes come from few values, so
// that hits, near misses and overlaps are common; the paths of many at a time meet every alignment and every
// cut at the end.
#include "cmocka_all.h"
#include "scan/byte_search.h"

#include <stdlib.h>
#include <string.h>

enum { BYTES = 700, ROUNDS = 2000, OFFSETS_MOST = 40 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static uint32_t number_at(const uint8_t *p, bool big_endian)
{
    return big_endian ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]
                      : (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static int offset_compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static int position_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static void test_numbers_are_found_where_the_plain_way_finds_them(void **state)
{
    (void)state;
    uint32_t random = 1, found_in_all = 0;
    uint8_t *bytes = malloc(BYTES); // its end is watched by the address sanitizer
    for (int round = 0; round < ROUNDS; round++) {
        const bool big_endian = round & 1;
        const uint32_t values = 2 + next_random(&random) % 4; // different bytes
        for (size_t i = 0; i < BYTES; i++)
            bytes[i] = (uint8_t)(next_random(&random) % values * 0x55);
        uint64_t offsets[OFFSETS_MOST];
        size_t count = 1 + next_random(&random) % OFFSETS_MOST;
        for (size_t i = 0; i < count; i++) {
            offsets[i] = 0;
            for (int k = 0; k < 4; k++)
                offsets[i] = offsets[i] << 8 | next_random(&random) % values * 0x55;
            if (next_random(&random) % 8 == 0)
                offsets[i] |= UINT64_C(1) << 33; // the low half counts
        }
        qsort(offsets, count, sizeof(*offsets), offset_compare);
        struct number_set *set = number_set_create(offsets, count, big_endian);
        assert_non_null(set);
        size_t from = next_random(&random) % 40, to = BYTES - next_random(&random) % 40;
        size_t end = to + next_random(&random) % (BYTES - to + 1);
        struct positions positions = {0};
        static const unsigned at_a_time[] = {64, 32, 16, 1};
        number_set_judge_most(set, at_a_time[next_random(&random) % 4]);
        assert_true(number_set_search(set, bytes + from, bytes + to, bytes + end, bytes, &positions));
        if (positions.length > 1)
            qsort(positions.data, positions.length, sizeof(*positions.data), position_compare);
        size_t next = 0;
        for (size_t i = from; i < to && i + 4 <= end; i++) {
            bool expected = false;
            for (size_t k = 0; k < count; k++)
                expected |= (uint32_t)offsets[k] == number_at(bytes + i, big_endian);
            if (expected) {
                assert_true(next < positions.length);
                assert_int_equal(positions.data[next++], i);
            }
        }
        assert_int_equal(next, positions.length);
        found_in_all += (uint32_t)next;
        free(positions.data);
        number_set_free(set);
    }
    assert_true(found_in_all > ROUNDS);
    free(bytes);
}

// Bytes of all values, in which the numbers are planted, and numbers that differ from them in a bit.
static void test_many_numbers_are_found_any_number_of_positions_at_a_time(void **state)
{
    enum { MANY = 300, WAYS = 4 };
    static const unsigned at_a_time[WAYS] = {64, 32, 16, 1};
    (void)state;
    uint32_t random = 3, planted = 0;
    uint8_t *bytes = malloc(BYTES);
    for (int round = 0; round < ROUNDS / 10; round++) {
        const bool big_endian = round & 1;
        const size_t count = 1 + next_random(&random) % MANY;
        uint64_t offsets[MANY];
        for (size_t i = 0; i < count; i++)
            offsets[i] = next_random(&random) % (round % 3 ? 1u << 23 : UINT32_MAX);
        qsort(offsets, count, sizeof(*offsets), offset_compare);
        for (size_t i = 0; i < BYTES; i++)
            bytes[i] = (uint8_t)next_random(&random);
        for (size_t i = next_random(&random) % 8; i + 4 <= BYTES; i += 4 + next_random(&random) % 16) {
            const uint32_t bit = next_random(&random) & 1 ? 1u << next_random(&random) % 32 : 0;
            const uint32_t number = (uint32_t)offsets[next_random(&random) % count] ^ bit;
            for (size_t k = 0; k < 4; k++)
                bytes[i + k] = (uint8_t)(number >> 8 * (big_endian ? 3 - k : k));
        }
        uint64_t expected = 0, found[WAYS] = {0};
        for (size_t i = 0; i + 4 <= BYTES; i++) {
            const uint64_t number = number_at(bytes + i, big_endian);
            expected = bsearch(&number, offsets, count, sizeof(number), offset_compare)
                           ? expected * 1000003 + i + 1
                           : expected;
        }
        for (size_t way = 0; way < WAYS; way++) {
            struct positions positions = {0};
            struct number_set *set = number_set_create(offsets, count, big_endian);
            assert_non_null(set);
            number_set_judge_most(set, at_a_time[way]);
            assert_true(number_set_search(set, bytes, bytes + BYTES, bytes + BYTES, bytes, &positions));
            if (positions.length > 1)
                qsort(positions.data, positions.length, sizeof(*positions.data), position_compare);
            for (size_t i = 0; i < positions.length; i++)
                found[way] = found[way] * 1000003 + positions.data[i] + 1;
            assert_true(found[way] == expected);
            free(positions.data);
            number_set_free(set);
        }
        planted += expected != 0;
    }
    assert_true(planted > ROUNDS / 20);
    free(bytes);
}

static void test_texts_are_found_where_the_plain_way_finds_them(void **state)
{
    (void)state;
    uint32_t random = 7, found_in_all = 0;
    uint8_t *bytes = malloc(BYTES);
    for (int round = 0; round < ROUNDS; round++) {
        for (size_t i = 0; i < BYTES; i++)
            bytes[i] = (uint8_t)(next_random(&random) % 3);
        uint8_t text[6];
        size_t length = 1 + next_random(&random) % sizeof(text);
        for (size_t i = 0; i < length; i++)
            text[i] = (uint8_t)(next_random(&random) % 3);
        size_t from = next_random(&random) % 40, end = BYTES - next_random(&random) % 40;
        const uint8_t *p = bytes + from;
        for (size_t i = from; i + length <= end; i++) {
            if (memcmp(bytes + i, text, length) != 0)
                continue;
            p = text_search(p, bytes + end, text, length);
            assert_ptr_equal(p, bytes + i);
            p++;
            found_in_all++;
        }
        assert_null(text_search(p, bytes + end, text, length));
    }
    assert_true(found_in_all > ROUNDS);
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_found_where_the_plain_way_finds_them),
        cmocka_unit_test(test_many_numbers_are_found_any_number_of_positions_at_a_time),
        cmocka_unit_test(test_texts_are_found_where_the_plain_way_finds_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
