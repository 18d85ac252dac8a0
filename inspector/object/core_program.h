// SPDX-License-Identifier: MIT
// Which program left a core, and which libraries it had: their files, as the kernel named them, and their build ids, as far as the core
// holds them.
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

// Calls visit(context, library) for the ELF files that were mapped besides the program, in the order of their addresses: shared libraries,
// the loader. Of 2048 mapped files at most. Thread-safe.
typedef void core_library_visit(void *context, const struct core_program *library);
void core_each_library(const struct image *core, core_library_visit *visit, void *context);

#endif
