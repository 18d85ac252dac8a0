// SPDX-License-Identifier: MIT
#include "object/container_parts.h"

#include "object/relocate.h"

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

struct error *container_relocate(const struct image *image, const struct relocate_place *places,
                                 uint64_t entry_bytes, container_relocate_one *relocate_one)
{
    uint64_t budget_bytes = image->file.size_bytes;
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        if (!section->relocations_count || !places[i].data)
            continue;
        const uint64_t size_bytes = section->relocations_count * entry_bytes;
        if (!bytes_hold(image->file, section->relocations_offset, size_bytes))
            return error_create(ERROR_BAD_FORMAT, "%s: its relocations are truncated", places[i].name);
        if (size_bytes > budget_bytes)
            return error_create(ERROR_BAD_FORMAT, "%s: relocations overlap", places[i].name);
        budget_bytes -= size_bytes;
        struct byte_reader reader = byte_reader_over(image->file, image->big_endian);
        byte_reader_seek(&reader, section->relocations_offset);
        for (uint32_t r = 0; r < section->relocations_count; r++)
            RETURN_IF_ERROR(relocate_one(image, places, i, &reader));
    }
    return NULL;
}
