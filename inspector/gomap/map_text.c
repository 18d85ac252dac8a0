// SPDX-License-Identifier: MIT
#include "gomap/map_text.h"

#include "base/vec.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GO_KIND_STRING = 24,
    GO_KIND_INTERFACE = 20,
    GO_KIND_SLICE = 23,
    STRING_BYTES_MOST = 64, // taken of a string
    STRINGS_A_VALUE = 4,    // strings shown of one value
    INDIRECT_BYTES_MOST = 256,
    DEPTH_MOST = 6,
};

// One value on its way to a text.
struct text_job {
    const struct map_shape *shape;
    const struct map_part *part;
    char *text;
    size_t text_bytes;
    size_t value_at, value_bytes; // in `values`
    uint64_t address;             // of an indirect one
    size_t first_string, strings; // in `strings`
    bool is_read;
};

struct text_string {
    uint64_t address, length;
    size_t held_bytes;
    bool is_read;
    char bytes[STRING_BYTES_MOST];
};

struct map_texts {
    struct type_maker *maker;
    VEC(struct text_job) jobs;
    VEC(uint8_t) values;
    VEC(struct text_string) strings;
    VEC(struct memory_range) ranges;
};

struct error *map_texts_open(struct type_maker *maker, struct map_texts **result)
{
    struct map_texts *texts = calloc(1, sizeof(*texts));
    *result = texts;
    if (!texts)
        return &error_out_of_memory;
    texts->maker = maker;
    return NULL;
}

void map_texts_close(struct map_texts *texts)
{
    if (!texts)
        return;
    vec_free(&texts->jobs);
    vec_free(&texts->values);
    vec_free(&texts->strings);
    vec_free(&texts->ranges);
    free(texts);
}

bool map_texts_add(struct map_texts *texts, const struct map_shape *shape, const struct map_part *part,
                   const uint8_t *stored, char *text, size_t text_bytes)
{
    const uint64_t whole = part->is_indirect ? part->size_bytes : part->stored_bytes;
    const size_t bytes = whole < INDIRECT_BYTES_MOST ? (size_t)whole : INDIRECT_BYTES_MOST;
    struct text_job job = {shape, part, text, text_bytes, texts->values.length, bytes, 0, 0, 0, true};
    text[0] = '\0';
    if (part->is_indirect) {
        job.address = map_address_number(shape, stored);
        job.is_read = false;
    }
    if (!vec_reserve(&texts->values, bytes + 1) || !vec_push(&texts->jobs, job))
        return false;
    if (!part->is_indirect)
        memcpy(texts->values.data + job.value_at, stored, bytes);
    texts->values.length += bytes;
    return true;
}

// ---- walking a value ------------------------------------------------------------------------------------

// One walk has two uses: collecting the strings of a value, then writing it, with the strings in the same order.
struct value_walk {
    struct map_texts *texts;
    struct text_job *job;
    bool is_writing;
    size_t string; // next one of the job
    size_t length; // of the text so far
};

static void put(struct value_walk *walk, const char *text)
{
    struct text_job *job = walk->job;
    while (walk->is_writing && *text && walk->length + 1 < job->text_bytes)
        job->text[walk->length++] = *text++;
    if (walk->is_writing)
        job->text[walk->length] = '\0';
}

static bool is_full(const struct value_walk *walk)
{
    return walk->is_writing ? walk->length + 1 >= walk->job->text_bytes
                            : walk->job->strings >= STRINGS_A_VALUE;
}

static void put_string(struct value_walk *walk, const struct text_string *string)
{
    char piece[8];
    if (!string->is_read && string->length) {
        snprintf(piece, sizeof(piece), "\"?\"");
        put(walk, piece);
        return;
    }
    put(walk, "\"");
    for (size_t i = 0; i < string->held_bytes; i++) {
        const unsigned char c = (unsigned char)string->bytes[i];
        if (c < 0x20 || c == 0x7f)
            snprintf(piece, sizeof(piece), "\\x%02x", c);
        else if (c == '"' || c == '\\')
            snprintf(piece, sizeof(piece), "\\%c", c);
        else
            snprintf(piece, sizeof(piece), "%c", c);
        put(walk, piece);
    }
    put(walk, string->length > string->held_bytes ? "…\"" : "\"");
}

static void walk_string(struct value_walk *walk, const uint8_t *bytes)
{
    struct text_job *job = walk->job;
    const uint8_t address_bytes = job->shape->address_bytes;
    struct map_texts *texts = walk->texts;
    if (walk->is_writing) {
        if (walk->string < job->strings)
            put_string(walk, &texts->strings.data[job->first_string + walk->string++]);
        else
            put(walk, "…");
        return;
    }
    const uint64_t length = map_address_number(job->shape, bytes + address_bytes);
    const struct text_string string = {.address = map_address_number(job->shape, bytes),
                                       .length = length,
                                       .held_bytes =
                                           length < STRING_BYTES_MOST ? (size_t)length : STRING_BYTES_MOST};
    if (job->strings < STRINGS_A_VALUE && vec_push(&texts->strings, string))
        job->strings++;
}

static void put_float(struct value_walk *walk, const struct type *type, const uint8_t *bytes)
{
    char text[48];
    const uint64_t bits = map_number(bytes, (unsigned)type->size_bytes, walk->job->shape->big_endian);
    double number = 0;
    float small;
    const uint32_t small_bits = (uint32_t)bits;
    memcpy(&small, &small_bits, sizeof(small));
    memcpy(&number, &bits, sizeof(number));
    snprintf(text, sizeof(text), type->size_bytes == 4 ? "%.7g" : "%.15g",
             type->size_bytes == 4 ? (double)small : number);
    put(walk, text);
}

static void put_base(struct value_walk *walk, const struct type *type, const uint8_t *bytes)
{
    char text[48];
    const unsigned size = type->size_bytes <= 16 ? (unsigned)type->size_bytes : 0;
    if (!walk->is_writing)
        return;
    const uint64_t number = size <= 8 ? map_number(bytes, size, walk->job->shape->big_endian) : 0;
    switch (type->encoding) {
    case ENCODING_BOOLEAN:
        put(walk, number ? "true" : "false");
        return;
    case ENCODING_FLOAT:
        if (size == 4 || size == 8) {
            put_float(walk, type, bytes);
            return;
        }
        break;
    case ENCODING_COMPLEX_FLOAT:
        if (size == 8 || size == 16) {
            struct type half = *type;
            half.size_bytes = size / 2;
            put(walk, "(");
            put_float(walk, &half, bytes);
            put(walk, ", ");
            put_float(walk, &half, bytes + size / 2);
            put(walk, "i)");
            return;
        }
        break;
    case ENCODING_SIGNED:
    case ENCODING_SIGNED_CHARACTER:
        if (size && size <= 8) {
            const unsigned shift = 64 - 8 * size;
            snprintf(text, sizeof(text), "%" PRId64, (int64_t)(number << shift) >> shift);
            put(walk, text);
            return;
        }
        break;
    default:
        break;
    }
    snprintf(text, sizeof(text), "%" PRIu64, number);
    put(walk, text);
}

static void walk_value(struct value_walk *walk, const struct type *type, size_t at, unsigned depth);

static void walk_struct(struct value_walk *walk, const struct type *type, size_t at, unsigned depth)
{
    put(walk, "{");
    for (size_t i = 0; i < type->members_count && !is_full(walk); i++) {
        const struct member *member = &type->members[i];
        put(walk, i ? ", " : "");
        if (member->offset_known)
            walk_value(walk, member->type, at + (size_t)(member->offset_bits / 8), depth + 1);
    }
    put(walk, "}");
}

static void walk_array(struct value_walk *walk, const struct type *type, size_t at, unsigned depth)
{
    const struct type *elem = NULL;
    struct error *error = type->target ? type_maker_whole(walk->texts->maker, type->target, &elem) : NULL;
    const uint64_t count =
        type->dimensions_count && type->dimensions[0].count_known ? type->dimensions[0].count : 0;
    const uint64_t stride = type->stride_bits ? type->stride_bits / 8 : elem ? elem->size_bytes : 0;
    error_free(error);
    put(walk, "[");
    for (uint64_t i = 0; elem && i < count && i < INDIRECT_BYTES_MOST && !is_full(walk); i++) {
        put(walk, i ? " " : "");
        walk_value(walk, elem, at + (size_t)(i * stride), depth + 1);
    }
    put(walk, "]");
}

static void put_address(struct value_walk *walk, uint64_t address, const char *before)
{
    char text[40];
    snprintf(text, sizeof(text), address ? "%s0x%" PRIx64 : "%snil", before, address);
    put(walk, text);
}

// The value at `at` of the job's bytes; what leaves them is an ellipsis.
static void walk_value(struct value_walk *walk, const struct type *type, size_t at, unsigned depth)
{
    const struct text_job *job = walk->job;
    const struct type *whole = type;
    uint16_t kind = 0;
    struct error *error = NULL;
    for (int steps = 0; !error && steps < 16; steps++) {
        error = type_maker_whole(walk->texts->maker, whole, &whole);
        if (!error && !kind) // the outermost one: an interface is a struct below
            kind = whole->go_kind;
        if (error || whole->kind != TYPE_TYPEDEF || !whole->target)
            break;
        whole = whole->target;
    }
    error_free(error);
    if (error || depth > DEPTH_MOST || !whole->size_known || at > job->value_bytes ||
        whole->size_bytes > job->value_bytes - at) {
        put(walk, "…");
        return;
    }
    const uint8_t *bytes = walk->texts->values.data + job->value_at + at;
    const uint8_t address_bytes = job->shape->address_bytes;
    if (kind == GO_KIND_STRING && whole->size_bytes == 2u * address_bytes)
        walk_string(walk, bytes);
    else if (kind == GO_KIND_INTERFACE && whole->size_bytes == 2u * address_bytes)
        put_address(
            walk,
            map_address_number(job->shape, bytes) ? map_address_number(job->shape, bytes + address_bytes) : 0,
            "");
    else if (kind == GO_KIND_SLICE && whole->size_bytes == 3u * address_bytes) {
        char text[40];
        snprintf(text, sizeof(text), "[]len %" PRIu64, map_address_number(job->shape, bytes + address_bytes));
        put(walk, text);
    } else if (whole->kind == TYPE_POINTER && whole->size_bytes == address_bytes)
        put_address(walk, map_address_number(job->shape, bytes), "");
    else if (whole->kind == TYPE_ARRAY)
        walk_array(walk, whole, at, depth);
    else if (type_has_members(whole))
        walk_struct(walk, whole, at, depth);
    else if (whole->kind == TYPE_BASE)
        put_base(walk, whole, bytes);
    else
        put(walk, "?");
}

// ---- reading what lies elsewhere ------------------------------------------------------------------------

static bool read_indirect(struct map_texts *texts, struct page_cache *pages)
{
    texts->ranges.length = 0;
    for (size_t i = 0; i < texts->jobs.length; i++) {
        const struct text_job *job = &texts->jobs.data[i];
        if (!job->part->is_indirect)
            continue;
        if (!vec_push(&texts->ranges, (struct memory_range){.address = job->address,
                                                            .buffer = texts->values.data + job->value_at,
                                                            .size_bytes = job->value_bytes}))
            return false;
    }
    if (texts->ranges.length)
        pages_read_now(pages, texts->ranges.data, texts->ranges.length);
    for (size_t i = 0, range = 0; i < texts->jobs.length; i++)
        if (texts->jobs.data[i].part->is_indirect)
            texts->jobs.data[i].is_read = texts->ranges.data[range++].is_read;
    return true;
}

static bool read_strings(struct map_texts *texts, struct page_cache *pages)
{
    texts->ranges.length = 0;
    for (size_t i = 0; i < texts->strings.length; i++) {
        struct text_string *string = &texts->strings.data[i];
        if (!vec_push(&texts->ranges, (struct memory_range){.address = string->address,
                                                            .buffer = string->bytes,
                                                            .size_bytes = string->held_bytes}))
            return false;
    }
    if (texts->ranges.length)
        pages_read_now(pages, texts->ranges.data, texts->ranges.length);
    for (size_t i = 0; i < texts->strings.length; i++)
        texts->strings.data[i].is_read = texts->ranges.data[i].is_read;
    return true;
}

static void walk_all(struct map_texts *texts, bool is_writing)
{
    for (size_t i = 0; i < texts->jobs.length; i++) {
        struct text_job *job = &texts->jobs.data[i];
        struct value_walk walk = {.texts = texts, .job = job, .is_writing = is_writing};
        if (!is_writing) {
            job->first_string = texts->strings.length;
            job->strings = 0;
        }
        if (job->is_read)
            walk_value(&walk, job->part->type, 0, 0);
        else
            put(&walk, "?");
    }
}

bool map_texts_finish(struct map_texts *texts, struct page_cache *pages)
{
    bool is_fine = read_indirect(texts, pages);
    texts->strings.length = 0;
    if (is_fine)
        walk_all(texts, false);
    is_fine = is_fine && read_strings(texts, pages);
    if (is_fine)
        walk_all(texts, true);
    texts->jobs.length = texts->values.length = texts->strings.length = 0;
    return is_fine;
}
