// SPDX-License-Identifier: MIT
#include "report/pq_library.h"

#include <string.h>

#ifdef STRATA_STATIC

struct error *pq_library_open(struct pq_library *library)
{
    *library = (struct pq_library){0};
    return error_create(ERROR_UNSUPPORTED,
                        "postgresql: this strata is linked without shared libraries and has not "
                        "got it; another build of strata, with libpq, has");
}

void pq_library_close(struct pq_library *library)
{
    (void)library;
}

#else

#include <dlfcn.h>

struct error *pq_library_open(struct pq_library *library)
{
    static const char name[] = "libpq.so.5";
    // What it brings along (TLS) leaves handlers for the program's end: it stays loaded until then.
    *library = (struct pq_library){.handle = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE)};
    if (!library->handle)
        return error_create(ERROR_UNSUPPORTED, "postgresql: %s (Debian's package: libpq5)", dlerror());
    void *symbol;
#define PQ_FUNCTION(result, function, parameters)                                                            \
    symbol = dlsym(library->handle, "PQ" #function);                                                         \
    if (!symbol)                                                                                             \
        return error_create(ERROR_UNSUPPORTED, "postgresql: %s has no PQ" #function, name);                  \
    memcpy(&library->function, &symbol, sizeof(symbol));
    PQ_FUNCTIONS
#undef PQ_FUNCTION
    return NULL;
}

void pq_library_close(struct pq_library *library)
{
    if (library->handle)
        dlclose(library->handle);
    *library = (struct pq_library){0};
}

#endif
