// SPDX-License-Identifier: MIT
#include "dwarf/unit_root.h"

#include "base/slices.h"
#include "dwarf/abbrev.h"
#include "dwarf/abbrev_table.h"
#include "dwarf/constants.h"
#include "dwarf/die_decode.h"
#include "dwarf/text.h"
#include "dwarf/vocabulary.h"
#include <inttypes.h>

// Entries of a unit's string offsets start behind their header: 8 bytes in DWARF 5, 16 in its 64-bit form,
// none in GNU's split DWARF 4. A unit in a .dwo has no DW_AT_str_offsets_base (section 7.3.2.1).
static uint64_t default_str_offsets_base(const struct unit *unit)
{
    return unit->version < 5 ? 0 : unit->offset_bytes == 8 ? 16 : 8;
}

void root_reader_free(struct root_reader *reader)
{
    arena_free(&reader->arena);
}

struct error *unit_root_read(struct root_reader *reader, struct unit *unit)
{
    const struct object *object = unit->table->object;
    struct bytes section = object->sections[unit->section];
    struct die_stream stream = {section.data, section.data + unit->end_offset, object->big_endian};
    uint64_t code, values[FIELDS_COUNT];
    const uint8_t *p = load_uleb(section.data + unit->die_offset, &code);
    struct abbrev abbrev;
    arena_reset(&reader->arena);
    RETURN_IF_ERROR(abbrev_compile_root(unit, code, &reader->arena, &abbrev));
    const struct abbrev *root = &abbrev;
    if (p > stream.end || !die_read(&stream, root, p, values))
        return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%" PRIx64 ": the root DIE leaves its unit",
                            object->debug_path, section_name(unit->section), unit->die_offset);
#define HAS(field) (root->fields >> (field)&1)
    unit->str_offsets_base =
        unit->str_offsets_part +
        (HAS(FIELD_STR_OFFSETS_BASE) ? values[FIELD_STR_OFFSETS_BASE] : default_str_offsets_base(unit));
    unit->language = vocabulary_language(HAS(FIELD_LANGUAGE) ? (uint16_t)values[FIELD_LANGUAGE] : 0);
    unit->has_line_table = HAS(FIELD_LINE_TABLE);
    unit->line_table_offset = HAS(FIELD_LINE_TABLE) ? unit->line_base + values[FIELD_LINE_TABLE] : 0;
    unit->name = HAS(FIELD_NAME) ? text_of(unit, values[FIELD_NAME]) : NULL;
    unit->folder = HAS(FIELD_FOLDER) ? text_of(unit, values[FIELD_FOLDER]) : NULL;
    unit->dwo_name = HAS(FIELD_DWO_NAME) && !object->is_split ? text_of(unit, values[FIELD_DWO_NAME]) : NULL;
    if (unit->version < 5 && HAS(FIELD_DWO_ID))
        unit->dwo_id = values[FIELD_DWO_ID];
#undef HAS
    return NULL;
}

enum { UNITS_A_SLICE = 64 };

struct roots {
    struct unit **units;
    size_t count;
    struct error **errors;
};

static void slice_read(void *context, size_t slice)
{
    const struct roots *roots = context;
    const size_t first = slice * UNITS_A_SLICE;
    struct root_reader reader = {0};
    for (size_t i = first; i < roots->count && i < first + UNITS_A_SLICE; i++)
        roots->errors[i] = unit_root_read(&reader, roots->units[i]);
    root_reader_free(&reader);
}

void unit_roots_read(struct unit **units, size_t count, unsigned threads, struct error **errors)
{
    struct roots roots = {units, count, errors};
    slices_run(count / UNITS_A_SLICE + 1, threads, slice_read, &roots);
}

void unit_root_tell(struct unit_table *table, const struct unit *unit, const struct error *error)
{
    problems_add(&table->problems, unit->offset, "%s, the unit at +0x%" PRIx64 " skipped", error->message,
                 unit->offset);
}

struct error *unit_table_refuse(const struct unit_table *table)
{
    const char *first =
        table->problems.length ? table->problems.data[0].text : "the debug sections are empty";
    return error_create(ERROR_BAD_FORMAT, "no unit can be read: %s", first);
}
