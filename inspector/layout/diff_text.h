// SPDX-License-Identifier: MIT
// Shared between diff.c and diff_text.c only: the words of a comparison.
#ifndef STRATA_LAYOUT_DIFF_TEXT_H
#define STRATA_LAYOUT_DIFF_TEXT_H

#include "layout/diff.h"

// A type's spelling with each run of C's integer words put in one order: "long unsigned int" and "unsigned
// long" become the same. NULL only when memory is short; the result may be `text` itself.
const char *diff_type_text(const char *text, struct arena *arena);

// One line on what changed first and what followed from it. NULL only when memory is short.
char *diff_sentence(const struct diff *diff, struct arena *arena);

// Compares the names of two enumerations. Fails only when memory is short. O(n log n).
MUST_USE struct error *diff_enumerators(const struct type *old_type, const struct type *new_type,
                                        struct arena *arena, struct diff *diff);

#endif
