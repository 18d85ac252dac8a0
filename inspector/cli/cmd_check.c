// strata check FILE --rules RULES
#include "base/vec.h"
#include "check/baseline.h"
#include "check/rules.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "query/match.h"
#include "query/select.h"
#include "query/walk.h"
#include "report/check.h"
#include "report/writers.h"
#include "type/type_name.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct check_options {
    struct common_options common;
    const char *path, *rules_path, *baseline_path; // the latter: NULL without
    bool bless;
};

enum { KEY_RULES = 512, KEY_BASELINE, KEY_BLESS };

static const struct argp_option command_options[] = {
    {"rules", KEY_RULES, "RULES", 0, "the file of rules, see below", 1},
    {"baseline", KEY_BASELINE, "JSON", 0, "breaks that are in this file are told only when they get worse",
     1},
    {"bless", KEY_BLESS, NULL, 0, "write all present breaks to the baseline, and be content", 1},
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
    case ARGP_KEY_ARG:
        if (options->path)
            argp_error(state, "one file only");
        options->path = argument;
        return 0;
    case ARGP_KEY_END:
        if (!options->path || !options->rules_path)
            argp_error(state, options->path ? "which rules? --rules FILE" : "which file?");
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
    output_char(&help, '\0');
    if (!help.out_of_memory)
        return help.data;
    output_free(&help);
    return (char *)text;
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE --rules RULES",
    .doc = "Layout budgets: which types break the rules of a file.\v"
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
           "      align >= 64\n"
           "  hot my_lock_t          a further type that threads contend for\n\n"
           "Comparisons: ",
    .children = common_children,
    .help_filter = help_of,
};

// --- Patterns ---

struct pattern_use {
    struct match match;
    const struct rules_block *block;
    const struct rules_pattern *place;
    size_t found; // types
};

typedef VEC(struct pattern_use) patterns_vec;

static struct error *create_patterns(const struct rules *rules, const char *path, patterns_vec *patterns)
{
    for (size_t b = 0; b < rules->blocks_count; b++)
        for (size_t p = 0; p < rules->blocks[b].patterns_count; p++) {
            const struct rules_pattern *place = &rules->blocks[b].patterns[p];
            struct pattern_use pattern = {.block = &rules->blocks[b], .place = place};
            struct error *error = match_create(place->text, &pattern.match);
            if (error)
                return error_prefix(error, "%s:%u:%u", path, place->line, place->column);
            if (!vec_push(patterns, pattern)) {
                match_free(&pattern.match);
                return &error_out_of_memory;
            }
        }
    return NULL;
}

// --- Checking ---

struct checking {
    const struct rules *rules;
    patterns_vec patterns;
    struct found *found; // by position in the selection
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

// Leaves in the selection what some pattern is about.
static struct error *narrow(struct selection *selection, patterns_vec *patterns)
{
    size_t kept = 0;
    for (size_t i = 0; i < selection->count; i++) {
        const char *name = selection->index->entries[selection->numbers[i]].name;
        bool is_wanted = false;
        vec_foreach (struct pattern_use *, pattern, patterns) {
            bool fits = match_pattern(&pattern->match, name);
            pattern->found += fits;
            is_wanted |= fits;
        }
        if (is_wanted)
            selection->numbers[kept++] = selection->numbers[i];
    }
    selection->count = kept;
    return patterns_problem(patterns);
}

static bool is_about(const struct checking *checking, const struct rules_block *block, const char *name)
{
    for (size_t i = 0; i < checking->patterns.length; i++) {
        const struct pattern_use *pattern = &checking->patterns.data[i];
        if (pattern->block == block && match_pattern(&pattern->match, name))
            return true;
    }
    return false;
}

static struct error *ask(const struct checking *checking, struct walk_worker *worker,
                         const struct walk_item *item, const struct rule *rule)
{
    const struct type *type = item->type;
    struct rule_break broken;
    bool is_broken;
    RETURN_IF_ERROR(
        rule_check(checking->rules, rule, worker->layouter, item->layout, worker->kept, &is_broken, &broken));
    struct check_result result = {.type_name = item->entry->name,
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
    if (type->declared_file) {
        result.declared_file =
            arena_copy_text(worker->kept, type->declared_file, strlen(type->declared_file));
        if (!result.declared_file)
            return &error_out_of_memory;
    }
    struct found *found = &checking->found[item->position];
    return vec_push(&found->results, result) && vec_push(&found->rules, rule) ? NULL : &error_out_of_memory;
}

static struct error *check_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct checking *checking = context;
    for (size_t b = 0; b < checking->rules->blocks_count; b++) {
        const struct rules_block *block = &checking->rules->blocks[b];
        if (!is_about(checking, block, item->entry->name))
            continue;
        for (size_t r = 0; r < block->rules_count; r++)
            RETURN_IF_ERROR(ask(checking, worker, item, &block->rules[r]));
    }
    return NULL;
}

// A budget of a type that is gone is no longer a budget; a pattern may fit nothing.
static struct error *tell_missing(const struct checking *checking, results_vec *results, asked_vec *rules)
{
    vec_foreach (const struct pattern_use *, pattern, &checking->patterns) {
        if (pattern->found || pattern->match.is_regex || pattern->match.may_be_glob)
            continue;
        struct check_result result = {.type_name = pattern->match.text,
                                      .rule_text = "",
                                      .rule_id = "no-type",
                                      .rule_line = pattern->place->line,
                                      .message = "there is no such type with members in the file"};
        if (!vec_push(results, result) || !vec_push(rules, NULL))
            return &error_out_of_memory;
    }
    return NULL;
}

static struct error *gather(const struct checking *checking, size_t count, results_vec *results,
                            asked_vec *rules)
{
    for (size_t i = 0; i < count; i++)
        for (size_t r = 0; r < checking->found[i].results.length; r++)
            if (!vec_push(results, checking->found[i].results.data[r]) ||
                !vec_push(rules, checking->found[i].rules.data[r]))
                return &error_out_of_memory;
    return tell_missing(checking, results, rules);
}

static struct error *bless(const struct check_options *options, const struct baseline *baseline,
                           results_vec *results, const asked_vec *rules)
{
    if (options->bless)
        RETURN_IF_ERROR(baseline_write(options->baseline_path, results->data, results->length));
    for (size_t i = 0; i < results->length; i++) {
        struct check_result *result = &results->data[i];
        result->is_blessed =
            result->message && (options->bless || baseline_has(baseline, result, rules->data[i]));
    }
    return NULL;
}

static struct error *write_items(struct document *document, const struct check_document *about)
{
    RETURN_IF_ERROR(writer_begin_file(document, &about->document));
    for (size_t i = 0; i < about->count; i++)
        RETURN_IF_ERROR(writer_add(document, &about->document, &about->results[i]));
    return writer_end_file(document, &about->document);
}

static struct error *write_results(const struct check_options *options, const struct input *input,
                                   const results_vec *results, int *status)
{
    const struct check_document about = {
        .document = {.file = input->file, .style = screen_style(&options->common)},
        .rules_path = options->rules_path,
        .results = results->data,
        .count = results->length};
    struct output output = screen_output();
    struct document *document;
    struct error *error = screen_document(&options->common, &output, &document);
    if (!error)
        error = screen_end(document, write_items(document, &about));
    *status = screen_finish(&output, check_breaks(&about) ? EXIT_FINDINGS : EXIT_FINE);
    return error;
}

static struct error *check_selection(struct input *input, const struct check_options *options,
                                     const struct selection *selection, struct checking *checking,
                                     const struct baseline *baseline, int *status)
{
    results_vec results = {0};
    asked_vec rules = {0};
    struct walk walk = {.query = &input->query,
                        .selection = selection,
                        .visit = check_type,
                        .context = checking,
                        .progress_label = "checking"};
    checking->found = calloc(selection->count + 1, sizeof(*checking->found));
    struct error *error = checking->found ? walk_types(&walk) : &error_out_of_memory;
    if (!error)
        error = patterns_problem(&checking->patterns);
    if (!error)
        error = gather(checking, selection->count, &results, &rules);
    if (!error)
        error = bless(options, baseline, &results, &rules);
    if (!error)
        error = write_results(options, input, &results, status);
    walk_free(&walk);
    for (size_t i = 0; checking->found && i < selection->count; i++) {
        vec_free(&checking->found[i].results);
        vec_free(&checking->found[i].rules);
    }
    free(checking->found);
    vec_free(&results);
    vec_free(&rules);
    return error;
}

static struct error *check(struct input *input, const struct check_options *options,
                           struct checking *checking, const struct baseline *baseline, int *status)
{
    struct selection selection;
    RETURN_IF_ERROR(create_patterns(checking->rules, options->rules_path, &checking->patterns));
    RETURN_IF_ERROR(input_open(input, options->path, &options->common));
    RETURN_IF_ERROR(select_types(&input->query, NULL, 0, &selection));
    struct error *error = narrow(&selection, &checking->patterns);
    if (!error)
        error = check_selection(input, options, &selection, checking, baseline, status);
    selection_free(&selection);
    return error;
}

// --- Reading the rules ---

enum { RULES_BYTES_MOST = 16 << 20 };

static void close_at(FILE **file)
{
    if (*file)
        fclose(*file);
}

static struct error *read_rules(const char *path, struct rules **rules)
{
    CLEANUP(close_at) FILE *file = strcmp(path, "-") ? fopen(path, "r") : fdopen(dup(STDIN_FILENO), "r");
    if (!file)
        return error_system(errno, "%s", path);
    VEC(char) text = {0};
    struct error *error = NULL;
    for (size_t count = 1; count && !error; text.length += count) {
        if (!vec_reserve(&text, 65536)) {
            error = &error_out_of_memory;
            break;
        }
        if (text.length > RULES_BYTES_MOST) {
            error = error_create(ERROR_USAGE, "%s: is too large for a file of rules", path);
            break;
        }
        count = fread(text.data + text.length, 1, 65536, file);
    }
    if (!error && ferror(file))
        error = error_system(errno, "%s", path);
    if (!error)
        error = rules_parse(text.data, text.length, path, rules);
    vec_free(&text);
    return error;
}

static int cmd_check(int argc, char **argv)
{
    struct check_options options = {.common.writers = check_writers};
    options_parse(&argp, argc, argv, &options);
    struct input input = {0};
    struct rules *rules = NULL;
    struct baseline *baseline = NULL;
    struct checking checking = {0};
    int status = EXIT_FINE;
    struct error *error = read_rules(options.rules_path, &rules);
    if (!error && options.baseline_path && !options.bless)
        error = baseline_read(options.baseline_path, &baseline);
    checking.rules = rules;
    if (!error)
        error = check(&input, &options, &checking, baseline, &status);
    vec_foreach (struct pattern_use *, pattern, &checking.patterns)
        match_free(&pattern->match);
    vec_free(&checking.patterns);
    input_close(&input);
    baseline_free(baseline);
    rules_free(rules);
    return error ? say_error(error) : status;
}

static const struct value_words values[] = {
    {.option = "rules", .is_file = true},
    {.option = "baseline", .is_file = true},
    {0},
};

const struct command command_check = {
    .name = "check",
    .arguments = "FILE --rules RULES",
    .summary = "which types break the budgets of a file of rules",
    .argp = &argp,
    .writers = check_writers,
    .values = values,
    .run = cmd_check,
};
