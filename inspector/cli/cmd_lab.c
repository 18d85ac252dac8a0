// strata lab [NAME …]
#include "cli/cmd.h"
#include "lab/lab_go.h"
#include "query/match.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "lab/lab.h"
#include "report/ink.h"
#include "report/safe_text.h"

#include <string.h>

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

struct lab_report {
    const struct lab_options *options;
    struct report_style style;
    struct output output;
    bool is_json;
    size_t done, disagreements;
    struct lab_go go;
};

// An experiment done, and what real Go said of it.
struct lab_result {
    const struct lab_experiment *experiment;
    struct lab_notebook here, on_go;
    bool has_go;
    const char *go_version;
};

static enum ink verdict_ink(enum lab_verdict verdict)
{
    return verdict == LAB_HOLDS ? INK_FIELD_FIRST : verdict == LAB_PARTLY ? INK_WASTE : INK_WARN;
}

static void verdict_word(struct lab_report *report, enum lab_verdict verdict)
{
    ink_text(&report->output, &report->style, verdict_ink(verdict), lab_verdict_word(verdict));
}

static void line_text(struct lab_report *report, const struct lab_result *result)
{
    enum { NAME_CELLS = 18, VERDICT_CELLS = 11 };
    size_t cells = ink_name(&report->output, &report->style, INK_STRONG, result->experiment->name);
    output_spaces(&report->output, NAME_CELLS - cells);
    verdict_word(report, result->here.verdict);
    output_spaces(&report->output, VERDICT_CELLS - strlen(lab_verdict_word(result->here.verdict)));
    if (report->options->with_go) {
        const char *word = result->has_go ? lab_verdict_word(result->on_go.verdict) : "-";
        output_text(&report->output, "Go: ");
        output_text(&report->output, word);
        output_spaces(&report->output, VERDICT_CELLS - strlen(word));
    }
    ink_name(&report->output, &report->style, INK_PLAIN, result->experiment->claim);
    output_char(&report->output, '\n');
}

static void notebook_text(struct lab_report *report, const struct lab_notebook *notebook)
{
    struct output *output = &report->output;
    vec_foreach (const char **, line, &notebook->evidence) {
        output_text(output, "  ");
        ink_name(output, &report->style, INK_PLAIN, *line);
        output_char(output, '\n');
    }
    output_char(output, '\n');
    verdict_word(report, notebook->verdict);
    output_text(output, ": ");
    ink_name(output, &report->style, INK_PLAIN, notebook->reason ? notebook->reason : "");
    output_char(output, '\n');
}

static void whole_text(struct lab_report *report, const struct lab_result *result)
{
    struct output *output = &report->output;
    output_text(output, report->done ? "\n" : "");
    ink_name(output, &report->style, INK_STRONG, result->experiment->name);
    output_text(output, ": ");
    ink_name(output, &report->style, INK_PLAIN, result->experiment->claim);
    output_text(output, "\n\n");
    notebook_text(report, &result->here);
    if (!report->options->with_go || !result->experiment->run)
        return;
    output_text(output, result->has_go ? "\non real Go, " : "\n(not done on real Go, ");
    output_text(output, result->go_version ? result->go_version : "?");
    output_text(output, result->has_go ? ":\n\n" : ")\n");
    if (result->has_go)
        notebook_text(report, &result->on_go);
}

static void json_notebook(struct output *output, const struct lab_notebook *notebook)
{
    output_format(output, "\"verdict\":\"%s\",\"reason\":", lab_verdict_word(notebook->verdict));
    safe_json(output, notebook->reason);
    output_text(output, ",\"evidence\":[");
    for (size_t i = 0; i < notebook->evidence.length; i++) {
        output_text(output, i ? "," : "");
        safe_json(output, notebook->evidence.data[i]);
    }
    output_char(output, ']');
}

static void json_part(struct lab_report *report, const struct lab_result *result)
{
    struct output *output = &report->output;
    output_text(output, report->done ? ",\n{\"name\":" : "\n{\"name\":");
    safe_json(output, result->experiment->name);
    output_text(output, ",\"claim\":");
    safe_json(output, result->experiment->claim);
    output_char(output, ',');
    json_notebook(output, &result->here);
    output_text(output, ",\"go\":");
    if (result->has_go) {
        output_text(output, "{\"version\":");
        safe_json(output, result->go_version);
        output_char(output, ',');
        json_notebook(output, &result->on_go);
        output_text(output, "}}");
    } else {
        output_text(output, "null}");
    }
}

static struct error *do_one(struct lab_report *report, const struct lab_experiment *experiment)
{
    struct lab_result result = {.experiment = experiment};
    struct error *error = NULL;
    lab_notebook_init(&result.here);
    lab_notebook_init(&result.on_go);
    const char *program = report->options->program   ? report->options->program
                          : report->options->with_go ? report->go.program
                                                     : NULL;
    if (experiment->run)
        experiment->run(&result.here);
    else if (program)
        experiment->run_on(&result.here, program);
    else
        lab_conclude(&result.here, LAB_UNDECIDED, "it reads a Go program: --program FILE, or --go");
    if (report->options->with_go && experiment->run)
        error = lab_go_run(&report->go, experiment->name, &result.on_go, &result.go_version, &result.has_go);
    if (!error && report->is_json)
        json_part(report, &result);
    else if (!error && report->options->names_count)
        whole_text(report, &result);
    else if (!error)
        line_text(report, &result);
    report->disagreements += result.has_go && result.on_go.verdict != result.here.verdict;
    report->output.out_of_memory |= result.here.out_of_memory || result.on_go.out_of_memory;
    report->done++;
    lab_notebook_free(&result.here);
    lab_notebook_free(&result.on_go);
    return error;
}

static struct error *do_all(struct lab_report *report)
{
    const struct lab_options *options = report->options;
    if (options->with_go)
        RETURN_IF_ERROR(lab_go_build(&report->go, options->go_tool));
    if (report->is_json)
        output_text(&report->output, "{\"schema\":\"strata.lab/1\",\"experiments\":[");
    for (size_t i = 0; i < options->names_count; i++)
        RETURN_IF_ERROR(do_one(report, lab_find(options->names[i])));
    for (size_t i = 0; !options->names_count && lab_experiments[i]; i++)
        RETURN_IF_ERROR(do_one(report, lab_experiments[i]));
    if (report->is_json)
        output_text(&report->output, "\n]}\n");
    return NULL;
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

int cmd_lab(int argc, char **argv)
{
    static const char *const formats[] = {"text", "json", NULL};
    struct lab_options options = {.common.formats = formats};
    options_parse(&argp, argc, argv, &options);
    for (size_t i = 0; i < options.names_count; i++)
        if (!lab_find(options.names[i]))
            return say_error(unknown_name(options.names[i]));
    struct lab_report report = {.options = &options,
                                .style = screen_style(&options.common),
                                .output = screen_output(),
                                .is_json = !strcmp(options.common.format, "json")};
    struct error *error = do_all(&report);
    lab_go_end(&report.go);
    int status = screen_finish(&report.output, report.disagreements ? EXIT_FINDINGS : EXIT_FINE);
    return error ? say_error(error) : status;
}
