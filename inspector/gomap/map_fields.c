// SPDX-License-Identifier: MIT
#include "gomap/map_fields.h"

#include "type/type_name.h"

#include <stdio.h>
#include <string.h>

enum {
    KIND_INTERFACE = 20,
    KIND_SLICE = 23,
    KIND_STRING = 24,
    STEPS_MOST = 16,
    DEPTH_MOST = 3,
    ELEMENTS_MOST = 16
};

struct value_opening {
    struct go_program *program;
    struct memory *memory;
    const struct map_shape *shape;
    struct map_value *value;
};

// The whole type behind its typedefs and the outermost kind that Go states; NULL: it cannot be read.
static const struct type *whole_of(struct go_program *program, const struct type *type, uint16_t *kind)
{
    *kind = 0;
    for (int i = 0; type && i < STEPS_MOST; i++) {
        struct error *error = type_maker_whole(program->maker, type, &type);
        if (error) {
            error_free(error);
            return NULL;
        }
        if (!*kind)
            *kind = type->go_kind;
        if (type->kind != TYPE_TYPEDEF || !type->target)
            return type;
        type = type->target;
    }
    return NULL;
}

static void name_type(const struct type *type, const char *before, const char *behind, char *text,
                      size_t size_bytes)
{
    struct arena arena;
    arena_init(&arena);
    const char *name = type ? type_name(type, &arena) : NULL;
    snprintf(text, size_bytes, "%s%s%s", before, name ? name : "?", behind);
    arena_free(&arena);
}

static bool is_opened(const struct type *type, uint16_t kind)
{
    return kind != KIND_STRING && kind != KIND_SLICE && kind != KIND_INTERFACE &&
           (type_has_members(type) || type->kind == TYPE_ARRAY);
}

static void add_field(struct value_opening *opening, const struct type *type, uint64_t size_bytes,
                      uint64_t at, const char *name)
{
    struct map_value *value = opening->value;
    if (value->fields_count >= MAP_VALUE_FIELDS_MOST || at > MAP_VALUE_BYTES_MOST ||
        size_bytes > MAP_VALUE_BYTES_MOST - at) {
        value->is_cut = true;
        return;
    }
    struct map_value_field *field = &value->fields[value->fields_count++];
    snprintf(field->name, sizeof(field->name), "%s", name);
    field->at = (uint32_t)at;
    field->part = (struct map_part){.stored_bytes = (uint32_t)size_bytes,
                                    .stride_bytes = (uint32_t)size_bytes,
                                    .size_bytes = size_bytes,
                                    .type = type};
}

static void add_type(struct value_opening *opening, const struct type *type, uint64_t at, const char *name,
                     unsigned depth)
{
    uint16_t kind;
    char inner[64];
    const bool is_full = opening->value->fields_count >= MAP_VALUE_FIELDS_MOST;
    const struct type *whole = is_full ? NULL : whole_of(opening->program, type, &kind);
    if (!whole || !whole->size_known) {
        opening->value->is_cut = true;
        return;
    }
    if (!is_opened(whole, kind) || depth >= DEPTH_MOST) {
        add_field(opening, type, whole->size_bytes, at, name);
        return;
    }
    if (whole->kind == TYPE_ARRAY) {
        const uint64_t count =
            whole->dimensions_count == 1 && whole->dimensions[0].count_known ? whole->dimensions[0].count : 0;
        uint16_t ignored;
        const struct type *element =
            whole->target ? whole_of(opening->program, whole->target, &ignored) : NULL;
        if (!element || !count || count > ELEMENTS_MOST) {
            add_field(opening, type, whole->size_bytes, at, name);
            return;
        }
        for (uint64_t i = 0; i < count; i++) {
            snprintf(inner, sizeof(inner), "%.50s[%u]", name, (unsigned)i);
            add_type(opening, whole->target, at + i * element->size_bytes, inner, depth + 1);
        }
        return;
    }
    for (size_t i = 0; i < whole->members_count && opening->value->fields_count < MAP_VALUE_FIELDS_MOST;
         i++) {
        const struct member *member = &whole->members[i];
        snprintf(inner, sizeof(inner), "%.30s%s%.30s", name, *name ? "." : "",
                 member->name ? member->name : "_");
        if (member->offset_known)
            add_type(opening, member->type, at + member->offset_bits / 8, inner, depth + 1);
    }
}

// The bytes of a value that lies elsewhere; what cannot be read leaves it without fields.
static bool bring(struct value_opening *opening, uint64_t address, uint64_t size_bytes)
{
    struct map_value *value = opening->value;
    value->address = address;
    if (!size_bytes)
        return true;
    value->is_cut |= size_bytes > MAP_VALUE_BYTES_MOST;
    const size_t size = size_bytes < MAP_VALUE_BYTES_MOST ? (size_t)size_bytes : MAP_VALUE_BYTES_MOST;
    struct error *error = memory_read(opening->memory, address, value->bytes, size);
    value->is_cut |= error != NULL;
    error_free(error);
    return !error;
}

// The dynamic type of an interface; NULL: nil, or not known.
static const struct type *dynamic_type(struct value_opening *opening, const struct type *whole,
                                       uint64_t first_word)
{
    struct go_program *program = opening->program;
    const bool has_methods =
        whole->members_count && whole->members[0].name && !strcmp(whole->members[0].name, "tab");
    if (!program->types || !first_word || !program->dynamic.type_at)
        return NULL;
    const uint64_t rtype = go_types_dynamic(program->types, first_word, has_methods);
    return rtype ? program->dynamic.type_at(program->dynamic.context, rtype) : NULL;
}

void map_value_open(struct go_program *program, struct memory *memory, const struct map_shape *shape,
                    const struct map_part *part, const uint8_t *stored, struct map_value *value)
{
    struct value_opening opening = {program, memory, shape, value};
    const unsigned word = shape->address_bytes;
    uint16_t kind;
    *value = (struct map_value){.type_name = ""};
    const struct type *type = part->type, *whole = whole_of(program, type, &kind);
    name_type(type, "", "", value->type_name, sizeof(value->type_name));
    if (!whole)
        return;
    if (part->is_indirect) {
        if (!bring(&opening, map_address_number(shape, stored), part->size_bytes))
            return;
    } else {
        memcpy(value->bytes, stored,
               part->stored_bytes < MAP_VALUE_BYTES_MOST ? part->stored_bytes : MAP_VALUE_BYTES_MOST);
    }
    if (kind == KIND_INTERFACE && whole->size_bytes == 2u * word) {
        const struct type *dynamic = dynamic_type(&opening, whole, map_address_number(shape, value->bytes));
        const uint64_t data = map_address_number(shape, value->bytes + word);
        uint16_t dynamic_kind;
        const struct type *behind = dynamic ? whole_of(program, dynamic, &dynamic_kind) : NULL;
        if (behind && behind->size_known) {
            name_type(dynamic, "", " in an interface", value->type_name, sizeof(value->type_name));
            if (behind->kind == TYPE_POINTER) // the interface holds it itself
                memmove(value->bytes, value->bytes + word, word);
            else if (!bring(&opening, data, behind->size_bytes))
                return;
            type = dynamic;
            whole = behind;
        }
    }
    if (whole->kind == TYPE_POINTER && whole->target) {
        const uint64_t address = map_address_number(shape, value->bytes);
        uint16_t target_kind;
        const struct type *target = whole_of(program, whole->target, &target_kind);
        if (address && target && target->size_known && is_opened(target, target_kind) &&
            bring(&opening, address, target->size_bytes)) {
            name_type(whole->target, "*", "", value->type_name, sizeof(value->type_name));
            type = whole->target;
        }
    }
    add_type(&opening, type, 0, "", 0);
}
