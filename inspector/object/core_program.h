// SPDX-License-Identifier: MIT
// Which program left a core: its file, as the kernel named it, and its build id, as far as the core holds them.
#ifndef STRATA_OBJECT_CORE_PROGRAM_H
#define STRATA_OBJECT_CORE_PROGRAM_H

#include "object/image.h"

struct core_program {
    const char *path;      // plain text, borrowed from the image; NULL: not known
    struct bytes build_id; // empty: not known
};

// Follows NT_AUXV (AT_PHDR) to the mapped file of NT_FILE and to the program's headers and notes in the core's memory. Everything
// in it may be wrong: what does not fit is not known. Thread-safe.
struct core_program core_program_of(const struct image *core);

#endif
