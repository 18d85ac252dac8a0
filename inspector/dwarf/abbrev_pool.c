// SPDX-License-Identifier: MIT
#include "dwarf/abbrev_pool.h"

#include "base/slots.h"
#include "object/object.h"
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

// An abbrev and all bytes of its declaration.
struct pooled {
    struct abbrev abbrev;
    uint8_t data[];
};

enum { LINE_BYTES = 64, BESIDE_BYTES = 32 };

// One line of the caches, which is all that is fetched for a declaration no longer than BESIDE_BYTES.
struct abbrev_pool_slot {
    uint32_t size_bytes; // 0: free
    uint32_t unit_key, hash;
    struct abbrev_brief brief;
    uint8_t beside[BESIDE_BYTES]; // the first bytes, and zeros
};

enum { FIRST_SLOTS_COUNT = 1024 };
#define SLOTS_MOST ((size_t)1 << 31) // by 32 bits of hash

struct abbrev_bytes abbrev_bytes_of(const struct unit *unit, const uint8_t *data, size_t size_bytes)
{
    const uint32_t key = unit->version | (uint32_t)unit->address_bytes << 8 |
                         (uint32_t)unit->offset_bytes << 16 | (uint32_t)unit->table->object->big_endian << 24;
    return (struct abbrev_bytes){data, (uint32_t)size_bytes, key, XXH3_64bits(data, size_bytes)};
}

// The last bytes of a word that belong to a text of so many bytes; the section is readable behind its end.
static uint64_t word_at(const uint8_t *data, size_t size_bytes, size_t at)
{
    uint64_t word;
    memcpy(&word, data + at, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return size_bytes - at < sizeof(word) ? word & ~(UINT64_MAX >> 8 * (size_bytes - at)) : word;
#else
    return size_bytes - at < sizeof(word) ? word & ~(UINT64_MAX << 8 * (size_bytes - at)) : word;
#endif
}

static inline bool is_same(const struct abbrev_pool_slot *slot, const struct abbrev_bytes *bytes)
{
    if (slot->hash != (uint32_t)bytes->hash || slot->size_bytes != bytes->size_bytes ||
        slot->unit_key != bytes->unit_key)
        return false;
    const size_t size = bytes->size_bytes < BESIDE_BYTES ? bytes->size_bytes : BESIDE_BYTES;
    uint64_t difference = 0;
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t known;
        memcpy(&known, slot->beside + at, sizeof(known));
        difference |= known ^ word_at(bytes->data, size, at);
    }
    if (UNLIKELY(difference))
        return false;
    const struct pooled *pooled = (const struct pooled *)slot->brief.abbrev; // its first part
    return LIKELY(bytes->size_bytes <= BESIDE_BYTES) ||
           memcmp(pooled->data, bytes->data, bytes->size_bytes) == 0;
}

static size_t slot_after(const struct abbrev_pool *pool, size_t slot)
{
    return (slot + 1) & (pool->slots_count - 1);
}

static struct abbrev_pool_slot *slot_fill(struct abbrev_pool *pool, const struct abbrev_pool_slot *filled)
{
    size_t i = filled->hash & (pool->slots_count - 1);
    while (pool->slots[i].size_bytes)
        i = slot_after(pool, i);
    pool->slots[i] = *filled;
    return &pool->slots[i];
}

static bool pool_grow(struct abbrev_pool *pool)
{
    struct abbrev_pool grown = *pool;
    grown.slots_count = pool->slots_count ? pool->slots_count * 2 : FIRST_SLOTS_COUNT;
    if (grown.slots_count > SLOTS_MOST)
        return false;
    grown.slots = aligned_alloc(LINE_BYTES, grown.slots_count * sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    memset(grown.slots, 0, grown.slots_count * sizeof(*grown.slots));
    for (size_t i = 0; i < pool->slots_count; i++)
        if (pool->slots[i].size_bytes)
            slot_fill(&grown, &pool->slots[i]);
    free(pool->slots);
    *pool = grown;
    return true;
}

const struct abbrev_brief *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    if (!pool->slots_count)
        return NULL;
    size_t i = (uint32_t)bytes->hash & (pool->slots_count - 1);
    for (; pool->slots[i].size_bytes; i = slot_after(pool, i))
        if (LIKELY(is_same(&pool->slots[i], bytes)))
            return &pool->slots[i].brief;
    return NULL;
}

static enum step_kind kind_of(const struct abbrev *abbrev)
{
    const struct quick_abbrev *quick = &abbrev->quick;
    if (!abbrev->is_fixed || quick->is_refused || abbrev->role == ROLE_NAMESPACE)
        return STEP_LOOK;
    if (!quick->is_item)
        return STEP_PASS;
    if (abbrev->has_children)
        return STEP_LOOK;
    return role_is_named_type(abbrev->role) ? STEP_RECORD : STEP_TYPE;
}

static struct abbrev_brief brief_of(const struct abbrev *abbrev)
{
    const bool is_passable = abbrev->is_fixed && !role_makes_record(abbrev->role);
    const uint32_t foreign = BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIGNATURE) | BIT(FIELD_TYPE_SIGNATURE);
    return (struct abbrev_brief){
        .abbrev = abbrev,
        .step = {abbrev->fixed_bytes, kind_of(abbrev), is_passable, abbrev->has_children},
        .type_name_at = role_names_type(abbrev->role) ? abbrev->name_at : NAME_NOWHERE,
        .is_template_parameter = tag_is_template_parameter(abbrev->tag),
        .is_of_supplement = abbrev->is_of_supplement,
        .completes_type = role_is_named_type(abbrev->role) && abbrev->fields & foreign,
    };
}

const struct abbrev_brief *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                           const struct declaration *declaration)
{
    if (pool->used >= pool->slots_count / 2 && !pool_grow(pool))
        return NULL;
    struct pooled *pooled = arena_alloc(&pool->arena, sizeof(*pooled) + bytes->size_bytes);
    if (!pooled || !abbrev_compile(&pool->compiler, declaration, &pool->arena, &pooled->abbrev))
        return NULL;
    memcpy(pooled->data, bytes->data, bytes->size_bytes);
    struct abbrev_pool_slot filled = {.size_bytes = bytes->size_bytes,
                                      .unit_key = bytes->unit_key,
                                      .hash = (uint32_t)bytes->hash,
                                      .brief = brief_of(&pooled->abbrev)};
    memcpy(filled.beside, bytes->data, bytes->size_bytes < BESIDE_BYTES ? bytes->size_bytes : BESIDE_BYTES);
    pool->used++;
    return &slot_fill(pool, &filled)->brief;
}

void abbrev_pool_free(struct abbrev_pool *pool)
{
    arena_free(&pool->arena);
    compiler_free(&pool->compiler);
    vec_free(&pool->parts.dense);
    vec_free(&pool->parts.steps);
    vec_free(&pool->parts.sparse);
    free(pool->slots);
    *pool = (struct abbrev_pool){0};
}
