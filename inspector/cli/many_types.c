// SPDX-License-Identifier: MIT
#include "cli/many_types.h"

#include "cli/cmd.h"
#include "cli/screen.h"
#include "query/figures.h"
#include "query/holds.h"
#include "query/match.h"
#include "query/summarize.h"
#include "query/walk.h"

#include <stdlib.h>
#include <string.h>

// What came of one file.
struct found_types {
    VEC(struct folded) types; // by position in the selection
    VEC(char *) missing;      // by pattern: NULL, or what was said
};

static void forget_found(void *context)
{
    struct found_types *found = context;
    vec_free(&found->types);
    vec_foreach (char **, text, &found->missing)
        free(*text);
    vec_free(&found->missing);
}

// ---- one file, on any thread -----------------------------------------------------------------------------

struct summing {
    const struct many_types *many;
    struct found_types *found;
    struct figures figures;
    bool *is_meant; // by position
};

static void fold_note(const struct summing *summing, const struct type_index_entry *entry, size_t position)
{
    struct folded *folded = &summing->found->types.data[position];
    folded->shape = entry->shape;
    folded->position = position;
}

// What earlier runs have kept of the types need not be computed.
static void sum_known(const struct summing *summing, const struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (!figures_take(&summing->figures, i, summing->many->needs, &summing->found->types.data[i].summary,
                          NULL))
            continue;
        summing->is_meant[i] = true;
        fold_note(summing, &selection->index->entries[selection->numbers[i]], i);
    }
}

static struct error *sum_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct summing *summing = context;
    const struct many_types *many = summing->many;
    struct folded *folded = &summing->found->types.data[item->position];
    bool is_meant = true;
    RETURN_IF_ERROR(figures_summarize(&summing->figures, worker, item, many->needs, &folded->summary));
    if (many->contains)
        RETURN_IF_ERROR(type_holds(item->type, match_without_keyword(many->contains), &is_meant));
    summing->is_meant[item->position] = is_meant;
    fold_note(summing, item->entry, item->position);
    return is_meant ? summary_keep(&folded->summary, worker->kept) : NULL;
}

// What is kept of the types outlives the file.
static struct error *keep_types(struct found_types *found, struct arena *texts, const bool *is_meant,
                                size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct folded *folded = &found->types.data[i];
        if (!is_meant[i])
            continue;
        if (!files_walk_keep(texts, &folded->summary.name) ||
            !files_walk_keep(texts, &folded->summary.declared_file) ||
            !files_walk_keep(texts, &folded->summary.declared_folder))
            return &error_out_of_memory;
        found->types.data[kept++] = *folded;
    }
    found->types.length = kept;
    return NULL;
}

static struct error *sum_selection(struct walked_file *file, const struct query *query,
                                   const struct selection *selection)
{
    struct found_types *found = file->found;
    struct summing summing = {
        .many = file->walk->context, .found = found, .is_meant = calloc(selection->count + 1, sizeof(bool))};
    if (!summing.is_meant || !vec_reserve(&found->types, selection->count)) {
        free(summing.is_meant);
        return &error_out_of_memory;
    }
    found->types.length = selection->count;
    struct walk walk = {.query = query,
                        .selection = selection,
                        .visit = sum_type,
                        .context = &summing,
                        .progress_label = "",
                        .layouts_only = true};
    struct error *error = NULL;
    if (!summing.many->contains) // which is answered by graphs
        error = figures_open(query, selection, &summing.figures);
    if (!error) {
        sum_known(&summing, selection);
        walk.passes_over = summing.figures.is_known;
        error = walk_types(&walk);
    }
    if (!error)
        figures_keep(&summing.figures);
    if (!error)
        error = keep_types(found, &file->texts, summing.is_meant, selection->count);
    walk_free(&walk);
    figures_close(&summing.figures);
    free(summing.is_meant);
    return error;
}

static struct error *note_missing(struct found_types *found, const struct selection *selection)
{
    for (size_t i = 0; i < selection->missing_numbers.length; i++) {
        char **missing = &found->missing.data[selection->missing_numbers.data[i]];
        *missing = strdup(selection->missing.lines.data[i]);
        if (!*missing)
            return &error_out_of_memory;
    }
    return NULL;
}

// No pattern fits: the file was read all the same.
static struct error *nothing_found(struct found_types *found, struct error *error)
{
    if (error->code != ERROR_NOT_FOUND || !found->missing.length)
        return error;
    for (size_t i = 0; i < found->missing.length; i++)
        if (!found->missing.data[i] && !(found->missing.data[i] = strdup(error->message)))
            return &error_out_of_memory;
    error_free(error);
    return NULL;
}

static struct error *read_types(struct walked_file *file, const struct query *query)
{
    const struct files_walk *walk = file->walk;
    struct found_types *found = file->found;
    struct selection selection = {0};
    if (!vec_reserve(&found->missing, walk->patterns_count + 1))
        return &error_out_of_memory;
    memset(found->missing.data, 0, (walk->patterns_count + 1) * sizeof(char *));
    found->missing.length = walk->patterns_count;
    struct error *error = select_types(query, walk->patterns, walk->patterns_count, walk->also, &selection);
    if (error)
        return nothing_found(found, error);
    error = note_missing(found, &selection);
    if (!error)
        error = sum_selection(file, query, &selection);
    selection_free(&selection);
    return error;
}

// ---- all of them, in order -------------------------------------------------------------------------------

// What the first file said of a pattern is kept until a file has it.
static void fold_missing(struct many_types *many, struct found_types *found, bool is_first)
{
    for (size_t i = 0; i < found->missing.length; i++) {
        char *said = found->missing.data[i];
        if (said && is_first) {
            many->missing[i] = said;
            found->missing.data[i] = NULL;
        } else if (!said) {
            free(many->missing[i]);
            many->missing[i] = NULL;
        }
    }
}

static struct error *take_types(struct files_walk *walk, const struct walked_file *file)
{
    struct many_types *many = walk->context;
    struct found_types *found = file->found;
    if (!many->missing && !(many->missing = calloc(walk->patterns_count + 1, sizeof(*many->missing))))
        return &error_out_of_memory;
    fold_missing(many, found, walk->read.length == 1);
    vec_foreach (const struct folded *, type, &found->types)
        RETURN_IF_ERROR(fold_add(&many->fold, &type->summary, type->shape, file->number, type->position));
    return NULL;
}

// A pattern that no file has.
static struct error *tell_missing(struct files_walk *walk, int *status)
{
    const struct many_types *many = walk->context;
    size_t missing = 0;
    struct error *error = NULL;
    for (size_t i = 0; i < walk->patterns_count; i++) {
        if (!many->missing[i])
            continue;
        error_free(error);
        error = files_walk_not_found(walk, many->missing[i]);
        if (++missing < walk->patterns_count || many->fold.types.length) {
            *status = say_error(error);
            error = NULL;
        }
    }
    return error;
}

static const struct files_walk_ops ops = {.found_bytes = sizeof(struct found_types),
                                          .read = read_types,
                                          .take = take_types,
                                          .forget = forget_found,
                                          .end = tell_missing};

int many_types_run(struct many_types *many, const struct type_words *words, files_walk_write *write,
                   void *context)
{
    many->walk.ops = &ops;
    many->walk.context = many;
    fold_init(&many->fold);
    return files_walk_run(&many->walk, words, write, context);
}

void many_types_free(struct many_types *many)
{
    for (size_t i = 0; many->missing && i < many->walk.patterns_count; i++)
        free(many->missing[i]);
    free(many->missing);
    files_walk_free(&many->walk);
    fold_free(&many->fold);
}
