// SPDX-License-Identifier: MIT
// The table of commands and nothing else.
#include "cli/cmd.h"

#include <string.h>

// clang-format off
#define COMMANDS(command) \
    command(show)         \
    command(list)         \
    command(browse)       \
    command(pack)         \
    command(diff)         \
    command(check)        \
    command(report)       \
    command(verify)       \
    command(maps)         \
    command(watch)        \
    command(lab)          \
    command(explain)
// clang-format on

#define DECLARE(name) extern const struct command command_##name;
COMMANDS(DECLARE)

#define ADDRESS(name) &command_##name,
const struct command *const commands[] = {COMMANDS(ADDRESS) NULL};

const struct command *command_named(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}
