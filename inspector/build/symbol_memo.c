// SPDX-License-Identifier: MIT
#include "build/symbol_memo.h"

#include "base/slots.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

// Longer names are not kept: a hostile file may have any number of them, which share their bytes.
enum { FIRST_SLOTS_COUNT = 64, NAME_BYTES_MOST = 1024 };

struct known_symbol {
    const char *name; // NULL: free
    uint64_t hash;
    bool is_found;
    uint64_t address, size_bytes;
};

// The slot of the name, or the free one that it would take.
static struct known_symbol *slot_of(const struct symbol_memo *memo, const char *name, uint64_t hash)
{
    size_t i = (size_t)hash & (memo->slots_count - 1);
    while (memo->slots[i].name && (memo->slots[i].hash != hash || strcmp(memo->slots[i].name, name) != 0))
        i = (i + 1) & (memo->slots_count - 1);
    return &memo->slots[i];
}

static bool memo_grow(struct symbol_memo *memo)
{
    struct symbol_memo grown = *memo;
    grown.slots_count = memo->slots_count ? memo->slots_count * 2 : FIRST_SLOTS_COUNT;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < memo->slots_count; i++)
        if (memo->slots[i].name)
            *slot_of(&grown, memo->slots[i].name, memo->slots[i].hash) = memo->slots[i];
    free(memo->slots);
    memo->slots = grown.slots;
    memo->slots_count = grown.slots_count;
    return true;
}

bool symbol_memo_find(struct symbol_memo *memo, const struct object *object, const char *name,
                      uint64_t *address, uint64_t *size_bytes)
{
    const size_t length = strlen(name);
    // The memo's address is not known to who makes a file: names cannot be chosen to meet.
    const uint64_t hash = XXH3_64bits_withSeed(name, length, (uint64_t)(uintptr_t)memo);
    if (length > NAME_BYTES_MOST || (2 * memo->used >= memo->slots_count && !memo_grow(memo)))
        return object_find_symbol(object, name, address, size_bytes); // memory is short, too: it goes without
    struct known_symbol *slot = slot_of(memo, name, hash);
    if (!slot->name) {
        struct known_symbol found = {.hash = hash};
        found.is_found = object_find_symbol(object, name, &found.address, &found.size_bytes);
        found.name = arena_copy_text(&memo->names, name, length);
        if (!found.name) { // likewise
            *address = found.address;
            *size_bytes = found.size_bytes;
            return found.is_found;
        }
        *slot = found;
        memo->used++;
    }
    *address = slot->address;
    *size_bytes = slot->size_bytes;
    return slot->is_found;
}

void symbol_memo_free(struct symbol_memo *memo)
{
    free(memo->slots);
    arena_free(&memo->names);
    *memo = (struct symbol_memo){0};
}
