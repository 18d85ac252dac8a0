// SPDX-License-Identifier: MIT
// What a command does not need, it cannot do any more before it reads a hostile file: write, make or remove files, start
// programs, talk to the network, gain privileges. What is open already stays as it is.
#ifndef STRATA_CLI_GIVE_UP_H
#define STRATA_CLI_GIVE_UP_H

#include <stdbool.h>
#include <stddef.h>

// A folder where a command will put something under a name: files come and go there, and where `writes` is set others
// than those that are open now are written, too (SQLite's journal). Other files there are in reach as well: the kernel
// grants folders, not names.
struct kept_folder {
    char *path; // NULL ends the list
    bool writes;
};

// Called once by the program before it runs a command. Without it nothing is given up: tests run commands in processes that
// go on. `always_kept`: a folder that is kept whatever the command says; NULL: none. Borrowed as long as the program runs.
void give_up_prepare(const char *always_kept);

// By landlock, where the kernel has it (Linux 5.13), and by no_new_privs. Where it is missing or refused, or a folder
// cannot be opened, nothing changes. `kept`: NULL for none. Before any thread is started.
void give_up_all_but(const struct kept_folder *kept);

// The same, but it can still connect: to a database server that went away and comes back.
void give_up_all_but_network(const struct kept_folder *kept);

#endif
