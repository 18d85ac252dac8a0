// SPDX-License-Identifier: MIT
// The names of a type's members, for searching.
#ifndef STRATA_QUERY_MEMBER_NAMES_H
#define STRATA_QUERY_MEMBER_NAMES_H

#include "base/arena.h"
#include "type/type.h"

// The names, each ended by NUL, an empty one at the end; those of members without a name are what their members are called. In the
// arena; NULL when memory is short.
const char *member_names(const struct type *type, struct arena *arena);

#endif
