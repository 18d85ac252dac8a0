// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/go_calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SITES_MOST = 80 };

// --- The program that strata itself brings: one operation a function (go/operations.go) ---

static const struct {
    const char *function, *source;
    const char *callee; // the beginning of its name; NULL: none is called
    const char *newer;  // from Go 1.24 on, where that is another one
} operations[] = {
    {"main.onlyLen", "len(m)", NULL, NULL},
    {"main.onlyNilTest", "m == nil", NULL, NULL},
    {"main.onlyCopy", "c := m", NULL, NULL},
    {"main.onlyRead", "m[\"k\"]", "runtime.mapaccess1", NULL},
    {"main.onlyReadTwo", "v, ok := m[\"k\"]", "runtime.mapaccess2", NULL},
    {"main.onlyWrite", "m[\"k\"] = 1", "runtime.mapassign", NULL},
    {"main.onlyDelete", "delete(m, \"k\")", "runtime.mapdelete", NULL},
    {"main.onlyRange", "range m", "runtime.mapiterinit", "runtime.mapIterStart"},
};

static const char *callee_in(const go_calls_vec *calls, const char *function)
{
    vec_foreach (const struct go_call *, call, calls)
        if (!strcmp(call->function, function))
            return call->callee;
    return NULL;
}

static bool begins_with(const char *callee, const char *beginning)
{
    return callee && beginning && !strncmp(callee, beginning, strlen(beginning));
}

// Whether the program is strata's own: then each operation's calls are known to be looked for.
static bool note_operations(struct lab_notebook *notebook, const go_calls_vec *calls, bool *as_expected)
{
    *as_expected = true;
    if (!callee_in(calls, "main.onlyRead"))
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(operations); i++) {
        const char *callee = callee_in(calls, operations[i].function);
        const char *wanted = operations[i].callee;
        lab_note(notebook, "%-17s %s", operations[i].source, callee ? callee : "no call");
        *as_expected &=
            wanted ? begins_with(callee, wanted) || begins_with(callee, operations[i].newer) : !callee;
    }
    return true;
}

// --- Any program ---

static int by_callee(const void *left, const void *right)
{
    return strcmp(((const struct go_call *)left)->callee, ((const struct go_call *)right)->callee);
}

static void note_counts(struct lab_notebook *notebook, const go_calls_vec *calls)
{
    struct go_call *sorted = calloc(calls->length + 1, sizeof(*sorted));
    notebook->out_of_memory |= !sorted;
    if (!sorted || !calls->length) {
        free(sorted);
        return;
    }
    memcpy(sorted, calls->data, calls->length * sizeof(*sorted));
    qsort(sorted, calls->length, sizeof(*sorted), by_callee);
    for (size_t first = 0, end; first < calls->length; first = end) {
        for (end = first + 1; end < calls->length && !strcmp(sorted[end].callee, sorted[first].callee);)
            end++;
        lab_note(notebook, "%6zu call%s of %s", end - first, end - first == 1 ? "" : "s",
                 sorted[first].callee);
    }
    free(sorted);
}

static void note_sites(struct lab_notebook *notebook, const go_calls_vec *calls)
{
    size_t shown = 0;
    for (int own = 1; own >= 0; own--) { // the program's own package first
        vec_foreach (const struct go_call *, call, calls) {
            bool is_own = !strncmp(call->function, "main.", 5);
            if (is_own != (own == 1) || shown >= SITES_MOST)
                continue;
            const char *file = call->file ? call->file : "?";
            lab_note(notebook, "%s:%llu  %s  %s%s%s", file, (unsigned long long)call->line, call->function,
                     call->callee, call->map_type ? "  " : "", call->map_type ? call->map_type : "");
            shown++;
        }
    }
    if (shown < calls->length)
        lab_note(notebook, "and %zu more", calls->length - shown);
}

static struct error *read_calls(struct lab_notebook *notebook, const char *path)
{
    CLEANUP(object_close_at) struct object *object = NULL;
    go_calls_vec calls = {0};
    bool as_expected;
    // Code and symbols are all that is needed; debug information may be missing, which object_open refuses.
    RETURN_IF_ERROR(object_open(path, NULL, &object));
    struct error *error = go_calls_find(object, &notebook->arena, &calls);
    if (!error) {
        bool is_ours = note_operations(notebook, &calls, &as_expected);
        note_counts(notebook, &calls);
        if (!is_ours)
            note_sites(notebook, &calls);
        if (is_ours && as_expected)
            lab_conclude(
                notebook, LAB_HOLDS,
                "the length is the header's first word, and a nil test or a copy is about the pointer "
                "alone: the compiler writes these in place");
        else if (is_ours)
            lab_conclude(notebook, LAB_REFUTED, "other operations call, or do not");
        else
            lab_conclude(
                notebook, LAB_UNDECIDED,
                "%zu calls are listed; the program that --go builds has a function for each operation "
                "to tell by",
                calls.length);
    }
    vec_free(&calls);
    return error;
}

static void run_on(struct lab_notebook *notebook, const char *path)
{
    struct error *error = read_calls(notebook, path);
    if (error)
        lab_conclude(notebook, LAB_UNDECIDED, "%s", error->message);
    error_free(error);
}

const struct lab_experiment lab_calls = {
    .name = "calls",
    .source = "cmd/compile/internal/walk/expr.go, walkIndexMap",
    .claim = "reading, writing, deleting and range call the runtime; len, a nil test and a copy do not",
    .run_on = run_on,
};
