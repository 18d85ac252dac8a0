// SPDX-License-Identifier: MIT
#include "hmap_type.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define PLAIN(c_name, go_name, size, ...)                                                                    \
    const struct hmap_kind c_name = {.name = (go_name),                                                      \
                                     .size_bytes = (size),                                                   \
                                     .align_bytes = (size),                                                  \
                                     .reflexive = true,                                                      \
                                     .algorithm = HMAP_ALG_PLAIN,                                            \
                                     __VA_ARGS__}

PLAIN(hmap_kind_bool, "bool", 1, .printing = HMAP_PRINT_BOOL);
PLAIN(hmap_kind_int8, "int8", 1, .printing = HMAP_PRINT_SIGNED);
PLAIN(hmap_kind_int16, "int16", 2, .printing = HMAP_PRINT_SIGNED);
PLAIN(hmap_kind_int32, "int32", 4, .printing = HMAP_PRINT_SIGNED);
PLAIN(hmap_kind_int64, "int64", 8, .printing = HMAP_PRINT_SIGNED);
PLAIN(hmap_kind_uint8, "uint8", 1, .printing = HMAP_PRINT_UNSIGNED);
PLAIN(hmap_kind_uint16, "uint16", 2, .printing = HMAP_PRINT_UNSIGNED);
PLAIN(hmap_kind_uint32, "uint32", 4, .printing = HMAP_PRINT_UNSIGNED);
PLAIN(hmap_kind_uint64, "uint64", 8, .printing = HMAP_PRINT_UNSIGNED);
PLAIN(hmap_kind_pointer, "unsafe.Pointer", 8, .printing = HMAP_PRINT_ADDRESS, .has_pointers = true,
      .pointer_shaped = true);

const struct hmap_kind hmap_kind_float32 = {.name = "float32",
                                            .size_bytes = 4,
                                            .align_bytes = 4,
                                            .algorithm = HMAP_ALG_FLOAT32,
                                            .needs_key_update = true};
const struct hmap_kind hmap_kind_float64 = {.name = "float64",
                                            .size_bytes = 8,
                                            .align_bytes = 8,
                                            .algorithm = HMAP_ALG_FLOAT64,
                                            .needs_key_update = true};
const struct hmap_kind hmap_kind_complex64 = {.name = "complex64",
                                              .size_bytes = 8,
                                              .align_bytes = 4,
                                              .algorithm = HMAP_ALG_COMPLEX64,
                                              .needs_key_update = true};
const struct hmap_kind hmap_kind_complex128 = {.name = "complex128",
                                               .size_bytes = 16,
                                               .align_bytes = 8,
                                               .algorithm = HMAP_ALG_COMPLEX128,
                                               .needs_key_update = true};
const struct hmap_kind hmap_kind_string = {.name = "string",
                                           .size_bytes = sizeof(struct hmap_string),
                                           .align_bytes = 8,
                                           .algorithm = HMAP_ALG_STRING,
                                           .has_pointers = true,
                                           .reflexive = true,
                                           .needs_key_update = true};
const struct hmap_kind hmap_kind_interface = {.name = "interface {}",
                                              .size_bytes = sizeof(struct hmap_interface),
                                              .align_bytes = 8,
                                              .algorithm = HMAP_ALG_INTERFACE,
                                              .has_pointers = true,
                                              .needs_key_update = true,
                                              .hash_can_fail = true};
const struct hmap_kind hmap_kind_empty_struct = {
    .name = "struct {}", .align_bytes = 1, .algorithm = HMAP_ALG_PLAIN, .reflexive = true};
const struct hmap_kind hmap_kind_slice = {.name = "[]int",
                                          .size_bytes = 24,
                                          .align_bytes = 8,
                                          .algorithm = HMAP_ALG_UNHASHABLE,
                                          .has_pointers = true,
                                          .reflexive = true};
const struct hmap_kind hmap_kind_func = {.name = "func()",
                                         .size_bytes = 8,
                                         .align_bytes = 8,
                                         .algorithm = HMAP_ALG_UNHASHABLE,
                                         .printing = HMAP_PRINT_ADDRESS,
                                         .has_pointers = true,
                                         .pointer_shaped = true,
                                         .reflexive = true};

static bool is_blank(const struct hmap_field *field)
{
    return field->name && strcmp(field->name, "_") == 0;
}

static bool is_composite(enum hmap_algorithm algorithm)
{
    return algorithm == HMAP_ALG_STRUCT || algorithm == HMAP_ALG_ARRAY;
}

enum hmap_status hmap_kind_make_array(struct hmap_kind *kind, const char *name,
                                      const struct hmap_kind *element, uint64_t count)
{
    uint64_t size_bytes;
    if (__builtin_mul_overflow(element->size_bytes, count, &size_bytes) || size_bytes > HMAP_MAX_VALUE_BYTES)
        return HMAP_TOO_LARGE;
    *kind = *element; // alignment and the properties of the values are the element's
    kind->name = name;
    kind->size_bytes = size_bytes;
    kind->element = element;
    kind->count = count;
    kind->fields = NULL;
    kind->printing = HMAP_PRINT_BYTES;
    kind->has_pointers = element->has_pointers && count > 0;
    kind->pointer_shaped = element->pointer_shaped && count == 1;
    // The compiler's rules: an array of none is nothing to hash, one of one is its element.
    if (element->algorithm == HMAP_ALG_UNHASHABLE || element->algorithm == HMAP_ALG_PLAIN)
        kind->algorithm = element->algorithm;
    else if (count == 0)
        kind->algorithm = HMAP_ALG_PLAIN;
    else if (count > 1 || is_composite(element->algorithm))
        kind->algorithm = HMAP_ALG_ARRAY;
    return HMAP_OK;
}

enum hmap_status hmap_kind_make_struct(struct hmap_kind *kind, const char *name, struct hmap_field *fields,
                                       uint64_t count)
{
    *kind = (struct hmap_kind){.name = name,
                               .align_bytes = 1,
                               .algorithm = HMAP_ALG_STRUCT,
                               .reflexive = true,
                               .printing = HMAP_PRINT_BYTES,
                               .fields = fields,
                               .count = count};
    bool plain = true, hashable = true;
    uint64_t end = 0;
    for (uint64_t i = 0; i < count; i++) {
        const struct hmap_kind *part = fields[i].kind;
        uint64_t offset_bytes = (end + part->align_bytes - 1) / part->align_bytes * part->align_bytes;
        if (part->size_bytes > HMAP_MAX_VALUE_BYTES - offset_bytes)
            return HMAP_TOO_LARGE;
        plain = plain && part->algorithm == HMAP_ALG_PLAIN && offset_bytes == end && !is_blank(&fields[i]);
        hashable = hashable && part->algorithm != HMAP_ALG_UNHASHABLE;
        fields[i].offset_bytes = offset_bytes;
        end = offset_bytes + part->size_bytes;
        if (part->align_bytes > kind->align_bytes)
            kind->align_bytes = part->align_bytes;
        kind->has_pointers |= part->has_pointers;
        kind->reflexive &= part->reflexive;
        kind->needs_key_update |= part->needs_key_update;
        kind->hash_can_fail |= part->hash_can_fail;
    }
    // A last field of no size gets a byte, so that its address stays inside (cmd/compile,
    // types.CalcStructSize).
    if (count > 0 && end > 0 && fields[count - 1].kind->size_bytes == 0)
        end++;
    kind->size_bytes = (end + kind->align_bytes - 1) / kind->align_bytes * kind->align_bytes;
    if (!hashable)
        kind->algorithm = HMAP_ALG_UNHASHABLE;
    else if (plain && kind->size_bytes == end &&
             (count == 0 || fields[count - 1].kind->size_bytes > 0 || end == 0))
        kind->algorithm = HMAP_ALG_PLAIN;
    else if (count == 1 && !is_blank(&fields[0]) && !is_composite(fields[0].kind->algorithm))
        kind->algorithm = fields[0].kind->algorithm;
    kind->pointer_shaped = count == 1 && fields[0].kind->pointer_shaped;
    return HMAP_OK;
}

static bool equal_floats(const void *left, const void *right, uint64_t count, bool narrow)
{
    for (uint64_t i = 0; i < count; i++) {
        double a, b;
        if (narrow) {
            float narrow_a, narrow_b;
            memcpy(&narrow_a, (const char *)left + 4 * i, 4);
            memcpy(&narrow_b, (const char *)right + 4 * i, 4);
            a = narrow_a;
            b = narrow_b;
        } else {
            memcpy(&a, (const char *)left + 8 * i, 8);
            memcpy(&b, (const char *)right + 8 * i, 8);
        }
        if (!(a == b))
            return false;
    }
    return true;
}

static bool equal_interfaces(const void *left, const void *right)
{
    struct hmap_interface a, b;
    memcpy(&a, left, sizeof a);
    memcpy(&b, right, sizeof b);
    if (a.kind != b.kind)
        return false;
    if (!a.kind)
        return true;
    if (a.kind->algorithm == HMAP_ALG_UNHASHABLE)
        return false;
    return a.kind->pointer_shaped ? a.data == b.data : hmap_kind_equal(a.kind, a.data, b.data);
}

bool hmap_kind_equal(const struct hmap_kind *kind, const void *left, const void *right)
{
    switch (kind->algorithm) {
    case HMAP_ALG_UNHASHABLE:
        return false;
    case HMAP_ALG_PLAIN:
        return memcmp(left, right, kind->size_bytes) == 0;
    case HMAP_ALG_STRING: {
        struct hmap_string a, b;
        memcpy(&a, left, sizeof a);
        memcpy(&b, right, sizeof b);
        return a.len == b.len && (a.data == b.data || memcmp(a.data, b.data, (size_t)a.len) == 0);
    }
    case HMAP_ALG_FLOAT32:
        return equal_floats(left, right, 1, true);
    case HMAP_ALG_FLOAT64:
        return equal_floats(left, right, 1, false);
    case HMAP_ALG_COMPLEX64:
        return equal_floats(left, right, 2, true);
    case HMAP_ALG_COMPLEX128:
        return equal_floats(left, right, 2, false);
    case HMAP_ALG_INTERFACE:
        return equal_interfaces(left, right);
    case HMAP_ALG_STRUCT:
        for (uint64_t i = 0; i < kind->count; i++) {
            const struct hmap_field *field = &kind->fields[i];
            if (is_blank(field))
                continue;
            if (!hmap_kind_equal(field->kind, (const char *)left + field->offset_bytes,
                                 (const char *)right + field->offset_bytes))
                return false;
        }
        return true;
    case HMAP_ALG_ARRAY:
        for (uint64_t i = 0; i < kind->count; i++) {
            uint64_t at_bytes = i * kind->element->size_bytes;
            if (!hmap_kind_equal(kind->element, (const char *)left + at_bytes,
                                 (const char *)right + at_bytes))
                return false;
        }
        return true;
    }
    return false;
}

// cmd/compile, walk.mapfast
static enum hmap_variant variant_of(const struct hmap_type *type)
{
    if (type->elem->size_bytes > HMAP_MAX_INLINE_BYTES)
        return HMAP_VARIANT_GENERIC;
    if (type->key->algorithm == HMAP_ALG_STRING)
        return HMAP_VARIANT_FASTSTR;
    if (type->key->algorithm == HMAP_ALG_PLAIN && type->key->size_bytes == 8)
        return HMAP_VARIANT_FAST64;
    if (type->key->algorithm == HMAP_ALG_PLAIN && type->key->size_bytes == 4)
        return HMAP_VARIANT_FAST32;
    return HMAP_VARIANT_GENERIC;
}

static bool fits_a_bucket(const struct hmap_kind *kind)
{
    return kind->align_bytes >= 1 && kind->align_bytes <= 8 && kind->size_bytes % kind->align_bytes == 0;
}

enum hmap_status hmap_type_make(struct hmap_type *type, const struct hmap_kind *key,
                                const struct hmap_kind *elem)
{
    *type = (struct hmap_type){0};
    if (key->algorithm == HMAP_ALG_UNHASHABLE || !fits_a_bucket(key) || !fits_a_bucket(elem))
        return HMAP_BAD_TYPE;
    if (key->size_bytes > HMAP_MAX_VALUE_BYTES || elem->size_bytes > HMAP_MAX_VALUE_BYTES)
        return HMAP_TOO_LARGE;
    bool indirect_key = key->size_bytes > HMAP_MAX_INLINE_BYTES;
    bool indirect_elem = elem->size_bytes > HMAP_MAX_INLINE_BYTES;
    type->key = key;
    type->elem = elem;
    type->key_slot_bytes = indirect_key ? sizeof(void *) : (uint8_t)key->size_bytes;
    type->elem_slot_bytes = indirect_elem ? sizeof(void *) : (uint8_t)elem->size_bytes;
    type->bucket_bytes = HMAP_DATA_OFFSET + (uint32_t)HMAP_BUCKET_SLOTS * type->key_slot_bytes +
                         (uint32_t)HMAP_BUCKET_SLOTS * type->elem_slot_bytes + (uint32_t)sizeof(void *);
    type->bucket_has_pointers = key->has_pointers || elem->has_pointers || indirect_key || indirect_elem;
    type->flags =
        (uint8_t)((indirect_key ? HMAP_INDIRECT_KEY : 0) | (indirect_elem ? HMAP_INDIRECT_ELEM : 0) |
                  (key->reflexive ? HMAP_REFLEXIVE_KEY : 0) |
                  (key->needs_key_update ? HMAP_NEED_KEY_UPDATE : 0) |
                  (key->hash_can_fail ? HMAP_HASH_MIGHT_PANIC : 0));
    type->variant = variant_of(type);
    return HMAP_OK;
}

// ---- printing ------------------------------------------------------------------------

// A text buffer that fills and then swallows.
struct type_text {
    char *bytes;
    size_t size_bytes;
    size_t used;
};

static void text_add(struct type_text *text, char byte)
{
    if (text->used + 1 < text->size_bytes)
        text->bytes[text->used++] = byte;
}

static void text_add_all(struct type_text *text, const char *more)
{
    while (*more)
        text_add(text, *more++);
}

static void text_add_string(struct type_text *text, struct hmap_string string)
{
    text_add(text, '"');
    for (int64_t i = 0; i < string.len && text->used + 1 < text->size_bytes; i++) {
        unsigned char byte = (unsigned char)string.data[i];
        char escape[8];
        if (byte == '"' || byte == '\\')
            text_add(text, '\\');
        snprintf(escape, sizeof escape, "\\x%02x", byte);
        if (byte < 0x20 || byte == 0x7f)
            text_add_all(text, escape);
        else
            text_add(text, (char)byte);
    }
    text_add(text, '"');
}

static void text_add_float(struct type_text *text, double number)
{
    char digits[48];
    if (number != number)
        text_add_all(text, "NaN");
    else if (isinf(number))
        text_add_all(text, number > 0 ? "+Inf" : "-Inf");
    else {
        snprintf(digits, sizeof digits, "%.9g", number);
        text_add_all(text, digits);
    }
}

static void text_add_value(struct type_text *text, const struct hmap_kind *kind, const void *value);

static void text_add_bytes(struct type_text *text, const uint8_t *bytes, uint64_t size_bytes)
{
    for (uint64_t i = 0; i < size_bytes && text->used + 1 < text->size_bytes; i++) {
        text_add(text, "0123456789abcdef"[bytes[i] >> 4]);
        text_add(text, "0123456789abcdef"[bytes[i] & 15]);
    }
}

static void text_add_plain(struct type_text *text, const struct hmap_kind *kind, const void *value)
{
    char digits[32];
    uint64_t word = 0;
    if (kind->size_bytes == 0) {
        text_add_all(text, "{}");
        return;
    }
    if (kind->size_bytes > 8 || kind->printing == HMAP_PRINT_BYTES) {
        text_add_bytes(text, value, kind->size_bytes);
        return;
    }
    memcpy(&word, value, kind->size_bytes);
    unsigned unused_bits = (unsigned)(64 - 8 * kind->size_bytes);
    if (kind->printing == HMAP_PRINT_BOOL)
        snprintf(digits, sizeof digits, "%s", word ? "true" : "false");
    else if (kind->printing == HMAP_PRINT_ADDRESS)
        snprintf(digits, sizeof digits, "0x%llx", (unsigned long long)word);
    else if (kind->printing == HMAP_PRINT_SIGNED)
        snprintf(digits, sizeof digits, "%lld", (long long)((int64_t)(word << unused_bits) >> unused_bits));
    else
        snprintf(digits, sizeof digits, "%llu", (unsigned long long)word);
    text_add_all(text, digits);
}

static void text_add_interface(struct type_text *text, const void *value)
{
    struct hmap_interface interface;
    memcpy(&interface, value, sizeof interface);
    if (!interface.kind) {
        text_add_all(text, "nil");
        return;
    }
    text_add_all(text, interface.kind->name);
    text_add(text, '(');
    text_add_value(text, interface.kind,
                   interface.kind->pointer_shaped ? (const void *)&interface.data : interface.data);
    text_add(text, ')');
}

static void text_add_value(struct type_text *text, const struct hmap_kind *kind, const void *value)
{
    struct hmap_string string;
    float narrow[2];
    double wide[2];
    uint64_t parts = kind->count ? kind->count : 1;
    bool composite = kind->fields || kind->element;
    if (composite && (kind->algorithm != HMAP_ALG_PLAIN || kind->fields)) {
        text_add(text, kind->fields ? '{' : '[');
        for (uint64_t i = 0; kind->count && i < parts && text->used + 1 < text->size_bytes; i++) {
            if (i)
                text_add(text, ' ');
            if (kind->fields)
                text_add_value(text, kind->fields[i].kind,
                               (const char *)value + kind->fields[i].offset_bytes);
            else
                text_add_value(text, kind->element, (const char *)value + i * kind->element->size_bytes);
        }
        text_add(text, kind->fields ? '}' : ']');
        return;
    }
    switch (kind->algorithm) {
    case HMAP_ALG_STRING:
        memcpy(&string, value, sizeof string);
        text_add_string(text, string);
        break;
    case HMAP_ALG_FLOAT32:
        memcpy(narrow, value, 4);
        text_add_float(text, narrow[0]);
        break;
    case HMAP_ALG_FLOAT64:
        memcpy(wide, value, 8);
        text_add_float(text, wide[0]);
        break;
    case HMAP_ALG_COMPLEX64:
    case HMAP_ALG_COMPLEX128:
        if (kind->algorithm == HMAP_ALG_COMPLEX64) {
            memcpy(narrow, value, 8);
            wide[0] = narrow[0];
            wide[1] = narrow[1];
        } else {
            memcpy(wide, value, 16);
        }
        text_add(text, '(');
        text_add_float(text, wide[0]);
        if (!(wide[1] < 0))
            text_add(text, '+');
        text_add_float(text, wide[1]);
        text_add_all(text, "i)");
        break;
    case HMAP_ALG_INTERFACE:
        text_add_interface(text, value);
        break;
    default:
        text_add_plain(text, kind, value);
    }
}

char *hmap_kind_format(const struct hmap_kind *kind, const void *value, char *text, size_t size_bytes)
{
    struct type_text out = {text, size_bytes, 0};
    text_add_value(&out, kind, value);
    if (size_bytes)
        text[out.used] = '\0';
    return text;
}

const char *hmap_status_text(enum hmap_status status)
{
    switch (status) {
    case HMAP_OK:
        return "ok";
    case HMAP_NIL_MAP:
        return "assignment to entry in nil map";
    case HMAP_CONCURRENT_WRITES:
        return "concurrent map writes";
    case HMAP_CONCURRENT_READ_WRITE:
        return "concurrent map read and map write";
    case HMAP_CONCURRENT_ITERATION:
        return "concurrent map iteration and map write";
    case HMAP_CONCURRENT_CLONE:
        return "concurrent map clone and map write";
    case HMAP_UNHASHABLE:
        return "hash of unhashable type";
    case HMAP_BAD_STATE:
        return "bad map state";
    case HMAP_NO_MEMORY:
        return "out of memory";
    case HMAP_TOO_LARGE:
        return "allocation size out of range";
    case HMAP_BAD_TYPE:
        return "unsupported map key or element type";
    }
    return "unknown status";
}
