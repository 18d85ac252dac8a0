// SPDX-License-Identifier: MIT
#include "report/pq_library.h"

#include "base/late_library.h"

static struct pq_library functions;
static const struct late_function wanted[] = {
#define PQ_FUNCTION(result, name, parameters) {"PQ" #name, &functions.name, false},
    PQ_FUNCTIONS
#undef PQ_FUNCTION
};
static struct late_library libpq = LATE_LIBRARY("libpq.so.5", "libpq5", NULL, wanted);

struct error *pq_library_load(const struct pq_library **result)
{
    *result = &functions;
    return error_prefix(late_library_load(&libpq), "postgresql");
}
