// SPDX-License-Identifier: MIT
// Decodes rtypes (Go 1.19 to 1.27, internal/abi/type.go; runtime/type.go before):
//
//     word 0  size          word 1  bytes that hold pointers
//     2       hash u32, flags u8, align u8, field align u8, kind u8 (5 bits)
//     3       equal         4       gcdata
//     5       name i32 (an offset from the types region), pointer to this i32
//     then    what its kind needs: key, element, fields …
#include "gomap/rtype_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLAG_EXTRA_STAR = 2,
    FLAG_NAMED = 4,
    KIND_MASK = 31,
    FIELDS_MOST = 1 << 16,
    INDIRECT_ABOVE = 128, // bytes: larger keys and elements are kept behind pointers (MapMaxKeyBytes)
};
#define SIZE_MOST (UINT64_C(1) << 47)

// ---- one type ---------------------------------------------------------------------------------------------

// The part that all types have.
struct raw_type {
    uint64_t size_bytes, pointer_bytes;
    uint32_t hash;
    uint8_t flags, align_bytes, field_align_bytes, kind;
    int32_t name;
};

static bool is_power(uint64_t number)
{
    return number && !(number & (number - 1));
}

// Whether a type of the kind can have the size.
static bool is_size_right(const struct raw_type *raw, unsigned word)
{
    static const uint8_t fixed[] = {
        [GO_BOOL] = 1,    [GO_INT8] = 1,      [GO_INT16] = 2,      [GO_INT32] = 4,  [GO_INT64] = 8,
        [GO_UINT8] = 1,   [GO_UINT16] = 2,    [GO_UINT32] = 4,     [GO_UINT64] = 8, [GO_FLOAT32] = 4,
        [GO_FLOAT64] = 8, [GO_COMPLEX64] = 8, [GO_COMPLEX128] = 16};
    switch (raw->kind) {
    case GO_INT:
    case GO_UINT:
    case GO_UINTPTR:
    case GO_CHAN:
    case GO_FUNC:
    case GO_MAP:
    case GO_POINTER:
    case GO_UNSAFE_POINTER:
        return raw->size_bytes == word;
    case GO_INTERFACE:
    case GO_STRING:
        return raw->size_bytes == 2 * (uint64_t)word;
    case GO_SLICE:
        return raw->size_bytes == 3 * (uint64_t)word;
    case GO_ARRAY:
    case GO_STRUCT:
        return raw->size_bytes <= SIZE_MOST;
    default:
        return raw->size_bytes == fixed[raw->kind];
    }
}

// Reads the common part; false: this is no type.
static bool read_raw(struct go_types *types, uint64_t address, struct raw_type *raw)
{
    unsigned word = types->runtime->facts.word_bytes;
    const uint8_t *bytes = address % word ? NULL : types_read(types, address, rtype_descriptor_bytes(types));
    if (!bytes)
        return false;
    raw->size_bytes = types_word(types, bytes);
    raw->pointer_bytes = types_word(types, bytes + word);
    raw->hash = (uint32_t)runtime_number(types->runtime, bytes + 2 * word, 4);
    raw->flags = bytes[2 * word + 4];
    raw->align_bytes = bytes[2 * word + 5];
    raw->field_align_bytes = bytes[2 * word + 6];
    raw->kind = bytes[2 * word + 7] & KIND_MASK;
    raw->name = (int32_t)runtime_number(types->runtime, bytes + 4 * word + 8, 4);
    return raw->kind >= GO_BOOL && raw->kind <= GO_UNSAFE_POINTER && is_power(raw->align_bytes) &&
           is_power(raw->field_align_bytes) && raw->align_bytes <= 64 &&
           raw->field_align_bytes <= raw->align_bytes && raw->size_bytes % raw->align_bytes == 0 &&
           raw->pointer_bytes <= raw->size_bytes && is_size_right(raw, word);
}

static struct error *no_type(uint64_t address, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "no Go type at 0x%" PRIx64 ": %s", address, what);
}

// Word number `index` behind the common part; 0 where it cannot be read.
static uint64_t extra_word(struct go_types *types, uint64_t address, unsigned index)
{
    unsigned word = types->runtime->facts.word_bytes;
    const uint8_t *bytes =
        types_read(types, address + rtype_descriptor_bytes(types) + (uint64_t)index * word, word);
    return bytes ? types_word(types, bytes) : 0;
}

static struct error *read_text(struct go_types *types, const struct raw_type *raw, struct rtype *rtype)
{
    struct rtype_name name;
    // A type made at run time has its name elsewhere: its offset is negative.
    if (raw->name < 0) {
        rtype->text = "(a type made at run time)";
        return NULL;
    }
    if ((uint64_t)raw->name >= types->region.end - types->region.begin ||
        !types_read_name(types, types->region.begin + (uint64_t)raw->name, &name) || !*name.text)
        return no_type(rtype->address, "it has no name");
    if (raw->flags & FLAG_EXTRA_STAR && *name.text != '*')
        return no_type(rtype->address, "its name should begin with a star");
    rtype->text = name.text + (raw->flags & FLAG_EXTRA_STAR ? 1 : 0);
    return NULL;
}

// Fields: a slice of {name, type, offset}.
static struct error *read_fields(struct go_types *types, struct rtype *rtype)
{
    unsigned word = types->runtime->facts.word_bytes;
    uint64_t at = extra_word(types, rtype->address, 1), count = extra_word(types, rtype->address, 2);
    if (count > FIELDS_MOST)
        return no_type(rtype->address, "a struct of too many fields");
    const uint8_t *bytes = count ? types_read(types, at, count * 3 * word) : NULL;
    rtype->fields = arena_alloc_array(&types->arena, count, sizeof(*rtype->fields));
    if (!rtype->fields)
        return &error_out_of_memory;
    if (count && !bytes)
        return no_type(rtype->address, "a struct whose fields cannot be read");
    for (uint64_t i = 0; i < count; i++, bytes += 3 * word) {
        struct rtype_name name;
        struct raw_type raw;
        uint64_t type = types_word(types, bytes + word), offset = types_word(types, bytes + 2 * word);
        if (!types_read_name(types, types_word(types, bytes), &name) || !read_raw(types, type, &raw) ||
            offset > rtype->size_bytes || raw.size_bytes > rtype->size_bytes - offset)
            return no_type(rtype->address, "a struct with a field that cannot be");
        rtype->fields[rtype->fields_count++] = (struct rtype_field){
            .name = name.text, .type = type, .offset_bytes = offset, .is_embedded = name.is_embedded};
    }
    return NULL;
}

// A group has a control word and slots, a bucket tophash bytes, keys, elements and an overflow pointer: the first
// field tells by its kind.
static struct error *read_map(struct go_types *types, struct rtype *rtype)
{
    const struct rtype *slots;
    struct raw_type key, elem;
    rtype->key = extra_word(types, rtype->address, 0);
    rtype->elem = extra_word(types, rtype->address, 1);
    rtype->slots = extra_word(types, rtype->address, 2);
    if (!read_raw(types, rtype->key, &key) || !read_raw(types, rtype->elem, &elem))
        return no_type(rtype->address, "a map without a key or an element type");
    struct error *error = rtype_at(types, rtype->slots, &slots);
    if (error)
        return error;
    if (slots->kind != GO_STRUCT || slots->fields_count < 2 || slots->fields[0].offset_bytes != 0)
        return no_type(rtype->address, "a map whose group or bucket is none");
    const char *first = slots->fields[0].name;
    rtype->is_swiss = !strcmp(first, "ctrl");
    if (!rtype->is_swiss && (strcmp(first, "topbits") != 0 || slots->fields_count != 4))
        return no_type(rtype->address, "a map whose group or bucket is none");
    rtype->is_key_indirect = key.size_bytes > INDIRECT_ABOVE;
    rtype->is_elem_indirect = elem.size_bytes > INDIRECT_ABOVE;
    return NULL;
}

static struct error *read_by_kind(struct go_types *types, struct rtype *rtype)
{
    struct raw_type elem;
    switch (rtype->kind) {
    case GO_ARRAY:
    case GO_CHAN:
    case GO_POINTER:
    case GO_SLICE:
        rtype->elem = extra_word(types, rtype->address, 0);
        if (!read_raw(types, rtype->elem, &elem))
            return no_type(rtype->address, "it has no element type");
        if (rtype->kind != GO_ARRAY)
            return NULL;
        rtype->length = extra_word(types, rtype->address, 2);
        if (elem.size_bytes
                ? rtype->size_bytes / elem.size_bytes != rtype->length || rtype->size_bytes % elem.size_bytes
                : rtype->size_bytes != 0)
            return no_type(rtype->address, "an array of another size than its elements");
        return NULL;
    case GO_INTERFACE:
        rtype->has_methods = extra_word(types, rtype->address, 2) != 0;
        return NULL;
    case GO_MAP:
        return read_map(types, rtype);
    case GO_STRUCT:
        return read_fields(types, rtype);
    default:
        return NULL;
    }
}

// The name by package path is made of those of the parts.
static struct error *name_fill(struct go_types *types, struct rtype *rtype)
{
    const uint64_t parts[] = {rtype->key, rtype->elem};
    const char *names[] = {NULL, NULL};
    for (int i = 0; i < 2 && !rtype->is_named; i++) {
        const struct rtype *part;
        struct error *error = parts[i] ? rtype_at(types, parts[i], &part) : NULL;
        if (parts[i] && !error)
            names[i] = part->name;
        error_free(error);
    }
    rtype->name = rtype_name_of(types, rtype, names[0], names[1]);
    return rtype->name ? NULL : &error_out_of_memory;
}

static struct error *decode(struct go_types *types, uint64_t address, struct rtype **result)
{
    struct raw_type raw;
    if (!address || !read_raw(types, address, &raw))
        return no_type(address, "its kind, size and alignment do not go together");
    struct rtype *rtype = arena_alloc(&types->arena, sizeof(*rtype));
    if (!rtype)
        return &error_out_of_memory;
    *rtype = (struct rtype){.address = address,
                            .size_bytes = raw.size_bytes,
                            .kind = raw.kind,
                            .align_bytes = raw.align_bytes,
                            .is_named = raw.flags & FLAG_NAMED,
                            .has_pointers = raw.pointer_bytes != 0,
                            .hash = raw.hash};
    *result = rtype;
    RETURN_IF_ERROR(read_text(types, &raw, rtype));
    RETURN_IF_ERROR(read_by_kind(types, rtype));
    return name_fill(types, rtype);
}

struct error *rtype_at(struct go_types *types, uint64_t address, const struct rtype **result)
{
    *result = address_table_find(&types->rtypes, address);
    if (*result)
        return NULL;
    // A type is made of others and never of itself, but by a name or a pointer that is not followed here.
    for (unsigned i = 0; i < types->depth; i++) {
        if (types->decoding[i] == address)
            return no_type(address, "it is made of itself");
    }
    if (types->depth == RTYPE_DEPTH_MOST)
        return no_type(address, "it is made of too many others");
    struct rtype *rtype = NULL;
    types->decoding[types->depth++] = address;
    struct error *error = decode(types, address, &rtype);
    types->depth--;
    if (error)
        return error;
    if (!address_table_put(&types->rtypes, address, rtype))
        return &error_out_of_memory;
    *result = rtype;
    return NULL;
}

uint64_t go_types_dynamic(struct go_types *types, uint64_t first_word, bool has_methods)
{
    uint8_t bytes[8];
    unsigned word = types->runtime->facts.word_bytes;
    if (!first_word || !has_methods)
        return first_word;
    // itab: the interface's type, then the value's (internal/abi/iface.go).
    return runtime_try(types->runtime, first_word + word, bytes, word) ? types_word(types, bytes) : 0;
}
