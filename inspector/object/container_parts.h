// SPDX-License-Identifier: MIT
// What the readers of container.h share.
#ifndef STRATA_OBJECT_CONTAINER_PARTS_H
#define STRATA_OBJECT_CONTAINER_PARTS_H

#include "object/image.h"

// Room for `count` sections behind the one of no type. The caller has bounded the count by the file's size.
// Errors: out of memory.
MUST_USE struct error *container_make_sections(struct image *image, size_t count);

// Fills `bytes` and `truncated` of a section whose other fields are there.
void container_take_bytes(const struct image *image, struct image_section *section);

#endif
