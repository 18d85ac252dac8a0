#include "dwarf/text.h"

#include "base/bytes.h"

uint64_t text_resolve_index(const struct unit *unit, uint64_t id)
{
    if (id_tag(id) != TEXT_INDEX)
        return id;
    const struct object *object = unit->table->object;
    uint64_t place;
    if (__builtin_mul_overflow(id_offset(id), unit->offset_bytes, &place) ||
        __builtin_add_overflow(place, unit->str_offsets_base, &place))
        return 0;
    struct byte_reader reader = byte_reader_over(object->sections[SECTION_STR_OFFSETS], object->big_endian);
    byte_reader_seek(&reader, place);
    uint64_t offset = byte_reader_sized(&reader, unit->offset_bytes);
    return reader.failed ? 0 : (uint64_t)TEXT_STR << ID_TAG_SHIFT | (offset & ID_OFFSET_MASK);
}

const char *text_of(const struct unit *unit, uint64_t id)
{
    const struct object *object = unit->table->object;
    id = text_resolve_index(unit, id);
    switch ((enum text_tag)id_tag(id)) {
    case TEXT_STR:
        return bytes_text_at(object->sections[SECTION_STR], id_offset(id));
    case TEXT_LINE_STR:
        return bytes_text_at(object->sections[SECTION_LINE_STR], id_offset(id));
    case TEXT_INLINE:
        return bytes_text_at(object->sections[unit->section], id_offset(id));
    case TEXT_ALTERNATE:
        return object->alternate ? bytes_text_at(object->alternate->sections[SECTION_STR], id_offset(id))
                                 : NULL;
    case TEXT_INDEX:
    case TEXT_NONE:
        return NULL;
    }
    return NULL;
}
