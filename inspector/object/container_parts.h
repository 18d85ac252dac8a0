// SPDX-License-Identifier: MIT
// What the readers of container.h share.
#ifndef STRATA_OBJECT_CONTAINER_PARTS_H
#define STRATA_OBJECT_CONTAINER_PARTS_H

#include "object/image.h"

struct relocate_place;

// Room for `count` sections behind the one of no type. The caller has bounded the count by the file's size.
// Errors: out of memory.
MUST_USE struct error *container_make_sections(struct image *image, size_t count);

// Fills `bytes` and `truncated` of a section whose other fields are there.
void container_take_bytes(const struct image *image, struct image_section *section);

// Applies one entry, which it reads at `reader`, to places[target].
typedef struct error *container_relocate_one(const struct image *image, const struct relocate_place *places,
                                             size_t target, struct byte_reader *reader);

// Applies the relocations of all sections that are being read, entries of `entry_bytes` in the image's byte order.
// A file can name the same entries for thousands of sections: those of all together are no more than it has bytes.
// Errors: ERROR_BAD_FORMAT where they leave the file or overlap; those of `relocate_one`.
MUST_USE struct error *container_relocate(const struct image *image, const struct relocate_place *places,
                                          uint64_t entry_bytes, container_relocate_one *relocate_one);

#endif
