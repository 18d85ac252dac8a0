// SPDX-License-Identifier: MIT
// Micro-benchmark of the scan: nanoseconds a DIE and bytes a second, by number of threads, and on one thread by the way that
// units go. Processor time beside the clock's, for machines that have other things to do.
//
//     scan_bench FILE [ROUNDS [NAME …]]     with names, the look-up of each is timed as well
#include "dwarf/unit_table.h"
#include "object/object.h"
#include "scan/scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double seconds_now(void)
{
    return seconds_of(CLOCK_MONOTONIC);
}

static int double_compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static int fail(struct error *error)
{
    fprintf(stderr, "scan_bench: %s\n", error->message);
    error_free(error);
    return 2;
}

enum { ROUNDS_MOST = 1000 };

// The median of `rounds` scans; everything when `name` is NULL.
static struct error *measure(const struct unit_table *table, unsigned threads, enum scan_way way,
                             const char *name, int rounds)
{
    static const char *const labels[] = {
        [SCAN_AS_PAYS] = "all types", [SCAN_GENERAL] = "the general way", [SCAN_QUICK] = "the quick pass"};
    double seconds[ROUNDS_MOST], used[ROUNDS_MOST];
    uint64_t dies = 0, bytes = 0;
    size_t entries = 0;
    const struct scan_options options = {.threads = threads, .way = way};
    for (int i = 0; i < rounds; i++) {
        struct type_index *index;
        double start = seconds_now(), used_before = seconds_of(CLOCK_PROCESS_CPUTIME_ID);
        RETURN_IF_ERROR(name ? scan_names(table, &name, 1, &options, &index)
                             : scan_all(table, &options, &index));
        seconds[i] = seconds_now() - start;
        used[i] = seconds_of(CLOCK_PROCESS_CPUTIME_ID) - used_before;
        dies = index->items_count;
        entries = index->entries_count;
        type_index_free(index);
    }
    for (size_t i = 0; i < table->units_count; i++)
        bytes += table->units[i].end_offset - table->units[i].offset;
    qsort(seconds, (size_t)rounds, sizeof(*seconds), double_compare);
    qsort(used, (size_t)rounds, sizeof(*used), double_compare);
    double median = seconds[rounds / 2];
    printf("%-24s %u threads  %8.1f ms  %6.2f ns/DIE  %7.0f MB/s  %6.2f ns/DIE of processors  %9llu DIEs  "
           "%zu types\n",
           name ? name : labels[way], threads, median * 1e3, median * 1e9 / (dies ? (double)dies : 1),
           (double)bytes / median * 1e-6, used[rounds / 2] * 1e9 / (dies ? (double)dies : 1),
           (unsigned long long)dies, entries);
    return NULL;
}

static struct error *run(int argc, char **argv)
{
    struct object *object CLEANUP(object_close_at) = NULL;
    const struct object_options options = {.threads = 2};
    double start = seconds_now();
    RETURN_IF_ERROR(object_open(argv[1], &options, &object));
    double opened = seconds_now();
    struct unit_table *table;
    RETURN_IF_ERROR(unit_table_open(object, &table));
    printf("open %.1f ms, %zu units' headers %.1f ms\n", (opened - start) * 1e3, table->units_count,
           (seconds_now() - opened) * 1e3);
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    if (rounds < 1 || rounds > ROUNDS_MOST)
        rounds = 5;
    struct error *error = measure(table, 1, SCAN_AS_PAYS, NULL, rounds);
    if (!error)
        error = measure(table, 2, SCAN_AS_PAYS, NULL, rounds);
    if (!error)
        error = measure(table, 1, SCAN_GENERAL, NULL, rounds);
    if (!error)
        error = measure(table, 1, SCAN_QUICK, NULL, rounds);
    for (int i = 3; i < argc && !error; i++)
        error = measure(table, 2, SCAN_AS_PAYS, argv[i], rounds);
    unit_table_free(table);
    return error;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: scan_bench FILE [ROUNDS [NAME ...]]\n");
        return 2;
    }
    struct error *error = run(argc, argv);
    return error ? fail(error) : 0;
}
