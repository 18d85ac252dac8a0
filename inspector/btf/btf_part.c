// SPDX-License-Identifier: MIT
#include "btf/btf_part.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

// Each run of so many bytes of the strings holds a NUL, so none of them is twice as long. The kernel takes 512
// at most. Without a limit, a million types could share one text of megabytes, and cost its length each.
enum { STRINGS_BLOCK_BYTES = BTF_NAME_BYTES_MOST / 2 };

static const struct btf_kind_words kind_words[BTF_KINDS] = {
    [BTF_INT] = {1, 0, -1, -1, false},     [BTF_PTR] = {0, 0, -1, -1, true},
    [BTF_ARRAY] = {3, 0, -1, -1, false},   [BTF_STRUCT] = {0, 3, 0, 1, false},
    [BTF_UNION] = {0, 3, 0, 1, false},     [BTF_ENUM] = {0, 2, 0, -1, false},
    [BTF_FWD] = {0, 0, -1, -1, false},     [BTF_TYPEDEF] = {0, 0, -1, -1, true},
    [BTF_VOLATILE] = {0, 0, -1, -1, true}, [BTF_CONST] = {0, 0, -1, -1, true},
    [BTF_RESTRICT] = {0, 0, -1, -1, true}, [BTF_FUNC] = {0, 0, -1, -1, true},
    [BTF_FUNC_PROTO] = {0, 2, 0, 1, true}, [BTF_VAR] = {1, 0, -1, -1, true},
    [BTF_DATASEC] = {0, 3, -1, 0, false},  [BTF_FLOAT] = {0, 0, -1, -1, false},
    [BTF_DECL_TAG] = {1, 0, -1, -1, true}, [BTF_TYPE_TAG] = {0, 0, -1, -1, true},
    [BTF_ENUM64] = {0, 3, 0, -1, false},
};

const struct btf_kind_words *btf_kind_words(uint32_t kind)
{
    return kind > BTF_VOID && kind < BTF_KINDS ? &kind_words[kind] : NULL;
}

// ---- errors ---------------------------------------------------------------------------------------------

static COLD struct error *PRINTF_LIKE(4, 0) error_at(const struct btf_part *part, enum error_code code,
                                                     uint64_t offset, const char *format, va_list arguments)
{
    char text[256];
    vsnprintf(text, sizeof(text), format, arguments);
    return error_create(code, "%s: %s+0x%" PRIx64 ": %s", part->path, part->section, offset, text);
}

struct error *btf_part_error(const struct btf_part *part, size_t types_offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct error *error = error_at(part, ERROR_BAD_FORMAT, part->types_at + types_offset, format, arguments);
    va_end(arguments);
    return error;
}

static COLD struct error *PRINTF_LIKE(4, 5)
    part_refuse(const struct btf_part *part, enum error_code code, uint64_t offset, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct error *error = error_at(part, code, offset, format, arguments);
    va_end(arguments);
    return error;
}

// ---- header ---------------------------------------------------------------------------------------------

static uint16_t magic_of(struct bytes bytes)
{
    uint16_t magic = 0;
    if (bytes.size_bytes >= sizeof(magic))
        memcpy(&magic, bytes.data, sizeof(magic));
    return magic;
}

bool btf_has_magic(struct bytes bytes)
{
    const uint16_t magic = magic_of(bytes);
    return magic == BTF_MAGIC || magic == BTF_MAGIC_SWAPPED;
}

static bool host_is_big_endian(void)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__;
}

// Checks the header and cuts out types and strings.
static struct error *header_read(const struct btf_input *input, struct btf_part *part)
{
    const struct bytes bytes = input->bytes;
    if (!btf_has_magic(bytes))
        return part_refuse(part, ERROR_BAD_FORMAT, 0, "no BTF: it does not begin with 0xeb9f");
    part->is_foreign = magic_of(bytes) == BTF_MAGIC_SWAPPED;
    struct byte_reader reader = byte_reader_over(bytes, host_is_big_endian() != part->is_foreign);
    byte_reader_skip(&reader, sizeof(uint16_t));
    const unsigned version = byte_reader_u8(&reader), flags = byte_reader_u8(&reader);
    const uint32_t header_bytes = byte_reader_u32(&reader);
    const uint32_t types_at = byte_reader_u32(&reader), types_bytes = byte_reader_u32(&reader);
    const uint32_t strings_at = byte_reader_u32(&reader), strings_bytes = byte_reader_u32(&reader);
    if (reader.failed)
        return part_refuse(part, ERROR_BAD_FORMAT, 0, "truncated: a header of %d bytes does not fit into %zu",
                           BTF_HEADER_BYTES, bytes.size_bytes);
    if (version != BTF_VERSION)
        return part_refuse(part, ERROR_UNSUPPORTED, 2, "BTF of version %u", version);
    if (flags)
        return part_refuse(part, ERROR_UNSUPPORTED, 3, "BTF with flags 0x%x, which are not known", flags);
    if (header_bytes < BTF_HEADER_BYTES || header_bytes > bytes.size_bytes)
        return part_refuse(part, ERROR_BAD_FORMAT, 4, "a header of %" PRIu32 " bytes in %zu", header_bytes,
                           bytes.size_bytes);
    const struct bytes rest = {bytes.data + header_bytes, bytes.size_bytes - header_bytes};
    if (!bytes_hold(rest, types_at, types_bytes))
        return part_refuse(part, ERROR_BAD_FORMAT, 8,
                           "types of 0x%" PRIx32 " bytes at 0x%" PRIx32
                           " leave the 0x%zx bytes behind the header",
                           types_bytes, types_at, rest.size_bytes);
    if (!bytes_hold(rest, strings_at, strings_bytes))
        return part_refuse(part, ERROR_BAD_FORMAT, 16,
                           "strings of 0x%" PRIx32 " bytes at 0x%" PRIx32
                           " leave the 0x%zx bytes behind the header",
                           strings_bytes, strings_at, rest.size_bytes);
    if (types_bytes % sizeof(uint32_t))
        return part_refuse(part, ERROR_BAD_FORMAT, 12, "types of %" PRIu32 " bytes, no multiple of 4",
                           types_bytes);
    part->types = (struct bytes){rest.data + types_at, types_bytes};
    part->types_at = (uint64_t)header_bytes + types_at;
    part->strings = (struct bytes){rest.data + strings_at, strings_bytes};
    return NULL;
}

bool btf_is_split(const struct btf_input *input)
{
    struct btf_part part = {.path = input->path, .section = input->section};
    struct error *error = header_read(input, &part);
    const bool is_split = !error && (part.strings.size_bytes == 0 || part.strings.data[0] != '\0');
    error_free(error);
    return is_split;
}

// ---- strings --------------------------------------------------------------------------------------------

static struct error *strings_check(const struct btf_input *input, const struct btf_part *part, bool is_split)
{
    const struct bytes strings = part->strings;
    const uint64_t at = (uint64_t)(strings.data - input->bytes.data);
    if (strings.size_bytes == 0)
        return is_split ? NULL
                        : part_refuse(part, ERROR_BAD_FORMAT, at, "no strings, not even the empty one");
    if (strings.data[strings.size_bytes - 1] != '\0')
        return part_refuse(part, ERROR_BAD_FORMAT, at + strings.size_bytes - 1,
                           "the strings do not end with a NUL");
    if (!is_split && strings.data[0] != '\0')
        return part_refuse(part, ERROR_BAD_FORMAT, at, "the strings do not begin with the empty one");
    for (size_t block = 0; strings.size_bytes - block > STRINGS_BLOCK_BYTES; block += STRINGS_BLOCK_BYTES)
        if (!memchr(strings.data + block, '\0', STRINGS_BLOCK_BYTES))
            return part_refuse(part, ERROR_BAD_FORMAT, at + block, "a name of more than %d bytes",
                               STRINGS_BLOCK_BYTES);
    return NULL;
}

// ---- records --------------------------------------------------------------------------------------------

static struct error *types_turn(struct btf_part *part)
{
    part->types_copy = malloc(part->types.size_bytes + 1);
    if (!part->types_copy)
        return &error_out_of_memory;
    memcpy(part->types_copy, part->types.data, part->types.size_bytes);
    for (size_t i = 0; i < part->types.size_bytes / sizeof(uint32_t); i++)
        part->types_copy[i] = __builtin_bswap32(part->types_copy[i]);
    part->types.data = (const uint8_t *)part->types_copy;
    return NULL;
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

// The highest name and number that a record refers to.
struct highest {
    uint32_t name, id;
};

static void highest_take(struct highest *highest, const struct btf_record *record,
                         const struct btf_kind_words *words)
{
    uint32_t name = larger(highest->name, record->name), id = highest->id;
    if (words->has_type)
        id = larger(id, record->size_or_type);
    if (btf_kind_of(record) == BTF_ARRAY)
        id = larger(id, larger(btf_word(record, 0), btf_word(record, 1)));
    const size_t end = (size_t)btf_vlen(record) * words->each;
    if (words->name_word >= 0)
        for (size_t i = (size_t)words->name_word; i < end; i += words->each)
            name = larger(name, btf_word(record, i));
    if (words->type_word >= 0)
        for (size_t i = (size_t)words->type_word; i < end; i += words->each)
            id = larger(id, btf_word(record, i));
    *highest = (struct highest){name, id};
}

static struct error *int_check(struct btf_part *part, size_t offset, const struct btf_record *record)
{
    const uint32_t word = btf_word(record, 0), end_bits = btf_int_offset_bits(word) + btf_int_size_bits(word);
    part->has_bitfield_integers |= btf_int_size_bits(word) != (uint64_t)record->size_or_type * 8;
    if (end_bits <= (uint64_t)record->size_or_type * 8 && btf_int_size_bits(word) > 0)
        return NULL;
    return btf_part_error(part, offset,
                          "type %" PRIu32 ": an integer of %" PRIu32 " bytes with bits %u to %u", record->id,
                          record->size_or_type, (unsigned)btf_int_offset_bits(word), (unsigned)end_bits);
}

// The record at `offset` and how long it is.
static struct error *record_measure(struct btf_part *part, size_t offset, uint32_t id,
                                    struct btf_record *record, size_t *size_bytes)
{
    const size_t left = part->types.size_bytes - offset;
    if (left < BTF_RECORD_BYTES)
        return btf_part_error(part, offset, "type %" PRIu32 " is cut off", id);
    uint32_t head[3];
    memcpy(head, part->types.data + offset, sizeof(head));
    *record =
        (struct btf_record){id, head[0], head[1], head[2], part->types.data + offset + sizeof(head), part};
    const struct btf_kind_words *words = btf_kind_words(btf_info_kind(head[1]));
    if (!words)
        return part_refuse(part, ERROR_UNSUPPORTED, part->types_at + offset,
                           "type %" PRIu32 " is of kind %" PRIu32
                           ", which is not known: nobody can tell where the next one begins",
                           id, btf_info_kind(head[1]));
    const uint64_t vlen = btf_info_vlen(head[1]);
    const uint64_t whole_bytes = BTF_RECORD_BYTES + (words->fixed + vlen * words->each) * sizeof(uint32_t);
    if (whole_bytes > left)
        return btf_part_error(part, offset,
                              "type %" PRIu32 " of kind %" PRIu32 " with %" PRIu64
                              " parts leaves the types' 0x%zx bytes",
                              id, btf_info_kind(head[1]), vlen, part->types.size_bytes);
    *size_bytes = (size_t)whole_bytes;
    return btf_info_kind(head[1]) == BTF_INT ? int_check(part, offset, record) : NULL;
}

// Finds where all records are. No record has less than BTF_RECORD_BYTES, so their number is bounded by that
// of the bytes.
static struct error *records_find(struct btf_part *part, struct highest *highest)
{
    const size_t most = part->types.size_bytes / BTF_RECORD_BYTES;
    part->offsets = malloc((most + 1) * sizeof(*part->offsets));
    if (!part->offsets)
        return &error_out_of_memory;
    if (most > UINT32_MAX - 1 - part->first_id)
        return part_refuse(part, ERROR_BAD_FORMAT, part->types_at, "more types than there are numbers");
    for (size_t offset = 0, size_bytes = 0; offset < part->types.size_bytes; offset += size_bytes) {
        struct btf_record record = {0};
        const uint32_t id = part->first_id + part->count;
        RETURN_IF_ERROR(record_measure(part, offset, id, &record, &size_bytes));
        highest_take(highest, &record, btf_kind_words(btf_info_kind(record.info)));
        part->offsets[part->count++] = (uint32_t)offset;
    }
    return NULL;
}

// ---- references -----------------------------------------------------------------------------------------

static uint64_t strings_end(const struct btf_part *part)
{
    return (uint64_t)part->strings_first + part->strings.size_bytes;
}

// A base that is not the one that the BTF was made with shows in names that begin within others.
static bool name_is_fine(const struct btf_part *part, uint32_t name)
{
    if (name >= strings_end(part))
        return false;
    return name >= part->strings_first || name == 0 || part->strings_before.data[name - 1] == '\0';
}

static struct error *name_check(const struct btf_record *record, uint32_t name)
{
    if (name_is_fine(record->part, name))
        return NULL;
    if (name < strings_end(record->part))
        return btf_part_error(
            record->part, btf_record_offset(record),
            "type %" PRIu32 ": its name at 0x%" PRIx32
            " begins within another name of the base: this is not the base that it was made with",
            record->id, name);
    return btf_part_error(record->part, btf_record_offset(record),
                          "type %" PRIu32 ": a name at 0x%" PRIx32 ", behind the strings' end at 0x%" PRIx64,
                          record->id, name, strings_end(record->part));
}

static struct error *id_check(const struct btf_record *record, uint32_t id, uint32_t end_id)
{
    if (id < end_id)
        return NULL;
    return btf_part_error(record->part, btf_record_offset(record),
                          "type %" PRIu32 " refers to type %" PRIu32 ", the last one is %" PRIu32, record->id,
                          id, end_id - 1);
}

static struct error *record_check(const struct btf_record *record, uint32_t end_id)
{
    const struct btf_kind_words *words = btf_kind_words(btf_info_kind(record->info));
    RETURN_IF_ERROR(name_check(record, record->name));
    if (words->has_type)
        RETURN_IF_ERROR(id_check(record, record->size_or_type, end_id));
    if (btf_kind_of(record) == BTF_ARRAY) {
        RETURN_IF_ERROR(id_check(record, btf_word(record, 0), end_id));
        RETURN_IF_ERROR(id_check(record, btf_word(record, 1), end_id));
    }
    const size_t end = (size_t)btf_vlen(record) * words->each;
    for (size_t i = 0; i < end; i += words->each) {
        if (words->name_word >= 0)
            RETURN_IF_ERROR(name_check(record, btf_word(record, i + (size_t)words->name_word)));
        if (words->type_word >= 0)
            RETURN_IF_ERROR(id_check(record, btf_word(record, i + (size_t)words->type_word), end_id));
    }
    return NULL;
}

static struct error *references_check(const struct btf_part *part, uint32_t end_id)
{
    for (uint32_t i = 0; i < part->count; i++) {
        const struct btf_record record = btf_record_at(part, part->first_id + i);
        RETURN_IF_ERROR(record_check(&record, end_id));
    }
    return NULL;
}

// ---- the interface --------------------------------------------------------------------------------------

struct error *btf_part_read(const struct btf_input *input, const struct btf_part *base, struct btf_part *part)
{
    *part = (struct btf_part){.path = input->path, .section = input->section, .first_id = 1};
    RETURN_IF_ERROR(header_read(input, part));
    if (base) {
        const uint64_t first = strings_end(base);
        if (base->is_foreign != part->is_foreign)
            return part_refuse(part, ERROR_BAD_FORMAT, 0, "of another byte order than its base %s",
                               base->path);
        if (base->strings_first || first + part->strings.size_bytes > UINT32_MAX)
            return part_refuse(part, ERROR_UNSUPPORTED, 16, "its base %s is itself split, or too large",
                               base->path);
        part->first_id = base->first_id + base->count;
        part->strings_first = (uint32_t)first;
        part->strings_before = base->strings;
    }
    RETURN_IF_ERROR(strings_check(input, part, base != NULL));
    if (part->is_foreign)
        RETURN_IF_ERROR(types_turn(part));
    struct highest highest = {0};
    RETURN_IF_ERROR(records_find(part, &highest));
    const uint32_t end_id = part->first_id + part->count;
    // What leaves its bounds is found by the highest alone, and looked for where there is some.
    if (base || highest.id >= end_id || highest.name >= strings_end(part))
        return references_check(part, end_id);
    return NULL;
}

void btf_part_free(struct btf_part *part)
{
    free(part->offsets);
    free(part->types_copy);
    *part = (struct btf_part){0};
}
