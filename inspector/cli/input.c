// SPDX-License-Identifier: MIT
#include "cli/input.h"

#include "object/archive.h"

#include "base/slices.h"
#include "report/writer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

bool input_environment_caches(void)
{
    const char *value = getenv("STRATA_CACHE");
    return value && *value && strcmp(value, "0") != 0;
}

struct type_source_options input_source_options(const struct common_options *common)
{
    return (struct type_source_options){.debug_folders =
                                            common->debug_folders_count ? common->debug_folders : NULL,
                                        .dwo_folders = common->dwo_folders_count ? common->dwo_folders : NULL,
                                        .any_expansion = common->any_expansion,
                                        .stay = common->stay,
                                        .fetch = common->fetch,
                                        .first = common->first,
                                        .cache = common->cache || input_environment_caches(),
                                        .slice = common->slice,
                                        .threads = common->threads ? common->threads : threads_available(),
                                        .format = common->source,
                                        .base_path = common->base};
}

static const struct abi *abi_of(const struct type_source *source)
{
    return abi_of_platform(source->facts.machine, source->facts.address_bits, source->facts.platform);
}

struct query input_query(const struct type_source *source, const struct common_options *common,
                         unsigned threads, struct notice_sink *notices, struct progress_sink *progress)
{
    return (struct query){
        .source = source,
        .layout = {.abi = abi_of(source), .cacheline_bytes = common->cacheline_bytes},
        .threads = threads,
        .first = common->first,
        .notices = notices,
        .progress = progress,
    };
}

struct report_file input_report_file(const struct type_source *source)
{
    const struct type_source_facts *facts = &source->facts;
    return (struct report_file){.path = facts->path,
                                .build_id = facts->build_id,
                                .machine = abi_of(source)->name,
                                .bits = facts->address_bits,
                                .big_endian = facts->big_endian};
}

static struct error *open_with(struct input *input, struct screen_notices notices, const char *path,
                               const struct common_options *common, const struct type_source_ahead *ahead)
{
    struct type_source_options options = input_source_options(common);
    options.ahead = *ahead;
    *input = (struct input){.notices = notices, .progress = screen_progress()};
    options.progress = &input->progress.sink;
    RETURN_IF_ERROR(type_source_open(path, &options, &input->notices.sink, &input->source));
    input->query =
        input_query(input->source, common, options.threads, &input->notices.sink, &input->progress.sink);
    input->file = input_report_file(input->source);
    return NULL;
}

struct error *input_open(struct input *input, const char *path, const struct common_options *common)
{
    const struct type_source_ahead nothing = {0};
    return open_with(input, screen_notices(), path, common, &nothing);
}

struct error *input_open_for(struct input *input, const char *path, const struct common_options *common,
                             char *const *patterns, size_t patterns_count)
{
    CLEANUP(select_ahead_free) struct select_ahead ahead;
    select_ahead_make(patterns, patterns_count, common->first, &ahead);
    return open_with(input, screen_notices(), path, common, &ahead.ahead);
}

static void take_nothing(struct notice_sink *sink, const char *line)
{
    (void)sink;
    (void)line;
}

struct error *input_open_quietly(struct input *input, const char *path, const struct common_options *common)
{
    const struct type_source_ahead nothing = {0};
    return open_with(input, (struct screen_notices){.sink = {.take = take_nothing}}, path, common, &nothing);
}

void input_close(struct input *input)
{
    say_notices_rest(&input->notices);
    type_source_close(input->source);
    *input = (struct input){0};
}

// ---- a file, or the running kernel ----------------------------------------------------------------------

// "/list_.*/" is a pattern, "/proc/" a folder: it is there.
static bool is_regex(const char *word)
{
    const size_t length = strlen(word);
    return length > 2 && word[0] == '/' && word[length - 1] == '/';
}

bool input_is_path(const char *word)
{
    if (!strcmp(word, "-") || access(word, F_OK) == 0 || errno != ENOENT)
        return true;
    return archive_names_member(word) || (strchr(word, '/') && !is_regex(word));
}

static struct error *neither_error(const char *word, struct error *error)
{
    struct error *both =
        error_create(error->code, "%s: no such file; and of the running kernel: %s", word, error->message);
    error_free(error);
    return both;
}

static struct error *open_kernel_types(struct input *input, const struct type_arguments *arguments,
                                       const struct common_options *common, enum select_also also,
                                       struct selection *selection)
{
    struct error *error = input_open(input, type_source_kernel, common);
    input->is_kernel = true;
    // Whether the kernel is meant is up to the first: the others are types then, or mistakes.
    if (!error)
        error = select_types(&input->query, arguments->words, arguments->count ? 1 : 0, also, selection);
    if (error)
        return arguments->count ? neither_error(arguments->words[0], error) : error;
    if (arguments->count < 2)
        return NULL;
    selection_free(selection);
    return select_types(&input->query, arguments->words, arguments->count, also, selection);
}

struct error *input_open_types(struct input *input, const struct type_arguments *arguments,
                               const struct common_options *common, enum select_also also,
                               struct selection *selection)
{
    if (!arguments->count || !input_is_path(arguments->words[0]))
        return open_kernel_types(input, arguments, common, also, selection);
    RETURN_IF_ERROR(
        input_open_for(input, arguments->words[0], common, arguments->words + 1, arguments->count - 1));
    return select_types(&input->query, arguments->words + 1, arguments->count - 1, also, selection);
}

void input_introduce(const struct input *input, const struct common_options *common, struct output *output)
{
    struct utsname system;
    if (!input->is_kernel || !common->writer || strcmp(common->writer->name, "text") != 0 ||
        uname(&system) != 0)
        return;
    output_format(output, "the running kernel, %s %s (%s)\n\n", system.sysname, system.release,
                  input->file.path);
}
