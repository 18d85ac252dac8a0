// SPDX-License-Identifier: MIT
#include "layout/other_abi.h"

#include "layout/pack.h"
#include "layout/pack_model.h"
#include "type/language.h"

#include <elf.h>
#include <string.h>

// Sources: the psABI of each machine, table of scalar types; where long double is an option (ppc64, mips), gcc's default.
static const struct {
    const char *name;
    uint16_t machine;
    uint8_t address_bytes, long_bytes, long_double_bytes;
} abis[] = {
    {"x86-64", EM_X86_64, 8, 8, 16},   {"x32", EM_X86_64, 4, 4, 16},
    {"i386", EM_386, 4, 4, 12},        {"aarch64", EM_AARCH64, 8, 8, 16},
    {"arm", EM_ARM, 4, 4, 8},          {"riscv64", EM_RISCV, 8, 8, 16},
    {"riscv32", EM_RISCV, 4, 4, 16},   {"ppc64", EM_PPC64, 8, 8, 16},
    {"ppc", EM_PPC, 4, 4, 16},         {"s390x", EM_S390, 8, 8, 16},
    {"mips64", EM_MIPS, 8, 8, 16},     {"mips", EM_MIPS, 4, 4, 8},
    {"sparc64", EM_SPARCV9, 8, 8, 16}, {"loongarch", EM_LOONGARCH, 8, 8, 16},
    {"m68k", EM_68K, 4, 4, 12},
};

bool other_abi_named(const char *name, struct other_abi *other)
{
    for (size_t i = 0; i < ARRAY_LENGTH(abis); i++)
        if (!strcmp(abis[i].name, name)) {
            *other = (struct other_abi){.name = abis[i].name,
                                        .abi = abi_of_machine(abis[i].machine, 8u * abis[i].address_bytes),
                                        .address_bytes = abis[i].address_bytes,
                                        .long_bytes = abis[i].long_bytes,
                                        .long_double_bytes = abis[i].long_double_bytes};
            return true;
        }
    return false;
}

void other_abi_names(struct output *output, const char *separator)
{
    for (size_t i = 0; i < ARRAY_LENGTH(abis); i++) {
        output_text(output, i ? separator : "");
        output_text(output, abis[i].name);
    }
}

// --- Types, one by one ---

enum { TYPES_MOST = 4096, DEPTH_MOST = 64 };

struct relay {
    struct layouter *layouter, *own;
    const struct other_abi *other;
    struct arena *arena;
    const char *refusal;
    const struct type **from, **to; // what has been done already
    size_t count;
};

static struct error *relay_type(struct relay *relay, const struct type *type, unsigned depth,
                                const struct type **result);

static struct error *refuse(struct relay *relay, const struct type *type, const char *why)
{
    const char *text =
        arena_format(relay->arena, "%s %s", type->name ? type->name : "a type without a name", why);
    relay->refusal = relay->refusal ? relay->refusal : text;
    return relay->refusal ? NULL : &error_out_of_memory;
}

static void set_size(struct type *type, uint64_t size_bytes)
{
    type->size_known = true;
    type->size_bytes = size_bytes;
    type->size_bits = 8 * size_bytes;
}

static bool has_word(const char *name, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = strstr(name, word); at; at = strstr(at + 1, word))
        if ((at == name || at[-1] == ' ') && (at[length] == ' ' || !at[length]))
            return true;
    return false;
}

static struct error *relay_base(struct relay *relay, const struct type *type, struct type *made)
{
    const char *name = type->name ? type->name : "";
    const enum language_family family = language_family(type->language);
    const bool is_float = type->encoding == ENCODING_FLOAT;
    if (family == FAMILY_GO || family == FAMILY_RUST) {
        static const char *const words[] = {"int", "uint", "uintptr", "usize",
                                            "isize"}; // neither has the other's
        for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
            if (!strcmp(name, words[i]))
                set_size(made, relay->other->address_bytes);
        return NULL;
    }
    if (type->encoding == ENCODING_COMPLEX_FLOAT && has_word(name, "long"))
        return refuse(relay, type, "is of no size that is known there");
    if (is_float && has_word(name, "long"))
        set_size(made, relay->other->long_double_bytes);
    else if (!is_float && has_word(name, "long") && !strstr(name, "long long"))
        set_size(made, relay->other->long_bytes);
    if (type->size_bytes > 8 && !is_float && relay->other->address_bytes < 8)
        return refuse(relay, type, "is not there on that machine");
    return NULL;
}

// "int64_t" is long here and long long there; "intmax_t" likewise.
static bool has_fixed_size(const struct type *type)
{
    static const char *const ends[] = {"64_t", "quad_t", "intmax_t", "loff_t"};
    const size_t length = type->name ? strlen(type->name) : 0;
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
        if (length >= strlen(ends[i]) && !strcmp(type->name + length - strlen(ends[i]), ends[i]))
            return true;
    return false;
}

static uint64_t array_count(const struct type *type, bool *is_known)
{
    uint64_t count = 1;
    for (size_t i = 0; i < type->dimensions_count; i++) {
        *is_known &= type->dimensions[i].count_known;
        if (__builtin_mul_overflow(count, type->dimensions[i].count, &count))
            *is_known = false;
    }
    return count;
}

static struct error *relay_array(struct relay *relay, const struct type *type, unsigned depth,
                                 struct type *made)
{
    bool is_known = true;
    const uint64_t count = array_count(type, &is_known);
    if (!type->target)
        return refuse(relay, type, "is an array of nothing");
    RETURN_IF_ERROR(relay_type(relay, type->target, depth + 1, &made->target));
    if (relay->refusal || type->is_vector)
        return NULL;
    uint64_t bytes;
    made->size_known = type->size_known && is_known && made->target->size_known &&
                       !__builtin_mul_overflow(count, made->target->size_bytes, &bytes) &&
                       bytes < UINT64_C(1) << 48;
    if (made->size_known)
        set_size(made, bytes);
    made->stride_bits = 0;
    return NULL;
}

// --- Records ---

static struct error *place_members(struct relay *relay, const struct type *type, struct type *made,
                                   struct member *members)
{
    uint64_t at_bits = 0, most_bits = 0, align_bits = 8;
    struct pack_model model = {0};
    for (size_t i = 0; i < type->members_count; i++) {
        struct member *member = &members[i];
        const struct layout *layout;
        uint64_t align_bytes, most_bytes;
        RETURN_IF_ERROR(layout_compute(relay->own, member->type, &layout));
        RETURN_IF_ERROR(layout_member_align(relay->own, member, &align_bytes, &most_bytes));
        if (!align_bytes)
            return refuse(relay, type, "has a member whose alignment is not known there");
        const bool is_bits = member->kind == MEMBER_BITFIELD;
        struct pack_item item = {.member = member,
                                 .size_bits = is_bits                      ? member->size_bits
                                              : member_is_flexible(member) ? 0
                                                                           : layout->size_bits,
                                 .align_bits = 8 * align_bytes,
                                 .unit_bits = is_bits ? 8 * type_strip(member->type)->size_bytes : 0};
        struct pack_piece piece = {.count = 1};
        model.items = &item;
        model.items_count = 1;
        if (is_bits && (item.unit_bits < item.align_bits || item.size_bits > item.unit_bits ||
                        (relay->other->abi->open & ABI_BITS_FREE)))
            return refuse(relay, type, "has bit-fields that lie otherwise there");
        const uint64_t end =
            pack_place_piece(&model, &piece, type->kind == TYPE_UNION ? 0 : at_bits, &member->offset_bits);
        member->size_bits = item.size_bits;
        align_bits = item.align_bits > align_bits ? item.align_bits : align_bits;
        at_bits = end;
        most_bits = end > most_bits ? end : most_bits;
    }
    const bool is_empty_end = type->members_count && !members[type->members_count - 1].size_bits && most_bits;
    if (is_empty_end && language_family(type->language) == FAMILY_GO)
        most_bits += 8;
    if (align_is_valid(type->declared_align_bytes) && 8 * type->declared_align_bytes > align_bits)
        align_bits = 8 * type->declared_align_bytes;
    set_size(made, align_up(most_bits, align_bits) / 8);
    return NULL;
}

// Whether the rules explain how the record lies now: only then they tell how it would lie elsewhere.
static struct error *check_present(struct relay *relay, const struct type *type)
{
    const struct layout *layout;
    struct pack_trial trial;
    struct arena scratch CLEANUP(arena_free) = {0};
    RETURN_IF_ERROR(layout_compute(relay->layouter, type, &layout));
    if (type->kind == TYPE_UNION)
        return layout->align.packed ? refuse(relay, type, "is packed") : NULL;
    for (size_t i = 0; i < type->members_count; i++)
        if (type->members[i].kind != MEMBER_FIELD && type->members[i].kind != MEMBER_BITFIELD)
            return refuse(relay, type, "has base classes or virtual functions");
    RETURN_IF_ERROR(
        pack_try(relay->layouter, layout, &(struct pack_options){.force = true}, NULL, 0, &scratch, &trial));
    if (!trial.pack.refusal)
        return NULL;
    const char *why = arena_format(relay->arena, "cannot be laid out anew: %s", trial.pack.refusal);
    return why ? refuse(relay, type, why) : &error_out_of_memory;
}

static struct error *relay_record(struct relay *relay, const struct type *type, unsigned depth,
                                  struct type *made)
{
    if (type->is_declaration || type->by_name_only || !type->members_count)
        return NULL;
    if (type->variant_parts_count)
        return refuse(relay, type, "has variants, which the compiler places");
    RETURN_IF_ERROR(check_present(relay, type));
    struct member *members = arena_alloc_array(relay->arena, type->members_count, sizeof(*members));
    if (!members)
        return &error_out_of_memory;
    memcpy(members, type->members, type->members_count * sizeof(*members));
    for (size_t i = 0; i < type->members_count && !relay->refusal; i++)
        RETURN_IF_ERROR(relay_type(relay, type->members[i].type, depth + 1, &members[i].type));
    made->members = members;
    return relay->refusal ? NULL : place_members(relay, type, made, members);
}

static struct error *relay_into(struct relay *relay, const struct type *type, unsigned depth,
                                struct type *made)
{
    switch (type->kind) {
    case TYPE_BASE:
        return relay_base(relay, type, made);
    case TYPE_POINTER:
    case TYPE_REFERENCE:
    case TYPE_RVALUE_REFERENCE: // what is behind it does not lie in the record
        set_size(made, relay->other->address_bytes);
        return NULL;
    case TYPE_MEMBER_POINTER:
        set_size(made, (type->size_bytes > type->address_bytes ? 2u : 1u) * relay->other->address_bytes);
        return NULL;
    case TYPE_ARRAY:
        return relay_array(relay, type, depth, made);
    case TYPE_STRUCT:
    case TYPE_CLASS:
    case TYPE_UNION:
    case TYPE_INTERFACE:
        return relay_record(relay, type, depth, made);
    case TYPE_TYPEDEF:
        if (has_fixed_size(type))
            return NULL;
        break;
    case TYPE_CONST:
    case TYPE_VOLATILE:
    case TYPE_RESTRICT:
    case TYPE_ATOMIC:
    case TYPE_SUBRANGE:
        break;
    default:
        return NULL;
    }
    if (!type->target)
        return NULL;
    RETURN_IF_ERROR(relay_type(relay, type->target, depth + 1, &made->target));
    if (!relay->refusal && made->target->size_known && type->size_known)
        set_size(made, made->target->size_bytes);
    return NULL;
}

// In a copy of the fixed-size integer nothing refers to `long` any more.
static const struct type *fixed_integer(struct relay *relay, const struct type *type)
{
    struct type *made = arena_alloc(relay->arena, sizeof(*made));
    const struct type *integer = type_strip(type);
    if (!made)
        return NULL;
    *made = *integer;
    made->address_bytes = (uint8_t)relay->other->address_bytes;
    return made;
}

static struct error *relay_type(struct relay *relay, const struct type *type, unsigned depth,
                                const struct type **result)
{
    *result = type;
    for (size_t i = 0; i < relay->count; i++)
        if (relay->from[i] == type) {
            *result = relay->to[i];
            return NULL;
        }
    if (depth > DEPTH_MOST || relay->count == TYPES_MOST)
        return refuse(relay, type, "holds more types than are laid out anew");
    struct type *made = arena_alloc(relay->arena, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    *made = *type;
    made->address_bytes = (uint8_t)relay->other->address_bytes;
    made->alignments_may_be_unstated = false;
    relay->from[relay->count] = type;
    relay->to[relay->count++] = made;
    RETURN_IF_ERROR(relay_into(relay, type, depth, made));
    if (type->kind == TYPE_TYPEDEF && has_fixed_size(type) && !(made->target = fixed_integer(relay, type)))
        return &error_out_of_memory;
    *result = made;
    return NULL;
}

struct error *other_abi_layout(struct layouter *layouter, struct layouter *own, const struct type *type,
                               const struct other_abi *other, struct arena *arena, const struct type **result,
                               const char **refusal)
{
    struct relay relay = {.layouter = layouter,
                          .own = own,
                          .other = other,
                          .arena = arena,
                          .from = arena_alloc_array(arena, TYPES_MOST, sizeof(*relay.from)),
                          .to = arena_alloc_array(arena, TYPES_MOST, sizeof(*relay.to))};
    if (!relay.from || !relay.to)
        return &error_out_of_memory;
    RETURN_IF_ERROR(relay_type(&relay, type, 0, result));
    *refusal = relay.refusal;
    return NULL;
}
