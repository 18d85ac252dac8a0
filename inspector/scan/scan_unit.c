// SPDX-License-Identifier: MIT
#include "scan/scan_unit.h"

#include "base/vec.h"
#include "dwarf/abbrev_form.h"
#include "dwarf/constants.h"
#include "dwarf/text.h"
#include "dwarf/vocabulary.h"
#include "object/object.h"
#include "scan/name_walk.h"
#include "scan/scan_definition.h"
#include "scan/scan_quick.h"
#include <stdlib.h>
#include <string.h>

enum { ABBREV_TABLES_MOST = 64 };
static const size_t NAMES_TIMES = 64; // of real units they take a part

struct error *scanner_init(struct scanner *scanner, const struct wanted_names *wanted,
                           const struct quick_secret *secret)
{
    *scanner = (struct scanner){.wanted = wanted, .quick.secret = *secret, .table.seed = secret->place};
    return type_hasher_init(&scanner->hasher, &scanner->abbrevs);
}

void scanner_free(struct scanner *scanner)
{
    type_hasher_free(&scanner->hasher);
    abbrev_cache_free(&scanner->abbrevs);
    type_table_free(&scanner->table);
    problems_free(&scanner->problems);
    vec_free(&scanner->records);
    vec_free(&scanner->shapes);
    vec_free(&scanner->signed_names);
    quick_unit_free(&scanner->quick);
    copy_table_free(&scanner->quick_keys);
    free(scanner->quick_firsts);
    vec_free(&scanner->quick_elsewhere);
    judged_names_free(&scanner->judged);
    vec_free(&scanner->fitting);
    free(scanner->unfit);
    copy_table_free(&scanner->judged_scoped);
    free(scanner->judged_scoped_beside);
}

// Whether the DIE at the position is like a struct, union or enumeration without a name, by its abbrev: most
// targets of typedefs are not, and need not be looked for.
static bool is_anonymous_record(const struct unit_view *view, uint64_t position)
{
    uint64_t code;
    if (position >= view->unit->end_offset - view->unit->offset)
        return false;
    load_uleb(view->stream.section + view->unit->offset + position, &code);
    const struct abbrev *abbrev = abbrev_find(view->abbrevs, code);
    return abbrev && (abbrev->role == ROLE_AGGREGATE || abbrev->role == ROLE_ENUM) &&
           !(abbrev->fields >> FIELD_NAME & 1);
}

// The anonymous struct, union or enumeration of this unit that a typedef names by that reference; NO_RECORD
// when it names something else.
static uint32_t anonymous_target(const struct unit_view *view, const struct type_records *records,
                                 uint64_t reference)
{
    if (id_tag(reference) != REFERENCE_UNIT || id_offset(reference) > UINT32_MAX)
        return NO_RECORD;
    if (!is_anonymous_record(view, id_offset(reference)))
        return NO_RECORD;
    uint32_t target = type_records_find(records, (uint32_t)id_offset(reference));
    if (target == NO_RECORD)
        return NO_RECORD;
    const struct type_record *type = &records->data[target];
    bool is_anonymous = (type->role == ROLE_AGGREGATE || type->role == ROLE_ENUM) && !type->is_declaration &&
                        !type->named_by_typedef && type_record_name(view, type) == 0;
    return is_anonymous ? target : NO_RECORD;
}

// clang refers to the type of a type unit by a stub, which has no name where that type has none.
static bool stub_signature(const struct decoded_die *die, uint64_t *signature)
{
    if (!die_has(die, FIELD_SIGNATURE) || die_has(die, FIELD_NAME))
        return false;
    *signature = die->values[FIELD_SIGNATURE];
    return true;
}

// What a variable holds: an anonymous record of this unit, or the nameless type of a type unit.
struct held {
    uint32_t record; // NO_RECORD: none
    uint64_t signature;
    bool has_signature;
};

// The same of a variable: itself, its elements or what it points to.
static struct held anonymous_held(const struct unit_view *view, const struct type_records *records,
                                  const struct type_record *variable)
{
    enum { STEPS_MOST = 8 };
    struct held held = {.record = NO_RECORD};
    struct decoded_die die;
    uint64_t position = variable->start; // of what has the next reference
    if (!variable->target && id_tag(variable->specification) == REFERENCE_UNIT)
        position = id_offset(variable->specification);
    for (int steps = 0; steps <= STEPS_MOST; steps++) {
        if (!unit_view_decode(view, view->unit->offset + position, &die))
            break;
        if (steps && die.abbrev->role != ROLE_DERIVED && die.abbrev->role != ROLE_ARRAY) {
            held.has_signature = stub_signature(&die, &held.signature);
            if (held.has_signature)
                break;
            held.record =
                anonymous_target(view, records, position | (uint64_t)REFERENCE_UNIT << ID_TAG_SHIFT);
            break;
        }
        held.has_signature = die_has(&die, FIELD_TYPE_SIGNATURE);
        if (held.has_signature)
            held.signature = die.values[FIELD_TYPE_SIGNATURE];
        if (!die_has(&die, FIELD_TYPE) || id_tag(die.values[FIELD_TYPE]) != REFERENCE_UNIT)
            break;
        position = id_offset(die.values[FIELD_TYPE]);
    }
    return held;
}

// Keeps the name for when all units are read: the first one in the file is the type's.
static struct error *name_signed(struct scanner *scanner, const struct unit_view *view, uint64_t signature,
                                 struct definition *definition, bool *is_one)
{
    const struct type_record *record = &scanner->records.data[definition->index];
    const struct unit *type_unit = type_hasher_nameless_unit(&scanner->hasher, signature);
    bool is_wanted_one;
    if (!type_unit)
        return NULL;
    *is_one = false;
    RETURN_IF_ERROR(definition_is_wanted(scanner, view, definition, &is_wanted_one));
    if (!is_wanted_one)
        return NULL;
    definition_qualify(scanner, view, definition);
    const struct signed_name kept = {.type_unit = type_unit,
                                     .name = definition->qualified,
                                     .unit = view->unit,
                                     .position = record->start,
                                     .is_variable = record->role == ROLE_VARIABLE};
    return kept.name && vec_push(&scanner->signed_names, kept) ? NULL : &error_out_of_memory;
}

// The signature that a typedef gives its target by, itself or by a stub.
static bool typedef_signature(const struct unit_view *view, const struct type_record *record,
                              uint64_t *signature)
{
    struct decoded_die die;
    const uint64_t position = record->target ? id_offset(record->target) : record->start;
    if (record->target && (id_tag(record->target) != REFERENCE_UNIT || !is_anonymous_record(view, position)))
        return false;
    if (!unit_view_decode(view, view->unit->offset + position, &die))
        return false;
    if (record->target)
        return stub_signature(&die, signature);
    *signature = die_has(&die, FIELD_TYPE_SIGNATURE) ? die.values[FIELD_TYPE_SIGNATURE] : 0;
    return die_has(&die, FIELD_TYPE_SIGNATURE);
}

// What record `index` defines; *is_one: it defines something.
static struct error *definition_of(struct scanner *scanner, const struct unit_view *view, uint32_t index,
                                   struct definition *definition, bool *is_one)
{
    struct type_record *record = &scanner->records.data[index];
    *is_one = false;
    if (record->role == ROLE_NAMESPACE || record->role == ROLE_FUNCTION || record->is_declaration)
        return NULL;
    *definition =
        (struct definition){.index = index, .namer = index, .name_id = type_record_name(view, record)};
    if (definition->name_id == 0)
        return NULL; // its typedef, if it has one, comes by itself
    definition->full = type_hasher_full_name(&scanner->hasher, record->start);
    if (record->role == ROLE_VARIABLE) {
        const struct held held = anonymous_held(view, &scanner->records, record);
        if (held.has_signature)
            return name_signed(scanner, view, held.signature, definition, is_one);
        if (held.record == NO_RECORD)
            return NULL;
        scanner->records.data[held.record].named_by_typedef = true;
        definition->index = held.record;
    } else if (record->role == ROLE_TYPEDEF) {
        uint64_t signature;
        if (typedef_signature(view, record, &signature)) {
            RETURN_IF_ERROR(definition_is_wanted(scanner, view, definition, is_one));
            return name_signed(scanner, view, signature, definition, is_one);
        }
        uint32_t target = anonymous_target(view, &scanner->records, record->target);
        if (target != NO_RECORD) { // the first typedef names it; further ones are typedefs like any other
            scanner->records.data[target].named_by_typedef = true;
            definition->index = target;
        }
    }
    return definition_is_wanted(scanner, view, definition, is_one);
}

// Computes the shapes of the structs whose children the walk has passed over. False when that was wrong: one
// holds types, or its children break the rules.
static bool shapes_read(struct scanner *scanner)
{
    scanner->shapes.length = 0;
    if (!vec_reserve(&scanner->shapes, scanner->records.length))
        return false;
    uint64_t dies_count = 0;
    for (uint32_t i = 0; i < scanner->records.length; i++) {
        struct type_shape shape = {0};
        if (scanner->records.data[i].passed_over)
            shape = type_hasher_shape(&scanner->hasher, scanner->records.data[i].start);
        if (shape.holds_types || shape.is_broken)
            return false;
        dies_count += shape.dies_count;
        scanner->shapes.data[scanner->shapes.length++] = shape;
    }
    scanner->dies_count += dies_count;
    return true;
}

static struct error *unit_read(struct scanner *scanner, const struct unit_view *view,
                               const struct walk_plan *plan)
{
    uint64_t dies_count = 0;
    RETURN_IF_ERROR(type_records_read(view, plan, &scanner->records, &dies_count));
    type_hasher_enter(&scanner->hasher, view, &scanner->records);
    if (plan->extent == WALK_BETWEEN_STRUCTS && !shapes_read(scanner)) {
        const struct walk_plan all = {.extent = WALK_ALL};
        return unit_read(scanner, view, &all); // finds what is wrong, or the types inside
    }
    if (plan->extent != WALK_TO_HITS)
        type_hasher_trust(&scanner->hasher);
    scanner->dies_count += dies_count;
    if (plan->extent != WALK_BETWEEN_STRUCTS)
        scanner->shapes.length = 0;
    return NULL;
}

// ---- units that are read in part ------------------------------------------------------------------------

// May the reference at `value` be the type of a DIE of the abbrev? Of one whose name stands in place, so that its code
// is anywhere before it, the name's end must be there.
static bool may_be_type_of(const struct unit_view *view, const struct abbrev *abbrev, unsigned type_at,
                           const uint8_t *value)
{
    const uint8_t *const first = view->stream.section + view->unit->die_offset;
    if (value - first <= type_at)
        return false;
    const uint8_t *start = value - type_at; // behind the code, or the name
    if (!abbrev->is_fixed)
        return start[-1] == '\0';
    if (start[-1] >= 0x80)
        return false;
    do {
        uint64_t code;
        load_uleb(--start, &code);
        if (abbrev_find(view->abbrevs, code) == abbrev)
            return true;
    } while (start > first && start[-1] >= 0x80);
    return false;
}

// Where the abbrev has a reference of 4 bytes in the unit as its type, from behind the code, or from behind a name in
// place; *known: false where it has it elsewhere.
static unsigned type_place(const struct unit *unit, const struct abbrev *abbrev, bool *known)
{
    *known = false;
    for (unsigned i = 0; abbrev->is_fixed && i < abbrev->picks_count; i++) {
        const struct abbrev_pick *pick = &abbrev->picks[i];
        if (pick->field != FIELD_TYPE)
            continue;
        *known = pick->tag == REFERENCE_UNIT && pick->width_bytes == 4 && !pick->is_constant;
        return pick->offset_bytes;
    }
    unsigned place = 0;
    if (abbrev->is_fixed || !abbrev->attributes_count || abbrev->attributes[0].form != FORM_string)
        return 0;
    for (unsigned i = 1; i < abbrev->attributes_count; i++) {
        const struct abbrev_attribute *attribute = &abbrev->attributes[i];
        const unsigned width = width_of_form(attribute->form, unit);
        *known = attribute->name == AT_type && attribute->form == FORM_ref4;
        if (*known || width >= WIDTH_LEB)
            break;
        place += width;
    }
    return place;
}

// A unit made to be searched over and over is read as a whole instead.
enum { SEARCHES_MOST = 32, NAMED_MOST = 16 };

// Whether a typedef before the record may refer to the same type: is the reference there, in 4 bytes, behind a
// typedef's code? Where an abbrev puts references any other way it may be.
static bool is_named_before(const struct unit_view *view, const struct type_record *record)
{
    const struct abbrev_table *abbrevs = view->abbrevs;
    const uint8_t *const limit = view->stream.section + view->unit->offset + record->start;
    const uint32_t target = (uint32_t)id_offset(record->target);
    const uint8_t text[] = {(uint8_t)target, (uint8_t)(target >> 8), (uint8_t)(target >> 16),
                            (uint8_t)(target >> 24)};
    if (abbrevs->sparse_count)
        return true;
    unsigned searches = 0;
    for (uint64_t i = 0; i < abbrevs->dense_count; i++) {
        const struct abbrev *abbrev = abbrevs->dense[i];
        if (abbrev->role != ROLE_TYPEDEF || !(abbrev->fields >> FIELD_TYPE & 1))
            continue;
        bool known;
        const unsigned type_at = type_place(view->unit, abbrev, &known);
        if (!known || view->stream.big_endian || ++searches > SEARCHES_MOST)
            return true;
        const uint8_t *p = view->stream.section + view->unit->die_offset;
        for (; (p = text_search(p, limit, text, sizeof(text))); p++)
            if (may_be_type_of(view, abbrev, type_at, p))
                return true;
    }
    return false;
}

// A nameless type is called by the first typedef of it, else by the first variable. Where a wanted name may be a later
// one, what comes before must be known, too.
static struct error *needs_all(struct scanner *scanner, const struct unit_view *view, bool *needs)
{
    const struct type_records *records = &scanner->records;
    unsigned named = 0;
    *needs = true;
    for (uint32_t i = 0; i < records->length; i++) {
        const struct type_record *record = &records->data[i];
        if (record->role != ROLE_TYPEDEF && record->role != ROLE_VARIABLE)
            continue;
        const uint64_t name_id = type_record_name(view, record);
        const char *name = name_id ? text_of(view->unit, name_id) : NULL;
        bool may_be_wanted = false;
        if (name)
            RETURN_IF_ERROR(name_may_be_wanted(scanner, view->unit, name, name_id, &may_be_wanted));
        if (!may_be_wanted)
            continue;
        if (record->role == ROLE_VARIABLE ? anonymous_held(view, records, record).record != NO_RECORD
                                          : anonymous_target(view, records, record->target) != NO_RECORD &&
                                                (++named > NAMED_MOST || is_named_before(view, record)))
            return NULL;
    }
    *needs = false;
    return NULL;
}

enum { WAITING_MOST = 8 };

// Counts the definitions of a unit whose walk stopped behind the last hit. *counted: all of them were known; else none
// has been counted, and the unit is to be read to its end, as one from which a definition is taken must be valid.
static struct error *unit_count(struct scanner *scanner, const struct unit_view *view, bool *counted)
{
    struct definition known[WAITING_MOST];
    size_t count = 0;
    *counted = false;
    for (uint32_t i = 0; i < scanner->records.length; i++) {
        bool is_one;
        if (count == WAITING_MOST)
            return NULL;
        RETURN_IF_ERROR(definition_of(scanner, view, i, &known[count], &is_one));
        if (!is_one)
            continue;
        definition_identify(scanner, view, &known[count]);
        if (!type_table_has(&scanner->table, known[count++].identity))
            return NULL;
    }
    for (size_t i = 0; i < count; i++)
        (void)type_table_count(&scanner->table, known[i].identity);
    *counted = true;
    return NULL;
}

static struct error *unit_add(struct scanner *scanner, const struct unit *unit, const struct walk_plan *plan)
{
    struct unit_view view;
    RETURN_IF_ERROR(unit_view_open(&scanner->abbrevs, unit, &view));
    scanner->names_left_bytes = NAMES_TIMES * (unit->end_offset - unit->offset);
    if (plan->extent == WALK_BETWEEN_STRUCTS) {
        bool is_done;
        RETURN_IF_ERROR(scan_quick(scanner, &view, &is_done));
        if (is_done)
            return scanner->hasher.out_of_memory ? &error_out_of_memory : NULL;
    }
    RETURN_IF_ERROR(unit_read(scanner, &view, plan));
    if (plan->extent == WALK_TO_HITS) {
        const struct walk_plan all = {.extent = WALK_ALL};
        bool needs;
        RETURN_IF_ERROR(needs_all(scanner, &view, &needs));
        if (needs)
            RETURN_IF_ERROR(unit_read(scanner, &view, &all));
    }
    if (scanner->records.is_cut) {
        bool counted;
        RETURN_IF_ERROR(unit_count(scanner, &view, &counted));
        if (counted)
            return scanner->hasher.out_of_memory ? &error_out_of_memory : NULL;
        struct walk_plan to_the_end = *plan;
        to_the_end.may_stop = false;
        RETURN_IF_ERROR(unit_read(scanner, &view, &to_the_end));
    }
    // A table of megabytes is slow to answer: each definition waits until its place has come near.
    struct definition waiting[WAITING_MOST];
    size_t first = 0, behind = 0;
    // A variable names what no typedef does, and types may stand behind it.
    const uint32_t count = (uint32_t)scanner->records.length;
    uint32_t variables = 0;
    for (uint32_t round = 0; round < 2 * count; round++) {
        bool is_one;
        const uint32_t i = round < count ? round : round - count;
        const bool is_variable = scanner->records.data[i].role == ROLE_VARIABLE;
        variables += is_variable;
        if (round >= count && variables == 0)
            break;
        if (is_variable != (round >= count))
            continue;
        if (behind - first == WAITING_MOST)
            RETURN_IF_ERROR(definition_add(scanner, &view, &waiting[first++ % WAITING_MOST]));
        RETURN_IF_ERROR(definition_of(scanner, &view, i, &waiting[behind % WAITING_MOST], &is_one));
        if (is_one)
            definition_identify(scanner, &view, &waiting[behind++ % WAITING_MOST]);
    }
    while (first < behind)
        RETURN_IF_ERROR(definition_add(scanner, &view, &waiting[first++ % WAITING_MOST]));
    return scanner->hasher.out_of_memory ? &error_out_of_memory : NULL;
}

struct error *scan_signed(struct scanner *scanner, const struct signed_name *name)
{
    const struct unit *unit = name->type_unit;
    const struct walk_plan all = {.extent = WALK_ALL};
    struct unit_view view;
    uint64_t dies_count = 0; // counted already
    struct error *error = unit_view_open(&scanner->abbrevs, unit, &view);
    if (!error)
        error = type_records_read(&view, &all, &scanner->records, &dies_count);
    if (error && error->code != ERROR_OUT_OF_MEMORY) { // told when the unit's turn came
        error_free(error);
        return NULL;
    }
    if (error)
        return error;
    type_hasher_enter(&scanner->hasher, &view, &scanner->records);
    scanner->shapes.length = 0;
    const uint64_t position = unit->type_offset - unit->offset;
    struct definition definition = {.full = name->name, .qualified = name->name, .is_named_apart = true};
    definition.index = definition.namer =
        position <= UINT32_MAX ? type_records_find(&scanner->records, (uint32_t)position) : NO_RECORD;
    if (definition.index == NO_RECORD || scanner->records.data[definition.index].is_declaration)
        return NULL;
    definition_identify(scanner, &view, &definition);
    RETURN_IF_ERROR(definition_add(scanner, &view, &definition));
    return scanner->hasher.out_of_memory ? &error_out_of_memory : NULL;
}

struct error *scan_unit_hits(struct scanner *scanner, const struct unit *unit, struct name_hits *hits)
{
    struct unit_view view;
    abbrev_cache_trim(&scanner->abbrevs, ABBREV_TABLES_MOST);
    struct error *error = unit_view_open(&scanner->abbrevs, unit, &view);
    if (!error)
        name_hits_keep_types(hits, &view);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error); // scan_unit meets it again and notes it
    return NULL;
}

static struct error *unit_name_judge(void *context, const struct unit *unit, const char *name, uint64_t id,
                                     bool *fits)
{
    return name_may_be_wanted(context, unit, name, id, fits);
}

// Where the names stand that fit. *is_known: false where that is not to be had without reading the unit whole.
static struct error *unit_find_fitting(struct scanner *scanner, const struct unit *unit,
                                       const struct walk_plan *plan, bool *is_known)
{
    const struct name_judge judge = {unit_name_judge, scanner, plan->unfit, plan->unfit_bits,
                                     &scanner->judged};
    struct unit_view view;
    *is_known = false;
    abbrev_cache_trim(&scanner->abbrevs, ABBREV_TABLES_MOST);
    struct error *error = unit_view_open(&scanner->abbrevs, unit, &view);
    if (!error)
        return name_walk_unit(&view, &judge, &scanner->fitting, is_known);
    if (error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error); // scan_unit meets it again and notes it
    return NULL;
}

struct error *scan_unit_fitting(struct scanner *scanner, const struct unit *unit)
{
    bool is_known;
    const uint64_t bits = unit->table->object->sections[SECTION_STR].size_bytes;
    struct walk_plan plan = {.extent = WALK_ALL};
    if (language_has_scopes(
            unit->language)) // names are judged together with their scopes, which are known by walking
        return scan_unit(scanner, unit, &plan);
    if (unit->table->rank == 0 && bits > 0) {
        if (!scanner->unfit && !(scanner->unfit = calloc(bits / 64 + 1, sizeof(*scanner->unfit))))
            return &error_out_of_memory;
        scanner->unfit_bits = bits;
        plan.unfit = scanner->unfit;
        plan.unfit_bits = bits;
    }
    RETURN_IF_ERROR(unit_find_fitting(scanner, unit, &plan, &is_known));
    if (is_known && !scanner->fitting.length)
        return NULL;
    if (is_known)
        plan = (struct walk_plan){.extent = WALK_TO_HITS,
                                  .hits = scanner->fitting.data,
                                  .hits_count = scanner->fitting.length,
                                  .may_stop = true};
    return scan_unit(scanner, unit, &plan);
}

struct error *scan_unit(struct scanner *scanner, const struct unit *unit, const struct walk_plan *plan)
{
    abbrev_cache_trim(&scanner->abbrevs, ABBREV_TABLES_MOST);
    struct error *error = unit_add(scanner, unit, plan);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    problems_add(&scanner->problems, (uint64_t)unit->table->rank << 32 | unit->number,
                 "%s; the unit is skipped", error->message);
    error_free(error);
    return NULL;
}
