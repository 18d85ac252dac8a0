// The dispatch table and nothing else.
#include "cli/cmd.h"
#include "query/match.h"

#include <argp.h>
#include <locale.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *argp_program_version = "strata " STRATA_VERSION;

static const struct command commands[] = {
    {"show", "FILE [TYPE ...]", "layouts of types, drawn", cmd_show},
    {"list", "FILE", "a line a type, sorted and filtered", cmd_list},
    {"pack", "FILE TYPE ...", "the best order of members, as source to paste", cmd_pack},
    {"diff", "OLD NEW [TYPE ...]", "what changed in layout, and why", cmd_diff},
    {"check", "FILE --rules RULES", "which types break the budgets of a file of rules", cmd_check},
    {"report", "FILE ... -o OUT", "a report: html, json, md, csv, sqlite or sarif", cmd_report},
    {"verify", "[FILE ...]", "layouts by independent witnesses, side by side", cmd_verify},
    {"watch", "", "a live map, to watch and to play with", cmd_watch},
    {"lab", "[NAME ...]", "experiments on what is said of Go's map, with verdicts", cmd_lab},
};

enum { COMMANDS_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *to)
{
    fputs("Usage: strata COMMAND [OPTION ...] FILE ...\n"
          "Shows how data lies in memory: every byte of every type of a compiled program.\n\n",
          to);
    for (int i = 0; i < COMMANDS_COUNT; i++)
        fprintf(to, "  %-8s %-18s %s\n", commands[i].name, commands[i].arguments, commands[i].summary);
    fputs("\n\"strata COMMAND --help\" tells a command's options, \"strata --version\" the version.\n"
          "Exit status: 0 fine, 1 findings, 2 wrong usage or an input that cannot be read.\n",
          to);
}

static const struct command *command_named(const char *name)
{
    for (int i = 0; i < COMMANDS_COUNT; i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

// The nearest command; who names a file only wants to see it.
static void refuse(const char *name)
{
    const struct match match = {.text = name};
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (int i = 0; i < COMMANDS_COUNT; i++) {
        size_t distance = match_distance(&match, commands[i].name);
        if (distance < best) {
            best = distance;
            nearest = commands[i].name;
        }
    }
    if (nearest)
        fprintf(stderr, "strata: no command \"%s\"; near is: %s\n", name, nearest);
    else if (access(name, F_OK) == 0)
        fprintf(stderr, "strata: no command \"%s\"; to see that file: strata show %s\n", name, name);
    else
        fprintf(stderr, "strata: no command \"%s\"; \"strata --help\" lists them\n", name);
}

static int run(const struct command *command, int argc, char **argv)
{
    char full_name[64];
    snprintf(full_name, sizeof(full_name), "strata %s", command->name);
    argv[0] = full_name;
    return command->run(argc, argv);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    const char *name = argc > 1 ? argv[1] : "";
    bool wants_help =
        !strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help") || !strcmp(name, "-?");
    const struct command *command = command_named(wants_help && argc > 2 ? argv[2] : name);
    if (wants_help && command) {
        char help[] = "--help";
        return run(command, 2, (char *[]){argv[0], help, NULL});
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
