// The table of commands and nothing else.
#include "cli/cmd.h"

#include <string.h>

extern const struct command command_show, command_list, command_pack, command_diff, command_check,
    command_report, command_verify, command_watch, command_lab, command_explain, command_words;

const struct command *const commands[] = {
    &command_show,   &command_list,  &command_pack, &command_diff,    &command_check, &command_report,
    &command_verify, &command_watch, &command_lab,  &command_explain, &command_words, NULL,
};

const struct command *command_named(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}
