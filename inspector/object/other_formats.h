// SPDX-License-Identifier: MIT
// What a file without DWARF holds instead.
#ifndef STRATA_OBJECT_OTHER_FORMATS_H
#define STRATA_OBJECT_OTHER_FORMATS_H

#include "object/image.h"

// Names what is there, and the option that gives what can be read: "stabs (.stab): compile with -gdwarf-4".
// NULL: nothing that is known. Static.
const char *other_formats_words(const struct image *image);

#endif
