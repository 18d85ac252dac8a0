// SPDX-License-Identifier: MIT
// strata explain LOG [BINARY] [--core FILE]
#include "cli/cmd.h"
#include "cli/explain_core.h"
#include "cli/input.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "explain/cause_program.h"
#include "report/explain.h"
#include "report/writers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct explain_options {
    struct common_options common;
    const char *log, *program, *core;
};

enum { KEY_CORE = 512 };

static const struct argp_option command_options[] = {
    {"core", KEY_CORE, "FILE", 0, "the core that the program left: its maps, too", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct explain_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case KEY_CORE:
        options->core = argument;
        return 0;
    case ARGP_KEY_ARG:
        if (state->arg_num == 0)
            options->log = argument;
        else if (state->arg_num == 1)
            options->program = argument;
        else
            argp_error(state, "one LOG and one BINARY, not \"%s\" besides", argument);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_error(state, "a LOG is wanted; - is standard input");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "LOG [BINARY]",
    .doc = "Goes from the log of a Go program that died of a map to the cause.\v"
           "LOG may hold anything else besides, prefixes of journald, containers or loggers, JSON, and "
           "several deaths; - is "
           "standard input. BINARY is the program that wrote it: with it the runtime's call, the map's type "
           "and name are "
           "told, and whether it is another build. Exit status 1 when the log holds no death of a map.",
    .children = common_children,
};

struct log_input {
    int descriptor;
    uint64_t bytes; // that were read
};

static int read_input(void *context, char *buffer, size_t size_bytes, size_t *got)
{
    struct log_input *input = context;
    ssize_t count;
    while ((count = read(input->descriptor, buffer, size_bytes)) < 0) {
        if (errno == EAGAIN) // a pipe that somebody writes to
            poll(&(struct pollfd){.fd = input->descriptor, .events = POLLIN}, 1, -1);
        else if (errno != EINTR)
            break;
    }
    *got = count > 0 ? (size_t)count : 0;
    input->bytes += *got;
    return count < 0 ? errno : 0;
}

// A file, or a pipe that somebody writes to already (bash's <(...)). Without O_NONBLOCK one that nobody writes to would hang
// the opening, and a device might act on it.
static struct error *read_named(const char *path, struct go_log *log)
{
    struct stat status;
    struct log_input input = {.descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (input.descriptor < 0 || fstat(input.descriptor, &status)) {
        struct error *error = error_system(errno, "%s", path);
        if (input.descriptor >= 0)
            close(input.descriptor);
        return error;
    }
    const bool is_pipe = S_ISFIFO(status.st_mode);
    struct error *error = NULL;
    if (!S_ISREG(status.st_mode) && !is_pipe)
        error = error_create(ERROR_USAGE, "%s: %s", path,
                             S_ISDIR(status.st_mode) ? "is a directory"
                                                     : "not a regular file; - reads standard input");
    if (!error)
        error = go_log_read(path, read_input, &input, log);
    if (!error && is_pipe && !input.bytes)
        error = error_create(ERROR_USAGE, "%s: nobody writes to this pipe; - reads standard input", path);
    close(input.descriptor);
    return error;
}

static struct error *read_log(const char *path, struct go_log *log)
{
    struct log_input input = {.descriptor = STDIN_FILENO};
    return strcmp(path, "-") ? read_named(path, log) : go_log_read("standard input", read_input, &input, log);
}

typedef VEC(struct cause) causes_vec;

struct explain_run {
    const struct explain_options *options;
    struct explain_document about;
    struct go_log log;
    struct arena arena;
    causes_vec causes;
    struct program program;
    struct explain_core *core;
    struct screen_notices notices;
};

static struct error *find_causes(struct explain_run *run)
{
    vec_foreach (const struct log_death *, death, &run->log.deaths) {
        struct cause cause;
        bool is_of_map;
        struct error *error = cause_of_death(death, &run->arena, &cause, &is_of_map);
        if (!error && run->about.program)
            error = cause_add_program(&cause, &run->program, &run->arena, &is_of_map);
        if (!error && is_of_map && run->core && !cause.why_other_build)
            error = explain_core_add(run->core, &run->arena, &cause);
        if (!error && is_of_map && !vec_push(&run->causes, cause))
            error = &error_out_of_memory;
        if (error || !is_of_map)
            cause_free(&cause);
        if (error)
            return error;
        run->about.nil_pointers += !is_of_map;
    }
    return NULL;
}

static struct error *write_causes(struct explain_run *run, struct document *document)
{
    RETURN_IF_ERROR(writer_begin_file(document, &run->about.document));
    vec_foreach (const struct cause *, cause, &run->causes)
        RETURN_IF_ERROR(writer_add(document, &run->about.document, cause));
    return writer_end_file(document, &run->about.document);
}

static struct error *explain(struct explain_run *run, struct output *output)
{
    struct document *document = NULL;
    RETURN_IF_ERROR(read_log(run->options->log, &run->log));
    if (run->options->program) {
        const struct type_source_options options = input_source_options(&run->options->common);
        RETURN_IF_ERROR(program_open(run->options->program, &options, &run->notices.sink, &run->program));
        run->about.program = &run->program.facts;
    }
    if (run->options->core)
        RETURN_IF_ERROR(explain_core_open(run->options->core, run->options->program, &run->options->common,
                                          &run->notices.sink, &run->core));
    RETURN_IF_ERROR(find_causes(run));
    RETURN_IF_ERROR(screen_document(&run->options->common, NULL, output, &document));
    return screen_end(document, write_causes(run, document));
}

static int cmd_explain(int argc, char **argv)
{
    struct explain_options options = {.common.writers = explain_writers};
    options_parse(&argp, argc, argv, &options);
    if (options.program && !strcmp(options.log, "-") && !strcmp(options.program, "-"))
        return say_error(error_create(ERROR_USAGE, "LOG and BINARY cannot both come from standard input"));
    struct explain_run run = {.options = &options, .notices = screen_notices()};
    run.about =
        (struct explain_document){.document = {.style = screen_style(&options.common)},
                                  .log_path = strcmp(options.log, "-") ? options.log : "standard input",
                                  .log = &run.log};
    arena_init(&run.arena);
    struct output output = screen_output();
    struct error *error = explain(&run, &output);
    const int status = screen_finish(&output, run.causes.length ? EXIT_FINE : EXIT_FINDINGS);
    vec_foreach (struct cause *, cause, &run.causes)
        cause_free(cause);
    vec_free(&run.causes);
    say_notices_rest(&run.notices);
    explain_core_close(run.core);
    program_close(&run.program);
    arena_free(&run.arena);
    go_log_free(&run.log);
    return error ? say_error(error) : status;
}

static const struct value_words values[] = {
    {.is_file = true},
    {.option = "core", .is_file = true},
    {0},
};

const struct command command_explain = {
    .name = "explain",
    .arguments = "LOG [BINARY]",
    .summary = "from a Go panic log to its cause",
    .argp = &argp,
    .writers = explain_writers,
    .values = values,
    .only_reads = true,
    .run = cmd_explain,
};
