// SPDX-License-Identifier: MIT
#include "object/container_parts.h"

#include <elf.h>
#include <stdlib.h>

struct error *container_make_sections(struct image *image, size_t count)
{
    image->sections = calloc(count + 1, sizeof(*image->sections));
    if (!image->sections)
        return &error_out_of_memory;
    image->sections_count = count + 1;
    for (size_t i = 0; i <= count; i++)
        image->sections[i] = (struct image_section){.name = "", .bytes = {image->file.data, 0}};
    return NULL;
}

void container_take_bytes(const struct image *image, struct image_section *section)
{
    section->bytes = (struct bytes){image->file.data, 0};
    section->truncated = false;
    if (section->type == SHT_NOBITS)
        return;
    section->truncated = !bytes_hold(image->file, section->offset, section->size_bytes);
    if (!section->truncated)
        section->bytes = (struct bytes){image->file.data + section->offset, section->size_bytes};
}
