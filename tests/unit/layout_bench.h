// SPDX-License-Identifier: MIT
// What tests over hand-made types lay them out with: a layouter of x86-64 and an arena. As cmocka's state it
// serves all tests of a program.
#ifndef STRATA_TESTS_LAYOUT_BENCH_H
#define STRATA_TESTS_LAYOUT_BENCH_H

#include "layout/layout.h"
#include "type_graph.h"

#include <elf.h>
#include <stdlib.h>

struct layout_bench {
    struct layouter *layouter;
    struct arena arena;
};

static inline void layout_bench_open(struct layout_bench *bench)
{
    struct layout_options options = {.abi = abi_of_machine(EM_X86_64, 64)};
    arena_init(&bench->arena);
    assert_null(layouter_create(&options, &bench->layouter));
}

static inline void layout_bench_close(struct layout_bench *bench)
{
    layouter_free(bench->layouter);
    arena_free(&bench->arena);
}

static inline int layout_bench_setup(void **state)
{
    struct layout_bench *bench = calloc(1, sizeof(*bench));
    assert_non_null(bench);
    layout_bench_open(bench);
    *state = bench;
    return 0;
}

static inline int layout_bench_teardown(void **state)
{
    layout_bench_close(*state);
    free(*state);
    return 0;
}

// Layouts of before are forgotten: tests reuse the memory of types, by whose addresses layouts are known.
static inline const struct layout *layout_bench_compute(struct layout_bench *bench, const struct type *type)
{
    const struct layout *layout;
    layouter_forget(bench->layouter);
    assert_null(layout_compute(bench->layouter, type, &layout));
    return layout;
}

#endif
