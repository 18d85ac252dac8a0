// SPDX-License-Identifier: MIT
// strata browse
#include "base/clock.h"
#include "base/vec.h"
#include "browse/browse.h"
#include "cli/cmd.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "cli/view_options.h"
#include "object/bundle.h"
#include "report/safe_text.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { KEY_ALL = 512, KEY_ABI };

typedef VEC(char *) paths_vec;

struct browse_command {
    struct common_options common;
    struct view_options view;
    char **words;
    size_t words_count;
    bool all; // two files: no comparison
    struct other_abi abi;
};

static const struct argp_option command_options[] = {
    {"all", KEY_ALL, NULL, 0, "of two files: the types of both, nothing is compared", 1},
    {"abi", KEY_ABI, "NAME", 0, "lay each type out by the rules of another machine, too, beside its own", 1},
    {0},
};

static const struct argp_child children[] = {{&options_argp, 0, NULL, 0}, {&view_argp, 0, NULL, 0}, {0}};

static void parse_abi(struct argp_state *state, const char *name, struct browse_command *command)
{
    if (other_abi_named(name, &command->abi))
        return;
    struct output names = {0};
    other_abi_names(&names, ", ");
    output_char(&names, '\0');
    argp_error(state, "--abi: \"%s\" is none of %s", name, names.data ? names.data : "?");
    output_free(&names);
}

static void write_abi_words(struct output *output)
{
    other_abi_names(output, " ");
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct browse_command *command = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &command->common;
        state->child_inputs[1] = &command->view;
        return 0;
    case KEY_ABI:
        parse_abi(state, argument, command);
        return 0;
    case KEY_ALL:
        command->all = true;
        return 0;
    case ARGP_KEY_ARGS:
        command->words = state->argv + state->next;
        command->words_count = (size_t)(state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE [TYPE]]\nOLD NEW\nFILE|FOLDER ...",
    .doc = "Shows the types of a program in the terminal, to move about in: a list to sort, filter and "
           "group, and the layout of each; and "
           "lets you try another order of members. Two files are compared. Without FILE it is the running "
           "kernel. Press ? for all keys.",
    .children = children,
};

// --- Which files ---

enum { FILES_MOST = 4096 };

static int name_compare(const FTSENT **left, const FTSENT **right)
{
    return strcmp((*left)->fts_name, (*right)->fts_name);
}

// All files below the folder, in the order of their names; links are not followed.
static struct error *take_folder(char *folder, paths_vec *paths)
{
    char *const folders[] = {folder, NULL};
    FTS *tree = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, name_compare);
    if (!tree)
        return error_system(errno, "%s", folder);
    struct error *error = NULL;
    for (FTSENT *entry; !error && paths->length < FILES_MOST && (entry = fts_read(tree));) {
        char *copy = entry->fts_info == FTS_F ? strdup(entry->fts_path) : NULL;
        if (entry->fts_info == FTS_F && (!copy || !vec_push(paths, copy)))
            error = &error_out_of_memory;
    }
    fts_close(tree);
    return error;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode) && !bundle_is(path);
}

// The words as paths; those of folders stand for all files below. *from_folder: so that what is no program is passed over.
static struct error *take_paths(const struct browse_command *command, size_t words_count, paths_vec *paths,
                                bool *from_folder)
{
    for (size_t i = 0; i < words_count; i++) {
        char *word = command->words[i];
        if (!is_folder(word)) {
            char *copy = strdup(word);
            if (!copy || !vec_push(paths, copy))
                return &error_out_of_memory;
            continue;
        }
        *from_folder = true;
        RETURN_IF_ERROR(take_folder(word, paths));
    }
    return NULL;
}

struct inputs {
    struct input *data;
    size_t count;
};

static bool is_no_program(const struct error *error)
{
    return error->code == ERROR_NO_DEBUG || error->code == ERROR_BAD_FORMAT ||
           error->code == ERROR_UNSUPPORTED;
}

static struct error *open_inputs(const paths_vec *paths, bool from_folder,
                                 const struct common_options *common, struct inputs *inputs)
{
    size_t passed_over = 0;
    inputs->data = calloc(paths->length + 1, sizeof(*inputs->data));
    if (!inputs->data)
        return &error_out_of_memory;
    for (size_t i = 0; i < paths->length; i++) {
        struct error *error = input_open(&inputs->data[inputs->count], paths->data[i], common);
        if (error && !(from_folder && is_no_program(error)))
            return error;
        if (error) {
            input_close(&inputs->data[inputs->count]);
            error_free(error);
            passed_over++;
        } else {
            inputs->count++;
        }
    }
    if (!inputs->count)
        return error_create(ERROR_NO_DEBUG, "none of %zu files holds debug information", passed_over);
    return NULL;
}

static void inputs_close(struct inputs *inputs)
{
    for (size_t i = 0; inputs->data && i <= inputs->count; i++)
        input_close(&inputs->data[i]);
    free(inputs->data);
}

// --- Showing ---

static void say_notice(void *context, const char *line)
{
    struct screen_notices *notices = context;
    notice_give(&notices->sink, line);
}

static double since_ms(uint64_t start_ns)
{
    return (double)(clock_ns() - start_ns) / 1e6;
}

// Of all threads so far.
static double processor_ms(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

// What the first screen has cost, and all of them; for whoever measures.
static struct error *say_figures(struct browse *browse, const struct view_options *view, uint64_t start_ns)
{
    struct rusage usage;
    const int rows = view->rows ? view->rows : 40, cells = view->columns ? view->columns : 120;
    RETURN_IF_ERROR(view_stack_frame(&browse->views, rows, cells));
    fprintf(stderr, "first screen %.1f ms (processor %.1f), %zu types on it of %u so far\n",
            since_ms(start_ns), processor_ms(), browse->scene.list.lines_count, browse->model.count);
    RETURN_IF_ERROR(browse_wait(browse));
    RETURN_IF_ERROR(view_stack_frame(&browse->views, rows, cells));
    getrusage(RUSAGE_SELF, &usage);
    fprintf(stderr, "all of %u types %.1f ms (processor %.1f), %ld MiB\n", browse->model.count,
            since_ms(start_ns), processor_ms(), usage.ru_maxrss / 1024);
    return NULL;
}

static struct error *show(struct browse *browse, const struct browse_command *command, uint64_t start_ns,
                          int *signal_number)
{
    view_prepare(&command->view, &browse->views);
    if (view_is_scripted(&command->view)) {
        if (command->view.figures)
            RETURN_IF_ERROR(say_figures(browse, &command->view, start_ns));
        RETURN_IF_ERROR(browse_wait(browse));
    }
    return view_run(&browse->views, &command->view, command->common.colour, signal_number);
}

// The type that is named, in the first file.
static struct error *show_type(struct browse *browse, struct input *input, char *type)
{
    struct selection selection;
    struct error *error = select_types(&input->query, &type, 1, SELECT_ENUMERATIONS, &selection);
    if (error) // of the kernel, which nobody named, when the word was meant for a file
        return input->is_kernel ? error_prefix(error, "%s: no such file; and of the running kernel", type)
                                : error;
    error = browse_show(browse, 0, &selection.index->entries[selection.numbers[0]]);
    selection_free(&selection);
    return error;
}

// Names of a hostile file must not move the cursor, nor reorder what is read.
static void print_source(char *source, const struct browse_command *command)
{
    const bool is_ascii = screen_style(&command->common).ascii;
    struct output output = screen_output();
    fflush(stdout); // the frames
    for (char *line = source, *end; *line; line = end) {
        end = strchr(line, '\n');
        *end++ = '\0';
        const size_t depth = strspn(line, "\t"); // Go's
        output_repeat(&output, "\t", depth);
        safe_text(&output, line + depth, is_ascii);
        output_char(&output, '\n');
    }
    screen_finish(&output, 0);
}

static struct error *browse_inputs(struct inputs *inputs, const struct browse_command *command, char *type,
                                   uint64_t start_ns, int *signal_number)
{
    struct query *queries = calloc(inputs->count, sizeof(*queries));
    struct browse *browse = calloc(1, sizeof(*browse));
    struct error *error = queries && browse ? NULL : &error_out_of_memory;
    for (size_t i = 0; !error && i < inputs->count; i++)
        queries[i] = inputs->data[i].query;
    const struct browse_options options = {
        .compares = inputs->count == 2 && !command->all,
        .cacheline_bytes = command->common.cacheline_bytes ? command->common.cacheline_bytes : 64,
        .theme = view_theme(&command->view),
        .is_hex = command->common.hex,
        .other_abi = command->abi};
    if (!error)
        error = browse_open(browse, queries, inputs->count, &options);
    if (!error)
        browse_view_open(browse);
    if (!error && type)
        error = show_type(browse, &inputs->data[0], type);
    if (!error)
        error = show(browse, command, start_ns, signal_number);
    if (browse) {
        if (browse->model.work)
            model_notices(&browse->model, say_notice, &inputs->data[0].notices);
        if (!error && browse->printed)
            print_source(browse->printed, command);
        browse_close(browse);
    }
    free(browse);
    free(queries);
    return error;
}

// FILE TYPE, or files: a second word that is no file is a type.
static struct error *browse(const struct browse_command *command, uint64_t start_ns, int *signal_number)
{
    paths_vec paths = {0};
    struct inputs inputs = {0};
    bool from_folder = false;
    char *type = NULL;
    size_t files = command->words_count;
    struct error *error = NULL;
    if (files && !input_is_path(command->words[0])) {
        if (files > 1) // else it may be one of the kernel's types
            return error_system(ENOENT, "%s", command->words[0]);
        files = 0;
    }
    if (files < command->words_count && command->words_count == 1)
        type = command->words[0];
    else if (command->words_count == 2 && files && !input_is_path(command->words[1]))
        type = command->words[--files];
    if (!files) {
        inputs.data = calloc(2, sizeof(*inputs.data));
        error = inputs.data ? input_open(&inputs.data[0], type_source_kernel, &command->common)
                            : &error_out_of_memory;
        if (error && type)
            error = error_prefix(error, "%s: no such file; and of the running kernel", type);
        inputs.count = error ? 0 : 1;
        if (inputs.data)
            inputs.data[0].is_kernel = true;
    } else {
        error = take_paths(command, files, &paths, &from_folder);
        if (!error)
            error = open_inputs(&paths, from_folder, &command->common, &inputs);
    }
    if (!error)
        error = browse_inputs(&inputs, command, type, start_ns, signal_number);
    inputs_close(&inputs);
    vec_foreach (char **, path, &paths)
        free(*path);
    vec_free(&paths);
    return error;
}

static int cmd_browse(int argc, char **argv)
{
    struct browse_command command = {.common.why_no_format =
                                         "browse shows a screen: strata show and list write documents"};
    const uint64_t start_ns = clock_ns();
    int signal_number = 0;
    options_parse(&argp, argc, argv, &command);
    struct error *error = browse(&command, start_ns, &signal_number);
    if (error)
        return say_error(error);
    view_die_of(signal_number);
    return EXIT_FINE;
}

static const struct value_words values[] = {
    {.option = "abi", .write = write_abi_words},
    {.option = "theme", .words = "auto dark light"},
    {.option = "as", .words = "text ansi svg"},
    {0},
};

const struct command command_browse = {
    .name = "browse",
    .arguments = "[FILE [TYPE]]",
    .summary = "the types in the terminal, to move about in and to try other orders",
    .argp = &argp,
    .values = values,
    .run = cmd_browse,
};
