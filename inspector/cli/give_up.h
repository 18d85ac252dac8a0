// What a command that only reads does not need, it cannot do any more before it reads a hostile file: write, make or
// remove files, start programs, talk to the network, gain privileges. What is open already stays as it is.
#ifndef STRATA_CLI_GIVE_UP_H
#define STRATA_CLI_GIVE_UP_H

// By landlock, where the kernel has it (Linux 5.13), and by no_new_privs. Where it is missing or refused nothing changes.
void give_up_all_but_reading(void);

#endif
