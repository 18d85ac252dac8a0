#include "scan/type_hash_parts.h"

#include "dwarf/constants.h"
#include "dwarf/die_children.h"

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
    return hash_mix(hash, hash_of_text(hasher, place.source->view.unit, die->values[FIELD_NAME]));
}

// A declaration tells no size; the type unit or the declaration that it stands for may tell the rest.
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

// `facts` holds what is known in advance.
static struct type_facts facts_of_parts(struct type_hasher *hasher, struct place place,
                                        const struct decoded_die *die, struct type_facts facts,
                                        unsigned steps)
{
    struct hash_source *source = place.source;
    struct type_facts target;
    switch ((enum die_role)die->abbrev->role) {
    case ROLE_BASE:
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
            hash_mix(facts->name_hash, hash_of_text(hasher, view->unit, plain_name(abbrev, p)));
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
NOINLINE struct type_facts type_facts_at(struct type_hasher *hasher, struct place place, unsigned steps)
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
