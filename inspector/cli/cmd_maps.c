// SPDX-License-Identifier: MIT
// strata maps PID|CORE [CORE]
#include "base/clock.h"
#include "cli/cmd.h"
#include "cli/give_up.h"
#include "cli/input.h"
#include "cli/maps_rows.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "gomap/go_program.h"
#include "report/writers.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    KEY_EXE = 512,
    KEY_MAP,
    KEY_TYPE,
    KEY_ALL,
    KEY_TOP,
    KEY_WHERE,
    KEY_WASTE,
    KEY_EXACT,
    KEY_EVERY,
    KEY_FOR,
    KEY_SPREADSHEET
};

enum { WHERES_MOST = 16, TARGETS_MOST = 2, TOP_USUAL = 40 };

struct maps_options {
    struct common_options common;
    const char *targets[TARGETS_MOST];
    size_t targets_count;
    const char *executable;
    struct maps_choice choice;
    struct where *wheres[WHERES_MOST];
    bool has_top, exact;
    uint64_t waste_limit;      // UINT64_MAX: none
    uint64_t every_ns, for_ns; // 0: not given
};

static const struct argp_option command_options[] = {
    {"exe", KEY_EXE, "FILE", 0, "the program's file, where it is not found; it must be the one that runs", 1},
    {"map", KEY_MAP, "PATH", 0,
     "only this map, by path or address, and those below it; * stands for anything", 2},
    {"type", KEY_TYPE, "TYPE", 0, "only maps of this type; * stands for anything", 2},
    {"where", KEY_WHERE, "EXPR", 0, "only lines of which EXPR is true, see below; of several all must be", 2},
    {"all", KEY_ALL, NULL, 0, "a line for every map", 2},
    {"sort", 's', "KEY", 0, "the order of lines", 3}, // in full: help_of
    {"reverse", 'r', NULL, 0, "turn the order round", 3},
    {"top", KEY_TOP, "N", 0, "the first N lines only (0: all; text: 40)", 3},
    {"max-waste-pct", KEY_WASTE, "N", 0, "exit with 1 when a line wastes over N percent", 4},
    {"exact", KEY_EXACT, NULL, 0,
     "stop the program for the moment that it takes to read the maps shown once more", 5},
    {"every", KEY_EVERY, "TIME", 0, "look again every TIME (10s, 500ms, 2m) and say what changed", 5},
    {"for", KEY_FOR, "TIME", 0, "end after this time; else when the process ends, or by Ctrl-C", 5},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0, SPREADSHEET_HELP, 6},
    {0},
};

// ---- the command line -----------------------------------------------------------------------------------

// "10s", "500ms", "2m"; a plain number counts seconds.
static uint64_t parse_time(struct argp_state *state, const char *name, const char *text)
{
    char *end;
    errno = 0;
    const double number = strtod(text, &end);
    const double unit = !strcmp(end, "ms")                         ? 1e6
                        : !*end || !strcmp(end, "s")               ? 1e9
                        : !strcmp(end, "m") || !strcmp(end, "min") ? 60e9
                        : !strcmp(end, "h")                        ? 3600e9
                                                                   : 0;
    const double nanoseconds = number * unit;
    if (end == text || errno || !unit || !(nanoseconds >= 1e6) || !(nanoseconds < 1e18))
        argp_error(state, "--%s: \"%s\" is no time: 10s, 500ms, 2m or 1h", name, text);
    return (uint64_t)nanoseconds;
}

static void name_sort_keys(struct output *output, const char *separator)
{
    bool is_first = true;
    for (size_t i = 0; i < map_columns.count; i++) {
        if (!map_columns.list[i].sorts)
            continue;
        output_text(output, is_first ? "" : separator);
        output_text(output, map_columns.list[i].name);
        is_first = false;
    }
}

static void write_sort_words(struct output *output)
{
    name_sort_keys(output, " ");
}

static void parse_sort(struct argp_state *state, const char *text, struct maps_options *maps)
{
    if (*text == '-') {
        maps->choice.reverse = !maps->choice.reverse;
        text++;
    }
    maps->choice.sort = column_of(&map_columns, text, strlen(text));
    if (maps->choice.sort && maps->choice.sort->sorts)
        return;
    struct output names = {0};
    name_sort_keys(&names, ", ");
    output_char(&names, '\0');
    argp_error(state, "--sort: there is no \"%s\"; there are %s", text, names.data ? names.data : "?");
    output_free(&names);
}

static void parse_where(struct argp_state *state, const char *text, struct maps_options *maps)
{
    if (maps->choice.wheres_count == WHERES_MOST) {
        argp_error(state, "--where: no more than %d of them", WHERES_MOST);
        return;
    }
    struct error *error = where_parse_over(&map_columns, text, &maps->wheres[maps->choice.wheres_count]);
    if (error)
        argp_error(state, "%s", error->message);
    else
        maps->choice.wheres_count++;
    error_free(error);
}

static void parse_target(struct argp_state *state, char *argument, struct maps_options *maps)
{
    if (maps->targets_count == TARGETS_MOST)
        argp_error(state, "one process or core, or two to be compared");
    else
        maps->targets[maps->targets_count++] = argument;
}

static void check_options(struct argp_state *state, const struct maps_options *maps)
{
    if (!maps->targets_count)
        argp_error(state, "a process (its PID) or a core is missing");
    else if (maps->targets_count > 1 && maps->every_ns)
        argp_error(state, "--every is for one process");
    else if (maps->exact && (maps->every_ns || maps->targets_count > 1))
        argp_error(state, "--exact is for one look");
    else if (maps->for_ns && !maps->every_ns)
        argp_error(state, "--for goes with --every");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct maps_options *maps = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &maps->common;
        return 0;
    case KEY_EXE:
        maps->executable = argument;
        return 0;
    case KEY_MAP:
        maps->choice.map = argument;
        return 0;
    case KEY_TYPE:
        maps->choice.type = argument;
        return 0;
    case KEY_ALL:
        maps->choice.unfolded = true;
        return 0;
    case KEY_WHERE:
        parse_where(state, argument, maps);
        return 0;
    case 's':
        parse_sort(state, argument, maps);
        return 0;
    case 'r':
        maps->choice.reverse = !maps->choice.reverse;
        return 0;
    case KEY_TOP:
        maps->choice.top = options_range(state, "top", argument, 0, UINT32_MAX);
        maps->has_top = true;
        return 0;
    case KEY_WASTE:
        maps->waste_limit = options_range(state, "max-waste-pct", argument, 0, 100);
        return 0;
    case KEY_EXACT:
        maps->exact = true;
        return 0;
    case KEY_EVERY:
        maps->every_ns = parse_time(state, "every", argument);
        return 0;
    case KEY_FOR:
        maps->for_ns = parse_time(state, "for", argument);
        return 0;
    case KEY_SPREADSHEET:
        maps->common.spreadsheet = true;
        return 0;
    case ARGP_KEY_ARG:
        parse_target(state, argument, maps);
        return 0;
    case ARGP_KEY_END:
        check_options(state, maps);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static char *help_of(int key, const char *text, void *input)
{
    (void)input;
    struct output help = {0};
    if (key == 's') {
        name_sort_keys(&help, ", ");
        output_text(&help,
                    "; numbers from the largest down, held_bytes without it; -KEY turns the order round");
    } else if (key == ARGP_KEY_HELP_POST_DOC) {
        output_text(&help, "EXPR compares ");
        where_help_over(&map_columns, &help);
        output_text(&help, text);
    } else {
        return (char *)text;
    }
    return options_help(&help, text);
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "PID|CORE [CORE]",
    .doc = "Lists the maps of a running Go program, or of the core of one: what each holds, how much of that "
           "its "
           "entries need, and why it holds more. Maps are found from the program's variables. The program is "
           "not "
           "stopped. Of two cores (or processes) it says what changed from the first to the second.\v"
           ", joined by && || ! and parentheses:\n\n"
           "  --where 'held_bytes > 100k && waste_pct > 50'\n\n"
           "All digits is a process; a core of that name is ./4711.",
    .children = common_children,
    .help_filter = help_of,
};

// ---- one look -------------------------------------------------------------------------------------------

// A program that is looked at, and its latest look.
struct maps_subject {
    const char *name; // as it was named
    struct go_program *program;
    struct map_looker *looker;
    struct map_look look;
    struct maps_rows rows;
    bool has_rows;
    char reading[128]; // how its memory was read
};

static struct error *subject_open(struct maps_subject *subject, const char *name,
                                  const struct maps_options *options, struct screen_notices *notices)
{
    const struct go_program_options program_options = {.executable = options->executable,
                                                       .debug = input_source_options(&options->common)};
    subject->name = name;
    RETURN_IF_ERROR(go_program_open(name, &program_options, &notices->sink, &subject->program));
    const struct memory_target *target = subject->program->target;
    snprintf(subject->reading, sizeof(subject->reading), "%s",
             target->pid       ? "read without stopping"
             : target->history ? "as a recording of strata watch begins"
                               : "as it was when it ended");
    return map_looker_open(subject->program, NULL, &subject->looker);
}

static void subject_forget_look(struct maps_subject *subject)
{
    if (subject->has_rows)
        maps_rows_free(&subject->rows);
    subject->has_rows = false;
    map_look_free(&subject->look);
    subject->look = (struct map_look){0};
}

static void subject_close(struct maps_subject *subject)
{
    subject_forget_look(subject);
    map_looker_close(subject->looker);
    go_program_close(subject->program);
}

static struct error *subject_look(struct maps_subject *subject, const struct maps_choice *choice)
{
    subject_forget_look(subject);
    RETURN_IF_ERROR(map_looker_look(subject->looker, &subject->look));
    subject->has_rows = true;
    return maps_rows_make(&subject->look, map_looker_pages(subject->looker), subject->program->maker, choice,
                          &subject->rows);
}

static const char *base_name(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash ? slash + 1 : path;
}

static struct maps_document about_of(const struct maps_subject *subject, const struct maps_options *options,
                                     const struct maps_rows *rows)
{
    const struct go_program *program = subject->program;
    const struct memory_target *target = program->target;
    const struct map_look *look = &subject->look;
    return (struct maps_document){
        .document = {.style = screen_style(&options->common)},
        .process = {.name = base_name(target->executable_name ? target->executable_name
                                      : !target->pid          ? target->executable
                                                              : NULL),
                    .pid = target->pid,
                    .core = target->pid ? NULL : subject->name,
                    .executable = target->executable_name,
                    .go_version = go_program_version(program),
                    .design = rows->design,
                    .debug = program->source ? program->source->facts.format : NULL,
                    .build_id = program->source ? program->source->facts.build_id : NULL},
        .reading = subject->reading,
        .rows_count = rows->list.length,
        .path_cells = rows->path_cells,
        .type_cells = rows->type_cells,
        .rows_left_out = rows->left_out,
        .maps = rows->maps,
        .held_bytes = rows->held_bytes,
        .live_bytes = rows->live_bytes,
        .unrooted_maps = rows->unrooted_maps,
        .unrooted_held_bytes = rows->unrooted_held_bytes,
        .lists_unrooted = options->choice.unfolded,
        .variables = look->variables,
        .changed = look->changed,
        .limit =
            look->is_cut ? "there was more to be looked at than strata does at once: maps are missing" : NULL,
        .waste_limit = options->waste_limit,
    };
}

static struct error *rows_write(const struct maps_document *about, const struct maps_rows *rows,
                                struct document *document)
{
    RETURN_IF_ERROR(writer_begin_file(document, &about->document));
    vec_foreach (const struct map_row *, row, &rows->list)
        RETURN_IF_ERROR(writer_add(document, &about->document, row));
    return writer_end_file(document, &about->document);
}

static struct error *document_write(const struct maps_document *about, const struct maps_rows *rows,
                                    const struct maps_options *options, struct output *output)
{
    struct document *document;
    RETURN_IF_ERROR(screen_document(&options->common, NULL, output, &document));
    return screen_end(document, rows_write(about, rows, document));
}

// Reads the maps that will be shown once more, with all threads stopped. A core stands still by itself.
static struct error *look_exactly(struct maps_subject *subject, const struct maps_options *options,
                                  const struct maps_choice *choice)
{
    struct maps_rows shown;
    struct freeze_report report;
    uint32_t *numbers = NULL;
    size_t count = 0;
    if (!subject->program->target->pid)
        return NULL;
    if (!maps_rows_copy(&subject->rows, &shown))
        return &error_out_of_memory;
    (void)maps_rows_order(&shown, choice, UINT64_MAX);
    struct error *error = maps_rows_numbers(&subject->rows, &shown, &numbers, &count);
    if (!error)
        error = map_looker_freeze(subject->looker, &subject->look, numbers, count, &report);
    maps_rows_free(&shown);
    free(numbers);
    if (error)
        return error;
    snprintf(subject->reading, sizeof(subject->reading), "%zu thread%s stopped for %.2f ms to read %zu map%s",
             report.threads, report.threads == 1 ? "" : "s", (double)report.stopped_ns / 1e6, count,
             count == 1 ? "" : "s");
    maps_rows_free(&subject->rows);
    return maps_rows_make(&subject->look, map_looker_pages(subject->looker), subject->program->maker,
                          &options->choice, &subject->rows);
}

static struct error *look_write(struct maps_subject *subject, const struct maps_options *options,
                                struct output *output, int *status)
{
    struct maps_choice choice = options->choice;
    choice.top = options->has_top                                           ? choice.top
                 : options->common.writer == &maps_text && !choice.unfolded ? TOP_USUAL
                                                                            : 0;
    if (!choice.sort)
        choice.sort = &map_columns.list[MAP_COLUMN_HELD];
    if (options->exact)
        RETURN_IF_ERROR(look_exactly(subject, options, &choice));
    // In another order than what later looks are compared with.
    struct maps_rows shown;
    if (!maps_rows_copy(&subject->rows, &shown))
        return &error_out_of_memory;
    const uint64_t over = maps_rows_order(&shown, &choice, options->waste_limit);
    if (over)
        *status = EXIT_FINDINGS;
    struct maps_document about = about_of(subject, options, &shown);
    about.over_limit = over;
    struct error *error = document_write(&about, &shown, options, output);
    maps_rows_free(&shown);
    return error;
}

// ---- what changes ---------------------------------------------------------------------------------------

static struct error *changes_write(const struct maps_subject *subject, const struct maps_rows *before,
                                   const char *before_name, double at_seconds,
                                   const struct maps_options *options, struct output *output)
{
    struct maps_rows changes;
    struct maps_choice choice = options->choice;
    choice.top = options->has_top ? choice.top : options->common.writer == &maps_text ? TOP_USUAL : 0;
    struct error *error = maps_rows_compare(before, &subject->rows, &changes);
    if (!error) {
        maps_rows_order(&changes, &choice, UINT64_MAX);
        struct maps_document about = about_of(subject, options, &changes);
        about.compares = true;
        about.before_name = before_name;
        about.at_seconds = at_seconds;
        error = document_write(&about, &changes, options, output);
    }
    maps_rows_free(&changes);
    return error;
}

static void sleep_until(uint64_t time_ns)
{
    const struct timespec until = {.tv_sec = (time_t)(time_ns / 1000000000),
                                   .tv_nsec = (long)(time_ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
}

static struct error *watch_changes(struct maps_subject *subject, const struct maps_options *options,
                                   struct output *output)
{
    char before_name[64];
    const uint64_t start = clock_ns();
    snprintf(before_name, sizeof(before_name), "%g s before", (double)options->every_ns / 1e9);
    for (uint64_t number = 1;; number++) {
        const uint64_t at = start + number * options->every_ns;
        if (options->for_ns && at > start + options->for_ns)
            return NULL;
        sleep_until(at);
        if (!memory_target_is_there(subject->program->target)) {
            say_note("the process has ended");
            return NULL;
        }
        struct maps_rows before = subject->rows;
        subject->has_rows = false; // they are `before` now
        struct error *error = subject_look(subject, &options->choice);
        if (!error)
            error = changes_write(subject, &before, before_name, (double)(clock_ns() - start) / 1e9, options,
                                  output);
        maps_rows_free(&before);
        if (!error)
            error = output_finish(output);
        if (error)
            return error;
    }
}

static struct error *run_one(struct maps_subject *subjects, const struct maps_options *options,
                             struct screen_notices *notices, struct output *output, int *status)
{
    RETURN_IF_ERROR(subject_open(&subjects[0], options->targets[0], options, notices));
    RETURN_IF_ERROR(subject_look(&subjects[0], &options->choice));
    RETURN_IF_ERROR(maps_choice_problem(&options->choice, &subjects[0].rows, subjects[0].looker));
    RETURN_IF_ERROR(look_write(&subjects[0], options, output, status));
    if (!options->every_ns)
        return NULL;
    RETURN_IF_ERROR(output_finish(output));
    return watch_changes(&subjects[0], options, output);
}

static struct error *run_two(struct maps_subject *subjects, const struct maps_options *options,
                             struct screen_notices *notices, struct output *output)
{
    for (size_t i = 0; i < TARGETS_MOST; i++) {
        RETURN_IF_ERROR(subject_open(&subjects[i], options->targets[i], options, notices));
        RETURN_IF_ERROR(subject_look(&subjects[i], &options->choice));
    }
    // A map of one of them is one that came or went.
    struct error *problem = maps_choice_problem(&options->choice, &subjects[0].rows, subjects[0].looker);
    if (problem) {
        error_free(problem);
        RETURN_IF_ERROR(maps_choice_problem(&options->choice, &subjects[1].rows, subjects[1].looker));
    }
    return changes_write(&subjects[1], &subjects[0].rows, options->targets[0], 0, options, output);
}

// A process in a landlock may read no memory of a process outside of it, so only cores are read in one.
static void give_up_for_cores(const struct maps_options *options)
{
    bool are_cores = true;
    for (size_t i = 0; i < options->targets_count; i++)
        are_cores &= options->targets[i][strspn(options->targets[i], "0123456789")] != '\0';
    if (are_cores)
        give_up_all_but(NULL);
}

static int cmd_maps(int argc, char **argv)
{
    struct maps_options options = {.common.writers = maps_writers, .waste_limit = UINT64_MAX};
    options_parse(&argp, argc, argv, &options);
    give_up_for_cores(&options);
    struct maps_subject subjects[TARGETS_MOST] = {0};
    struct screen_notices notices = screen_notices();
    struct output output = screen_output();
    int status = EXIT_FINE;
    options.choice.wheres = options.wheres;
    const bool compares = options.targets_count > 1;
    if (!options.choice.sort && !compares && !options.every_ns)
        options.choice.sort = &map_columns.list[MAP_COLUMN_HELD];
    struct error *error = compares ? run_two(subjects, &options, &notices, &output)
                                   : run_one(subjects, &options, &notices, &output, &status);
    for (size_t i = 0; i < options.choice.wheres_count && !error; i++)
        error = where_problem(options.wheres[i]);
    for (size_t i = 0; i < TARGETS_MOST; i++)
        subject_close(&subjects[i]);
    for (size_t i = 0; i < options.choice.wheres_count; i++)
        where_free(options.wheres[i]);
    say_notices_rest(&notices);
    status = screen_finish(&output, status);
    return error ? say_error(error) : status;
}

static const struct value_words values[] = {
    {.option = "sort", .write = write_sort_words},
    {.option = "exe", .is_file = true},
    {0},
};

const struct command command_maps = {
    .name = "maps",
    .arguments = "PID|CORE [CORE]",
    .summary = "the maps of a running Go program: what each holds and wastes",
    .argp = &argp,
    .writers = maps_writers,
    .values = values,
    .run = cmd_maps,
};
