// SPDX-License-Identifier: MIT
#ifdef STRATA_ISAL

#include "object/isal_library.h"

#include "base/late_library.h"

static struct isal_library functions;
static const struct late_function wanted[] = {
    {"isal_inflate_init", &functions.init, false},
    {"isal_inflate", &functions.inflate, false},
};
// Its name since ISA-L 2.0 of 2013.
static struct late_library isal = LATE_LIBRARY("libisal.so.2", "libisal2", NULL, wanted);

const struct isal_library *isal_library_load(void)
{
    struct error *error = late_library_load(&isal);
    if (!error)
        return &functions;
    // Sections are inflated by the other library then, all at once.
    error_free(error);
    return NULL;
}

#endif
