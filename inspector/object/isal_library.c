// SPDX-License-Identifier: MIT
#ifdef STRATA_ISAL

#include "object/isal_library.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>

// Its name since ISA-L 2.0 of 2013.
static const char library_name[] = "libisal.so.2";
static pthread_once_t is_loaded = PTHREAD_ONCE_INIT;
static struct isal_library functions; // both there, or both NULL

static void load(void)
{
    void *library = dlopen(library_name, RTLD_NOW | RTLD_LOCAL);
    void *const init = library ? dlsym(library, "isal_inflate_init") : NULL;
    void *const inflate = library ? dlsym(library, "isal_inflate") : NULL;
    if (!init || !inflate)
        return;
    memcpy(&functions.init, &init, sizeof(init));
    memcpy(&functions.inflate, &inflate, sizeof(inflate));
}

const struct isal_library *isal_library_load(void)
{
    pthread_once(&is_loaded, load);
    return functions.inflate ? &functions : NULL;
}

#endif
