// SPDX-License-Identifier: MIT
#include "btf/btf_sizes.h"

#include "base/vec.h"
#include "btf/btf_part.h"
#include <inttypes.h>
#include <stdlib.h>

// Not computed yet, and being computed: neither is a size that an array or a struct can have.
static const uint64_t SIZE_NONE = UINT64_MAX - 1, SIZE_UNDER_WAY = UINT64_MAX - 2;
static const uint64_t SIZE_MOST = UINT64_MAX / 8; // sizes are told in bits, too

struct size_step {
    uint32_t id, next; // the reference to look at next
};

struct size_walk {
    struct btf *btf;
    VEC(struct size_step) path; // from a type to what lies in it, and so on: no recursion
};

// How many of a record's references lie in it by value.
static uint32_t parts_count(const struct btf_record *record)
{
    switch (btf_kind_of(record)) {
    case BTF_STRUCT:
    case BTF_UNION:
        return btf_vlen(record);
    case BTF_ARRAY:
    case BTF_TYPEDEF:
    case BTF_VOLATILE:
    case BTF_CONST:
    case BTF_RESTRICT:
    case BTF_TYPE_TAG:
        return 1;
    default:
        return 0;
    }
}

static uint64_t target_size(const struct btf *btf, uint32_t id)
{
    return id ? btf->sizes_bytes[id] : BTF_SIZE_UNKNOWN;
}

static uint64_t array_size(const struct btf *btf, const struct btf_record *record)
{
    const uint64_t element_bytes = target_size(btf, btf_word(record, 0));
    uint64_t size_bytes;
    if (element_bytes == BTF_SIZE_UNKNOWN || btf_word(record, 2) == 0 || // flexible: see array_fill
        __builtin_mul_overflow(element_bytes, (uint64_t)btf_word(record, 2), &size_bytes) ||
        size_bytes > SIZE_MOST)
        return BTF_SIZE_UNKNOWN;
    return size_bytes;
}

// With the sizes of all that lies in it computed.
static uint64_t record_size(const struct btf *btf, const struct btf_record *record)
{
    switch (btf_kind_of(record)) {
    case BTF_INT:
    case BTF_FLOAT:
    case BTF_STRUCT:
    case BTF_UNION:
        return record->size_or_type;
    case BTF_ENUM:
    case BTF_ENUM64: // a declaration's size is the producer's guess
        return btf_is_declaration(record) && !record->part->is_distilled ? BTF_SIZE_UNKNOWN
                                                                         : record->size_or_type;
    case BTF_PTR:
        return btf->address_bytes ? btf->address_bytes : BTF_SIZE_UNKNOWN;
    case BTF_ARRAY:
        return array_size(btf, record);
    case BTF_TYPEDEF:
    case BTF_VOLATILE:
    case BTF_CONST:
    case BTF_RESTRICT:
    case BTF_TYPE_TAG:
        return target_size(btf, record->size_or_type);
    default: // functions, variables, what is declared only
        return BTF_SIZE_UNKNOWN;
    }
}

static COLD struct error *refuse_cycle(const struct btf *btf, uint32_t id)
{
    const struct btf_record record = btf_record(btf, id);
    return btf_part_error(record.part, btf_record_offset(&record), "type %" PRIu32 " contains itself", id);
}

static struct error *walk_from(struct size_walk *walk, uint32_t root)
{
    struct btf *btf = walk->btf;
    btf->sizes_bytes[root] = SIZE_UNDER_WAY;
    if (!vec_push(&walk->path, (struct size_step){root, 0}))
        return &error_out_of_memory;
    while (walk->path.length > 0) {
        struct size_step *step = &walk->path.data[walk->path.length - 1];
        const struct btf_record record = btf_record(btf, step->id);
        const uint32_t count = parts_count(&record);
        uint32_t deeper = 0;
        while (step->next < count && !deeper) {
            const uint32_t part = btf_reference(&record, step->next++);
            if (part == 0)
                continue;
            if (btf->sizes_bytes[part] == SIZE_UNDER_WAY)
                return refuse_cycle(btf, part);
            if (btf->sizes_bytes[part] == SIZE_NONE)
                deeper = part;
        }
        if (!deeper) {
            btf->sizes_bytes[step->id] = record_size(btf, &record);
            walk->path.length--;
            continue;
        }
        btf->sizes_bytes[deeper] = SIZE_UNDER_WAY;
        if (!vec_push(&walk->path, (struct size_step){deeper, 0}))
            return &error_out_of_memory;
    }
    return NULL;
}

// The sizes of what nothing lies in, which is most: no walk for them.
static void part_begin(struct btf *btf, const struct btf_part *part)
{
    for (uint32_t i = 0; i < part->count; i++) {
        const struct btf_record record = btf_record_at(part, part->first_id + i);
        btf->sizes_bytes[record.id] = parts_count(&record) ? SIZE_NONE : record_size(btf, &record);
    }
}

struct error *btf_sizes_compute(struct btf *btf)
{
    btf->sizes_bytes = malloc(btf->end_id * sizeof(*btf->sizes_bytes));
    if (!btf->sizes_bytes)
        return &error_out_of_memory;
    btf->sizes_bytes[0] = BTF_SIZE_UNKNOWN;
    for (size_t p = 0; p < btf->parts_count; p++)
        part_begin(btf, &btf->parts[p]);
    struct size_walk walk = {.btf = btf};
    struct error *error = NULL;
    for (uint32_t id = 1; id < btf->end_id && !error; id++)
        if (btf->sizes_bytes[id] == SIZE_NONE)
            error = walk_from(&walk, id);
    vec_free(&walk.path);
    return error;
}

static bool is_long(const char *name)
{
    static const char *const names[] = {
        "long",          "long int",          "int long",          "long unsigned int",
        "unsigned long", "unsigned long int", "long int unsigned", "int long unsigned",
    };
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

unsigned btf_long_bytes(const struct btf *btf)
{
    for (uint32_t id = 1; id < btf->end_id; id++) {
        const struct btf_record record = btf_record(btf, id);
        if (btf_kind_of(&record) == BTF_INT && (record.size_or_type == 4 || record.size_or_type == 8) &&
            is_long(btf_name(&record)))
            return record.size_or_type;
    }
    return 0;
}
