#include "scan/type_hash_parts.h"

#include "dwarf/constants.h"
#include "dwarf/die_children.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

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
static inline uint64_t member_mix(uint64_t hash, unsigned tag, uint64_t name_hash,
                                  const struct type_facts *type, uint64_t offset_bits, uint64_t size)
{
    uint64_t what = hash_mix(type->name_hash + tag, name_hash);
    uint64_t where = hash_mix(offset_bits, size);
    return hash_mix(hash + where, what);
}

// The byte size of an ordinary member is its type's; a bit-field's width is its own.
static inline uint64_t ordinary_size(const struct type_facts *type)
{
    return type->size_bytes << 8 | type->size_known;
}

static uint64_t member_hash(struct type_hasher *hasher, struct hash_source *source, uint64_t hash,
                            const struct decoded_die *die, unsigned steps)
{
    struct type_facts type = facts_of_type_of(hasher, source, die, steps);
    uint64_t name =
        die_has(die, FIELD_NAME) ? hash_of_text(hasher, source->view.unit, die->values[FIELD_NAME]) : 0;
    if (die_has(die, FIELD_ALIGNMENT)) // declared, of this member alone
        name = hash_mix(name, die->values[FIELD_ALIGNMENT]);
    uint64_t size = die_has(die, FIELD_BIT_SIZE) ? die->values[FIELD_BIT_SIZE] : ordinary_size(&type);
    return member_mix(hash, die->abbrev->tag, name, &type, offset_hash(&source->view, die, &type), size);
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
        shape->hash =
            member_mix(shape->hash, TAG_member, name_hash, &type, location * 8, ordinary_size(&type));
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

struct type_shape type_shape_of(struct type_hasher *hasher, struct hash_source *source,
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
            shape.hash = member_hash(hasher, source, shape.hash, &child, steps);
            break;
        case ROLE_INHERITANCE:
            shape.hash = member_hash(hasher, source, shape.hash, &child, steps);
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
