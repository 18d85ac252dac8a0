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

enum { BESIDE_BYTES = 32 };

// A line of the caches, which is all that is fetched for a declaration no longer than BESIDE_BYTES.
struct abbrev_pool_entry {
    uint32_t size_bytes, unit_key;
    uint64_t hash;
    struct abbrev_brief brief;
    uint8_t beside[BESIDE_BYTES]; // the first bytes, and zeros
};

// Eight bytes for each declaration: tables of entries would be larger than what is to be found in them.
struct abbrev_pool_slot {
    uint32_t hash;   // its high half
    uint32_t number; // of the entry, from 1 on; 0: free
};

enum { FIRST_SLOTS_COUNT = 2048 };

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

static inline bool is_same(const struct abbrev_pool_entry *entry, const struct abbrev_bytes *bytes)
{
    if (entry->hash != bytes->hash || entry->size_bytes != bytes->size_bytes ||
        entry->unit_key != bytes->unit_key)
        return false;
    const size_t size = bytes->size_bytes < BESIDE_BYTES ? bytes->size_bytes : BESIDE_BYTES;
    uint64_t difference = 0;
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t known;
        memcpy(&known, entry->beside + at, sizeof(known));
        difference |= known ^ word_at(bytes->data, size, at);
    }
    if (UNLIKELY(difference))
        return false;
    const struct pooled *pooled = (const struct pooled *)entry->brief.abbrev; // its first part
    return LIKELY(bytes->size_bytes <= BESIDE_BYTES) ||
           memcmp(pooled->data, bytes->data, bytes->size_bytes) == 0;
}

static uint32_t slot_hash(uint64_t hash)
{
    return (uint32_t)(hash >> 32);
}

static size_t slot_after(const struct abbrev_pool *pool, size_t slot)
{
    return (slot + 1) & (pool->slots_count - 1);
}

static void slot_fill(struct abbrev_pool *pool, struct abbrev_pool_slot filled)
{
    size_t i = filled.hash & (pool->slots_count - 1);
    while (pool->slots[i].number)
        i = slot_after(pool, i);
    pool->slots[i] = filled;
}

static bool pool_grow(struct abbrev_pool *pool)
{
    struct abbrev_pool grown = *pool;
    grown.slots_count = pool->slots_count ? pool->slots_count * 2 : FIRST_SLOTS_COUNT;
    if (grown.slots_count > (size_t)UINT32_MAX / 2)
        return false;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < pool->slots_count; i++)
        if (pool->slots[i].number)
            slot_fill(&grown, pool->slots[i]);
    free(pool->slots);
    *pool = grown;
    return true;
}

const struct abbrev_brief *abbrev_pool_find(const struct abbrev_pool *pool, const struct abbrev_bytes *bytes)
{
    const uint32_t hash = slot_hash(bytes->hash);
    if (!pool->slots_count)
        return NULL;
    size_t i = hash & (pool->slots_count - 1);
    for (; pool->slots[i].number; i = slot_after(pool, i)) {
        const struct abbrev_pool_entry *const entry = &pool->entries.data[pool->slots[i].number - 1];
        if (LIKELY(pool->slots[i].hash == hash) && LIKELY(is_same(entry, bytes)))
            return &entry->brief;
    }
    return NULL;
}

static enum step_kind kind_of(const struct abbrev *abbrev)
{
    const struct quick_abbrev *quick = &abbrev->quick;
    if (!abbrev->is_fixed || quick->is_refused || abbrev->role == ROLE_NAMESPACE)
        return STEP_LOOK;
    const bool has_other_sibling = abbrev->sibling_pick != NO_SIBLING && quick->sibling_at == QUICK_NOWHERE;
    if (abbrev->has_children && (has_other_sibling || abbrev->role == ROLE_VARIABLE))
        return STEP_LOOK;
    if (abbrev->role == ROLE_MEMBER || abbrev->role == ROLE_ENUMERATOR)
        return abbrev->has_children ? STEP_LOOK : STEP_PART;
    if (!quick->is_item)
        return STEP_PASS;
    if (abbrev->has_children)
        return STEP_LOOK;
    return role_is_named_type(abbrev->role) ? STEP_RECORD : STEP_TYPE;
}

static struct abbrev_step step_of(const struct abbrev *abbrev)
{
    return (struct abbrev_step){
        .fixed_bytes = abbrev->fixed_bytes,
        .kind = kind_of(abbrev),
        .is_passable = abbrev->is_fixed && !role_makes_record(abbrev->role),
        .levels_deeper = abbrev->has_children,
        .behind_sibling = abbrev->has_children ? (uint8_t)(abbrev->quick.sibling_at + 1) : 0,
    };
}

static struct abbrev_brief brief_of(const struct abbrev *abbrev)
{
    const uint32_t foreign = BIT(FIELD_SPECIFICATION) | BIT(FIELD_SIGNATURE) | BIT(FIELD_TYPE_SIGNATURE);
    return (struct abbrev_brief){
        .abbrev = abbrev,
        .step = step_of(abbrev),
        .type_name_at = role_names_type(abbrev->role) ? abbrev->name_at : NAME_NOWHERE,
        .is_template_parameter = tag_is_template_parameter(abbrev->tag),
        .is_of_supplement = abbrev->is_of_supplement,
        .completes_type = role_is_named_type(abbrev->role) && abbrev->fields & foreign,
    };
}

const struct abbrev_brief *abbrev_pool_add(struct abbrev_pool *pool, const struct abbrev_bytes *bytes,
                                           const struct declaration *declaration)
{
    if (pool->entries.length >= pool->slots_count / 2 && !pool_grow(pool))
        return NULL;
    struct pooled *pooled = arena_alloc(&pool->arena, sizeof(*pooled) + bytes->size_bytes);
    if (!pooled || !abbrev_compile(&pool->compiler, declaration, &pool->arena, &pooled->abbrev))
        return NULL;
    if (bytes->size_bytes)
        memcpy(pooled->data, bytes->data, bytes->size_bytes);
    struct abbrev_pool_entry entry = {.size_bytes = bytes->size_bytes,
                                      .unit_key = bytes->unit_key,
                                      .hash = bytes->hash,
                                      .brief = brief_of(&pooled->abbrev)};
    memcpy(entry.beside, pooled->data, bytes->size_bytes < BESIDE_BYTES ? bytes->size_bytes : BESIDE_BYTES);
    if (!vec_push(&pool->entries, entry))
        return NULL;
    slot_fill(pool, (struct abbrev_pool_slot){slot_hash(bytes->hash), (uint32_t)pool->entries.length});
    return &pool->entries.data[pool->entries.length - 1].brief;
}

void abbrev_pool_free(struct abbrev_pool *pool)
{
    arena_free(&pool->arena);
    compiler_free(&pool->compiler);
    vec_free(&pool->parts.dense);
    vec_free(&pool->parts.steps);
    vec_free(&pool->parts.sparse);
    vec_free(&pool->entries);
    free(pool->slots);
    *pool = (struct abbrev_pool){0};
}
