// SPDX-License-Identifier: MIT
// strata verify [FILE …]
#include "check/verify.h"
#include "cli/cmd.h"
#include "cli/give_up.h"
#include "cli/input.h"
#include "cli/input_files.h"
#include "cli/options.h"
#include "cli/verify_process.h"
#include "report/verify.h"
#include "report/writers.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct verify_options {
    struct common_options common;
    char **paths;
    size_t paths_count;
    bool explain, all;
    const char *executable; // of a core, or of a process whose own cannot be read; NULL: found
};

enum { KEY_EXE = 512 };

static const struct argp_option command_options[] = {
    {"explain", 'x', NULL, 0, "tell for each witness how it knows", 1},
    {"all", 'a', NULL, 0, "show what agrees, too", 1},
    {"exe", KEY_EXE, "FILE", 0, "the program's file, where it is not found; it must be the one that runs", 1},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct verify_options *options = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &options->common;
        return 0;
    case 'x':
        options->explain = true;
        return 0;
    case 'a':
        options->all = true;
        return 0;
    case KEY_EXE:
        options->executable = argument;
        return 0;
    case ARGP_KEY_ARGS:
        options->paths = state->argv + state->next;
        options->paths_count = (size_t)(state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = command_options,
    .parser = parse,
    .args_doc = "[FILE...]",
    .doc = "Lays what independent witnesses say of a layout side by side. Of a folder it is every file below "
           "it that has debug information.\v"
           "Without FILE: the maps' own types, by the compiler, by the debug information of the running "
           "executable, by the rule for buckets and groups, and by live memory. With FILE: each type is "
           "recomputed by the rules of the ABI and compared with what is recorded; when the file has Go's "
           "hmap or Swiss Map, or a C struct named hmap, it becomes one more witness; when it has both DWARF "
           "and BTF, these are laid "
           "side by side. A number is a running Go program (a file of that name is ./4711), and a core one "
           "that died: "
           "its maps, by the debug information, by the types that it carries and by its memory. Exit status "
           "1 when any two "
           "disagree.",
    .children = common_children,
};

struct verification {
    struct input_files files; // that the options' paths mean
    const struct verify_options *options;
    struct verify_document about;
    struct document *document;
};

static struct error *write_part(struct verification *verification, struct verifying *verifying,
                                const struct report_file *file)
{
    bool has_check = verifying->has_maps || !file;
    struct verify_part part = {.file = file,
                               .check = has_check ? &verifying->check : NULL,
                               .target = verifying->target,
                               .abi = verifying->has_abi ? &verifying->abi : NULL,
                               .sources = verifying->has_sources ? &verifying->sources : NULL,
                               .notes = verifying->notes.data,
                               .notes_count = verifying->notes.length};
    verification->about.findings += verify_findings(&part);
    return writer_add(verification->document, &verification->about.document, &part);
}

static struct error *gather_file(struct verifying *verifying, struct input *input, const char *path,
                                 const struct common_options *common, const struct verify_own_options *own,
                                 struct selection *all)
{
    RETURN_IF_ERROR(input_open_for(input, path, common, NULL, 0));
    RETURN_IF_ERROR(select_types(&input->query, NULL, 0, SELECT_NO_MORE, all));
    RETURN_IF_ERROR(verify_maps(verifying, &input->query, all, own));
    RETURN_IF_ERROR(verify_abi(verifying, &input->query, all));
    RETURN_IF_ERROR(verify_formats(verifying, &input->query, &own->source));
    return crosscheck_judge(&verifying->check);
}

// A process, by its number, or a core.
static struct error *verify_pid(struct verification *verification, const char *name)
{
    struct screen_notices notices = screen_notices();
    struct verifying verifying;
    verifying_init(&verifying);
    struct error *error = verify_process(&verifying, name, verification->options->executable,
                                         &verification->options->common, &notices.sink);
    if (!error)
        error = crosscheck_judge(&verifying.check);
    const struct report_file file = {.path = name};
    if (!error)
        error = write_part(verification, &verifying, &file);
    say_notices_rest(&notices);
    verifying_free(&verifying);
    return error;
}

static bool is_pid(const char *path)
{
    return *path && !path[strspn(path, "0123456789")];
}

// The core of a program that died. Anything else, what cannot be read included, is a file as others are.
static bool is_core(const char *path)
{
    uint8_t head[18];
    struct stat status;
    if (stat(path, &status) || !S_ISREG(status.st_mode)) // opening a device may do something
        return false;
    const int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0)
        return false;
    const bool is_elf =
        read(file, head, sizeof(head)) == (ssize_t)sizeof(head) && !memcmp(head, ELFMAG, SELFMAG);
    close(file);
    const bool big_endian = is_elf && head[EI_DATA] == ELFDATA2MSB;
    return is_elf && head[16 + big_endian] == ET_CORE && !head[17 - big_endian];
}

static bool is_program(const char *path)
{
    return is_pid(path) || is_core(path);
}

// One FILE, or strata itself when `path` is NULL.
static struct error *verify_one(struct verification *verification, const char *path)
{
    const struct common_options *common = &verification->options->common;
    struct screen_notices notices = screen_notices();
    const struct verify_own_options own = {.source = input_source_options(common),
                                           .cacheline_bytes = common->cacheline_bytes,
                                           .notices = &notices.sink};
    struct verifying verifying;
    struct input input = {0};
    struct selection all = {0};
    verifying_init(&verifying);
    struct error *error = path ? gather_file(&verifying, &input, path, common, &own, &all)
                               : verify_own(&verifying, MAP_DESIGN_CLASSIC | MAP_DESIGN_SWISS, &own);
    if (!error && !path)
        error = crosscheck_judge(&verifying.check);
    if (!error)
        error = write_part(verification, &verifying, path ? &input.file : NULL);
    say_notices_rest(&notices);
    verifying_free(&verifying);
    selection_free(&all);
    input_close(&input);
    return error;
}

static int verify_all(struct verification *verification, int status)
{
    const struct verify_options *options = verification->options;
    struct error *error = options->paths_count ? NULL : verify_one(verification, NULL);
    if (error)
        status = say_error(error);
    for (size_t i = 0; i < verification->files.set.files.length; i++) {
        const struct file_set_file *file = &verification->files.set.files.data[i];
        error = !file->folder && is_program(file->path) ? verify_pid(verification, file->path)
                                                        : verify_one(verification, file->path);
        if (error)
            status = input_files_refuse(&verification->files, i, error, status);
    }
    status = input_files_end(&verification->files, status);
    return status == EXIT_FINE && verification->about.findings ? EXIT_FINDINGS : status;
}

// A process in a landlock may read no memory of a process outside of it, so only files are read in one.
static void give_up_for_files(const struct verify_options *options)
{
    bool has_program = false;
    for (size_t i = 0; i < options->paths_count; i++)
        has_program |= is_program(options->paths[i]);
    if (!has_program)
        give_up_all_but(NULL);
}

// --exe for nothing but files would be passed over in silence.
static struct error *refuse_idle_exe(const struct verification *verification)
{
    if (!verification->options->executable)
        return NULL;
    for (size_t i = 0; i < verification->files.set.files.length; i++) {
        const struct file_set_file *file = &verification->files.set.files.data[i];
        if (!file->folder && is_program(file->path))
            return NULL;
    }
    return error_create(ERROR_USAGE, "--exe is about processes and cores, and none is named");
}

static int cmd_verify(int argc, char **argv)
{
    struct verify_options options = {.common.writers = verify_writers};
    options_parse(&argp, argc, argv, &options);
    give_up_for_files(&options);
    struct verification verification = {.options = &options,
                                        .about = {.document = {.style = screen_style(&options.common)},
                                                  .explain = options.explain,
                                                  .all = options.all}};
    struct output output = screen_output();
    int status = EXIT_FINE;
    struct error *error = input_files_open(&verification.files, (const char *const *)options.paths,
                                           options.paths_count, NULL, &status);
    if (!error)
        error = refuse_idle_exe(&verification);
    if (!error)
        error = screen_document(&options.common, NULL, &output, &verification.document);
    if (!error)
        error = writer_begin_file(verification.document, &verification.about.document);
    if (!error) {
        status = verify_all(&verification, status);
        error = screen_end(verification.document,
                           writer_end_file(verification.document, &verification.about.document));
    }
    input_files_close(&verification.files);
    status = screen_finish(&output, status);
    return error ? say_error(error) : status;
}

static const struct value_words values[] = {{.option = "exe", .is_file = true}, {0}};

const struct command command_verify = {
    .name = "verify",
    .arguments = "[FILE ...]",
    .summary = "layouts by independent witnesses, side by side",
    .argp = &argp,
    .writers = verify_writers,
    .values = values,
    .run = cmd_verify,
};
