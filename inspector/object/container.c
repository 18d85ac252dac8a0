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

// Compared in place: to look for each name's end would let a hostile table cost its square.
static bool name_is(struct bytes held, const char *name)
{
    const size_t length = strlen(name);
    return held.size_bytes >= length && !memcmp(held.data, name, length) &&
           (held.size_bytes == length || held.data[length] == '\0');
}

bool container_find_symbol(const struct image *image, const char *name, uint64_t *address,
                           uint64_t *size_bytes)
{
    const struct container *container = image->container;
    struct container_symbol symbol;
    bool is_found = false;
    for (uint64_t i = 0; !is_found && container->symbol && container->symbol(image, &i, &symbol);)
        is_found = symbol.name.size_bytes && name_is(symbol.name, name);
    if (!is_found)
        return false;
    *address = symbol.address;
    uint64_t end = end_of_section(image, *address);
    for (uint64_t i = 0; container->symbol(image, &i, &symbol);)
        if (symbol.name.size_bytes && symbol.address > *address && symbol.address < end)
            end = symbol.address;
    *size_bytes = end - *address;
    return true;
}
