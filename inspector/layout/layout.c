// SPDX-License-Identifier: MIT
#include "layout/layout.h"

#include "base/slots.h"
#include "base/vec.h"
#include "layout/layouter.h"
#include "type/language.h"

#include <stdlib.h>
#include <string.h>

const char *layout_class_word(enum layout_class class)
{
    static const char *const words[LAYOUT_CLASSES] = {
        [LAYOUT_MEMBER] = "member",
        [LAYOUT_BITFIELD] = "bit_field",
        [LAYOUT_BASE] = "base",
        [LAYOUT_VPTR] = "vptr",
        [LAYOUT_VARIANT] = "variant",
        [LAYOUT_UNION_SHARED] = "union_shared",
        [LAYOUT_HOLE] = "hole",
        [LAYOUT_BIT_HOLE] = "bit_hole",
        [LAYOUT_TAIL_PADDING] = "tail_padding",
        [LAYOUT_REUSED_TAIL] = "reused_tail",
        [LAYOUT_UNKNOWN] = "unknown",
    };
    return words[class];
}

const char *align_source_word(enum align_source source)
{
    static const char *const words[] = {
        [ALIGN_UNKNOWN] = "unknown", [ALIGN_ABI] = "abi",     [ALIGN_DECLARED] = "declared",
        [ALIGN_PROVEN] = "proven",   [ALIGN_BOUND] = "bound",
    };
    return words[source];
}

struct error *layouter_create(const struct layout_options *options, struct layouter **layouter)
{
    struct layouter *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    if (options)
        made->options = *options;
    if (!made->options.cacheline_bytes)
        made->options.cacheline_bytes = 64;
    if (!made->options.abi)
        made->options.abi = abi_natural();
    arena_init(&made->arena);
    *layouter = made;
    return NULL;
}

void layouter_free(struct layouter *layouter)
{
    if (!layouter)
        return;
    arena_free(&layouter->arena);
    record_room_free(layouter->room);
    free(layouter->slots);
    free(layouter);
}

void layouter_forget(struct layouter *layouter)
{
    arena_reset(&layouter->arena);
    if (layouter->slots_used)
        memset(layouter->slots, 0, layouter->slots_count * sizeof(*layouter->slots));
    layouter->slots_used = 0;
}

// The slot of `type`, or the empty one where it belongs. The table is never full.
static struct layouter_slot *slot_of(const struct layouter *layouter, const struct type *type)
{
    uint64_t hash = (uint64_t)(uintptr_t)type * 0x9e3779b97f4a7c15;
    for (size_t i = hash >> 32;; i++) {
        struct layouter_slot *slot = &layouter->slots[i & (layouter->slots_count - 1)];
        if (!slot->type || slot->type == type)
            return slot;
    }
}

static bool slots_grow(struct layouter *layouter)
{
    struct layouter old = *layouter;
    size_t wanted = old.slots_count ? old.slots_count * 2 : 256;
    struct layouter_slot *slots = slots_alloc(wanted, sizeof(*slots));
    if (!slots)
        return false;
    layouter->slots = slots;
    layouter->slots_count = wanted;
    for (size_t i = 0; i < old.slots_count; i++)
        if (old.slots[i].type)
            *slot_of(layouter, old.slots[i].type) = old.slots[i];
    free(old.slots);
    return true;
}

const struct layout *layouter_find(const struct layouter *layouter, const struct type *type)
{
    return layouter->slots_count ? slot_of(layouter, type)->layout : NULL;
}

bool member_is_flexible(const struct member *member)
{
    const struct type *type = type_strip(member->type);
    if (type->kind != TYPE_ARRAY)
        return false;
    for (size_t i = 0; i < type->dimensions_count; i++) {
        const struct array_dimension *dimension = &type->dimensions[i];
        if (dimension->count_known ? dimension->count == 0 : !dimension->is_variable)
            return true;
    }
    return false;
}

bool member_is_open_ended(const struct member *member)
{
    enum language_family family = language_family(member->type->language);
    if (!member_is_flexible(member))
        return false;
    // [T; 0] is a value like others in Go and Rust; in C, what it stands for follows.
    bool has_values = family == FAMILY_GO || family == FAMILY_RUST;
    return !has_values || !type_strip(member->type)->dimensions[0].count_known;
}

const struct member *variant_fields(const struct variant *variant, size_t *count, uint64_t *base_bits)
{
    *base_bits = 0;
    *count = variant->members_count;
    if (variant->members_count != 1)
        return variant->members;
    const struct member *only = &variant->members[0];
    const struct type *type = type_strip(only->type);
    if (language_family(type->language) != FAMILY_RUST || type->kind != TYPE_STRUCT || type->is_declaration)
        return variant->members;
    *base_bits = only->offset_bits;
    *count = type->members_count;
    return type->members;
}

bool layout_member_straddles(const struct layout *layout, const struct member *member)
{
    uint64_t line_bits = bytes_to_bits_saturating(layout->cacheline_bytes);
    if (!member->offset_known || !member->size_known || !member->size_bits || member->size_bits > line_bits)
        return false;
    uint64_t last_bit = saturating_add(member->offset_bits, member->size_bits - 1);
    return member->offset_bits / line_bits != last_bit / line_bits;
}

// The stack of the walk: a type stands twice in it, to be entered and, above all that it holds, to be done.
// So nesting of any depth needs no recursion.
struct layout_step {
    const struct type *type;
    bool is_done;
};

typedef VEC(struct layout_step) steps_vec;

static bool steps_push(steps_vec *steps, const struct type *type)
{
    return !type || vec_push(steps, (struct layout_step){type, false});
}

static bool steps_push_members(steps_vec *steps, const struct member *members, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!steps_push(steps, members[i].type))
            return false;
    return true;
}

// Whether `type` is laid out as its target is.
static bool type_wraps(const struct type *type)
{
    return type->kind == TYPE_TYPEDEF || type->kind == TYPE_CONST || type->kind == TYPE_VOLATILE ||
           type->kind == TYPE_RESTRICT || type->kind == TYPE_ATOMIC;
}

// All that lies in `type` by value.
static bool steps_push_parts(steps_vec *steps, const struct type *type)
{
    if (type_wraps(type) || type->kind == TYPE_ARRAY || type->kind == TYPE_ENUM ||
        type->kind == TYPE_SUBRANGE)
        return steps_push(steps, type->target);
    if (!type_has_members(type))
        return true;
    if (!steps_push_members(steps, type->members, type->members_count))
        return false;
    for (size_t p = 0; p < type->variant_parts_count; p++) {
        const struct variant_part *part = &type->variant_parts[p];
        if (part->discriminant && !steps_push(steps, part->discriminant->type))
            return false;
        for (size_t v = 0; v < part->variants_count; v++)
            if (!steps_push_members(steps, part->variants[v].members, part->variants[v].members_count))
                return false;
    }
    return true;
}

// A guess is a bound: it is the natural alignment, and no rule goes above that.
static void layout_say_align(struct layout *layout, uint64_t bytes, uint64_t guess_least_bytes)
{
    const bool is_guess = guess_least_bytes != 0;
    layout->align = (struct layout_align){.bytes = is_guess ? 0 : bytes,
                                          .source = !bytes     ? ALIGN_UNKNOWN
                                                    : is_guess ? ALIGN_BOUND
                                                               : ALIGN_ABI,
                                          .least_bytes = is_guess ? guess_least_bytes
                                                         : bytes  ? bytes
                                                                  : 1,
                                          .most_bytes = bytes};
}

static void layout_scalar(const struct layouter *layouter, const struct type *type, struct layout *layout)
{
    layout->accounting_bits[type->is_declaration ? LAYOUT_UNKNOWN : LAYOUT_MEMBER] = layout->size_bits;
    layout->data_end_bits = layout->size_bits;
    uint64_t align_bytes = abi_scalar_align_bytes(layouter->options.abi, type);
    layout_say_align(layout, align_bytes, abi_scalar_guess_bytes(layouter->options.abi, type));
}

static void layout_say_vector_align(const struct layouter *layouter, const struct type *type,
                                    struct layout *layout)
{
    const struct abi *abi = layouter->options.abi;
    layout_say_align(layout, abi_vector_align_bytes(abi, type), abi_vector_least_bytes(abi, type));
}

// A packed array of Ada is an integer, or, when it is larger, bytes.
static void layout_say_packed_align(const struct type *type, struct layout *layout)
{
    const bool is_integer = type->size_known && type->size_bytes <= 8 && align_is_valid(type->size_bytes);
    layout_say_align(layout, is_integer ? type->size_bytes : 16, is_integer ? 0 : 1);
}

// The element's waste times the number of elements, and what a stride larger than the element leaves between
// them.
static void layout_array(const struct layouter *layouter, const struct type *type, struct layout *layout)
{
    const struct layout *element = type->target ? layouter_find(layouter, type->target) : NULL;
    layout_scalar(layouter, type, layout);
    layout->align = (struct layout_align){0};
    if (!element)
        return;
    layout->align = element->align;
    layout->align.from = NULL;
    layout->align.packed = false;
    layout->align.packed_proof = NULL;
    if (type->is_vector && layout->size_known && type->size_bytes)
        layout_say_vector_align(layouter, type, layout);
    if (type->language == LANGUAGE_ADA && type->stride_bits && type->stride_bits < element->size_bits)
        layout_say_packed_align(type, layout);
    uint64_t count = 1;
    for (size_t i = 0; i < type->dimensions_count; i++)
        count = saturating_multiply(count, type->dimensions[i].count_known ? type->dimensions[i].count : 0);
    uint64_t between_bits = element->size_known ? subtract_or_zero(type->stride_bits, element->size_bits) : 0;
    layout->deep_waste_bits =
        saturating_multiply(count, saturating_add(element->deep_waste_bits, between_bits));
    if (layout->deep_waste_bits > layout->size_bits)
        layout->deep_waste_bits = layout->size_bits;
}

// Padding behind what the type without the wrapper has.
static void layout_pad(struct layout *layout, uint64_t size_bits)
{
    if (!layout->size_known || layout->size_bits >= size_bits)
        return;
    const uint64_t padding_bits = size_bits - layout->size_bits;
    layout->size_bits = size_bits;
    layout->accounting_bits[LAYOUT_TAIL_PADDING] += padding_bits;
    layout->own_waste_bits += padding_bits;
    layout->deep_waste_bits += padding_bits;
}

static void layout_wrapper(const struct layouter *layouter, const struct type *type, struct layout *layout)
{
    const struct layout *target = type->target ? layouter_find(layouter, type->target) : NULL;
    if (!target) {
        layout_scalar(layouter, type, layout);
        return;
    }
    const bool is_sized = layout->size_known;
    const uint64_t own_bits = layout->size_bits;
    *layout = *target;
    if (type->kind == TYPE_ATOMIC && type->atomic_rule == ATOMIC_PADDED && is_sized)
        layout_pad(layout, own_bits);
    // gcc and clang raise _Atomic types of 1, 2, 4, 8 and 16 bytes to their size, for lock-free access.
    uint64_t size_bytes = layout->size_bits / 8, word_bytes = layouter->options.abi->word_bytes;
    bool is_kept = word_bytes < 4 && size_bytes > word_bytes; // m68k: no more than the integer of that size
    if (type->kind == TYPE_ATOMIC && !is_kept && size_bytes <= 16 && align_is_valid(size_bytes) &&
        layout->align.bytes < size_bytes)
        layout_say_align(layout, size_bytes, 0);
    // clang pads others up to 16 bytes to the next of these sizes, gcc does not; who compiled it may not be known.
    if (type->kind == TYPE_ATOMIC && type->atomic_rule != ATOMIC_AS_IS && size_bytes && size_bytes < 16 &&
        (size_bytes & (size_bytes - 1))) {
        layout->align.most_bytes = size_bytes < 4 ? 4 : size_bytes < 8 ? 8 : 16;
        layout->align.source = ALIGN_BOUND;
        layout->align.bytes = 0;
    }
}

// An enumeration or a subrange aligns as the integer under it does.
static void layout_enumeration(const struct layouter *layouter, const struct type *type,
                               struct layout *layout)
{
    layout_scalar(layouter, type, layout);
    const struct layout *target = type->target ? layouter_find(layouter, type->target) : NULL;
    if (target && target->size_bits == layout->size_bits && target->align.most_bytes)
        layout->align = target->align;
}

static struct error *layout_finish(struct layouter *layouter, const struct type *type, struct layout *layout)
{
    layout->type = type;
    layout->cacheline_bytes = layouter->options.cacheline_bytes;
    layout->size_known = type->size_known && !type->is_declaration;
    layout->size_bits = layout->size_known ? bytes_to_bits_saturating(type->size_bytes) : 0;
    struct error *error = NULL;
    if (type_wraps(type))
        layout_wrapper(layouter, type, layout);
    else if (type->kind == TYPE_ARRAY)
        layout_array(layouter, type, layout);
    else if (type->kind == TYPE_ENUM || type->kind == TYPE_SUBRANGE)
        layout_enumeration(layouter, type, layout);
    else if (type_has_members(type) && !type->is_declaration)
        error = layout_record(layouter, type, layout);
    else
        layout_scalar(layouter, type, layout);
    // What a record declares has been weighed with its members.
    bool is_weighed = type_has_members(type) && !type->is_declaration;
    if (align_is_valid(type->declared_align_bytes) && !is_weighed) {
        layout_say_align(layout, type->declared_align_bytes, 0);
        layout->align.source = ALIGN_DECLARED;
    }
    uint64_t line_bits = bytes_to_bits_saturating(layout->cacheline_bytes);
    layout->cache_lines = layout->size_bits / line_bits + (layout->size_bits % line_bits != 0);
    return error;
}

static struct error *layouter_step(struct layouter *layouter, steps_vec *steps)
{
    struct layout_step step = steps->data[--steps->length];
    if ((layouter->slots_used + 1) * 2 > layouter->slots_count && !slots_grow(layouter))
        return &error_out_of_memory;
    struct layouter_slot *slot = slot_of(layouter, step.type);
    if (!step.is_done) {
        if (slot->type)
            return NULL; // done, or under way above
        slot->type = step.type;
        layouter->slots_used++;
        bool pushed =
            vec_push(steps, (struct layout_step){step.type, true}) && steps_push_parts(steps, step.type);
        return pushed ? NULL : &error_out_of_memory;
    }
    struct layout *layout = arena_alloc(&layouter->arena, sizeof(*layout));
    if (!layout)
        return &error_out_of_memory;
    RETURN_IF_ERROR(layout_finish(layouter, step.type, layout));
    slot->layout = layout;
    return NULL;
}

struct error *layout_compute(struct layouter *layouter, const struct type *type, const struct layout **layout)
{
    *layout = type && layouter->slots_count ? layouter_find(layouter, type) : NULL;
    if (*layout) // as most are: what a member holds has been laid out with the record
        return NULL;
    steps_vec steps = {0};
    struct error *error = steps_push(&steps, type) ? NULL : &error_out_of_memory;
    while (!error && steps.length)
        error = layouter_step(layouter, &steps);
    vec_free(&steps);
    if (!error)
        *layout = layouter_find(layouter, type);
    return error;
}

struct error *layout_member_align(struct layouter *layouter, const struct member *member,
                                  uint64_t *align_bytes, uint64_t *most_bytes)
{
    const struct layout *layout;
    RETURN_IF_ERROR(layout_compute(layouter, member->type, &layout));
    *align_bytes = layout_align_in(NULL, member, layout);
    *most_bytes = *align_bytes ? *align_bytes : layout->align.most_bytes;
    if (!*align_bytes && align_is_valid(member->declared_align_bytes) && *most_bytes &&
        *most_bytes < member->declared_align_bytes)
        *align_bytes = *most_bytes = member->declared_align_bytes;
    return NULL;
}

bool member_is_fn_item(const struct member *member)
{
    const struct type *type = type_strip(member->type);
    return member->size_known && !member->size_bits && type->kind == TYPE_POINTER && type->target &&
           type->target->kind == TYPE_FUNCTION && language_family(type->language) == FAMILY_RUST;
}

uint64_t layout_align_in(const struct layout *owner, const struct member *member, const struct layout *own)
{
    if (member_is_fn_item(member))
        return 1;
    const uint64_t declared_bytes =
        align_is_valid(member->declared_align_bytes) ? member->declared_align_bytes : 0;
    bool is_packed = owner && owner->align.packed;
    if (declared_bytes && (is_packed || own->align.most_bytes == 0))
        return declared_bytes;
    if (!own->align.bytes)
        return own->align.most_bytes <= declared_bytes ? declared_bytes : 0;
    return declared_bytes > own->align.bytes ? declared_bytes : own->align.bytes;
}
