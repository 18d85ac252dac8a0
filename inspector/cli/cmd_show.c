// SPDX-License-Identifier: MIT
// strata show FILE [TYPE …]
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/write_types.h"
#include "query/describe.h"
#include "query/select.h"
#include "report/writers.h"

#include <string.h>

struct show_options {
    struct common_options common;
    struct type_arguments arguments;
    bool expand;
    unsigned depth; // 0: as deep as it goes
    bool bytes;
    unsigned bytes_per_row; // 0: by the size
};

enum { KEY_DEPTH = 512, KEY_SPREADSHEET };

static const struct argp_option command_options[] = {
    {"expand", 'e', NULL, 0,
     "open members that are structs or unions in place, and of arrays of such the first element", 1},
    {"depth", KEY_DEPTH, "N", 0, "open no deeper than N types within each other; implies --expand", 1},
    {"bytes", 'b', "8|16", OPTION_ARG_OPTIONAL, "draw the map of bytes, 8 or 16 in a row", 1},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0, SPREADSHEET_HELP, 1},
    {0},
};

static void parse_depth(struct argp_state *state, const char *text, struct show_options *show)
{
    show->expand = true;
    show->depth = (unsigned)options_number(state, "depth", text, 63);
}

// An optional argument needs a "="; people write "--bytes 16", and a file of that name is "./16".
static const char *take_row_bytes(struct argp_state *state)
{
    const char *next = state->next < state->argc ? state->argv[state->next] : "";
    if (strcmp(next, "8") != 0 && strcmp(next, "16") != 0)
        return NULL;
    state->next++;
    return next;
}

static void parse_bytes(struct argp_state *state, const char *text, struct show_options *show)
{
    show->bytes = true;
    if (!text)
        text = take_row_bytes(state);
    if (text)
        show->bytes_per_row = (unsigned)options_number(state, "bytes", text, 16);
    if (text && show->bytes_per_row != 8 && show->bytes_per_row != 16)
        argp_error(state, "--bytes: %s is neither 8 nor 16", text);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct show_options *show = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &show->common;
        return 0;
    case 'e':
        show->expand = true;
        return 0;
    case KEY_DEPTH:
        parse_depth(state, argument, show);
        return 0;
    case KEY_SPREADSHEET:
        show->common.spreadsheet = true;
        return 0;
    case 'b':
        parse_bytes(state, argument, show);
        return 0;
    case ARGP_KEY_ARGS:
        show->arguments = options_take_types(state);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "which file, or which type of the running kernel?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE] [TYPE...]",
    .doc =
        "Shows where every byte of a type goes. FILE may be - for standard input; without it TYPE is of the "
        "running kernel.\v"
        "TYPE is an exact qualified name (\"ns::Map<int, char>\", \"main.Demo\", with or without "
        "\"struct\"), a "
        "glob (\"list_*\") or /a regular expression/. The end of a name (\"Demo\") stands for the one type "
        "that ends so. A type without a tag goes by its typedef, or by the variable that holds it. Without "
        "TYPE all types with members are shown; of an enumeration its names and values.\n\n"
        "Own waste counts the holes and the padding of the type itself; \"with nested\" adds those of "
        "what lies "
        "in it by value.",
    .children = common_children,
};

struct showing {
    struct rows_options rows;
    struct definitions definitions;
    struct writing writing;
};

static struct error *show_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct showing *showing = context;
    struct description description;
    RETURN_IF_ERROR(describe_type(worker, item, &showing->definitions, writing_needs(&showing->writing),
                                  &showing->rows, &description));
    return writing_add(&showing->writing, worker, &description.type);
}

static struct error *show_selection(struct input *input, const struct show_options *options,
                                    const struct selection *selection, struct document *document)
{
    struct report_document about = {.file = input->file, .style = screen_style(&options->common)};
    about.style.bytes = options->bytes;
    about.style.bytes_per_row = options->bytes_per_row;
    // A document has one row a member; a person wants to see what the elements of an array are made of.
    struct showing showing = {.rows = {.expand_anonymous = true,
                                       .expand = options->expand,
                                       .elements = options->common.writer == &show_text,
                                       .depth = options->depth},
                              .writing = {.documents = &document,
                                          .documents_count = 1,
                                          .about = &about,
                                          .progress_label = "computing",
                                          .visit = show_type,
                                          .context = &showing}};
    struct error *error = definitions_number(selection, &showing.definitions);
    if (!error)
        error = write_types(&input->query, selection, &showing.writing);
    definitions_free(&showing.definitions);
    return error;
}

static int show(struct input *input, const struct show_options *options)
{
    struct selection selection;
    struct error *error =
        input_open_types(input, &options->arguments, &options->common, SELECT_NO_MORE, &selection);
    if (error)
        return say_error(error);
    struct output output = screen_output();
    input_introduce(input, &options->common, &output);
    struct document *document;
    error = screen_document(&options->common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, show_selection(input, options, &selection, document));
    int status = say_missing(&selection.missing, screen_finish(&output, EXIT_FINE));
    selection_free(&selection);
    return error ? say_error(error) : status;
}

static int cmd_show(int argc, char **argv)
{
    struct show_options options = {.common.writers = show_writers};
    options_parse(&argp, argc, argv, &options);
    struct input input = {0};
    int status = show(&input, &options);
    input_close(&input);
    return status;
}

static const struct value_words values[] = {
    {.option = "bytes", .words = "8 16"},
    {0},
};

const struct command command_show = {
    .name = "show",
    .arguments = "[FILE] [TYPE ...]",
    .summary = "layouts of types, drawn",
    .argp = &argp,
    .writers = show_writers,
    .values = values,
    .only_reads = true,
    .run = cmd_show,
};
