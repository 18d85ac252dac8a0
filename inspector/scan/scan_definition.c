// SPDX-License-Identifier: MIT
// Definitions: what they are called, what they are known by, and how they get into the table.
#include "scan/scan_definition.h"

#include "dwarf/text.h"
#include "dwarf/vocabulary.h"
#include <string.h>

enum { SCOPES_MOST = 64 };
static const uint64_t SIZE_UNKNOWN = UINT64_MAX; // as a part of hashes
static const size_t SCOPES_BYTES_MOST = 4096;    // as in type_scope.c

// ---- names ---------------------------------------------------------------------------------------------

static const char *scope_name(struct scanner *scanner, const struct unit_view *view,
                              const struct type_record *record, const char **suffix)
{
    uint64_t id = type_record_name(view, record);
    const char *name = type_hasher_full_name(&scanner->hasher, record->start);
    if (!name && id)
        name = text_of(view->unit, id);
    if (!id && record->has_signature)
        name = type_hasher_signed_name(&scanner->hasher, record->signature);
    *suffix = record->role == ROLE_FUNCTION ? "()::" : "::";
    if (name && *name)
        return name;
    return record->role == ROLE_NAMESPACE ? "(anonymous namespace)" : "(anonymous)";
}

// "outer::inner::" + name, in the table's arena; NULL when memory is short. Thousands of types may stand in a
// scope whose name has megabytes: what would make the part before the name longer than SCOPES_BYTES_MOST is
// left out. A name without scopes is the section's own text if it is borrowed from there; so is one of many long ones that
// share their tails in the file, and would make its unit's names longer than NAMES_TIMES that unit.
static const char *qualified_name(struct scanner *scanner, const struct unit_view *view, uint32_t index,
                                  const char *name, bool is_borrowed)
{
    struct type_records *records = &scanner->records;
    const char *parts[SCOPES_MOST], *suffixes[SCOPES_MOST];
    size_t count = 0, scopes_bytes = 0;
    if (language_has_scopes(view->unit->language)) {
        uint32_t scope = type_record_scope(records, index);
        for (; scope != NO_RECORD && count < SCOPES_MOST; scope = type_record_scope(records, scope)) {
            parts[count] = scope_name(scanner, view, &records->data[scope], &suffixes[count]);
            scopes_bytes += strnlen(parts[count], SCOPES_BYTES_MOST) + strlen(suffixes[count]);
            if (scopes_bytes > SCOPES_BYTES_MOST)
                break;
            count++;
        }
    }
    if (count == 0 && !is_borrowed)
        return arena_copy_text(&scanner->table.names, name, strlen(name));
    const size_t text_bytes = scopes_bytes + strlen(name) + 1;
    if (count == 0 || (is_borrowed && text_bytes > scanner->names_left_bytes))
        return name;
    scanner->names_left_bytes -=
        text_bytes < scanner->names_left_bytes ? text_bytes : scanner->names_left_bytes;
    char *text = arena_alloc(&scanner->table.names, text_bytes);
    if (!text)
        return NULL;
    char *end = text;
    while (count-- > 0)
        end = stpcpy(stpcpy(end, parts[count]), suffixes[count]);
    stpcpy(end, name);
    return text;
}

// ---- definitions ---------------------------------------------------------------------------------------

static uint64_t identity_of(const struct type_record *record, uint64_t scope, uint64_t name, uint64_t shape)
{
    uint64_t hash = hash_mix(hash_mix(scope, record->tag), name);
    hash = hash_mix(hash, record->size_known ? record->size_bytes : SIZE_UNKNOWN);
    return hash_mix(hash, shape);
}

static bool is_wanted(const struct scanner *scanner, const char *qualified)
{
    for (size_t i = 0; i < scanner->wanted->count; i++)
        if (strcmp(scanner->wanted->names[i], qualified) == 0)
            return true;
    return false;
}

static bool may_be_wanted(const struct scanner *scanner, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < scanner->wanted->count; i++) {
        size_t wanted_length = strlen(scanner->wanted->names[i]);
        if (wanted_length >= length &&
            memcmp(scanner->wanted->names[i] + wanted_length - length, name, length) == 0)
            return true;
    }
    return false;
}

static struct type_shape definition_shape(struct scanner *scanner, uint32_t index)
{
    const struct type_record *record = &scanner->records.data[index];
    struct type_shape shape = {0};
    if (record->role == ROLE_TYPEDEF) {
        struct type_facts target = type_hasher_target(&scanner->hasher, record->start);
        shape.hash = hash_mix(target.name_hash, target.size_known ? target.size_bytes : SIZE_UNKNOWN);
    } else if (index < scanner->shapes.length && record->passed_over) {
        shape = scanner->shapes.data[index];
    } else if (record->role != ROLE_BASE && record->has_children) {
        shape = type_hasher_shape(&scanner->hasher, record->start);
    }
    return shape;
}

static const char *definition_name(const struct unit_view *view, const struct definition *definition)
{
    return definition->full ? definition->full : text_of(view->unit, definition->name_id);
}

bool definition_qualify(struct scanner *scanner, const struct unit_view *view, struct definition *definition)
{
    const char *name = definition_name(view, definition);
    if (!definition->qualified)
        definition->qualified =
            qualified_name(scanner, view, definition->namer, name ? name : "", !definition->full);
    return definition->qualified;
}

static struct error *name_judge(struct scanner *scanner, const struct unit *unit, const char *name,
                                uint64_t id, bool *wanted)
{
    RETURN_IF_ERROR(
        judged_names_fit(&scanner->judged, name, scanner->wanted->fits, scanner->wanted->context, wanted));
    const uint64_t offset = id_offset(id);
    if (!*wanted && id_tag(id) == TEXT_STR && offset < scanner->unfit_bits && unit->table->rank == 0)
        scanner->unfit[offset / 64] |= UINT64_C(1) << offset % 64;
    return NULL;
}

static uint64_t name_hash_of(struct scanner *scanner, const struct unit_view *view,
                             const struct definition *definition)
{
    return definition->full ? type_hasher_full_text(definition->full)
                            : type_hasher_text(&scanner->hasher, view->unit, definition->name_id);
}

// What a name in its scope is known by to those that have been judged.
static uint64_t scoped_key(struct scanner *scanner, const struct unit_view *view,
                           const struct definition *definition)
{
    const uint64_t scope = type_hasher_scope_of(&scanner->hasher, definition->namer);
    return hash_mix(hash_mix(scope, name_hash_of(scanner, view, definition)), scanner->quick.secret.place);
}

// Judges the qualified name, once: copies are known by their hashes.
static struct error *scoped_judge(struct scanner *scanner, const struct unit_view *view,
                                  struct definition *definition, bool *wanted)
{
    const uint64_t key = scoped_key(scanner, view, definition);
    const struct copy_slot *known = copy_table_find(&scanner->judged_scoped, key);
    if (known) {
        *wanted = known->copies != 0;
        return NULL;
    }
    *wanted = false;
    if (definition_name(view, definition)) {
        if (!definition_qualify(scanner, view, definition))
            return &error_out_of_memory;
        *wanted = scanner->wanted->fits(scanner->wanted->context, definition->qualified) != NAME_UNFIT;
    }
    return copy_table_add(&scanner->judged_scoped, key, *wanted, (void **)&scanner->judged_scoped_beside,
                          sizeof(*scanner->judged_scoped_beside))
               ? NULL
               : &error_out_of_memory;
}

// Of a name that is near what is looked for one definition is enough.
static void name_retire(struct scanner *scanner, const struct unit_view *view,
                        const struct definition *definition)
{
    if (language_has_scopes(view->unit->language)) {
        const bool is_near =
            scanner->wanted->fits(scanner->wanted->context, definition->qualified) == NAME_NEAR;
        struct copy_slot *known =
            is_near ? copy_table_find(&scanner->judged_scoped, scoped_key(scanner, view, definition)) : NULL;
        if (known)
            known->copies = 0;
        return;
    }
    const char *name = definition_name(view, definition);
    const uint64_t offset = id_offset(definition->name_id);
    if (!name || scanner->wanted->fits(scanner->wanted->context, name) != NAME_NEAR)
        return;
    judged_names_refuse(&scanner->judged, name);
    if (id_tag(definition->name_id) == TEXT_STR && offset < scanner->unfit_bits &&
        view->unit->table->rank == 0)
        scanner->unfit[offset / 64] |= UINT64_C(1) << offset % 64;
}

struct error *name_may_be_wanted(struct scanner *scanner, const struct unit *unit, const char *name,
                                 uint64_t id, bool *may_be)
{
    if (scanner->wanted->fits)
        return name_judge(scanner, unit, name, id, may_be);
    *may_be = may_be_wanted(scanner, name);
    return NULL;
}

struct error *definition_is_wanted(struct scanner *scanner, const struct unit_view *view,
                                   struct definition *definition, bool *wanted)
{
    *wanted = true;
    if (!scanner->wanted)
        return NULL;
    if (scanner->wanted->fits && language_has_scopes(view->unit->language))
        return scoped_judge(scanner, view, definition, wanted);
    const char *name = definition_name(view, definition);
    if (scanner->wanted->fits) {
        *wanted = false;
        return name ? name_judge(scanner, view->unit, name, definition->name_id, wanted) : NULL;
    }
    *wanted = name && may_be_wanted(scanner, name);
    if (!*wanted)
        return NULL;
    if (!definition_qualify(scanner, view, definition))
        return &error_out_of_memory;
    *wanted = is_wanted(scanner, definition->qualified);
    return NULL;
}

void definition_identify(struct scanner *scanner, const struct unit_view *view, struct definition *definition)
{
    definition->shape = definition_shape(scanner, definition->index);
    const uint64_t scope = type_hasher_scope_of(&scanner->hasher, definition->namer);
    const uint64_t name = name_hash_of(scanner, view, definition);
    definition->identity =
        identity_of(&scanner->records.data[definition->index], scope, name, definition->shape.hash);
    type_table_prefetch(&scanner->table, definition->identity);
}

struct error *definition_add(struct scanner *scanner, const struct unit_view *view,
                             struct definition *definition)
{
    if (type_table_count(&scanner->table, definition->identity))
        return NULL;
    const struct type_record *record = &scanner->records.data[definition->index];
    if (!definition_qualify(scanner, view, definition))
        return &error_out_of_memory;
    struct type_index_entry entry = {
        .id = {view->unit, view->unit->offset + record->start},
        .name = definition->qualified,
        .name_hash = type_index_name_hash(definition->qualified), // while it is in the caches
        .kind = vocabulary_kind(record->tag),
        .size_known = record->size_known,
        .has_variants = definition->shape.has_variants,
        .named_by_typedef = definition->index != definition->namer || definition->is_named_apart,
        .size_bytes = record->size_bytes,
        .declared_file = record->decl_file,
        .declared_line = record->decl_line,
        .members_count = definition->shape.members_count,
        .copies = 1,
        .shape = definition->shape.hash,
        .outline = definition->shape.outline,
        .unknown_sizes = definition->shape.unknown_sizes,
    };
    if (entry.unknown_sizes > 0 &&
        !type_hasher_part_sizes(&scanner->hasher, record->start, &scanner->table.names, &entry))
        return &error_out_of_memory;
    if (!type_table_add(&scanner->table, definition->identity, &entry))
        return &error_out_of_memory;
    if (scanner->wanted && scanner->wanted->fits)
        name_retire(scanner, view, definition);
    return NULL;
}
