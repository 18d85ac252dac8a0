// A file as a command sees it: opened, its units read, its machine known.
#ifndef STRATA_CLI_INPUT_H
#define STRATA_CLI_INPUT_H

#include "base/error.h"
#include "cli/options.h"
#include "cli/screen.h"
#include "scan/scan.h"
#include "dwarf/unit.h"
#include "layout/layout.h"
#include "object/object.h"

struct input {
    struct object *object;
    struct unit_table *table;
    struct layout_options layout;
    struct report_file file; // for documents; borrowed from the object
    char build_id[130];
    unsigned threads; // never 0
    struct warning_tally warnings;
};

// Opens `path` as the options want it. Warnings go to standard error at once.
MUST_USE struct error *input_open(struct input *input, const char *path, const struct common_options *common);
void input_close(struct input *input); // all zero is fine

// The index of everything, with progress.
MUST_USE struct error *input_scan_all(struct input *input, struct type_index **index);

// Says what was skipped.
void input_warn(struct input *input, const struct problems *problems);

#endif
