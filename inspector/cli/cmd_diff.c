// SPDX-License-Identifier: MIT
// strata diff OLD NEW [TYPE …]
#include "cli/change_set.h"
#include "cli/cmd.h"
#include "cli/folder_pairs.h"
#include "cli/input.h"
#include "query/match.h"
#include "query/pairs.h"
#include "query/select.h"
#include "report/diff.h"
#include "report/writers.h"
#include "type/type_name.h"

#include <stdio.h>
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
           "machines. Of two folders every file is compared with the one of the same path below the other.\v"
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
    const struct diff_options *options;
    const struct match *matches;
    struct side *old_side, *new_side; // of the pair of files under way
    struct diff_document about;
    struct document *document;
    struct arena arena;
    struct diff_totals *sums;     // of the folders
    bool has_types;               // some file has one of those that were asked for
    struct diff_folders *folders; // NULL: two files
    size_t passed_over;           // files of folders without debug information
    struct change_set seen;       // of folders: in the files before
};

static struct error *build(struct side *side, const struct type_index_entry *entry, struct arena *arena,
                           const struct layout **layout, struct rows *rows, const struct type **type)
{
    struct rows_options options = {.expand_anonymous = true};
    RETURN_IF_ERROR(type_maker_build(side->maker, entry, type));
    RETURN_IF_ERROR(layout_compute(side->layouter, *type, layout));
    return rows_build(side->layouter, *layout, &options, arena, rows);
}

// Whether people have read it of a file before. What is new counts for the folders.
static struct error *count_change(struct differ *differ, const struct entry_pair *pair, size_t *of_file,
                                  size_t *of_folders, bool *is_repeated)
{
    bool is_new = true;
    *is_repeated = false;
    ++*of_file;
    if (!differ->folders)
        return NULL;
    RETURN_IF_ERROR(change_set_add(&differ->seen, pair, &is_new));
    *of_folders += is_new;
    *is_repeated = !is_new;
    return NULL;
}

static struct error *count_alike(struct differ *differ, const struct entry_pair *pair)
{
    bool ignored;
    return count_change(differ, pair, &differ->about.totals.alike, &differ->sums->alike, &ignored);
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
    if (!diff.differs)
        return count_alike(differ, pair);
    bool is_repeated;
    RETURN_IF_ERROR(
        count_change(differ, pair, &differ->about.totals.changed, &differ->sums->changed, &is_repeated));
    differ->about.repeated += is_repeated;
    struct diff_type type = {.name = pair->new_entry->name,
                             .kind_word = type_kind_word(new_type),
                             .declared_file = new_type->declared_file,
                             .declared_line = new_type->declared_line,
                             .in_old = true,
                             .in_new = true,
                             .diff = &diff,
                             .is_repeated = is_repeated};
    return writer_add(differ->document, &differ->about.document, &type);
}

static struct error *tell_single(struct differ *differ, const struct entry_pair *pair)
{
    const struct type_index_entry *entry = pair->new_entry ? pair->new_entry : pair->old_entry;
    struct side *side = pair->new_entry ? differ->new_side : differ->old_side;
    const struct type *type;
    RETURN_IF_ERROR(type_maker_build(side->maker, entry, &type));
    struct diff_totals *totals = &differ->about.totals, *sums = differ->sums;
    bool is_repeated;
    RETURN_IF_ERROR(count_change(differ, pair, pair->new_entry ? &totals->added : &totals->removed,
                                 pair->new_entry ? &sums->added : &sums->removed, &is_repeated));
    differ->about.repeated += is_repeated;
    struct diff_type single = {.name = entry->name,
                               .kind_word = type_kind_word(type),
                               .declared_file = type->declared_file,
                               .declared_line = type->declared_line,
                               .in_old = pair->old_entry != NULL,
                               .in_new = pair->new_entry != NULL,
                               .size_known = entry->size_known,
                               .size_bytes = entry->size_bytes,
                               .is_repeated = is_repeated};
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

static struct error *pair_sides(struct differ *differ, struct pair_side *old_names,
                                struct pair_side *new_names, entry_pairs *pairs)
{
    entry_list olds = {0}, news = {0};
    const size_t count = differ->options->types_count;
    struct error *error = collect(differ->old_side, differ->matches, count, &olds);
    if (!error)
        error = collect(differ->new_side, differ->matches, count, &news);
    differ->has_types |= olds.length || news.length;
    if (!error && count && !differ->has_types && !differ->folders)
        error = error_create(ERROR_NOT_FOUND, "no such type in either file");
    if (!error)
        error = entries_pair_named(&olds, &news, old_names, new_names, pairs);
    for (size_t i = 0; i < pairs->length && !error; i++)
        if (pairs->data[i].is_alike)
            error = count_alike(differ, &pairs->data[i]);
    vec_free(&olds);
    vec_free(&news);
    return error;
}

static struct error *diff_sides(struct differ *differ)
{
    entry_pairs pairs = {0};
    struct arena arena CLEANUP(arena_free) = {0};
    struct pair_side old_names = {
        .maker = differ->old_side->maker, .index = differ->old_side->selection.index, .arena = &arena};
    struct pair_side new_names = {
        .maker = differ->new_side->maker, .index = differ->new_side->selection.index, .arena = &arena};
    differ->old_side->casts = &old_names.casts;
    differ->new_side->casts = &new_names.casts;
    struct error *error = pair_sides(differ, &old_names, &new_names, &pairs);
    if (!error)
        error = writer_begin_file(differ->document, &differ->about.document);
    if (!error)
        error = tell_all(differ, &pairs);
    if (!error)
        error = writer_end_file(differ->document, &differ->about.document);
    vec_free(&pairs);
    differ->old_side->casts = differ->new_side->casts = NULL;
    arena_free(&differ->arena);
    return error;
}

static bool is_different(const struct diff_totals *totals)
{
    return totals->changed || totals->added || totals->removed;
}

static struct error *diff_files(struct differ *differ, const char *old_path, const char *new_path)
{
    CLEANUP(side_close_at) struct side old_side = {0};
    CLEANUP(side_close_at) struct side new_side = {0};
    RETURN_IF_ERROR(side_open(&old_side, old_path, &differ->options->common));
    RETURN_IF_ERROR(side_open(&new_side, new_path, &differ->options->common));
    differ->old_side = &old_side;
    differ->new_side = &new_side;
    differ->about.document.file = new_side.input.file;
    differ->about.old_file = old_side.input.file;
    return diff_sides(differ);
}

// --- Folders ---

// A file that one folder has alone, or has alone with debug information.
static struct error *tell_single_file(struct differ *differ, struct side *side, bool is_old)
{
    struct diff_document *about = &differ->about;
    struct diff_folders *folders = differ->folders;
    entry_list types = {0};
    struct error *error = collect(side, differ->matches, differ->options->types_count, &types);
    about->types_count = types.length;
    vec_free(&types);
    differ->has_types |= about->types_count > 0;
    if (error || (differ->options->types_count && !about->types_count))
        return error;
    about->in_old = is_old;
    about->in_new = !is_old;
    *(is_old ? &about->old_file : &about->document.file) = side->input.file;
    ++*(is_old ? &folders->only_old : &folders->only_new);
    RETURN_IF_ERROR(writer_begin_file(differ->document, &about->document));
    return writer_end_file(differ->document, &about->document);
}

// *is_there false: no debug information. Folders are full of programs without.
static struct error *open_if_there(struct side *side, const char *path, const struct common_options *common,
                                   bool *is_there)
{
    struct error *error = path ? side_open(side, path, common) : NULL;
    *is_there = path && !error;
    if (!error || error->code != ERROR_NO_DEBUG)
        return error;
    error_free(error);
    return NULL;
}

static struct error *diff_pair(struct differ *differ, const struct folder_pair *pair)
{
    CLEANUP(side_close_at) struct side old_side = {0};
    CLEANUP(side_close_at) struct side new_side = {0};
    bool has_old, has_new;
    RETURN_IF_ERROR(open_if_there(&old_side, pair->old_path, &differ->options->common, &has_old));
    RETURN_IF_ERROR(open_if_there(&new_side, pair->new_path, &differ->options->common, &has_new));
    differ->about =
        (struct diff_document){.document.style = differ->about.document.style,
                               .folders = differ->folders,
                               .path = pair->path,
                               .in_old = true,
                               .in_new = true,
                               .lacks_debug = pair->old_path && pair->new_path && has_old != has_new};
    if (has_old != has_new)
        return tell_single_file(differ, has_old ? &old_side : &new_side, has_old);
    differ->passed_over += !has_old;
    if (!has_old)
        return NULL;
    differ->old_side = &old_side;
    differ->new_side = &new_side;
    differ->about.document.file = new_side.input.file;
    differ->about.old_file = old_side.input.file;
    RETURN_IF_ERROR(diff_sides(differ));
    const struct diff_totals *totals = &differ->about.totals;
    const size_t differences = totals->changed + totals->added + totals->removed;
    differ->folders->both++;
    differ->folders->differ += differences > 0;
    differ->folders->differ_repeated += differences && differences == differ->about.repeated;
    return NULL;
}

static void say_passed_over(const struct differ *differ, size_t count)
{
    char text[128];
    if (!differ->passed_over)
        return;
    snprintf(text, sizeof(text), "%zu of %zu programs and objects ha%s no debug information",
             differ->passed_over, count, differ->passed_over == 1 ? "s" : "ve");
    say_note(text);
}

// A file that cannot be read gives a message; the others are compared.
static struct error *diff_folders(struct differ *differ, const struct folder_pairs *pairs, int *status)
{
    const struct diff_folders *folders = differ->folders;
    for (size_t i = 0; i < pairs->pairs.length; i++) {
        struct error *error = diff_pair(differ, &pairs->pairs.data[i]);
        if (error && error->code == ERROR_OUT_OF_MEMORY)
            return error;
        if (error)
            *status = say_error(error);
    }
    if (*status == EXIT_FINE && differ->options->types_count && !differ->has_types)
        return error_create(ERROR_NOT_FOUND, "no such type in any file of the folders");
    if (*status == EXIT_FINE && !folders->both && !folders->only_old && !folders->only_new)
        return error_create(
            ERROR_NO_DEBUG,
            "%s and %s: nothing with debug information: %zu and %zu programs and objects without",
            folders->old_path, folders->new_path, pairs->old_set.files.length, pairs->new_set.files.length);
    say_passed_over(differ, pairs->pairs.length);
    return NULL;
}

// --- The command ---

static struct error *parse_patterns(const struct diff_options *options, struct match *matches)
{
    for (size_t i = 0; i < options->types_count; i++)
        RETURN_IF_ERROR(match_create(options->types[i], &matches[i]));
    return NULL;
}

static struct error *refuse_mixed(const struct diff_options *options, bool old_is_folder)
{
    return error_create(ERROR_USAGE, "%s is a folder and %s is not: two files or two folders are compared",
                        old_is_folder ? options->old_path : options->new_path,
                        old_is_folder ? options->new_path : options->old_path);
}

static struct error *diff_all(struct differ *differ, const struct folder_pairs *pairs, int *status)
{
    if (pairs)
        return diff_folders(differ, pairs, status);
    return diff_files(differ, differ->options->old_path, differ->options->new_path);
}

static int diff(const struct diff_options *options, struct match *matches)
{
    CLEANUP(folder_pairs_free) struct folder_pairs pairs = {0};
    struct diff_folders folders = {.old_path = options->old_path, .new_path = options->new_path};
    struct diff_totals unused;
    const bool old_is_folder = path_is_folder(options->old_path),
               new_is_folder = path_is_folder(options->new_path);
    const bool are_folders = old_is_folder && new_is_folder;
    struct differ differ = {.options = options,
                            .matches = matches,
                            .about.document.style = screen_style(&options->common),
                            .folders = are_folders ? &folders : NULL,
                            .sums = are_folders ? &folders.totals : &unused};
    int status = EXIT_FINE;
    struct error *error = parse_patterns(options, matches);
    if (!error && old_is_folder != new_is_folder)
        error = refuse_mixed(options, old_is_folder);
    if (!error && are_folders)
        error = folder_pairs_read(options->old_path, options->new_path, &pairs, &status);
    if (error)
        return say_error(error);
    struct output output = screen_output();
    error = screen_document(&options->common, NULL, &output, &differ.document);
    if (!error)
        error = screen_end(differ.document, diff_all(&differ, are_folders ? &pairs : NULL, &status));
    const bool differs = are_folders ? folders.differ || folders.only_old || folders.only_new
                                     : is_different(&differ.about.totals);
    status = screen_finish(&output, status != EXIT_FINE ? status : differs ? EXIT_FINDINGS : EXIT_FINE);
    change_set_free(&differ.seen);
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
