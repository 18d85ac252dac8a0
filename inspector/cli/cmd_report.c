// strata report FILE … -o OUT …
//
//     for each FILE:  open ─► select ─► walk ─► visit: one chunk a sink, framed ─► emit: each frame to its
//     sink
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "query/describe.h"
#include "query/select.h"
#include "query/walk.h"
#include "report/sink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { KEY_TYPE = 't', KEY_OUTPUT = 'o', KEY_SOURCE_ROOT = 512 };

struct report_options {
    struct common_options common;
    VEC(char *) paths;
    VEC(char *) outputs;
    VEC(char *) types;
    const char *source_root; // NULL: none
};

static const struct argp_option command_options[] = {
    {"output", KEY_OUTPUT, "OUT", 0, "what to write; several at once may be given", 1},
    {"type", KEY_TYPE, "TYPE", 0, "only this type, as in \"strata show\"; may be given several times", 1},
    {"source-root", KEY_SOURCE_ROOT, "DIR", 0, "in SARIF, name source files below DIR relative to it", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct report_options *options = state->input;
    bool fits = true;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_OUTPUT:
        fits = vec_push(&options->outputs, argument);
        break;
    case KEY_TYPE:
        fits = vec_push(&options->types, argument);
        break;
    case KEY_SOURCE_ROOT:
        options->source_root = argument;
        break;
    case ARGP_KEY_ARG:
        fits = vec_push(&options->paths, argument);
        break;
    case ARGP_KEY_END:
        if (!options->paths.length)
            argp_error(state, "which file?");
        if (!options->outputs.length)
            argp_error(state, "-o: where to? The ending tells the format: -o layouts.html");
        break;
    default:
        return ARGP_ERR_UNKNOWN;
    }
    if (!fits)
        argp_failure(state, EXIT_USAGE, 0, "out of memory");
    return 0;
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE... -o OUT",
    .doc = "Writes the layouts of all types of the files into one report.\v"
           "The ending of OUT tells the format:\n\n"
           "  .html            a page to browse, in one file, without a network\n"
           "  .json            strata.layout/1; of several files strata.layouts/1\n"
           "  .md              a summary for a pull request\n"
           "  .csv             a line a member, hole or padding\n"
           "  .sqlite, .db     tables to be asked in SQL; appends to an older one\n"
           "  .sarif           holes as results of an analysis\n\n"
           "or a name before a colon does: \"-o json:-\" writes to standard output. A report replaces an "
           "older one "
           "only when it is complete.",
    .children = common_children,
};

struct reporting {
    const struct report_options *options;
    struct report_sink **sinks;
    size_t sinks_count;
    struct report_document document; // of the file under way
    struct definitions definitions;
    char label[64];      // of the progress bar: "reporting 2 of 5"
    struct error *error; // the first that a sink returned
};

// --- Chunks on their way through the walk ---

// What stands before each chunk of a batch's output.
struct frame {
    size_t sink, size_bytes;
};

// An empty chunk leaves no frame.
static struct error *encode_framed(struct output *output, const struct reporting *reporting, size_t sink,
                                   const struct report_type *report)
{
    size_t start = output->length;
    struct frame frame = {.sink = sink};
    output_bytes(output, (const char *)&frame, sizeof(frame));
    RETURN_IF_ERROR(reporting->sinks[sink]->kind->encode(output, &reporting->document, report));
    if (output->out_of_memory)
        return &error_out_of_memory;
    frame.size_bytes = output->length - start - sizeof(frame);
    memcpy(output->data + start, &frame, sizeof(frame));
    if (!frame.size_bytes)
        output->length = start;
    return NULL;
}

static struct error *report_visit(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct reporting *reporting = context;
    // Members without a name are opened: nobody could look them up elsewhere in the report.
    static const struct rows_options rows = {.expand_anonymous = true};
    struct description description;
    RETURN_IF_ERROR(describe_type(worker, item, &reporting->definitions, &rows, &description));
    for (size_t i = 0; i < reporting->sinks_count; i++)
        RETURN_IF_ERROR(encode_framed(worker->output, reporting, i, &description.report));
    return NULL;
}

static void report_emit(void *context, const struct output *output)
{
    struct reporting *reporting = context;
    for (size_t at = 0; at < output->length && !reporting->error;) {
        struct frame frame;
        memcpy(&frame, output->data + at, sizeof(frame));
        at += sizeof(frame);
        struct report_sink *sink = reporting->sinks[frame.sink];
        reporting->error = sink->kind->take(sink, output->data + at, frame.size_bytes);
        at += frame.size_bytes;
    }
}

// --- One file ---

static struct error *report_selection(struct reporting *reporting, struct input *input,
                                      const struct selection *selection)
{
    reporting->document =
        (struct report_document){.file = input->file, .source_root = reporting->options->source_root};
    RETURN_IF_ERROR(definitions_number(selection, &reporting->definitions));
    for (size_t i = 0; i < reporting->sinks_count; i++)
        RETURN_IF_ERROR(reporting->sinks[i]->kind->begin_file(reporting->sinks[i], &reporting->document));
    struct walk walk = {.query = &input->query,
                        .selection = selection,
                        .visit = report_visit,
                        .emit = report_emit,
                        .context = reporting,
                        .progress_label = reporting->label};
    struct error *error = walk_types(&walk);
    walk_free(&walk);
    if (error) {
        error_free(reporting->error);
        reporting->error = NULL;
        return error;
    }
    error = reporting->error;
    reporting->error = NULL;
    for (size_t i = 0; i < reporting->sinks_count && !error; i++)
        error = reporting->sinks[i]->kind->end_file(reporting->sinks[i]);
    return error;
}

// A file that cannot be read is told and left out: *is_left_out. An error is one that ends the report.
static struct error *report_file(struct reporting *reporting, const char *path, bool *is_left_out)
{
    const struct report_options *options = reporting->options;
    struct input input = {0};
    struct selection selection = {0};
    struct error *error = input_open(&input, path, &options->common);
    if (!error)
        error = select_types(&input.query, options->types.data, options->types.length, &selection);
    *is_left_out = error != NULL;
    if (error) {
        say_error(error);
        error = NULL;
    } else {
        error = report_selection(reporting, &input, &selection);
    }
    definitions_free(&reporting->definitions);
    selection_free(&selection);
    input_close(&input);
    return error;
}

// --- Sinks ---

// A slip of the hand must not replace the program that is reported on, nor one report by another.
static struct error *check_output(const struct report_options *options, size_t number, const char *path)
{
    struct stat out, in;
    for (size_t i = 0; i < number; i++)
        if (!strcmp(options->outputs.data[i], options->outputs.data[number]))
            return error_create(ERROR_USAGE, "%s: given twice", path);
    if (stat(path, &out))
        return NULL;
    for (size_t i = 0; i < options->paths.length; i++)
        if (!stat(options->paths.data[i], &in) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return error_create(ERROR_USAGE, "%s: both a file to report on and the report", path);
    return NULL;
}

static struct error *open_sinks(struct reporting *reporting)
{
    const struct report_options *options = reporting->options;
    struct report_about about = {.version = STRATA_VERSION,
                                 .cacheline_bytes = options->common.cacheline_bytes};
    reporting->sinks = calloc(options->outputs.length, sizeof(struct report_sink *));
    if (!reporting->sinks)
        return &error_out_of_memory;
    for (size_t i = 0; i < options->outputs.length; i++) {
        const struct report_kind *kind;
        const char *path;
        RETURN_IF_ERROR(report_kind_of(options->outputs.data[i], &kind, &path));
        RETURN_IF_ERROR(check_output(options, i, path));
        RETURN_IF_ERROR(kind->open(path, &about, &reporting->sinks[i]));
        reporting->sinks_count++;
    }
    return NULL;
}

static void discard_sinks(struct reporting *reporting)
{
    for (size_t i = 0; i < reporting->sinks_count; i++)
        reporting->sinks[i]->kind->discard(reporting->sinks[i]);
    reporting->sinks_count = 0;
}

// Each is finished, whatever becomes of the others.
static int finish_sinks(struct reporting *reporting, int status)
{
    for (size_t i = 0; i < reporting->sinks_count; i++) {
        struct error *error = reporting->sinks[i]->kind->finish(reporting->sinks[i]);
        if (error)
            status = say_error(error);
    }
    reporting->sinks_count = 0;
    return status;
}

static int report(struct reporting *reporting)
{
    struct error *error = open_sinks(reporting);
    int status = EXIT_FINE;
    size_t reported = 0;
    for (size_t i = 0; i < reporting->options->paths.length && !error; i++) {
        bool is_left_out = false;
        snprintf(reporting->label, sizeof(reporting->label), "reporting %zu of %zu", i + 1,
                 reporting->options->paths.length);
        error = report_file(reporting, reporting->options->paths.data[i], &is_left_out);
        if (is_left_out)
            status = EXIT_USAGE;
        reported += !is_left_out;
    }
    if (!error && reported)
        return finish_sinks(reporting, status);
    discard_sinks(reporting);
    return error ? say_error(error) : status;
}

int cmd_report(int argc, char **argv)
{
    struct report_options options = {.common.why_no_format =
                                         "the ending of OUT tells the format, or a name does: -o json:-"};
    options_parse(&argp, argc, argv, &options);
    struct reporting reporting = {.options = &options};
    int status = report(&reporting);
    free(reporting.sinks);
    vec_free(&options.paths);
    vec_free(&options.outputs);
    vec_free(&options.types);
    return status;
}
