// SPDX-License-Identifier: MIT
#include "base/late_library.h"

#ifdef STRATA_LIBARCHIVE

#include "object/tar_library.h"

static struct tar_library functions;
static const struct late_function wanted[] = {
    {"archive_read_new", &functions.read_new, false},
    {"archive_read_free", &functions.read_free, false},
    {"archive_read_support_format_tar", &functions.support_tar, false},
    {"archive_read_open", &functions.open, false},
    {"archive_read_next_header", &functions.next_header, false},
    {"archive_read_data", &functions.read_data, false},
    {"archive_errno", &functions.error_number, false},
    {"archive_error_string", &functions.error_text, false},
    {"archive_entry_pathname", &functions.entry_path, false},
    {"archive_entry_hardlink", &functions.entry_link, false},
    {"archive_entry_filetype", &functions.entry_type, false},
};
// Its name since libarchive 3.0 of 2011.
static struct late_library libarchive =
    LATE_LIBRARY("libarchive.so.13", "libarchive13", "unpack the package (dpkg-deb -x)", wanted);

struct error *tar_library_load(const char *path, const struct tar_library **result)
{
    *result = &functions;
    return error_prefix(late_library_load(&libarchive), "%s", path);
}

#endif
