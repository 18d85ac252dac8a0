// SPDX-License-Identifier: MIT
#include "base/attributes.h"
#include "base/late_library.h"

#ifdef STRATA_ISAL

#include "object/isal_library.h"

static struct isal_library functions;
static const struct late_function wanted[] = {
    {"isal_inflate_init", &functions.init, false},
    {"isal_inflate", &functions.inflate, false},
};
// Its name since ISA-L 2.0 of 2013.
static struct late_library isal = LATE_LIBRARY("libisal.so.2", "libisal2", NULL, wanted);

const struct isal_library *isal_library_load(void)
{
    struct error *error CLEANUP(error_free_at) = late_library_load(&isal);
    return error ? NULL : &functions;
}

#endif
