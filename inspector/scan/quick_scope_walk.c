// SPDX-License-Identifier: MIT
// The walk of the quick pass where names have scopes: it notes what encloses what, and the parts of each type where it meets
// them, so that nothing is walked over twice. Types, scopes and variables are those of type_records.c, whose rules hold here.
#include "scan/quick_parts.h"

#include <stdlib.h>

enum { NESTING_MOST = 1000, AHEAD_BYTES = 1024, CODES_MOST = ITEM_CODE_MASK };

// A list of children that is open.
struct scope_frame {
    uint32_t start;   // of the DIE whose children they are
    uint32_t own;     // its record; 0: it has none
    uint32_t scope;   // the record that encloses them; UNRESOLVED until somebody asks
    uint32_t sibling; // where the list must end; 0: not said
};

#define UNRESOLVED UINT32_MAX

struct scope_walk {
    struct quick_unit *quick;
    int depth;
    struct scope_frame frames[NESTING_MOST + 3];
};

static bool grow(void **array, uint32_t *capacity, size_t element_bytes)
{
    const uint32_t grown = *capacity ? *capacity * 2 : 4096;
    void *moved = grown > *capacity ? reallocarray(*array, grown, element_bytes) : NULL;
    if (!moved)
        return false;
    *array = moved;
    *capacity = grown;
    return true;
}

// False when memory is short.
static inline bool record_push(struct quick_unit *quick, uint32_t start, uint32_t parent, uint32_t item)
{
    if (UNLIKELY(quick->scoped_count == quick->scoped_capacity) &&
        !grow((void **)&quick->scoped, &quick->scoped_capacity, sizeof(*quick->scoped)))
        return false;
    quick->scoped[quick->scoped_count++] =
        (struct quick_record){.start = start, .end = start + 1, .parent = parent, .item = item};
    return true;
}

static inline bool part_push(struct quick_unit *quick, uint32_t owner, uint32_t position)
{
    if (UNLIKELY(quick->parts_count == quick->parts_capacity) &&
        !grow((void **)&quick->parts, &quick->parts_capacity, sizeof(*quick->parts)))
        return false;
    struct quick_record *record = &quick->scoped[owner];
    const uint32_t part = quick->parts_count++;
    quick->parts[part] = (struct quick_part){position, 0};
    // The first one of all is nobody's: it may be written to.
    quick->parts[record->last_part].next = part;
    record->last_part = part;
    if (!record->first_part)
        record->first_part = part;
    return true;
}

static enum die_role role_at(const struct quick_unit *quick, uint32_t position)
{
    uint64_t code;
    load_uleb(quick->header + position, &code);
    return quick->abbrevs[code - 1]->role;
}

// Finds the record that encloses what the walk is at. Functions on the way get theirs. False when memory is short.
static NOINLINE bool scope_resolve(struct scope_walk *walk)
{
    struct quick_unit *quick = walk->quick;
    int known = walk->depth;
    while (walk->frames[known].scope == UNRESOLVED)
        known--; // that of the unit itself is resolved
    uint32_t scope = walk->frames[known].scope;
    while (known++ < walk->depth) {
        struct scope_frame *frame = &walk->frames[known];
        if (role_at(quick, frame->start) == ROLE_FUNCTION) {
            if (!record_push(quick, frame->start, scope, NO_ITEM))
                return false;
            scope = frame->own = quick->scoped_count - 1;
        }
        frame->scope = scope;
    }
    return true;
}

// Whether the first child of a DIE, whose values end at `p`, is a template's parameter.
static bool is_instance(const struct quick_unit *quick, const uint8_t *p)
{
    uint64_t code;
    if (p >= quick->end)
        return false;
    load_uleb(p, &code);
    return code - 1 < quick->codes - 1 && tag_is_template_parameter(quick->abbrevs[code - 1]->tag);
}

static bool is_global(const struct scope_walk *walk)
{
    const struct quick_unit *quick = walk->quick;
    const uint32_t own = walk->frames[walk->depth].own;
    return walk->depth <= 1 || (own != 0 && quick->scoped[own].item == NO_ITEM &&
                                role_at(quick, quick->scoped[own].start) == ROLE_NAMESPACE);
}

// A DIE that is more than a step: at `start`, its values from `behind` on.
struct scope_look {
    const uint8_t *start, *behind;
    const struct abbrev *abbrev;
};

// Returns where the walk goes on; NULL: the unit is given up. *items_count counts what it adds.
static NOINLINE const uint8_t *walk_look(struct scope_walk *walk, const struct scope_look *look,
                                         uint32_t *items_count)
{
    struct quick_unit *quick = walk->quick;
    const struct quick_abbrev *q = &look->abbrev->quick;
    const uint32_t position = (uint32_t)(look->start - quick->header);
    struct quick_gaps gaps = {0};
    uint64_t sibling = 0;
    if (q->is_refused_scoped)
        return NULL;
    const bool by_parts = !look->abbrev->is_fixed && q->parts_count;
    const uint8_t *p =
        by_parts ? quick_parts_pass(&quick->view->stream, q, look->behind, &gaps) : look->behind;
    if (p && q->has_children) // which has the sibling, too
        p = die_pass(&quick->view->stream, look->abbrev, look->behind, &sibling);
    else if (!by_parts)
        p = die_pass(&quick->view->stream, look->abbrev, look->behind, &sibling);
    if (!p || p > quick->end || sibling > UINT32_MAX)
        return NULL;
    struct scope_frame *top = &walk->frames[walk->depth];
    uint32_t own = 0;
    const bool is_variable = q->role == ROLE_VARIABLE && !(look->abbrev->is_fixed && !q->has_children) &&
                             quick_variable_counts(quick, q, &gaps, position, is_global(walk));
    if (role_is_named_type(q->role) || q->role == ROLE_NAMESPACE || is_variable) {
        if (top->scope == UNRESOLVED && !scope_resolve(walk))
            return NULL;
        own = quick->scoped_count;
        if (!record_push(quick, position, top->scope, q->is_item ? *items_count : NO_ITEM))
            return NULL;
    }
    if (q->is_item) {
        struct quick_item *item = &quick->items[*items_count];
        quick->item_records[*items_count] = own;
        if (q->has_children && is_instance(quick, p))
            item->code |= ITEM_INSTANCE;
        quick->map[position >> 2] = (uint16_t)*items_count;
        ++*items_count;
    } else if (is_variable) {
        if (!quick_variable_push(quick, position, quick_variable_target(q, &gaps)))
            return NULL;
    } else if (q->role >= ROLE_MEMBER && q->role <= ROLE_ENUMERATOR) {
        if (!part_push(quick, top->own, position))
            return NULL;
    } else if (q->role == ROLE_NAMESPACE && q->has_children && is_instance(quick, p)) {
        return NULL;
    }
    if (q->has_children)
        walk->frames[++walk->depth] =
            (struct scope_frame){position, own, own ? own : UNRESOLVED, (uint32_t)sibling};
    return p;
}

static bool lists_reserve(struct quick_unit *quick, uint32_t items_most)
{
    quick->scoped_count = 0;
    quick->parts_count = 1;
    return quick_items_reserve(quick, items_most) &&
           quick_reserve((void **)&quick->item_records, &quick->item_records_capacity, items_most + 1,
                         sizeof(*quick->item_records)) &&
           (quick->parts_capacity ||
            grow((void **)&quick->parts, &quick->parts_capacity, sizeof(*quick->parts))) &&
           record_push(quick, 0, 0, NO_ITEM);
}

// What the walk keeps in registers; it is brought into `walk` for what is more than a step.
struct scope_steps {
    const uint8_t *p;
    struct scope_frame *top;
    uint64_t dies_count;
};

// Passes over DIEs that are no more than a step, into and out of lists of children. False where the unit is to be given up.
static inline bool steps_pass(struct scope_walk *walk, struct scope_steps *at)
{
    const struct quick_unit *quick = walk->quick;
    const struct abbrev_step *const steps = quick->view->abbrevs->steps;
    const uint8_t *const header = quick->header, *const end = quick->end;
    const uint64_t codes = quick->codes;
    struct quick_record *const scoped = quick->scoped;
    struct scope_frame *top = at->top;
    uint64_t count = 0;
    const uint8_t *p = at->p;
    bool is_good = true;
    while (p < end) {
        uint64_t code;
        __builtin_prefetch(p + AHEAD_BYTES);
        const uint8_t *const behind = load_uleb(p, &code);
        if (UNLIKELY(code >= codes)) {
            is_good = false;
            break;
        }
        const struct abbrev_step *const step = &steps[code];
        if (step->kind > STEP_END)
            break;
        const uint8_t *const next = behind + step->fixed_bytes;
        if (UNLIKELY(next > end)) {
            is_good = false;
            break;
        }
        if (step->levels_deeper == 0) {
            count++;
            p = next;
            continue;
        }
        if (code == 0) {
            const uint32_t here = (uint32_t)(behind - header);
            if (UNLIKELY((top->own != 0) | (top->sibling != here))) {
                scoped[top->own].end = here;
                if (top->sibling != 0 && top->sibling != here) {
                    is_good = false;
                    break;
                }
            }
            top -= top > walk->frames; // else padding behind the last list
            p = next;
            continue;
        }
        const uint32_t sibling = quick_load(behind + step->behind_sibling - 1);
        top++;
        *top = (struct scope_frame){(uint32_t)(p - header), 0, UNRESOLVED,
                                    sibling & -(uint32_t)(step->behind_sibling != 0)};
        count++;
        p = next;
        if (UNLIKELY(top > walk->frames + NESTING_MOST)) {
            is_good = false;
            break;
        }
    }
    *at = (struct scope_steps){p, top, at->dies_count + count};
    return is_good;
}

bool quick_walk_scoped(struct quick_unit *quick)
{
    const struct unit_view *view = quick->view;
    const struct abbrev_step *const steps = view->abbrevs->steps;
    const uint8_t *const header = quick->header, *const end = quick->end;
    const uint32_t items_most = quick->length / 2 < UINT16_MAX ? quick->length / 2 : UINT16_MAX;
    if (quick->codes > CODES_MOST || !lists_reserve(quick, items_most))
        return false;
    struct quick_item *const items = quick->items;
    uint32_t *const item_records = quick->item_records;
    struct scope_walk walk; // its frames are written before they are read
    walk.quick = quick;
    walk.frames[0] = (struct scope_frame){0};
    uint32_t items_count = 0;
    struct scope_steps at = {view->stream.section + view->unit->die_offset, walk.frames, 0};
    while (steps_pass(&walk, &at) && at.p < end) {
        uint64_t code;
        const uint8_t *const behind = load_uleb(at.p, &code);
        const struct abbrev_step *const step = &steps[code];
        const uint32_t position = (uint32_t)(at.p - header);
        struct scope_frame *const top = at.top;
        at.dies_count++;
        if (step->kind == STEP_PART) {
            if (UNLIKELY(!part_push(quick, top->own, position)))
                return false;
            at.p = behind + step->fixed_bytes;
            continue;
        }
        if (UNLIKELY(items_count >= items_most))
            return false;
        items[items_count] = (struct quick_item){position, (uint32_t)code, 0};
        walk.depth = (int)(top - walk.frames);
        if (LIKELY(step->kind < STEP_LOOK)) {
            quick->map[position >> 2] = (uint16_t)items_count;
            item_records[items_count] = 0;
            if (step->kind == STEP_RECORD) {
                if (UNLIKELY(top->scope == UNRESOLVED) && !scope_resolve(&walk))
                    return false;
                item_records[items_count] = quick->scoped_count;
                if (!record_push(quick, position, top->scope, items_count))
                    return false;
            }
            items_count++;
            at.p = behind + step->fixed_bytes;
            continue;
        }
        const struct scope_look look = {at.p, behind, view->abbrevs->dense[code - 1]};
        at.p = walk_look(&walk, &look, &items_count);
        if (UNLIKELY(!at.p || walk.depth > NESTING_MOST))
            return false;
        at.top = &walk.frames[walk.depth];
    }
    quick->items_count = items_count;
    quick->dies_count += at.dies_count;
    return at.p == end && at.top == walk.frames;
}
