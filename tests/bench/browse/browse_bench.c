// SPDX-License-Identifier: MIT
// What a key of strata browse costs, with the frame that follows: processor time, of one thread.
//
//     browse_bench FILE [FILES]      opens the file so many times (default 6: a kernel image has then some 50 000 types)
#include "browse/browse.h"
#include "cli/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILES_MOST = 64, ROWS = 50, CELLS = 160, TIMES = 15 };

static double processor_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int compare(const void *left, const void *right)
{
    const double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static struct error *press(struct browse *browse, const char *keys)
{
    struct key_press press;
    bool is_bad;
    while (key_script_next(&keys, &press, &is_bad)) {
        RETURN_IF_ERROR(view_stack_press(&browse->views, press));
        RETURN_IF_ERROR(view_stack_frame(&browse->views, ROWS, CELLS));
    }
    return NULL;
}

// `before` and `after` are not measured; `key` is one key.
static struct error *measure(struct browse *browse, const char *what, const char *before, const char *key,
                             const char *after)
{
    double times[TIMES];
    for (int i = 0; i < TIMES; i++) {
        RETURN_IF_ERROR(press(browse, before));
        const double start = processor_ms();
        RETURN_IF_ERROR(press(browse, key));
        times[i] = processor_ms() - start;
        RETURN_IF_ERROR(press(browse, after));
    }
    qsort(times, TIMES, sizeof(*times), compare);
    printf("%-44s %8.2f ms median %8.2f ms most\n", what, times[TIMES / 2], times[TIMES - 1]);
    return NULL;
}

static struct error *measure_all(struct browse *browse)
{
    RETURN_IF_ERROR(browse_wait(browse));
    printf("%u types\n", browse->model.count);
    RETURN_IF_ERROR(view_stack_frame(&browse->views, ROWS, CELLS));
    RETURN_IF_ERROR(measure(browse, "down: another layout", "", "<Down>", ""));
    RETURN_IF_ERROR(measure(browse, "a page down", "", "<PgDn>", ""));
    RETURN_IF_ERROR(measure(browse, "the end of the list", "<Home>", "<End>", "<Home>"));
    RETURN_IF_ERROR(measure(browse, "filter: the first character", "/", "s", "<Esc>"));
    RETURN_IF_ERROR(measure(browse, "filter: the fourth character", "/ t a s", "k", "<Esc>"));
    RETURN_IF_ERROR(measure(browse, "filter: a second word", "/ s <Space>", "t", "<Esc>"));
    RETURN_IF_ERROR(measure(browse, "filter: a regular expression", "/ / ^ l i s", "t", "<Esc>"));
    RETURN_IF_ERROR(measure(browse, "filter: a member", "/ . n e x", "t", "<Esc>"));
    RETURN_IF_ERROR(
        measure(browse, "filter: size > 64 && holes > 1", "/ s i z e > 6 4 & & h o l e s >", "1", "<Esc>"));
    RETURN_IF_ERROR(measure(browse, "sort by the next column", "", "s", ""));
    RETURN_IF_ERROR(measure(browse, "group by namespace, file, not at all", "", "g", ""));
    RETURN_IF_ERROR(press(browse, "/ t a s k _ s t r u c t <Enter> <Home>"));
    RETURN_IF_ERROR(measure(browse, "unfold a member of task_struct", "", "<Space>", "<Space>"));
    RETURN_IF_ERROR(press(browse, "<Esc> <Esc> / s u p e r _ b l o c k <Enter> <Down>4"));
    RETURN_IF_ERROR(measure(browse, "move a member of super_block down", "", "J", ""));
    RETURN_IF_ERROR(measure(browse, "undo it", "", "z", "J"));
    return measure(browse, "the best order of super_block", "", "p", "z");
}

int main(int argc, char **argv)
{
    static struct browse browse;
    static struct input inputs[FILES_MOST];
    static struct query queries[FILES_MOST];
    const size_t count = argc > 2 ? (size_t)atoi(argv[2]) : 6;
    if (argc < 2 || !count || count > FILES_MOST) {
        fprintf(stderr, "browse_bench FILE [FILES]\n");
        return 2;
    }
    const struct common_options common = {.cacheline_bytes = 64};
    struct error *error = NULL;
    for (size_t i = 0; i < count && !error; i++) {
        error = input_open(&inputs[i], argv[1], &common);
        queries[i] = inputs[i].query;
    }
    if (!error)
        error = browse_open(&browse, queries, count, &(struct browse_options){.cacheline_bytes = 64});
    if (!error) {
        browse_view_open(&browse);
        error = measure_all(&browse);
    }
    if (error)
        fprintf(stderr, "browse_bench: %s\n", error->message);
    browse_close(&browse);
    for (size_t i = 0; i < count; i++)
        input_close(&inputs[i]);
    return error != NULL;
}
