// SPDX-License-Identifier: MIT
// The files of a command that takes several, folders among them, and what to say of those that cannot be read.
//
//     input_files_open ─► for each file: read it, or input_files_refuse ─► input_files_end ─► input_files_close
#ifndef STRATA_CLI_INPUT_FILES_H
#define STRATA_CLI_INPUT_FILES_H

#include "base/error.h"
#include "source/file_set.h"

struct common_options;

struct input_files {
    struct file_set set;
    size_t refused, passed_over; // cannot be read; have no debug information and were not named themselves
};

// Expands the paths, and says what of the folders cannot be looked at: *status is that of an unreadable input then, else unchanged. To be
// closed also when this fails. `libraries` as in file_set_expand: the options of the command; NULL: cores stand for themselves.
MUST_USE struct error *input_files_open(struct input_files *files, const char *const *paths, size_t count,
                                        const struct common_options *libraries, int *status);

// File `number` cannot be read: says so, unless it lies in a folder and has no debug information. Takes the error. Returns the exit status.
int input_files_refuse(struct input_files *files, size_t number, struct error *error, int status);

// Says in one line what was passed over in folders, and that nothing was there to be read where that is so. Returns the exit status.
int input_files_end(const struct input_files *files, int status);

void input_files_close(struct input_files *files);

#endif
