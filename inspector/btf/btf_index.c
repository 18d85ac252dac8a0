// SPDX-License-Identifier: MIT
#include "btf/btf_index.h"

#include "base/slices.h"
#include "base/slots.h"
#include "base/vec.h"
#include "btf/btf_hash.h"
#include "btf/btf_model.h"
#include <stdlib.h>

struct index_slot {
    uint64_t identity;
    uint32_t number; // of the entry, from 1; 0: free
};

// Definitions of a range of numbers, copies among them: shapes cost most, and are found by several threads.
struct index_slice {
    uint32_t first, end; // places in the part
    VEC(struct type_index_entry) entries;
    struct error *error;
};

// As many whatever the number of threads is: a shape may depend on what was hashed before it where unnamed types hold each other.
enum { SLICES_MOST = 2, SLICE_TYPES_LEAST = 1 << 14 };

struct indexer {
    const struct btf *btf;
    const struct btf_part *own;
    const char *const *names; // wanted ones; NULL: all
    size_t names_count;
    struct index_slice slices[SLICES_MOST];
    size_t slices_count;
    VEC(struct type_index_entry) entries;
    struct index_slot *slots; // open addressing by identity, a power of two
    size_t slots_count;
};

// ---- what is a definition -------------------------------------------------------------------------------

// Before bit-fields had a place of their own, their widths were those of integers made up for them, under the
// name of the real one.
static bool is_made_for_bitfield(const struct btf_record *record)
{
    const uint32_t word = btf_word(record, 0);
    return btf_int_size_bits(word) != (uint64_t)record->size_or_type * 8 &&
           !strstr(btf_name(record), "_BitInt(");
}

static bool may_be_anonymous(enum btf_kind kind)
{
    return kind == BTF_STRUCT || kind == BTF_UNION || kind == BTF_ENUM || kind == BTF_ENUM64;
}

static bool is_definition(const struct btf_record *record)
{
    const enum btf_kind kind = btf_kind_of(record);
    if (kind == BTF_INT)
        return !is_made_for_bitfield(record);
    return kind == BTF_FLOAT || kind == BTF_TYPEDEF ||
           (may_be_anonymous(kind) && !btf_is_declaration(record));
}

// What an entry is made of: the type, and the name that it goes by.
struct named_type {
    struct btf_record type;
    const char *name; // NULL: the record makes no entry
    bool named_by_typedef;
};

// A typedef of an anonymous struct, union or enumeration stands for that, under its own name. There may be
// several of one: anonymous types that are equal are folded into one when BTF is made, their typedefs are not.
static struct named_type named_type_of(const struct indexer *indexer, const struct btf_record *record)
{
    struct named_type named = {.type = *record};
    const char *name = btf_name(record);
    if (*name == '\0' || !is_definition(record))
        return named;
    named.name = name;
    if (btf_kind_of(record) != BTF_TYPEDEF || record->size_or_type == 0)
        return named;
    const struct btf_record target = btf_record(indexer->btf, record->size_or_type);
    if (may_be_anonymous(btf_kind_of(&target)) && *btf_name(&target) == '\0' && is_definition(&target)) {
        named.type = target;
        named.named_by_typedef = true;
    }
    return named;
}

static bool is_wanted(const struct indexer *indexer, const char *name)
{
    if (!indexer->names)
        return true;
    for (size_t i = 0; i < indexer->names_count; i++)
        if (!strcmp(indexer->names[i], name))
            return true;
    return false;
}

// ---- the table ------------------------------------------------------------------------------------------

static struct index_slot *slot_for(const struct indexer *indexer, uint64_t identity)
{
    size_t i = (size_t)(identity >> 7) & (indexer->slots_count - 1);
    while (indexer->slots[i].number && indexer->slots[i].identity != identity)
        i = (i + 1) & (indexer->slots_count - 1);
    return &indexer->slots[i];
}

// A kernel has an entry for each ninth of its types: room for that at once spares copies.
static size_t slots_at_first(const struct indexer *indexer)
{
    size_t count = 1024;
    while (!indexer->names && count < indexer->own->count / 4)
        count *= 2;
    return count;
}

// At most half of the slots are taken.
static bool slots_grow(struct indexer *indexer)
{
    struct indexer grown = *indexer;
    grown.slots_count = indexer->slots_count ? indexer->slots_count * 2 : slots_at_first(indexer);
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < indexer->slots_count; i++)
        if (indexer->slots[i].number)
            *slot_for(&grown, indexer->slots[i].identity) = indexer->slots[i];
    free(indexer->slots);
    indexer->slots = grown.slots;
    indexer->slots_count = grown.slots_count;
    return true;
}

static uint64_t identity_of(const struct type_index_entry *entry, enum btf_kind kind)
{
    uint64_t hash = entry->name_hash * UINT64_C(0x9e3779b97f4a7c15) + kind;
    hash = (hash ^ hash >> 29) * UINT64_C(0xbf58476d1ce4e5b9) + entry->shape;
    hash = (hash ^ hash >> 32) * UINT64_C(0x94d049bb133111eb) +
           (entry->size_known ? entry->size_bytes : UINT64_MAX);
    return hash ^ hash >> 31;
}

static struct error *entry_make(const struct indexer *indexer, struct btf_hasher *hasher,
                                const struct named_type *named, struct type_index_entry *entry)
{
    const struct btf_record *record = &named->type;
    const enum btf_kind kind = btf_kind_of(record);
    *entry = (struct type_index_entry){.id = btf_type_id(indexer->btf, record->id),
                                       .kind = btf_model_kind(record),
                                       .name = named->name,
                                       .name_hash = type_index_name_hash(named->name),
                                       .size_known = kind != BTF_TYPEDEF,
                                       .size_bytes = kind != BTF_TYPEDEF ? record->size_or_type : 0,
                                       .named_by_typedef = named->named_by_typedef,
                                       .copies = 1};
    if (kind == BTF_STRUCT || kind == BTF_UNION)
        entry->members_count = btf_vlen(record);
    return btf_hasher_shape(hasher, record->id, &entry->shape);
}

static struct error *slice_fill(const struct indexer *indexer, struct btf_hasher *hasher,
                                struct index_slice *slice)
{
    if (!indexer->names && !vec_reserve(&slice->entries, (slice->end - slice->first) / 8))
        return &error_out_of_memory;
    for (uint32_t i = slice->first; i < slice->end; i++) {
        const struct btf_record record = btf_record_at(indexer->own, indexer->own->first_id + i);
        const struct named_type named = named_type_of(indexer, &record);
        struct type_index_entry entry;
        if (!named.name || !is_wanted(indexer, named.name))
            continue;
        RETURN_IF_ERROR(entry_make(indexer, hasher, &named, &entry));
        if (!vec_push(&slice->entries, entry))
            return &error_out_of_memory;
    }
    return NULL;
}

static void slice_work(void *context, size_t number)
{
    struct indexer *indexer = context;
    struct btf_hasher *hasher;
    struct index_slice *slice = &indexer->slices[number];
    slice->error = btf_hasher_create(indexer->btf, &hasher);
    if (!slice->error)
        slice->error = slice_fill(indexer, hasher, slice);
    btf_hasher_free(hasher);
}

static void slices_cut(struct indexer *indexer)
{
    const uint32_t count = indexer->own->count;
    const size_t slices = indexer->names ? 1 : count / SLICE_TYPES_LEAST;
    indexer->slices_count = slices < 1 ? 1 : slices < SLICES_MOST ? slices : SLICES_MOST;
    for (size_t i = 0; i < indexer->slices_count; i++) {
        indexer->slices[i].first = (uint32_t)(i * (uint64_t)count / indexer->slices_count);
        indexer->slices[i].end = (uint32_t)((i + 1) * (uint64_t)count / indexer->slices_count);
    }
}

static struct error *entry_add(struct indexer *indexer, const struct type_index_entry *entry)
{
    const struct btf_record record = btf_record(indexer->btf, (uint32_t)entry->id.number);
    if (2 * (indexer->entries.length + 1) > indexer->slots_count && !slots_grow(indexer))
        return &error_out_of_memory;
    const uint64_t identity = identity_of(entry, btf_kind_of(&record));
    struct index_slot *slot = slot_for(indexer, identity);
    if (slot->number) {
        indexer->entries.data[slot->number - 1].copies++;
        return NULL;
    }
    if (!vec_push(&indexer->entries, *entry))
        return &error_out_of_memory;
    *slot = (struct index_slot){identity, (uint32_t)indexer->entries.length};
    return NULL;
}

// Folds copies: those of later slices into what the ones before have. The first slice's are where all come to stand.
static struct error *slices_join(struct indexer *indexer)
{
    size_t count = 0;
    for (size_t i = 0; i < indexer->slices_count; i++) {
        if (indexer->slices[i].error)
            return indexer->slices[i].error;
        count += indexer->slices[i].entries.length;
    }
    struct index_slice *first = &indexer->slices[0];
    const size_t first_count = first->entries.length;
    if (!vec_reserve(&first->entries, count - first_count))
        return &error_out_of_memory;
    indexer->entries.data = first->entries.data;
    indexer->entries.capacity = first->entries.capacity;
    first->entries.data = NULL;
    first->entries.length = 0;
    for (size_t i = 0; i < first_count; i++) {
        const struct type_index_entry entry = indexer->entries.data[i]; // an earlier place may take it
        RETURN_IF_ERROR(entry_add(indexer, &entry));
    }
    for (size_t i = 1; i < indexer->slices_count; i++)
        vec_foreach (const struct type_index_entry *, entry, &indexer->slices[i].entries)
            RETURN_IF_ERROR(entry_add(indexer, entry));
    return NULL;
}

static struct error *index_make(struct indexer *indexer, unsigned threads, struct type_index **out)
{
    *out = NULL;
    slices_cut(indexer);
    slices_run(indexer->slices_count, threads, slice_work, indexer);
    struct error *error = slices_join(indexer);
    struct type_index *index = error ? NULL : calloc(1, sizeof(*index));
    if (!error && !index)
        error = &error_out_of_memory;
    if (index) {
        index->entries = indexer->entries.data;
        index->entries_count = indexer->entries.length;
        index->is_valid = true;
        *out = index;
    } else {
        vec_free(&indexer->entries);
    }
    for (size_t i = 0; i < indexer->slices_count; i++)
        vec_free(&indexer->slices[i].entries);
    free(indexer->slots);
    return error;
}

struct error *btf_index_all(const struct btf *btf, unsigned threads, struct type_index **index)
{
    struct indexer indexer = {.btf = btf, .own = btf_own_part(btf)};
    return index_make(&indexer, threads, index);
}

struct error *btf_index_names(const struct btf *btf, const char *const *names, size_t names_count,
                              struct type_index **index)
{
    struct indexer indexer = {
        .btf = btf, .own = btf_own_part(btf), .names = names, .names_count = names_count};
    return index_make(&indexer, 1, index);
}
