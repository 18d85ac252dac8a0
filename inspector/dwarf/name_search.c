#include "dwarf/name_search.h"

#include "base/vec.h"
#include "dwarf/die_decode.h"
#include <stdlib.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

// A run of bytes to look for.
struct needle {
    uint8_t *bytes;
    size_t length;
};

typedef VEC(struct needle) needles;
typedef VEC(uint64_t) offsets;

// What to look for in the units of one file.
struct file_search {
    const struct unit_table *table;
    needles texts;       // the names themselves, with NUL
    offsets str_offsets; // where the names stand in .debug_str, ascending
    needles pointers;    // the same as the file writes them, 4 bytes each, while they are few
    // While they are many ("page" ends hundreds of strings): one test for all. Bit n: an offset's low 16 bits
    // are n.
    uint64_t low_halves[(1 << 16) / 64];
    uint8_t top_bytes[256]; // the different top bytes of the 32-bit offsets
    unsigned top_bytes_count;
};

enum { POINTERS_FEW = 4 };

struct name_search {
    struct file_search files[2]; // the object's own, its alternate's
    size_t files_count;
};

const char *name_last_component(const char *qualified)
{
    const char *component = qualified;
    int depth = 0;
    for (const char *p = qualified; *p; p++) {
        if (strchr("<([{", *p))
            depth++;
        else if (strchr(">)]}", *p) && depth > 0)
            depth--;
        else if (depth == 0 && p[0] == ':' && p[1] == ':' && p[2] != '\0')
            component = p + 2;
    }
    return component;
}

// The next place at or behind `from` that begins with the needle's first two bytes (its only one); `end` when
// there is none.
static const uint8_t *find_start(const uint8_t *from, const uint8_t *end, const struct needle *needle)
{
    if (needle->length == 1) {
        const uint8_t *found = memchr(from, needle->bytes[0], (size_t)(end - from));
        return found ? found : end;
    }
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8((char)needle->bytes[0]),
                  second = _mm_set1_epi8((char)needle->bytes[1]);
    for (; end - from >= 17; from += 16) {
        __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)from), first);
        __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(from + 1)), second);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(a, b));
        if (mask)
            return from + __builtin_ctz(mask);
    }
#endif
    for (; end - from >= 2; from++)
        if (from[0] == needle->bytes[0] && from[1] == needle->bytes[1])
            return from;
    return end;
}

// The next whole needle; NULL when there is none.
static const uint8_t *find_needle(const uint8_t *from, const uint8_t *end, const struct needle *needle)
{
    for (;; from++) {
        from = find_start(from, end, needle);
        if ((size_t)(end - from) < needle->length)
            return NULL;
        if (memcmp(from, needle->bytes, needle->length) == 0)
            return from;
    }
}

static bool needle_add(needles *list, const void *bytes, size_t length)
{
    struct needle needle = {malloc(length), length};
    if (!needle.bytes || !vec_push(list, needle)) {
        free(needle.bytes);
        return false;
    }
    memcpy(needle.bytes, bytes, length);
    return true;
}

static bool pointer_add(needles *list, uint64_t offset, bool big_endian)
{
    uint8_t bytes[4];
    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[big_endian ? sizeof(bytes) - 1 - i : i] = (uint8_t)(offset >> 8 * i);
    return needle_add(list, bytes, sizeof(bytes));
}

// All places of the name in .debug_str: linkers let one string stand for the tail of another, so any place
// counts that ends with the NUL.
static struct error *file_add_name(struct file_search *file, const char *name)
{
    const struct needle text = {(uint8_t *)(uintptr_t)name, strlen(name) + 1};
    if (!needle_add(&file->texts, name, text.length))
        return &error_out_of_memory;
    struct bytes section = file->table->object->sections[SECTION_STR];
    const uint8_t *end = section.data + section.size_bytes;
    for (const uint8_t *p = section.data; (p = find_needle(p, end, &text)); p++) {
        uint64_t offset = (uint64_t)(p - section.data);
        if (!vec_push(&file->str_offsets, offset))
            return &error_out_of_memory;
    }
    return NULL;
}

static int offset_compare(const void *a, const void *b)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

static struct error *file_prepare(struct file_search *file, const struct unit_table *table,
                                  const char *const *names, size_t count)
{
    file->table = table;
    for (size_t i = 0; i < count; i++)
        RETURN_IF_ERROR(file_add_name(file, name_last_component(names[i])));
    if (file->str_offsets.length > 1)
        qsort(file->str_offsets.data, file->str_offsets.length, sizeof(uint64_t), offset_compare);
    bool seen[256] = {false};
    vec_foreach (const uint64_t *, offset, &file->str_offsets) {
        const uint8_t top = (uint8_t)(*offset >> 24);
        if (file->str_offsets.length <= POINTERS_FEW &&
            !pointer_add(&file->pointers, *offset, table->object->big_endian))
            return &error_out_of_memory;
        file->low_halves[(*offset & 0xffff) / 64] |= UINT64_C(1) << *offset % 64;
        if (!seen[top])
            file->top_bytes[file->top_bytes_count++] = top;
        seen[top] = true;
    }
    return NULL;
}

struct error *name_search_create(const struct unit_table *table, const char *const *names, size_t count,
                                 struct name_search **result)
{
    struct name_search *search = calloc(1, sizeof(*search));
    if (!search)
        return &error_out_of_memory;
    struct error *error = NULL;
    for (; table && search->files_count < ARRAY_LENGTH(search->files) && !error; table = table->alternate)
        error = file_prepare(&search->files[search->files_count++], table, names, count);
    if (error) {
        name_search_free(search);
        return error;
    }
    *result = search;
    return NULL;
}

static void needles_free(needles *list)
{
    vec_foreach (struct needle *, needle, list)
        free(needle->bytes);
    vec_free(list);
}

void name_search_free(struct name_search *search)
{
    if (!search)
        return;
    for (size_t i = 0; i < search->files_count; i++) {
        vec_free(&search->files[i].str_offsets);
        needles_free(&search->files[i].texts);
        needles_free(&search->files[i].pointers);
    }
    free(search);
}

void name_search_free_at(struct name_search **pointer)
{
    name_search_free(*pointer);
}

static bool offset_is_wanted(const struct file_search *file, uint64_t offset)
{
    return bsearch(&offset, file->str_offsets.data, file->str_offsets.length, sizeof(offset),
                   offset_compare) != NULL;
}

// Does the unit's part of .debug_str_offsets hold one of the offsets? Its part ends where its header says;
// without a header (GNU's split DWARF 4) it ends with the section.
static bool unit_indexes_name(const struct file_search *file, const struct unit *unit)
{
    const struct object *object = file->table->object;
    struct bytes section = object->sections[SECTION_STR_OFFSETS];
    if (section.size_bytes == 0 || file->str_offsets.length == 0 ||
        unit->str_offsets_base > section.size_bytes)
        return false;
    uint64_t end = section.size_bytes;
    const unsigned header_bytes = unit->offset_bytes == 8 ? 16 : 8;
    if (unit->version >= 5 && unit->str_offsets_base >= header_bytes) {
        struct byte_reader header = byte_reader_over(section, object->big_endian);
        byte_reader_seek(&header, unit->str_offsets_base - header_bytes + (unit->offset_bytes == 8 ? 4 : 0));
        uint64_t length = byte_reader_sized(&header, unit->offset_bytes);
        uint64_t claimed = unit->str_offsets_base - 4 + length; // the length counts from behind itself
        if (!header.failed && length >= 4 && claimed < end && claimed > unit->str_offsets_base)
            end = claimed;
    }
    struct byte_reader reader =
        byte_reader_over((struct bytes){section.data, (size_t)end}, object->big_endian);
    byte_reader_seek(&reader, unit->str_offsets_base);
    while (byte_reader_left(&reader) >= unit->offset_bytes)
        if (offset_is_wanted(file, byte_reader_sized(&reader, unit->offset_bytes)))
            return true;
    return false;
}

enum { BLOCK_BYTES = 16 << 10 }; // what stays in the nearest cache while all needles pass over it

static bool hits_add(struct name_hits *hits, const uint8_t *block, const uint8_t *block_end,
                     const uint8_t *end, const needles *list, const uint8_t *header)
{
    vec_foreach (const struct needle *, needle, list) {
        // A needle may begin in this block and end in the next.
        const uint8_t *limit =
            (size_t)(end - block_end) < needle->length - 1 ? end : block_end + needle->length - 1;
        for (const uint8_t *p = block; (p = find_needle(p, limit, needle)); p++)
            if (!vec_push(hits, (uint32_t)(p - header)))
                return false;
    }
    return true;
}

// Offsets past 32 bits sort behind the others; their low halves are compared one by one.
static NOINLINE bool is_low_half(const struct file_search *file, uint64_t value)
{
    if (offset_is_wanted(file, value))
        return true;
    for (size_t i = file->str_offsets.length; i > 0 && file->str_offsets.data[i - 1] > UINT32_MAX; i--)
        if ((uint32_t)file->str_offsets.data[i - 1] == value)
            return true;
    return false;
}

// Is the 4-byte number at `p` the low half of a wanted offset? (Of DWARF64's 8 bytes, too: a coincidence more
// does no harm.)
static inline bool points_to_name(const struct file_search *file, const uint8_t *p, bool big_endian)
{
    const uint64_t value = load_u32(p, big_endian);
    return UNLIKELY(file->low_halves[(value & 0xffff) / 64] >> value % 64 & 1) && is_low_half(file, value);
}

// Numbers that start in [block, block_end) and have that top byte: few bytes of a file equal it, so most go
// 16 at a time.
static bool hits_add_pointers(struct name_hits *hits, const struct file_search *file, const uint8_t *block,
                              const uint8_t *block_end, const uint8_t *end, uint8_t top,
                              const uint8_t *header)
{
    const bool big = file->table->object->big_endian;
    const unsigned top_at = big ? 0 : 3;
    const uint8_t *const limit = end - block_end < 4 ? end - 3 : block_end;
    const uint8_t *p = block;
#ifdef __SSE2__
    const __m128i wanted = _mm_set1_epi8((char)top);
    for (; limit - p >= 16; p += 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(p + top_at));
        for (unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, wanted)); mask;
             mask &= mask - 1) {
            const uint8_t *at = p + __builtin_ctz(mask);
            if (points_to_name(file, at, big) && !vec_push(hits, (uint32_t)(at - header)))
                return false;
        }
    }
#endif
    for (; p < limit; p++)
        if (p[top_at] == top && points_to_name(file, p, big) && !vec_push(hits, (uint32_t)(p - header)))
            return false;
    return true;
}

static int position_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

struct error *name_search_unit(const struct name_search *search, const struct unit *unit,
                               struct name_hits *hits)
{
    const struct file_search *file = &search->files[0];
    if (file->table != unit->table)
        file = &search->files[1];
    hits->length = 0;
    hits->everything =
        unit->end_offset - unit->offset > UINT32_MAX || unit_indexes_name(file, unit) ||
        (search->files_count > 1 && file == &search->files[0]); // names may be the alternate file's
    if (hits->everything)
        return NULL;
    const uint8_t *header = unit->table->object->sections[unit->section].data + unit->offset;
    const uint8_t *end = header + (unit->end_offset - unit->offset);
    const bool many = file->str_offsets.length > POINTERS_FEW;
    for (const uint8_t *block = header; block < end;) {
        const uint8_t *block_end = end - block > BLOCK_BYTES ? block + BLOCK_BYTES : end;
        bool added = hits_add(hits, block, block_end, end, &file->pointers, header) &&
                     hits_add(hits, block, block_end, end, &file->texts, header);
        for (unsigned i = 0; many && added && i < file->top_bytes_count; i++)
            added = hits_add_pointers(hits, file, block, block_end, end, file->top_bytes[i], header);
        if (!added)
            return &error_out_of_memory;
        block = block_end;
    }
    if (hits->length > 1)
        qsort(hits->data, hits->length, sizeof(*hits->data), position_compare);
    return NULL;
}
