// SPDX-License-Identifier: MIT
// Headers and tables, from bytes to numbers.
#include "gomap/map_figures.h"

#include "base/go_size_class.h"
#include "type/type_name.h"

#include <stdio.h>
#include <string.h>

enum { CLASSIC_B_MOST = 40, SWISS_DEPTH_MOST = 26 }; // more entries than any memory holds

static void type_text(const struct type *type, char text[PICTURE_TYPE_BYTES])
{
    struct arena arena;
    arena_init(&arena);
    const char *name = type_name(type, &arena);
    snprintf(text, PICTURE_TYPE_BYTES, "%s", name ? name : "");
    arena_free(&arena);
}

void map_raw_header(const struct map_shape *shape, uint64_t address, const uint8_t *bytes,
                    struct picture_header *raw)
{
    raw->address = address;
    raw->size_bytes = shape->header_bytes;
    memcpy(raw->bytes, bytes, shape->header_bytes);
    picture_header_lay(raw, &shape->fields);
    if (shape->big_endian) // picture_header_lay takes them as little-endian
        for (size_t i = 0; i < raw->fields_count; i++)
            raw->fields[i].value =
                map_number(bytes + raw->fields[i].offset_bytes, raw->fields[i].size_bytes, true);
    if (!raw->key_type[0] && shape->key.type)
        type_text(shape->key.type, raw->key_type);
    if (!raw->elem_type[0] && shape->elem.type)
        type_text(shape->elem.type, raw->elem_type);
}

void map_swiss_header(const struct map_shape *shape, const uint8_t *bytes, struct swiss_header *header)
{
    header->used = map_field_number(shape, shape->swiss.used, bytes);
    header->seed = map_field_number(shape, shape->swiss.seed, bytes);
    header->dir_address = map_field_number(shape, shape->swiss.dir_address, bytes);
    header->dir_length = map_field_number(shape, shape->swiss.dir_length, bytes);
    header->global_depth = (uint8_t)map_field_number(shape, shape->swiss.global_depth, bytes);
    header->global_shift = (uint8_t)map_field_number(shape, shape->swiss.global_shift, bytes);
    header->is_writing = map_field_number(shape, shape->swiss.writing, bytes) != 0;
    header->has_tombstone_flag = shape->swiss.tombstone_possible.size_bytes != 0;
    header->tombstone_possible = map_field_number(shape, shape->swiss.tombstone_possible, bytes) != 0;
    header->clear_sequence = map_field_number(shape, shape->swiss.clear_sequence, bytes);
}

bool map_swiss_is_possible(const struct map_shape *shape, const struct swiss_header *header)
{
    if (header->dir_length == 0) // one group, or none yet
        return header->global_depth == 0 && header->used <= (header->dir_address ? MAP_SLOTS : 0u);
    return header->dir_address && header->global_depth <= SWISS_DEPTH_MOST &&
           header->dir_length == UINT64_C(1) << header->global_depth &&
           header->global_shift == 8u * shape->address_bytes - header->global_depth;
}

void map_swiss_table(const struct map_shape *shape, uint64_t address, const uint8_t *bytes,
                     struct swiss_placed_table *table)
{
    const uint64_t mask = map_field_number(shape, shape->swiss.groups_mask, bytes);
    *table = (struct swiss_placed_table){
        .address = address,
        .groups_address = map_field_number(shape, shape->swiss.groups_address, bytes),
        .first_place = map_field_number(shape, shape->swiss.table_index, bytes),
        .groups = mask < UINT32_MAX ? mask + 1 : 0,
        .used = (uint32_t)map_field_number(shape, shape->swiss.table_used, bytes),
        .capacity = (uint32_t)map_field_number(shape, shape->swiss.table_capacity, bytes),
        .growth_left = (uint32_t)map_field_number(shape, shape->swiss.table_growth_left, bytes),
        .local_depth = (uint8_t)map_field_number(shape, shape->swiss.table_local_depth, bytes),
    };
    const uint64_t most = map_swiss_table_most(table->capacity);
    const uint64_t taken = (uint64_t)table->used + table->growth_left;
    table->in_doubt = !table->groups_address || !table->capacity || table->capacity % MAP_SLOTS ||
                      (table->capacity & (table->capacity - 1)) ||
                      table->groups != table->capacity / MAP_SLOTS || taken > most;
    if (!table->in_doubt) { // what an installed table keeps: used + tombstones + growthLeft = most
        table->tombstones = (uint32_t)(most - taken);
    }
}

void map_classic_header(const struct map_shape *shape, const uint8_t *bytes, struct classic_header *header)
{
    header->count = (int64_t)map_field_number(shape, shape->classic.count, bytes);
    if (shape->classic.count.size_bytes == 4)
        header->count = (int32_t)header->count;
    header->B = (uint8_t)map_field_number(shape, shape->classic.B, bytes);
    header->flags = (uint8_t)map_field_number(shape, shape->classic.flags, bytes);
    header->noverflow = (uint16_t)map_field_number(shape, shape->classic.noverflow, bytes);
    header->hash0 = (uint32_t)map_field_number(shape, shape->classic.hash0, bytes);
    header->buckets_address = map_field_number(shape, shape->classic.buckets, bytes);
    header->oldbuckets_address = map_field_number(shape, shape->classic.oldbuckets, bytes);
    header->extra_address = map_field_number(shape, shape->classic.extra, bytes);
    header->nevacuate = map_field_number(shape, shape->classic.nevacuate, bytes);
    header->is_growing = header->oldbuckets_address != 0;
    header->is_same_size = (header->flags & CLASSIC_SAME_SIZE) != 0;
    header->buckets = header->B <= CLASSIC_B_MOST ? UINT64_C(1) << header->B : 0;
    header->old_buckets = !header->is_growing    ? 0
                          : header->is_same_size ? header->buckets
                                                 : header->buckets / 2;
    // Go 1.23, runtime/map.go: overLoadFactor, tooManyOverflowBuckets.
    const uint64_t load = header->buckets / 2 * 13;
    header->grows_above = load > 8 ? load : 8;
    header->grows_at_noverflow = 1u << (header->B < 15 ? header->B : 15);
}

bool map_classic_is_possible(const struct map_shape *shape, const struct classic_header *header)
{
    const uint8_t all_flags = CLASSIC_ITERATOR | CLASSIC_OLD_ITERATOR | CLASSIC_WRITING | CLASSIC_SAME_SIZE;
    uint64_t bytes;
    if (header->count < 0 || header->B > CLASSIC_B_MOST || (header->flags & ~all_flags) ||
        __builtin_mul_overflow(header->buckets, (uint64_t)shape->chunk_bytes, &bytes))
        return false;
    if (!header->buckets_address) // made when the first entry comes
        return header->count == 0;
    return header->nevacuate <= header->buckets || !header->is_growing;
}

uint64_t map_classic_array_bytes(const struct map_shape *shape, uint8_t B, uint64_t *buckets)
{
    // Go 1.23, runtime/map.go, makeBucketArray: the allocator's rounding up is used for further spare buckets.
    const uint64_t base = UINT64_C(1) << B, wanted = B >= 4 ? base + base / 16 : base;
    const uint64_t asked = wanted * shape->chunk_bytes;
    const uint64_t bytes = size_class_go_object_bytes(asked, shape->has_pointers, shape->address_bytes);
    const bool has_header = shape->has_pointers && size_class_go_has_header(asked, shape->address_bytes);
    const uint64_t usable = bytes - (has_header ? SIZE_CLASS_GO_HEADER_BYTES : 0);
    *buckets = B >= 4 ? usable / shape->chunk_bytes : base;
    return bytes;
}
