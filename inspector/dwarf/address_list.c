// SPDX-License-Identifier: MIT
#include "dwarf/address_list.h"

#include "base/bytes.h"
#include "dwarf/constants.h"

// Where the attribute is missing: behind one header of the unit's format, as in a .dwo that stands in its object file; GNU's has none.
static uint64_t default_base(const struct unit *unit)
{
    return unit->version < 5 ? 0 : unit->offset_bytes == 8 ? 16 : 8;
}

struct error *address_list_of(struct die_reader *reader, const struct unit *unit, struct arena *scratch,
                              struct address_list *list)
{
    const struct unit *owner = unit->skeleton ? unit->skeleton : unit;
    const struct object *object = owner->table->object;
    const struct bytes section = object->sections[SECTION_ADDR];
    struct die root;
    *list = (struct address_list){.address_bytes = owner->address_bytes, .big_endian = object->big_endian};
    if (!section.size_bytes)
        return NULL;
    RETURN_IF_ERROR(die_reader_read(reader, (struct die_ref){owner, owner->die_offset}, scratch, &root));
    const struct die_attribute *attribute = die_attribute(&root, AT_addr_base);
    if (!attribute)
        attribute = die_attribute(&root, AT_GNU_addr_base);
    uint64_t base = default_base(owner);
    if (attribute)
        base = attribute->kind == DIE_VALUE_UNSIGNED ? attribute->number : UINT64_MAX;
    if (base <= section.size_bytes)
        list->bytes = (struct bytes){section.data + base, section.size_bytes - base};
    return NULL;
}

bool address_list_at(const struct address_list *list, uint64_t number, uint64_t *address)
{
    if (number >= list->bytes.size_bytes / list->address_bytes)
        return false;
    struct byte_reader reader = byte_reader_over(list->bytes, list->big_endian);
    byte_reader_seek(&reader, number * list->address_bytes);
    *address = byte_reader_sized(&reader, list->address_bytes);
    return !reader.failed;
}
