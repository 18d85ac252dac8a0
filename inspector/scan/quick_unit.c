// SPDX-License-Identifier: MIT
// The definitions of a unit, from its types and their keys: each named one is one, and each anonymous struct that a
// typedef names, or a variable where no typedef does. The rules are those of scan_unit.c.
#include "base/secret.h"
#include "scan/quick_parts.h"

#include <stdlib.h>

enum { LENGTH_MOST = 1 << 26 };

struct quick_secret quick_secret_draw(void)
{
    struct quick_secret secret;
    secret_draw(&secret, sizeof(secret));
    return secret;
}

// The type at the position, one of the records; NULL: there is none.
static struct quick_item *record_at(struct quick_unit *quick, uint32_t position)
{
    struct quick_item *item = quick_item_at(quick, position);
    if (LIKELY(item))
        return item;
    if (quick->has_scopes) {
        const uint32_t record = quick_record_at(quick, position);
        return record && quick->scoped[record].item != NO_ITEM ? &quick->items[quick->scoped[record].item]
                                                               : NULL;
    }
    uint32_t low = 0, high = quick->records_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (quick->items[quick->records[middle]].position < position)
            low = middle + 1;
        else
            high = middle;
    }
    item = low < quick->records_count ? &quick->items[quick->records[low]] : NULL;
    return item && item->position == position ? item : NULL;
}

// The abbrev of what stands at the position, by its code alone; NULL: it has none.
static const struct quick_abbrev *abbrev_at(const struct quick_unit *quick, uint32_t position)
{
    uint64_t code;
    if (position >= quick->length)
        return NULL;
    load_uleb(quick->header + position, &code);
    return code - 1 < quick->codes - 1 ? &quick->abbrevs[code - 1]->quick : NULL;
}

static bool is_anonymous(const struct quick_abbrev *q)
{
    return (q->role == ROLE_AGGREGATE || q->role == ROLE_ENUM) && !q->has_name;
}

// The anonymous struct, union or enumeration at the position that has no name yet; NULL: it is something else.
static struct quick_item *nameless_at(struct quick_unit *quick, uint32_t position)
{
    const struct quick_abbrev *q = abbrev_at(quick, position);
    if (!q || !is_anonymous(q) || q->is_declaration)
        return NULL;
    struct quick_item *record = record_at(quick, position);
    if (record && UNLIKELY(q->completes)) {
        if (!quick_is_called(quick, record, q))
            quick_give_up(quick); // its key would have to hold more
        return NULL;
    }
    return record && !(record->code & ITEM_NAMED) ? record : NULL;
}

// What the typedef whose code ends at `p` leads to; the unit's length where that is not in the unit.
static uint32_t typedef_target(const struct quick_unit *quick, const struct quick_abbrev *q, const uint8_t *p)
{
    const struct abbrev *abbrev = abbrev_of_quick(q);
    uint64_t values[FIELDS_COUNT];
    if (LIKELY(q->is_simple && q->has_type))
        return quick_load(p + q->type_at);
    if (!(abbrev->fields >> FIELD_TYPE & 1) || !die_read(&quick->view->stream, abbrev, p, values) ||
        id_tag(values[FIELD_TYPE]) != REFERENCE_UNIT || id_offset(values[FIELD_TYPE]) >= quick->length)
        return quick->length;
    return (uint32_t)id_offset(values[FIELD_TYPE]);
}

static bool definition_push(struct quick_unit *quick, struct quick_definition definition)
{
    if (quick->definitions_count == quick->definitions_capacity) {
        const uint32_t capacity = quick->definitions_capacity ? quick->definitions_capacity * 2 : 1024;
        struct quick_definition *grown = reallocarray(quick->definitions, capacity, sizeof(*grown));
        if (!grown)
            return false;
        quick->definitions = grown;
        quick->definitions_capacity = capacity;
    }
    quick->definitions[quick->definitions_count++] = definition;
    return true;
}

// What all keys of the unit hold besides: names' offsets count in its table's sections, and pointers are as large.
static uint64_t unit_key(const struct quick_unit *quick)
{
    const struct unit *unit = quick->view->unit;
    return quick_mix(unit->table->rank ^ quick->secret.place, unit->address_bytes ^ quick->secret.shape);
}

// The definition that a record is; false: it is none. `key` is that of its type, `record` its number where names have scopes.
static ALWAYS_INLINE bool record_defines(struct quick_unit *quick, struct quick_item *item,
                                         const bool has_scopes, uint32_t record,
                                         struct quick_definition *definition)
{
    const uint8_t *p;
    const struct quick_abbrev *q = quick_item_abbrev(quick, item, &p);
    uint64_t key = item->key;
    if (q->is_declaration || !(q->has_name || (has_scopes && quick_is_called(quick, item, q))))
        return false;
    *definition = (struct quick_definition){0, item->position, item->position};
    if (q->role == ROLE_TYPEDEF) {
        struct quick_item *named = nameless_at(quick, typedef_target(quick, q, p));
        if (named) { // the first typedef names it; further ones are typedefs like any other
            named->code |= ITEM_NAMED;
            definition->start = named->position;
            key++;
        }
    } else if (q->has_children && q->role != ROLE_BASE) {
        key = quick_mix(key ^ quick->secret.shape,
                        has_scopes ? quick_scoped_shape(quick, record, 0) : quick_shape(quick, item, q, p));
    }
    definition->key = key;
    return true;
}

static ALWAYS_INLINE bool records_define(struct quick_unit *quick, uint64_t all, const bool has_scopes)
{
    const uint32_t count = has_scopes ? quick->scoped_count : quick->records_count;
    for (uint32_t i = has_scopes; i < count; i++) {
        const uint32_t item = has_scopes ? quick->scoped[i].item : quick->records[i];
        struct quick_definition definition;
        if ((has_scopes && item == NO_ITEM) ||
            !record_defines(quick, &quick->items[item], has_scopes, i, &definition))
            continue;
        definition.key = quick_mix(definition.key ^ quick->secret.content, all);
        if (quick->is_given_up || !definition_push(quick, definition))
            return false;
    }
    return true;
}

// Whether the type at the position may be nameless, or lead to one that is. Most are not, and need not be looked at
// in full.
static bool may_be_nameless(const struct quick_unit *quick, uint32_t position)
{
    enum { STEPS_MOST = 8 };
    for (int steps = 0; steps < STEPS_MOST; steps++) {
        const struct quick_abbrev *q = abbrev_at(quick, position);
        const uint8_t *p;
        if (!q || (q->role != ROLE_DERIVED && q->role != ROLE_ARRAY))
            return q && is_anonymous(q);
        const struct quick_item *item = quick_item_at(quick, position);
        if (!item || !q->is_simple)
            return true;
        quick_item_abbrev(quick, item, &p);
        if (!q->has_type)
            return false;
        position = quick_load(p + q->type_at);
    }
    return true;
}

// The nameless type that the variable holds: itself, its elements or what it points to; NULL: none. And the
// variable's name, an id.
static struct quick_item *variable_holds(struct quick_unit *quick, uint32_t position, uint64_t *name)
{
    enum { STEPS_MOST = 8 };
    const struct unit_view *view = quick->view;
    const uint64_t unit = view->unit->offset;
    struct decoded_die die;
    uint64_t at = position;
    if (!unit_view_decode(view, unit + at, &die) ||
        (die_has(&die, FIELD_DECLARATION) && die.values[FIELD_DECLARATION] != 0))
        return NULL;
    const bool is_completing =
        die_has(&die, FIELD_SPECIFICATION) && id_tag(die.values[FIELD_SPECIFICATION]) == REFERENCE_UNIT;
    const uint64_t declared = is_completing ? id_offset(die.values[FIELD_SPECIFICATION]) : 0;
    *name = die_has(&die, FIELD_NAME) ? die.values[FIELD_NAME] : 0;
    if (!die_has(&die, FIELD_TYPE) && is_completing)
        at = declared;
    if (*name == 0 && is_completing && unit_view_decode(view, unit + declared, &die) &&
        die_has(&die, FIELD_NAME))
        *name = die.values[FIELD_NAME];
    for (int steps = 0; *name && steps <= STEPS_MOST; steps++) {
        if (!unit_view_decode(view, unit + at, &die))
            return NULL;
        if (steps && die.abbrev->role != ROLE_DERIVED && die.abbrev->role != ROLE_ARRAY)
            return nameless_at(quick, (uint32_t)at);
        if (!die_has(&die, FIELD_TYPE) || id_tag(die.values[FIELD_TYPE]) != REFERENCE_UNIT ||
            id_offset(die.values[FIELD_TYPE]) >= quick->length)
            return NULL;
        at = id_offset(die.values[FIELD_TYPE]);
    }
    return NULL;
}

// Behind the typedefs: a variable names what none of them does.
static bool variables_define(struct quick_unit *quick, uint64_t all)
{
    for (size_t i = 0; i < quick->variables_count; i++) {
        const struct quick_variable *variable = &quick->variables[i];
        uint64_t name;
        if (variable->target && !may_be_nameless(quick, variable->target))
            continue;
        struct quick_item *named = variable_holds(quick, variable->position, &name);
        if (!named)
            continue;
        named->code |= ITEM_NAMED;
        const uint64_t key = // where names have scopes, the variable's would belong to it
            quick->has_scopes
                ? quick_unlike(quick, variable->position)
                : quick_mix(named->key ^ quick->secret.type, quick_name(quick, name) ^ quick->secret.name);
        if (!definition_push(quick,
                             (struct quick_definition){.key = quick_mix(key ^ quick->secret.content, all),
                                                       .start = named->position,
                                                       .namer = variable->position}))
            return false;
    }
    return true;
}

static void name_offsets_find(struct quick_unit *quick)
{
    const struct unit *unit = quick->view->unit;
    const struct bytes section = unit->table->object->sections[SECTION_STR_OFFSETS];
    const bool has_some = unit->str_offsets_base < section.size_bytes;
    quick->name_offsets = has_some ? section.data + unit->str_offsets_base : NULL;
    quick->name_offsets_count =
        has_some ? (section.size_bytes - unit->str_offsets_base) / sizeof(uint32_t) : 0;
}

bool quick_unit_read(struct quick_unit *quick, const struct unit_view *view)
{
    const uint64_t length = view->unit->end_offset - view->unit->offset;
    if (length > LENGTH_MOST || view->stream.big_endian || view->unit->offset_bytes != 4)
        return false;
    quick->has_scopes = language_has_scopes(view->unit->language);
    if (!quick->has_scopes && view->abbrevs->has_template_parameters)
        return false;
    quick->view = view;
    quick->header = view->stream.section + view->unit->offset;
    quick->end = view->stream.end;
    quick->length = (uint32_t)length;
    quick->climbs_left = 4096 + 4 * quick->length; // what real units need is a part of it
    quick->abbrevs = view->abbrevs->dense;
    quick->codes = view->abbrevs->dense_count + 1;
    quick->is_given_up = false;
    quick->variables_count = quick->dies_count = 0;
    quick->definitions_count = 0;
    name_offsets_find(quick);
    if (!(quick->has_scopes ? quick_walk_scoped(quick) : quick_walk(quick)))
        return false;
    quick_keys_note(quick);
    const uint64_t all = unit_key(quick);
    return !quick->is_given_up &&
           (quick->has_scopes ? records_define(quick, all, true) : records_define(quick, all, false)) &&
           variables_define(quick, all) && !quick->is_given_up;
}

void quick_unit_free(struct quick_unit *quick)
{
    free(quick->items);
    free(quick->records);
    free(quick->map);
    free(quick->scoped);
    free(quick->parts);
    free(quick->item_records);
    free(quick->variables);
    free(quick->definitions);
    *quick = (struct quick_unit){0};
}
