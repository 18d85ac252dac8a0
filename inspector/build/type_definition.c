// SPDX-License-Identifier: MIT
// From a declared type to its definition.

#include "base/slots.h"
#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "dwarf/vocabulary.h"
#include "scan/scan.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

// ---- completed in the same unit -------------------------------------------------------------------------

static bool is_aggregate(enum type_kind kind)
{
    return kind == TYPE_STRUCT || kind == TYPE_CLASS || kind == TYPE_UNION || kind == TYPE_INTERFACE ||
           kind == TYPE_ENUM;
}

static int completion_compare(const void *a, const void *b)
{
    const struct completion *left = a, *right = b;
    return (left->declaration_offset > right->declaration_offset) -
           (left->declaration_offset < right->declaration_offset);
}

// Collects the definitions of a unit that complete a declaration, in the order of the declarations.
static struct error *completions_read(struct type_builder *builder, const struct unit *unit,
                                      struct completions *completions)
{
    uint64_t *offsets;
    size_t count;
    RETURN_IF_ERROR(die_reader_completing(builder->reader, unit, &builder->scratch, &offsets, &count));
    for (size_t i = 0; i < count; i++) {
        const struct die_ref ref = {unit, offsets[i]};
        struct die die;
        RETURN_IF_ERROR(die_reader_read(builder->reader, ref, &builder->scratch, &die));
        struct die_ref declaration = attribute_reference(die_attribute(&die, AT_specification));
        if (declaration.unit == unit && !attribute_is_set(die_attribute(&die, AT_declaration)) &&
            !vec_push(&completions->list, (struct completion){declaration.offset, ref}))
            return &error_out_of_memory;
    }
    if (completions->list.length)
        qsort(completions->list.data, completions->list.length, sizeof(*completions->list.data),
              completion_compare);
    return NULL;
}

static struct error *find_completion(struct type_builder *builder, struct die_ref declaration,
                                     struct die_ref *definition)
{
    void **place =
        die_map_at(&builder->completions, (struct die_ref){declaration.unit, declaration.unit->die_offset});
    if (!place)
        return &error_out_of_memory;
    struct completions *completions = *place;
    if (!completions) {
        completions = calloc(1, sizeof(*completions));
        if (!completions)
            return &error_out_of_memory;
        *place = completions;
        completions->error = completions_read(builder, declaration.unit, completions);
    }
    if (completions->error)
        return error_create(completions->error->code, "%s", completions->error->message);
    const struct completion key = {.declaration_offset = declaration.offset};
    const struct completion *found =
        completions->list.length
            ? bsearch(&key, completions->list.data, completions->list.length, sizeof(key), completion_compare)
            : NULL;
    if (found)
        *definition = found->definition;
    return NULL;
}

void definition_forget(struct type_builder *builder)
{
    for (size_t i = 0; i < builder->completions.slots_count; i++) {
        struct completions *completions = builder->completions.slots[i].value;
        if (completions) {
            vec_free(&completions->list);
            error_free(completions->error);
        }
        free(completions);
    }
    die_map_clear(&builder->completions);
}

// ---- by name --------------------------------------------------------------------------------------------

struct named_definition {
    const char *name; // NULL: a free slot
    uint64_t name_hash;
    struct die_ref definition;
    bool is_ambiguous;
};

// Names that are searched for one by one; a class that needs more pays for one scan of all.
enum { SEARCHES_MOST = 16 };

struct name_table {
    size_t searches; // of the file, each in time proportional to its size
    struct named_definition *slots;
    size_t slots_count; // a power of two
    size_t used;
    bool holds_index;
    struct arena kept; // names that would not live as long: those that were asked for, or searched
};

static struct named_definition *names_slot(const struct name_table *names, const char *name,
                                           uint64_t name_hash)
{
    size_t at = (size_t)name_hash & (names->slots_count - 1);
    while (names->slots[at].name &&
           (names->slots[at].name_hash != name_hash || strcmp(names->slots[at].name, name) != 0))
        at = (at + 1) & (names->slots_count - 1);
    return &names->slots[at];
}

static bool names_grow(struct name_table *names)
{
    struct name_table grown = *names;
    grown.slots_count = names->slots_count ? names->slots_count * 2 : 64;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < names->slots_count; i++)
        if (names->slots[i].name)
            *names_slot(&grown, names->slots[i].name, names->slots[i].name_hash) = names->slots[i];
    free(names->slots);
    *names = grown;
    return true;
}

// The slot of `name`, made when it is new; NULL when memory is short. A name that `stays` lives longer than
// the table.
static struct named_definition *names_at(struct name_table *names, const char *name, uint64_t name_hash,
                                         bool stays)
{
    if (names->used * 2 >= names->slots_count && !names_grow(names))
        return NULL;
    struct named_definition *slot = names_slot(names, name, name_hash);
    if (!slot->name) {
        slot->name = stays ? name : arena_copy_text(&names->kept, name, strlen(name));
        if (!slot->name)
            return NULL;
        slot->name_hash = name_hash;
        names->used++;
    }
    return slot;
}

static void names_free(struct name_table *names)
{
    if (!names)
        return;
    arena_free(&names->kept);
    free(names->slots);
    free(names);
}

// Notes the aggregates of an index. A name that C++ would let stand for one class only counts as unknown when
// the file has several definitions under it.
static struct error *names_add_index(struct name_table *names, const struct type_index *index, bool stays)
{
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        if (!is_aggregate(entry->kind) || language_family(die_ref_of(entry->id).unit->language) == FAMILY_C)
            continue;
        struct named_definition *slot = names_at(names, entry->name, entry->name_hash, stays);
        if (!slot)
            return &error_out_of_memory;
        slot->is_ambiguous = slot->definition.unit != NULL;
        slot->definition = die_ref_of(entry->id);
    }
    return NULL;
}

static struct error *names_create(struct type_builder *builder)
{
    names_free(builder->names);
    builder->names = calloc(1, sizeof(*builder->names));
    return builder->names ? NULL : &error_out_of_memory;
}

// Notes what the file has under `name`, or, when that was asked of many names, all that it has.
static struct error *names_search(struct type_builder *builder, const char *name)
{
    const struct scan_options options = {.threads = 1};
    const bool is_last = ++builder->names->searches > SEARCHES_MOST;
    struct type_index *found = NULL;
    struct error *error = is_last ? scan_all(builder->table, &options, &found)
                                  : scan_names(builder->table, &name, 1, &options, &found);
    if (!error && is_last)
        error = names_create(builder);
    if (!error)
        error = names_add_index(builder->names, found, false);
    if (!error)
        builder->names->holds_index = is_last;
    type_index_free(found);
    return error;
}

struct error *definition_by_name(struct type_builder *builder, const char *name, struct die_ref *definition)
{
    if (!builder->names)
        RETURN_IF_ERROR(names_create(builder));
    if (builder->index && !builder->names->holds_index) {
        RETURN_IF_ERROR(names_add_index(builder->names, builder->index, true));
        builder->names->holds_index = true;
    }
    size_t used_before = builder->names->used;
    const uint64_t name_hash = type_index_name_hash(name);
    struct named_definition *slot = names_at(builder->names, name, name_hash, false);
    if (!slot)
        return &error_out_of_memory;
    if (!builder->names->holds_index && builder->names->used > used_before) { // asked for the first time
        RETURN_IF_ERROR(names_search(builder, name));
        slot = names_at(builder->names, name, name_hash, false);
        if (!slot)
            return &error_out_of_memory;
    }
    if (!slot->is_ambiguous)
        *definition = slot->definition;
    return NULL;
}

void type_builder_use_index(struct type_builder *builder, const struct type_index *index)
{
    names_free(builder->names);
    builder->names = NULL;
    builder->index = index;
    die_reader_trust_units(builder->reader, index && index->is_valid);
}

struct error *definition_find(struct type_builder *builder, const struct die_chain *chain,
                              bool is_needed_whole, struct die_ref *definition)
{
    const struct die_ref declaration = chain->dies[0].ref;
    *definition = attribute_reference(die_attribute(&chain->dies[0], AT_signature));
    if (definition->unit || !is_needed_whole || !is_aggregate(vocabulary_kind(chain->dies[0].tag)))
        return NULL;
    RETURN_IF_ERROR(find_completion(builder, declaration, definition));
    if (definition->unit || language_family(declaration.unit->language) == FAMILY_C)
        return NULL;
    const char *name;
    RETURN_IF_ERROR(scope_qualify(builder, chain, &name));
    return name ? definition_by_name(builder, name, definition) : NULL;
}
