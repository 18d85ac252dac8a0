// SPDX-License-Identifier: MIT
// Facts of types and shapes of definitions. They lead to each other: a shape is made of the facts of its members'
// types, and what an anonymous struct is called is its shape.
#include "scan/type_hash_parts.h"

#include "dwarf/constants.h"
#include "dwarf/die_children.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

static const struct type_facts facts_of_nothing = {.name_hash = 0x766f6964};

// Facts that are not remembered yet.
static struct type_facts type_facts_at(struct type_hasher *hasher, struct place place, unsigned steps);

// The shape of a struct, union or enumeration whose DIE is decoded.
static struct type_shape type_shape_of(struct type_hasher *hasher, struct hash_source *source,
                                       const struct decoded_die *die, unsigned steps);

static inline struct type_facts facts_of_type_of(struct type_hasher *hasher, struct hash_source *source,
                                                 const struct decoded_die *die, unsigned steps)
{
    struct place place = {0};
    if (die_has(die, FIELD_TYPE))
        place = type_hasher_follow(hasher, source, die->values[FIELD_TYPE]);
    else if (die_has(die, FIELD_TYPE_SIGNATURE))
        place = type_hasher_follow_signature(hasher, source, die->values[FIELD_TYPE_SIGNATURE]);
    struct type_facts facts;
    if (!place.source)
        return facts_of_nothing;
    if (LIKELY(type_memo_find(&hasher->memo, place.source->first_key + place.position, &facts)))
        return facts;
    return steps < STEPS_MOST ? type_facts_at(hasher, place, steps + 1) : facts_of_nothing;
}

static inline struct type_facts facts_at_position(struct type_hasher *hasher, struct hash_source *source,
                                                  uint32_t position, unsigned steps)
{
    struct type_facts facts;
    if (LIKELY(position_remembered(hasher, source, position, &facts)))
        return facts;
    if (steps >= STEPS_MOST || position >= unit_length(source->view.unit))
        return facts_of_nothing;
    return type_facts_at(hasher, (struct place){source, position}, steps + 1);
}

// ---- facts ----------------------------------------------------------------------------------------------

static void facts_take_size(struct type_facts *facts, const struct decoded_die *die)
{
    if (die_has(die, FIELD_BYTE_SIZE)) {
        facts->size_bytes = die->values[FIELD_BYTE_SIZE];
        facts->size_known = true;
    } else if (die_has(die, FIELD_BIT_SIZE)) {
        facts->size_bytes = die->values[FIELD_BIT_SIZE] / 8 + (die->values[FIELD_BIT_SIZE] % 8 != 0);
        facts->size_known = true;
    }
}

static uint64_t named_hash(struct type_hasher *hasher, struct place place, const struct decoded_die *die)
{
    uint64_t hash = hash_mix(type_hasher_scope_at(hasher, place.source, place.position), die->abbrev->tag);
    return hash_mix(hash, hash_of_name(hasher, place.source, place.position, die->abbrev, die->next,
                                       die->values[FIELD_NAME]));
}

// A declaration states no size; the type unit or the declaration that it stands for may state the rest.
static struct type_facts facts_of_record_type(struct type_hasher *hasher, struct place place,
                                              const struct decoded_die *die, unsigned steps)
{
    struct type_facts facts = {0};
    struct place definition = {0};
    if (die_has(die, FIELD_SIGNATURE))
        definition = type_hasher_follow_signature(hasher, place.source, die->values[FIELD_SIGNATURE]);
    else if (!die_has(die, FIELD_NAME) && die_has(die, FIELD_SPECIFICATION))
        definition = type_hasher_follow(hasher, place.source, die->values[FIELD_SPECIFICATION]);
    if (definition.source && steps < STEPS_MOST) {
        if (!place_remembered(hasher, definition, &facts))
            facts = type_facts_at(hasher, definition, steps + 1);
    } else if (die_has(die, FIELD_NAME))
        facts.name_hash = named_hash(hasher, place, die);
    else
        facts.name_hash =
            hash_mix(die->abbrev->tag, type_shape_of(hasher, place.source, die, steps + 1).hash);
    facts_take_size(&facts, die);
    return facts;
}

// The element count of one dimension, as far as it is a constant. Lower bounds other than 0 are the
// language's business: they are part of the hash, the size is then left unknown.
static uint64_t subrange_hash(const struct decoded_die *die, bool *count_known, uint64_t *count)
{
    uint64_t hash = hash_mix(die->abbrev->tag, 1);
    *count_known = false;
    *count = 0;
    if (die_has(die, FIELD_COUNT)) {
        *count_known = true;
        *count = die->values[FIELD_COUNT];
        hash = hash_mix(hash, *count);
    } else if (die_has(die, FIELD_UPPER_BOUND)) {
        *count_known = !die_has(die, FIELD_LOWER_BOUND) || die->values[FIELD_LOWER_BOUND] == 0;
        *count = die->values[FIELD_UPPER_BOUND] + 1;
        hash = hash_mix(hash, *count);
    }
    if (die_has(die, FIELD_LOWER_BOUND))
        hash = hash_mix(hash, die->values[FIELD_LOWER_BOUND] + 2);
    return hash;
}

static struct type_facts facts_of_array(struct type_hasher *hasher, struct hash_source *source,
                                        const struct decoded_die *die, unsigned steps)
{
    struct type_facts element = facts_of_type_of(hasher, source, die, steps);
    struct type_facts facts = {hash_mix(element.name_hash, die->abbrev->tag), element.size_bytes,
                               element.size_known};
    struct children children = children_of(&source->view, die);
    struct decoded_die child;
    for (enum child next; (next = children_next(&children, &child)) != CHILD_NONE;) {
        if (next != CHILD_DIE || child.abbrev->role != ROLE_SUBRANGE)
            continue;
        bool count_known;
        uint64_t count;
        facts.name_hash = hash_mix(facts.name_hash, subrange_hash(&child, &count_known, &count));
        facts.size_known = facts.size_known && count_known;
        facts.size_bytes *= count; // a product that overflows is a hash input like any other
    }
    facts_take_size(&facts, die);
    return facts;
}

static struct type_facts facts_of_subroutine(struct type_hasher *hasher, struct hash_source *source,
                                             const struct decoded_die *die, unsigned steps)
{
    struct type_facts facts = {
        hash_mix(facts_of_type_of(hasher, source, die, steps).name_hash, die->abbrev->tag), 0, false};
    struct children children = children_of(&source->view, die);
    struct decoded_die child;
    for (;;) {
        for (const struct abbrev *plain;
             children.depth == 1 && (plain = plain_at(&source->view, ROLE_PARAMETER, &children.position));) {
            const uint32_t position = plain_type(plain, children.position);
            const struct type_facts type = facts_at_position(hasher, source, position, steps);
            facts.name_hash = hash_mix(facts.name_hash, type.name_hash + TAG_formal_parameter);
            children.position += plain->fixed_bytes;
        }
        const enum child next = children_next(&children, &child);
        if (next == CHILD_NONE)
            break;
        if (next == CHILD_DIE && child.abbrev->role == ROLE_PARAMETER)
            facts.name_hash =
                hash_mix(facts.name_hash,
                         facts_of_type_of(hasher, source, &child, steps).name_hash + child.abbrev->tag);
    }
    return facts;
}

static bool is_pointer(unsigned tag)
{
    return tag == TAG_pointer_type || tag == TAG_reference_type || tag == TAG_rvalue_reference_type ||
           tag == TAG_ptr_to_member_type;
}

// What is known before the parts are looked at: ends cycles (a Go `type F func(F)`) with the right answer.
static struct type_facts facts_in_advance(struct type_hasher *hasher, struct place place,
                                          const struct decoded_die *die)
{
    struct type_facts facts = {.name_hash = die->abbrev->tag};
    if (die_has(die, FIELD_NAME) && !is_pointer(die->abbrev->tag))
        facts.name_hash = named_hash(hasher, place, die);
    if (is_pointer(die->abbrev->tag)) {
        facts.size_bytes = place.source->view.unit->address_bytes;
        facts.size_known = true;
    }
    facts_take_size(&facts, die);
    return facts;
}

// Does a base type lie in memory in the other order than the program's?
static bool is_swapped(const struct unit_view *view, const struct decoded_die *die)
{
    return die_has(die, FIELD_ENDIANITY) &&
           die->values[FIELD_ENDIANITY] == (view->stream.big_endian ? END_little : END_big);
}

// `facts` holds what is known in advance.
static struct type_facts facts_of_parts(struct type_hasher *hasher, struct place place,
                                        const struct decoded_die *die, struct type_facts facts,
                                        unsigned steps)
{
    struct hash_source *source = place.source;
    struct type_facts target;
    switch ((enum die_role)die->abbrev->role) {
    case ROLE_BASE:
        if (is_swapped(&source->view, die))
            facts.name_hash = hash_mix(facts.name_hash, die->values[FIELD_ENDIANITY]);
        facts.name_hash = hash_mix(facts.name_hash, facts.size_bytes);
        return facts;
    case ROLE_OTHER_TYPE:
        facts.name_hash = hash_mix(facts.name_hash, facts.size_bytes);
        return facts;
    case ROLE_TYPEDEF: // called by its own name, as large as what it names
        target = facts_of_type_of(hasher, source, die, steps);
        return (struct type_facts){facts.name_hash, target.size_bytes, target.size_known};
    case ROLE_DERIVED:
        target = facts_of_type_of(hasher, source, die, steps);
        if (!is_pointer(die->abbrev->tag)) {
            facts.size_bytes = target.size_bytes;
            facts.size_known = target.size_known;
        }
        facts.name_hash = hash_mix(die->abbrev->tag, target.name_hash);
        return facts;
    case ROLE_ARRAY:
        return facts_of_array(hasher, source, die, steps);
    case ROLE_SUBROUTINE:
        return facts_of_subroutine(hasher, source, die, steps);
    case ROLE_SUBRANGE:
        target = facts_of_type_of(hasher, source, die, steps);
        facts.name_hash = hash_mix(facts.name_hash, target.name_hash);
        if (!facts.size_known) {
            facts.size_bytes = target.size_bytes;
            facts.size_known = target.size_known;
        }
        return facts;
    default: // not a type: the reference is wrong, or the tag is new
        return facts;
    }
}

// Are the facts of the DIE's target at hand, so that nothing can lead back here?
static bool target_is_remembered(struct type_hasher *hasher, struct hash_source *source,
                                 const struct decoded_die *die)
{
    struct type_facts ignored;
    if (!die_has(die, FIELD_TYPE))
        return !die_has(die, FIELD_TYPE_SIGNATURE);
    struct place target = type_hasher_follow(hasher, source, die->values[FIELD_TYPE]);
    return !target.source || place_remembered(hasher, target, &ignored);
}

// The facts of the type at the position. It may lead back to `place`, of which as much is remembered for that
// time as is known in advance.
static struct type_facts target_of_plain(struct type_hasher *hasher, struct place place, uint32_t position,
                                         const struct type_facts *in_advance, unsigned steps)
{
    struct type_facts target;
    if (position_remembered(hasher, place.source, position, &target))
        return target;
    if (position >= unit_length(place.source->view.unit) || steps >= STEPS_MOST)
        return facts_of_nothing;
    place_remember(hasher, place, in_advance);
    return type_facts_at(hasher, (struct place){place.source, position}, steps + 1);
}

// The facts of a plain DIE, read where it stands; the same as the general way gives. False when it is not
// plain.
static inline bool facts_of_plain(struct type_hasher *hasher, struct place place, unsigned steps,
                                  struct type_facts *facts)
{
    struct hash_source *source = place.source;
    const struct unit_view *view = &source->view;
    const uint8_t *p = view->stream.section + view->unit->offset + place.position;
    if (p >= view->stream.end)
        return false;
    const struct abbrev *abbrev = plain_at(view, ROLE_OTHER, &p);
    if (!abbrev)
        return false;
    struct type_facts target;
    switch ((enum die_role)abbrev->role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
    case ROLE_TYPEDEF:
        *facts = (struct type_facts){
            hash_mix(type_hasher_scope_at(hasher, source, place.position), abbrev->tag), 0, false};
        facts->name_hash =
            hash_mix(facts->name_hash, hash_of_name(hasher, source, place.position, abbrev,
                                                    p + abbrev->fixed_bytes, plain_name(abbrev, p)));
        if (abbrev->role != ROLE_TYPEDEF) {
            facts->size_bytes = plain_number(abbrev, p);
            facts->size_known = true;
            return true;
        }
        target = target_of_plain(hasher, place, plain_type(abbrev, p), facts, steps);
        facts->size_bytes = target.size_bytes;
        facts->size_known = target.size_known;
        return true;
    case ROLE_DERIVED:
        *facts = (struct type_facts){.name_hash = abbrev->tag};
        if (is_pointer(abbrev->tag)) {
            facts->size_known = true;
            facts->size_bytes =
                abbrev->plain.has_number ? plain_number(abbrev, p) : view->unit->address_bytes;
        }
        target = target_of_plain(hasher, place, plain_type(abbrev, p), facts, steps);
        facts->name_hash = hash_mix(abbrev->tag, target.name_hash);
        if (!is_pointer(abbrev->tag)) {
            facts->size_bytes = target.size_bytes;
            facts->size_known = target.size_known;
        }
        return true;
    default:
        return false;
    }
}

// Facts that are not remembered yet. What is known in advance is remembered before the parts are looked at,
// where they may lead back.
static NOINLINE struct type_facts type_facts_at(struct type_hasher *hasher, struct place place,
                                                unsigned steps)
{
    struct decoded_die die;
    struct type_facts facts;
    if (facts_of_plain(hasher, place, steps, &facts)) {
        place_remember(hasher, place, &facts);
        return facts;
    }
    if (!decode(place.source, place.position, &die))
        return facts_of_nothing;
    const bool is_record = die.abbrev->role == ROLE_AGGREGATE || die.abbrev->role == ROLE_ENUM;
    if (is_record && die_has(&die, FIELD_NAME) &&
        !die_has(&die, FIELD_SIGNATURE)) { // most: known by its name alone
        facts = facts_of_record_type(hasher, place, &die, steps);
        place_remember(hasher, place, &facts);
        return facts;
    }
    facts = facts_in_advance(hasher, place, &die);
    const bool is_chain = die.abbrev->role == ROLE_DERIVED || die.abbrev->role == ROLE_TYPEDEF;
    if (!is_chain || !target_is_remembered(hasher, place.source, &die))
        place_remember(hasher, place, &facts);
    facts = is_record ? facts_of_record_type(hasher, place, &die, steps)
                      : facts_of_parts(hasher, place, &die, facts, steps);
    place_remember(hasher, place, &facts);
    return facts;
}

struct type_facts type_hasher_target(struct type_hasher *hasher, uint32_t position)
{
    struct hash_source *home = &hasher->sources->home;
    struct decoded_die die;
    return decode(home, position, &die) ? facts_of_type_of(hasher, home, &die, 0) : facts_of_nothing;
}

// ---- shapes ---------------------------------------------------------------------------------------------

// DW_OP_plus_uconst N alone is a constant offset; anything else is hashed as it stands.
static uint64_t location_hash(const struct unit_view *view, const struct decoded_die *die)
{
    if (die_has(die, FIELD_LOCATION))
        return die->values[FIELD_LOCATION];
    if (!die_has(die, FIELD_LOCATION_BLOCK))
        return 0;
    const uint8_t *block = view->stream.section +
                           (die->values[FIELD_LOCATION_BLOCK] & ((UINT64_C(1) << BLOCK_LENGTH_SHIFT) - 1));
    size_t length = (size_t)(die->values[FIELD_LOCATION_BLOCK] >> BLOCK_LENGTH_SHIFT);
    uint64_t constant;
    if (length > 1 && block[0] == OP_plus_uconst && load_uleb(block + 1, &constant) == block + length)
        return constant;
    return XXH3_64bits(block, length);
}

// Where the member starts, in bits: the same number for DW_AT_data_bit_offset and for the older
// DW_AT_bit_offset, which counts from the storage unit's most significant bit.
static uint64_t offset_hash(const struct unit_view *view, const struct decoded_die *die,
                            const struct type_facts *type)
{
    uint64_t bits = location_hash(view, die) * 8;
    if (die_has(die, FIELD_DATA_BIT_OFFSET))
        return bits + die->values[FIELD_DATA_BIT_OFFSET];
    if (!die_has(die, FIELD_BIT_OFFSET))
        return bits;
    if (view->stream.big_endian)
        return bits + die->values[FIELD_BIT_OFFSET];
    uint64_t storage_bytes = die_has(die, FIELD_BYTE_SIZE) ? die->values[FIELD_BYTE_SIZE] : type->size_bytes;
    uint64_t width = die_has(die, FIELD_BIT_SIZE) ? die->values[FIELD_BIT_SIZE] : 0;
    return bits + storage_bytes * 8 - die->values[FIELD_BIT_OFFSET] - width;
}

// The parts are mixed side by side: only the last product waits for the member before.
static inline void member_mix(struct type_shape *shape, bool has_scopes, unsigned tag, uint64_t name_hash,
                              const struct type_facts *type, uint64_t offset_bits, uint64_t size)
{
    uint64_t what = hash_mix(type->name_hash + tag, name_hash);
    uint64_t where = hash_mix(offset_bits, size);
    shape->hash = hash_mix(shape->hash + where, what);
    if (has_scopes) {
        shape->outline += what * (2 * offset_bits + 1);
        shape->unknown_sizes += !type->size_known;
    }
}

// The byte size of an ordinary member is its type's; a bit-field's width is its own.
static inline uint64_t ordinary_size(const struct type_facts *type)
{
    return type->size_bytes << 8 | type->size_known;
}

static void hash_member(struct type_hasher *hasher, struct hash_source *source, struct type_shape *shape,
                        const struct decoded_die *die, unsigned steps)
{
    struct type_facts type = facts_of_type_of(hasher, source, die, steps);
    uint64_t name =
        die_has(die, FIELD_NAME) ? hash_of_text(hasher, source->view.unit, die->values[FIELD_NAME]) : 0;
    if (die_has(die, FIELD_ALIGNMENT)) // declared, of this member alone
        name = hash_mix(name, die->values[FIELD_ALIGNMENT]);
    uint64_t size = die_has(die, FIELD_BIT_SIZE) ? die->values[FIELD_BIT_SIZE] : ordinary_size(&type);
    member_mix(shape, source->has_scopes, die->abbrev->tag, name, &type,
               offset_hash(&source->view, die, &type), size);
}

// The abbrev at `*p` when it is one of a plain member, with the hash of its name. `*p` moves to the start of
// its plain parts. NULL otherwise.
static inline const struct abbrev *plain_member_at(struct type_hasher *hasher, const struct unit_view *view,
                                                   const uint8_t **p, uint64_t *name_hash)
{
    enum { NAME_BYTES_MOST = 32 };
    uint64_t code;
    const uint8_t *behind = load_uleb(*p, &code);
    if (code - 1 >= view->abbrevs->dense_count)
        return NULL;
    const struct abbrev *abbrev = view->abbrevs->dense[code - 1];
    const size_t left = behind < view->stream.end ? (size_t)(view->stream.end - behind) : 0;
    if (abbrev->role != ROLE_MEMBER || abbrev->fixed_bytes > left)
        return NULL;
    if (abbrev->is_plain) {
        *name_hash = hash_of_text(hasher, view->unit, plain_name(abbrev, behind));
    } else if (abbrev->is_plain_behind_name) {
        const size_t most = left - abbrev->fixed_bytes;
        const size_t length = strnlen((const char *)behind, most < NAME_BYTES_MOST ? most : NAME_BYTES_MOST);
        if (length == most || length == NAME_BYTES_MOST)
            return NULL;
        *name_hash = XXH3_64bits(behind, length);
        behind += length + 1;
    } else {
        return NULL;
    }
    *p = behind;
    return abbrev;
}

// The run of plain members that starts at `p`: the same hash as member by member, without going through
// values. Returns the position behind the run.
static const uint8_t *hash_plain_members(struct type_hasher *hasher, struct hash_source *source,
                                         const uint8_t *p, struct type_shape *shape, unsigned steps)
{
    const struct unit_view *view = &source->view;
    uint64_t name_hash;
    for (const struct abbrev *abbrev; (abbrev = plain_member_at(hasher, view, &p, &name_hash));) {
        const uint64_t location = plain_number(abbrev, p);
        const uint32_t position = plain_type(abbrev, p);
        const struct type_facts type = facts_at_position(hasher, source, position, steps);
        member_mix(shape, source->has_scopes, TAG_member, name_hash, &type, location * 8,
                   ordinary_size(&type));
        shape->members_count++;
        shape->dies_count++;
        p += abbrev->fixed_bytes;
    }
    return p;
}

static inline uint64_t enumerator_mix(uint64_t hash, uint64_t name_hash, uint64_t value)
{
    return hash_mix(hash_mix(hash, name_hash), value);
}

// The same for enumerators.
static const uint8_t *hash_plain_enumerators(struct type_hasher *hasher, const struct unit_view *view,
                                             const uint8_t *p, struct type_shape *shape)
{
    for (const struct abbrev *abbrev; (abbrev = plain_at(view, ROLE_ENUMERATOR, &p));) {
        const uint64_t name_hash = hash_of_text(hasher, view->unit, plain_name(abbrev, p));
        shape->hash = enumerator_mix(shape->hash, name_hash, plain_number(abbrev, p));
        shape->dies_count++;
        p += abbrev->fixed_bytes;
    }
    return p;
}

static bool is_static_member(const struct decoded_die *die)
{
    return (die_has(die, FIELD_EXTERNAL) && die->values[FIELD_EXTERNAL]) ||
           (die_has(die, FIELD_DECLARATION) && die->values[FIELD_DECLARATION]);
}

static NOINLINE struct type_shape type_shape_of(struct type_hasher *hasher, struct hash_source *source,
                                                const struct decoded_die *die, unsigned steps)
{
    struct type_shape shape = {.hash = die_has(die, FIELD_ALIGNMENT) ? die->values[FIELD_ALIGNMENT] : 1};
    struct children children = children_of(&source->view, die);
    struct decoded_die child;
    for (;;) {
        if (children.depth == 1 && die->abbrev->role == ROLE_ENUM)
            children.position = hash_plain_enumerators(hasher, &source->view, children.position, &shape);
        else if (children.depth == 1)
            children.position = hash_plain_members(hasher, source, children.position, &shape, steps);
        const enum child next = children_next(&children, &child);
        if (next == CHILD_NONE)
            break;
        if (next == CHILD_CLOSE) {
            shape.hash = hash_mix(shape.hash, ROLE_VARIANT);
            continue;
        }
        shape.dies_count++;
        switch ((enum die_role)child.abbrev->role) {
        case ROLE_MEMBER:
            if (is_static_member(&child))
                break;
            if (children.depth == 1)
                shape.members_count++;
            hash_member(hasher, source, &shape, &child, steps);
            break;
        case ROLE_INHERITANCE:
            hash_member(hasher, source, &shape, &child, steps);
            break;
        case ROLE_VARIANT_PART:
            shape.has_variants = true;
            shape.hash = hash_mix(shape.hash, child.abbrev->tag);
            break;
        case ROLE_VARIANT:
            shape.hash = hash_mix(shape.hash,
                                  die_has(&child, FIELD_DISCR_VALUE) ? child.values[FIELD_DISCR_VALUE] : 7);
            break;
        case ROLE_ENUMERATOR:
            shape.hash =
                enumerator_mix(shape.hash,
                               hash_of_text(hasher, source->view.unit,
                                            die_has(&child, FIELD_NAME) ? child.values[FIELD_NAME] : 0),
                               die_has(&child, FIELD_CONST_VALUE) ? child.values[FIELD_CONST_VALUE] : 0);
            break;
        case ROLE_AGGREGATE:
        case ROLE_ENUM:
        case ROLE_BASE:
        case ROLE_TYPEDEF:
        case ROLE_NAMESPACE:
        case ROLE_FUNCTION:
            shape.holds_types = true;
            break;
        default:
            shape.holds_types |= child.abbrev->has_children;
            break;
        }
    }
    shape.is_broken = children.depth > 0;
    return shape;
}

struct type_shape type_hasher_shape(struct type_hasher *hasher, uint32_t position)
{
    struct hash_source *home = &hasher->sources->home;
    struct decoded_die die;
    return decode(home, position, &die) ? type_shape_of(hasher, home, &die, 0) : (struct type_shape){0};
}

static bool is_sized_part(const struct decoded_die *die)
{
    return die->abbrev->role == ROLE_INHERITANCE ||
           (die->abbrev->role == ROLE_MEMBER && !is_static_member(die));
}

bool type_hasher_part_sizes(struct type_hasher *hasher, uint32_t position, struct arena *arena,
                            struct type_index_entry *entry)
{
    struct hash_source *home = &hasher->sources->home;
    struct decoded_die die, child;
    if (!decode(home, position, &die))
        return true;
    const struct children below = children_of(&home->view, &die);
    enum child next;
    for (struct children counted = below; (next = children_next(&counted, &child)) != CHILD_NONE;)
        entry->part_sizes_count += next == CHILD_DIE && is_sized_part(&child);
    uint64_t *size = entry->part_sizes =
        arena_alloc_array(arena, entry->part_sizes_count, sizeof(*entry->part_sizes));
    for (struct children listed = below; size && (next = children_next(&listed, &child)) != CHILD_NONE;) {
        if (next != CHILD_DIE || !is_sized_part(&child))
            continue;
        const struct type_facts type = facts_of_type_of(hasher, home, &child, 0);
        *size++ = type.size_known ? type.size_bytes : TYPE_SIZE_UNKNOWN;
    }
    return entry->part_sizes != NULL;
}
