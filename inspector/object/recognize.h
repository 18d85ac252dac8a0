// SPDX-License-Identifier: MIT
// Whether strata may be able to read a file, by its first bytes.
#ifndef STRATA_OBJECT_RECOGNIZE_H
#define STRATA_OBJECT_RECOGNIZE_H

#include "base/bytes.h"
#include "base/error.h"
#include <stdbool.h>

enum {
    RECOGNIZE_BYTES = 20
}; // that recognize_start wants to see: an object of Windows has no magic, but a header

// Of the first bytes, RECOGNIZE_BYTES or more where the file has them: ELF, a format of container.h, an archive, a BTF, or
// something compressed, whatever it holds.
bool recognize_start(struct bytes start);

// Of an open regular file; of a compressed one the first bytes of what it unpacks to. False, too, where nothing can be read.
// Fails when memory is short. Thread-safe.
MUST_USE struct error *recognize_file(int descriptor, bool *is_readable);

#endif
