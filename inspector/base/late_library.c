// SPDX-License-Identifier: MIT
#include "base/late_library.h"

#ifdef STRATA_STATIC

struct error *late_library_load(struct late_library *library)
{
    return error_create(ERROR_UNSUPPORTED, "this strata has no shared libraries and cannot load %s: %s",
                        library->file, library->instead ? library->instead : "another build of strata can");
}

#else

#include <dlfcn.h>
#include <string.h>

// dlopen's text begins with the file that it did not find, which may be one that the library wants.
static struct error *open_error(const struct late_library *library, const char *text)
{
    static const char not_found[] = ": cannot open shared object file: No such file";
    const size_t length = strlen(library->file);
    if (strncmp(text, library->file, length) != 0 ||
        strncmp(text + length, not_found, sizeof(not_found) - 1) != 0)
        return error_create(ERROR_UNSUPPORTED, "%s cannot be loaded: %s", library->file, text);
    return error_create(ERROR_UNSUPPORTED, "%s is not here: install it (Debian: %s)%s%s", library->file,
                        library->package, library->instead ? ", or " : "",
                        library->instead ? library->instead : "");
}

static struct error *load(const struct late_library *library)
{
    void *handle = dlopen(library->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *text = dlerror();
        return open_error(library, text ? text : "");
    }
    for (size_t i = 0; i < library->functions_count; i++) {
        const struct late_function *function = &library->functions[i];
        if (!function->is_optional && !dlsym(handle, function->name))
            return error_create(ERROR_UNSUPPORTED, "%s has no %s: another library of that name?",
                                library->file, function->name);
    }
    for (size_t i = 0; i < library->functions_count; i++) {
        // POSIX makes the pointers of functions fit; C11 does not.
        void *const symbol = dlsym(handle, library->functions[i].name);
        memcpy(library->functions[i].place, &symbol, sizeof(symbol));
    }
    return NULL;
}

// A handle is never closed: what a library brings along (TLS, curl) does not like to be unloaded.
struct error *late_library_load(struct late_library *library)
{
    pthread_mutex_lock(&library->lock);
    struct error *error = library->is_loaded ? NULL : load(library);
    library->is_loaded |= !error;
    pthread_mutex_unlock(&library->lock);
    return error;
}

#endif
