// SPDX-License-Identifier: MIT
#include "dwarf/text.h"

#include "dwarf/die_decode.h"

uint64_t text_resolve_index(const struct unit *unit, uint64_t id)
{
    if (id_tag(id) != TEXT_INDEX)
        return id;
    const struct object *object = unit->table->object;
    uint64_t place;
    if (__builtin_mul_overflow(id_offset(id), unit->offset_bytes, &place) ||
        __builtin_add_overflow(place, unit->str_offsets_base, &place))
        return 0;
    const struct bytes section = object->sections[SECTION_STR_OFFSETS];
    if (!bytes_hold(section, place, unit->offset_bytes))
        return 0;
    const uint8_t *entry = section.data + place; // every name of split units comes this way
    const uint64_t offset =
        unit->offset_bytes == 8 ? load_u64(entry, object->big_endian) : load_u32(entry, object->big_endian);
    return (uint64_t)TEXT_STR << ID_TAG_SHIFT | (offset & ID_OFFSET_MASK);
}

static struct bytes text_section(const struct unit *unit, uint64_t id)
{
    const struct object *object = unit->table->object;
    switch ((enum text_tag)id_tag(id)) {
    case TEXT_STR:
        return object->sections[SECTION_STR];
    case TEXT_LINE_STR:
        return object->sections[SECTION_LINE_STR];
    case TEXT_INLINE:
        return object->sections[unit->section];
    case TEXT_ALTERNATE:
        return object->alternate ? object->alternate->sections[SECTION_STR] : (struct bytes){0};
    case TEXT_INDEX:
    case TEXT_NONE:
        break;
    }
    return (struct bytes){0};
}

static struct bytes text_bytes_at(struct bytes section, uint64_t offset)
{
    if (offset >= section.size_bytes)
        return (struct bytes){0};
    const uint8_t *text = section.data + offset;
    const bool is_cut = section.size_bytes - offset > TEXT_BYTES_MOST;
    const uint8_t *end = is_cut ? text + TEXT_BYTES_MOST : section.data + section.size_bytes;
    const uint8_t *behind = pass_text(text, end);
    if (behind)
        return (struct bytes){text, (size_t)(behind - 1 - text)};
    return is_cut ? (struct bytes){(const uint8_t *)TEXT_TOO_LONG, sizeof(TEXT_TOO_LONG) - 1}
                  : (struct bytes){0};
}

const char *text_at(struct bytes section, uint64_t offset)
{
    return (const char *)text_bytes_at(section, offset).data;
}

struct bytes text_bytes_of(const struct unit *unit, uint64_t id)
{
    id = text_resolve_index(unit, id);
    return text_bytes_at(text_section(unit, id), id_offset(id));
}

const char *text_of(const struct unit *unit, uint64_t id)
{
    return (const char *)text_bytes_of(unit, id).data;
}
