// A subcommand: its name, a line for the help, and what runs it. Exit statuses are of all commands alike.
#ifndef STRATA_CLI_CMD_H
#define STRATA_CLI_CMD_H

enum exit_status {
    EXIT_FINE = 0,
    EXIT_FINDINGS = 1, // a check failed, a difference was found
    EXIT_USAGE = 2,    // wrong usage, or an input that cannot be read
};

struct command {
    const char *name;
    const char *arguments; // "FILE [TYPE …]"
    const char *summary;
    // argv[0] is "strata NAME", for argp's messages. Returns an exit_status.
    int (*run)(int argc, char **argv);
};

int cmd_show(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_pack(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_report(int argc, char **argv);
int cmd_verify(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_lab(int argc, char **argv);

#endif
