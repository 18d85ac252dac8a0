// SPDX-License-Identifier: MIT
// libarchive, loaded when a Debian package is read: linked, it and the dozen libraries that it wants would cost every start of the
// program twice what the rest of it does.
#ifndef STRATA_OBJECT_TAR_LIBRARY_H
#define STRATA_OBJECT_TAR_LIBRARY_H

#include "base/error.h"
#include <archive.h>
#include <archive_entry.h>

// Its functions, see archive_read(3) and archive_entry(3).
struct tar_library {
    __typeof__(archive_read_new) *read_new;
    __typeof__(archive_read_free) *read_free;
    __typeof__(archive_read_support_format_tar) *support_tar;
    __typeof__(archive_read_open) *open;
    __typeof__(archive_read_next_header) *next_header;
    __typeof__(archive_read_data) *read_data;
    __typeof__(archive_errno) *error_number;
    __typeof__(archive_error_string) *error_text;
    __typeof__(archive_entry_pathname) *entry_path;
    __typeof__(archive_entry_hardlink) *entry_link;
    __typeof__(archive_entry_filetype) *entry_type;
};

// Loads the library, once; *result stays valid until the program ends. ERROR_UNSUPPORTED: it is not here; `path` is the file in the
// message. Thread-safe.
MUST_USE struct error *tar_library_load(const char *path, const struct tar_library **result);

#endif
