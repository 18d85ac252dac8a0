#include "dwarf/type_hash.h"

#include "base/bytes.h"
#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/text.h"
#include "object/object.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    TEXT_SLOTS_COUNT = 1 << 13, // direct-mapped; names of one header come back in unit after unit
    MEMO_SLOTS_FIRST = 1 << 12,
    STEPS_MOST = 64, // of typedefs of pointers of arrays …; hostile files go round in circles
};

struct text_hash_slot {
    uint64_t id;
    const struct unit_table *table;
    uint64_t hash;
};

struct type_memo_slot {
    uint64_t offset;
    const struct unit *unit;
    struct type_facts facts;
    uint32_t generation;
};

// The records of one other unit.
struct foreign_records {
    struct foreign_records *next;
    const struct unit *unit;
    struct type_records records;
};

struct error *type_hasher_init(struct type_hasher *hasher, struct abbrev_cache *abbrevs)
{
    *hasher = (struct type_hasher){.abbrevs = abbrevs, .generation = 1, .memo_slots_count = MEMO_SLOTS_FIRST};
    hasher->texts = calloc(TEXT_SLOTS_COUNT, sizeof(*hasher->texts));
    hasher->memo = calloc(MEMO_SLOTS_FIRST, sizeof(*hasher->memo));
    if (!hasher->texts || !hasher->memo)
        return &error_out_of_memory;
    return NULL;
}

static void foreign_free(struct type_hasher *hasher)
{
    while (hasher->foreign) {
        struct foreign_records *foreign = hasher->foreign;
        hasher->foreign = foreign->next;
        vec_free(&foreign->records);
        free(foreign);
    }
}

void type_hasher_free(struct type_hasher *hasher)
{
    foreign_free(hasher);
    free(hasher->texts);
    free(hasher->memo);
    *hasher = (struct type_hasher){0};
}

void type_hasher_enter(struct type_hasher *hasher, const struct unit_view *view, struct type_records *records)
{
    foreign_free(hasher);
    hasher->view = view;
    hasher->records = records;
    hasher->has_scopes = language_has_scopes(view->unit->language);
    hasher->memo_used = 0;
    if (++hasher->generation == 0) { // wrapped round: old slots would look like new ones
        memset(hasher->memo, 0, hasher->memo_slots_count * sizeof(*hasher->memo));
        hasher->generation = 1;
    }
}

uint64_t type_hasher_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id)
{
    unsigned tag = id_tag(id);
    if (tag == TEXT_INDEX)
        id = text_resolve_index(unit, id);
    if (tag == TEXT_INLINE || id == 0) { // never seen twice
        const char *text = id ? text_of(unit, id) : NULL;
        return text ? XXH3_64bits(text, strlen(text)) : XXH3_64bits("", 0);
    }
    struct text_hash_slot *slot = &hasher->texts[(id * UINT64_C(0x9e3779b97f4a7c15)) >> 51];
    _Static_assert(TEXT_SLOTS_COUNT == 1 << (64 - 51), "the shift picks a slot");
    if (slot->id != id || slot->table != unit->table) {
        const char *text = text_of(unit, id);
        slot->hash = text ? XXH3_64bits(text, strlen(text)) : XXH3_64bits("", 0);
        slot->id = id;
        slot->table = unit->table;
    }
    return slot->hash;
}

// ---- scopes
// ----------------------------------------------------------------------------------------------------------------

static uint64_t scope_hash(struct type_hasher *hasher, const struct unit_view *view,
                           struct type_records *records, uint32_t index, unsigned steps);

// The scope that a record lies in: its parent's, or that of the declaration which it completes.
static uint64_t enclosing_hash(struct type_hasher *hasher, const struct unit_view *view,
                               struct type_records *records, uint32_t index, unsigned steps)
{
    uint32_t parent = type_record_scope(records, index);
    return parent == NO_RECORD ? 0 : scope_hash(hasher, view, records, parent, steps + 1);
}

static uint64_t scope_hash(struct type_hasher *hasher, const struct unit_view *view,
                           struct type_records *records, uint32_t index, unsigned steps)
{
    struct type_record *record = &records->data[index];
    if (record->scope_hash == 0 && steps < STEPS_MOST) {
        uint64_t hash = enclosing_hash(hasher, view, records, index, steps);
        hash = hash_mix(hash, record->role == ROLE_AGGREGATE ? ROLE_NAMESPACE : record->role);
        record->scope_hash =
            hash_mix(hash, type_hasher_text(hasher, view->unit, type_record_name(view, record)));
    }
    return record->scope_hash;
}

uint64_t type_hasher_scope_of(struct type_hasher *hasher, uint32_t index)
{
    return hasher->has_scopes ? enclosing_hash(hasher, hasher->view, hasher->records, index, 0) : 0;
}

// Records of another unit whose types are referred to; NULL when it cannot be read.
static struct type_records *foreign_records_of(struct type_hasher *hasher, const struct unit_view *view)
{
    for (struct foreign_records *f = hasher->foreign; f; f = f->next)
        if (f->unit == view->unit)
            return &f->records;
    struct foreign_records *foreign = calloc(1, sizeof(*foreign));
    if (!foreign) {
        hasher->out_of_memory = true;
        return NULL;
    }
    foreign->unit = view->unit;
    foreign->next = hasher->foreign;
    hasher->foreign = foreign;
    uint64_t ignored = 0;
    const struct unit_hits everything = {.everything = true};
    struct error *error CLEANUP(error_free_at) =
        type_records_read(view, &everything, &foreign->records, &ignored);
    return &foreign->records; // a broken unit's records end where it broke
}

static uint64_t scope_at(struct type_hasher *hasher, const struct unit_view *view, uint64_t offset)
{
    if (!language_has_scopes(view->unit->language))
        return 0;
    struct type_records *records =
        view->unit == hasher->view->unit ? hasher->records : foreign_records_of(hasher, view);
    if (!records)
        return 0;
    uint32_t position = (uint32_t)(offset - view->unit->offset);
    uint32_t own = type_records_find(records, position);
    if (own != NO_RECORD)
        return enclosing_hash(hasher, view, records, own, 0);
    uint32_t scope = type_records_scope(records, position);
    return scope == NO_RECORD ? 0 : scope_hash(hasher, view, records, scope, 0);
}

// ---- memo
// ------------------------------------------------------------------------------------------------------------------

static uint32_t memo_index(const struct type_hasher *hasher, uint64_t offset)
{
    return (uint32_t)((offset * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (hasher->memo_slots_count - 1);
}

static struct type_memo_slot *memo_find(struct type_hasher *hasher, const struct unit *unit, uint64_t offset)
{
    uint32_t i = memo_index(hasher, offset);
    while (hasher->memo[i].generation == hasher->generation &&
           (hasher->memo[i].offset != offset || hasher->memo[i].unit != unit))
        i = (i + 1) & (hasher->memo_slots_count - 1);
    return &hasher->memo[i];
}

static bool memo_grow(struct type_hasher *hasher)
{
    struct type_memo_slot *old = hasher->memo;
    uint32_t old_count = hasher->memo_slots_count;
    struct type_memo_slot *grown =
        old_count < UINT32_MAX / 4 ? calloc((size_t)old_count * 2, sizeof(*grown)) : NULL;
    if (!grown) {
        hasher->out_of_memory = true;
        return false;
    }
    hasher->memo = grown;
    hasher->memo_slots_count = old_count * 2;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i].generation == hasher->generation)
            *memo_find(hasher, old[i].unit, old[i].offset) = old[i];
    free(old);
    return true;
}

static void memo_store(struct type_hasher *hasher, const struct unit *unit, uint64_t offset,
                       struct type_facts facts)
{
    struct type_memo_slot *slot = memo_find(hasher, unit, offset);
    if (slot->generation != hasher->generation) {
        if (hasher->memo_used * 2 >= hasher->memo_slots_count) {
            if (!memo_grow(hasher))
                return;
            slot = memo_find(hasher, unit, offset);
        }
        hasher->memo_used++;
    }
    *slot = (struct type_memo_slot){offset, unit, facts, hasher->generation};
}

// ---- facts of a type
// ---------------------------------------------------------------------------------------------------------

static struct type_facts facts_at(struct type_hasher *hasher, const struct unit_view *view, uint64_t offset,
                                  unsigned steps);
static struct type_shape shape_of_children(struct type_hasher *hasher, const struct unit_view *view,
                                           const struct decoded_die *die, unsigned steps);

// Where a reference leads: the unit (opened as *view) and the offset. False when it leads nowhere.
static bool follow(struct type_hasher *hasher, const struct unit_view *from, uint64_t id,
                   struct unit_view *view, uint64_t *offset)
{
    const struct unit_table *table = from->unit->table;
    *offset = id_offset(id);
    const struct unit *unit = NULL;
    switch ((enum reference_tag)id_tag(id)) {
    case REFERENCE_UNIT:
        *offset += from->unit->offset;
        *view = *from;
        return true;
    case REFERENCE_SECTION:
        unit = unit_at(table, SECTION_INFO, *offset);
        break;
    case REFERENCE_ALTERNATE:
        unit = table->alternate ? unit_at(table->alternate, SECTION_INFO, *offset) : NULL;
        break;
    case REFERENCE_NONE:
        break;
    }
    if (!unit)
        return false;
    if (unit == from->unit) {
        *view = *from;
        return true;
    }
    struct error *error CLEANUP(error_free_at) = unit_view_open(hasher->abbrevs, unit, view);
    return !error;
}

static bool follow_signature(struct type_hasher *hasher, const struct unit_view *from, uint64_t signature,
                             struct unit_view *view, uint64_t *offset)
{
    const struct unit *unit = unit_by_signature(from->unit->table, signature);
    if (!unit)
        return false;
    *offset = unit->type_offset;
    struct error *error CLEANUP(error_free_at) = unit_view_open(hasher->abbrevs, unit, view);
    return !error;
}

static const struct type_facts nothing = {.name_hash = 0x766f6964};

static struct type_facts facts_of_type_of(struct type_hasher *hasher, const struct unit_view *view,
                                          const struct decoded_die *die, unsigned steps)
{
    struct unit_view target;
    uint64_t offset;
    if (steps >= STEPS_MOST)
        return nothing;
    if (die_has(die, FIELD_TYPE) && follow(hasher, view, die->values[FIELD_TYPE], &target, &offset))
        return facts_at(hasher, &target, offset, steps + 1);
    if (die_has(die, FIELD_TYPE_SIGNATURE) &&
        follow_signature(hasher, view, die->values[FIELD_TYPE_SIGNATURE], &target, &offset))
        return facts_at(hasher, &target, offset, steps + 1);
    return nothing;
}

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

static uint64_t named_hash(struct type_hasher *hasher, const struct unit_view *view, uint64_t offset,
                           const struct decoded_die *die)
{
    uint64_t hash = hash_mix(scope_at(hasher, view, offset), die->abbrev->tag);
    return hash_mix(hash, type_hasher_text(hasher, view->unit, die->values[FIELD_NAME]));
}

// A declaration tells no size; the type unit or the declaration that it stands for may tell the rest.
static struct type_facts facts_of_record_type(struct type_hasher *hasher, const struct unit_view *view,
                                              uint64_t offset, const struct decoded_die *die, unsigned steps)
{
    struct type_facts facts = {0};
    struct unit_view target;
    uint64_t target_offset;
    if (die_has(die, FIELD_SIGNATURE) &&
        follow_signature(hasher, view, die->values[FIELD_SIGNATURE], &target, &target_offset) &&
        steps < STEPS_MOST)
        return facts_at(hasher, &target, target_offset, steps + 1);
    if (!die_has(die, FIELD_NAME) && die_has(die, FIELD_SPECIFICATION) && steps < STEPS_MOST &&
        follow(hasher, view, die->values[FIELD_SPECIFICATION], &target, &target_offset)) {
        facts = facts_at(hasher, &target, target_offset, steps + 1);
        facts_take_size(&facts, die);
        return facts;
    }
    if (die_has(die, FIELD_NAME))
        facts.name_hash = named_hash(hasher, view, offset, die);
    else
        facts.name_hash = hash_mix(die->abbrev->tag, shape_of_children(hasher, view, die, steps + 1).hash);
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

// Moves `p`, behind a DIE with children, to behind its last child's end. False when the unit breaks the
// rules.
static bool skip_children(const struct unit_view *view, const struct decoded_die *die, const uint8_t **p)
{
    const uint8_t *const header = view->stream.section + view->unit->offset;
    if (die_has(die, FIELD_SIBLING)) {
        uint64_t sibling = die->values[FIELD_SIBLING];
        if (sibling > (uint64_t)(*p - header) && sibling <= (uint64_t)(view->stream.end - header)) {
            *p = header + sibling;
            return true;
        }
    }
    uint64_t values[FIELDS_COUNT];
    for (size_t depth = 1; depth > 0;) {
        uint64_t code;
        if (*p >= view->stream.end)
            return false;
        *p = load_uleb(*p, &code);
        if (code == 0) {
            depth--;
            continue;
        }
        const struct abbrev *abbrev = abbrev_find(view->abbrevs, code);
        *p = abbrev ? die_run(&view->stream, view->abbrevs->code + abbrev->skip_program, *p, values) : NULL;
        if (!*p)
            return false;
        depth += abbrev->has_children;
    }
    return true;
}

// The children of a DIE, one after the other. Their own children are passed over, but for those of
// transparent ones (a variant part's variants), which come as if they were ours.
struct children {
    const struct unit_view *view;
    const uint8_t *position;
    size_t depth; // 0: at the end
};

static struct children children_of(const struct unit_view *view, const struct decoded_die *die)
{
    return (struct children){view, die->next, die->abbrev->has_children ? 1 : 0};
}

enum child { CHILD_NONE, CHILD_DIE, CHILD_CLOSE };

static enum child children_next(struct children *children, struct decoded_die *die)
{
    uint64_t code;
    if (children->depth == 0 || children->position >= children->view->stream.end)
        return CHILD_NONE;
    const uint8_t *p = load_uleb(children->position, &code);
    if (code == 0) {
        children->position = p;
        return --children->depth == 0 ? CHILD_NONE : CHILD_CLOSE;
    }
    die->abbrev = abbrev_find(children->view->abbrevs, code);
    if (!die->abbrev || p > children->view->stream.end)
        return CHILD_NONE;
    const struct abbrev_table *abbrevs = children->view->abbrevs;
    die->next = die_run(&children->view->stream, abbrevs->code + die->abbrev->full_program, p, die->values);
    if (!die->next)
        return CHILD_NONE;
    children->position = die->next;
    if (die->abbrev->has_children) {
        if (die->abbrev->role == ROLE_VARIANT_PART || die->abbrev->role == ROLE_VARIANT)
            children->depth++;
        else if (!skip_children(children->view, die, &children->position))
            return CHILD_NONE;
    }
    return CHILD_DIE;
}

static struct type_facts facts_of_array(struct type_hasher *hasher, const struct unit_view *view,
                                        const struct decoded_die *die, unsigned steps)
{
    struct type_facts element = facts_of_type_of(hasher, view, die, steps);
    struct type_facts facts = {hash_mix(element.name_hash, die->abbrev->tag), element.size_bytes,
                               element.size_known};
    struct children children = children_of(view, die);
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

static struct type_facts facts_of_subroutine(struct type_hasher *hasher, const struct unit_view *view,
                                             const struct decoded_die *die, unsigned steps)
{
    struct type_facts facts = {
        hash_mix(facts_of_type_of(hasher, view, die, steps).name_hash, die->abbrev->tag), 0, false};
    struct children children = children_of(view, die);
    struct decoded_die child;
    for (enum child next; (next = children_next(&children, &child)) != CHILD_NONE;)
        if (next == CHILD_DIE && child.abbrev->role == ROLE_PARAMETER)
            facts.name_hash = hash_mix(
                facts.name_hash, facts_of_type_of(hasher, view, &child, steps).name_hash + child.abbrev->tag);
    return facts;
}

static bool is_pointer(unsigned tag)
{
    return tag == TAG_pointer_type || tag == TAG_reference_type || tag == TAG_rvalue_reference_type ||
           tag == TAG_ptr_to_member_type;
}

// What is known before the parts are looked at: ends cycles (a Go `type F func(F)`) with the right answer.
static struct type_facts facts_in_advance(struct type_hasher *hasher, const struct unit_view *view,
                                          uint64_t offset, const struct decoded_die *die)
{
    struct type_facts facts = {.name_hash = die->abbrev->tag};
    if (die_has(die, FIELD_NAME))
        facts.name_hash = named_hash(hasher, view, offset, die);
    if (is_pointer(die->abbrev->tag)) {
        facts.size_bytes = view->unit->address_bytes;
        facts.size_known = true;
    }
    facts_take_size(&facts, die);
    return facts;
}

static struct type_facts facts_of_die(struct type_hasher *hasher, const struct unit_view *view,
                                      uint64_t offset, const struct decoded_die *die, struct type_facts facts,
                                      unsigned steps)
{
    struct type_facts target;
    switch ((enum die_role)die->abbrev->role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
        return facts_of_record_type(hasher, view, offset, die, steps);
    case ROLE_BASE:
    case ROLE_OTHER_TYPE:
        facts.name_hash = hash_mix(facts.name_hash, facts.size_bytes);
        return facts;
    case ROLE_TYPEDEF: // called by its own name, as large as what it names
        target = facts_of_type_of(hasher, view, die, steps);
        return (struct type_facts){facts.name_hash, target.size_bytes, target.size_known};
    case ROLE_DERIVED:
        target = facts_of_type_of(hasher, view, die, steps);
        if (!is_pointer(die->abbrev->tag)) {
            facts.size_bytes = target.size_bytes;
            facts.size_known = target.size_known;
        }
        facts.name_hash = hash_mix(die->abbrev->tag, target.name_hash);
        return facts;
    case ROLE_ARRAY:
        return facts_of_array(hasher, view, die, steps);
    case ROLE_SUBROUTINE:
        return facts_of_subroutine(hasher, view, die, steps);
    case ROLE_SUBRANGE:
        target = facts_of_type_of(hasher, view, die, steps);
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

static struct type_facts facts_at(struct type_hasher *hasher, const struct unit_view *view, uint64_t offset,
                                  unsigned steps)
{
    struct type_memo_slot *slot = memo_find(hasher, view->unit, offset);
    if (slot->generation == hasher->generation)
        return slot->facts;
    struct decoded_die die;
    if (!unit_view_decode(view, offset, &die))
        return nothing;
    struct type_facts facts = facts_in_advance(hasher, view, offset, &die);
    memo_store(hasher, view->unit, offset, facts);
    facts = facts_of_die(hasher, view, offset, &die, facts, steps);
    memo_store(hasher, view->unit, offset, facts);
    return facts;
}

// ---- shapes
// ------------------------------------------------------------------------------------------------------------------

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

static uint64_t member_hash(struct type_hasher *hasher, const struct unit_view *view, uint64_t hash,
                            const struct decoded_die *die, unsigned steps)
{
    struct type_facts type = facts_of_type_of(hasher, view, die, steps);
    hash = hash_mix(hash, type.name_hash + die->abbrev->tag);
    hash = hash_mix(hash, offset_hash(view, die, &type));
    // The whole byte size of an ordinary member is its type's; a bit-field's width is its own.
    uint64_t size_bits =
        die_has(die, FIELD_BIT_SIZE) ? die->values[FIELD_BIT_SIZE] : type.size_bytes << 8 | type.size_known;
    hash = hash_mix(hash, size_bits);
    return die_has(die, FIELD_NAME)
               ? hash_mix(hash, type_hasher_text(hasher, view->unit, die->values[FIELD_NAME]))
               : hash;
}

static bool is_static_member(const struct decoded_die *die)
{
    return (die_has(die, FIELD_EXTERNAL) && die->values[FIELD_EXTERNAL]) ||
           (die_has(die, FIELD_DECLARATION) && die->values[FIELD_DECLARATION]);
}

static struct type_shape shape_of_children(struct type_hasher *hasher, const struct unit_view *view,
                                           const struct decoded_die *die, unsigned steps)
{
    struct type_shape shape = {.hash = 1};
    struct children children = children_of(view, die);
    struct decoded_die child;
    for (enum child next; (next = children_next(&children, &child)) != CHILD_NONE;) {
        if (next == CHILD_CLOSE) {
            shape.hash = hash_mix(shape.hash, ROLE_VARIANT);
            continue;
        }
        switch ((enum die_role)child.abbrev->role) {
        case ROLE_MEMBER:
            if (is_static_member(&child))
                break;
            if (children.depth == 1)
                shape.members_count++;
            shape.hash = member_hash(hasher, view, shape.hash, &child, steps);
            break;
        case ROLE_INHERITANCE:
            shape.hash = member_hash(hasher, view, shape.hash, &child, steps);
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
            shape.hash = hash_mix(
                shape.hash, type_hasher_text(hasher, view->unit,
                                             die_has(&child, FIELD_NAME) ? child.values[FIELD_NAME] : 0));
            shape.hash = hash_mix(shape.hash,
                                  die_has(&child, FIELD_CONST_VALUE) ? child.values[FIELD_CONST_VALUE] : 0);
            break;
        default:
            break;
        }
    }
    return shape;
}

struct type_shape type_hasher_shape(struct type_hasher *hasher, uint64_t offset)
{
    struct decoded_die die;
    if (!unit_view_decode(hasher->view, offset, &die))
        return (struct type_shape){0};
    return shape_of_children(hasher, hasher->view, &die, 0);
}

struct type_facts type_hasher_target(struct type_hasher *hasher, uint64_t typedef_offset)
{
    struct decoded_die die;
    if (!unit_view_decode(hasher->view, typedef_offset, &die))
        return nothing;
    return facts_of_type_of(hasher, hasher->view, &die, 0);
}
