// SPDX-License-Identifier: MIT
// Who holds a type, in many files: each different holding once. Files are read one behind the other and closed again.
#ifndef STRATA_CLI_MANY_HOLDERS_H
#define STRATA_CLI_MANY_HOLDERS_H

#include "cli/input_files.h"
#include "cli/options.h"
#include "query/holders.h"
#include "query/select.h"
#include "report/report.h"

struct many_holding {
    struct holding holding; // its texts are of the arena, as the others
    const char *holder, *kind_word;
    size_t file, files, last_file; // the first that has it, and how many do
};

struct many_holders {
    VEC(struct many_holding) list; // in the order in which they were met
    VEC(struct report_file) read;  // the files that were read
    size_t *slots;                 // open addressing: numbers of the list, from 1 on
    size_t slots_count;
    struct arena texts;
};

struct holders_wish {
    const struct common_options *common;
    char *const *patterns; // of the types that may hold it; none: all
    size_t patterns_count;
    enum select_also also;
    const char *held;
};

// A file that cannot be read is said at once, and *status becomes its own. ERROR_NOT_FOUND where no file has the type that is held. To be
// freed also when this fails.
MUST_USE struct error *many_holders_read(struct input_files *files, const struct holders_wish *wish,
                                         struct many_holders *many, int *status);
void many_holders_free(struct many_holders *many);

#endif
