// SPDX-License-Identifier: MIT
#include "cli/many_files.h"

#include "base/slices.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "query/figures.h"
#include "query/holds.h"
#include "query/match.h"
#include "query/summarize.h"
#include "query/walk.h"

#include <stdlib.h>
#include <string.h>

// What came of one file: everything it needs is its own, so that threads do not meet.
struct one_file {
    const struct many_options *options;
    const char *path;
    unsigned threads;
    struct error *error;
    struct notice_sink sink; // into `notices`
    struct notices notices;
    struct arena texts;
    struct report_file file;
    VEC(struct folded) types; // by position in the selection
    VEC(char *) missing;      // by pattern: NULL, or what was said
};

static void take_notice(struct notice_sink *sink, const char *line)
{
    struct one_file *one = (struct one_file *)(void *)((char *)sink - offsetof(struct one_file, sink));
    notices_add(&one->notices, "%s", line);
}

static void one_file_free(struct one_file *one)
{
    notices_free(&one->notices);
    vec_free(&one->types);
    vec_foreach (char **, text, &one->missing)
        free(*text);
    vec_free(&one->missing);
    arena_free(&one->texts);
}

// ---- one file, on any thread -----------------------------------------------------------------------------

struct summing {
    struct one_file *one;
    struct figures figures;
    bool *is_meant; // by position
};

static void fold_note(struct summing *summing, const struct type_index_entry *entry, size_t position)
{
    struct folded *folded = &summing->one->types.data[position];
    folded->shape = entry->shape;
    folded->position = position;
}

// What earlier runs have kept of the types need not be computed.
static void sum_known(struct summing *summing, const struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (!figures_take(&summing->figures, i, summing->one->options->needs,
                          &summing->one->types.data[i].summary, NULL))
            continue;
        summing->is_meant[i] = true;
        fold_note(summing, &selection->index->entries[selection->numbers[i]], i);
    }
}

static struct error *sum_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    struct summing *summing = context;
    const struct many_options *options = summing->one->options;
    struct folded *folded = &summing->one->types.data[item->position];
    bool is_meant = true;
    RETURN_IF_ERROR(figures_summarize(&summing->figures, worker, item, options->needs, &folded->summary));
    if (options->contains)
        RETURN_IF_ERROR(type_holds(item->type, match_without_keyword(options->contains), &is_meant));
    summing->is_meant[item->position] = is_meant;
    fold_note(summing, item->entry, item->position);
    return is_meant ? summary_keep(&folded->summary, worker->kept) : NULL;
}

static bool copy_text(struct arena *arena, const char **text)
{
    if (*text)
        *text = arena_copy_text(arena, *text, strlen(*text));
    return !arena->has_failed;
}

// What is kept of the types outlives the file.
static struct error *keep_types(struct one_file *one, const bool *is_meant, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct folded *folded = &one->types.data[i];
        if (!is_meant[i])
            continue;
        if (!copy_text(&one->texts, &folded->summary.name) ||
            !copy_text(&one->texts, &folded->summary.declared_file) ||
            !copy_text(&one->texts, &folded->summary.declared_folder))
            return &error_out_of_memory;
        one->types.data[kept++] = *folded;
    }
    one->types.length = kept;
    return NULL;
}

static struct error *sum_selection(struct one_file *one, const struct query *query,
                                   const struct selection *selection)
{
    struct summing summing = {.one = one, .is_meant = calloc(selection->count + 1, sizeof(bool))};
    if (!summing.is_meant || !vec_reserve(&one->types, selection->count)) {
        free(summing.is_meant);
        return &error_out_of_memory;
    }
    one->types.length = selection->count;
    struct walk walk = {
        .query = query, .selection = selection, .visit = sum_type, .context = &summing, .progress_label = ""};
    struct error *error = NULL;
    if (!one->options->contains) // which is answered by graphs
        error = figures_open(query, selection, &summing.figures);
    if (!error) {
        sum_known(&summing, selection);
        walk.passes_over = summing.figures.is_known;
        error = walk_types(&walk);
    }
    if (!error)
        figures_keep(&summing.figures);
    if (!error)
        error = keep_types(one, summing.is_meant, selection->count);
    walk_free(&walk);
    figures_close(&summing.figures);
    free(summing.is_meant);
    return error;
}

static struct error *note_missing(struct one_file *one, const struct selection *selection)
{
    for (size_t i = 0; i < selection->missing_numbers.length; i++) {
        char **missing = &one->missing.data[selection->missing_numbers.data[i]];
        *missing = strdup(selection->missing.lines.data[i]);
        if (!*missing)
            return &error_out_of_memory;
    }
    return NULL;
}

// No pattern fits: the file was read all the same.
static struct error *nothing_found(struct one_file *one, struct error *error)
{
    if (error->code != ERROR_NOT_FOUND || !one->options->patterns_count)
        return error;
    for (size_t i = 0; i < one->missing.length; i++)
        if (!one->missing.data[i] && !(one->missing.data[i] = strdup(error->message)))
            return &error_out_of_memory;
    error_free(error);
    return NULL;
}

static struct error *read_source(struct one_file *one, const struct type_source *source)
{
    const struct many_options *options = one->options;
    struct selection selection = {0};
    const struct query query = input_query(source, options->common, one->threads, &one->sink, NULL);
    one->file = input_report_file(source);
    if (!copy_text(&one->texts, &one->file.path) || !copy_text(&one->texts, &one->file.build_id))
        return &error_out_of_memory;
    struct error *error =
        select_types(&query, options->patterns, options->patterns_count, options->also, &selection);
    if (error)
        return nothing_found(one, error);
    error = note_missing(one, &selection);
    if (!error)
        error = sum_selection(one, &query, &selection);
    selection_free(&selection);
    return error;
}

static struct error *read_one(struct one_file *one)
{
    const size_t patterns_count = one->options->patterns_count;
    if (!vec_reserve(&one->missing, patterns_count + 1))
        return &error_out_of_memory;
    memset(one->missing.data, 0, (patterns_count + 1) * sizeof(char *));
    one->missing.length = patterns_count;
    struct type_source_options options = input_source_options(one->options->common);
    CLEANUP(select_ahead_free) struct select_ahead ahead;
    select_ahead_make(one->options->patterns, patterns_count, one->options->common->first, &ahead);
    options.ahead = ahead.ahead;
    options.threads = one->threads;
    struct type_source *source;
    RETURN_IF_ERROR(type_source_open(one->path, &options, &one->sink, &source));
    struct error *error = read_source(one, source);
    type_source_close(source);
    return error;
}

static void read_slice(void *context, size_t number)
{
    struct one_file *one = &((struct one_file *)context)[number];
    one->error = read_one(one);
}

// ---- all of them -----------------------------------------------------------------------------------------

// What the first file said of a pattern is kept until a file has it.
static void fold_missing(struct many_files *many, struct one_file *one, bool is_first)
{
    for (size_t i = 0; i < one->missing.length; i++) {
        char *said = one->missing.data[i];
        if (said && is_first) {
            many->missing[i] = said;
            one->missing.data[i] = NULL;
        } else if (!said) {
            free(many->missing[i]);
            many->missing[i] = NULL;
        }
    }
}

static struct error *fold_file(struct many_files *many, struct one_file *one, size_t number,
                               struct screen_notices *notices, int *status)
{
    vec_foreach (char **, line, &one->notices.lines)
        notice_give(&notices->sink, *line);
    struct error *error = one->error;
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    if (error) {
        *status = input_files_refuse(many->files, number, error, *status);
        return NULL;
    }
    if (one->notices.is_incomplete)
        return &error_out_of_memory;
    fold_missing(many, one, many->read.length == 0);
    if (!copy_text(&many->fold.texts, &one->file.path) ||
        !copy_text(&many->fold.texts, &one->file.build_id) || !vec_push(&many->read, one->file))
        return &error_out_of_memory;
    many->numbers[number] = many->read.length - 1;
    vec_foreach (const struct folded *, type, &one->types)
        RETURN_IF_ERROR(fold_add(&many->fold, &type->summary, type->shape, number, type->position));
    return NULL;
}

enum { ROUND_FILES_A_THREAD = 16 };

static struct error *read_round(struct many_files *many, const struct many_options *options, size_t first,
                                size_t count, unsigned threads, struct screen_notices *notices, int *status)
{
    struct one_file *ones = calloc(count, sizeof(*ones));
    struct error *error = ones ? NULL : &error_out_of_memory;
    for (size_t i = 0; i < count && !error; i++) {
        ones[i] = (struct one_file){.options = options,
                                    .path = many->files->set.files.data[first + i].path,
                                    .threads = count < threads ? threads / (unsigned)count : 1,
                                    .sink = {.take = take_notice}};
        arena_init(&ones[i].texts);
    }
    if (error)
        return error;
    slices_run(count, threads, read_slice, ones);
    for (size_t i = 0; i < count; i++) {
        if (!error)
            error = fold_file(many, &ones[i], first + i, notices, status);
        else
            error_free(ones[i].error);
        one_file_free(&ones[i]);
    }
    free(ones);
    return error;
}

// A pattern that no file has.
static struct error *tell_missing(struct many_files *many, size_t count, int *status)
{
    size_t missing = 0;
    struct error *error = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!many->missing[i])
            continue;
        const size_t others = many->read.length - 1;
        error_free(error);
        error = others ? error_create(ERROR_NOT_FOUND, "%s (nor in %zu other file%s)", many->missing[i],
                                      others, others == 1 ? "" : "s")
                       : error_create(ERROR_NOT_FOUND, "%s", many->missing[i]);
        if (++missing < count || many->fold.types.length) {
            *status = say_error(error);
            error = NULL;
        }
    }
    return error;
}

struct error *many_files_read(struct input_files *files, const struct many_options *options,
                              struct many_files *many, int *status)
{
    const size_t count = files->set.files.length;
    const unsigned threads = input_source_options(options->common).threads;
    *many = (struct many_files){.files = files};
    fold_init(&many->fold);
    many->numbers = calloc(count + 1, sizeof(*many->numbers));
    many->missing = calloc(options->patterns_count + 1, sizeof(*many->missing));
    if (!many->numbers || !many->missing)
        return &error_out_of_memory;
    memset(many->numbers, 0xff, (count + 1) * sizeof(*many->numbers)); // SIZE_MAX
    struct screen_notices notices = screen_notices();
    struct screen_progress progress = screen_progress();
    struct error *error = NULL;
    progress_start(&progress.sink, "reading files");
    for (size_t first = 0, round; first < count && !error; first += round) {
        round = (size_t)threads * ROUND_FILES_A_THREAD;
        round = count - first < round ? count - first : round;
        error = read_round(many, options, first, round, threads, &notices, status);
        progress_update(&progress.sink, first + round, count);
    }
    progress_stop(&progress.sink);
    say_notices_rest(&notices);
    return error || !many->read.length ? error : tell_missing(many, options->patterns_count, status);
}

void many_files_free(struct many_files *many, const struct many_options *options)
{
    for (size_t i = 0; many->missing && i < options->patterns_count; i++)
        free(many->missing[i]);
    free(many->missing);
    free(many->numbers);
    vec_free(&many->read);
    fold_free(&many->fold);
}
