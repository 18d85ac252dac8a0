// SPDX-License-Identifier: MIT
#include "scan/type_records.h"

#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/die_steps.h"
#include "object/object.h"
#include <inttypes.h>

// No program nests its DIEs as deeply. Where they have no siblings each type's children are found by walking over all that is
// in them, so that this bounds what a file costs: so many times its size.
enum { NESTING_MOST = 1024 };

#define UNRESOLVED (UINT32_MAX - 1)

// An open DIE with children. Functions and blocks become records only when a type lies in them, which is
// rare.
struct record_frame {
    uint32_t record;         // the scope for what is inside; UNRESOLVED until somebody asks
    uint32_t function_start; // of a function that has no record yet; 0: none
    uint32_t own;            // the record of this very DIE, NO_RECORD: it has none
};

struct record_walk {
    const struct unit_view *view;
    struct type_records *records;
    bool has_scopes;
    bool is_flat;    // nobody asks what encloses what: no frames, their number alone is kept
    size_t next_hit; // of the plan
    bool needs_rest; // what a record refers to may stand behind the last hit
    struct passed passed;
    struct record_frame frames[NESTING_MOST]; // passed.depth of them
};

static COLD struct error *walk_error(const struct unit_view *view, const uint8_t *p, const char *what,
                                     uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%" PRIx64 ": %s %" PRIu64,
                        view->unit->table->object->debug_path, section_name(view->unit->section),
                        (uint64_t)(p - view->stream.section), what, number);
}

static uint64_t value_or(const struct decoded_die *die, enum die_field field, uint64_t otherwise)
{
    return die_has(die, field) ? die->values[field] : otherwise;
}

static uint32_t clamp_u32(uint64_t value)
{
    return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static struct type_record record_of(const struct decoded_die *die, uint32_t start, uint32_t parent)
{
    bool has_bits = die_has(die, FIELD_BIT_SIZE), has_signature = die_has(die, FIELD_SIGNATURE);
    return (struct type_record){
        .start = start,
        .end = start + 1, // grows when the children end
        .parent = parent,
        .tag = die->abbrev->tag,
        .role = die->abbrev->role,
        // gcc writes stubs of a type unit's type without DW_AT_declaration.
        .is_declaration = has_signature || value_or(die, FIELD_DECLARATION, 0) != 0,
        .has_signature = has_signature,
        .has_children = die->abbrev->has_children,
        .size_known = die_has(die, FIELD_BYTE_SIZE) || has_bits,
        .name = value_or(die, FIELD_NAME, 0),
        .specification = value_or(die, FIELD_SPECIFICATION, 0),
        .target = has_signature ? die->values[FIELD_SIGNATURE] : value_or(die, FIELD_TYPE, 0),
        .size_bytes =
            value_or(die, FIELD_BYTE_SIZE,
                     has_bits ? die->values[FIELD_BIT_SIZE] / 8 + (die->values[FIELD_BIT_SIZE] % 8 != 0) : 0),
        .decl_file = clamp_u32(value_or(die, FIELD_DECL_FILE, 0)),
        .decl_line = clamp_u32(value_or(die, FIELD_DECL_LINE, 0)),
    };
}

bool type_record_read(const struct unit_view *view, uint32_t position, struct type_record *record)
{
    struct decoded_die die;
    if (!unit_view_decode(view, view->unit->offset + position, &die))
        return false;
    *record = record_of(&die, position, NO_RECORD);
    return true;
}

// The record of the innermost scope. Makes records of the functions on the way down that have none yet; their
// offsets are below the type's that asks, and above those of all records so far, so the order holds.
static struct error *walk_scope(struct record_walk *walk, uint32_t *record)
{
    *record = NO_RECORD;
    int known = walk->passed.depth;
    while (known > 0 && walk->frames[known - 1].record == UNRESOLVED)
        known--;
    if (known > 0)
        *record = walk->frames[known - 1].record;
    for (; known < walk->passed.depth; known++) {
        struct record_frame *frame = &walk->frames[known];
        struct decoded_die die;
        if (frame->function_start && walk->has_scopes &&
            unit_view_decode(walk->view, walk->view->unit->offset + frame->function_start, &die)) {
            if (!vec_push(walk->records, record_of(&die, frame->function_start, *record)))
                return &error_out_of_memory;
            *record = frame->own = (uint32_t)walk->records->length - 1;
        }
        frame->record = *record;
    }
    return NULL;
}

// Is the subtree between the positions free of what is looked for?
static bool hits_none_in(const struct walk_plan *plan, uint32_t start, uint32_t end)
{
    size_t low = 0, high = plan->hits_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (plan->hits[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    return low == plan->hits_count || plan->hits[low] >= end;
}

// May the children of a DIE be passed over, by its sibling?
static bool may_pass_over(const struct record_walk *walk, const struct walk_plan *plan,
                          const struct decoded_die *die, uint32_t start, uint32_t sibling)
{
    const enum die_role role = die->abbrev->role;
    switch (plan->extent) {
    case WALK_ALL:
        return false;
    case WALK_BETWEEN_STRUCTS:
        return role == ROLE_AGGREGATE && !walk->has_scopes && die_has(die, FIELD_NAME) &&
               !die_has(die, FIELD_DECLARATION);
    case WALK_TO_HITS:
        // In a language with scopes even an uninteresting type may enclose one that a member names: only
        // functions and enumerations hold none.
        return (!walk->has_scopes || role == ROLE_FUNCTION || role == ROLE_ENUM) &&
               hits_none_in(plan, start, sibling);
    }
    return false;
}

static void walk_pop(struct record_walk *walk, uint32_t position)
{
    const int depth = --walk->passed.depth;
    if (!walk->is_flat && walk->frames[depth].own != NO_RECORD)
        walk->records->data[walk->frames[depth].own].end = position;
}

// Where names have no scopes, and only those of the hits are wanted: passes over whole subtrees without a
// hit, and over every DIE that has none itself, but for anonymous types, which a typedef may name.
static inline const uint8_t *misses_pass(struct record_walk *walk, const struct walk_plan *plan,
                                         const uint8_t *p, struct passed *passed)
{
    const struct die_stream *stream = &walk->view->stream;
    const struct abbrev_table *abbrevs = walk->view->abbrevs;
    const uint8_t *const header = stream->section + walk->view->unit->offset;
    const uint32_t end = (uint32_t)(stream->end - header);
    const uint8_t *stop = p; // up to there is no hit; found out below
    while (p < stream->end && passed->depth <= NESTING_MOST) {
        uint64_t code;
        const uint8_t *behind = load_uleb(p, &code);
        // Most are passed over by their steps alone, which stay in the nearest cache.
        if (LIKELY(code <= abbrevs->dense_count) && abbrevs->steps[code].is_passable &&
            !abbrevs->steps[code].levels_deeper && behind + abbrevs->steps[code].fixed_bytes <= stop) {
            passed->last = p;
            passed->count++;
            p = behind + abbrevs->steps[code].fixed_bytes;
            continue;
        }
        if (code == 0) {
            passed->last = p;
            passed->depth -= passed->depth > 0;
            p = behind;
            continue;
        }
        const struct abbrev *abbrev = code <= abbrevs->dense_count ? abbrevs->dense[code - 1] : NULL;
        if (!abbrev || !abbrev->is_fixed ||
            (role_makes_record(abbrev->role) && !(abbrev->fields >> FIELD_NAME & 1)))
            return p;
        const uint8_t *const after = behind + abbrev->fixed_bytes;
        while (walk->next_hit < plan->hits_count && header + plan->hits[walk->next_hit] < p)
            walk->next_hit++;
        stop = walk->next_hit < plan->hits_count ? header + plan->hits[walk->next_hit] : p;
        if (walk->next_hit == plan->hits_count && plan->may_stop && !walk->needs_rest) {
            walk->records->is_cut = true;
            return stream->end;
        }
        const uint32_t hit = walk->next_hit < plan->hits_count ? plan->hits[walk->next_hit] : UINT32_MAX;
        if (header + hit < after)
            return p;
        passed->last = p;
        passed->count++;
        p = after;
        if (!abbrev->has_children)
            continue;
        const uint64_t sibling = abbrev->sibling_pick == NO_SIBLING || after > stream->end
                                     ? 0
                                     : die_pick(stream, abbrev->picks + abbrev->sibling_pick, behind);
        if (sibling > (uint64_t)(after - header) && sibling <= end && hit >= sibling)
            p = header + sibling;
        else
            passed->depth++;
    }
    return p;
}

// As dies_pass, and passes over named records that are not wanted, too: in such languages nobody asks for them.
static inline const uint8_t *unfit_pass(const struct unit_view *view, const struct walk_plan *plan,
                                        const uint8_t *p, struct passed *passed)
{
    for (;;) {
        uint64_t code;
        p = dies_pass(&view->stream, view->abbrevs, p, NESTING_MOST, passed);
        if (p >= view->stream.end || passed->depth > NESTING_MOST)
            return p;
        const uint8_t *const behind = load_uleb(p, &code);
        const struct abbrev *abbrev =
            code - 1 < view->abbrevs->dense_count ? view->abbrevs->dense[code - 1] : NULL;
        if (!abbrev || !abbrev->is_plain || (abbrev->role != ROLE_AGGREGATE && abbrev->role != ROLE_ENUM))
            return p;
        const uint64_t name = load_u32(behind + abbrev->plain.name_at, false);
        if (name >= plan->unfit_bits || !(plan->unfit[name / 64] >> name % 64 & 1))
            return p;
        passed->last = p;
        passed->count++;
        passed->depth += abbrev->has_children;
        p = behind + abbrev->fixed_bytes;
    }
}

// Passes over what no record is made of. NULL and an error where that leaves the unit or nests too deeply.
static inline const uint8_t *walk_pass(struct record_walk *walk, const struct walk_plan *plan,
                                       const uint8_t *p, struct error **error)
{
    const struct unit_view *view = walk->view;
    struct passed passed = walk->passed; // in registers
    if (walk->is_flat && plan->extent == WALK_TO_HITS)
        p = misses_pass(walk, plan, p, &passed);
    else if (walk->is_flat && plan->unfit)
        p = unfit_pass(view, plan, p, &passed);
    else if (walk->is_flat)
        p = dies_pass(&view->stream, view->abbrevs, p, NESTING_MOST, &passed);
    else
        p = leaves_pass(&view->stream, view->abbrevs, p, &passed);
    walk->passed = passed;
    if (LIKELY(p <= view->stream.end && passed.depth <= NESTING_MOST))
        return p;
    uint64_t code;
    load_uleb(passed.last, &code);
    *error = p > view->stream.end
                 ? walk_error(view, passed.last, "a DIE leaves its unit, abbrev code", code)
                 : walk_error(view, passed.last, "DIEs are nested deeper than", NESTING_MOST);
    return NULL;
}

// Does what comes lie in the unit itself, or in a namespace? Variables there have a place, so that they are
// not passed over: the expression of the place is of any length.
static bool walk_is_global(const struct record_walk *walk)
{
    const int depth = walk->passed.depth;
    if (depth <= 1)
        return true;
    const uint32_t own = walk->is_flat ? NO_RECORD : walk->frames[depth - 1].own;
    return own != NO_RECORD && walk->records->data[own].role == ROLE_NAMESPACE;
}

// Whether a variable has one address in the program, as the statics of functions have. Of those on the stack no record
// is made: there are many, and what they hold is known by them to nobody else.
static bool is_at_address(const struct record_walk *walk, const struct decoded_die *die)
{
    if (!die_has(die, FIELD_LOCATION_BLOCK))
        return false;
    const uint64_t block = die->values[FIELD_LOCATION_BLOCK];
    const struct die_stream *stream = &walk->view->stream;
    const uint8_t *const start = stream->section + (block & ((UINT64_C(1) << BLOCK_LENGTH_SHIFT) - 1));
    return block >> BLOCK_LENGTH_SHIFT > 1 && start < stream->end &&
           (*start == OP_addr || *start == OP_addrx || *start == OP_GNU_addr_index);
}

// A DIE that the walk has met, or the null entry that ends a list of them.
struct met {
    const uint8_t *start, *behind;
    const struct abbrev *abbrev; // NULL: a null entry
    bool is_record;              // of which a record is made: `die` holds its values
    uint64_t sibling;            // from the unit's header; 0: none
};

// Reads what stands at `p`, all that the walk needs to know of it.
static inline struct error *met_read(struct record_walk *walk, const uint8_t *p, struct decoded_die *die,
                                     struct met *met)
{
    const struct unit_view *view = walk->view;
    const struct die_stream *stream = &view->stream;
    uint64_t code;
    met->start = p;
    met->behind = p = load_uleb(p, &code);
    met->abbrev = NULL;
    if (code == 0)
        return NULL;
    const struct abbrev *abbrev = die->abbrev = abbrev_find(view->abbrevs, code);
    if (UNLIKELY(!abbrev))
        return walk_error(view, met->start, "a DIE of the undeclared abbrev code", code);
    met->abbrev = abbrev;
    const bool is_variable = abbrev->role == ROLE_VARIABLE;
    met->is_record = role_makes_record(abbrev->role) || (is_variable && walk_is_global(walk));
    if (met->is_record || is_variable) {
        p = die_read(stream, abbrev, p, die->values);
        met->sibling = p && die_has(die, FIELD_SIBLING) ? die->values[FIELD_SIBLING] : 0;
        met->is_record |= p && is_variable && is_at_address(walk, die);
    } else {
        p = die_pass(stream, abbrev, p, &met->sibling);
    }
    met->behind = p;
    return UNLIKELY(!p) ? walk_error(view, met->start, "a DIE leaves its unit, abbrev code", code) : NULL;
}

// Whether it may give a name to what stands behind it: only that of a hit is asked for, or one that stands elsewhere.
static bool refers_ahead(const struct walk_plan *plan, const struct decoded_die *die, uint32_t start,
                         uint32_t end)
{
    if (die->abbrev->role != ROLE_VARIABLE && die->abbrev->role != ROLE_TYPEDEF)
        return false;
    if (!die_has(die, FIELD_SPECIFICATION) && hits_none_in(plan, start, end))
        return false;
    const uint64_t target = value_or(die, FIELD_TYPE, 0);
    return die->abbrev->role == ROLE_VARIABLE ||
           (id_tag(target) == REFERENCE_UNIT && id_offset(target) > start);
}

// Makes the record of a DIE of which one is made; *own is its number.
static inline struct error *met_record(struct record_walk *walk, const struct walk_plan *plan,
                                       const struct decoded_die *die, const struct met *met, uint32_t *own)
{
    const uint8_t *const header = walk->view->stream.section + walk->view->unit->offset;
    uint32_t scope = NO_RECORD;
    *own = NO_RECORD;
    if (!met->is_record)
        return NULL;
    if (walk->has_scopes)
        RETURN_IF_ERROR(walk_scope(walk, &scope));
    if (plan->may_stop)
        walk->needs_rest |=
            refers_ahead(plan, die, (uint32_t)(met->start - header), (uint32_t)(met->behind - header));
    *own = (uint32_t)walk->records->length;
    return vec_push(walk->records, record_of(die, (uint32_t)(met->start - header), scope))
               ? NULL
               : &error_out_of_memory;
}

// Where the walk goes on behind a DIE with children: at the first of them, having entered its list, or behind the
// last. NULL and an error where they nest too deeply.
static inline const uint8_t *met_enter(struct record_walk *walk, const struct walk_plan *plan,
                                       const struct decoded_die *die, const struct met *met, uint32_t own,
                                       struct error **error)
{
    const struct die_stream *stream = &walk->view->stream;
    const uint8_t *const header = stream->section + walk->view->unit->offset;
    const uint64_t here = (uint64_t)(met->behind - header);
    if (met->sibling > here && met->sibling <= (uint64_t)(stream->end - header) &&
        may_pass_over(walk, plan, die, (uint32_t)here, (uint32_t)met->sibling)) {
        if (own != NO_RECORD) {
            walk->records->data[own].end = (uint32_t)met->sibling;
            walk->records->data[own].passed_over = true;
        }
        return header + met->sibling;
    }
    if (walk->passed.depth == NESTING_MOST) {
        *error = walk_error(walk->view, met->start, "DIEs are nested deeper than", NESTING_MOST);
        return NULL;
    }
    if (!walk->is_flat)
        walk->frames[walk->passed.depth] = (struct record_frame){
            .record = own != NO_RECORD ? own : UNRESOLVED,
            .function_start = met->abbrev->role == ROLE_FUNCTION ? (uint32_t)(met->start - header) : 0,
            .own = own,
        };
    walk->passed.depth++;
    return met->behind;
}

static struct error *walk_unit(struct record_walk *walk, const struct walk_plan *plan)
{
    const struct die_stream *stream = &walk->view->stream;
    const uint8_t *const header = stream->section + walk->view->unit->offset;
    struct decoded_die die;
    struct error *error = NULL;
    for (const uint8_t *p = stream->section + walk->view->unit->die_offset;
         (p = walk_pass(walk, plan, p, &error)) && p != stream->end;) {
        struct met met;
        uint32_t own;
        RETURN_IF_ERROR(met_read(walk, p, &die, &met));
        p = met.behind;
        if (!met.abbrev) {
            walk->passed.last = met.start; // a null entry of several bytes may leave the unit
            if (walk->passed.depth > 0)
                walk_pop(walk, (uint32_t)(p - header));
            continue;
        }
        walk->passed.count++;
        RETURN_IF_ERROR(met_record(walk, plan, &die, &met, &own));
        if (met.abbrev->has_children && !(p = met_enter(walk, plan, &die, &met, own, &error)))
            break;
    }
    while (!error && !walk->is_flat && walk->passed.depth > 0)
        walk_pop(walk, (uint32_t)(stream->end - header));
    return error;
}

struct error *type_records_read(const struct unit_view *view, const struct walk_plan *plan,
                                struct type_records *records, uint64_t *dies_count)
{
    records->length = 0;
    records->is_cut = false;
    records->unread = NULL;
    if (view->unit->end_offset - view->unit->offset > UINT32_MAX)
        return walk_error(
            view, view->stream.section + view->unit->offset,
            "the unit is larger than 4 GiB; bytes:", view->unit->end_offset - view->unit->offset);
    struct record_walk walk; // its frames are written before they are read: no need to clear 48 KiB a unit
    walk.view = view;
    walk.records = records;
    walk.has_scopes = language_has_scopes(view->unit->language);
    walk.is_flat = !walk.has_scopes;
    walk.next_hit = 0;
    walk.needs_rest = false;
    walk.passed = (struct passed){0};
    RETURN_IF_ERROR(walk_unit(&walk, plan));
    *dies_count += walk.passed.count;
    return NULL;
}

// Index of the first record that starts at or behind the position.
static size_t records_lower_bound(const struct type_records *records, uint32_t position)
{
    size_t low = 0, high = records->length;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (records->data[middle].start < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t type_records_find(const struct type_records *records, uint32_t position)
{
    size_t i = records_lower_bound(records, position);
    return i < records->length && records->data[i].start == position ? (uint32_t)i : NO_RECORD;
}

uint32_t type_records_scope(const struct type_records *records, uint32_t position)
{
    size_t i = records_lower_bound(records, position);
    if (i == 0)
        return NO_RECORD;
    uint32_t record = (uint32_t)i - 1;
    while (record != NO_RECORD && records->data[record].end <= position)
        record = records->data[record].parent;
    return record;
}

uint64_t type_record_name(const struct unit_view *view, const struct type_record *record)
{
    struct decoded_die declaration;
    if (record->name || id_tag(record->specification) != REFERENCE_UNIT)
        return record->name;
    if (!unit_view_decode(view, view->unit->offset + id_offset(record->specification), &declaration))
        return 0;
    return die_has(&declaration, FIELD_NAME) ? declaration.values[FIELD_NAME] : 0;
}

void type_records_need(struct type_records *records, uint32_t index)
{
    struct type_record *record = &records->data[index];
    const struct type_record known = *record;
    if (LIKELY(known.tag != 0) || !records->unread || !type_record_read(records->unread, known.start, record))
        return;
    record->end = known.end;
    record->parent = known.parent;
}

uint32_t type_record_scope(struct type_records *records, uint32_t index)
{
    type_records_need(records, index);
    const struct type_record *record = &records->data[index];
    uint32_t scope = record->parent;
    if (id_tag(record->specification) == REFERENCE_UNIT && id_offset(record->specification) <= UINT32_MAX)
        scope = type_records_scope(records, (uint32_t)id_offset(record->specification));
    if (scope != NO_RECORD)
        type_records_need(records, scope);
    return scope;
}
