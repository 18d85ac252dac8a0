// SPDX-License-Identifier: MIT
// Names, and where they have scopes, keys of those: of what type_hash_source.c makes hashes of.
#include "scan/quick_parts.h"

#include "dwarf/template_name.h"
#include "dwarf/text.h"
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { STEPS_MOST = 40 };

uint64_t quick_name(struct quick_unit *quick, uint64_t id)
{
    id = text_resolve_index(quick->view->unit, id);
    if (id_tag(id) != TEXT_INLINE)
        return id;
    const char *text = (const char *)quick->view->stream.section + id_offset(id);
    return XXH3_64bits_withSeed(text, strlen(text),
                                quick->secret.name); // ends in the unit: die_read has looked
}

uint64_t quick_unlike(const struct quick_unit *quick, uint32_t position)
{
    const struct unit *unit = quick->view->unit;
    const uint64_t place = unit->offset + position;
    return quick_mix(place ^ quick->secret.place,
                     ((uint64_t)unit->table->rank << 8 | unit->section) ^ quick->secret.name);
}

// The last record that starts before the position; 0: none.
static uint32_t record_before(const struct quick_unit *quick, uint32_t position)
{
    uint32_t low = 1, high = quick->scoped_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        if (quick->scoped[middle].start < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

uint32_t quick_scope_around(struct quick_unit *quick, uint32_t position)
{
    uint32_t record = record_before(quick, position);
    while (record && quick->scoped[record].end <= position) {
        record = quick->scoped[record].parent;
        if (UNLIKELY(quick->climbs_left-- == 0))
            return (uint32_t)quick_give_up(quick);
    }
    return record;
}

uint32_t quick_record_at(const struct quick_unit *quick, uint32_t position)
{
    const uint32_t record = position < UINT32_MAX ? record_before(quick, position + 1) : 0;
    return record && quick->scoped[record].start == position ? record : 0;
}

bool quick_completes(const struct decoded_die *die, uint64_t *declaration)
{
    if (!die_has(die, FIELD_SPECIFICATION) || id_tag(die->values[FIELD_SPECIFICATION]) != REFERENCE_UNIT)
        return false;
    *declaration = id_offset(die->values[FIELD_SPECIFICATION]);
    return true;
}

struct quick_called quick_called_of(struct quick_unit *quick, const struct quick_record *record,
                                    const struct decoded_die *die)
{
    struct quick_called called = {die_has(die, FIELD_NAME) ? die->values[FIELD_NAME] : 0, record->parent};
    struct decoded_die declared;
    uint64_t declaration;
    if (!quick_completes(die, &declaration))
        return called;
    if (declaration <= UINT32_MAX)
        called.scope = quick_scope_around(quick, (uint32_t)declaration);
    if (!called.name && quick_decode(quick, declaration, &declared) && die_has(&declared, FIELD_NAME))
        called.name = declared.values[FIELD_NAME];
    return called;
}

bool quick_lacks_arguments(const struct quick_unit *quick, uint64_t name)
{
    const struct unit *unit = quick->view->unit;
    const char *text = name && template_names_may_be_short(unit->language) ? text_of(unit, name) : NULL;
    return text && !template_name_is_full(text);
}

static bool is_instance(const struct quick_unit *quick, const struct quick_record *record,
                        const struct decoded_die *die)
{
    return record->item != NO_ITEM ? (quick->items[record->item].code & ITEM_INSTANCE) != 0
                                   : has_template_parameters(quick->view, die->abbrev, die->next);
}

static uint64_t scope_make(struct quick_unit *quick, uint32_t number, unsigned steps)
{
    const struct quick_record *record = &quick->scoped[number];
    struct decoded_die die;
    if (steps > STEPS_MOST || quick->is_given_up || !quick_decode(quick, record->start, &die))
        return quick_give_up(quick);
    const struct quick_called called = quick_called_of(quick, record, &die);
    if (is_instance(quick, record, &die) && quick_lacks_arguments(quick, called.name))
        return quick_unlike(quick, record->start);
    const unsigned role = die.abbrev->role == ROLE_AGGREGATE ? ROLE_NAMESPACE : die.abbrev->role;
    const uint64_t around = quick_scope_key(quick, called.scope, steps);
    return quick_mix((around ^ quick->secret.place) + role,
                     (called.name ? quick_name(quick, called.name) : 0) ^ quick->secret.name);
}

uint64_t quick_scope_key(struct quick_unit *quick, uint32_t record, unsigned steps)
{
    if (record == 0)
        return quick->secret.content;
    if (UNLIKELY(!quick->scoped[record].scope_key)) {
        const uint64_t key = scope_make(quick, record, steps + 1);
        quick->scoped[record].scope_key = key | 1;
    }
    return quick->scoped[record].scope_key;
}

bool quick_is_called(struct quick_unit *quick, const struct quick_item *item, const struct quick_abbrev *q)
{
    struct decoded_die die;
    if (q->has_name || !q->completes)
        return q->has_name;
    return quick_decode(quick, item->position, &die) &&
           quick_called_of(quick, &quick->scoped[quick->item_records[item - quick->items]], &die).name != 0;
}
