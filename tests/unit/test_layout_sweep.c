// SPDX-License-Identifier: MIT
// The sweep beside a witness that looks at each bit alone: intervals that lie apart, and any others.
#include "cmocka_all.h"
#include "layout/sweep.h"

#include <string.h>

enum { BITS_MOST = 80, INTERVALS_MOST = 8, ROUNDS = 20000 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

struct checking {
    const struct sweep_interval *intervals;
    size_t count;
    uint64_t size_bits, at_bits;
};

static bool covers(const struct sweep_interval *interval, uint64_t bit)
{
    return interval->start_bits <= bit && bit < interval->end_bits;
}

// Whether something that is not empty begins or ends at the bit.
static bool is_border(const struct checking *checking, uint64_t bit)
{
    for (size_t i = 0; i < checking->count; i++) {
        const struct sweep_interval *one = &checking->intervals[i];
        if (one->start_bits < one->end_bits && one->start_bits < checking->size_bits &&
            (one->start_bits == bit || one->end_bits == bit))
            return true;
    }
    return false;
}

static void check_segment(void *context, const struct sweep_segment *segment)
{
    struct checking *checking = context;
    uint32_t counts[SWEEP_STRENGTHS] = {0}, sole[SWEEP_STRENGTHS], started = SWEEP_NOBODY,
             ended = SWEEP_NOBODY;
    bool unknown_started = false;
    assert_int_equal(segment->start_bits, checking->at_bits);
    assert_true(segment->end_bits > segment->start_bits && segment->end_bits <= checking->size_bits);
    for (uint64_t bit = segment->start_bits + 1; bit < segment->end_bits; bit++)
        assert_false(is_border(checking, bit));
    if (segment->end_bits < checking->size_bits)
        assert_true(is_border(checking, segment->end_bits));
    for (size_t i = 0; i < checking->count; i++) {
        const struct sweep_interval *one = &checking->intervals[i];
        if (one->start_bits >= one->end_bits || one->start_bits >= checking->size_bits)
            continue;
        if (covers(one, segment->start_bits)) {
            counts[one->strength]++;
            sole[one->strength] = one->owner;
        }
        if (one->start_bits == segment->start_bits) {
            started = one->owner < started ? one->owner : started;
            unknown_started |= one->strength == SWEEP_UNKNOWN;
        }
        if (one->end_bits == segment->start_bits)
            ended = one->owner < ended ? one->owner : ended;
    }
    for (int i = 0; i < SWEEP_STRENGTHS; i++) {
        assert_int_equal(segment->covers[i], counts[i]);
        assert_int_equal(segment->sole[i], counts[i] == 1 ? sole[i] : SWEEP_NOBODY);
    }
    assert_int_equal(segment->started, started);
    assert_int_equal(segment->ended, ended);
    assert_int_equal(segment->unknown_started, unknown_started);
    checking->at_bits = segment->end_bits;
}

static void check(struct sweep_interval *intervals, size_t count, uint64_t size_bits)
{
    struct checking checking = {intervals, count, size_bits, 0};
    assert_null(sweep(intervals, count, size_bits, check_segment, &checking));
    assert_int_equal(checking.at_bits, size_bits);
}

static void test_every_segment_is_what_its_bits_say(void **state)
{
    (void)state;
    uint32_t random = 11, apart = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct sweep_interval intervals[INTERVALS_MOST];
        const size_t count = next_random(&random) % (INTERVALS_MOST + 1);
        const bool in_order = next_random(&random) % 3 != 0;
        uint64_t at_bits = 0;
        for (size_t i = 0; i < count; i++) {
            const uint64_t start_bits = in_order
                                            ? at_bits + next_random(&random) % 2 * (next_random(&random) % 9)
                                            : next_random(&random) % BITS_MOST;
            const uint64_t size_bits = next_random(&random) % 14;
            intervals[i] =
                (struct sweep_interval){start_bits, start_bits + size_bits, next_random(&random) % 9,
                                        (enum sweep_strength)(next_random(&random) % SWEEP_STRENGTHS)};
            at_bits = start_bits + size_bits;
        }
        apart += in_order;
        check(intervals, count, next_random(&random) % BITS_MOST);
    }
    assert_true(apart > ROUNDS / 2);
}

static void test_what_has_no_end_is_cut(void **state)
{
    (void)state;
    struct sweep_interval intervals[] = {{0, 8, 0, SWEEP_FIRM}, {16, UINT64_MAX, 1, SWEEP_UNKNOWN}};
    check(intervals, 2, 64);
    check(intervals, 2, 16);
    check(intervals, 2, 4);
    check(intervals, 0, 4);
    check(intervals, 2, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_segment_is_what_its_bits_say),
        cmocka_unit_test(test_what_has_no_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
