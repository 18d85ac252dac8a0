// SPDX-License-Identifier: MIT
#include "gomap/map_shape.h"

#include "type/type_name.h"

#include <stdio.h>
#include <string.h>

enum {
    GO_KIND_MAP = 21, // reflect.Map
    TABLE_BYTES_MOST = 256,
    EXTRA_BYTES_MOST = 256,
};

struct shape_reading {
    struct type_maker *maker;
    struct map_shape *shape;
};

bool type_is_go_map(const struct type *type)
{
    return type->kind == TYPE_TYPEDEF && type->go_kind == GO_KIND_MAP;
}

// ---- the type graph -------------------------------------------------------------------------------------

static struct error *unsupported(const struct map_shape *shape, const char *what)
{
    return error_create(ERROR_UNSUPPORTED, "%s: %s", shape->name ? shape->name : "a map", what);
}

static struct error *contradiction(const struct map_shape *shape, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s", shape->name ? shape->name : "a map", what);
}

static const struct member *member_named(const struct type *type, const char *name)
{
    for (size_t i = 0; i < type->members_count; i++)
        if (type->members[i].name && !strcmp(type->members[i].name, name))
            return &type->members[i];
    return NULL;
}

static const struct member *member_called(const struct type *type, const char *name, const char *other)
{
    const struct member *member = member_named(type, name);
    return member ? member : member_named(type, other);
}

// Through typedefs, each of which may have been met by name only. *result is NULL when it has no end.
static struct error *whole_of(struct type_maker *maker, const struct type *type, const struct type **result)
{
    enum { STEPS_MOST = 16 };
    *result = NULL;
    for (int steps = 0; type && steps < STEPS_MOST; steps++) {
        const struct type *whole;
        RETURN_IF_ERROR(type_maker_whole(maker, type, &whole));
        if (whole->kind != TYPE_TYPEDEF) {
            *result = whole;
            return NULL;
        }
        type = whole->target;
    }
    return NULL;
}

// What the type points to; NULL when it is no pointer.
static struct error *pointee_of(struct type_maker *maker, const struct type *type, const struct type **result)
{
    const struct type *pointer;
    RETURN_IF_ERROR(whole_of(maker, type, &pointer));
    *result = NULL;
    return pointer && pointer->kind == TYPE_POINTER && pointer->target
               ? whole_of(maker, pointer->target, result)
               : NULL;
}

static bool holds_pointers(struct type_maker *maker, const struct type *type, unsigned depth, unsigned *steps)
{
    enum { DEPTH_MOST = 32, STEPS_MOST = 4096 };
    const struct type *whole;
    struct error *error = whole_of(maker, type, &whole);
    if (error || !whole || depth > DEPTH_MOST || ++*steps > STEPS_MOST) {
        error_free(error);
        return true; // not known; most types have some
    }
    if (whole->kind == TYPE_POINTER || whole->kind == TYPE_FUNCTION)
        return true;
    if (whole->kind == TYPE_ARRAY) {
        for (size_t i = 0; i < whole->dimensions_count; i++)
            if (whole->dimensions[i].count_known && !whole->dimensions[i].count)
                return false;
        return !whole->target || holds_pointers(maker, whole->target, depth + 1, steps);
    }
    for (size_t i = 0; i < whole->members_count; i++)
        if (holds_pointers(maker, whole->members[i].type, depth + 1, steps))
            return true;
    return false;
}

// Whether values of the type hold pointers, as Go's allocator and collector count them.
static bool type_holds_pointers(struct type_maker *maker, const struct type *type)
{
    unsigned steps = 0;
    return holds_pointers(maker, type, 0, &steps);
}

// A number of at most 8 whole bytes at a known place.
static bool field_of(const struct type *type, const struct member *member, struct shape_field *field)
{
    *field = (struct shape_field){0};
    if (!member || !member->offset_known || !member->size_known || member->offset_bits % 8 ||
        member->size_bits % 8 || !member->size_bits || member->size_bits > 64)
        return false;
    const uint64_t offset_bytes = member->offset_bits / 8, size_bytes = member->size_bits / 8;
    if (!type->size_known || offset_bytes > UINT16_MAX || offset_bytes + size_bytes > type->size_bytes)
        return false;
    *field = (struct shape_field){(uint16_t)offset_bytes, (uint16_t)size_bytes};
    return true;
}

struct wanted_field {
    const char *name;
    struct shape_field *field;
    bool is_optional;
};

static struct error *fields_read(struct shape_reading *reading, const struct type *type,
                                 const struct wanted_field *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (field_of(type, member_named(type, wanted[i].name), wanted[i].field) || wanted[i].is_optional)
            continue;
        return error_create(ERROR_UNSUPPORTED, "%s: %s has no number %s",
                            reading->shape->name ? reading->shape->name : "a map",
                            type->name ? type->name : "its struct", wanted[i].name);
    }
    return NULL;
}

// ---- keys and elements ----------------------------------------------------------------------------------

// `stored` is the type in the slot, `declared` that of the key or element.
static struct error *part_read(struct shape_reading *reading, const struct type *stored,
                               const struct type *declared, struct map_part *part)
{
    const struct type *whole_stored, *whole_declared;
    RETURN_IF_ERROR(whole_of(reading->maker, stored, &whole_stored));
    RETURN_IF_ERROR(whole_of(reading->maker, declared, &whole_declared));
    if (!whole_stored || !whole_stored->size_known || !whole_declared || !whole_declared->size_known)
        return unsupported(reading->shape, "the size of its keys or elements is not known");
    part->stored_bytes = whole_stored->size_bytes <= MAP_CHUNK_BYTES_MOST ? (uint32_t)whole_stored->size_bytes
                                                                          : MAP_CHUNK_BYTES_MOST + 1;
    part->size_bytes = whole_declared->size_bytes;
    part->is_indirect =
        part->size_bytes > MAP_INDIRECT_ABOVE && part->stored_bytes == reading->shape->address_bytes;
    if (!part->is_indirect && part->stored_bytes != part->size_bytes)
        return contradiction(reading->shape, "keys or elements have two sizes");
    part->has_pointers = type_holds_pointers(reading->maker, declared);
    // As it is named: a typedef says how it is shown.
    RETURN_IF_ERROR(type_maker_whole(reading->maker, declared, &part->type));
    return NULL;
}

// Where arrays of keys or elements lie, and their element's type.
static struct error *array_part(struct shape_reading *reading, const struct member *member,
                                const struct type *declared, struct map_part *part)
{
    const struct type *array;
    RETURN_IF_ERROR(whole_of(reading->maker, member->type, &array));
    if (!array || array->kind != TYPE_ARRAY || !array->target || !member->offset_known)
        return unsupported(reading->shape, "its keys or elements are no array");
    if (member->offset_bits / 8 > MAP_CHUNK_BYTES_MOST)
        return contradiction(reading->shape, "keys or elements lie outside of their bucket");
    RETURN_IF_ERROR(part_read(reading, array->target, declared, part));
    part->offset_bytes = (uint32_t)(member->offset_bits / 8);
    part->stride_bytes = part->stored_bytes;
    return NULL;
}

static struct error *slots_part(struct shape_reading *reading, const struct member *slots,
                                const struct type *slot, const char *name, const struct type *declared,
                                struct map_part *part)
{
    const struct member *member = member_named(slot, name);
    if (!member || !member->offset_known || !slots->offset_known || !slot->size_known)
        return unsupported(reading->shape, "its slots have no keys or no elements");
    if (slots->offset_bits / 8 > MAP_CHUNK_BYTES_MOST || member->offset_bits / 8 > MAP_CHUNK_BYTES_MOST ||
        slot->size_bytes > MAP_CHUNK_BYTES_MOST)
        return contradiction(reading->shape, "slots lie outside of their group");
    RETURN_IF_ERROR(part_read(reading, member->type, declared, part));
    part->offset_bytes = (uint32_t)(slots->offset_bits / 8 + member->offset_bits / 8);
    part->stride_bytes = (uint32_t)slot->size_bytes;
    return NULL;
}

static struct error *part_check(const struct map_shape *shape, const struct map_part *part)
{
    const uint64_t end =
        part->offset_bytes + (uint64_t)part->stride_bytes * (MAP_SLOTS - 1) + part->stored_bytes;
    return end <= shape->chunk_bytes
               ? NULL
               : contradiction(shape, "keys or elements lie outside of their bucket or group");
}

static struct error *chunk_check(const struct map_shape *shape, const struct type *chunk)
{
    if (!chunk->size_known || chunk->size_bytes > MAP_CHUNK_BYTES_MOST ||
        shape->control_offset + (uint64_t)MAP_SLOTS > chunk->size_bytes)
        return contradiction(shape, "a bucket or group of an impossible size");
    RETURN_IF_ERROR(part_check(shape, &shape->key));
    return part_check(shape, &shape->elem);
}

// ---- the two designs ------------------------------------------------------------------------------------

static struct error *classic_extra(struct shape_reading *reading, const struct type *header)
{
    struct map_shape *shape = reading->shape;
    const struct member *member = member_named(header, "extra");
    const struct type *extra;
    if (!member)
        return NULL;
    RETURN_IF_ERROR(pointee_of(reading->maker, member->type, &extra));
    if (!extra || !extra->size_known || extra->size_bytes > EXTRA_BYTES_MOST)
        return NULL;
    shape->classic.extra_bytes = (uint16_t)extra->size_bytes;
    field_of(extra, member_named(extra, "overflow"), &shape->classic.extra_overflow);
    field_of(extra, member_named(extra, "oldoverflow"), &shape->classic.extra_oldoverflow);
    field_of(extra, member_named(extra, "nextOverflow"), &shape->classic.extra_next);
    return NULL;
}

static struct error *classic_read(struct shape_reading *reading, const struct type *type,
                                  const struct type *header)
{
    struct map_shape *shape = reading->shape;
    const struct wanted_field wanted[] = {
        {"count", &shape->classic.count, false},
        {"flags", &shape->classic.flags, false},
        {"B", &shape->classic.B, false},
        {"noverflow", &shape->classic.noverflow, false},
        {"hash0", &shape->classic.hash0, true},
        {"buckets", &shape->classic.buckets, false},
        {"oldbuckets", &shape->classic.oldbuckets, false},
        {"nevacuate", &shape->classic.nevacuate, false},
        {"extra", &shape->classic.extra, true},
    };
    const struct type *bucket;
    shape->design = MAP_CLASSIC;
    RETURN_IF_ERROR(fields_read(reading, header, wanted, ARRAY_LENGTH(wanted)));
    RETURN_IF_ERROR(pointee_of(reading->maker, member_named(header, "buckets")->type, &bucket));
    const struct member *marks = bucket ? member_called(bucket, "tophash", "topbits") : NULL;
    const struct member *keys = bucket ? member_named(bucket, "keys") : NULL;
    const struct member *elems = bucket ? member_called(bucket, "values", "elems") : NULL;
    struct shape_field overflow;
    if (!marks || !keys || !elems || !marks->offset_known ||
        !field_of(bucket, member_named(bucket, "overflow"), &overflow))
        return unsupported(shape, "its buckets are of a kind that is not known");
    if (marks->offset_bits / 8 > MAP_CHUNK_BYTES_MOST || overflow.size_bytes != shape->address_bytes)
        return contradiction(shape, "its buckets contradict themselves");
    shape->control_offset = (uint32_t)(marks->offset_bits / 8);
    shape->classic.overflow_offset = overflow.offset_bytes;
    RETURN_IF_ERROR(array_part(reading, keys, type->go_key, &shape->key));
    RETURN_IF_ERROR(array_part(reading, elems, type->go_elem, &shape->elem));
    shape->chunk_bytes = bucket->size_known ? (uint32_t)bucket->size_bytes : 0;
    RETURN_IF_ERROR(chunk_check(shape, bucket));
    return classic_extra(reading, header);
}

static struct error *swiss_table(struct shape_reading *reading, const struct type *table,
                                 const struct type **group)
{
    struct map_shape *shape = reading->shape;
    const struct wanted_field wanted[] = {
        {"used", &shape->swiss.table_used, false},
        {"capacity", &shape->swiss.table_capacity, false},
        {"growthLeft", &shape->swiss.table_growth_left, false},
        {"localDepth", &shape->swiss.table_local_depth, false},
        {"index", &shape->swiss.table_index, false},
    };
    RETURN_IF_ERROR(fields_read(reading, table, wanted, ARRAY_LENGTH(wanted)));
    const struct member *groups = member_named(table, "groups");
    const struct type *reference = NULL;
    struct shape_field data, mask;
    if (groups)
        RETURN_IF_ERROR(whole_of(reading->maker, groups->type, &reference));
    const struct member *data_member = reference ? member_named(reference, "data") : NULL;
    if (!data_member || !groups->offset_known || groups->offset_bits / 8 > TABLE_BYTES_MOST ||
        !field_of(reference, data_member, &data) ||
        !field_of(reference, member_named(reference, "lengthMask"), &mask))
        return unsupported(shape, "its tables are of a kind that is not known");
    const uint16_t base = (uint16_t)(groups->offset_bits / 8);
    data.offset_bytes = (uint16_t)(data.offset_bytes + base);
    mask.offset_bytes = (uint16_t)(mask.offset_bytes + base);
    if (table->size_bytes > TABLE_BYTES_MOST || data.offset_bytes + data.size_bytes > table->size_bytes ||
        mask.offset_bytes + mask.size_bytes > table->size_bytes)
        return contradiction(shape, "its tables contradict themselves");
    shape->swiss.groups_address = data;
    shape->swiss.groups_mask = mask;
    shape->swiss.table_bytes = (uint16_t)table->size_bytes;
    return pointee_of(reading->maker, data_member->type, group);
}

static struct error *swiss_group(struct shape_reading *reading, const struct type *type,
                                 const struct type *group)
{
    struct map_shape *shape = reading->shape;
    const struct member *control = member_named(group, "ctrl"), *slots = member_named(group, "slots");
    const struct member *keys = member_named(group, "keys"), *elems = member_named(group, "elems");
    if (!control || !control->offset_known || control->offset_bits / 8 > MAP_CHUNK_BYTES_MOST)
        return unsupported(shape, "its groups have no control word");
    shape->control_offset = (uint32_t)(control->offset_bits / 8);
    if (slots) {
        const struct type *array, *slot = NULL;
        RETURN_IF_ERROR(whole_of(reading->maker, slots->type, &array));
        if (array && array->kind == TYPE_ARRAY && array->target)
            RETURN_IF_ERROR(whole_of(reading->maker, array->target, &slot));
        if (!slot)
            return unsupported(shape, "its groups' slots are no array");
        RETURN_IF_ERROR(slots_part(reading, slots, slot, "key", type->go_key, &shape->key));
        RETURN_IF_ERROR(slots_part(reading, slots, slot, "elem", type->go_elem, &shape->elem));
    } else if (keys && elems) { // GOEXPERIMENT=mapsplitgroup of Go 1.27
        RETURN_IF_ERROR(array_part(reading, keys, type->go_key, &shape->key));
        RETURN_IF_ERROR(array_part(reading, elems, type->go_elem, &shape->elem));
    } else {
        return unsupported(shape, "its groups are of a kind that is not known");
    }
    shape->chunk_bytes =
        group->size_known && group->size_bytes <= UINT32_MAX ? (uint32_t)group->size_bytes : 0;
    return chunk_check(shape, group);
}

static struct error *swiss_read(struct shape_reading *reading, const struct type *type,
                                const struct type *header)
{
    struct map_shape *shape = reading->shape;
    const struct wanted_field wanted[] = {
        {"used", &shape->swiss.used, false},
        {"seed", &shape->swiss.seed, true},
        {"dirPtr", &shape->swiss.dir_address, false},
        {"dirLen", &shape->swiss.dir_length, false},
        {"globalDepth", &shape->swiss.global_depth, false},
        {"globalShift", &shape->swiss.global_shift, false},
        {"writing", &shape->swiss.writing, true},
        {"tombstonePossible", &shape->swiss.tombstone_possible, true},
        {"clearSeq", &shape->swiss.clear_sequence, true},
    };
    const struct type *place, *table = NULL, *group = NULL;
    shape->design = MAP_SWISS;
    RETURN_IF_ERROR(fields_read(reading, header, wanted, ARRAY_LENGTH(wanted)));
    RETURN_IF_ERROR(pointee_of(reading->maker, member_named(header, "dirPtr")->type, &place));
    if (place)
        RETURN_IF_ERROR(pointee_of(reading->maker, place, &table));
    if (table)
        RETURN_IF_ERROR(swiss_table(reading, table, &group));
    if (!group)
        return unsupported(shape, "its directory is of a kind that is not known");
    return swiss_group(reading, type, group);
}

// All members of the header, for whoever draws it.
static void header_fields(const struct type *header, struct picture_fields *fields)
{
    fields->source = "DWARF";
    for (size_t i = 0; i < header->members_count && fields->count < PICTURE_FIELDS_MOST; i++) {
        struct shape_field field;
        if (!header->members[i].name || !field_of(header, &header->members[i], &field))
            continue;
        struct picture_field *to = &fields->list[fields->count++];
        snprintf(to->name, sizeof(to->name), "%s", header->members[i].name);
        to->offset_bytes = field.offset_bytes;
        to->size_bytes = field.size_bytes;
    }
}

struct error *map_shape_read(struct type_maker *maker, const struct type *type, struct map_shape *shape)
{
    struct shape_reading reading = {maker, shape};
    const struct type *map, *header;
    *shape = (struct map_shape){0};
    RETURN_IF_ERROR(type_maker_whole(maker, type, &map));
    shape->name = map->name;
    shape->address_bytes = map->address_bytes;
    shape->big_endian = map->big_endian;
    if (!type_is_go_map(map) || !map->go_key || !map->go_elem)
        return unsupported(shape, "it is no Go map, or its keys and elements are not stated");
    if (map->address_bytes != 4 && map->address_bytes != 8)
        return unsupported(shape, "addresses of a strange size");
    RETURN_IF_ERROR(pointee_of(maker, map->target, &header));
    if (!header || !type_has_members(header) || !header->size_known)
        return unsupported(shape, "it leads to no header");
    if (!header->size_bytes || header->size_bytes > PICTURE_HEADER_BYTES)
        return contradiction(shape, "a header of an impossible size");
    shape->header_bytes = (uint16_t)header->size_bytes;
    header_fields(header, &shape->fields);
    if (member_named(header, "buckets") && member_named(header, "B"))
        RETURN_IF_ERROR(classic_read(&reading, map, header));
    else if (member_named(header, "dirPtr") && member_named(header, "dirLen"))
        RETURN_IF_ERROR(swiss_read(&reading, map, header));
    else
        return unsupported(shape, "its header is of neither design");
    shape->has_pointers = shape->key.is_indirect || shape->elem.is_indirect || shape->key.has_pointers ||
                          shape->elem.has_pointers;
    return NULL;
}
