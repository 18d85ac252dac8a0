// SPDX-License-Identifier: MIT
#include "dwarf/die_value.h"

#include "dwarf/abbrev.h"
#include "dwarf/constants.h"
#include "dwarf/text.h"
#include <string.h>

static struct die_ref reference_to(const struct unit_table *table, enum section_id section, uint64_t offset)
{
    const struct unit *unit = table ? unit_at(table, section, offset) : NULL;
    return unit && offset >= unit->die_offset ? (struct die_ref){unit, offset} : (struct die_ref){0};
}

// Of a reference that counts from the unit's header.
static struct die_ref reference_in(const struct unit *unit, uint64_t position)
{
    bool inside = position >= unit->die_offset - unit->offset && position < unit->end_offset - unit->offset;
    return inside ? (struct die_ref){unit, unit->offset + position} : (struct die_ref){0};
}

static void set_reference(struct die_attribute *attribute, struct die_ref reference)
{
    attribute->kind = reference.unit ? DIE_VALUE_REFERENCE : DIE_VALUE_UNREADABLE;
    attribute->reference = reference;
}

static void set_text(struct die_attribute *attribute, const char *text)
{
    attribute->kind = text ? DIE_VALUE_TEXT : DIE_VALUE_UNREADABLE;
    attribute->text = text && strnlen(text, TEXT_BYTES_MOST) == TEXT_BYTES_MOST ? TEXT_TOO_LONG : text;
}

static void set_number(struct die_attribute *attribute, uint64_t number)
{
    attribute->kind = DIE_VALUE_UNSIGNED;
    attribute->number = number;
}

static void set_signed(struct die_attribute *attribute, int64_t number)
{
    attribute->kind = DIE_VALUE_SIGNED;
    attribute->signed_number = number;
}

// The text of a DW_FORM_strx of any width.
static const char *indexed_text(const struct unit *unit, uint64_t index)
{
    return text_of(unit, (uint64_t)TEXT_INDEX << ID_TAG_SHIFT | (index & ID_OFFSET_MASK));
}

void die_value_read(const struct unit *unit, struct byte_reader *reader, int64_t implicit_value,
                    struct die_attribute *attribute)
{
    const struct unit_table *table = unit->table;
    const struct unit_table *alternate = table->alternate;
    const struct bytes *sections = table->object->sections;
    switch (attribute->form) {
    case FORM_data1:
        set_number(attribute, byte_reader_u8(reader));
        break;
    case FORM_data2:
        set_number(attribute, byte_reader_u16(reader));
        break;
    case FORM_data4:
        set_number(attribute, byte_reader_u32(reader));
        break;
    case FORM_data8:
        set_number(attribute, byte_reader_u64(reader));
        break;
    case FORM_udata:
        set_number(attribute, byte_reader_uleb(reader));
        break;
    case FORM_sdata:
        set_signed(attribute, byte_reader_sleb(reader));
        break;
    case FORM_implicit_const:
        set_signed(attribute, implicit_value);
        break;
    case FORM_flag:
        set_number(attribute, byte_reader_u8(reader) != 0);
        break;
    case FORM_flag_present:
        set_number(attribute, 1);
        break;
    case FORM_ref1:
        set_reference(attribute, reference_in(unit, byte_reader_u8(reader)));
        break;
    case FORM_ref2:
        set_reference(attribute, reference_in(unit, byte_reader_u16(reader)));
        break;
    case FORM_ref4:
        set_reference(attribute, reference_in(unit, byte_reader_u32(reader)));
        break;
    case FORM_ref8:
        set_reference(attribute, reference_in(unit, byte_reader_u64(reader)));
        break;
    case FORM_ref_udata:
        set_reference(attribute, reference_in(unit, byte_reader_uleb(reader)));
        break;
    case FORM_ref_addr:
        set_reference(attribute,
                      reference_to(table, SECTION_INFO,
                                   byte_reader_sized(reader, unit->version == 2 ? unit->address_bytes
                                                                                : unit->offset_bytes)));
        break;
    case FORM_GNU_ref_alt:
        set_reference(attribute,
                      reference_to(alternate, SECTION_INFO, byte_reader_sized(reader, unit->offset_bytes)));
        break;
    case FORM_ref_sup4:
        set_reference(attribute, reference_to(alternate, SECTION_INFO, byte_reader_u32(reader)));
        break;
    case FORM_ref_sup8:
        set_reference(attribute, reference_to(alternate, SECTION_INFO, byte_reader_u64(reader)));
        break;
    case FORM_ref_sig8: {
        const struct unit *type_unit = unit_by_signature(table, byte_reader_u64(reader));
        set_reference(attribute,
                      type_unit ? (struct die_ref){type_unit, type_unit->type_offset} : (struct die_ref){0});
        break;
    }
    case FORM_GNU_strp_alt:
    case FORM_strp_sup: {
        uint64_t offset = byte_reader_sized(reader, unit->offset_bytes);
        set_text(attribute, alternate ? text_at(alternate->object->sections[SECTION_STR], offset) : NULL);
        break;
    }
    case FORM_string: {
        const char *text = byte_reader_text(reader);
        set_text(attribute, reader->failed ? NULL : text);
        break;
    }
    case FORM_strp: // libdwarf would walk each text to its end, and texts may overlap
        set_text(attribute, text_at(sections[SECTION_STR], byte_reader_sized(reader, unit->offset_bytes)));
        break;
    case FORM_line_strp:
        set_text(attribute,
                 text_at(sections[SECTION_LINE_STR], byte_reader_sized(reader, unit->offset_bytes)));
        break;
    case FORM_strx:
    case FORM_GNU_str_index:
        set_text(attribute, indexed_text(unit, byte_reader_uleb(reader)));
        break;
    case FORM_strx1:
        set_text(attribute, indexed_text(unit, byte_reader_u8(reader)));
        break;
    case FORM_strx2:
        set_text(attribute, indexed_text(unit, byte_reader_u16(reader)));
        break;
    case FORM_strx3:
        set_text(attribute, indexed_text(unit, byte_reader_sized(reader, 3)));
        break;
    case FORM_strx4:
        set_text(attribute, indexed_text(unit, byte_reader_u32(reader)));
        break;
    case FORM_sec_offset:
        set_number(attribute, byte_reader_sized(reader, unit->offset_bytes));
        break;
    case FORM_loclistx:
    case FORM_rnglistx:
        set_number(attribute, byte_reader_uleb(reader));
        break;
    case FORM_data16:
        attribute->kind = DIE_VALUE_BLOCK;
        attribute->block = byte_reader_block(reader, 16);
        break;
    default: // addrx and the like: nothing that a layout needs
        attribute->kind = DIE_VALUE_UNREADABLE;
        break;
    }
    if (reader->failed)
        attribute->kind = DIE_VALUE_UNREADABLE;
}
