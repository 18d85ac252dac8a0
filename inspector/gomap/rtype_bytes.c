// SPDX-License-Identifier: MIT
// Where the bytes of types come from, and what is kept by address.
#include "gomap/rtype_parts.h"

#include "base/secret.h"

#include <stdlib.h>
#include <string.h>

enum {
    NAME_EMBEDDED = 8,
    NAME_FLAGS = 15, // all that there are
    NAME_BYTES_MOST = 1 << 16,
};

// ---- tables -----------------------------------------------------------------------------------------------

static size_t place_of(const struct address_table *table, uint64_t address)
{
    size_t at = (size_t)secret_hash_number(table->secret, address) & (table->capacity - 1);
    while (table->places[at].address && table->places[at].address != address)
        at = (at + 1) & (table->capacity - 1);
    return at;
}

void *address_table_find(const struct address_table *table, uint64_t address)
{
    return table->capacity && address ? table->places[place_of(table, address)].value : NULL;
}

bool address_table_put(struct address_table *table, uint64_t address, void *value)
{
    if (2 * (table->length + 1) > table->capacity) {
        struct address_table grown = {.secret = table->secret,
                                      .capacity = table->capacity ? 2 * table->capacity : 64};
        if (!table->capacity)
            secret_draw(&grown.secret, sizeof(grown.secret));
        grown.places = calloc(grown.capacity, sizeof(*grown.places));
        if (!grown.places)
            return false;
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->places[i].address)
                grown.places[place_of(&grown, table->places[i].address)] = table->places[i];
        }
        grown.length = table->length;
        free(table->places);
        *table = grown;
    }
    size_t at = place_of(table, address);
    table->places[at].address = address;
    table->places[at].value = value;
    table->length++;
    return true;
}

void address_table_free(struct address_table *table)
{
    free(table->places);
    *table = (struct address_table){.length = 0};
}

// ---- bytes and names --------------------------------------------------------------------------------------

const uint8_t *types_read(struct go_types *types, uint64_t address, uint64_t size_bytes)
{
    const struct go_region *region = &types->region;
    if (address >= region->begin && address < region->end && size_bytes <= region->end - address)
        return types->bytes + (address - region->begin);
    if (size_bytes > (1 << 20))
        return NULL;
    uint8_t *copy = arena_alloc(&types->arena, size_bytes); // a type made at run time: few are
    return copy && runtime_try(types->runtime, address, copy, size_bytes) ? copy : NULL;
}

bool types_read_name(struct go_types *types, uint64_t address, struct rtype_name *name)
{
    enum { HEAD = 4 }; // flags, and a length of at most 3 bytes
    const uint8_t *head = types_read(types, address, HEAD);
    size_t length = 0, at = 1;
    *name = (struct rtype_name){.text = ""};
    if (!head || head[0] & ~NAME_FLAGS)
        return false;
    for (unsigned shift = 0;; shift += 7, at++) {
        if (at >= HEAD)
            return false;
        length |= (size_t)(head[at] & 0x7f) << shift;
        if (!(head[at] & 0x80))
            break;
    }
    const uint8_t *text = types_read(types, address + at + 1, length);
    if (!text || length > NAME_BYTES_MOST)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] == 0x7f)
            return false;
    }
    name->is_embedded = head[0] & NAME_EMBEDDED;
    name->text = arena_copy_text(&types->arena, (const char *)text, length);
    return name->text != NULL;
}
