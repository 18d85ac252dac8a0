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

struct error *type_hasher_init(struct type_hasher *hasher, struct abbrev_cache *abbrevs)
{
    *hasher = (struct type_hasher){.abbrevs = abbrevs};
    hasher->texts = calloc(TEXT_SLOTS_COUNT, sizeof(*hasher->texts));
    hasher->sources = calloc(1, sizeof(*hasher->sources));
    bool ready = type_memo_init(&hasher->memo) && hasher->texts && hasher->sources;
    return ready ? NULL : &error_out_of_memory;
}

static void sources_free_others(struct hash_sources *sources)
{
    for (size_t i = 0; i < SOURCE_BUCKETS && sources->others_count > 0; i++) {
        while (sources->others[i]) {
            struct hash_source *source = sources->others[i];
            sources->others[i] = source->next;
            vec_free(&source->own);
            free(source);
            sources->others_count--;
        }
    }
}

void type_hasher_free(struct type_hasher *hasher)
{
    if (hasher->sources)
        sources_free_others(hasher->sources);
    free(hasher->sources);
    free(hasher->texts);
    type_memo_free(&hasher->memo);
    *hasher = (struct type_hasher){0};
}

static uint64_t unit_length(const struct unit *unit)
{
    return unit->end_offset - unit->offset;
}

void type_hasher_enter(struct type_hasher *hasher, const struct unit_view *view, struct type_records *records)
{
    struct hash_source *home = &hasher->sources->home;
    if (home->view.unit &&
        home->view.unit->table != view->unit->table) // ids count in another file's sections
        memset(hasher->texts, 0, TEXT_SLOTS_COUNT * sizeof(*hasher->texts));
    sources_free_others(hasher->sources);
    type_memo_forget(&hasher->memo);
    home->view = *view;
    home->records = records;
    home->has_scopes = language_has_scopes(view->unit->language);
    home->first_key = type_memo_keys(&hasher->memo, unit_length(view->unit));
}

// Opens a unit that is referred to; NULL when it cannot be read.
static struct hash_source *source_of(struct type_hasher *hasher, const struct unit *unit)
{
    struct hash_source *home = &hasher->sources->home;
    if (unit == home->view.unit)
        return home;
    struct hash_source **bucket = &hasher->sources->others[unit->number % SOURCE_BUCKETS];
    for (struct hash_source *source = *bucket; source; source = source->next)
        if (source->view.unit == unit)
            return source;
    struct hash_source *source = calloc(1, sizeof(*source));
    if (!source) {
        hasher->out_of_memory = true;
        return NULL;
    }
    struct error *error CLEANUP(error_free_at) = unit_view_open(hasher->abbrevs, unit, &source->view);
    source->first_key = error ? 0 : type_memo_keys(&hasher->memo, unit_length(unit));
    if (error || source->first_key == 0) {
        free(source);
        return NULL;
    }
    source->has_scopes = language_has_scopes(unit->language);
    source->next = *bucket;
    *bucket = source;
    hasher->sources->others_count++;
    return source;
}

static struct type_records *source_records(struct hash_source *source)
{
    if (!source->records) {
        uint64_t ignored = 0;
        const struct walk_plan all = {.extent = WALK_ALL};
        // A broken unit's records end where it broke.
        error_free(type_records_read(&source->view, &all, &source->own, &ignored));
        source->records = &source->own;
    }
    return source->records;
}

static const uint64_t EMPTY_TEXT_HASH = UINT64_C(0x2d06800538d394c2); // XXH3 of no bytes

static NOINLINE uint64_t text_hash(const struct unit *unit, uint64_t id)
{
    struct bytes text = text_bytes_of(unit, id);
    return text.data ? XXH3_64bits(text.data, text.size_bytes) : EMPTY_TEXT_HASH;
}

static inline uint64_t hash_of_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id)
{
    if (UNLIKELY(id_tag(id) == TEXT_INDEX))
        id = text_resolve_index(unit, id);
    if (id_tag(id) == TEXT_INLINE || id == 0 || unit->table != hasher->sources->home.view.unit->table)
        return text_hash(unit, id);
    struct text_hash_slot *slot = &hasher->texts[(id * UINT64_C(0x9e3779b97f4a7c15)) >> TEXT_SLOT_SHIFT];
    if (slot->id != id) {
        slot->hash = text_hash(unit, id);
        slot->id = id;
    }
    return slot->hash;
}

uint64_t type_hasher_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id)
{
    return hash_of_text(hasher, unit, id);
}

static uint64_t scope_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                           unsigned steps);
static uint64_t signed_name(struct type_hasher *hasher, struct hash_source *from, uint64_t signature,
                            const struct unit **unit);

// The scope that a record lies in: its parent's, or that of the declaration which it completes.
static uint64_t enclosing_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                               unsigned steps)
{
    uint32_t parent = type_record_scope(source->records, index);
    return parent == NO_RECORD ? 0 : scope_hash(hasher, source, parent, steps + 1);
}

static uint64_t scope_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                           unsigned steps)
{
    struct type_record *record = &source->records->data[index];
    if (record->scope_hash == 0 && steps < STEPS_MOST) {
        uint64_t hash = enclosing_hash(hasher, source, index, steps);
        hash = hash_mix(hash, record->role == ROLE_AGGREGATE ? ROLE_NAMESPACE : record->role);
        uint64_t name = type_record_name(&source->view, record);
        const struct unit *unit = source->view.unit;
        if (name == 0 && record->has_signature)
            name = signed_name(hasher, source, record->signature, &unit);
        record->scope_hash = hash_mix(hash, hash_of_text(hasher, unit, name));
    }
    return record->scope_hash;
}

uint64_t type_hasher_scope_of(struct type_hasher *hasher, uint32_t index)
{
    struct hash_source *home = &hasher->sources->home;
    return home->has_scopes ? enclosing_hash(hasher, home, index, 0) : 0;
}

static uint64_t scope_at(struct type_hasher *hasher, struct hash_source *source, uint32_t position)
{
    if (!source->has_scopes)
        return 0;
    struct type_records *records = source_records(source);
    uint32_t own = type_records_find(records, position);
    if (own != NO_RECORD)
        return enclosing_hash(hasher, source, own, 0);
    uint32_t scope = type_records_scope(records, position);
    return scope == NO_RECORD ? 0 : scope_hash(hasher, source, scope, 0);
}

// A DIE of a source, by its offset from the unit's header.
struct place {
    struct hash_source *source; // NULL: the reference leads nowhere
    uint32_t position;
};

static struct place place_in(struct type_hasher *hasher, const struct unit *unit, uint64_t offset)
{
    if (!unit || offset - unit->offset > UINT32_MAX)
        return (struct place){0};
    return (struct place){source_of(hasher, unit), (uint32_t)(offset - unit->offset)};
}

static struct place follow(struct type_hasher *hasher, struct hash_source *from, uint64_t id)
{
    const struct unit_table *table = from->view.unit->table;
    uint64_t offset = id_offset(id);
    switch ((enum reference_tag)id_tag(id)) {
    case REFERENCE_UNIT:
        return offset < unit_length(from->view.unit) ? (struct place){from, (uint32_t)offset}
                                                     : (struct place){0};
    case REFERENCE_SECTION:
        return place_in(hasher, unit_at(table, SECTION_INFO, offset), offset);
    case REFERENCE_ALTERNATE:
        return place_in(hasher, table->alternate ? unit_at(table->alternate, SECTION_INFO, offset) : NULL,
                        offset);
    case REFERENCE_NONE:
        break;
    }
    return (struct place){0};
}

static struct place follow_signature(struct type_hasher *hasher, struct hash_source *from, uint64_t signature)
{
    const struct unit *unit = unit_by_signature(from->view.unit->table, signature);
    return place_in(hasher, unit, unit ? unit->type_offset : 0);
}

static bool decode(const struct hash_source *source, uint32_t position, struct decoded_die *die)
{
    return unit_view_decode(&source->view, source->view.unit->offset + position, die);
}

// The name of a type unit's type as a text_id of that unit; 0: none.
static uint64_t signed_name(struct type_hasher *hasher, struct hash_source *from, uint64_t signature,
                            const struct unit **unit)
{
    struct place place = follow_signature(hasher, from, signature);
    struct decoded_die die;
    if (!place.source || !decode(place.source, place.position, &die) || !die_has(&die, FIELD_NAME))
        return 0;
    *unit = place.source->view.unit;
    return die.values[FIELD_NAME];
}

const char *type_hasher_signed_name(struct type_hasher *hasher, uint64_t signature)
{
    const struct unit *unit;
    uint64_t name = signed_name(hasher, &hasher->sources->home, signature, &unit);
    return name ? text_of(unit, name) : NULL;
}

static struct type_facts facts_at(struct type_hasher *hasher, struct place place, unsigned steps);
static struct type_shape shape_of_children(struct type_hasher *hasher, struct hash_source *source,
                                           const struct decoded_die *die, unsigned steps);

// The abbrev at `*p` when it is a plain one of the role (ROLE_OTHER: of any) that lies in the unit: `*p`
// moves behind its code. NULL otherwise.
static inline const struct abbrev *plain_at(const struct unit_view *view, enum die_role role,
                                            const uint8_t **p)
{
    uint64_t code;
    const uint8_t *behind = load_uleb(*p, &code);
    if (code - 1 >= view->abbrevs->dense_count)
        return NULL;
    const struct abbrev *abbrev = &view->abbrevs->dense[code - 1];
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

static inline uint64_t plain_number(const struct unit_view *view, const struct abbrev *abbrev,
                                    const uint8_t *p)
{
    const struct plain_parts *plain = &abbrev->plain;
    uint64_t number =
        load_u64((plain->number_is_constant ? view->abbrevs->constants : p) + plain->number_at, false);
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

static const struct type_facts nothing = {.name_hash = 0x766f6964};

static inline struct type_facts facts_of_type_of(struct type_hasher *hasher, struct hash_source *source,
                                                 const struct decoded_die *die, unsigned steps)
{
    struct place place = {0};
    if (die_has(die, FIELD_TYPE))
        place = follow(hasher, source, die->values[FIELD_TYPE]);
    else if (die_has(die, FIELD_TYPE_SIGNATURE))
        place = follow_signature(hasher, source, die->values[FIELD_TYPE_SIGNATURE]);
    struct type_facts facts;
    if (!place.source)
        return nothing;
    if (LIKELY(type_memo_find(&hasher->memo, place.source->first_key + place.position, &facts)))
        return facts;
    return steps < STEPS_MOST ? facts_at(hasher, place, steps + 1) : nothing;
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

static uint64_t named_hash(struct type_hasher *hasher, struct place place, const struct decoded_die *die)
{
    uint64_t hash = hash_mix(scope_at(hasher, place.source, place.position), die->abbrev->tag);
    return hash_mix(hash, hash_of_text(hasher, place.source->view.unit, die->values[FIELD_NAME]));
}

// A declaration tells no size; the type unit or the declaration that it stands for may tell the rest.
static struct type_facts facts_of_record_type(struct type_hasher *hasher, struct place place,
                                              const struct decoded_die *die, unsigned steps)
{
    struct type_facts facts = {0};
    struct place definition = {0};
    if (die_has(die, FIELD_SIGNATURE))
        definition = follow_signature(hasher, place.source, die->values[FIELD_SIGNATURE]);
    else if (!die_has(die, FIELD_NAME) && die_has(die, FIELD_SPECIFICATION))
        definition = follow(hasher, place.source, die->values[FIELD_SPECIFICATION]);
    if (definition.source && steps < STEPS_MOST) {
        if (!place_remembered(hasher, definition, &facts))
            facts = facts_at(hasher, definition, steps + 1);
    } else if (die_has(die, FIELD_NAME))
        facts.name_hash = named_hash(hasher, place, die);
    else
        facts.name_hash =
            hash_mix(die->abbrev->tag, shape_of_children(hasher, place.source, die, steps + 1).hash);
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
    uint64_t sibling;
    if (die_has(die, FIELD_SIBLING)) {
        sibling = die->values[FIELD_SIBLING];
        if (sibling > (uint64_t)(*p - header) && sibling <= (uint64_t)(view->stream.end - header)) {
            *p = header + sibling;
            return true;
        }
    }
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
        *p = abbrev ? die_pass(&view->stream, view->abbrevs, abbrev, *p, &sibling) : NULL;
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
    die->next = die_read(&children->view->stream, children->view->abbrevs, die->abbrev, p, die->values);
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

static inline struct type_facts facts_at_position(struct type_hasher *hasher, struct hash_source *source,
                                                  uint32_t position, unsigned steps)
{
    struct type_facts facts;
    if (LIKELY(position_remembered(hasher, source, position, &facts)))
        return facts;
    if (steps >= STEPS_MOST || position >= unit_length(source->view.unit))
        return nothing;
    return facts_at(hasher, (struct place){source, position}, steps + 1);
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
    struct place target = follow(hasher, source, die->values[FIELD_TYPE]);
    return !target.source || place_remembered(hasher, target, &ignored);
}

// The facts of a plain DIE, read where it stands. False when it is not plain, or its target is not
// remembered: it may then lead back here.
static inline bool facts_of_plain(struct type_hasher *hasher, struct place place, struct type_facts *facts)
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
        *facts = (struct type_facts){hash_mix(scope_at(hasher, source, place.position), abbrev->tag),
                                     plain_number(view, abbrev, p), true};
        facts->name_hash =
            hash_mix(facts->name_hash, hash_of_text(hasher, view->unit, plain_name(abbrev, p)));
        return true;
    case ROLE_TYPEDEF:
        if (!position_remembered(hasher, source, plain_type(abbrev, p), facts))
            return false;
        facts->name_hash = hash_mix(scope_at(hasher, source, place.position), abbrev->tag);
        facts->name_hash =
            hash_mix(facts->name_hash, hash_of_text(hasher, view->unit, plain_name(abbrev, p)));
        return true;
    case ROLE_DERIVED:
        if (!position_remembered(hasher, source, plain_type(abbrev, p), &target))
            return false;
        *facts = (struct type_facts){hash_mix(abbrev->tag, target.name_hash), target.size_bytes,
                                     target.size_known};
        if (is_pointer(abbrev->tag)) {
            facts->size_known = true;
            facts->size_bytes = abbrev->plain.number_shift_bits < 64 ? plain_number(view, abbrev, p)
                                                                     : view->unit->address_bytes;
        }
        return true;
    default:
        return false;
    }
}

// Facts that are not remembered yet. What is known in advance is remembered before the parts are looked at,
// where they may lead back.
static NOINLINE struct type_facts facts_at(struct type_hasher *hasher, struct place place, unsigned steps)
{
    struct decoded_die die;
    struct type_facts facts;
    if (facts_of_plain(hasher, place, &facts)) {
        place_remember(hasher, place, &facts);
        return facts;
    }
    if (!decode(place.source, place.position, &die))
        return nothing;
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
    uint64_t size = die_has(die, FIELD_BIT_SIZE) ? die->values[FIELD_BIT_SIZE] : ordinary_size(&type);
    return member_mix(hash, die->abbrev->tag, name, &type, offset_hash(&source->view, die, &type), size);
}

// The run of plain members that starts at `p`: the same hash as member by member, without going through
// values. Returns the position behind the run.
static const uint8_t *hash_plain_members(struct type_hasher *hasher, struct hash_source *source,
                                         const uint8_t *p, struct type_shape *shape, unsigned steps)
{
    const struct unit_view *view = &source->view;
    for (const struct abbrev *abbrev; (abbrev = plain_at(view, ROLE_MEMBER, &p));) {
        const uint64_t name = plain_name(abbrev, p), location = plain_number(view, abbrev, p);
        const uint32_t position = plain_type(abbrev, p);
        const struct type_facts type = facts_at_position(hasher, source, position, steps);
        const uint64_t name_hash = hash_of_text(hasher, view->unit, name);
        shape->hash =
            member_mix(shape->hash, TAG_member, name_hash, &type, location * 8, ordinary_size(&type));
        shape->members_count++;
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

static struct type_shape shape_of_children(struct type_hasher *hasher, struct hash_source *source,
                                           const struct decoded_die *die, unsigned steps)
{
    struct type_shape shape = {.hash = 1};
    struct children children = children_of(&source->view, die);
    struct decoded_die child;
    for (;;) {
        if (children.depth == 1)
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
            shape.hash = hash_mix(shape.hash,
                                  hash_of_text(hasher, source->view.unit,
                                               die_has(&child, FIELD_NAME) ? child.values[FIELD_NAME] : 0));
            shape.hash = hash_mix(shape.hash,
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
    return decode(home, position, &die) ? shape_of_children(hasher, home, &die, 0) : (struct type_shape){0};
}

struct type_facts type_hasher_target(struct type_hasher *hasher, uint32_t position)
{
    struct hash_source *home = &hasher->sources->home;
    struct decoded_die die;
    return decode(home, position, &die) ? facts_of_type_of(hasher, home, &die, 0) : nothing;
}
