// SPDX-License-Identifier: MIT
// Finds the command and runs it.
#include "cli/bus_error.h"
#include "cli/cmd.h"
#include "cli/give_up.h"
#include "cli/input.h"
#include "cli/screen.h"
#include "query/match.h"
#include "report/writer.h"

#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "strata " STRATA_VERSION;

static void print_command(FILE *to, const struct command *command)
{
    fprintf(to, "  %-8s %-19s %s", command->name, command->arguments, command->summary);
    for (size_t i = 0; command->outputs && command->outputs[i]; i++)
        fprintf(to, "%s%s", !i ? ": " : command->outputs[i + 1] ? ", " : " or ", command->outputs[i]->name);
    fputc('\n', to);
}

static void print_help(FILE *to)
{
    fputs("Usage: strata COMMAND [OPTION ...] FILE ...\n"
          "Shows how data lies in memory: every byte of every type of a compiled program.\n\n",
          to);
    for (size_t i = 0; commands[i]; i++)
        print_command(to, commands[i]);
    fputs("\n\"strata COMMAND --help\" tells a command's options, \"strata --version\" the version.\n"
          "Exit status: 0 fine, 1 findings, 2 wrong usage or an input that cannot be read.\n",
          to);
}

// The nearest command; who names a file only wants to see it.
static void refuse(const char *name)
{
    const struct match match = {.text = name};
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (size_t i = 0; commands[i]; i++) {
        size_t distance = match_distance(&match, commands[i]->name);
        if (distance < best) {
            best = distance;
            nearest = commands[i]->name;
        }
    }
    if (nearest)
        fprintf(stderr, "strata: no command \"%s\"; near is: %s\n", name, nearest);
    else if (access(name, F_OK) == 0)
        fprintf(stderr, "strata: no command \"%s\"; to see that file: strata show %s\n", name, name);
    else
        fprintf(stderr, "strata: no command \"%s\"; \"strata --help\" lists them\n", name);
}

// libdebuginfod talks to the network and writes to its cache.
static bool fetches(int argc, char **argv)
{
    static const char option[] = "--debuginfod";
    for (int i = 1; i < argc; i++)
        if (!strncmp(argv[i], option, strlen("--debugi")) &&
            !strncmp(argv[i], option, strlen(argv[i]))) // argp takes beginnings
            return true;
    return false;
}

// Before the options are parsed: what is given up must be known first.
static bool wants_cache(int argc, char **argv)
{
    bool wanted = input_environment_caches();
    for (int i = 1; i < argc && !wanted && strcmp(argv[i], "--"); i++)
        wanted = !strcmp(argv[i], "--cache");
    return wanted;
}

static int run(const struct command *command, int argc, char **argv)
{
    char full_name[64];
    snprintf(full_name, sizeof(full_name), "strata %s", command->name);
    argv[0] = full_name;
    if (!fetches(argc, argv))
        give_up_prepare(wants_cache(argc, argv) ? type_source_cache_folder() : NULL);
    if (command->only_reads)
        give_up_all_but(NULL);
    return command->run(argc, argv);
}

static const struct command *find(const char *name)
{
    return strcmp(name, command_words.name) != 0 ? command_named(name) : &command_words;
}

int main(int argc, char **argv)
{
    errno = 0;
    bool has_locale = setlocale(LC_ALL, "") || errno != ENOMEM; // one that is not there is no failure
    screen_guard();
    bus_error_guard();
    signal(SIGXFSZ, SIG_IGN); // beyond ulimit -f a write fails, with its file's name
    if (!has_locale)
        return say_error(&error_out_of_memory);
    const char *name = argc > 1 ? argv[1] : "";
    bool wants_help =
        !strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help") || !strcmp(name, "-?");
    const struct command *command = find(wants_help && argc > 2 ? argv[2] : name);
    if (wants_help && command) {
        char help[] = "--help";
        return run(command, 2, (char *[]){argv[0], help, NULL});
    }
    if (wants_help && argc > 2 && argv[2][0] != '-') {
        refuse(argv[2]);
        return EXIT_USAGE;
    }
    if (wants_help) {
        print_help(stdout);
        return EXIT_FINE;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        puts(argp_program_version);
        return EXIT_FINE;
    }
    if (command)
        return run(command, argc - 1, argv + 1);
    if (*name)
        refuse(name);
    else
        print_help(stderr);
    return EXIT_USAGE;
}
