// SPDX-License-Identifier: MIT
#include "object/container.h"

#include <elf.h>

const struct container *container_of_start(struct bytes start)
{
    static const struct container *const all[] = {&container_macho, &container_wasm, &container_pe};
    for (size_t i = 0; i < ARRAY_LENGTH(all); i++)
        if (all[i]->is(start))
            return all[i];
    return NULL;
}

static uint64_t end_of_section(const struct image *image, uint64_t address)
{
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        if (section->flags & SHF_ALLOC && address >= section->address &&
            address - section->address < section->size_bytes)
            return section->address + section->size_bytes;
    }
    return address;
}

bool container_find_symbol(const struct image *image, const char *name, uint64_t *address,
                           uint64_t *size_bytes)
{
    struct container_symbol symbol;
    bool is_found = false;
    const size_t name_bytes = strlen(name) + 1;
    for (uint64_t i = 0; !is_found && image->container->symbol && image->container->symbol(image, i, &symbol);
         i++)
        is_found = symbol.name && strncmp(symbol.name, name, name_bytes) == 0;
    if (!is_found)
        return false;
    *address = symbol.address;
    uint64_t end = end_of_section(image, *address);
    for (uint64_t i = 0; image->container->symbol(image, i, &symbol); i++)
        if (symbol.name && symbol.address > *address && symbol.address < end)
            end = symbol.address;
    *size_bytes = end - *address;
    return true;
}
