// strata diff OLD NEW [TYPE …]
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/diff_casts.h"
#include "cli/input.h"
#include "query/match.h"
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
    struct diff_casts casts;
};

static struct error *side_open(struct side *side, const char *path, const struct common_options *common)
{
    RETURN_IF_ERROR(input_open(&side->input, path, common));
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

struct pair {
    const struct type_index_entry *old_entry, *new_entry; // NULL: in the other file only
};

typedef VEC(struct pair) pairs_vec;
struct named_entry {
    const char *key; // its name, spelled in one way
    const struct type_index_entry *entry;
};

typedef VEC(struct named_entry) entries_vec;

static int entry_compare(const void *left, const void *right)
{
    const struct named_entry *left_named = left, *right_named = right;
    const struct type_index_entry *a = left_named->entry, *b = right_named->entry;
    int order = strcmp(left_named->key, right_named->key);
    if (!order)
        order = (a->declared_line > b->declared_line) - (a->declared_line < b->declared_line);
    return order ? order : (a > b) - (a < b);
}

static bool is_wanted(const struct match *matches, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (match_pattern(&matches[i], name))
            return true;
    return !count;
}

static struct error *collect(const struct side *side, const struct match *matches, size_t matches_count,
                             struct arena *arena, entries_vec *entries)
{
    for (size_t i = 0; i < side->selection.count; i++) {
        const struct type_index_entry *entry = &side->selection.index->entries[side->selection.numbers[i]];
        if (!is_wanted(matches, matches_count, entry->name))
            continue;
        const struct named_entry named = {diff_name_text(entry->name, arena), entry};
        if (!named.key || !vec_push(entries, named))
            return &error_out_of_memory;
    }
    if (entries->length)
        qsort(entries->data, entries->length, sizeof(*entries->data), entry_compare);
    return NULL;
}

static bool has_key(const void *context, const char *name)
{
    const entries_vec *entries = context;
    size_t low = 0, high = entries->length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(entries->data[middle].key, name);
        if (!order)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

// Gives enumerators in the names of one file the other file's spelling.
static struct error *name_enumerators(struct side *side, entries_vec *entries, const entries_vec *others,
                                      struct arena *arena)
{
    for (size_t i = 0; i < entries->length; i++)
        RETURN_IF_ERROR(diff_casts_find(side->maker, side->selection.index, entries->data[i].key, has_key,
                                        others, arena, &side->casts));
    for (size_t i = 0; i < entries->length && side->casts.count; i++) {
        entries->data[i].key = diff_cast_replace(entries->data[i].key, &side->casts, arena);
        if (!entries->data[i].key)
            return &error_out_of_memory;
    }
    if (side->casts.count)
        qsort(entries->data, entries->length, sizeof(*entries->data), entry_compare);
    return NULL;
}

// Equal fingerprints and sizes: members' names, offsets, sizes and type names are equal.
static bool are_alike(const struct type_index_entry *a, const struct type_index_entry *b)
{
    return a->shape == b->shape && a->size_known == b->size_known && a->size_bytes == b->size_bytes &&
           a->kind == b->kind;
}

// The definitions of one name: those that are alike first, the others in the order of their lines. A file has
// few definitions of a name, so quadratic; past a limit they are taken in order.
enum { DEFINITIONS_COMPARED_MOST = 512 };

static struct error *pair_definitions(struct named_entry *olds, size_t old_count, struct named_entry *news,
                                      size_t new_count, pairs_vec *pairs, struct diff_totals *totals)
{
    // One of a side may be like several of the other, which then differ in the spelling of the name only.
    bool has_like[DEFINITIONS_COMPARED_MOST] = {false};
    for (size_t o = 0; o < old_count && o < DEFINITIONS_COMPARED_MOST; o++) {
        bool is_like = false;
        for (size_t n = 0; n < new_count && n < DEFINITIONS_COMPARED_MOST; n++)
            if (are_alike(olds[o].entry, news[n].entry))
                is_like = has_like[n] = true;
        totals->alike += is_like;
        if (is_like)
            olds[o].entry = NULL;
    }
    for (size_t n = 0; n < new_count && n < DEFINITIONS_COMPARED_MOST; n++)
        if (has_like[n])
            news[n].entry = NULL;
    for (size_t o = 0, n = 0; o < old_count || n < new_count;) {
        if (o < old_count && !olds[o].entry) {
            o++;
        } else if (n < new_count && !news[n].entry) {
            n++;
        } else {
            struct pair pair = {o < old_count ? olds[o].entry : NULL, n < new_count ? news[n].entry : NULL};
            if (!vec_push(pairs, pair))
                return &error_out_of_memory;
            o += o < old_count;
            n += n < new_count;
        }
    }
    return NULL;
}

static size_t run_length(const entries_vec *entries, size_t from, const char *name)
{
    size_t end = from;
    while (end < entries->length && !strcmp(entries->data[end].key, name))
        end++;
    return end - from;
}

static struct error *pair_all(entries_vec *olds, entries_vec *news, pairs_vec *pairs,
                              struct diff_totals *totals)
{
    for (size_t o = 0, n = 0; o < olds->length || n < news->length;) {
        const char *old_name = o < olds->length ? olds->data[o].key : NULL;
        const char *new_name = n < news->length ? news->data[n].key : NULL;
        const char *name = !new_name || (old_name && strcmp(old_name, new_name) <= 0) ? old_name : new_name;
        size_t old_count = run_length(olds, o, name), new_count = run_length(news, n, name);
        struct named_entry *old_run = old_count ? &olds->data[o] : NULL;
        struct named_entry *new_run = new_count ? &news->data[n] : NULL;
        // The names are the entries' own: they outlive the runs, which are emptied.
        RETURN_IF_ERROR(pair_definitions(old_run, old_count, new_run, new_count, pairs, totals));
        o += old_count;
        n += new_count;
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

static struct error *compare(struct differ *differ, const struct pair *pair)
{
    const struct layout *old_layout, *new_layout;
    const struct type *old_type, *new_type;
    struct rows old_rows, new_rows;
    struct diff diff;
    RETURN_IF_ERROR(
        build(differ->old_side, pair->old_entry, &differ->arena, &old_layout, &old_rows, &old_type));
    RETURN_IF_ERROR(
        build(differ->new_side, pair->new_entry, &differ->arena, &new_layout, &new_rows, &new_type));
    struct diff_side old_side = {old_layout, &old_rows, &differ->old_side->casts};
    struct diff_side new_side = {new_layout, &new_rows, &differ->new_side->casts};
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

static struct error *tell_single(struct differ *differ, const struct pair *pair)
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
static struct error *tell(struct differ *differ, const struct pair *pair)
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
static struct error *tell_all(struct differ *differ, const pairs_vec *pairs)
{
    struct progress_sink *progress = differ->new_side->input.query.progress;
    size_t done = 0;
    struct error *error = NULL;
    progress_start(progress, "comparing");
    for (int pass = 0; pass < 3 && !error; pass++)
        for (size_t i = 0; i < pairs->length && !error; i++) {
            const struct pair *pair = &pairs->data[i];
            int group = !pair->old_entry ? 1 : !pair->new_entry ? 2 : 0;
            if (group != pass)
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
    entries_vec olds = {0}, news = {0};
    pairs_vec pairs = {0};
    struct arena names CLEANUP(arena_free) = {0};
    struct error *error = collect(differ->old_side, matches, matches_count, &names, &olds);
    if (!error)
        error = collect(differ->new_side, matches, matches_count, &names, &news);
    if (!error && matches_count && !olds.length && !news.length)
        error = error_create(ERROR_NOT_FOUND, "no such type in either file");
    if (!error)
        error = name_enumerators(differ->old_side, &olds, &news, &names);
    if (!error)
        error = name_enumerators(differ->new_side, &news, &olds, &names);
    if (!error)
        error = pair_all(&olds, &news, &pairs, &differ->about.totals);
    if (!error)
        error = writer_begin_file(differ->document, &differ->about.document);
    if (!error)
        error = tell_all(differ, &pairs);
    if (!error)
        error = writer_end_file(differ->document, &differ->about.document);
    vec_free(&olds);
    vec_free(&news);
    vec_free(&pairs);
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
