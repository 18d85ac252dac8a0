// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include "base/attributes.h"
#include "base/slices.h"
#include "cli/cmd.h"
#include "cli/screen.h"
#include "layout/align.h"
#include "object/debug_server.h"
#include "report/writers.h"
#include "source/source_open.h"

#include <ctype.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KEY_CACHELINE = 256,
    KEY_THREADS,
    KEY_DEBUG_DIR,
    KEY_DWO_DIR,
    KEY_NO_DEBUG_LINK,
    KEY_DEBUGINFOD,
    KEY_CACHE,
    KEY_COLOUR,
    KEY_HEX,
    KEY_SOURCE,
    KEY_ARCH,
    KEY_BASE,
    KEY_ANY_EXPANSION
};

#define COLOUR_OPTION                                                                                        \
    {                                                                                                        \
        "color", KEY_COLOUR, "WHEN", 0,                                                                      \
            "auto (default), always or never; auto keeps NO_COLOR, CLICOLOR_FORCE and FORCE_COLOR", 10       \
    }

static const struct argp_option colour_options[] = {COLOUR_OPTION, {0}};
static const struct argp_option options[] = {
    {"format", 'f', "FORMAT", 0, "of the output", 10},
    {"cacheline", KEY_CACHELINE, "BYTES", 0, "size of the target's cache lines (default 64)", 10},
    {"hex", KEY_HEX, NULL, 0, "offsets and sizes in hexadecimal", 10},
    COLOUR_OPTION,
    {"debug-dir", KEY_DEBUG_DIR, "DIR", 0,
     "where separate debug files are (default /usr/lib/debug); may be given several times", 20},
    {"dwo-dir", KEY_DWO_DIR, "DIR", 0,
     "where the .dwo files of split debug information are, if not where they were compiled; may be given "
     "several times",
     20},
    {"debuginfod", KEY_DEBUGINFOD, NULL, 0,
     "fetch debug files that are not here from the servers of DEBUGINFOD_URLS; without it the network is "
     "never used",
     20},
    {"no-debug-link", KEY_NO_DEBUG_LINK, NULL, 0, "read FILE itself only", 20},
    {"any-expansion", KEY_ANY_EXPANSION, NULL, 0, "read what is compressed however much it grows", 20},
    {"arch", KEY_ARCH, "NAME", 0,
     "which part of a universal FILE of macOS is read: arm64, x86_64, … (default: this machine's, else the "
     "first)",
     20},
    {"source", KEY_SOURCE, "dwarf|btf", 0, "where types come from in a FILE that holds both (default dwarf)",
     20},
    {"base", KEY_BASE, "FILE", 0, "the kernel that a module's BTF continues (default: found where it can be)",
     20},
    {"cache", KEY_CACHE, NULL, 0,
     "keep the index of FILE in ~/.cache/strata, and use what is there (as STRATA_CACHE=1)", 20},
    {"threads", KEY_THREADS, "N", 0, "threads to work with (default: one a processor)", 20},
    {0},
};

uint64_t options_range(struct argp_state *state, const char *name, const char *text, uint64_t least,
                       uint64_t most)
{
    char *end;
    errno = 0;
    uint64_t number = strtoull(text, &end, 0);
    if (!isdigit((unsigned char)*text) || *end || errno || number < least || number > most)
        argp_error(state, "--%s: \"%s\" is no number from %llu to %llu", name, text,
                   (unsigned long long)least, (unsigned long long)most);
    return number;
}

uint64_t options_number(struct argp_state *state, const char *name, const char *text, uint64_t most)
{
    return options_range(state, name, text, 1, most);
}

char *options_help(struct output *help, const char *text)
{
    output_char(help, '\0');
    if (!help->out_of_memory)
        return help->data;
    output_free(help);
    return (char *)text;
}

unsigned options_word(struct argp_state *state, const char *name, const char *text,
                      const char *(*word)(unsigned number))
{
    char all[256] = "";
    for (unsigned i = 0; word(i); i++) {
        size_t length = strlen(all);
        if (!strcmp(word(i), text))
            return i;
        snprintf(all + length, sizeof(all) - length, "%s%s", i ? ", " : "", word(i));
    }
    argp_error(state, "--%s: \"%s\" is none of %s", name, text, all);
    return 0;
}

static const char *colour_word(unsigned number)
{
    static const char *const words[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never", NULL};
    return words[number];
}

static void add_folder(struct argp_state *state, const char *option, const char *folder, const char **folders,
                       unsigned *count)
{
    if (*count == DEBUG_FOLDERS_MOST)
        argp_error(state, "--%s: no more than %d of them", option, DEBUG_FOLDERS_MOST);
    else
        folders[(*count)++] = folder;
}

static const char *source_word(unsigned number)
{
    return type_source_formats[number];
}

enum { FORMAT_NAMES_BYTES = 128 };

// "text, json, csv" in `names`, with a remark behind the first.
static const char *format_names(const struct common_options *common, const char *remark,
                                char names[static FORMAT_NAMES_BYTES])
{
    int length = snprintf(names, FORMAT_NAMES_BYTES, "%s%s", common->writers[0]->name, remark);
    for (size_t i = 1; common->writers[i] && length < FORMAT_NAMES_BYTES; i++)
        length +=
            snprintf(names + length, (size_t)(FORMAT_NAMES_BYTES - length), ", %s", common->writers[i]->name);
    return names;
}

static void parse_format(struct argp_state *state, const char *text, struct common_options *common)
{
    if (common->why_no_format)
        argp_error(state, "--format: %s", common->why_no_format);
    common->writer = writer_named(common->writers, text);
    if (common->writer)
        return;
    char names[FORMAT_NAMES_BYTES];
    argp_error(state, "--format: \"%s\" is none of %s", text, format_names(common, "", names));
}

// --help of --format says what this command takes. As argp asks: the text itself, or one that argp frees.
static char *help_of(int key, const char *text, void *input)
{
    const struct common_options *common = input;
    char names[FORMAT_NAMES_BYTES];
    char *own = NULL;
    if (key == 'f' && common)
        own =
            strdup(common->why_no_format ? common->why_no_format : format_names(common, " (default)", names));
    return own ? own : (char *)text;
}

static error_t parse_common(int key, char *argument, struct argp_state *state)
{
    struct common_options *common = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        *common = (struct common_options){.writers = common->writers,
                                          .why_no_format = common->why_no_format,
                                          .writer = common->writers ? common->writers[0] : NULL,
                                          .cacheline_bytes = 64};
        return 0;
    case 'f':
        parse_format(state, argument, common);
        return 0;
    case KEY_CACHELINE:
        common->cacheline_bytes = options_number(state, "cacheline", argument, 1 << 20);
        if (!align_is_valid(common->cacheline_bytes))
            argp_error(state, "--cacheline: %s is no power of two", argument);
        return 0;
    case KEY_HEX:
        common->hex = true;
        return 0;
    case KEY_COLOUR:
        common->colour = (enum colour_when)options_word(state, "color", argument, colour_word);
        return 0;
    case KEY_DEBUG_DIR:
        add_folder(state, "debug-dir", argument, common->debug_folders, &common->debug_folders_count);
        return 0;
    case KEY_DWO_DIR:
        add_folder(state, "dwo-dir", argument, common->dwo_folders, &common->dwo_folders_count);
        return 0;
    case KEY_CACHE:
        common->cache = true;
        return 0;
    case KEY_NO_DEBUG_LINK:
        common->stay = true;
        return 0;
    case KEY_DEBUGINFOD:
        if (!debug_server_is_named())
            argp_error(state, "--debuginfod: DEBUGINFOD_URLS names no server");
        common->fetch = true;
        return 0;
    case KEY_ANY_EXPANSION:
        common->any_expansion = true;
        return 0;
    case KEY_SOURCE:
        common->source = source_word(options_word(state, "source", argument, source_word));
        return 0;
    case KEY_ARCH:
        common->slice = argument;
        return 0;
    case KEY_BASE:
        common->base = argument;
        return 0;
    case KEY_THREADS:
        common->threads = (unsigned)options_number(state, "threads", argument, THREADS_MOST);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp options_argp = {.options = options, .parser = parse_common, .help_filter = help_of};
const struct argp_child common_children[] = {{&options_argp, 0, NULL, 0}, {0}};

const struct argp colour_argp = {.options = colour_options, .parser = parse_common};

// --help, --usage and what they may be shortened to.
static bool may_ask_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        const size_t length = strlen(argv[i]);
        if (!strcmp(argv[i], "-?") ||
            (length > 2 && (!strncmp("--help", argv[i], length) || !strncmp("--usage", argv[i], length))))
            return true;
    }
    return false;
}

static void hand_on(int from)
{
    char piece[4096];
    ssize_t count;
    (void)lseek(from, 0, SEEK_SET);
    while ((count = read(from, piece, sizeof(piece))) > 0)
        if (write(STDERR_FILENO, piece, (size_t)count) != count)
            return;
}

// What argp cannot allocate it otherwise leaves out, or all of its help, and the process ends well.
static void refuse_half_a_help(void)
{
    if (errno == ENOMEM)
        _exit(say_error(&error_out_of_memory));
}

// argp asserts that it gets the memory for its help, and an assertion ends the process with words of its own. So help is
// written by a child: when that is ended so, we say what was wrong. Returns when the words ask for something else.
static void help_apart(const struct argp *argp, int argc, char **argv, void *input)
{
    enum { NO_HELP = 113 }; // as an exit status
    int status;
    const int words = memfd_create("stderr", MFD_CLOEXEC);
    const pid_t child = words < 0 ? -1 : fork();
    if (child < 0)
        exit(say_error(&error_out_of_memory));
    if (!child) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        (void)dup2(words, STDERR_FILENO);
        errno = atexit(refuse_half_a_help) ? ENOMEM : 0;
        if (!errno)
            (void)argp_parse(argp, argc, argv, 0, NULL, input);
        _exit(errno == ENOMEM ? say_error(&error_out_of_memory) : NO_HELP);
    }
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NO_HELP) {
        close(words);
        return;
    }
    if (WIFEXITED(status)) {
        hand_on(words);
        _exit(WEXITSTATUS(status));
    }
    if (WTERMSIG(status) == SIGABRT)
        exit(say_error(&error_out_of_memory));
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
    exit(EXIT_USAGE);
}

void options_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    argp_err_exit_status = EXIT_USAGE;
    if (may_ask_for_help(argc, argv))
        help_apart(argp, argc, argv, input);
    error_t error = argp_parse(argp, argc, argv, 0, NULL, input);
    if (error)
        exit(say_error(error == ENOMEM ? &error_out_of_memory : error_system(error, "options")));
}

struct type_arguments options_take_types(const struct argp_state *state)
{
    return (struct type_arguments){state->argv + state->next, (size_t)(state->argc - state->next)};
}
