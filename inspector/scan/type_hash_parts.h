// SPDX-License-Identifier: MIT
// The parts of the type hasher: units, texts, scopes and places (type_hash_source.c); facts of types and shapes
// (type_hash.c). Internal to those two.
#ifndef STRATA_SCAN_TYPE_HASH_PARTS_H
#define STRATA_SCAN_TYPE_HASH_PARTS_H

#include "dwarf/abbrev.h"
#include "dwarf/template_name.h"
#include "dwarf/text.h"
#include "scan/type_hash.h"

enum {
    TEXT_SLOT_SHIFT = 50,
    TEXT_SLOTS_COUNT =
        1 << (64 - TEXT_SLOT_SHIFT), // direct-mapped; names of one header come back in unit after unit
    STEPS_MOST = 64, // of typedefs of pointers of arrays …; hostile files go round in circles
};

struct text_hash_slot {
    uint64_t id;
    uint64_t hash;
};

// A unit whose types are hashed: the one entered, or one that its types refer to.
struct hash_source {
    struct unit_view view;
    struct type_records *records; // NULL: not read yet
    struct type_records own;      // of a unit referred to
    uint32_t first_key;           // of its memo keys
    bool has_scopes;
    struct hash_source *next;
};

enum { SOURCE_BUCKETS = 64 };

struct hash_sources {
    struct hash_source home;
    struct hash_source *others[SOURCE_BUCKETS]; // by unit number
    size_t others_count;
};

static inline uint64_t unit_length(const struct unit *unit)
{
    return unit->end_offset - unit->offset;
}

// A DIE of a source, by its offset from the unit's header.
struct place {
    struct hash_source *source; // NULL: the reference leads nowhere
    uint32_t position;
};

// Where a reference or a signature leads.
struct place type_hasher_follow(struct type_hasher *hasher, struct hash_source *from, uint64_t id);
struct place type_hasher_follow_signature(struct type_hasher *hasher, struct hash_source *from,
                                          uint64_t signature);

// Hash of the scope that the DIE at the position lies in; 0 at the top.
uint64_t type_hasher_scope_at(struct type_hasher *hasher, struct hash_source *source, uint32_t position);

uint64_t type_hasher_text_read(const struct unit *unit, uint64_t id); // without the cache

static inline uint64_t hash_of_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id)
{
    if (UNLIKELY(id_tag(id) == TEXT_INDEX))
        id = text_resolve_index(unit, id);
    if (id_tag(id) == TEXT_INLINE || id == 0 || unit->table != hasher->sources->home.view.unit->table)
        return type_hasher_text_read(unit, id);
    struct text_hash_slot *slot = &hasher->texts[(id * UINT64_C(0x9e3779b97f4a7c15)) >> TEXT_SLOT_SHIFT];
    if (slot->id != id) {
        slot->hash = type_hasher_text_read(unit, id);
        slot->id = id;
    }
    return slot->hash;
}

// The hash of the name of an instance that lacks its template arguments, as if it had them. False when the DIE
// is called as it stands.
bool type_hasher_instance(struct type_hasher *hasher, struct hash_source *source, uint32_t position,
                          uint64_t *hash);

// The hash of the name that stands at `id`, of a DIE of that abbrev whose values end at `behind`.
static inline uint64_t hash_of_name(struct type_hasher *hasher, struct hash_source *source, uint32_t position,
                                    const struct abbrev *abbrev, const uint8_t *behind, uint64_t id)
{
    uint64_t hash;
    if (UNLIKELY(has_template_parameters(&source->view, abbrev, behind)) &&
        type_hasher_instance(hasher, source, position, &hash))
        return hash;
    return hash_of_text(hasher, source->view.unit, id);
}

static inline bool decode(const struct hash_source *source, uint32_t position, struct decoded_die *die)
{
    return unit_view_decode(&source->view, source->view.unit->offset + position, die);
}

// The abbrev at `*p` when it is a plain one of the role (ROLE_OTHER: of any) that lies in the unit: `*p`
// moves behind its code. NULL otherwise.
static inline const struct abbrev *plain_at(const struct unit_view *view, enum die_role role,
                                            const uint8_t **p)
{
    uint64_t code;
    const uint8_t *behind = load_uleb(*p, &code);
    if (code - 1 >= view->abbrevs->dense_count)
        return NULL;
    const struct abbrev *abbrev = view->abbrevs->dense[code - 1];
    if (!abbrev->is_plain || (role != ROLE_OTHER && abbrev->role != role) ||
        abbrev->fixed_bytes > view->stream.end - behind)
        return NULL;
    *p = behind;
    return abbrev;
}

static inline uint64_t plain_name(const struct abbrev *abbrev, const uint8_t *p)
{
    return (uint64_t)TEXT_STR << ID_TAG_SHIFT | load_u32(p + abbrev->plain.name_at, false);
}

static inline uint32_t plain_type(const struct abbrev *abbrev, const uint8_t *p)
{
    return (uint32_t)load_u32(p + abbrev->plain.type_at, false);
}

static inline uint64_t plain_number(const struct abbrev *abbrev, const uint8_t *p)
{
    const struct plain_parts *plain = &abbrev->plain;
    const uint8_t *base = plain->number_is_constant ? (const uint8_t *)&plain->number_constant : p;
    uint64_t number;
    memcpy(&number, base + plain->number_at, sizeof(number)); // plain ones are little endian
    return number << plain->number_shift_bits >> plain->number_shift_bits;
}

static inline bool place_remembered(const struct type_hasher *hasher, struct place place,
                                    struct type_facts *facts)
{
    return type_memo_find(&hasher->memo, place.source->first_key + place.position, facts);
}

// The same for a position that the file names: one outside the unit has a key that belongs to another.
static inline bool position_remembered(const struct type_hasher *hasher, const struct hash_source *source,
                                       uint32_t position, struct type_facts *facts)
{
    return position < unit_length(source->view.unit) &&
           type_memo_find(&hasher->memo, source->first_key + position, facts);
}

static inline void place_remember(struct type_hasher *hasher, struct place place,
                                  const struct type_facts *facts)
{
    hasher->out_of_memory |= !type_memo_store(&hasher->memo, place.source->first_key + place.position, facts);
}

#endif
