// The dispatch table and nothing else.
#include "cli/cmd.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct command commands[] = {
    {"show", "FILE [TYPE ...]", "layouts of types, drawn", cmd_show},
    {"list", "FILE", "a line a type, sorted and filtered", cmd_list},
    {"pack", "FILE TYPE ...", "the best order of members, as source to paste", cmd_pack},
    {"diff", "OLD NEW [TYPE ...]", "what changed in layout, and why", cmd_diff},
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

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    const char *name = argc > 1 ? argv[1] : "";
    if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help") || !strcmp(name, "-?")) {
        print_help(stdout);
        return EXIT_FINE;
    }
    if (!strcmp(name, "--version") || !strcmp(name, "-V")) {
        puts("strata " STRATA_VERSION);
        return EXIT_FINE;
    }
    const struct command *command = command_named(name);
    if (!command) {
        if (*name)
            fprintf(stderr, "strata: no command \"%s\"\n\n", name);
        print_help(stderr);
        return EXIT_USAGE;
    }
    char full_name[64];
    snprintf(full_name, sizeof(full_name), "strata %s", command->name);
    argv[1] = full_name;
    return command->run(argc - 1, argv + 1);
}
