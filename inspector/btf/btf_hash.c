// SPDX-License-Identifier: MIT
#include "btf/btf_hash.h"

#include "base/vec.h"
#include "btf/btf_part.h"
#include "type/type_index.h"
#include <stdlib.h>

struct hash_step {
    uint32_t id, next; // the reference to look at next
};

struct btf_hasher {
    const struct btf *btf;
    uint64_t *names; // name hashes by number; 0: not computed
    uint8_t *states; // by number
    VEC(struct hash_step) path;
};

enum { HASH_NONE, HASH_UNDER_WAY, HASH_DONE };

// The halves of a 128-bit product, folded: each input bit reaches all output bits.
static uint64_t mix(uint64_t hash, uint64_t value)
{
    __extension__ typedef unsigned __int128 uint128;
    const uint128 product =
        (uint128)(hash ^ UINT64_C(0x2d358dccaa6c78a5)) * (value ^ UINT64_C(0x8bb84b93962eacc9));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t text_hash(const struct btf_record *record, uint32_t name)
{
    return type_index_name_hash(btf_text(record->part, name));
}

static bool has_name(const struct btf_record *record)
{
    return *btf_name(record) != '\0';
}

// Whether the name hash comes of the name alone, so that nothing behind it matters.
static bool is_leaf(const struct btf_record *record)
{
    switch (btf_kind_of(record)) {
    case BTF_STRUCT:
    case BTF_UNION:
    case BTF_TYPEDEF:
        return has_name(record);
    default:
        return btf_references_count(record) == 0;
    }
}

static uint64_t target_hash(const struct btf_hasher *hasher, uint32_t id)
{
    // What is under way is part of itself: by its kind alone.
    if (id > 0 && hasher->states[id] == HASH_DONE)
        return hasher->names[id];
    const struct btf_record record = id > 0 ? btf_record(hasher->btf, id) : (struct btf_record){0};
    return mix(btf_info_kind(record.info), 1);
}

static uint64_t target_size(const struct btf_hasher *hasher, uint32_t id)
{
    return hasher->btf->sizes_bytes[id];
}

static uint64_t members_hash(const struct btf_hasher *hasher, const struct btf_record *record)
{
    uint64_t hash = 1;
    const size_t end = 3 * (size_t)btf_vlen(record);
    for (size_t i = 0; i < end; i += 3) {
        const uint32_t type = btf_word(record, i + 1);
        const uint64_t what = mix(target_hash(hasher, type), text_hash(record, btf_word(record, i)));
        // Of a struct with the kind flag the place holds a bit-field's width, too.
        const uint64_t where = mix((uint64_t)btf_info_flag(record->info) << 32 | btf_word(record, i + 2),
                                   target_size(hasher, type));
        hash = mix(hash + where, what);
    }
    return hash;
}

static uint64_t enumerators_hash(const struct btf_record *record)
{
    uint64_t hash = btf_info_flag(record->info) ? 2 : 1;
    const size_t words = btf_kind_of(record) == BTF_ENUM64 ? 3 : 2;
    for (size_t i = 0; i < btf_vlen(record) * words; i += words) {
        uint64_t value = btf_word(record, i + 1);
        if (words == 3)
            value |= (uint64_t)btf_word(record, i + 2) << 32;
        hash = mix(mix(hash, text_hash(record, btf_word(record, i))), value);
    }
    return hash;
}

// With the name hashes of all that it is called by computed.
static uint64_t name_hash(const struct btf_hasher *hasher, const struct btf_record *record)
{
    const enum btf_kind kind = btf_kind_of(record);
    uint64_t hash;
    switch (kind) {
    case BTF_INT:
        return mix(mix(kind, text_hash(record, record->name)),
                   (uint64_t)record->size_or_type << 32 | btf_word(record, 0));
    case BTF_FLOAT:
        return mix(mix(kind, text_hash(record, record->name)), record->size_or_type);
    case BTF_STRUCT:
    case BTF_UNION:
        return mix(kind, has_name(record) ? text_hash(record, record->name) : members_hash(hasher, record));
    case BTF_FWD: // the same, whether it is defined here or not
        return mix(btf_info_flag(record->info) ? BTF_UNION : BTF_STRUCT, text_hash(record, record->name));
    case BTF_ENUM:
    case BTF_ENUM64:
        return mix(BTF_ENUM, has_name(record) ? text_hash(record, record->name) : enumerators_hash(record));
    case BTF_TYPEDEF:
        return mix(kind, has_name(record) ? text_hash(record, record->name)
                                          : target_hash(hasher, record->size_or_type));
    case BTF_ARRAY:
        return mix(mix(kind, target_hash(hasher, btf_word(record, 0))), btf_word(record, 2));
    case BTF_FUNC_PROTO:
        hash = mix(kind, target_hash(hasher, record->size_or_type));
        for (size_t i = 0; i < 2 * (size_t)btf_vlen(record); i += 2)
            hash = mix(hash, target_hash(hasher, btf_word(record, i + 1)));
        return hash;
    case BTF_TYPE_TAG:
        return target_hash(hasher, record->size_or_type);
    case BTF_PTR:
    case BTF_CONST:
    case BTF_VOLATILE:
    case BTF_RESTRICT:
        return mix(kind, target_hash(hasher, record->size_or_type));
    default: // no type
        return mix(kind, 1);
    }
}

static struct error *hash_begin(struct btf_hasher *hasher, uint32_t id)
{
    if (id == 0 || hasher->states[id] != HASH_NONE)
        return NULL;
    const struct btf_record record = btf_record(hasher->btf, id);
    if (is_leaf(&record)) {
        hasher->names[id] = name_hash(hasher, &record);
        hasher->states[id] = HASH_DONE;
        return NULL;
    }
    hasher->states[id] = HASH_UNDER_WAY;
    return vec_push(&hasher->path, (struct hash_step){id, 0}) ? NULL : &error_out_of_memory;
}

// Computes the name hash of the type and of all that it is called by, without recursion.
static struct error *hash_type(struct btf_hasher *hasher, uint32_t root)
{
    RETURN_IF_ERROR(hash_begin(hasher, root));
    while (hasher->path.length > 0) {
        struct hash_step *step = &hasher->path.data[hasher->path.length - 1];
        const struct btf_record record = btf_record(hasher->btf, step->id);
        if (step->next < btf_references_count(&record)) {
            const uint32_t next = btf_reference(&record, step->next++);
            RETURN_IF_ERROR(hash_begin(hasher, next));
            continue;
        }
        hasher->names[step->id] = name_hash(hasher, &record);
        hasher->states[step->id] = HASH_DONE;
        hasher->path.length--;
    }
    return NULL;
}

struct error *btf_hasher_shape(struct btf_hasher *hasher, uint32_t id, uint64_t *shape)
{
    const struct btf_record record = btf_record(hasher->btf, id);
    const uint32_t count = btf_references_count(&record);
    for (uint32_t i = 0; i < count; i++)
        RETURN_IF_ERROR(hash_type(hasher, btf_reference(&record, i)));
    switch (btf_kind_of(&record)) {
    case BTF_STRUCT:
    case BTF_UNION:
        *shape = members_hash(hasher, &record);
        break;
    case BTF_ENUM:
    case BTF_ENUM64:
        *shape = enumerators_hash(&record);
        break;
    case BTF_TYPEDEF:
        *shape = mix(target_hash(hasher, record.size_or_type), target_size(hasher, record.size_or_type));
        break;
    case BTF_INT:
        *shape = btf_word(&record, 0);
        break;
    default:
        *shape = 0;
        break;
    }
    return NULL;
}

struct error *btf_hasher_create(const struct btf *btf, struct btf_hasher **out)
{
    struct btf_hasher *hasher = calloc(1, sizeof(*hasher));
    *out = hasher;
    if (!hasher)
        return &error_out_of_memory;
    hasher->btf = btf;
    hasher->names = malloc(btf->end_id * sizeof(*hasher->names));
    hasher->states = calloc(btf->end_id, sizeof(*hasher->states));
    return hasher->names && hasher->states ? NULL : &error_out_of_memory;
}

void btf_hasher_free(struct btf_hasher *hasher)
{
    if (!hasher)
        return;
    free(hasher->names);
    free(hasher->states);
    vec_free(&hasher->path);
    free(hasher);
}
