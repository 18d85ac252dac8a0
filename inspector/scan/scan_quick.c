// SPDX-License-Identifier: MIT
// The quick pass's definitions: copies are counted by their keys; the first of each goes the general way, which
// finds out what it is.
#include "scan/scan_quick.h"

#include "base/vec.h"
#include "scan/scan_definition.h"

// A pass that finds many firsts has been for nothing: hardly a type is told twice, or those that are have other keys
// each time, as texts are not merged (relocatable files). Then the rest goes the general way at once.
enum { FIRSTS_FREE = 4096, KNOWN_FREE = 256, KNOWN_PART = 16 };

static bool pays(const struct scanner *scanner)
{
    if (scanner->way != SCAN_AS_PAYS)
        return scanner->way == SCAN_QUICK;
    return scanner->quick_known <= KNOWN_FREE + scanner->quick_definitions / KNOWN_PART &&
           scanner->quick_keys.count <= FIRSTS_FREE + scanner->quick_definitions / 2;
}

// Adds a key that the scanner has not met.
static struct error *key_add(struct scanner *scanner, uint64_t key, uint32_t copies, struct quick_first first)
{
    void *firsts = scanner->quick_firsts;
    const bool is_added =
        copy_table_add(&scanner->quick_keys, key, copies, &firsts, sizeof(*scanner->quick_firsts));
    scanner->quick_firsts = firsts;
    if (!is_added)
        return &error_out_of_memory;
    scanner->quick_firsts[scanner->quick_keys.count - 1] = first;
    return NULL;
}

// Makes the records of a unit whose names have scopes: those that the walk has found. Few of them are needed. False when memory is
// short.
static bool records_make(struct type_records *records, const struct unit_view *view,
                         const struct quick_unit *quick)
{
    records->length = 0;
    records->unread = view;
    if (!vec_reserve(records, quick->scoped_count))
        return false;
    for (uint32_t i = 1; i < quick->scoped_count; i++) {
        const struct quick_record *found = &quick->scoped[i];
        records->data[records->length++] =
            (struct type_record){.start = found->start,
                                 .end = found->end,
                                 .parent = found->parent ? found->parent - 1 : NO_RECORD};
    }
    return true;
}

// The record that a definition needs, and that of its namer, where names have no scopes.
static struct error *records_read(struct scanner *scanner, const struct unit_view *view,
                                  const struct quick_definition *quick, bool *are_read)
{
    struct type_records *records = &scanner->records;
    const uint32_t positions[] = {quick->start, quick->namer};
    const size_t count = quick->namer == quick->start ? 1 : 2;
    *are_read = false;
    records->length = 0;
    records->unread = NULL;
    for (size_t i = 0; i < count; i++) {
        struct type_record record;
        if (!type_record_read(view, positions[i], &record))
            return NULL;
        if (!vec_push(records, record))
            return &error_out_of_memory;
    }
    *are_read = true;
    return NULL;
}

// What the general way makes of a definition, whose records are there.
static struct error *first_identify(struct scanner *scanner, const struct unit_view *view,
                                    const struct quick_definition *quick, struct definition definition)
{
    if (scanner->quick.has_scopes) {
        type_hasher_trust(&scanner->hasher); // the walk was from start to end
        definition.full = type_hasher_full_name(&scanner->hasher, quick->namer);
    }
    definition.name_id = type_record_name(view, &scanner->records.data[definition.namer]);
    definition_identify(scanner, view, &definition);
    const size_t before = scanner->table.identities.count;
    RETURN_IF_ERROR(definition_add(scanner, view, &definition));
    scanner->quick_known += scanner->table.identities.count == before;
    return key_add(scanner, quick->key, 0, (struct quick_first){.identity = definition.identity});
}

// Another thread finds out what it is: noted is where it stands here, which may be before.
static struct error *first_note(struct scanner *scanner, const struct unit_view *view, uint64_t key,
                                const struct type_record *record)
{
    const struct quick_elsewhere elsewhere = {
        .key = key,
        .place = {.id = {view->unit, view->unit->offset + record->start},
                  .declared_file = record->decl_file,
                  .declared_line = record->decl_line},
    };
    if (!vec_push(&scanner->quick_elsewhere, elsewhere))
        return &error_out_of_memory;
    return key_add(scanner, key, 1,
                   (struct quick_first){.elsewhere = (uint32_t)scanner->quick_elsewhere.length});
}

// A definition that the scanner has not met.
static struct error *first_add(struct scanner *scanner, const struct unit_view *view,
                               const struct quick_definition *quick, bool *has_entered)
{
    struct type_records *records = &scanner->records;
    const bool has_scopes = scanner->quick.has_scopes;
    bool is_ready = true;
    if (!has_scopes)
        RETURN_IF_ERROR(records_read(scanner, view, quick, &is_ready));
    else if (!*has_entered && !records_make(records, view, &scanner->quick))
        return &error_out_of_memory;
    if (!is_ready)
        return NULL;
    struct definition definition = {.index = 0, .namer = (uint32_t)records->length - 1};
    if (has_scopes) {
        definition.index = type_records_find(records, quick->start);
        definition.namer = type_records_find(records, quick->namer);
        type_records_need(records, definition.index);
        type_records_need(records, definition.namer);
    }
    if (!*has_entered)
        type_hasher_enter(&scanner->hasher, view, records);
    *has_entered = true;
    if (scanner->shared_keys && !shared_keys_take(scanner->shared_keys, quick->key))
        return first_note(scanner, view, quick->key, &records->data[definition.index]);
    if (!has_scopes)
        quick_names_prefetch(&scanner->quick, quick->start);
    return first_identify(scanner, view, quick, definition);
}

// Whether units of the language are read so. Rust's could be, but half of its definitions are told once, and those with variants all go
// the general way.
static bool is_served(const struct scanner *scanner, enum language language)
{
    const enum language_family family = language_family(language);
    return family == FAMILY_C || family == FAMILY_CPLUSPLUS ||
           (scanner->way == SCAN_QUICK && language_has_scopes(language));
}

struct error *scan_quick(struct scanner *scanner, const struct unit_view *view, bool *is_done)
{
    enum { AHEAD = 12 };
    struct quick_unit *quick = &scanner->quick;
    const struct copy_table *keys = &scanner->quick_keys;
    bool has_entered = false;
    *is_done = is_served(scanner, view->unit->language) && pays(scanner) && quick_unit_read(quick, view);
    if (!*is_done)
        return NULL;
    scanner->shapes.length = 0; // of another unit
    scanner->dies_count += quick->dies_count;
    scanner->quick_definitions += quick->definitions_count;
    for (uint32_t i = 0; i < quick->definitions_count; i++) {
        if (i + AHEAD < quick->definitions_count)
            copy_table_prefetch(keys, quick->definitions[i + AHEAD].key);
        struct copy_slot *slot = copy_table_find(keys, quick->definitions[i].key);
        if (LIKELY(slot))
            slot->copies++;
        else
            RETURN_IF_ERROR(first_add(scanner, view, &quick->definitions[i], &has_entered));
    }
    return NULL;
}

void scan_quick_finish(struct scanner *scanner)
{
    const struct copy_table *keys = &scanner->quick_keys;
    for (size_t i = 0; i < keys->slots_count; i++) {
        struct copy_slot *slot = &keys->slots[i];
        if (!slot->copies || scanner->quick_firsts[slot->number - 1].elsewhere)
            continue;
        type_table_count_more(&scanner->table, scanner->quick_firsts[slot->number - 1].identity,
                              slot->copies);
        slot->copies = 0;
    }
}

bool scan_quick_identity(const struct scanner *scanner, uint64_t key, uint64_t *identity)
{
    const struct copy_slot *slot = copy_table_find(&scanner->quick_keys, key);
    if (!slot || scanner->quick_firsts[slot->number - 1].elsewhere)
        return false;
    *identity = scanner->quick_firsts[slot->number - 1].identity;
    return true;
}

uint32_t scan_quick_copies(const struct scanner *scanner, uint64_t key)
{
    return copy_table_find(&scanner->quick_keys, key)->copies;
}
