// SPDX-License-Identifier: MIT
// Enumerations: the names of their values.

#include "build/type_builder.h"
#include "dwarf/constants.h"

static struct error *enumerator_read(struct type_builder *builder, struct die_ref ref,
                                     struct enumerator *enumerator)
{
    struct die die;
    RETURN_IF_ERROR(die_reader_read(builder->reader, ref, &builder->scratch, &die));
    const struct die_attribute *value = die_attribute(&die, AT_const_value);
    enumerator->name = attribute_text(die_attribute(&die, AT_name));
    if (value && (value->kind == DIE_VALUE_UNSIGNED || value->kind == DIE_VALUE_SIGNED)) {
        enumerator->value = value->number;
        enumerator->is_negative = value->kind == DIE_VALUE_SIGNED && value->signed_number < 0;
    }
    return NULL;
}

static struct error *enumerators_read(struct type_builder *builder, struct type *type)
{
    struct die_child *children;
    size_t count;
    const struct die_ref ref = die_ref_of(type->id);
    RETURN_IF_ERROR(die_reader_children(builder->reader, ref, &builder->scratch, &children, &count));
    type->enumerators = arena_alloc_array(&builder->arena, count, sizeof(*type->enumerators));
    if (!type->enumerators)
        return builder_broken(builder);
    for (size_t i = 0; i < count; i++)
        if (children[i].tag == TAG_enumerator)
            RETURN_IF_ERROR(enumerator_read(builder, (struct die_ref){ref.unit, children[i].offset},
                                            &type->enumerators[type->enumerators_count++]));
    return NULL;
}

static struct type *type_copy(struct type_builder *builder, const struct type *type)
{
    struct type *copy = arena_alloc(&builder->arena, sizeof(*copy));
    if (copy)
        *copy = *type;
    return copy;
}

struct error *enumerators_add(struct type_builder *builder, const struct type *type,
                              const struct type **result)
{
    const struct type *stripped = type_strip(type);
    *result = type;
    if (stripped->kind != TYPE_ENUM || stripped->by_name_only || !stripped->id.group)
        return NULL;
    struct type *copy = type_copy(builder, type);
    *result = copy;
    while (copy && type != stripped) {
        type = type->target;
        struct type *target = type_copy(builder, type);
        copy->target = target;
        copy = target;
    }
    return copy ? enumerators_read(builder, copy) : builder_broken(builder);
}
