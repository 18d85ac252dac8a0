// SPDX-License-Identifier: MIT
// Universal (fat) files of macOS: one file or archive a machine, behind a table. Always big-endian.
//
//     0xcafebabe │ count │ cputype, cpusubtype, offset, size, align │ …          0xcafebabf: offset and size of 64 bits
#ifndef STRATA_OBJECT_UNIVERSAL_H
#define STRATA_OBJECT_UNIVERSAL_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include <stdbool.h>

// Whether a file that begins so is one. A class of Java, which has the same magic, is none.
bool universal_is(struct bytes start);

struct universal_wish {
    const char *path; // for messages
    struct bytes file;
    const char *slice; // "arm64"; NULL: that of this machine, else the first
};

// *slice is the part of the file that is wished for. *note, in the arena, says which was taken where nobody chose; NULL: there
// is one alone, or it was named. Errors: ERROR_BAD_FORMAT; ERROR_USAGE with the names of all where the wished one is not there.
MUST_USE struct error *universal_choose(const struct universal_wish *wish, struct arena *arena,
                                        struct bytes *slice, const char **note);

// lipo's word for a machine, in the arena where it is no known one: "x86_64", "arm64e". NULL: memory is short.
const char *universal_name(uint32_t cputype, uint32_t cpusubtype, struct arena *arena);

// Whether `wished` means the slice of that name: "aarch64" and "amd64" are understood, too.
bool universal_names_match(const char *wished, const char *name);

#endif
