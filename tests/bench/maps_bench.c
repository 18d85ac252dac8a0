// SPDX-License-Identifier: MIT
// How long looks take: maps_bench PID|CORE [TIMES]
//
// Prints the median and the 99th percentile of whole looks after the program was read, with the calls and bytes they
// read, and of the figures alone of maps of half a million entries or more.
#include "base/clock.h"
#include "gomap/map_look.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMES_MOST = 10000 };

static int by_time(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void print_times(const char *what, uint64_t *times, size_t count)
{
    qsort(times, count, sizeof(*times), by_time);
    printf("%-24s median %9.3f ms   p99 %9.3f ms   (%zu times)\n", what, (double)times[count / 2] / 1e6,
           (double)times[count * 99 / 100] / 1e6, count);
}

static int fail(struct error *error)
{
    fprintf(stderr, "%s\n", error->message);
    error_free(error);
    return 1;
}

static int bench_looks(struct map_looker *looker, size_t times, struct map_look *look)
{
    static uint64_t elapsed_ns[TIMES_MOST];
    for (size_t i = 0; i < times; i++) {
        const uint64_t start = clock_ns();
        map_look_free(look);
        struct error *error = map_looker_look(looker, look);
        if (error)
            return fail(error);
        elapsed_ns[i] = clock_ns() - start;
    }
    printf("%zu maps, %" PRIu64 " objects, %" PRIu64 " calls, %.1f MB read, cut: %s\n", look->maps.length,
           look->objects, look->work.calls, (double)look->work.bytes / 1e6, look->is_cut ? "yes" : "no");
    print_times("look", elapsed_ns, times);
    return 0;
}

// In slices of 1024 places of the directory: the longest one is what an interactive screen would wait for.
static int bench_map(struct map_looker *looker, const struct map_look *look, uint64_t wanted, size_t times)
{
    static uint64_t elapsed_ns[TIMES_MOST], slices_ns[TIMES_MOST];
    const struct map_found *largest = NULL;
    for (size_t i = 0; i < look->maps.length; i++)
        if (look->maps.data[i].survey.address == wanted)
            largest = &look->maps.data[i];
    if (!largest)
        return 0;
    struct map_survey survey = largest->survey;
    for (size_t i = 0; i < times; i++) {
        const uint64_t start = clock_ns();
        uint64_t slice = start, longest = 0;
        pages_forget(map_looker_pages(looker));
        for (bool more = map_survey_start(&survey, map_looker_pages(looker), largest->survey.shape, wanted);
             more;) {
            more = map_survey_step(&survey, map_looker_pages(looker), 1024);
            const uint64_t now = clock_ns();
            longest = now - slice > longest ? now - slice : longest;
            slice = now;
        }
        elapsed_ns[i] = clock_ns() - start;
        slices_ns[i] = longest;
    }
    printf("%s: %" PRIu64 " entries\n", largest->survey.shape->name, survey.figures.count);
    print_times("figures", elapsed_ns, times);
    print_times("longest slice", slices_ns, times);
    return 0;
}

int main(int argc, char **argv)
{
    const struct go_program_options options = {.debug = {.threads = 2}};
    struct go_program *program;
    struct map_looker *looker;
    struct map_look look = {0};
    if (argc < 2) {
        fprintf(stderr, "maps_bench PID|CORE [TIMES]\n");
        return 2;
    }
    size_t times = argc > 2 ? strtoul(argv[2], NULL, 10) : 50;
    times = times < 1 ? 1 : times > TIMES_MOST ? TIMES_MOST : times;
    const uint64_t start = clock_ns();
    struct error *error = go_program_open(argv[1], &options, NULL, &program);
    if (error)
        return fail(error);
    printf("%-24s        %9.3f ms\n", "program read in", (double)(clock_ns() - start) / 1e6);
    error = map_looker_open(program, NULL, &looker);
    if (error)
        return fail(error);
    printf("%-24s        %9.3f ms\n", "and its variables in", (double)(clock_ns() - start) / 1e6);
    int status = bench_looks(looker, times, &look);
    // The largest maps of both kinds of keys.
    for (size_t i = 0; !status && i < look.maps.length; i++)
        if (look.maps.data[i].survey.figures.count >= 500000)
            status = bench_map(looker, &look, look.maps.data[i].survey.address, times);
    map_look_free(&look);
    map_looker_close(looker);
    go_program_close(program);
    return status;
}
