// SPDX-License-Identifier: MIT
#include "gomap/map_key.h"

#include <string.h>

// reflect.Kind, as debug information has it (go_kind).
enum {
    KIND_BOOL = 1,
    KIND_INT = 2,
    KIND_INT64 = 6,
    KIND_UINT = 7,
    KIND_UINTPTR = 12,
    KIND_FLOAT32 = 13,
    KIND_FLOAT64 = 14,
    KIND_COMPLEX64 = 15,
    KIND_COMPLEX128 = 16,
    KIND_ARRAY = 17,
    KIND_CHAN = 18,
    KIND_POINTER = 22,
    KIND_STRING = 24,
    KIND_STRUCT = 25,
    KIND_UNSAFE_POINTER = 26,
    DEPTH_MOST = 8,
    PARTS_MOST = 256,
};

struct form_reading {
    struct type_maker *maker;
    struct arena *arena;
    unsigned address_bytes;
};

static struct error *read_form(struct form_reading *reading, const struct type *type, unsigned depth,
                               struct map_key_form *form);

static uint8_t align_of(uint64_t size_bytes, unsigned address_bytes)
{
    uint8_t align = 1;
    while (align < size_bytes && align < address_bytes)
        align = (uint8_t)(2 * align);
    return align;
}

static struct error *read_parts(struct form_reading *reading, const struct type *type, unsigned depth,
                                struct map_key_form *form)
{
    const bool is_array = type->kind == TYPE_ARRAY;
    const size_t count = is_array ? 1 : type->members_count;
    form->kind = is_array ? MAP_KEY_ARRAY : MAP_KEY_STRUCT;
    form->count =
        is_array ? type->dimensions_count && type->dimensions[0].count_known ? type->dimensions[0].count : 0
                 : count;
    form->align_bytes = 1;
    if (depth >= DEPTH_MOST || count > PARTS_MOST ||
        (is_array && (!type->target || type->dimensions_count != 1))) {
        form->kind = MAP_KEY_OTHER;
        return NULL;
    }
    form->parts = arena_alloc(reading->arena, (count + 1) * sizeof(*form->parts));
    if (!form->parts)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        struct map_key_form *part = &form->parts[i];
        const struct member *member = is_array ? NULL : &type->members[i];
        if (member && !member->offset_known) {
            form->kind = MAP_KEY_OTHER;
            return NULL;
        }
        RETURN_IF_ERROR(read_form(reading, is_array ? type->target : member->type, depth + 1, part));
        if (member) {
            part->name =
                member->name ? arena_copy_text(reading->arena, member->name, strlen(member->name)) : NULL;
            part->offset_bytes = member->offset_bits / 8;
        }
        if (part->align_bytes > form->align_bytes)
            form->align_bytes = part->align_bytes;
        if (part->offset_bytes > form->size_bytes || part->size_bytes > form->size_bytes - part->offset_bytes)
            form->kind = MAP_KEY_OTHER; // it contradicts itself
    }
    uint64_t all;
    if (is_array &&
        (__builtin_mul_overflow(form->parts[0].size_bytes, form->count, &all) || all != form->size_bytes))
        form->kind = MAP_KEY_OTHER;
    return NULL;
}

// The whole type behind its typedefs, and the outermost kind that Go states.
static struct error *peel(struct form_reading *reading, const struct type *type, const struct type **whole,
                          uint16_t *kind)
{
    enum { STEPS_MOST = 16 };
    *kind = 0;
    *whole = type;
    for (int i = 0; i < STEPS_MOST; i++) {
        RETURN_IF_ERROR(type_maker_whole(reading->maker, *whole, whole));
        if (!*kind)
            *kind = (*whole)->go_kind;
        if ((*whole)->kind != TYPE_TYPEDEF || !(*whole)->target)
            return NULL;
        *whole = (*whole)->target;
    }
    return NULL;
}

static struct error *read_form(struct form_reading *reading, const struct type *type, unsigned depth,
                               struct map_key_form *form)
{
    const struct type *whole;
    uint16_t kind;
    *form = (struct map_key_form){.kind = MAP_KEY_OTHER, .align_bytes = 1};
    struct error *error = peel(reading, type, &whole, &kind);
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    if (error || !whole->size_known)
        return NULL;
    form->size_bytes = whole->size_bytes;
    form->align_bytes = align_of(whole->size_bytes, reading->address_bytes);
    if (kind >= KIND_BOOL && kind <= KIND_UINTPTR && whole->size_bytes <= 8) {
        form->kind = MAP_KEY_PLAIN;
        form->is_bool = kind == KIND_BOOL;
        form->is_signed = kind >= KIND_INT && kind <= KIND_INT64;
    } else if (kind == KIND_POINTER || kind == KIND_CHAN || kind == KIND_UNSAFE_POINTER) {
        form->kind = MAP_KEY_PLAIN;
        form->is_address = true;
    } else if (kind == KIND_STRING && whole->size_bytes == 2u * reading->address_bytes) {
        form->kind = MAP_KEY_STRING;
        form->align_bytes = (uint8_t)reading->address_bytes;
    } else if (kind == KIND_FLOAT32 || kind == KIND_FLOAT64) {
        form->kind = MAP_KEY_FLOAT;
    } else if (kind == KIND_COMPLEX64 || kind == KIND_COMPLEX128) {
        form->kind = MAP_KEY_COMPLEX;
    } else if ((kind == KIND_ARRAY && whole->kind == TYPE_ARRAY) ||
               (kind == KIND_STRUCT && type_has_members(whole))) {
        return read_parts(reading, whole, depth, form);
    }
    return NULL;
}

struct error *map_key_form_read(struct type_maker *maker, const struct map_shape *shape, struct arena *arena,
                                struct map_key_form *form)
{
    struct form_reading reading = {maker, arena, shape->address_bytes};
    *form = (struct map_key_form){.kind = MAP_KEY_OTHER, .align_bytes = 1};
    if (!shape->key.type)
        return NULL;
    return read_form(&reading, shape->key.type, 0, form);
}

bool map_key_is_plain(const struct map_key_form *form)
{
    const uint64_t parts = form->kind == MAP_KEY_ARRAY ? 1 : form->count;
    if (form->kind != MAP_KEY_STRUCT && form->kind != MAP_KEY_ARRAY)
        return form->kind == MAP_KEY_PLAIN;
    for (uint64_t i = 0; i < parts; i++)
        if (!map_key_is_plain(&form->parts[i]))
            return false;
    return true;
}

bool map_key_is_known(const struct map_key_form *form)
{
    const uint64_t parts = form->kind == MAP_KEY_ARRAY ? 1 : form->count;
    if (form->kind != MAP_KEY_STRUCT && form->kind != MAP_KEY_ARRAY)
        return form->kind != MAP_KEY_OTHER;
    for (uint64_t i = 0; i < parts; i++)
        if (!map_key_is_known(&form->parts[i]))
            return false;
    return true;
}
