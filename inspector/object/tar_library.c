// SPDX-License-Identifier: MIT
#ifdef STRATA_LIBARCHIVE

#include "object/tar_library.h"

#include "base/attributes.h"

#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

// Its name since libarchive 3.0 of 2011.
static const char library_name[] = "libarchive.so.13";
static pthread_once_t is_loaded = PTHREAD_ONCE_INIT;
static struct tar_library functions; // all there, or `read_new` is NULL

static void load(void)
{
    struct tar_library found = {0};
    const struct {
        const char *name;
        void *place;
    } wanted[] = {{"archive_read_new", &found.read_new},
                  {"archive_read_free", &found.read_free},
                  {"archive_read_support_format_tar", &found.support_tar},
                  {"archive_read_support_filter_xz", &found.support_xz},
                  {"archive_read_support_filter_zstd", &found.support_zstd},
                  {"archive_read_support_filter_gzip", &found.support_gzip},
                  {"archive_read_open_memory", &found.open_memory},
                  {"archive_read_next_header", &found.next_header},
                  {"archive_read_data", &found.read_data},
                  {"archive_filter_bytes", &found.filter_bytes},
                  {"archive_errno", &found.error_number},
                  {"archive_error_string", &found.error_text},
                  {"archive_entry_pathname", &found.entry_path},
                  {"archive_entry_hardlink", &found.entry_link},
                  {"archive_entry_filetype", &found.entry_type}};
    void *library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);
    for (size_t i = 0; library && i < ARRAY_LENGTH(wanted); i++) {
        void *const function = dlsym(library, wanted[i].name);
        if (!function)
            return;
        memcpy(wanted[i].place, &function, sizeof(function));
    }
    functions = found;
}

struct error *tar_library_load(const char *path, const struct tar_library **result)
{
    pthread_once(&is_loaded, load);
    *result = &functions;
    return functions.read_new
               ? NULL
               : error_create(ERROR_UNSUPPORTED,
                              "%s: a Debian package, and %s is not installed: unpack it (dpkg-deb -x)", path,
                              library_name);
}

#endif
