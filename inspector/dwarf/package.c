// SPDX-License-Identifier: MIT
#include "dwarf/package.h"

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/vec.h"
#include <inttypes.h>
#include <stdlib.h>

// One unit's parts: where they begin in the sections.
struct package_part {
    enum section_id section; // of the unit itself
    uint64_t offset;         // of the unit, or the first of the units of its .dwo, in that section
    uint64_t end_offset;
    uint64_t abbrev, str_offsets, line;
};

struct package {
    VEC(struct package_part) parts; // ascending by (section, offset)
};

enum column { COLUMN_OTHER, COLUMN_INFO, COLUMN_TYPES, COLUMN_ABBREV, COLUMN_LINE, COLUMN_STR_OFFSETS };

// The numbers of sections: DW_SECT_* (DWARF 5, table 7.1; GNU's version 2 has .debug_types as 2 and agrees in the others).
static enum column column_of(uint32_t number, unsigned version)
{
    switch (number) {
    case 1:
        return COLUMN_INFO;
    case 2:
        return version == 2 ? COLUMN_TYPES : COLUMN_OTHER;
    case 3:
        return COLUMN_ABBREV;
    case 4:
        return COLUMN_LINE;
    case 6:
        return COLUMN_STR_OFFSETS;
    default:
        return COLUMN_OTHER;
    }
}

enum { COLUMNS_MOST = 8, HEADER_BYTES = 16 };

struct index {
    const struct object *object;
    enum section_id id; // the index's own
    struct bytes bytes;
    unsigned version;
    uint32_t columns_count, units_count;
    enum column columns[COLUMNS_MOST];
    uint64_t offsets_at, sizes_at; // of the two tables, in the section
};

static uint32_t word_at(const struct index *index, uint64_t at)
{
    struct byte_reader reader = byte_reader_over(index->bytes, index->object->big_endian);
    byte_reader_seek(&reader, at);
    return byte_reader_u32(&reader);
}

//     version │ columns │ units │ slots ║ slots ids, 8 bytes │ slots row numbers, 4 │ numbers of sections │ offsets │ sizes
static bool index_open(struct index *index)
{
    struct byte_reader reader = byte_reader_over(index->bytes, index->object->big_endian);
    const uint32_t first = byte_reader_u32(&reader); // in version 5 two bytes and two of padding
    index->version = first == 2 ? 2 : 5;
    const bool is_5 = index->object->big_endian ? first == UINT32_C(5) << 16 : first == 5;
    index->columns_count = byte_reader_u32(&reader);
    index->units_count = byte_reader_u32(&reader);
    const uint64_t slots_count = byte_reader_u32(&reader);
    if (reader.failed || (first != 2 && !is_5) || index->columns_count > COLUMNS_MOST)
        return false;
    // Rows without columns take no bytes: four billion of them would fit.
    if (!index->columns_count && index->units_count)
        return false;
    const uint64_t columns_at = HEADER_BYTES + slots_count * 12;
    const uint64_t row_bytes = (uint64_t)4 * index->columns_count;
    index->offsets_at = columns_at + row_bytes;
    index->sizes_at = index->offsets_at + row_bytes * index->units_count;
    if (!bytes_hold(index->bytes, index->sizes_at, row_bytes * index->units_count))
        return false;
    for (uint32_t i = 0; i < index->columns_count; i++)
        index->columns[i] = column_of(word_at(index, columns_at + (uint64_t)4 * i), index->version);
    return true;
}

// Whether the base lies in its section.
static bool base_set(const struct object *object, enum section_id id, uint64_t offset, uint64_t *base)
{
    *base = offset;
    return offset <= object->sections[id].size_bytes;
}

static bool part_read(const struct index *index, uint32_t row, struct package_part *part)
{
    const struct object *object = index->object;
    bool is_right = false, fits = true;
    *part = (struct package_part){0};
    for (uint32_t i = 0; i < index->columns_count; i++) {
        const uint64_t cell = (uint64_t)4 * ((uint64_t)row * index->columns_count + i);
        const uint64_t offset = word_at(index, index->offsets_at + cell);
        const uint64_t size_bytes = word_at(index, index->sizes_at + cell);
        switch (index->columns[i]) {
        case COLUMN_INFO:
        case COLUMN_TYPES:
            part->section = index->columns[i] == COLUMN_INFO ? SECTION_INFO : SECTION_TYPES;
            part->offset = offset;
            part->end_offset = offset + size_bytes;
            is_right = true;
            break;
        case COLUMN_ABBREV:
            fits &= base_set(object, SECTION_ABBREV, offset, &part->abbrev);
            break;
        case COLUMN_LINE:
            fits &= base_set(object, SECTION_LINE, offset, &part->line);
            break;
        case COLUMN_STR_OFFSETS:
            fits &= base_set(object, SECTION_STR_OFFSETS, offset, &part->str_offsets);
            break;
        case COLUMN_OTHER:
            break;
        }
    }
    return is_right && fits;
}

static struct error *index_read(const struct object *object, enum section_id id, struct problems *problems,
                                struct package *package)
{
    struct index index = {.object = object, .id = id, .bytes = object->sections[id]};
    if (!index.bytes.size_bytes)
        return NULL;
    if (!index_open(&index)) {
        problems_add(problems, 0, "%s: %s+0x0: not an index of version 2 or 5, or cut short; skipped",
                     object->debug_path, section_name(id));
        return NULL;
    }
    for (uint32_t row = 0; row < index.units_count; row++) {
        struct package_part part;
        if (!part_read(&index, row, &part))
            problems_add(problems, 0, "%s: %s+0x%" PRIx64 ": a part outside its section; skipped",
                         object->debug_path, section_name(id),
                         index.offsets_at + (uint64_t)4 * row * index.columns_count);
        else if (!vec_push(&package->parts, part))
            return &error_out_of_memory;
    }
    return NULL;
}

static int part_compare(const void *a, const void *b)
{
    const struct package_part *left = a, *right = b;
    if (left->section != right->section)
        return left->section < right->section ? -1 : 1;
    return (left->offset > right->offset) - (left->offset < right->offset);
}

// An index counts in 32 bits. Packers that are asked to write more let the numbers wrap, and a row that has wrapped leads to another
// unit's parts: all that it names would be doubtful.
static struct error *sections_check(const struct object *object)
{
    static const enum section_id indexed[] = {SECTION_INFO, SECTION_TYPES, SECTION_ABBREV, SECTION_LINE,
                                              SECTION_STR_OFFSETS};
    for (size_t i = 0; i < ARRAY_LENGTH(indexed); i++) {
        const uint64_t size_bytes = object->sections[indexed[i]].size_bytes;
        if (size_bytes > UINT32_MAX)
            return error_create(ERROR_UNSUPPORTED,
                                "%s: %s has 0x%" PRIx64
                                " bytes, more than the index of a package can count (4 GiB): make several "
                                "packages, or keep the .dwo files",
                                object->debug_path, section_name(indexed[i]), size_bytes);
    }
    return NULL;
}

struct error *package_read(const struct object *object, struct problems *problems, struct package **result)
{
    *result = NULL;
    if (!object->sections[SECTION_CU_INDEX].size_bytes && !object->sections[SECTION_TU_INDEX].size_bytes)
        return NULL;
    RETURN_IF_ERROR(sections_check(object));
    CLEANUP(package_free_at) struct package *package = calloc(1, sizeof(*package));
    if (!package)
        return &error_out_of_memory;
    RETURN_IF_ERROR(index_read(object, SECTION_CU_INDEX, problems, package));
    RETURN_IF_ERROR(index_read(object, SECTION_TU_INDEX, problems, package));
    if (package->parts.length > 1)
        qsort(package->parts.data, package->parts.length, sizeof(*package->parts.data), part_compare);
    *result = package;
    package = NULL;
    return NULL;
}

void package_free_at(struct package **pointer)
{
    if (*pointer)
        vec_free(&(*pointer)->parts);
    free(*pointer);
}

void package_place(const struct package *package, struct unit *unit)
{
    if (!package)
        return;
    const struct package_part wanted = {.section = unit->section, .offset = unit->offset};
    size_t low = 0,
           high = package->parts.length; // the last part that does not begin behind the unit is before `low`
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (part_compare(&package->parts.data[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (!low)
        return;
    const struct package_part *part = &package->parts.data[low - 1];
    if (part->section != unit->section || unit->offset >= part->end_offset)
        return;
    unit->abbrev_base = part->abbrev;
    unit->str_offsets_part = part->str_offsets;
    unit->line_base = part->line;
    if (__builtin_add_overflow(unit->abbrev_offset, part->abbrev, &unit->abbrev_offset))
        unit->abbrev_offset = UINT64_MAX; // outside: the unit is skipped with that message
}
