// SPDX-License-Identifier: MIT
// Classes of D: the pointers to virtual tables, which ldc does not record at all and gdc only where a class begins.
//
//     class Impl : Base, I, J { byte k; }        base 24 bytes │ I's table │ J's table │ k
//                                                0               24          32          40
//
// D ABI, "Classes": an object begins with the pointer to the class's table (and, but for extern(C++), a monitor, both of
// which object.Object has); what a class adds to its base begins with a pointer for each of its interfaces.

#include "base/round_up.h"
#include "build/type_builder.h"

#include <string.h>

enum { TABLES_MOST = 64 };

// How many pointers are missing, and where the first stands.
struct tables {
    uint64_t at_bits;
    size_t count, before; // `before`: the number of the member that they stand before
    bool is_root;         // the class has no base: the first is the class's own table
};

// Whether the member's alignment may be what made the hole before it.
static bool may_align_more(const struct type *type, const struct member *member)
{
    const uint64_t word_bytes = type->address_bytes;
    if (member->offset_bits / 8 % (2 * word_bytes))
        return false;
    if (member->declared_align_bytes)
        return member->declared_align_bytes > word_bytes;
    const struct type *held = type_strip(member->type);
    return type_has_members(held) || held->kind == TYPE_ARRAY || held->size_bytes > word_bytes;
}

static struct tables tables_of(const struct type *type)
{
    struct tables tables = {.is_root = true};
    const uint64_t word_bits = 8 * (uint64_t)type->address_bytes;
    const struct member *first = NULL;
    uint64_t first_bits = type->size_bits;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (!member->offset_known || !member->size_known)
            return (struct tables){0};
        if (member->kind == MEMBER_BASE && member->offset_bits == 0) {
            tables.is_root = false;
            tables.at_bits = round_up(member->size_bits, word_bits);
            tables.before = i + 1;
        } else if (member->offset_bits < first_bits) {
            first = member;
            first_bits = member->offset_bits;
        }
    }
    if (first_bits <= tables.at_bits || (first && !tables.is_root && may_align_more(type, first)))
        return (struct tables){0};
    const bool has_monitor = !first && type->name && !strcmp(type->name, "object::Object");
    // older ldc (1.30) writes classes as structs, which begin with their first member.
    if (type->kind == TYPE_STRUCT && tables.is_root && !first && !has_monitor)
        return (struct tables){0};
    tables.count = (size_t)((first_bits - tables.at_bits) / word_bits);
    if (tables.is_root && tables.count > 1 && !has_monitor)
        tables.count = 1;
    return tables.count <= TABLES_MOST ? tables : (struct tables){0};
}

static struct error *pointer_make(struct type_builder *builder, const struct type *class,
                                  const struct type **result)
{
    struct type *pointer = arena_alloc(&builder->arena, sizeof(*pointer));
    if (!pointer)
        return builder_broken(builder);
    *pointer = (struct type){.kind = TYPE_POINTER,
                             .language = class->language,
                             .size_known = true,
                             .size_bytes = class->address_bytes,
                             .size_bits = 8 * (uint64_t) class->address_bytes,
                             .address_bytes = class->address_bytes,
                             .big_endian = class->big_endian,
                             .id = class->id};
    *result = pointer;
    return NULL;
}

static const char *table_name(const struct tables *tables, size_t number)
{
    if (!tables->is_root)
        return "__interface";
    return number == 0 ? "__vptr" : "__monitor";
}

struct error *d_tables_add(struct type_builder *builder, struct type *type)
{
    if (type->language != LANGUAGE_D || (type->kind != TYPE_CLASS && type->kind != TYPE_STRUCT) ||
        type->is_declaration || !type->size_known || !type->address_bytes || type->variant_parts_count)
        return NULL;
    const struct tables tables = tables_of(type);
    if (!tables.count)
        return NULL;
    const struct type *pointer = NULL;
    RETURN_IF_ERROR(pointer_make(builder, type, &pointer));
    const size_t count = type->members_count + tables.count;
    struct member *members = arena_alloc_array(&builder->arena, count, sizeof(*members));
    if (!members)
        return builder_broken(builder);
    if (tables.before)
        memcpy(members, type->members, tables.before * sizeof(*members));
    for (size_t i = 0; i < tables.count; i++)
        members[tables.before + i] = (struct member){.kind = tables.is_root && i ? MEMBER_FIELD : MEMBER_VPTR,
                                                     .name = table_name(&tables, i),
                                                     .type = pointer,
                                                     .offset_known = true,
                                                     .size_known = true,
                                                     .offset_bits = tables.at_bits + i * pointer->size_bits,
                                                     .size_bits = pointer->size_bits,
                                                     .is_artificial = true};
    if (type->members_count > tables.before)
        memcpy(members + tables.before + tables.count, type->members + tables.before,
               (type->members_count - tables.before) * sizeof(*members));
    type->members = members;
    type->members_count = count;
    return NULL;
}
