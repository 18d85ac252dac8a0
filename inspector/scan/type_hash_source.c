// SPDX-License-Identifier: MIT
#include "scan/type_hash_parts.h"

#include "base/bytes.h"
#include "base/slots.h"
#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/text.h"
#include "object/object.h"
#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

struct error *type_hasher_init(struct type_hasher *hasher, struct abbrev_cache *abbrevs)
{
    *hasher = (struct type_hasher){.abbrevs = abbrevs};
    hasher->texts = slots_alloc(TEXT_SLOTS_COUNT, sizeof(*hasher->texts));
    hasher->sources = calloc(1, sizeof(*hasher->sources));
    bool ready = type_memo_init(&hasher->memo) && hasher->texts && hasher->sources;
    return ready ? NULL : &error_out_of_memory;
}

static void sources_free_others(struct hash_sources *sources)
{
    for (size_t i = 0; i < SOURCE_BUCKETS && sources->others_count > 0; i++) {
        while (sources->others[i]) {
            struct hash_source *source = sources->others[i];
            sources->others[i] = source->next;
            vec_free(&source->own);
            free(source);
            sources->others_count--;
        }
    }
}

void type_hasher_free(struct type_hasher *hasher)
{
    if (hasher->sources)
        sources_free_others(hasher->sources);
    free(hasher->sources);
    free(hasher->texts);
    type_memo_free(&hasher->memo);
    die_reader_free(hasher->reader);
    arena_free(&hasher->names);
    *hasher = (struct type_hasher){0};
}

void type_hasher_enter(struct type_hasher *hasher, const struct unit_view *view, struct type_records *records)
{
    struct hash_source *home = &hasher->sources->home;
    if (home->view.unit &&
        home->view.unit->table != view->unit->table) // ids count in another file's sections
        memset(hasher->texts, 0, TEXT_SLOTS_COUNT * sizeof(*hasher->texts));
    sources_free_others(hasher->sources);
    type_memo_forget(&hasher->memo);
    home->view = *view;
    home->records = records;
    home->has_scopes = language_has_scopes(view->unit->language);
    home->first_key = type_memo_keys(&hasher->memo, unit_length(view->unit));
    arena_free(&hasher->names);
    hasher->reads_left = 4096 + 4 * unit_length(view->unit); // what real units need is a part of it
    hasher->is_home_valid = false;
}

void type_hasher_trust(struct type_hasher *hasher)
{
    hasher->is_home_valid = true;
}

// Opens a unit that is referred to; NULL when it cannot be read.
static struct hash_source *source_of(struct type_hasher *hasher, const struct unit *unit)
{
    struct hash_source *home = &hasher->sources->home;
    if (unit == home->view.unit)
        return home;
    struct hash_source **bucket = &hasher->sources->others[unit->number % SOURCE_BUCKETS];
    for (struct hash_source *source = *bucket; source; source = source->next)
        if (source->view.unit == unit)
            return source;
    struct hash_source *source = calloc(1, sizeof(*source));
    if (!source) {
        hasher->out_of_memory = true;
        return NULL;
    }
    struct error *error CLEANUP(error_free_at) = unit_view_open(hasher->abbrevs, unit, &source->view);
    source->first_key = error ? 0 : type_memo_keys(&hasher->memo, unit_length(unit));
    if (error || source->first_key == 0) {
        free(source);
        return NULL;
    }
    source->has_scopes = language_has_scopes(unit->language);
    source->next = *bucket;
    *bucket = source;
    hasher->sources->others_count++;
    return source;
}

static struct type_records *source_records(struct hash_source *source)
{
    if (!source->records) {
        uint64_t ignored = 0;
        const struct walk_plan all = {.extent = WALK_ALL};
        // A broken unit's records end where it broke.
        error_free(type_records_read(&source->view, &all, &source->own, &ignored));
        source->records = &source->own;
    }
    return source->records;
}

static const uint64_t EMPTY_TEXT_HASH = UINT64_C(0x2d06800538d394c2); // XXH3 of no bytes

uint64_t type_hasher_text_read(const struct unit *unit, uint64_t id)
{
    struct bytes text = text_bytes_of(unit, id);
    return text.data ? XXH3_64bits(text.data, text.size_bytes) : EMPTY_TEXT_HASH;
}

uint64_t type_hasher_text(struct type_hasher *hasher, const struct unit *unit, uint64_t id)
{
    return hash_of_text(hasher, unit, id);
}

// ---- names without their template arguments -------------------------------------------------------------

static const char *instance_name(struct type_hasher *hasher, const struct unit_view *view, uint32_t position,
                                 struct arena *arena)
{
    const char *full = NULL;
    struct error *error CLEANUP(error_free_at) = NULL;
    if (!hasher->reader)
        error = die_reader_create(view->unit->table, &hasher->reader);
    if (!error)
        die_reader_trust_unit(hasher->reader, hasher->is_home_valid ? hasher->sources->home.view.unit : NULL);
    if (!error)
        error = template_name(hasher->reader, (struct die_ref){view->unit, view->unit->offset + position},
                              arena, &hasher->reads_left, &full);
    hasher->out_of_memory |= error != NULL;
    return full;
}

uint64_t type_hasher_full_text(const char *full)
{
    return XXH3_64bits(full, strlen(full));
}

static bool may_lack_arguments(const struct unit_view *view, const struct decoded_die *die)
{
    if (!template_names_may_be_short(view->unit->language))
        return false;
    if (!die_has(die, FIELD_NAME)) // that of its declaration
        return die_has(die, FIELD_SPECIFICATION);
    const char *name = text_of(view->unit, die->values[FIELD_NAME]);
    return name && !template_name_is_full(name);
}

// The DIE that the stub of a type unit's type stands for; false when there is none.
static bool signed_die(struct type_hasher *hasher, struct hash_source *from, uint64_t signature,
                       struct place *place, struct decoded_die *die)
{
    *place = type_hasher_follow_signature(hasher, from, signature);
    return place->source && decode(place->source, place->position, die) && die_has(die, FIELD_NAME);
}

// The name that the declaration has which the DIE completes, where it stands in the unit and ends with its arguments: compilers write all of
// them like that but for clang's short names, and to find it takes no deep reader. NULL: it may be another case.
static const char *declared_full_name(const struct unit_view *view, const struct decoded_die *die)
{
    struct decoded_die declaration;
    if (die_has(die, FIELD_NAME) || die_has(die, FIELD_SIGNATURE) || !die_has(die, FIELD_SPECIFICATION))
        return NULL;
    const uint64_t reference = die->values[FIELD_SPECIFICATION];
    if (id_tag(reference) != REFERENCE_UNIT ||
        id_offset(reference) >= view->unit->end_offset - view->unit->offset ||
        !unit_view_decode(view, view->unit->offset + id_offset(reference), &declaration) ||
        !die_has(&declaration, FIELD_NAME) || die_has(&declaration, FIELD_SIGNATURE))
        return NULL;
    const char *name = text_of(view->unit, declaration.values[FIELD_NAME]);
    return name && *name && template_name_is_full(name) ? name : NULL;
}

// The full name of the DIE at the place when that unit leaves arguments out.
static const char *full_name_at(struct type_hasher *hasher, struct place place, const struct decoded_die *die,
                                struct arena *arena)
{
    const struct unit_view *view = &place.source->view;
    if (!has_template_parameters(view, die->abbrev, die->next) || !may_lack_arguments(view, die))
        return NULL;
    const char *name = declared_full_name(view, die);
    return name ? name : instance_name(hasher, view, place.position, arena);
}

bool type_hasher_instance(struct type_hasher *hasher, struct hash_source *source, uint32_t position,
                          uint64_t *hash)
{
    struct arena arena CLEANUP(arena_free) = {0};
    struct decoded_die die;
    if (!decode(source, position, &die))
        return false;
    const char *full = full_name_at(hasher, (struct place){source, position}, &die, &arena);
    if (full)
        *hash = type_hasher_full_text(full);
    return full != NULL;
}

const char *type_hasher_full_name(struct type_hasher *hasher, uint32_t position)
{
    struct hash_source *home = &hasher->sources->home;
    struct decoded_die die;
    if (!home->view.abbrevs->has_template_parameters || !decode(home, position, &die))
        return NULL;
    return full_name_at(hasher, (struct place){home, position}, &die, &hasher->names);
}

// ---- scopes ---------------------------------------------------------------------------------------------

static uint64_t scope_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                           unsigned steps);

// The scope that a record lies in: its parent's, or that of the declaration which it completes.
static uint64_t enclosing_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                               unsigned steps)
{
    uint32_t parent = type_record_scope(source->records, index);
    return parent == NO_RECORD ? 0 : scope_hash(hasher, source, parent, steps + 1);
}

static uint64_t scope_name_hash(struct type_hasher *hasher, struct hash_source *source,
                                const struct type_record *record)
{
    uint64_t hash;
    const uint64_t name = type_record_name(&source->view, record);
    struct place place;
    struct decoded_die die;
    if (name == 0 && record->has_signature && signed_die(hasher, source, record->signature, &place, &die))
        return hash_of_name(hasher, place.source, place.position, die.abbrev, die.next,
                            die.values[FIELD_NAME]);
    if (UNLIKELY(source->view.abbrevs->has_template_parameters) &&
        type_hasher_instance(hasher, source, record->start, &hash))
        return hash;
    return hash_of_text(hasher, source->view.unit, name);
}

static uint64_t scope_hash(struct type_hasher *hasher, struct hash_source *source, uint32_t index,
                           unsigned steps)
{
    type_records_need(source->records, index);
    struct type_record *record = &source->records->data[index];
    if (record->scope_hash == 0 && steps < STEPS_MOST) {
        const uint64_t around = enclosing_hash(hasher, source, index, steps);
        const uint64_t name = scope_name_hash(hasher, source, record);
        // A struct and a namespace of one name are called alike; "(anonymous)" and "(anonymous namespace)" are not.
        const bool is_as_namespace = record->role == ROLE_AGGREGATE && name != EMPTY_TEXT_HASH;
        const uint64_t hash = hash_mix(around, is_as_namespace ? ROLE_NAMESPACE : record->role);
        record->scope_hash = hash_mix(hash, name);
    }
    return record->scope_hash;
}

uint64_t type_hasher_scope_of(struct type_hasher *hasher, uint32_t index)
{
    struct hash_source *home = &hasher->sources->home;
    return home->has_scopes ? enclosing_hash(hasher, home, index, 0) : 0;
}

uint64_t type_hasher_scope_at(struct type_hasher *hasher, struct hash_source *source, uint32_t position)
{
    if (!source->has_scopes)
        return 0;
    struct type_records *records = source_records(source);
    uint32_t own = type_records_find(records, position);
    if (own != NO_RECORD)
        return enclosing_hash(hasher, source, own, 0);
    uint32_t scope = type_records_scope(records, position);
    return scope == NO_RECORD ? 0 : scope_hash(hasher, source, scope, 0);
}

static struct place place_in(struct type_hasher *hasher, const struct unit *unit, uint64_t offset)
{
    if (!unit || offset - unit->offset > UINT32_MAX)
        return (struct place){0};
    return (struct place){source_of(hasher, unit), (uint32_t)(offset - unit->offset)};
}

struct place type_hasher_follow(struct type_hasher *hasher, struct hash_source *from, uint64_t id)
{
    const struct unit_table *table = from->view.unit->table;
    uint64_t offset = id_offset(id);
    switch ((enum reference_tag)id_tag(id)) {
    case REFERENCE_UNIT:
        return offset < unit_length(from->view.unit) ? (struct place){from, (uint32_t)offset}
                                                     : (struct place){0};
    case REFERENCE_SECTION:
        return place_in(hasher, unit_at(table, SECTION_INFO, offset), offset);
    case REFERENCE_ALTERNATE:
        return place_in(hasher, table->alternate ? unit_at(table->alternate, SECTION_INFO, offset) : NULL,
                        offset);
    case REFERENCE_NONE:
        break;
    }
    return (struct place){0};
}

struct place type_hasher_follow_signature(struct type_hasher *hasher, struct hash_source *from,
                                          uint64_t signature)
{
    const struct unit *unit = unit_by_signature(from->view.unit->table, signature);
    return place_in(hasher, unit, unit ? unit->type_offset : 0);
}

const char *type_hasher_signed_name(struct type_hasher *hasher, uint64_t signature)
{
    struct place place;
    struct decoded_die die;
    if (!signed_die(hasher, &hasher->sources->home, signature, &place, &die))
        return NULL;
    const char *full = full_name_at(hasher, place, &die, &hasher->names);
    return full ? full : text_of(place.source->view.unit, die.values[FIELD_NAME]);
}

const struct unit *type_hasher_nameless_unit(struct type_hasher *hasher, uint64_t signature)
{
    const struct place place = type_hasher_follow_signature(hasher, &hasher->sources->home, signature);
    struct decoded_die die;
    if (!place.source || !decode(place.source, place.position, &die))
        return NULL;
    if ((die.abbrev->role != ROLE_AGGREGATE && die.abbrev->role != ROLE_ENUM) || die_has(&die, FIELD_NAME))
        return NULL;
    if (die_has(&die, FIELD_SPECIFICATION)) { // of a type in a namespace: its declaration there has the name
        const uint64_t declaration = die.values[FIELD_SPECIFICATION];
        if (id_tag(declaration) != REFERENCE_UNIT || id_offset(declaration) > UINT32_MAX ||
            !decode(place.source, (uint32_t)id_offset(declaration), &die) || die_has(&die, FIELD_NAME))
            return NULL;
    }
    return place.source->view.unit;
}
