// SPDX-License-Identifier: MIT
// Which types hold another by value.
#ifndef STRATA_QUERY_HOLDS_H
#define STRATA_QUERY_HOLDS_H

#include "base/error.h"
#include "type/type.h"
#include <stdbool.h>

// Whether some part of `type` (a member, a base, an element, a member of a variant, at any depth) is a type of that
// name. Each type is looked at once, however many ways lead to it, and depth takes memory, no stack. Fails only when
// memory is short. Thread-safe.
MUST_USE struct error *type_holds(const struct type *type, const char *name, bool *holds);

#endif
