// SPDX-License-Identifier: MIT
// The program's variables at fixed places: those at the top of units whose location is an address.
#ifndef STRATA_BUILD_VARIABLE_H
#define STRATA_BUILD_VARIABLE_H

#include "base/error.h"
#include "dwarf/unit.h"

// Borrowed: for the call only.
struct variable {
    const char *name;
    struct die_ref type;
    uint64_t address;
};

// Calls each(context, variable) for the variables of all units, in their order, those of .dwo files behind the program's own, until one returns an error, which
// is returned. Units and variables that cannot be read are passed over. Variables in namespaces and functions,
// and those of threads, are left out.
MUST_USE struct error *variables_read(const struct unit_table *table,
                                      struct error *(*each)(void *context, const struct variable *variable),
                                      void *context);

#endif
