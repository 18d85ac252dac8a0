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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_adopt_after_reset),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
