// SPDX-License-Identifier: MIT
// Applies a relocatable file's relocations to its debug sections, so that they read as in a program linked
// from that file alone at address 0. Only ET_REL files: a linked one may carry its relocations along
// (Debian's vmlinux does), already applied.
#ifndef STRATA_OBJECT_RELOCATE_H
#define STRATA_OBJECT_RELOCATE_H

#include "object/image.h"

// A debug section's place among its same-named fellows:
//
//     input sections        .debug_types │ .debug_types (COMDAT) │ …
//     joined                0 ───────────┼ base_bytes ───────────┼ …
//
// A symbol in an input section is worth base_bytes more in the joined one: that keeps references between the
// pieces right.
struct relocate_place {
    const char *name; // for messages: the file's own names may hold anything
    uint8_t *data; // the input section's bytes in the joined section, writable; NULL: not a section that is
                   // being read
    uint64_t size_bytes;
    uint64_t base_bytes;
};

// Applies every SHT_REL and SHT_RELA section of `image` whose target is in `places` (one per section index of
// the image). Errors: ERROR_UNSUPPORTED for a machine or a type of relocation that is not known,
// ERROR_BAD_FORMAT for one that leaves its section or names no symbol; they say which section and offset. Not
// thread-safe on the same places.
MUST_USE struct error *relocate_sections(const struct image *image, const struct relocate_place *places);

#endif
