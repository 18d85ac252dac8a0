// SPDX-License-Identifier: MIT
// strata diff OLD NEW [TYPE …]
#include "cli/cmd.h"
#include "cli/input.h"
#include "query/match.h"
#include "query/pairs.h"
#include "query/select.h"
#include "report/diff.h"
#include "report/writers.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

struct diff_options {
    struct common_options common;
    const char *old_path, *new_path;
    char **types;
    size_t types_count;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
    struct diff_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case ARGP_KEY_ARGS: {
        char **arguments = state->argv + state->next;
        size_t count = (size_t)(state->argc - state->next);
        if (count < 2)
            argp_error(state, "which other file?");
        options->old_path = arguments[0];
        options->new_path = arguments[1];
        options->types = arguments + 2;
        options->types_count = count - 2;
        return 0;
    }
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which files?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc = "OLD NEW [TYPE...]",
    .doc = "What changed in the layouts of types between two files, and why: between commits, compilers, "
           "machines.\v"
           "TYPE as in \"strata show\". Types go by their names; several "
           "definitions "
           "of one name by what they hold, then by where they are declared. Exit status: 0 all alike, 1 "
           "something differs, "
           "2 an input cannot be read.",
    .children = common_children,
};

// --- One file ---

struct side {
    struct input input;
    struct selection selection;
    struct type_maker *maker;
    struct layouter *layouter;
    const struct diff_casts *casts; // NULL: none
};

static struct error *side_open(struct side *side, const char *path, const struct common_options *common)
{
    RETURN_IF_ERROR(input_open_for(&side->input, path, common, NULL, 0));
    RETURN_IF_ERROR(select_types(&side->input.query, NULL, 0, SELECT_ENUMERATIONS, &side->selection));
    RETURN_IF_ERROR(type_source_make(side->input.source, side->selection.index, &side->maker));
    return layouter_create(&side->input.query.layout, &side->layouter);
}

static void side_close_at(struct side *side)
{
    layouter_free(side->layouter);
    type_maker_close(side->maker);
    selection_free(&side->selection);
    input_close(&side->input);
}

// --- Pairs of definitions ---

static bool is_wanted(const struct match *matches, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (match_pattern(&matches[i], name))
            return true;
    return !count;
}

static struct error *collect(const struct side *side, const struct match *matches, size_t matches_count,
                             entry_list *entries)
{
    for (size_t i = 0; i < side->selection.count; i++) {
        const struct type_index_entry *entry = &side->selection.index->entries[side->selection.numbers[i]];
        if (is_wanted(matches, matches_count, entry->name) && !vec_push(entries, entry))
            return &error_out_of_memory;
    }
    return NULL;
}

// --- Comparing and writing ---

struct differ {
    struct side *old_side, *new_side;
    struct diff_document about;
    struct document *document;
    struct arena arena;
};

static struct error *build(struct side *side, const struct type_index_entry *entry, struct arena *arena,
                           const struct layout **layout, struct rows *rows, const struct type **type)
{
    struct rows_options options = {.expand_anonymous = true};
    RETURN_IF_ERROR(type_maker_build(side->maker, entry, type));
    RETURN_IF_ERROR(layout_compute(side->layouter, *type, layout));
    return rows_build(side->layouter, *layout, &options, arena, rows);
}

static struct error *compare(struct differ *differ, const struct entry_pair *pair)
{
    const struct layout *old_layout, *new_layout;
    const struct type *old_type, *new_type;
    struct rows old_rows, new_rows;
    struct diff diff;
    RETURN_IF_ERROR(
        build(differ->old_side, pair->old_entry, &differ->arena, &old_layout, &old_rows, &old_type));
    RETURN_IF_ERROR(
        build(differ->new_side, pair->new_entry, &differ->arena, &new_layout, &new_rows, &new_type));
    struct diff_side old_side = {old_layout, &old_rows, differ->old_side->casts};
    struct diff_side new_side = {new_layout, &new_rows, differ->new_side->casts};
    RETURN_IF_ERROR(diff_compute(&old_side, &new_side, &differ->arena, &diff));
    if (!diff.differs) {
        differ->about.totals.alike++;
        return NULL;
    }
    differ->about.totals.changed++;
    struct diff_type type = {.name = pair->new_entry->name,
                             .kind_word = type_kind_word(new_type),
                             .declared_file = new_type->declared_file,
                             .declared_line = new_type->declared_line,
                             .in_old = true,
                             .in_new = true,
                             .diff = &diff};
    return writer_add(differ->document, &differ->about.document, &type);
}

static struct error *tell_single(struct differ *differ, const struct entry_pair *pair)
{
    const struct type_index_entry *entry = pair->new_entry ? pair->new_entry : pair->old_entry;
    struct side *side = pair->new_entry ? differ->new_side : differ->old_side;
    const struct type *type;
    RETURN_IF_ERROR(type_maker_build(side->maker, entry, &type));
    if (pair->new_entry)
        differ->about.totals.added++;
    else
        differ->about.totals.removed++;
    struct diff_type single = {.name = entry->name,
                               .kind_word = type_kind_word(type),
                               .declared_file = type->declared_file,
                               .declared_line = type->declared_line,
                               .in_old = pair->old_entry != NULL,
                               .in_new = pair->new_entry != NULL,
                               .size_known = entry->size_known,
                               .size_bytes = entry->size_bytes};
    return writer_add(differ->document, &differ->about.document, &single);
}

static void forget(struct differ *differ)
{
    struct side *sides[] = {differ->old_side, differ->new_side};
    for (size_t i = 0; i < 2; i++) {
        type_maker_forget(sides[i]->maker);
        layouter_forget(sides[i]->layouter);
    }
    arena_free(&differ->arena);
}

enum { FORGET_AFTER = 64 };

// A type that cannot be read gives a warning and is passed over.
static struct error *tell(struct differ *differ, const struct entry_pair *pair)
{
    struct error *error =
        pair->old_entry && pair->new_entry ? compare(differ, pair) : tell_single(differ, pair);
    if (!error || error->code != ERROR_BAD_FORMAT)
        return error;
    notice_give(differ->new_side->input.query.notices, error->message);
    error_free(error);
    return NULL;
}

// What changed, then what was added, then what was removed.
static struct error *tell_all(struct differ *differ, const entry_pairs *pairs)
{
    struct progress_sink *progress = differ->new_side->input.query.progress;
    size_t done = 0;
    struct error *error = NULL;
    progress_start(progress, "comparing");
    for (int pass = 0; pass < 3 && !error; pass++)
        for (size_t i = 0; i < pairs->length && !error; i++) {
            const struct entry_pair *pair = &pairs->data[i];
            int group = !pair->old_entry ? 1 : !pair->new_entry ? 2 : 0;
            if (group != pass || pair->is_alike)
                continue;
            error = tell(differ, pair);
            if (++done % FORGET_AFTER == 0)
                forget(differ);
            progress_update(progress, done, pairs->length);
        }
    progress_stop(progress);
    return error;
}

static struct error *diff_sides(struct differ *differ, const struct match *matches, size_t matches_count)
{
    entry_list olds = {0}, news = {0};
    entry_pairs pairs = {0};
    struct arena arena CLEANUP(arena_free) = {0};
    struct pair_side old_names = {
        .maker = differ->old_side->maker, .index = differ->old_side->selection.index, .arena = &arena};
    struct pair_side new_names = {
        .maker = differ->new_side->maker, .index = differ->new_side->selection.index, .arena = &arena};
    differ->old_side->casts = &old_names.casts;
    differ->new_side->casts = &new_names.casts;
    struct error *error = collect(differ->old_side, matches, matches_count, &olds);
    if (!error)
        error = collect(differ->new_side, matches, matches_count, &news);
    if (!error && matches_count && !olds.length && !news.length)
        error = error_create(ERROR_NOT_FOUND, "no such type in either file");
    if (!error)
        error = entries_pair_named(&olds, &news, &old_names, &new_names, &pairs);
    for (size_t i = 0; i < pairs.length; i++)
        differ->about.totals.alike += pairs.data[i].is_alike;
    if (!error)
        error = writer_begin_file(differ->document, &differ->about.document);
    if (!error)
        error = tell_all(differ, &pairs);
    if (!error)
        error = writer_end_file(differ->document, &differ->about.document);
    vec_free(&olds);
    vec_free(&news);
    vec_free(&pairs);
    differ->old_side->casts = differ->new_side->casts = NULL;
    return error;
}

static struct error *parse_patterns(const struct diff_options *options, struct match *matches)
{
    for (size_t i = 0; i < options->types_count; i++)
        RETURN_IF_ERROR(match_create(options->types[i], &matches[i]));
    return NULL;
}

static int diff(const struct diff_options *options, struct match *matches)
{
    CLEANUP(side_close_at) struct side old_side = {0};
    CLEANUP(side_close_at) struct side new_side = {0};
    struct error *error = parse_patterns(options, matches);
    if (!error)
        error = side_open(&old_side, options->old_path, &options->common);
    if (!error)
        error = side_open(&new_side, options->new_path, &options->common);
    if (error)
        return say_error(error);
    struct differ differ = {
        .old_side = &old_side,
        .new_side = &new_side,
        .about = {.document = {.file = new_side.input.file, .style = screen_style(&options->common)},
                  .old_file = old_side.input.file}};
    struct output output = screen_output();
    error = screen_document(&options->common, NULL, &output, &differ.document);
    if (!error)
        error = screen_end(differ.document, diff_sides(&differ, matches, options->types_count));
    const struct diff_totals *totals = &differ.about.totals;
    bool differs = totals->changed || totals->added || totals->removed;
    int status = screen_finish(&output, differs ? EXIT_FINDINGS : EXIT_FINE);
    arena_free(&differ.arena);
    return error ? say_error(error) : status;
}

static int cmd_diff(int argc, char **argv)
{
    struct diff_options options = {.common.writers = diff_writers};
    options_parse(&argp, argc, argv, &options);
    struct match *matches = calloc(options.types_count + 1, sizeof(*matches));
    int status = matches ? diff(&options, matches) : say_error(&error_out_of_memory);
    for (size_t i = 0; matches && i < options.types_count; i++)
        match_free(&matches[i]);
    free(matches);
    return status;
}

const struct command command_diff = {
    .name = "diff",
    .arguments = "OLD NEW [TYPE ...]",
    .summary = "what changed in layout, and why",
    .argp = &argp,
    .writers = diff_writers,
    .only_reads = true,
    .run = cmd_diff,
};
