// strata lab [NAME …]
#include "cli/cmd.h"
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
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct lab_options *options = state->input;
    (void)argument;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case ARGP_KEY_ARGS:
        options->names = state->argv + state->next;
        options->names_count = (size_t)(state->argc - state->next);
        return 0;
    case ARGP_KEY_END:
        if (!strcmp(options->common.format, "csv"))
            argp_error(state, "--format: lab writes text or json");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_child children[] = {{&common_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
    .parser = parse,
    .args_doc = "[NAME...]",
    .doc = "Tries what people say of Go's map.\v"
           "Without NAME all experiments are done and listed with their verdicts. With NAME the evidence is "
           "shown: drawn from a live map's events and snapshots, the same on each run but for times and "
           "addresses.",
    .children = children,
};

struct lab_report {
    const struct lab_options *options;
    struct report_style style;
    struct output output;
    bool is_json;
    size_t done;
};

static enum ink verdict_ink(enum lab_verdict verdict)
{
    return verdict == LAB_HOLDS ? INK_FIELD_FIRST : verdict == LAB_PARTLY ? INK_WASTE : INK_WARN;
}

static void verdict_word(struct lab_report *report, enum lab_verdict verdict)
{
    ink_text(&report->output, &report->style, verdict_ink(verdict), lab_verdict_word(verdict));
}

static void line_text(struct lab_report *report, const struct lab_experiment *experiment,
                      const struct lab_notebook *notebook)
{
    enum { NAME_CELLS = 18, VERDICT_CELLS = 11 };
    size_t cells = ink_name(&report->output, &report->style, INK_STRONG, experiment->name);
    output_spaces(&report->output, NAME_CELLS - cells);
    verdict_word(report, notebook->verdict);
    output_spaces(&report->output, VERDICT_CELLS - strlen(lab_verdict_word(notebook->verdict)));
    ink_name(&report->output, &report->style, INK_PLAIN, experiment->claim);
    output_char(&report->output, '\n');
}

static void whole_text(struct lab_report *report, const struct lab_experiment *experiment,
                       const struct lab_notebook *notebook)
{
    struct output *output = &report->output;
    output_text(output, report->done ? "\n" : "");
    ink_name(output, &report->style, INK_STRONG, experiment->name);
    output_text(output, ": ");
    ink_name(output, &report->style, INK_PLAIN, experiment->claim);
    output_text(output, "\n\n");
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

static void json_part(struct lab_report *report, const struct lab_experiment *experiment,
                      const struct lab_notebook *notebook)
{
    struct output *output = &report->output;
    output_text(output, report->done ? ",\n{\"name\":" : "\n{\"name\":");
    safe_json(output, experiment->name);
    output_text(output, ",\"claim\":");
    safe_json(output, experiment->claim);
    output_format(output, ",\"verdict\":\"%s\",\"reason\":", lab_verdict_word(notebook->verdict));
    safe_json(output, notebook->reason);
    output_text(output, ",\"evidence\":[");
    for (size_t i = 0; i < notebook->evidence.length; i++) {
        output_text(output, i ? "," : "");
        safe_json(output, notebook->evidence.data[i]);
    }
    output_text(output, "]}");
}

static void do_one(struct lab_report *report, const struct lab_experiment *experiment)
{
    struct lab_notebook notebook;
    lab_notebook_init(&notebook);
    experiment->run(&notebook);
    if (report->is_json)
        json_part(report, experiment, &notebook);
    else if (report->options->names_count)
        whole_text(report, experiment, &notebook);
    else
        line_text(report, experiment, &notebook);
    report->output.out_of_memory |= notebook.out_of_memory;
    report->done++;
    lab_notebook_free(&notebook);
}

static struct error *unknown_name(const char *name)
{
    return error_create(ERROR_USAGE, "no experiment \"%s\": \"strata lab\" lists them", name);
}

int cmd_lab(int argc, char **argv)
{
    struct lab_options options = {0};
    options_parse(&argp, argc, argv, &options);
    for (size_t i = 0; i < options.names_count; i++)
        if (!lab_find(options.names[i]))
            return say_error(unknown_name(options.names[i]));
    struct lab_report report = {.options = &options,
                                .style = screen_style(&options.common),
                                .output = screen_output(),
                                .is_json = !strcmp(options.common.format, "json")};
    if (report.is_json)
        output_text(&report.output, "{\"schema\":\"strata.lab/1\",\"experiments\":[");
    for (size_t i = 0; i < options.names_count; i++)
        do_one(&report, lab_find(options.names[i]));
    for (size_t i = 0; !options.names_count && lab_experiments[i]; i++)
        do_one(&report, lab_experiments[i]);
    if (report.is_json)
        output_text(&report.output, "\n]}\n");
    return screen_finish(&report.output, EXIT_FINE);
}
