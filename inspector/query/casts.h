// SPDX-License-Identifier: MIT
// What the enumerators are called that one file's names have as casts, found where the other file has that name.
#ifndef STRATA_QUERY_CASTS_H
#define STRATA_QUERY_CASTS_H

#include "layout/diff.h"
#include "source/type_source.h"

// Whether the other file has a type of that name.
typedef bool casts_has_name(const void *context, const char *name);

// Adds to `casts` those in `name` that are known by now, if any. `maker` makes the types of `index`, which holds the
// enumerations. Fails only when memory is short.
MUST_USE struct error *casts_find(struct type_maker *maker, const struct type_index *index, const char *name,
                                  casts_has_name *has_name, const void *context, struct arena *arena,
                                  struct diff_casts *casts);

#endif
