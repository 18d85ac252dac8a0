// SPDX-License-Identifier: MIT
// A file that is mapped and becomes shorter has no bytes any more where some were: the processor says so by SIGBUS.
#ifndef STRATA_CLI_BUS_ERROR_H
#define STRATA_CLI_BUS_ERROR_H

// From then on that is one line on standard error with the file's name, and exit status 2, like any other truncated
// file. Documents that go to a file are discarded.
void bus_error_guard(void);

#endif
