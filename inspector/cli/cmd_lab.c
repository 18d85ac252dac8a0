// SPDX-License-Identifier: MIT
// strata lab [NAME …]
#include "cli/cmd.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "lab/lab.h"
#include "lab/lab_go.h"
#include "query/match.h"
#include "report/lab.h"
#include "report/writers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct lab_options {
    struct common_options common;
    char **names;
    size_t names_count;
    bool with_go;
    const char *go_tool; // NULL: the one that is found
    const char *program; // NULL: the one that --go builds, if any
};

enum { KEY_GO = 512, KEY_PROGRAM };

static const struct argp_option command_options[] = {
    {"go", KEY_GO, "TOOL", OPTION_ARG_OPTIONAL,
     "repeat on real Go, built by TOOL (default: go, or the newest below /usr/lib)", 1},
    {"program", KEY_PROGRAM, "FILE", 0,
     "the Go program that \"calls\" reads (default: the one that --go builds)", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct lab_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_GO:
        options->with_go = true;
        options->go_tool = argument;
        return 0;
    case KEY_PROGRAM:
        options->program = argument;
        return 0;
    case ARGP_KEY_ARGS:
        options->names = state->argv + state->next;
        options->names_count = (size_t)(state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[NAME...]",
    .doc = "Tries what people say of Go's map.\v"
           "Without NAME all experiments are done and listed with their verdicts. With NAME the evidence is "
           "shown: drawn from a live map's events and snapshots, the same on each run but for times and "
           "addresses. With --go a program of real Go repeats what it can; exit status 1 when its verdict is "
           "another.",
    .children = common_children,
};

// One that has been done.
struct tried {
    struct lab_notebook here, on_go;
    struct lab_result result;
};

struct lab_run {
    const struct lab_options *options;
    struct lab_document about;
    struct document *document;
    size_t disagreements;
    struct lab_go go;
};

static struct error *try_one(struct lab_run *run, const struct lab_experiment *experiment,
                             struct tried *tried)
{
    const struct lab_options *options = run->options;
    struct lab_result *result = &tried->result;
    struct lab_notebook *here = &tried->here, *on_go = &tried->on_go;
    const char *program = options->program ? options->program : options->with_go ? run->go.program : NULL;
    *result = (struct lab_result){.experiment = experiment, .here = here, .on_go = on_go};
    if (experiment->run)
        experiment->run(here);
    else if (program)
        experiment->run_on(here, program);
    else
        lab_conclude(here, LAB_UNDECIDED, "it reads a Go program: --program FILE, or --go");
    if (options->with_go && experiment->run)
        RETURN_IF_ERROR(lab_go_run(&run->go, experiment->name, on_go, &result->go_version, &result->has_go));
    if (here->out_of_memory || on_go->out_of_memory)
        return &error_out_of_memory;
    run->disagreements += result->has_go && on_go->verdict != here->verdict;
    run->about.tally[here->verdict]++;
    return NULL;
}

static const struct lab_experiment *nth(const struct lab_options *options, size_t n)
{
    if (!options->names_count)
        return lab_experiments[n];
    return n < options->names_count ? lab_find(options->names[n]) : NULL;
}

// All are done before the first is written: how many hold stands on top.
static struct error *try_all(struct lab_run *run, struct tried *tried, size_t count)
{
    if (run->options->with_go)
        RETURN_IF_ERROR(lab_go_build(&run->go, run->options->go_tool));
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(try_one(run, nth(run->options, i), &tried[i]));
    RETURN_IF_ERROR(writer_begin_file(run->document, &run->about.document));
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(writer_add(run->document, &run->about.document, &tried[i].result));
    return writer_end_file(run->document, &run->about.document);
}

static struct error *do_all(struct lab_run *run)
{
    size_t count = 0;
    while (nth(run->options, count))
        count++;
    struct tried *tried = calloc(count + 1, sizeof(*tried));
    if (!tried)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        lab_notebook_init(&tried[i].here);
        lab_notebook_init(&tried[i].on_go);
    }
    struct error *error = try_all(run, tried, count);
    for (size_t i = 0; i < count; i++) {
        lab_notebook_free(&tried[i].here);
        lab_notebook_free(&tried[i].on_go);
    }
    free(tried);
    return error;
}

// Near are those that hold the word, too: "nil" for nil-assign.
static struct error *unknown_name(const char *name)
{
    const struct match match = {.text = name};
    struct output near = {0};
    for (size_t i = 0; lab_experiments[i]; i++) {
        const char *candidate = lab_experiments[i]->name;
        if ((*name && strstr(candidate, name)) || match_distance(&match, candidate) != SIZE_MAX)
            output_format(&near, "%s%s", near.length ? ", " : "", candidate);
    }
    output_char(&near, '\0');
    bool has_near = near.data && *near.data;
    struct error *error = error_create(ERROR_USAGE,
                                       has_near ? "no experiment \"%s\"; near are: %s"
                                                : "no experiment \"%s\": \"strata lab\" lists them%s",
                                       name, has_near ? near.data : "");
    output_free(&near);
    return error;
}

static int cmd_lab(int argc, char **argv)
{
    struct lab_options options = {.common.writers = lab_writers};
    options_parse(&argp, argc, argv, &options);
    for (size_t i = 0; i < options.names_count; i++)
        if (!lab_find(options.names[i]))
            return say_error(unknown_name(options.names[i]));
    if (options.program && access(options.program, R_OK))
        return say_error(error_system(errno, "%s", options.program));
    struct lab_run run = {.options = &options,
                          .about = {.document = {.style = screen_style(&options.common)},
                                    .with_go = options.with_go,
                                    .is_whole = options.names_count != 0}};
    struct output output = screen_output();
    struct error *error = screen_document(&options.common, NULL, &output, &run.document);
    if (!error)
        error = screen_end(run.document, do_all(&run));
    lab_go_end(&run.go);
    int status = screen_finish(&output, run.disagreements ? EXIT_FINDINGS : EXIT_FINE);
    return error ? say_error(error) : status;
}

static void write_names(struct output *output)
{
    for (size_t i = 0; lab_experiments[i]; i++) {
        output_text(output, i ? " " : "");
        output_text(output, lab_experiments[i]->name);
    }
}

static const struct value_words values[] = {
    {.write = write_names},
    {.option = "go", .is_file = true},
    {.option = "program", .is_file = true},
    {0},
};

const struct command command_lab = {
    .name = "lab",
    .arguments = "[NAME ...]",
    .summary = "experiments on what is said of Go's map, with verdicts",
    .argp = &argp,
    .writers = lab_writers,
    .values = values,
    .run = cmd_lab,
};
