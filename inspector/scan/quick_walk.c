// SPDX-License-Identifier: MIT
// The walk of the quick pass: one step of known length for most DIEs, those in functions too.
#include "scan/quick_parts.h"

#include "base/slots.h"
#include "dwarf/constants.h"
#include <stdlib.h>

// More than real programs need of depth; the general way says what is wrong with more. Bytes ahead: a few
// lines of the caches, which come in time.
enum { NESTING_MOST = 1000, AHEAD_BYTES = 1024, CODES_MOST = ITEM_CODE_MASK };

bool quick_reserve(void **array, uint32_t *capacity, uint32_t needed, size_t slot_bytes)
{
    if (needed <= *capacity)
        return true;
    free(*array);
    *capacity = 0;
    *array = slots_alloc(needed + needed / 2, slot_bytes);
    if (!*array)
        return false;
    *capacity = needed + needed / 2;
    return true;
}

bool quick_is_at_address(const struct unit_view *view, uint32_t position)
{
    struct decoded_die die;
    if (!unit_view_decode(view, view->unit->offset + position, &die) || !die_has(&die, FIELD_LOCATION_BLOCK))
        return false;
    const uint64_t block = die.values[FIELD_LOCATION_BLOCK];
    return quick_is_address(view->stream.section + (block & ((UINT64_C(1) << BLOCK_LENGTH_SHIFT) - 1)),
                            view->stream.end, block >> BLOCK_LENGTH_SHIFT);
}

bool quick_variable_push(struct quick_unit *quick, uint32_t position, uint32_t target)
{
    if (quick->variables_count == quick->variables_capacity) {
        const size_t capacity = quick->variables_capacity ? quick->variables_capacity * 2 : 256;
        struct quick_variable *grown = reallocarray(quick->variables, capacity, sizeof(*grown));
        if (!grown)
            return false;
        quick->variables = grown;
        quick->variables_capacity = capacity;
    }
    quick->variables[quick->variables_count++] = (struct quick_variable){position, target};
    return true;
}

// Notes a variable whose code ends at `p`, if it counts. False when memory is short.
static inline bool variable_note(struct quick_unit *quick, const struct quick_abbrev *q,
                                 const struct quick_gaps *gaps, uint32_t position, int depth)
{
    return !quick_variable_counts(quick, q, gaps, position, depth <= 1) ||
           quick_variable_push(quick, position, quick_variable_target(q, gaps));
}

// Enters a type's children, or passes over them by the sibling. Returns where the walk goes on.
static inline const uint8_t *item_enter(const struct quick_unit *quick, const struct quick_abbrev *q,
                                        const uint8_t *behind, const uint8_t *p, struct quick_item *item,
                                        int *depth)
{
    if (!q->has_children)
        return p;
    if (q->sibling_at != QUICK_NOWHERE && !q->is_declaration) {
        const uint32_t sibling = quick_load(behind + q->sibling_at);
        if (LIKELY(sibling > (uint64_t)(p - quick->header) && sibling <= quick->length)) {
            item->code |= ITEM_PASSED_OVER;
            return quick->header + sibling;
        }
    }
    ++*depth;
    return p;
}

bool quick_items_reserve(struct quick_unit *quick, uint32_t items_most)
{
    return quick_reserve((void **)&quick->items, &quick->items_capacity, items_most + 1,
                         sizeof(*quick->items)) &&
           quick_reserve((void **)&quick->records, &quick->records_capacity, items_most + 1,
                         sizeof(*quick->records)) &&
           quick_reserve((void **)&quick->map, &quick->map_capacity, quick->length / 4 + 1,
                         sizeof(*quick->map));
}

bool quick_walk(struct quick_unit *quick)
{
    const struct unit_view *view = quick->view;
    const struct die_stream *stream = &view->stream;
    const struct abbrev_step *const steps = view->abbrevs->steps;
    const uint8_t *const header = quick->header, *const end = quick->end;
    const uint64_t codes = quick->codes;
    const uint32_t items_most = quick->length / 2 < UINT16_MAX ? quick->length / 2 : UINT16_MAX;
    if (codes > CODES_MOST || !quick_items_reserve(quick, items_most))
        return false;
    struct quick_item *const items = quick->items;
    uint32_t *const records = quick->records;
    uint16_t *const map = quick->map;
    uint32_t items_count = 0, records_count = 0;
    uint64_t dies_count = 0;
    int depth = 0;
    const uint8_t *p = stream->section + view->unit->die_offset;
    while (p < end) {
        uint64_t code;
        __builtin_prefetch(p + AHEAD_BYTES);
        const uint8_t *behind = load_uleb(p, &code);
        if (UNLIKELY(code >= codes || depth > NESTING_MOST || items_count >= items_most))
            return false;
        const struct abbrev_step step = steps[code];
        const uint32_t position = (uint32_t)(p - header);
        // Written before it is known whether it is a type: no branch, and the next one writes there otherwise.
        items[items_count] = (struct quick_item){position, (uint32_t)code, 0};
        map[position >> 2] = (uint16_t)items_count;
        records[records_count] = items_count;
        dies_count += step.kind != STEP_END;
        if (LIKELY(step.kind < STEP_LOOK)) {
            items_count += step.kind >= STEP_RECORD;
            records_count += step.kind == STEP_RECORD;
            depth += step.levels_deeper;
            if (UNLIKELY(depth < 0)) // padding behind the last list
                depth = 0;
            p = behind + step.fixed_bytes;
            continue;
        }
        const struct abbrev *abbrev = view->abbrevs->dense[code - 1];
        const struct quick_abbrev *q = &abbrev->quick;
        struct quick_gaps gaps = {0};
        uint64_t ignored;
        if (q->is_refused)
            return false;
        if (LIKELY(abbrev->is_fixed))
            p = behind + step.fixed_bytes;
        else
            p = q->parts_count ? quick_parts_pass(stream, q, behind, &gaps)
                               : die_pass(stream, abbrev, behind, &ignored);
        if (UNLIKELY(!p || p > end))
            return false;
        if (q->is_item) {
            p = item_enter(quick, q, behind, p, &items[items_count], &depth);
            items_count++;
            records_count += role_is_named_type(q->role);
            continue;
        }
        if (q->role == ROLE_VARIABLE && !abbrev->is_fixed && !variable_note(quick, q, &gaps, position, depth))
            return false;
        depth += q->has_children;
    }
    quick->items_count = items_count;
    quick->records_count = records_count;
    quick->dies_count += dies_count;
    return p == end;
}
