// SPDX-License-Identifier: MIT
#include "dwarf/unit_table_parts.h"

#include "base/bytes.h"
#include "base/vec.h"
#include "dwarf/constants.h"
#include "dwarf/unit_later.h"
#include "dwarf/unit_root.h"
#include "dwarf/unit_view.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef VEC(struct unit) unit_vec;

// Initial lengths from here on are not lengths (DWARF 5 section 7.4).
#define LENGTH_DWARF64 UINT32_C(0xffffffff)
#define LENGTH_RESERVED UINT32_C(0xfffffff0)

enum { HEADER_MOST = 64 }; // bytes; the longest has 48

// The bytes at the offset, as many as a header may have; `copy` is for those that are read.
static struct bytes header_bytes(const struct header_source *source, uint64_t offset, uint8_t *copy)
{
    const uint64_t left = source->bytes.size_bytes - offset;
    const struct bytes bytes = {source->bytes.data + offset, left < HEADER_MOST ? left : HEADER_MOST};
    if (!source->has_descriptor || pread(source->descriptor, copy, bytes.size_bytes,
                                         (off_t)(source->file_offset + offset)) != (ssize_t)bytes.size_bytes)
        return bytes;
    return (struct bytes){copy, bytes.size_bytes};
}

static void header_problem(const struct header_source *source, uint64_t offset, const char *what,
                           uint64_t number)
{
    problems_add(&source->table->problems, offset, "%s: %s+0x%" PRIx64 ": %s 0x%" PRIx64 ", skipped",
                 source->table->object->debug_path, section_name(source->section), offset, what, number);
}

uint64_t unit_header_read(const struct header_source *source, uint64_t offset, struct unit *unit,
                          bool *usable)
{
    *usable = false;
    uint8_t copy[HEADER_MOST];
    struct byte_reader reader =
        byte_reader_over(header_bytes(source, offset, copy), source->table->object->big_endian);
    *unit = (struct unit){
        .table = source->table, .section = source->section, .offset = offset, .offset_bytes = 4};
    uint64_t length = byte_reader_u32(&reader);
    if (length == LENGTH_DWARF64) {
        unit->offset_bytes = 8;
        length = byte_reader_u64(&reader);
    } else if (length >= LENGTH_RESERVED) {
        header_problem(source, offset, "a reserved unit length, the rest of the section is", length);
        return 0;
    }
    uint64_t body = offset + byte_reader_offset(&reader);
    if (reader.failed || !bytes_hold(source->bytes, body, length)) {
        header_problem(source, offset, "the unit leaves its section, with all that follows; its length is",
                       length);
        return 0;
    }
    unit->end_offset = body + length;
    if (length == 0)
        return unit->end_offset; // padding between units
    unit->version = byte_reader_u16(&reader);
    if (unit->version < 2 || unit->version > 5) {
        header_problem(source, offset, "a unit of version", unit->version);
        return unit->end_offset;
    }
    if (unit->version == 5) {
        unit->unit_type = byte_reader_u8(&reader);
        unit->address_bytes = byte_reader_u8(&reader);
        unit->abbrev_offset = byte_reader_sized(&reader, unit->offset_bytes);
    } else {
        unit->unit_type = source->section == SECTION_TYPES ? UT_type : UT_compile;
        unit->abbrev_offset = byte_reader_sized(&reader, unit->offset_bytes);
        unit->address_bytes = byte_reader_u8(&reader);
    }
    if (unit->unit_type == UT_skeleton || unit->unit_type == UT_split_compile) {
        unit->dwo_id = byte_reader_u64(&reader);
    } else if (unit->unit_type == UT_type || unit->unit_type == UT_split_type) {
        unit->type_signature = byte_reader_u64(&reader);
        uint64_t relative = byte_reader_sized(&reader, unit->offset_bytes);
        if (relative < unit->end_offset - offset)
            unit->type_offset = offset + relative;
        else
            reader.failed = true;
    } else if (unit->unit_type < UT_compile || unit->unit_type > UT_split_type) {
        header_problem(source, offset, "a unit of the unknown type", unit->unit_type);
        return unit->end_offset;
    }
    unit->die_offset = offset + byte_reader_offset(&reader);
    package_place(source->package, unit);
    if (reader.failed || unit->die_offset >= unit->end_offset)
        header_problem(source, offset, "the header is cut short, the unit's length is", length);
    else if (unit->address_bytes != 2 && unit->address_bytes != 4 && unit->address_bytes != 8)
        header_problem(source, offset, "a unit with addresses of bytes", unit->address_bytes);
    else if (unit->abbrev_offset >= source->table->object->sections[SECTION_ABBREV].size_bytes)
        header_problem(source, offset, "the unit's abbrevs lie outside .debug_abbrev, at",
                       unit->abbrev_offset);
    else
        *usable = true;
    return unit->end_offset;
}

// Notes the usable headers of a section.
static struct error *section_read(struct unit_table *table, enum section_id section,
                                  const struct package *package, bool roots_later, unit_vec *units)
{
    struct header_source source = {table, section, table->object->sections[section], package, false, -1, 0};
    if (roots_later) {
        source.descriptor = object_section_descriptor(table->object, section, &source.file_offset);
        source.has_descriptor = source.descriptor >= 0;
    }
    struct error *error = NULL;
    uint64_t offset = 0;
    while (offset < source.bytes.size_bytes) {
        struct unit unit;
        bool usable;
        uint64_t next = unit_header_read(&source, offset, &unit, &usable);
        if (usable && !vec_push(units, unit))
            error = &error_out_of_memory;
        if (next <= offset || error)
            break;
        offset = next;
    }
    if (source.has_descriptor)
        close(source.descriptor);
    return error;
}

static int offset_compare(const void *a, const void *b)
{
    const uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;
    return (left > right) - (left < right);
}

// Tables of abbrevs stand one behind the other. Were each allowed to run to the section's end, a hundred
// thousand units could each have nearly all of it for a table. So a table must end before the
// TABLES_IN_ONE-th that starts behind it: not the first, as a unit with a wrong place must not harm
// the others.
struct error *unit_abbrev_ends_set(struct unit_table *table)
{
    enum { TABLES_IN_ONE = 64 };
    uint64_t *starts = calloc(table->units_count + 1, sizeof(*starts));
    if (!starts)
        return &error_out_of_memory;
    size_t count = 0;
    for (size_t i = 0; i < table->units_count; i++)
        starts[i] = table->units[i].abbrev_offset;
    qsort(starts, table->units_count, sizeof(*starts), offset_compare);
    for (size_t i = 0; i < table->units_count; i++)
        if (count == 0 || starts[count - 1] != starts[i])
            starts[count++] = starts[i];
    for (size_t i = 0; i < table->units_count; i++) {
        struct unit *unit = &table->units[i];
        const uint64_t *own = bsearch(&unit->abbrev_offset, starts, count, sizeof(*starts), offset_compare);
        size_t next = (size_t)(own - starts) + TABLES_IN_ONE;
        unit->abbrev_end = next < count ? starts[next] : table->object->sections[SECTION_ABBREV].size_bytes;
    }
    free(starts);
    return NULL;
}

// Reads all root DIEs and leaves out the units whose root cannot be read.
static struct error *units_finish(struct unit_table *table)
{
    struct error **errors = calloc(table->units_count + 1, sizeof(*errors));
    struct unit **units = calloc(table->units_count + 1, sizeof(struct unit *));
    if (!errors || !units) {
        free(errors);
        free(units);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < table->units_count; i++)
        units[i] = &table->units[i];
    unit_roots_read(units, table->units_count, table->object->threads, errors);
    free(units);
    struct error *out_of_memory = NULL;
    size_t count = 0, info_count = 0;
    for (size_t i = 0; i < table->units_count; i++) {
        const struct unit *unit = &table->units[i];
        if (errors[i]) {
            if (errors[i]->code == ERROR_OUT_OF_MEMORY)
                out_of_memory = &error_out_of_memory;
            unit_root_tell(table, unit, errors[i]);
            error_free(errors[i]);
            continue;
        }
        info_count += unit->section == SECTION_INFO;
        table->units[count] = *unit;
        table->units[count].number = (uint32_t)count;
        count++;
    }
    free(errors);
    table->units_count = count;
    table->info_units_count = info_count;
    return out_of_memory;
}

static int signature_compare(const void *a, const void *b)
{
    const struct unit *left = *(const struct unit *const *)a, *right = *(const struct unit *const *)b;
    if (left->type_signature != right->type_signature)
        return left->type_signature < right->type_signature ? -1 : 1;
    return (left->number > right->number) - (left->number < right->number);
}

bool unit_is_type_unit(const struct unit *unit)
{
    return unit->unit_type == UT_type || unit->unit_type == UT_split_type;
}

struct error *unit_signatures_build(struct unit_table *table)
{
    size_t count = 0;
    for (size_t i = 0; i < table->units_count; i++)
        count += unit_is_type_unit(&table->units[i]);
    struct unit_signatures *signatures = calloc(1, sizeof(*signatures) + count * sizeof(*signatures->units));
    if (!signatures)
        return &error_out_of_memory;
    for (size_t i = 0; i < table->units_count; i++)
        if (unit_is_type_unit(&table->units[i]))
            signatures->units[signatures->count++] = &table->units[i];
    qsort(signatures->units, count, sizeof(*signatures->units), signature_compare);
    table->by_signature = signatures;
    return NULL;
}

// How a table is read.
struct unit_reading {
    bool roots_later;
    struct unit *place; // of unit_table_open_at; NULL: the table's own
    size_t place_count;
};

// Nothing points to a unit yet.
static struct error *units_move(struct unit_table *table, const struct unit_reading *reading)
{
    if (table->units_count != reading->place_count)
        return error_create(ERROR_BAD_FORMAT, "%s: it has %zu units now instead of %zu",
                            table->object->debug_path, table->units_count, reading->place_count);
    memcpy(reading->place, table->units, table->units_count * sizeof(*table->units));
    free(table->units);
    table->units = reading->place;
    table->units_are_borrowed = true;
    return NULL;
}

static struct error *table_fill(struct unit_table *table, const struct unit_reading *reading)
{
    unit_vec units = {0};
    CLEANUP(package_free_at) struct package *package = NULL;
    RETURN_IF_ERROR(package_read(table->object, &table->problems, &package));
    if (!reading->roots_later)
        object_populate(table->object, SECTION_INFO); // scan and search read all of it
    table->is_package = package != NULL;
    struct error *error = section_read(table, SECTION_INFO, package, reading->roots_later, &units);
    if (!error)
        error = section_read(table, SECTION_TYPES, package, reading->roots_later, &units);
    table->units = units.data;
    table->units_count = units.length;
    if (error)
        return error;
    RETURN_IF_ERROR(unit_abbrev_ends_set(table));
    RETURN_IF_ERROR(reading->roots_later ? units_later_begin(table) : units_finish(table));
    if (reading->place)
        RETURN_IF_ERROR(units_move(table, reading));
    RETURN_IF_ERROR(unit_signatures_build(table));
    return table->units_count ? NULL : unit_table_refuse(table);
}

static void table_free(struct unit_table *table)
{
    problems_free(&table->problems);
    free(table->by_signature);
    units_later_free(table->later);
    if (!table->units_are_borrowed)
        free(table->units);
    free(table);
}

static struct error *table_read(struct unit_tables *all, const struct object *object,
                                const struct unit_reading *reading, struct unit_table **result)
{
    struct unit_table *table = calloc(1, sizeof(*table));
    if (!table)
        return &error_out_of_memory;
    table->object = object;
    table->all = all;
    struct error *error = table_fill(table, reading);
    if (error) {
        table_free(table);
        return error;
    }
    *result = table;
    return NULL;
}

// Adds the table of one object to those of its program.
static struct error *table_add(struct unit_tables *all, const struct object *object,
                               const struct unit_reading *reading, struct unit_table **result)
{
    struct unit_table *table = NULL;
    RETURN_IF_ERROR(table_read(all, object, reading, &table));
    table->rank = (unsigned)all->length;
    if (!vec_push(all, table)) {
        table_free(table);
        return &error_out_of_memory;
    }
    *result = table;
    return NULL;
}

// What the program's own debug information refers to. A file that cannot be read is a problem of the
// program's, no error.
static struct error *alternate_add(struct unit_tables *all, struct unit_table *own)
{
    struct unit_table *alternate = NULL;
    const struct bytes *sections = own->object->alternate->sections;
    if (!sections[SECTION_INFO].size_bytes && !sections[SECTION_TYPES].size_bytes)
        return NULL; // strings alone, which need no units
    struct error *unreadable CLEANUP(error_free_at) =
        table_add(all, own->object->alternate, &(struct unit_reading){0}, &alternate);
    if (unreadable && unreadable->code == ERROR_OUT_OF_MEMORY)
        return &error_out_of_memory;
    if (unreadable)
        problems_add(&own->problems, PROBLEM_LAST, "%s", unreadable->message);
    own->alternate = alternate;
    return NULL;
}

static struct error *table_open(const struct object *object, const struct unit_reading *reading,
                                struct unit_table **result)
{
    struct unit_tables *all = calloc(1, sizeof(*all));
    if (!all)
        return &error_out_of_memory;
    struct error *error = table_add(all, object, reading, result);
    if (error) {
        vec_free(all);
        free(all);
        return error;
    }
    if (object->alternate)
        error = alternate_add(all, *result);
    vec_foreach (struct unit_table **, one, all)
        if ((*one)->problems.is_incomplete && !error)
            error = &error_out_of_memory;
    if (error)
        unit_table_free(*result);
    return error;
}

struct error *unit_table_open(const struct object *object, struct unit_table **table)
{
    return table_open(object, &(struct unit_reading){0}, table);
}

struct error *unit_table_open_at(const struct object *object, bool roots_later, struct unit *place,
                                 size_t count, struct unit_table **table)
{
    return table_open(
        object, &(struct unit_reading){.roots_later = roots_later, .place = place, .place_count = count},
        table);
}

struct error *unit_table_open_later(const struct object *object, struct unit_table **table)
{
    return table_open(object, &(struct unit_reading){.roots_later = true}, table);
}

struct error *unit_table_join(struct unit_table *own, const struct object *object, struct unit_table **joined)
{
    RETURN_IF_ERROR(table_add(own->all, object, &(struct unit_reading){0}, joined));
    if (object->alternate)
        RETURN_IF_ERROR(alternate_add(own->all, *joined));
    return (*joined)->problems.is_incomplete ? &error_out_of_memory : NULL;
}

struct error *unit_table_read_part(const struct unit_table *own, const struct object *object,
                                   struct unit_table **part)
{
    RETURN_IF_ERROR(table_read(own->all, object, &(struct unit_reading){0}, part));
    if (!(*part)->problems.is_incomplete)
        return NULL;
    table_free(*part);
    *part = NULL;
    return &error_out_of_memory;
}

struct error *unit_table_join_part(struct unit_table *own, struct unit_table *part)
{
    part->rank = (unsigned)own->all->length;
    return vec_push(own->all, part) ? NULL : &error_out_of_memory;
}

void unit_table_discard_part(struct unit_table *part)
{
    if (part)
        table_free(part);
}

void unit_table_free(struct unit_table *table)
{
    if (!table)
        return;
    struct unit_tables *all = table->all;
    abbrev_kept_free(all->kept);
    vec_foreach (struct unit_table **, one, all)
        table_free(*one);
    vec_free(all);
    free(all);
}
