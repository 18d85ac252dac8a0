// SPDX-License-Identifier: MIT
// strata show FILE [TYPE …]
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/many_types.h"
#include "cli/options.h"
#include "cli/type_words.h"
#include "cli/write_types.h"
#include "query/describe.h"
#include "query/select.h"
#include "report/writers.h"

#include <stdlib.h>
#include <string.h>

struct show_options {
    struct common_options common;
    struct type_arguments arguments;
    bool libraries; // of cores, too
    bool expand;
    unsigned depth; // 0: as deep as it goes
    bool bytes;
    unsigned bytes_per_row; // 0: by the size
};

enum { KEY_DEPTH = 512, KEY_SPREADSHEET, KEY_FIRST, KEY_LIBRARIES };

static const struct argp_option command_options[] = {
    {"expand", 'e', NULL, 0,
     "open members that are structs or unions in place, and of arrays of such the first element", 1},
    {"depth", KEY_DEPTH, "N", 0, "open no deeper than N types within each other; implies --expand", 1},
    {"first", KEY_FIRST, NULL, 0, "of each name the first definition alone: FILE is read no further", 1},
    {"bytes", 'b', "8|16", OPTION_ARG_OPTIONAL, "draw the map of bytes, 8 or 16 in a row", 1},
    {"libraries", KEY_LIBRARIES, NULL, 0, "of a core the types of its shared libraries, too", 1},
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
    case KEY_LIBRARIES:
        show->libraries = true;
        return 0;
    case KEY_DEPTH:
        parse_depth(state, argument, show);
        return 0;
    case KEY_SPREADSHEET:
        show->common.spreadsheet = true;
        return 0;
    case KEY_FIRST:
        show->common.first = true;
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
    .args_doc = "[FILE...] [TYPE...]",
    .doc =
        "Shows where every byte of a type goes. FILE may be - for standard input; without it TYPE is of the "
        "running kernel. Of several files, or a folder, each different type is shown once, with the first "
        "file that has it and how many do.\v"
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

// Of several files: where the types of a selection were met, by position.
struct shown_places {
    const char *path;
    const uint64_t *files; // how many have it
    const uint64_t *copies;
};

struct showing {
    struct rows_options rows;
    const struct shown_places *places; // NULL: there is one file
    struct definitions definitions;
    struct writing writing;
};

static struct error *show_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct showing *showing = context;
    struct description description;
    RETURN_IF_ERROR(describe_type(worker, item, &showing->definitions, writing_needs(&showing->writing),
                                  &showing->rows, &description));
    if (showing->places) {
        description.type.in_path = showing->places->path;
        description.type.in_files = showing->places->files[item->position];
        description.type.copies = showing->places->copies[item->position];
    }
    return writing_add(&showing->writing, worker, &description.type);
}

// `definitions` are of all that is shown.
static struct error *show_selection(struct input *input, const struct show_options *options,
                                    const struct selection *selection, const struct definitions *definitions,
                                    const struct shown_places *places, struct document *document)
{
    struct report_document about = {.file = input->file, .style = screen_style(&options->common)};
    about.style.bytes = options->bytes;
    about.style.bytes_per_row = options->bytes_per_row;
    // A document has one row a member; a person wants to see what the elements of an array are made of.
    struct showing showing = {.rows = {.expand_anonymous = true,
                                       .expand = options->expand,
                                       .elements = options->common.writer == &show_text,
                                       .depth = options->depth},
                              .places = places,
                              .definitions = *definitions,
                              .writing = {.documents = &document,
                                          .documents_count = 1,
                                          .about = &about,
                                          .progress_label = "computing",
                                          .visit = show_type,
                                          .context = &showing}};
    return write_types(&input->query, selection, &showing.writing);
}

// --- Several files ---
//
// First all are read for what they have, then those that have something of their own are opened again, one after the other, and that is
// shown: so a type can say in how many files it is, and no more than one file's types are in memory.

struct show_many {
    const struct show_options *options;
    struct many_types many;
    struct definitions definitions; // by number of the fold
};

static bool is_same_name(const struct type_summary *a, const struct type_summary *b)
{
    return a->name && b->name && !strcmp(a->name, b->name) && !strcmp(a->kind, b->kind);
}

static int by_name_then_number(const void *left, const void *right)
{
    const struct folded *a = *(const struct folded *const *)left, *b = *(const struct folded *const *)right;
    int order = strcmp(a->summary.name ? a->summary.name : "", b->summary.name ? b->summary.name : "");
    if (!order)
        order = strcmp(a->summary.kind, b->summary.kind);
    return order ? order : (a > b) - (a < b);
}

// Different types of one name, over all files.
static struct error *number_definitions(struct show_many *show)
{
    const struct folded *types = show->many.fold.types.data;
    const size_t count = show->many.fold.types.length;
    const struct folded **sorted = calloc(count + 1, sizeof(*sorted));
    show->definitions.numbers = calloc(count + 1, sizeof(unsigned));
    show->definitions.counts = calloc(count + 1, sizeof(unsigned));
    if (!sorted || !show->definitions.numbers || !show->definitions.counts) {
        free(sorted);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &types[i];
    qsort(sorted, count, sizeof(*sorted), by_name_then_number);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && is_same_name(&sorted[first]->summary, &sorted[end]->summary);)
            end++;
        for (size_t i = first; i < end; i++) {
            show->definitions.numbers[sorted[i] - types] = (unsigned)(i - first + 1);
            show->definitions.counts[sorted[i] - types] = (unsigned)(end - first);
        }
    }
    free(sorted);
    return NULL;
}

// Leaves in the selection the types from `first` to `end` of the fold, which are all of one file.
static struct error *show_some(struct show_many *show, struct input *input, struct selection *selection,
                               size_t first, size_t end, struct document *document)
{
    const struct folded *types = show->many.fold.types.data;
    const size_t count = end - first;
    uint64_t *files = calloc(count, sizeof(*files)), *copies = calloc(count, sizeof(*copies));
    struct error *error = files && copies ? NULL : &error_out_of_memory;
    size_t kept = 0;
    for (size_t i = first; i < end && !error; i++) {
        if (types[i].position >= selection->count) // the file became another one meanwhile
            error = error_create(ERROR_BAD_FORMAT, "%s: changed while it was read", input->file.path);
        else
            selection->numbers[kept] = selection->numbers[types[i].position];
        files[kept] = types[i].summary.in_files;
        copies[kept++] = types[i].summary.copies;
    }
    selection->count = kept;
    const struct shown_places places = {.path = input->file.path, .files = files, .copies = copies};
    const struct definitions definitions = {show->definitions.numbers + first,
                                            show->definitions.counts + first};
    if (!error)
        error = show_selection(input, show->options, selection, &definitions, &places, document);
    free(files);
    free(copies);
    return error;
}

static struct error *show_file(struct show_many *show, size_t first, size_t end, struct document *document)
{
    const struct file_set_file *file =
        &show->many.walk.files.set.files.data[show->many.fold.types.data[first].file];
    struct input input = {0};
    struct selection selection = {0};
    struct error *error = input_open_quietly(&input, file->path, &show->options->common);
    if (!error)
        error = select_types(&input.query, show->many.walk.patterns, show->many.walk.patterns_count,
                             SELECT_NO_MORE, &selection);
    if (!error)
        error = show_some(show, &input, &selection, first, end, document);
    selection_free(&selection);
    input_close(&input);
    return error;
}

static struct error *show_files(struct show_many *show, struct document *document)
{
    const struct folded *types = show->many.fold.types.data;
    const size_t count = show->many.fold.types.length;
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && types[end].file == types[first].file;)
            end++;
        RETURN_IF_ERROR(show_file(show, first, end, document));
    }
    return NULL;
}

// Documents for programs are those of `strata report`, which know of several files.
static const struct writer *show_several_writer(const struct writer *writer)
{
    const struct writer *other = writer == &show_text ? NULL : writer_named(report_writers, writer->name);
    return other ? other : writer;
}

static struct error *show_read(void *context, int *status)
{
    struct show_many *show = context;
    RETURN_IF_ERROR(number_definitions(show));
    struct common_options common = show->options->common;
    common.writer = show_several_writer(common.writer);
    struct output output = screen_output();
    struct document *document;
    struct error *error = screen_document(&common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, show_files(show, document));
    *status = screen_finish(&output, *status);
    return error;
}

static int show_many(void *context, const struct type_words *words)
{
    const struct show_options *options = context;
    struct show_many show = {.options = options,
                             .many.walk = {.common = &options->common, .libraries = options->libraries}};
    const int status = many_types_run(&show.many, words, show_read, &show);
    definitions_free(&show.definitions);
    many_types_free(&show.many);
    return status;
}

// --- One file ---

static struct error *show_all(struct input *input, const struct show_options *options,
                              const struct selection *selection, struct document *document)
{
    struct definitions definitions;
    struct error *error = definitions_number(selection, &definitions);
    if (!error)
        error = show_selection(input, options, selection, &definitions, NULL, document);
    definitions_free(&definitions);
    return error;
}

static int show(void *context, struct input *input, const struct type_arguments *arguments)
{
    const struct show_options *options = context;
    struct selection selection;
    struct error *error = input_open_types(input, arguments, &options->common, SELECT_NO_MORE, &selection);
    if (error)
        return say_error(error);
    struct output output = screen_output();
    input_introduce(input, &options->common, &output);
    struct document *document;
    error = screen_document(&options->common, NULL, &output, &document);
    if (!error)
        error = screen_end(document, show_all(input, options, &selection, document));
    int status = say_missing(&selection.missing, screen_finish(&output, EXIT_FINE));
    selection_free(&selection);
    return error ? say_error(error) : status;
}

static int cmd_show(int argc, char **argv)
{
    struct show_options options = {.common.writers = show_writers};
    options_parse(&argp, argc, argv, &options);
    static const struct type_words_ways ways = {show_many, show};
    return type_words_run(&options.arguments, options.libraries, &ways, &options);
}

static const struct value_words values[] = {
    {.option = "bytes", .words = "8 16"},
    {0},
};

const struct command command_show = {
    .name = "show",
    .arguments = "[FILE...] [TYPE...]",
    .summary = "layouts of types, drawn",
    .argp = &argp,
    .writers = show_writers,
    .values = values,
    .only_reads = true,
    .run = cmd_show,
};
