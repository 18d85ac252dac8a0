// SPDX-License-Identifier: MIT
// strata report FILE … -o OUT …
//
//     for each FILE:  open ─► select ─► write_types: each type into all documents
#include "base/vec.h"
#include "cli/cmd.h"
#include "cli/file_list.h"
#include "cli/give_up.h"
#include "cli/input.h"
#include "cli/input_files.h"
#include "cli/options.h"
#include "cli/source_root.h"
#include "cli/write_types.h"
#include "query/describe.h"
#include "query/select.h"
#include "report/out_file.h"
#include "report/writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_TYPE = 't',
    KEY_OUTPUT = 'o',
    KEY_SOURCE_ROOT = 512,
    KEY_SPREADSHEET,
    KEY_FILES_FROM,
    KEY_SLICE,
    KEY_PARTITION,
    KEY_WAIT,
};
enum { PARTS_MOST = 512, WAIT_MOST = 86400 };

struct report_options {
    struct common_options common;
    VEC(char *) paths;
    VEC(char *) outputs;
    VEC(char *) types;
    const char *source_root; // NULL: none
    const char *list;        // of --files-from; NULL: none
    char *list_text;
    struct file_slice slice;
    unsigned parts, wait_seconds;
};

static const struct argp_option command_options[] = {
    {"output", KEY_OUTPUT, "OUT", 0, "what to write; several at once may be given", 1},
    {"type", KEY_TYPE, "TYPE", 0, "only this type, as in \"strata show\"; may be given several times", 1},
    {"spreadsheet", KEY_SPREADSHEET, NULL, 0, SPREADSHEET_HELP, 1},
    {"source-root", KEY_SOURCE_ROOT, "DIR", 0, SOURCE_ROOT_HELP, 1},
    {"files-from", KEY_FILES_FROM, "LIST", 0,
     "the files are the lines of LIST, too; one that cannot be read is a row with its error there and no "
     "failure "
     "where every OUT has such rows (- is standard input)",
     2},
    {"slice", KEY_SLICE, "I/N", 0, "only every N-th of the files, from the I-th on: a task of a job", 2},
    {"partition", KEY_PARTITION, "N", 0, "an NDJSON is a folder of N files, a type in the one of its shape",
     2},
    {"wait", KEY_WAIT, "SECONDS", 0, "how long a database that is away is waited for (default 60)", 2},
    {0},
};

static bool add_path(void *context, char *path)
{
    struct report_options *options = context;
    return vec_push(&options->paths, path);
}

static void parse_slice(struct report_options *options, const char *text, struct argp_state *state)
{
    if (!file_slice_parse(text, &options->slice))
        argp_error(state, "--slice: '%s' is no I/N with I from 1 to N", text);
}

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
    case KEY_SPREADSHEET:
        options->common.spreadsheet = true;
        break;
    case KEY_SOURCE_ROOT:
        options->source_root = argument;
        break;
    case ARGP_KEY_ARG:
        fits = vec_push(&options->paths, argument);
        break;
    case KEY_FILES_FROM:
        options->list = argument;
        break;
    case KEY_SLICE:
        parse_slice(options, argument, state);
        break;
    case KEY_PARTITION:
        options->parts = (unsigned)options_range(state, "partition", argument, 1, PARTS_MOST);
        break;
    case KEY_WAIT:
        options->wait_seconds = (unsigned)options_range(state, "wait", argument, 0, WAIT_MOST);
        break;
    case ARGP_KEY_END:
        if (!options->paths.length && !options->list)
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

// Two columns: the endings of each format, and what it is.
static void write_endings(struct output *output)
{
    enum { ENDINGS_CELLS = 21 };
    for (size_t i = 0; report_writers[i]; i++) {
        const struct writer *writer = report_writers[i];
        output_text(output, "  ");
        size_t cells = 0;
        if (writer->server) {
            output_format(output, "%s:%s", writer->name, writer->server);
            cells = strlen(writer->name) + 1 + strlen(writer->server);
        }
        for (size_t e = 0; e < WRITER_ENDINGS_MOST && writer->endings[e]; e++) {
            output_text(output, e ? ", " : "");
            output_text(output, writer->endings[e]);
            cells += strlen(writer->endings[e]) + (e ? 2 : 0);
        }
        output_repeat(output, " ", cells < ENDINGS_CELLS ? ENDINGS_CELLS - cells : 1);
        output_format(output, "%s\n", writer->meaning);
    }
}

// As argp asks: the text itself, or one that argp frees.
static char *help_of(int key, const char *text, void *input)
{
    (void)input;
    if (key != ARGP_KEY_HELP_POST_DOC)
        return (char *)text;
    struct output help = {0};
    output_text(&help, "The ending of OUT tells the format:\n\n");
    write_endings(&help);
    output_text(&help, text);
    return options_help(&help, text);
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "FILE... -o OUT",
    .doc = "Writes the layouts of all types of the files into one report. Of a folder it is every file below "
           "it that has debug information.\v"
           "\nor a name before a colon does: \"-o json:-\" writes to standard output. A report replaces an "
           "older one "
           "only when it is complete.",
    .children = common_children,
    .help_filter = help_of,
};

struct reporting {
    const struct report_options *options;
    struct source_root root;
    struct screen_notices notices; // about the documents
    struct input_files files;
    bool *is_repeated; // of each file of a job: an earlier one has the same path; NULL: none is looked for
    struct document **documents;
    size_t documents_count;
    struct definitions definitions; // of the file under way, as is what follows
    struct writing writing;
    char label[64];    // of the progress bar: "reporting 2 of 5"
    char *types;       // those asked for, as one text; NULL: all
    bool keeps_errors; // a file that cannot be read becomes a row in every document
};

static struct error *report_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct reporting *reporting = context;
    // Members without a name are opened: nobody could look them up elsewhere in the report.
    static const struct rows_options rows = {.expand_anonymous = true};
    struct description description;
    RETURN_IF_ERROR(describe_type(worker, item, &reporting->definitions, writing_needs(&reporting->writing),
                                  &rows, &description));
    return writing_add(&reporting->writing, worker, &description.type);
}

// --- One file ---

static struct error *report_selection(struct reporting *reporting, struct input *input,
                                      const struct selection *selection)
{
    const struct report_options *options = reporting->options;
    const struct report_document about = {.file = input->file,
                                          .style = {.spreadsheet = options->common.spreadsheet},
                                          .source_root = options->source_root ? &reporting->root : NULL};
    reporting->writing = (struct writing){.documents = reporting->documents,
                                          .documents_count = reporting->documents_count,
                                          .about = &about,
                                          .progress_label = reporting->label,
                                          .visit = report_type,
                                          .context = reporting};
    RETURN_IF_ERROR(definitions_number(selection, &reporting->definitions));
    return write_types(&input->query, selection, &reporting->writing);
}

// A file of the same size and time as before is the same file: what make and rsync go by, too. What is read of it besides
// its bytes belongs to it: of several formats or machines the one that was asked for. NULL: it has to be read.
enum { STAMP_BYTES = 96 };

static const char *stamp_of(const struct type_source_facts *facts, const struct common_options *common,
                            char stamp[STAMP_BYTES])
{
    struct stat file;
    if (common->base || stat(facts->debug_path, &file) || !S_ISREG(file.st_mode))
        return NULL;
    snprintf(stamp, STAMP_BYTES, "%lld:%lld.%09ld %s %u", (long long)file.st_size,
             (long long)file.st_mtim.tv_sec, file.st_mtim.tv_nsec, facts->format, facts->machine);
    return stamp;
}

// Whether every document holds the file as it is now.
static struct error *documents_have(struct reporting *reporting, struct input *input, bool *has)
{
    const struct report_document about = {.file = input->file};
    *has = true;
    for (size_t i = 0; i < reporting->documents_count && *has; i++)
        RETURN_IF_ERROR(writer_has_file(reporting->documents[i], &about, has));
    return NULL;
}

// In a job the files that cannot be read were looked at, too: that is what it says of them.
static bool is_job(const struct report_options *options)
{
    return options->list || options->slice.slices;
}

// Whether a file that cannot be read is a row and no failure.
static bool is_kept(const struct reporting *reporting)
{
    return is_job(reporting->options) && reporting->keeps_errors;
}

static struct error *leave_out(struct reporting *reporting, const char *path, const struct error *error)
{
    const struct report_left_out file = {.path = path, .message = error->message};
    for (size_t i = 0; i < reporting->documents_count; i++)
        RETURN_IF_ERROR(writer_leave_out(reporting->documents[i], &file));
    return NULL;
}

// A file that cannot be read is left out, and its error goes to the files. An error that is returned is one that ends the
// report. *status becomes that of a name that is none.
static struct error *report_file(struct reporting *reporting, size_t number, size_t *reported, int *status)
{
    const char *path = reporting->files.set.files.data[number].path;
    const struct report_options *options = reporting->options;
    struct input input = {0};
    struct selection selection = {0};
    bool is_there = false;
    char stamp[STAMP_BYTES];
    struct error *error =
        is_kept(reporting) // it may have the file already
            ? input_open(&input, path, &options->common)
            : input_open_for(&input, path, &options->common, options->types.data, options->types.length);
    if (!error) {
        input.file.stamp = stamp_of(&input.source->facts, &options->common, stamp);
        struct error *failure = documents_have(reporting, &input, &is_there);
        if (failure || is_there) {
            ++*reported;
            input_close(&input);
            return failure;
        }
        error = select_types(&input.query, options->types.data, options->types.length, SELECT_NO_MORE,
                             &selection);
    }
    struct error *refusal = error;
    if (refusal) {
        error = leave_out(reporting, path, refusal);
    } else {
        ++*reported;
        error = report_selection(reporting, &input, &selection);
        refusal = reporting->writing.refused;
        *status = say_missing(&selection.missing, *status);
    }
    if (refusal) {
        const int refused = input_files_refuse(&reporting->files, number, refusal, *status);
        *status = is_kept(reporting) ? *status : refused;
    }
    definitions_free(&reporting->definitions);
    selection_free(&selection);
    input_close(&input);
    return error;
}

// --- Documents ---

// Whether two outputs are one file: by name where it is not there yet, links followed.
static bool is_same_place(const char *a, const char *b)
{
    struct stat first, second;
    if (!strcmp(a, b))
        return true;
    bool is_first = !(strcmp(a, "-") ? stat(a, &first) : fstat(STDOUT_FILENO, &first));
    bool is_second = !(strcmp(b, "-") ? stat(b, &second) : fstat(STDOUT_FILENO, &second));
    if (is_first && is_second) // /dev/null takes any number of reports
        return first.st_dev == second.st_dev && first.st_ino == second.st_ino && !S_ISCHR(first.st_mode);
    return false;
}

// The folder's real path and the name in it.
static struct error *absolute_path(const char *path, char **absolute)
{
    char *resolved = NULL, *folder = NULL;
    *absolute = NULL;
    RETURN_IF_ERROR(out_file_resolve(path, &resolved));
    char *slash = strrchr(resolved, '/');
    const char *name = slash ? slash + 1 : resolved;
    if (slash)
        *slash = '\0';
    folder = realpath(!slash ? "." : *resolved ? resolved : "/", NULL);
    // A folder that is not there gives its own message when the file is opened.
    if (asprintf(absolute, "%s/%s", folder ? folder : path, name) < 0)
        *absolute = NULL;
    free(folder);
    free(resolved);
    return *absolute ? NULL : &error_out_of_memory;
}

static struct error *check_apart(const char *path, const char *other)
{
    char *a = NULL, *b = NULL;
    struct error *error = absolute_path(path, &a);
    if (!error)
        error = absolute_path(other, &b);
    if (!error && (is_same_place(path, other) || !strcmp(a, b)))
        error = error_create(ERROR_USAGE, "%s: given twice", path);
    free(a);
    free(b);
    return error;
}

// A slip of the hand must not replace the program that is reported on, nor one report by another.
static struct error *check_output(const struct reporting *reporting, size_t number, const char *path)
{
    const struct report_options *options = reporting->options;
    struct stat out, in;
    for (size_t i = 0; i < number; i++) {
        const struct writer *writer;
        const char *other;
        RETURN_IF_ERROR(writer_of_path(report_writers, options->outputs.data[i], &writer, &other));
        if (strcmp(path, other) || strcmp(path, "/dev/null"))
            RETURN_IF_ERROR(check_apart(path, other));
    }
    if (stat(path, &out))
        return NULL;
    vec_foreach (const struct file_set_file *, file, &reporting->files.set.files)
        if (!stat(file->path, &in) && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
            return error_create(ERROR_USAGE, "%s: both a file to report on and the report", path);
    return NULL;
}

static struct error *open_documents(struct reporting *reporting)
{
    const struct report_options *options = reporting->options;
    struct document_about about = {.version = STRATA_VERSION,
                                   .homepage = STRATA_HOMEPAGE,
                                   .cacheline_bytes = options->common.cacheline_bytes,
                                   .source_root = options->source_root ? &reporting->root : NULL,
                                   .notices = &reporting->notices.sink,
                                   .parts = options->parts,
                                   .slice = options->slice.slice,
                                   .slices = options->slice.slices,
                                   .wait_seconds = options->wait_seconds,
                                   .types = reporting->types};
    bool has_parts = !options->parts;
    reporting->documents = calloc(options->outputs.length, sizeof(struct document *));
    if (!reporting->documents)
        return &error_out_of_memory;
    for (size_t i = 0; i < options->outputs.length; i++) {
        const struct writer *writer;
        struct document_place place = {0};
        RETURN_IF_ERROR(writer_of_path(report_writers, options->outputs.data[i], &writer, &place.path));
        if (!writer->server)
            RETURN_IF_ERROR(check_output(reporting, i, place.path));
        has_parts |= writer->in_parts;
        reporting->keeps_errors &= writer->leave_out != NULL;
        RETURN_IF_ERROR(writer_open(writer, &place, &about, &reporting->documents[i]));
        reporting->documents_count++;
    }
    return has_parts ? NULL
                     : error_create(ERROR_USAGE, "--partition: no OUT of this report is a folder of parts");
}

// The folder in which the document gets its name: of a document in parts it is the document.
static struct error *kept_path(bool in_parts, const char *path, char **folder)
{
    if (in_parts) {
        *folder = strdup(path);
        return *folder ? NULL : &error_out_of_memory;
    }
    RETURN_IF_ERROR(absolute_path(path, folder));
    *strrchr(*folder, '/') = '\0';
    return NULL;
}

// Documents stand beside the older ones by now. Once they are whole each goes to the name it was given, and SQLite keeps a
// journal beside its database.
static struct error *give_up(const struct reporting *reporting)
{
    const struct report_options *options = reporting->options;
    struct kept_folder *kept = calloc(options->outputs.length + 1, sizeof(*kept));
    struct error *error = kept ? NULL : &error_out_of_memory;
    bool has_server = false;
    for (size_t i = 0, count = 0; i < options->outputs.length && !error; i++) {
        const struct writer *writer;
        const char *path;
        struct stat out;
        error = writer_of_path(report_writers, options->outputs.data[i], &writer, &path);
        has_server |= !error && writer->server;
        if (error || writer->server || !strcmp(path, "-") ||
            (!stat(path, &out) && !S_ISREG(out.st_mode) && !S_ISDIR(out.st_mode)))
            continue; // is open
        error = kept_path(writer->in_parts && options->parts, path, &kept[count].path);
        kept[count++].writes = writer == &report_sqlite;
    }
    if (!error)
        (has_server ? give_up_all_but_network : give_up_all_but)(kept);
    for (size_t i = 0; kept && kept[i].path; i++)
        free(kept[i].path);
    free(kept);
    return error;
}

static void discard_documents(struct reporting *reporting)
{
    for (size_t i = 0; i < reporting->documents_count; i++)
        writer_discard(reporting->documents[i]);
    reporting->documents_count = 0;
}

// Each is finished, whatever becomes of the others.
static int finish_documents(struct reporting *reporting, int status)
{
    for (size_t i = 0; i < reporting->documents_count; i++) {
        struct error *error = writer_finish(reporting->documents[i]);
        if (error)
            status = say_error(error);
    }
    reporting->documents_count = 0;
    return status;
}

static struct error *take_list(struct report_options *options)
{
    if (options->list)
        RETURN_IF_ERROR(file_list_read(options->list, &options->list_text, add_path, options));
    return options->paths.length ? NULL
                                 : error_create(ERROR_USAGE, "%s: no file is in the list", options->list);
}

static int by_path(const void *a, const void *b)
{
    const struct file_set_file *const *first = a, *const *second = b;
    const int order = strcmp((*first)->path, (*second)->path);
    return order ? order : *first < *second ? -1 : *first > *second;
}

// A list may name a file twice, and a folder of it the same once more. All tasks of a job leave out the same ones, so that the
// file is there once whichever slices its lines belong to.
static struct error *find_repeated(struct reporting *reporting)
{
    const struct file_set_file *files = reporting->files.set.files.data;
    const size_t count = reporting->files.set.files.length;
    if (!is_job(reporting->options))
        return NULL;
    const struct file_set_file **sorted = calloc(count + 1, sizeof(*sorted));
    reporting->is_repeated = calloc(count + 1, sizeof(bool));
    if (!sorted || !reporting->is_repeated) {
        free(sorted);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < count; i++)
        sorted[i] = &files[i];
    qsort(sorted, count, sizeof(*sorted), by_path);
    for (size_t i = 1; i < count; i++)
        reporting->is_repeated[sorted[i] - files] = !strcmp(sorted[i]->path, sorted[i - 1]->path);
    free(sorted);
    return NULL;
}

static struct error *join_types(struct reporting *reporting)
{
    const struct report_options *options = reporting->options;
    struct output text = {0};
    for (size_t i = 0; i < options->types.length; i++)
        output_format(&text, i ? "\n%s" : "%s", options->types.data[i]);
    if (options->types.length)
        output_char(&text, '\0');
    reporting->types = text.data;
    return output_finish(&text);
}

static int report(struct reporting *reporting)
{
    int status = EXIT_FINE;
    const struct report_options *options = reporting->options;
    struct error *error = source_root_open(options->source_root, &reporting->root);
    if (!error)
        error = input_files_open(&reporting->files, (const char *const *)options->paths.data,
                                 options->paths.length, NULL, &status);
    if (!error)
        error = find_repeated(reporting);
    if (!error)
        error = join_types(reporting);
    if (!error)
        error = open_documents(reporting);
    if (!error)
        error = give_up(reporting);
    size_t reported = 0;
    const size_t count = reporting->files.set.files.length;
    for (size_t i = 0; i < count && !error; i++) {
        if (!file_slice_has(&options->slice, i) || (reporting->is_repeated && reporting->is_repeated[i]))
            continue;
        snprintf(reporting->label, sizeof(reporting->label), "reporting %zu of %zu", i + 1, count);
        error = report_file(reporting, i, &reported, &status);
    }
    if (!error && !is_kept(reporting))
        status = input_files_end(&reporting->files, status);
    // What of several files is a row for each that cannot be read, is something to keep even when it is nothing else.
    const bool has_rows =
        reporting->keeps_errors && (is_job(options) || file_set_is_several(&reporting->files.set));
    if (!error && (reported || has_rows))
        return finish_documents(reporting, status);
    discard_documents(reporting);
    return error ? say_error(error) : status;
}

static int cmd_report(int argc, char **argv)
{
    struct report_options options = {.wait_seconds = 60,
                                     .common.why_no_format =
                                         "the ending of OUT tells the format, or a name does: -o json:-"};
    options_parse(&argp, argc, argv, &options);
    struct reporting reporting = {.options = &options, .notices = screen_notices(), .keeps_errors = true};
    struct error *error = take_list(&options);
    int status = error ? say_error(error) : report(&reporting);
    source_root_free(&reporting.root);
    input_files_close(&reporting.files);
    free(reporting.is_repeated);
    free(reporting.documents);
    free(reporting.types);
    free(options.list_text);
    vec_free(&options.paths);
    vec_free(&options.outputs);
    vec_free(&options.types);
    return status;
}

static const struct value_words values[] = {
    {.option = "output", .is_file = true},
    {.option = "source-root", .is_folder = true},
    {.option = "files-from", .is_file = true},
    {0},
};

const struct command command_report = {
    .name = "report",
    .arguments = "FILE ... -o OUT",
    .summary = "a report",
    .outputs = report_writers,
    .argp = &argp,
    .values = values,
    .run = cmd_report,
};
