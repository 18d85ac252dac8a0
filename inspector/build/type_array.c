// SPDX-License-Identifier: MIT
// Arrays: dimensions, strides and sizes.

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "type/language.h"

enum { INDEX_TYPE_STEPS_MOST = 8 };

static bool is_index_tag(uint16_t tag)
{
    return tag == TAG_subrange_type || tag == TAG_generic_subrange || tag == TAG_enumeration_type;
}

// An array indexed by an enumeration has an element for each enumerator (Pascal, Ada).
static struct error *enumeration_dimension(struct type_builder *builder, struct die_ref ref,
                                           struct array_dimension *dimension)
{
    struct die_child *children;
    size_t count;
    RETURN_IF_ERROR(die_reader_children(builder->reader, ref, &builder->scratch, &children, &count));
    for (size_t i = 0; i < count; i++)
        dimension->count += children[i].tag == TAG_enumerator;
    dimension->count_known = true;
    return NULL;
}

// -1 as an upper bound stands for "no element known": gcc before 9 writes it for flexible and zero-length
// arrays alike, sometimes in an unsigned form as wide as an address.
static bool is_minus_one(const struct die_attribute *upper, const struct type *type)
{
    return upper->kind == DIE_VALUE_UNSIGNED &&
           (upper->number == UINT64_MAX || (upper->number == UINT32_MAX && type->address_bytes == 4));
}

// False when the bounds leave the count open.
static bool bounds_dimension(const struct die_chain *chain, const struct type *type,
                             struct array_dimension *dimension)
{
    const struct die_attribute *count = chain_find(chain, AT_count);
    const struct die_attribute *upper = chain_find(chain, AT_upper_bound);
    const struct die_attribute *lower = chain_find(chain, AT_lower_bound);
    int64_t first = language_lower_bound(type->language), last, number;
    if (count) {
        dimension->count_known = attribute_signed(count, type->big_endian, &number) && number >= 0;
        dimension->is_variable =
            !dimension->count_known && count->kind != DIE_VALUE_SIGNED && count->kind != DIE_VALUE_UNSIGNED;
        dimension->count = dimension->count_known ? (uint64_t)number : 0;
        return true;
    }
    if (!upper)
        return false;
    if (is_minus_one(upper, type))
        return true;
    bool is_constant = attribute_signed(upper, type->big_endian, &last) &&
                       (!lower || attribute_signed(lower, type->big_endian, &first));
    uint64_t elements;
    if (!is_constant) {
        dimension->is_variable = true;
    } else if (last < first) {
        // 0 elements; but -1 below the default bound is what flexible arrays look like.
        dimension->count_known = !(last == -1 && first == 0);
    } else if (!__builtin_add_overflow((uint64_t)last - (uint64_t)first, 1u, &elements)) {
        dimension->count_known = true;
        dimension->count = elements;
    }
    return true;
}

static struct error *count_between(struct type_builder *builder, const struct type *type, struct die_ref ref,
                                   int64_t first, int64_t last, uint64_t *found)
{
    struct die_child *children;
    size_t count;
    *found = 0;
    RETURN_IF_ERROR(die_reader_children(builder->reader, ref, &builder->scratch, &children, &count));
    for (size_t i = 0; i < count; i++) {
        struct die die;
        int64_t value;
        if (children[i].tag != TAG_enumerator)
            continue;
        RETURN_IF_ERROR(die_reader_read(builder->reader, (struct die_ref){ref.unit, children[i].offset},
                                        &builder->scratch, &die));
        if (attribute_signed(die_attribute(&die, AT_const_value), type->big_endian, &value))
            *found += value >= first && value <= last;
    }
    return NULL;
}

// Ada lets an enumeration's values lie apart (`for Code use (1, 20, 300)`). Bounds of an index are such
// values; the array has an element for each enumerator between them.
static struct error *fill_enumerated(struct type_builder *builder, struct type *type,
                                     const struct die_chain *bounds, struct array_dimension *dimension)
{
    int64_t first = language_lower_bound(type->language), last;
    const struct die_attribute *lower = chain_find(bounds, AT_lower_bound);
    if (!dimension->count_known || (lower && !attribute_signed(lower, type->big_endian, &first)) ||
        !attribute_signed(chain_find(bounds, AT_upper_bound), type->big_endian, &last))
        return NULL;
    struct die_chain chain = *bounds;
    for (int steps = 0; steps < INDEX_TYPE_STEPS_MOST; steps++) {
        const struct die_ref index_type = attribute_reference(chain_find(&chain, AT_type));
        if (!index_type.unit)
            return NULL;
        RETURN_IF_ERROR(chain_read(builder, index_type, &chain));
        if (chain.dies[0].tag == TAG_enumeration_type) {
            const uint64_t values = dimension->count;
            RETURN_IF_ERROR(count_between(builder, type, chain.dies[0].ref, first, last, &dimension->count));
            type->index_has_gaps |= dimension->count < values;
            return NULL;
        }
        if (!is_index_tag(chain.dies[0].tag))
            return NULL;
    }
    return NULL;
}

// One dimension from its subrange. Ada and Pascal leave the bounds to a named index type.
static struct error *fill_dimension(struct type_builder *builder, struct type *type, struct die_chain *chain,
                                    struct array_dimension *dimension)
{
    for (int steps = 0; steps < INDEX_TYPE_STEPS_MOST; steps++) {
        const struct die *die = &chain->dies[0];
        if (die->tag == TAG_enumeration_type)
            return enumeration_dimension(builder, die->ref, dimension);
        if (bounds_dimension(chain, type, dimension))
            return type->language == LANGUAGE_ADA ? fill_enumerated(builder, type, chain, dimension) : NULL;
        struct die_ref index_type = attribute_reference(chain_find(chain, AT_type));
        if (!index_type.unit)
            return NULL;
        RETURN_IF_ERROR(chain_read(builder, index_type, chain));
        if (!is_index_tag(chain->dies[0].tag))
            return NULL;
    }
    return NULL;
}

static uint64_t stride_bits_of(const struct die_chain *chain, bool big_endian)
{
    uint64_t number;
    if (attribute_unsigned(chain_find(chain, AT_bit_stride), big_endian, &number))
        return number;
    if (attribute_unsigned(chain_find(chain, AT_byte_stride), big_endian, &number) &&
        number <= UINT64_MAX / 8)
        return number * 8;
    return 0;
}

struct error *array_fill(struct type_builder *builder, struct node *node, struct type *type,
                         const struct die_chain *chain)
{
    struct die_child *children;
    size_t count, most = 0;
    const struct die_ref array = die_ref_of(type->id);
    RETURN_IF_ERROR(die_reader_children(builder->reader, array, &builder->scratch, &children, &count));
    for (size_t i = 0; i < count; i++)
        most += is_index_tag(children[i].tag);
    // An array without any subrange is one of unknown length.
    type->dimensions = arena_alloc_array(&builder->arena, most ? most : 1, sizeof(*type->dimensions));
    if (!type->dimensions)
        return &error_out_of_memory;
    type->stride_bits = stride_bits_of(chain, type->big_endian);
    for (size_t i = 0; i < count; i++) {
        if (!is_index_tag(children[i].tag))
            continue;
        struct die_chain index;
        RETURN_IF_ERROR(chain_read(builder, (struct die_ref){array.unit, children[i].offset}, &index));
        // A stride of the only dimension is the array's; those of several would need one each.
        if (!type->stride_bits && most == 1)
            type->stride_bits = stride_bits_of(&index, type->big_endian);
        RETURN_IF_ERROR(fill_dimension(builder, type, &index, &type->dimensions[type->dimensions_count++]));
    }
    if (type->dimensions_count == 0)
        type->dimensions_count = 1;
    const struct die_attribute *element = chain_find(chain, AT_type);
    if (type == node->whole)
        return builder_request_value(builder, node, element, &type_void, &type->target);
    type->by_name_only = true;
    return builder_request_name(builder, element, &type_void, &type->target);
}

static uint64_t next_power_of_two(uint64_t number)
{
    uint64_t power = 1;
    while (power < number && power <= UINT64_MAX / 4)
        power *= 2;
    return power;
}

// Whether elements lie closer than their type's size.
static bool is_bit_packed(const struct type *type)
{
    return type->kind == TYPE_ARRAY && type->language == LANGUAGE_ADA && type->stride_bits && type->target &&
           type->target->size_known && type->stride_bits < type->target->size_bits;
}

// GNAT keeps a packed array of up to 64 bits in an integer of 1, 2, 4 or 8 bytes. In larger ones its releases differ
// (an integer of 16 bytes or bytes), and components of more than a byte bring their alignment.
static void finish_bit_packed(struct type *type, uint64_t bits)
{
    if (bits > 64 && (bits <= 128 || type->target->size_bytes > 1))
        return;
    type->size_known = true;
    type->size_bytes = bits > 64 ? (bits + 7) / 8 : next_power_of_two((bits + 7) / 8);
    type->size_bits = 8 * type->size_bytes;
}

// GNAT writes the width of the values as the stride of any array whose index has gaps, packed or not. One that is
// not packed is named by a typedef of the array, one that is packed by the array itself.
struct error *array_unpack(struct type_builder *builder, const struct type *array, const struct type **result)
{
    *result = array;
    if (!array->index_has_gaps || !is_bit_packed(array))
        return NULL;
    struct type *whole = arena_alloc(&builder->arena, sizeof(*whole));
    if (!whole)
        return builder_broken(builder);
    *whole = *array;
    whole->stride_bits = 0;
    whole->size_known = false;
    array_finish(whole);
    *result = whole;
    return NULL;
}

void array_finish(struct type *type)
{
    if (type->size_known)
        return;
    uint64_t bits = type->stride_bits;
    if (!bits) {
        if (!type->target || !type->target->size_known)
            return;
        bits = type->target->size_bytes * 8;
    }
    for (size_t i = 0; i < type->dimensions_count; i++)
        if (!type->dimensions[i].count_known ||
            __builtin_mul_overflow(bits, type->dimensions[i].count, &bits))
            return;
    if (bits > UINT64_MAX - 7)
        return;
    if (is_bit_packed(type)) {
        finish_bit_packed(type, bits);
        return;
    }
    type->size_known = true;
    type->size_bytes = (bits + 7) / 8;
    // Vector registers come in powers of two: gcc allows no others, clang rounds its vectors of three.
    if (type->is_vector)
        type->size_bytes = next_power_of_two(type->size_bytes);
    type->size_bits = type->is_vector ? type->size_bytes * 8 : bits;
}
