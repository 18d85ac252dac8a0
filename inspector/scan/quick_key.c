// SPDX-License-Identifier: MIT
// Keys of types and shapes. They lead to each other as fingerprints do (type_hash.c): a shape is made of the keys of
// its members' types, and the key of an anonymous struct holds its shape.
#include "scan/quick_parts.h"

#include "dwarf/constants.h"
#include "dwarf/text.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { STEPS_MOST = 40 };
static const uint64_t KEY_OF_NOTHING = UINT64_C(0x5b1f0a7d3c2e9961);

static uint64_t resolve(struct quick_unit *quick, uint32_t position, struct quick_item *item, unsigned steps);

static bool is_refused(const struct quick_unit *quick, const struct quick_abbrev *q)
{
    return quick->has_scopes ? q->is_refused_scoped : q->is_refused;
}

static inline uint64_t type_key(struct quick_unit *quick, uint32_t position, unsigned steps)
{
    if (UNLIKELY(position >= quick->length))
        return quick_give_up(quick);
    struct quick_item *item = quick_item_at(quick, position);
    if (LIKELY(item && item->key))
        return item->key;
    return resolve(quick, position, item, steps + 1);
}

static inline uint64_t key_of_pair(const struct quick_unit *quick, uint64_t content, uint64_t type)
{
    return quick_mix(content ^ quick->secret.content, type ^ quick->secret.type);
}

// ---- one DIE --------------------------------------------------------------------------------------------

static uint64_t block_key(struct quick_unit *quick, uint64_t block)
{
    const uint64_t length = block >> BLOCK_LENGTH_SHIFT;
    if (length == 0xffff) // or longer
        return quick_give_up(quick);
    return XXH3_64bits_withSeed(quick->view->stream.section +
                                    (block & ((UINT64_C(1) << BLOCK_LENGTH_SHIFT) - 1)),
                                length, quick->secret.number);
}

// All that the DIE says of itself, but where it is declared and where its sibling is. `*after` is behind it.
static NOINLINE uint64_t general_key(struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t *p,
                                     unsigned steps, const uint8_t **after)
{
    enum { UNASKED = 1 << FIELD_DECL_FILE | 1 << FIELD_DECL_LINE | 1 << FIELD_SIBLING };
    const struct abbrev *abbrev = abbrev_of_quick(q);
    uint64_t values[FIELDS_COUNT];
    *after = is_refused(quick, q) ? NULL : die_read(&quick->view->stream, abbrev, p, values);
    if (!*after)
        return quick_give_up(quick);
    uint32_t fields = abbrev->fields & ~(uint32_t)UNASKED;
    if (q->completes) // its declaration is the caller's business
        fields &= ~(UINT32_C(1) << FIELD_SPECIFICATION);
    if (abbrev->role == ROLE_SUBRANGE || abbrev->role == ROLE_ENUM)
        fields &= ~(UINT32_C(1) << FIELD_TYPE);
    uint64_t key = quick_mix(q->digest ^ quick->secret.content, fields ^ quick->secret.number);
    for (; fields; fields &= fields - 1) {
        const unsigned field = (unsigned)__builtin_ctz(fields);
        uint64_t value = values[field];
        if (field == FIELD_NAME) {
            value = quick_name(quick, value);
        } else if (field == FIELD_TYPE) {
            if (id_tag(value) != REFERENCE_UNIT || id_offset(value) > UINT32_MAX)
                return quick_give_up(quick);
            value = type_key(quick, (uint32_t)id_offset(value), steps);
        } else if (field == FIELD_LOCATION_BLOCK) {
            value = block_key(quick, value);
        }
        key = quick_mix(key ^ quick->secret.name, value ^ quick->secret.number);
    }
    return key;
}

// A name in place, which is what `*p` moves behind. NULL where the DIE leaves the unit.
static inline uint64_t name_in_place(struct quick_unit *quick, const struct quick_abbrev *q,
                                     const uint8_t **place)
{
    const uint8_t *p = *place;
    uint64_t word;
    memcpy(&word, p, sizeof(word));
    const uint64_t zeros = (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
    size_t length;
    if (zeros) {
        length = (unsigned)__builtin_ctzll(zeros) / 8;
        word &= (UINT64_C(1) << (8 * length)) - 1;
    } else {
        length = strnlen((const char *)p, (size_t)(quick->end - p));
        word = XXH3_64bits_withSeed(p, length, quick->secret.name);
    }
    if (UNLIKELY(length + 1 + q->fixed_bytes > (size_t)(quick->end - p))) {
        *place = NULL;
        return quick_give_up(quick);
    }
    *place = p + length + 1;
    return word;
}

static inline uint64_t numbers_mix(const struct quick_unit *quick, const struct quick_abbrev *q,
                                   const uint8_t *p, uint64_t name)
{
    uint64_t number;
    memcpy(&number, p + q->number_at, sizeof(number));
    uint64_t content =
        q->digest + quick_mix(name ^ quick->secret.name, (number & q->number_mask) ^ quick->secret.number);
    for (unsigned i = 0; UNLIKELY(i < q->extras_count); i++) {
        memcpy(&number, p + q->extra_at[i], sizeof(number));
        number = number << q->extra_shift_bits[i] >> q->extra_shift_bits[i];
        content = quick_mix(content ^ quick->secret.name, number ^ quick->secret.number);
    }
    return content;
}

// The offset of the name of a simple DIE whose fixed parts start at `p`; 0: it has none.
static inline uint64_t name_offset(struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t *p)
{
    const uint32_t name = quick_load(p + q->name_at) & q->name_mask;
    if (LIKELY(!q->is_name_index))
        return name;
    if (UNLIKELY(name >= quick->name_offsets_count))
        return quick_give_up(quick);
    return quick_load(quick->name_offsets + sizeof(uint32_t) * (uint64_t)name);
}

// What a simple DIE that lies in the unit says of itself, but for its type. `*p` moves to where its fixed parts
// start, or becomes NULL where that leaves the unit.
static ALWAYS_INLINE uint64_t simple_content(struct quick_unit *quick, const struct quick_abbrev *q,
                                             const uint8_t **p)
{
    if (UNLIKELY(q->is_name_in_place)) {
        const uint64_t word = name_in_place(quick, q, p);
        return *p ? numbers_mix(quick, q, *p, word) : 0;
    }
    return numbers_mix(quick, q, *p, name_offset(quick, q, *p));
}

// The content and the type of a DIE apart; `*p` moves behind it, and becomes NULL where the unit is given up.
static inline uint64_t die_content(struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t **p,
                                   unsigned steps, uint64_t *type)
{
    *type = KEY_OF_NOTHING;
    if (UNLIKELY(!q->is_simple))
        return general_key(quick, q, *p, steps, p);
    const uint64_t content = simple_content(quick, q, p);
    if (UNLIKELY(!*p))
        return 0;
    if (q->has_type)
        *type = type_key(quick, quick_load(*p + q->type_at), steps);
    *p += q->fixed_bytes;
    return content;
}

// ---- children -------------------------------------------------------------------------------------------

// The abbrev of the next child, whose code `*p` moves behind. NULL: they end, or the unit is given up.
static inline const struct quick_abbrev *child_next(struct quick_unit *quick, const uint8_t **p)
{
    uint64_t code = quick->codes;
    if (LIKELY(*p < quick->end))
        *p = load_uleb(*p, &code);
    if (code == 0)
        return NULL;
    if (UNLIKELY(code >= quick->codes) ||
        UNLIKELY(quick->abbrevs[code - 1]->quick.fixed_bytes > quick->end - *p)) {
        quick_give_up(quick);
        return NULL;
    }
    return &quick->abbrevs[code - 1]->quick;
}

// Where the children of a DIE were passed over by its sibling they must end there, and nobody has counted them.
static inline void children_end(struct quick_unit *quick, const struct quick_item *item,
                                const struct quick_abbrev *parent, const uint8_t *die, const uint8_t *end,
                                uint64_t dies_count)
{
    if (!item || !(item->code & ITEM_PASSED_OVER))
        return;
    quick->dies_count += dies_count;
    if (end != quick->header + quick_load(die + parent->sibling_at))
        quick->is_given_up = true;
}

// One DIE of a run.
struct run_one {
    uint64_t content, type;
};

// The next of a run at `*p`, which moves behind it, when it is one of that kind and its type's key is known; most of all children
// are that, and need no call. Otherwise nothing is done.
static inline bool run_next(const struct quick_unit *quick, enum quick_run run, uint64_t codes,
                            const uint8_t **p, struct run_one *one)
{
    const uint64_t code = **p;
    if (code - 1 >= codes - 1)
        return false;
    const struct quick_abbrev *q = &quick->abbrevs[code - 1]->quick;
    if (UNLIKELY(q->run != run) || UNLIKELY(q->fixed_bytes >= quick->end - *p))
        return false;
    const uint8_t *die = *p + 1;
    one->type = KEY_OF_NOTHING;
    if (run != RUN_ENUMERATOR) {
        const uint32_t position = quick_load(die + q->type_at);
        if (UNLIKELY(position >= quick->length))
            return false;
        const struct quick_item *item = quick_item_at(quick, position);
        if (UNLIKELY(!item || !item->key))
            return false;
        one->type = item->key;
    }
    uint64_t number, name = quick_load(die + q->name_at) & q->name_mask;
    if (UNLIKELY(q->is_name_index)) {
        if (name >= quick->name_offsets_count)
            return false;
        name = quick_load(quick->name_offsets + sizeof(uint32_t) * name);
    }
    memcpy(&number, die + q->number_at, sizeof(number));
    one->content =
        q->digest + quick_mix(name ^ quick->secret.name, (number & q->number_mask) ^ quick->secret.number);
    *p = die + q->fixed_bytes;
    return true;
}

// Codes of one byte.
static inline uint64_t run_codes(const struct quick_unit *quick)
{
    return quick->codes < 0x80 ? quick->codes : 0x80;
}

// Parameters or subranges, from `p` on.
static uint64_t list_key(struct quick_unit *quick, const struct quick_item *item,
                         const struct quick_abbrev *parent, const uint8_t *die, const uint8_t *p,
                         unsigned steps)
{
    const enum die_role role = parent->role == ROLE_ARRAY ? ROLE_SUBRANGE : ROLE_PARAMETER;
    const uint64_t codes = run_codes(quick);
    uint64_t key = role, dies_count = 0, type;
    for (;; dies_count++) {
        struct run_one one;
        if (role == ROLE_PARAMETER && run_next(quick, RUN_PARAMETER, codes, &p, &one)) {
            key = quick_mix(key ^ quick->secret.place, key_of_pair(quick, one.content, one.type));
            continue;
        }
        const struct quick_abbrev *q = child_next(quick, &p);
        if (!q)
            break;
        const bool is_open = role == ROLE_PARAMETER && abbrev_of_quick(q)->tag == TAG_unspecified_parameters;
        if (q->has_children || (q->role != role && !is_open))
            return quick_give_up(quick);
        const uint64_t content = die_content(quick, q, &p, steps, &type);
        if (quick->is_given_up)
            return 0;
        key = quick_mix(key ^ quick->secret.place, key_of_pair(quick, content, type));
    }
    children_end(quick, item, parent, die, p, dies_count);
    return key;
}

// The terms are added up, each with its place: none waits for the one before.
static inline uint64_t member_key(const struct quick_unit *quick, uint64_t content, uint64_t type,
                                  uint64_t place)
{
    return quick_mix((content ^ quick->secret.content) + place, (type ^ quick->secret.type) + place);
}

static const uint64_t PLACE_STEP = UINT64_C(0xa0761d6478bd642f);

// A run of members or enumerators from `*at` on.
static inline uint64_t run_key(const struct quick_unit *quick, enum quick_run run, const uint8_t **at,
                               uint64_t *count)
{
    const uint64_t codes = run_codes(quick), first_place = quick->secret.place + *count * PLACE_STEP;
    const uint8_t *p = *at;
    uint64_t key = 0, here = 0, place = first_place;
    struct run_one one;
    while (run_next(quick, run, codes, &p, &one)) {
        key += member_key(quick, one.content, one.type, place);
        place += PLACE_STEP;
        here++;
    }
    *count += here;
    *at = p;
    return key;
}

// Passes over a type that stands in another one, as clang writes them. `*p` is behind its code, and moves behind its
// children; NULL where the unit is given up. The walk has noted it.
static void nested_pass(struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t **p)
{
    enum { DEPTH_MOST = 16 }; // each level is passed over from all that it stands in
    uint64_t sibling;
    for (unsigned depth = 0;;) {
        const struct abbrev *abbrev = abbrev_of_quick(q);
        *p = abbrev->is_fixed ? *p + q->fixed_bytes : die_pass(&quick->view->stream, abbrev, *p, &sibling);
        depth += q->has_children;
        if (UNLIKELY(!*p || depth > DEPTH_MOST))
            quick_give_up(quick);
        q = NULL;
        while (depth > 0 && !quick->is_given_up && !(q = child_next(quick, p)))
            depth--;
        if (!q)
            break;
    }
    if (quick->is_given_up)
        *p = NULL;
}

static uint64_t parts_end(const struct quick_unit *quick, uint64_t key, uint64_t count)
{
    return key + quick_mix(count ^ quick->secret.number, quick->secret.shape);
}

static uint64_t shape_key(struct quick_unit *quick, const struct quick_item *item,
                          const struct quick_abbrev *parent, const uint8_t *die, unsigned steps)
{
    const enum die_role role = parent->role == ROLE_ENUM ? ROLE_ENUMERATOR : ROLE_MEMBER;
    const struct abbrev *abbrev = abbrev_of_quick(parent);
    const bool was_passed_over =
        parent->has_children && parent->sibling_at != QUICK_NOWHERE && !parent->is_declaration;
    uint64_t sibling, key = 0, count = 0, type;
    const uint8_t *p =
        abbrev->is_fixed ? die + parent->fixed_bytes : die_pass(&quick->view->stream, abbrev, die, &sibling);
    if (!p)
        return quick_give_up(quick);
    for (;;) {
        key += role == ROLE_MEMBER ? run_key(quick, RUN_MEMBER, &p, &count)
                                   : run_key(quick, RUN_ENUMERATOR, &p, &count);
        const struct quick_abbrev *q = child_next(quick, &p);
        if (!q)
            break;
        if (UNLIKELY(q->role == ROLE_AGGREGATE || q->role == ROLE_ENUM) && !was_passed_over) {
            nested_pass(quick, q, &p);
            if (quick->is_given_up)
                return 0;
            continue;
        }
        if (UNLIKELY(q->role != role || q->has_children))
            return quick_give_up(quick);
        const uint64_t content = die_content(quick, q, &p, steps, &type);
        if (UNLIKELY(quick->is_given_up))
            return 0;
        key += member_key(quick, content, type, quick->secret.place + count++ * PLACE_STEP);
    }
    children_end(quick, item, parent, die, p, count);
    return parts_end(quick, key, count);
}

// The key of one member or enumerator at its place among them.
static uint64_t part_key(struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t *p,
                         uint64_t count, unsigned steps)
{
    uint64_t type;
    const uint64_t content = die_content(quick, q, &p, steps, &type);
    return member_key(quick, content, type, quick->secret.place + count * PLACE_STEP);
}

uint64_t quick_shape(struct quick_unit *quick, const struct quick_item *item,
                     const struct quick_abbrev *abbrev, const uint8_t *die)
{
    return shape_key(quick, item, abbrev, die, 0);
}

void quick_names_prefetch(const struct quick_unit *quick, uint32_t position)
{
    enum { NAMES_MOST = 256 };
    const struct bytes texts = quick->view->unit->table->object->sections[SECTION_STR];
    const uint64_t codes = run_codes(quick);
    uint64_t code;
    const uint8_t *p = load_uleb(quick->header + position, &code);
    if (code - 1 >= quick->codes - 1)
        return;
    const struct abbrev *parent = quick->abbrevs[code - 1];
    if (!parent->has_children || !parent->is_fixed || parent->fixed_bytes >= quick->end - p)
        return;
    p += parent->fixed_bytes;
    for (unsigned i = 0; i < NAMES_MOST; i++) {
        code = *p;
        if (code - 1 >= codes - 1)
            return;
        const struct quick_abbrev *q = &quick->abbrevs[code - 1]->quick;
        if (q->run == RUN_NONE || q->is_name_index || q->fixed_bytes >= quick->end - p)
            return;
        const uint32_t name = quick_load(p + 1 + q->name_at) & q->name_mask;
        if (name < texts.size_bytes)
            __builtin_prefetch(texts.data + name);
        p += 1 + q->fixed_bytes;
    }
}

// ---- types ----------------------------------------------------------------------------------------------

// ---- types where names have scopes ----------------------------------------------------------------------

static uint64_t in_scope(const struct quick_unit *quick, uint64_t own, uint64_t scope)
{
    return quick_mix(own ^ quick->secret.place, scope ^ quick->secret.type);
}

// Of a type that completes a declaration, or may.
static uint64_t completing_key(struct quick_unit *quick, const struct quick_item *item, uint64_t own,
                               unsigned steps)
{
    const struct quick_record *record = &quick->scoped[quick->item_records[item - quick->items]];
    struct decoded_die die;
    uint64_t declaration;
    if (!quick_decode(quick, item->position, &die))
        return quick_give_up(quick);
    if (!quick_completes(&die, &declaration) || declaration >= quick->length)
        return quick_give_up(quick);
    const struct quick_called called = quick_called_of(quick, record, &die);
    if (item->code & ITEM_INSTANCE && quick_lacks_arguments(quick, called.name))
        return quick_unlike(quick, item->position);
    if (die_has(&die, FIELD_NAME))
        return in_scope(quick, own, quick_scope_key(quick, called.scope, steps));
    const uint32_t declared = quick_record_at(quick, (uint32_t)declaration);
    const uint32_t its_item = declared ? quick->scoped[declared].item : NO_ITEM;
    if (its_item == NO_ITEM ||
        quick->abbrevs[(quick->items[its_item].code & ITEM_CODE_MASK) - 1]->quick.completes)
        return quick_give_up(quick);
    return in_scope(quick, own, type_key(quick, (uint32_t)declaration, steps));
}

static uint64_t scoped_key(struct quick_unit *quick, const struct quick_item *item,
                           const struct quick_abbrev *q, uint64_t own, unsigned steps)
{
    if (UNLIKELY(q->completes))
        return completing_key(quick, item, own, steps);
    const uint32_t record = quick->item_records[item - quick->items];
    struct decoded_die die;
    if (UNLIKELY(item->code & ITEM_INSTANCE) && q->has_name &&
        (!quick_decode(quick, item->position, &die) || quick_lacks_arguments(quick, die.values[FIELD_NAME])))
        return quick_unlike(quick, item->position);
    return in_scope(quick, own, quick_scope_key(quick, quick->scoped[record].parent, steps));
}

uint64_t quick_scoped_shape(struct quick_unit *quick, uint32_t record, unsigned steps)
{
    uint64_t key = 0, count = 0;
    for (uint32_t i = quick->scoped[record].first_part; i; i = quick->parts[i].next) {
        uint64_t code;
        const uint8_t *p = load_uleb(quick->header + quick->parts[i].position, &code);
        const struct quick_abbrev *q = &quick->abbrevs[code - 1]->quick;
        if (UNLIKELY(q->role == ROLE_VARIANT_PART || q->role == ROLE_VARIANT))
            return quick_unlike(quick, quick->parts[i].position);
        key += part_key(quick, q, p, count++, steps);
        if (UNLIKELY(quick->is_given_up))
            return 0;
    }
    return parts_end(quick, key, count);
}

// What the type is called, and all that its size depends on, from its own words' key.
static NOINLINE uint64_t key_of_scoped(struct quick_unit *quick, const struct quick_item *item,
                                       const struct quick_abbrev *q, uint32_t position, uint64_t own,
                                       unsigned steps)
{
    switch ((enum die_role)q->role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
        if (!q->has_name && !q->completes) {
            const uint32_t record = quick->item_records[item - quick->items];
            return quick_mix(own ^ quick->secret.shape, quick_scoped_shape(quick, record, steps));
        }
        return scoped_key(quick, item, q, own, steps);
    case ROLE_BASE:
    case ROLE_TYPEDEF:
        return scoped_key(quick, item, q, own, steps);
    case ROLE_OTHER_TYPE:
        if (q->has_children)
            return quick_unlike(quick, position);
        return quick_mix(own ^ quick->secret.place,
                         quick_scope_key(quick, quick_scope_around(quick, position), steps));
    default:
        return own;
    }
}

// What the type whose code ends at `p` is called, and all that its size depends on. The item when it is its own, and
// this the first time.
static uint64_t key_of(struct quick_unit *quick, const struct quick_item *item, const struct quick_abbrev *q,
                       uint32_t position, const uint8_t *p, unsigned steps)
{
    const uint8_t *after = p;
    uint64_t type;
    if (!q->is_item && q->role != ROLE_OTHER_TYPE)
        return quick_give_up(quick);
    const uint64_t content = die_content(quick, q, &after, steps, &type);
    if (quick->is_given_up)
        return 0;
    const uint64_t key = key_of_pair(quick, content, type);
    if (quick->has_scopes && q->role != ROLE_ARRAY && q->role != ROLE_SUBROUTINE)
        return key_of_scoped(quick, item, q, position, key, steps);
    if (!q->has_children)
        return key;
    switch ((enum die_role)q->role) {
    case ROLE_AGGREGATE:
    case ROLE_ENUM:
        if (q->has_name)
            return key;
        return quick_mix(key ^ quick->secret.shape, shape_key(quick, item, q, p, steps));
    case ROLE_ARRAY:
    case ROLE_SUBROUTINE:
        return quick_mix(key ^ quick->secret.shape, list_key(quick, item, q, p, after, steps));
    default:
        return quick_give_up(quick);
    }
}

// The item at the position where the map does not have it; NULL: there is none.
static struct quick_item *item_find(const struct quick_unit *quick, uint32_t position)
{
    uint32_t low = 0, high = quick->items_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (quick->items[middle].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < quick->items_count && quick->items[low].position == position ? &quick->items[low] : NULL;
}

// Each item's key is made once: those that are not noted would be made anew by all that lead to them, twice as often
// with every step.
static NOINLINE uint64_t resolve(struct quick_unit *quick, uint32_t position, struct quick_item *item,
                                 unsigned steps)
{
    const uint8_t *p = quick->header + position;
    if (!item)
        item = item_find(quick, position);
    if (item && item->key)
        return item->key;
    if (steps > STEPS_MOST || quick->is_given_up ||
        p < quick->view->stream.section + quick->view->unit->die_offset)
        return quick_give_up(quick);
    const struct quick_abbrev *q = child_next(quick, &p);
    if (!q || (!item && q->role != ROLE_OTHER_TYPE))
        return quick_give_up(quick);
    const uint64_t key = key_of(quick, item, q, position, p, steps) | 1;
    if (item)
        item->key = key;
    return key;
}

// Those that are known by their own words alone, and their scopes: all that others lead to most often.
static ALWAYS_INLINE void names_note(struct quick_unit *quick, const bool has_scopes)
{
    const uint32_t count = has_scopes ? quick->scoped_count : quick->records_count;
    for (uint32_t i = has_scopes; i < count; i++) {
        const uint32_t number = has_scopes ? quick->scoped[i].item : quick->records[i];
        if (has_scopes && number == NO_ITEM)
            continue;
        struct quick_item *item = &quick->items[number];
        const uint8_t *p;
        const struct quick_abbrev *q = quick_item_abbrev(quick, item, &p);
        const bool may_have_children = q->role == ROLE_AGGREGATE || q->role == ROLE_ENUM;
        if (q->is_simple && q->has_name && !q->has_type && (may_have_children || !q->has_children)) {
            const uint64_t content = simple_content(quick, q, &p);
            const uint64_t key = key_of_pair(quick, content, KEY_OF_NOTHING);
            item->key = (has_scopes ? scoped_key(quick, item, q, key, 0) : key) | 1;
        }
    }
}

// A pointer, a typedef or the like of what is known: the short way. False: it is not that.
static inline bool derived_note(struct quick_unit *quick, struct quick_item *item)
{
    const uint8_t *p;
    const struct quick_abbrev *q = quick_item_abbrev(quick, item, &p);
    const bool is_plain_typedef = q->role == ROLE_TYPEDEF && !quick->has_scopes;
    if ((q->role != ROLE_DERIVED && !is_plain_typedef) || !q->is_simple || q->is_name_in_place ||
        !q->has_type || q->has_children)
        return false;
    const uint32_t target = quick_load(p + q->type_at);
    const struct quick_item *other = target < quick->length ? quick_item_at(quick, target) : NULL;
    if (UNLIKELY(!other || !other->key))
        return false;
    item->key = key_of_pair(quick, simple_content(quick, q, &p), other->key) | 1;
    return true;
}

void quick_keys_note(struct quick_unit *quick)
{
    if (quick->has_scopes)
        names_note(quick, true);
    else
        names_note(quick, false);
    for (uint32_t i = 0; i < quick->items_count && !quick->is_given_up; i++) {
        struct quick_item *item = &quick->items[i];
        if (!item->key && !derived_note(quick, item))
            resolve(quick, item->position, item, 0);
    }
}
