// SPDX-License-Identifier: MIT
// X.dSYM, what macOS's dsymutil makes: a folder with the debug information in Contents/Resources/DWARF/X.
#ifndef STRATA_OBJECT_BUNDLE_H
#define STRATA_OBJECT_BUNDLE_H

#include "base/arena.h"
#include "base/error.h"
#include <stdbool.h>

// Whether the path is a folder of that kind: one input, not a folder of inputs. Thread-safe.
bool bundle_is(const char *path);

// *file is the path of the file in the bundle, in the arena; NULL where `path` is no bundle. Of several files the one
// that has the bundle's name. Errors: ERROR_NOT_FOUND where there is none, ERROR_USAGE that names them where several
// could be meant, out of memory.
MUST_USE struct error *bundle_file(const char *path, struct arena *arena, const char **file);

#endif
