// SPDX-License-Identifier: MIT
// strata check FILE … --rules RULES
#include "base/vec.h"
#include "check/baseline.h"
#include "check/rules.h"
#include "cli/cmd.h"
#include "cli/give_up.h"
#include "cli/input.h"
#include "cli/input_files.h"
#include "cli/rules_file.h"
#include "cli/source_root.h"
#include "query/match.h"
#include "query/select.h"
#include "query/walk.h"
#include "report/check.h"
#include "report/writers.h"
#include "type/type_name.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check_options {
    struct common_options common;
    VEC(const char *) paths;                              // as they were named
    struct input_files files;                             // that they mean
    const char *rules_path, *baseline_path, *source_root; // NULL without
    bool bless, junit_places;
};

enum { KEY_RULES = 512, KEY_BASELINE, KEY_BLESS, KEY_SOURCE_ROOT, KEY_JUNIT_PLACES };

static const struct argp_option command_options[] = {
    {"rules", KEY_RULES, "RULES", 0, "the file of rules, see below", 1},
    {"baseline", KEY_BASELINE, "JSON", 0,
     "breaks that are in this file are reported only when they get worse", 1},
    {"bless", KEY_BLESS, NULL, 0, "write all present breaks to the baseline, and be content", 1},
    {"source-root", KEY_SOURCE_ROOT, "DIR", 0, SOURCE_ROOT_HELP, 1},
    {"junit-places", KEY_JUNIT_PLACES, NULL, 0,
     "in JUnit, attributes \"file\" and \"line\", which the common schemas do not know", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct check_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_RULES:
        options->rules_path = argument;
        return 0;
    case KEY_BASELINE:
        options->baseline_path = argument;
        return 0;
    case KEY_BLESS:
        options->bless = true;
        return 0;
    case KEY_SOURCE_ROOT:
        options->source_root = argument;
        return 0;
    case KEY_JUNIT_PLACES:
        options->junit_places = true;
        return 0;
    case ARGP_KEY_ARG:
        if (!vec_push(&options->paths, argument))
            argp_failure(state, EXIT_USAGE, 0, "out of memory");
        return 0;
    case ARGP_KEY_END:
        if (!options->paths.length || !options->rules_path)
            argp_error(state, options->paths.length ? "which rules? --rules FILE" : "which file?");
        if (options->bless && !options->baseline_path)
            argp_error(state, "--bless needs --baseline FILE");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

// As argp asks: the text itself, or one that argp frees.
static char *help_of(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    struct output help = {0};
    output_text(&help, text);
    rules_name_metrics(&help, " ");
    output_text(&help,
                " with == != < <= > >=. Exit status: 0 all kept, 1 some broken, 2 a rule or the input is "
                "wrong.");
    return options_help(&help, text);
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE... --rules RULES",
    .doc = "Layout budgets: which types break the rules of a file. Of a folder every file below it that has "
           "debug information is checked.\v"
           "A file of rules:\n\n"
           "  # comment\n"
           "  type ring_buffer       a name, glob or /regex/, to the end of the line\n"
           "      max_size 128\n"
           "      max_waste 8\n"
           "      no_holes\n"
           "      no_straddling\n"
           "      no_false_sharing\n"
           "      offset(head) == 0\n"
           "      same_line(head, tail)\n"
           "      separate_lines(lock, data)\n"
           "      order(head, tail@64)   members in this order; @: at multiples of it\n"
           "      align >= 64\n"
           "  file *.ko              what follows is for files of that path or name only\n"
           "  hot my_lock_t          a further type that threads contend for\n\n"
           "Comparisons: ",
    .children = common_children,
    .help_filter = help_of,
};

// --- Patterns ---

struct pattern_use {
    struct match match;
    struct match file; // of the block's files; not when the block is for all
    bool fits_file;    // the file under way
    size_t files;      // that it fitted
    const struct rules_block *block;
    const struct rules_pattern *place;
    size_t found; // types
};

typedef VEC(struct pattern_use) patterns_vec;

static void pattern_use_free(struct pattern_use *pattern)
{
    match_free(&pattern->match);
    match_free(&pattern->file);
}

static struct error *create_pattern(struct pattern_use *pattern, const char *path)
{
    const struct rules_pattern *place = pattern->place, *file = pattern->block->file;
    struct error *error = match_create(place->text, &pattern->match);
    if (error)
        return error_prefix(error, "%s:%u:%u", path, place->line, place->column);
    error = file ? match_create(file->text, &pattern->file) : NULL;
    return error ? error_prefix(error, "%s:%u:%u", path, file->line, file->column) : NULL;
}

static struct error *create_patterns(const struct rules *rules, const char *path, patterns_vec *patterns)
{
    for (size_t b = 0; b < rules->blocks_count; b++)
        for (size_t p = 0; p < rules->blocks[b].patterns_count; p++) {
            const struct rules_pattern *place = &rules->blocks[b].patterns[p];
            struct pattern_use pattern = {.block = &rules->blocks[b], .place = place};
            struct error *error = create_pattern(&pattern, path);
            if (!error && !vec_push(patterns, pattern))
                error = &error_out_of_memory;
            if (error) {
                pattern_use_free(&pattern);
                return error;
            }
        }
    return NULL;
}

// By its path, or its name alone.
static void choose_patterns(patterns_vec *patterns, const char *path)
{
    const char *slash = strrchr(path, '/');
    vec_foreach (struct pattern_use *, pattern, patterns) {
        pattern->fits_file = !pattern->block->file || match_pattern(&pattern->file, path) ||
                             (slash && match_pattern(&pattern->file, slash + 1));
        pattern->files += pattern->fits_file;
    }
}

// --- Checking ---

struct checking {
    const struct rules *rules;
    patterns_vec patterns; // in the order of their blocks
    const char *file_path; // under way, where there are several; else NULL
    // By position in the selection of that file:
    struct found *found;
    VEC(size_t) first_fits;               // where its blocks begin; one more at the end
    VEC(const struct rules_block *) fits; // the blocks that are about it
};

typedef VEC(struct check_result) results_vec;
typedef VEC(const struct rule *) asked_vec;

struct found {
    results_vec results;
    asked_vec rules; // of the results
};

static struct error *patterns_problem(const patterns_vec *patterns)
{
    vec_foreach (const struct pattern_use *, pattern, patterns)
        RETURN_IF_ERROR(match_problem(&pattern->match));
    return NULL;
}

// The blocks that are about a type, each once: its patterns stand together.
static struct error *find_blocks(struct checking *checking, const char *name)
{
    const size_t first = checking->fits.length;
    vec_foreach (struct pattern_use *, pattern, &checking->patterns) {
        if (!pattern->fits_file || !match_pattern(&pattern->match, name))
            continue;
        pattern->found++;
        const size_t length = checking->fits.length;
        if (length > first && checking->fits.data[length - 1] == pattern->block)
            continue;
        if (!vec_push(&checking->fits, pattern->block))
            return &error_out_of_memory;
    }
    return NULL;
}

// Leaves in the selection what some block is about. Each name is compared with each pattern here, and nowhere else.
static struct error *narrow(struct selection *selection, struct checking *checking)
{
    size_t kept = 0;
    checking->fits.length = checking->first_fits.length = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const size_t first = checking->fits.length;
        RETURN_IF_ERROR(find_blocks(checking, selection->index->entries[selection->numbers[i]].name));
        if (checking->fits.length == first)
            continue;
        selection->numbers[kept++] = selection->numbers[i];
        if (!vec_push(&checking->first_fits, first))
            return &error_out_of_memory;
    }
    selection->count = kept;
    if (!vec_push(&checking->first_fits, checking->fits.length))
        return &error_out_of_memory;
    return patterns_problem(&checking->patterns);
}

static const char *keep_text(struct arena *kept, const char *text, bool *fails)
{
    const char *copy = text ? arena_copy_text(kept, text, strlen(text)) : NULL;
    *fails |= text && !copy;
    return copy;
}

static struct error *ask(const struct checking *checking, struct walk_worker *worker,
                         const struct walk_item *item, const struct rule *rule)
{
    const struct type *type = item->type;
    struct rule_break broken;
    bool is_broken;
    RETURN_IF_ERROR(
        rule_check(checking->rules, rule, worker->layouter, item->layout, worker->kept, &is_broken, &broken));
    struct check_result result = {.file_path = checking->file_path,
                                  .kind_word = type_kind_word(type),
                                  .declared_line = type->declared_line,
                                  .rule_text = rule->text,
                                  .rule_id = rule_id(rule),
                                  .rule_line = rule->line,
                                  .message = is_broken ? broken.message : NULL,
                                  .has_value = broken.has_value,
                                  .value = broken.value};
    if (broken.member && broken.member->declared_line)
        result.declared_line = broken.member->declared_line;
    bool fails = false;
    result.type_name = keep_text(worker->kept, item->entry->name, &fails);
    result.declared_file = keep_text(worker->kept, type->declared_file, &fails);
    result.declared_folder = keep_text(worker->kept, type->declared_folder, &fails);
    if (fails)
        return &error_out_of_memory;
    struct found *found = &checking->found[item->position];
    return vec_push(&found->results, result) && vec_push(&found->rules, rule) ? NULL : &error_out_of_memory;
}

static struct error *check_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct checking *checking = context;
    const size_t end = checking->first_fits.data[item->position + 1];
    for (size_t f = checking->first_fits.data[item->position]; f < end; f++) {
        const struct rules_block *block = checking->fits.data[f];
        for (size_t r = 0; r < block->rules_count; r++)
            RETURN_IF_ERROR(ask(checking, worker, item, &block->rules[r]));
    }
    return NULL;
}

// A budget of a type that is gone is no longer a budget; a pattern may fit nothing. Of several files one must have
// the type: so this is told with the last. A pattern of files that fits none would pass everything in silence.
static struct error *tell_missing(const struct checking *checking, results_vec *results, asked_vec *rules)
{
    vec_foreach (const struct pattern_use *, pattern, &checking->patterns) {
        const bool may_be_absent = pattern->match.is_regex || pattern->match.may_be_glob;
        if (pattern->found || (pattern->files && may_be_absent))
            continue;
        struct check_result result = {
            .file_path = checking->file_path,
            .type_name = pattern->match.text,
            .rule_text = "",
            .rule_id = "no-type",
            .rule_line = pattern->place->line,
            .message = !pattern->files       ? "no file fits the pattern of files above it"
                       : checking->file_path ? "there is no such type with members in the files"
                                             : "there is no such type with members in the file"};
        if (!vec_push(results, result) || !vec_push(rules, NULL))
            return &error_out_of_memory;
    }
    return NULL;
}

// What came of a file, which is closed again: a folder may have more of them than can be open at a time.
struct checked {
    struct report_file file;
    struct arena texts; // of `file`
    struct walk walk;   // holds the results' texts
    results_vec results;
    asked_vec rules; // of the results
    bool is_read;
};

static void checked_free(struct checked *checked)
{
    walk_free(&checked->walk);
    vec_free(&checked->results);
    vec_free(&checked->rules);
    arena_free(&checked->texts);
}

static struct error *gather(const struct checking *checking, size_t count, struct checked *checked)
{
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < checking->found[i].results.length; r++)
            if (!vec_push(&checked->results, checking->found[i].results.data[r]) ||
                !vec_push(&checked->rules, checking->found[i].rules.data[r]))
                return &error_out_of_memory;
    return NULL;
}

static struct error *check_selection(struct checking *checking, const struct query *query,
                                     const struct selection *selection, struct checked *checked)
{
    checked->walk = (struct walk){.query = query,
                                  .selection = selection,
                                  .visit = check_type,
                                  .context = checking,
                                  .progress_label = "checking"};
    checking->found = calloc(selection->count + 1, sizeof(*checking->found));
    struct error *error = checking->found ? walk_types(&checked->walk) : &error_out_of_memory;
    if (!error)
        error = gather(checking, selection->count, checked);
    for (size_t i = 0; checking->found && i < selection->count; i++) {
        vec_free(&checking->found[i].results);
        vec_free(&checking->found[i].rules);
    }
    free(checking->found);
    checking->found = NULL;
    checked->walk.query = NULL; // they end before the results do
    checked->walk.selection = NULL;
    return error;
}

static struct error *keep_file(struct checked *checked, const struct report_file *file)
{
    bool fails = false;
    arena_init(&checked->texts);
    checked->file = *file;
    checked->file.path = keep_text(&checked->texts, file->path, &fails);
    checked->file.build_id = keep_text(&checked->texts, file->build_id, &fails);
    checked->file.machine = keep_text(&checked->texts, file->machine, &fails);
    checked->file.stamp = keep_text(&checked->texts, file->stamp, &fails);
    return fails ? &error_out_of_memory : NULL;
}

static struct error *check_input(const struct input *input, struct checking *checking,
                                 struct checked *checked)
{
    CLEANUP(selection_free) struct selection selection = {0};
    RETURN_IF_ERROR(keep_file(checked, &input->file));
    RETURN_IF_ERROR(select_types(&input->query, NULL, 0, SELECT_NO_MORE, &selection));
    RETURN_IF_ERROR(narrow(&selection, checking));
    return check_selection(checking, &input->query, &selection, checked);
}

static struct error *check_file(const struct check_options *options, const char *path,
                                struct checking *checking, struct checked *checked)
{
    checking->file_path = file_set_is_several(&options->files.set) ? path : NULL;
    choose_patterns(&checking->patterns, path);
    struct input input = {0};
    struct error *error = input_open_for(&input, path, &options->common, NULL, 0);
    if (!error)
        error = check_input(&input, checking, checked);
    checked->is_read = !error;
    input_close(&input);
    return error;
}

// --- The baseline ---

// Of all files one list.
static struct error *write_baseline(const char *path, const struct checked *files, size_t count)
{
    results_vec all = {0};
    bool fits = true;
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < files[i].results.length && fits; r++)
            fits = vec_push(&all, files[i].results.data[r]);
    struct error *error = fits ? baseline_write(path, all.data, all.length) : &error_out_of_memory;
    vec_free(&all);
    return error;
}

static void bless(const struct check_options *options, const struct baseline *baseline, struct checked *file)
{
    for (size_t i = 0; i < file->results.length; i++) {
        struct check_result *result = &file->results.data[i];
        result->is_blessed =
            result->message && (options->bless || baseline_has(baseline, result, file->rules.data[i]));
    }
}

// --- The document ---

static struct error *write_items(struct document *document, const struct check_document *about)
{
    RETURN_IF_ERROR(writer_begin_file(document, &about->document));
    for (size_t i = 0; i < about->count; i++)
        RETURN_IF_ERROR(writer_add(document, &about->document, &about->results[i]));
    return writer_end_file(document, &about->document);
}

static struct error *write_files(const struct check_options *options, const struct source_root *root,
                                 const struct checked *files, size_t read_count, struct document *document,
                                 size_t *breaks)
{
    for (size_t i = 0; i < options->files.set.files.length; i++) {
        if (!files[i].is_read)
            continue;
        const struct check_document about = {
            .document = {.file = files[i].file, .style = screen_style(&options->common), .source_root = root},
            .rules_path = options->rules_path,
            .files_count = read_count,
            .junit_places = options->junit_places,
            .results = files[i].results.data,
            .count = files[i].results.length};
        *breaks += check_breaks(&about);
        RETURN_IF_ERROR(write_items(document, &about));
    }
    return NULL;
}

static struct error *write_document(const struct check_options *options, const struct checked *files,
                                    size_t read_count, int *status)
{
    struct source_root root;
    RETURN_IF_ERROR(source_root_open(options->source_root, &root));
    struct output output = screen_output();
    struct document *document;
    size_t breaks = 0;
    const struct source_root *known = options->source_root ? &root : NULL;
    struct error *error = screen_document(&options->common, known, &output, &document);
    if (!error)
        error = screen_end(document, write_files(options, known, files, read_count, document, &breaks));
    *status = screen_finish(&output, *status != EXIT_FINE ? *status : breaks ? EXIT_FINDINGS : EXIT_FINE);
    source_root_free(&root);
    return error;
}

// A file that cannot be read gives a message; the others are checked.
static struct error *check_files(struct check_options *options, struct checking *checking,
                                 const struct baseline *baseline, struct checked *files, int *status)
{
    struct checked *last = NULL;
    size_t read_count = 0;
    RETURN_IF_ERROR(create_patterns(checking->rules, options->rules_path, &checking->patterns));
    const size_t count = options->files.set.files.length;
    for (size_t i = 0; i < count; i++) {
        struct error *error = check_file(options, options->files.set.files.data[i].path, checking, &files[i]);
        last = error ? last : &files[i];
        read_count += !error;
        if (error)
            *status = input_files_refuse(&options->files, i, error, *status);
    }
    *status = input_files_end(&options->files, *status);
    if (!last)
        return NULL;
    if (*status == EXIT_FINE) {
        checking->file_path =
            last->file.path && file_set_is_several(&options->files.set) ? last->file.path : NULL;
        RETURN_IF_ERROR(tell_missing(checking, &last->results, &last->rules));
    }
    if (options->bless && *status != EXIT_FINE)
        return error_create(ERROR_USAGE, "%s: not written, as not all files could be read",
                            options->baseline_path);
    if (options->bless)
        RETURN_IF_ERROR(write_baseline(options->baseline_path, files, count));
    for (size_t i = 0; i < count; i++)
        bless(options, baseline, &files[i]);
    return write_document(options, files, read_count, status);
}

static struct error *check(struct check_options *options, struct checking *checking,
                           const struct baseline *baseline, int *status)
{
    RETURN_IF_ERROR(
        input_files_open(&options->files, options->paths.data, options->paths.length, NULL, status));
    const size_t count = options->files.set.files.length;
    struct checked *files = calloc(count + 1, sizeof(*files));
    if (!files)
        return &error_out_of_memory;
    struct error *error = check_files(options, checking, baseline, files, status);
    for (size_t i = 0; i < count; i++)
        checked_free(&files[i]);
    free(files);
    return error;
}

// Only with --bless anything is written: beside the baseline, whose place it takes.
static struct error *give_up(const struct check_options *options)
{
    struct kept_folder kept[2] = {{0}};
    char *path = options->bless ? strdup(options->baseline_path) : NULL;
    if (options->bless && !path)
        return &error_out_of_memory;
    if (options->bless)
        kept[0] = (struct kept_folder){.path = dirname(path), .writes = true};
    give_up_all_but(kept);
    free(path);
    return NULL;
}

static int cmd_check(int argc, char **argv)
{
    struct check_options options = {.common.writers = check_writers};
    options_parse(&argp, argc, argv, &options);
    struct rules *rules = NULL;
    struct baseline *baseline = NULL;
    struct checking checking = {0};
    int status = EXIT_FINE;
    struct error *error = give_up(&options);
    if (!error)
        error = rules_read(options.rules_path, &rules);
    if (!error && options.baseline_path && !options.bless)
        error = baseline_read(options.baseline_path, &baseline);
    checking.rules = rules;
    if (!error)
        error = check(&options, &checking, baseline, &status);
    vec_foreach (struct pattern_use *, pattern, &checking.patterns)
        pattern_use_free(pattern);
    vec_free(&checking.patterns);
    vec_free(&checking.fits);
    vec_free(&checking.first_fits);
    input_files_close(&options.files);
    vec_free(&options.paths);
    baseline_free(baseline);
    rules_free(rules);
    return error ? say_error(error) : status;
}

static const struct value_words values[] = {
    {.option = "rules", .is_file = true},
    {.option = "baseline", .is_file = true},
    {.option = "source-root", .is_folder = true},
    {0},
};

const struct command command_check = {
    .name = "check",
    .arguments = "FILE ... --rules F",
    .summary = "which types break the budgets of a file of rules",
    .argp = &argp,
    .writers = check_writers,
    .values = values,
    .run = cmd_check,
};
