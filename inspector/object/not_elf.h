// SPDX-License-Identifier: MIT
// What to say of a file that is no ELF file.
#ifndef STRATA_OBJECT_NOT_ELF_H
#define STRATA_OBJECT_NOT_ELF_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

// ERROR_BAD_FORMAT: `path` is no ELF file and, where its start shows it, what it is instead.
MUST_USE struct error *not_elf_error(const char *path, struct bytes start);

#endif
