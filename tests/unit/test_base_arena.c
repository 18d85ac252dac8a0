// SPDX-License-Identifier: MIT
// Arenas that are filled over and over.
#include "base/arena.h"
#include "cmocka_all.h"

#include <string.h>

enum { BLOCK_BYTES = 1 << 16, BLOCKS = 100 };

// Fills blocks, each of which must come zeroed.
static void fill(struct arena *arena, unsigned blocks)
{
    static const uint8_t zeros[BLOCK_BYTES];
    for (unsigned i = 0; i < blocks; i++) {
        uint8_t *block = arena_alloc(arena, BLOCK_BYTES);
        assert_non_null(block);
        assert_memory_equal(block, zeros, BLOCK_BYTES);
        memset(block, 0xff, BLOCK_BYTES);
    }
}

static void test_reset(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    for (unsigned round = 0; round < 20; round++) {
        fill(&arena, round * 7 % BLOCKS);
        uint8_t *large = arena_alloc(&arena, 3u << 20); // larger than any chunk that is kept
        assert_non_null(large);
        assert_int_equal(large[0] | large[(3u << 20) - 1], 0);
        memset(large, 0xff, 3u << 20);
        assert_true(arena.allocated_bytes >= (3u << 20));
        arena_reset(&arena);
        assert_int_equal(arena.allocated_bytes, 0);
    }
    arena_free(&arena);
}

// What is adopted lives on when the one that gave it is filled again; kept chunks get lost in neither.
static void test_adopt_after_reset(void **state)
{
    (void)state;
    struct arena into, from;
    arena_init(&into);
    arena_init(&from);
    for (unsigned round = 0; round < 4; round++) {
        fill(&into, round % 2 ? BLOCKS : 0);
        arena_reset(&into);
        fill(&from, BLOCKS);
        arena_reset(&from);
        char *text = arena_copy_text(&from, "kept", 4);
        arena_adopt(&into, &from);
        fill(&from, BLOCKS);
        fill(&into, BLOCKS);
        assert_string_equal(text, "kept");
    }
    arena_free(&into);
    arena_free(&from);
}

// What was allocated since the mark is given out again, as zeros; what was there before stays, also when a chunk has been added.
static void test_rewind(void **state)
{
    (void)state;
    struct arena arena;
    arena_init(&arena);
    arena_rewind(&arena, arena_mark(&arena)); // of nothing
    char *before = arena_copy_text(&arena, "before", 6);
    const struct arena_mark mark = arena_mark(&arena);
    char *block = arena_alloc(&arena, 100);
    assert_non_null(block);
    memset(block, 0xff, 100);
    arena_rewind(&arena, mark);
    char *again = arena_alloc(&arena, 100);
    assert_ptr_equal(again, block);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(again[i], 0);
    fill(&arena, BLOCKS);
    arena_rewind(&arena, mark); // in another chunk: nothing is lost
    char *after = arena_copy_text(&arena, "after", 5);
    assert_string_equal(before, "before");
    assert_string_equal(after, "after");
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_adopt_after_reset),
        cmocka_unit_test(test_rewind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
