// SPDX-License-Identifier: MIT
#include "build/variable.h"

#include "build/type_builder.h"
#include "dwarf/address_list.h"
#include "dwarf/constants.h"
#include "dwarf/location.h"

struct reading_variables {
    struct die_reader *reader;
    struct arena scratch; // emptied after each unit
    struct error *(*each)(void *context, const struct variable *variable);
    void *context;
    const struct unit *list_unit; // whose addresses by number `list` has; NULL: none yet
    struct address_list list;
};

// The address that a variable's location says; false where it is no fixed one.
static struct error *read_address(struct reading_variables *reading, const struct unit *unit,
                                  const struct die_attribute *location, uint64_t *address, bool *is_fixed)
{
    uint64_t distance_bytes;
    *is_fixed = false;
    if (!location || location->kind != DIE_VALUE_BLOCK)
        return NULL;
    const enum location_start start = location_place(
        location->block, unit->address_bytes, unit->table->object->big_endian, address, &distance_bytes);
    *is_fixed = start == LOCATION_ADDRESS;
    if (start == LOCATION_NUMBER) {
        if (reading->list_unit != unit) {
            RETURN_IF_ERROR(address_list_of(reading->reader, unit, &reading->scratch, &reading->list));
            reading->list_unit = unit;
        }
        *is_fixed = address_list_at(&reading->list, *address, address);
    }
    *address += distance_bytes;
    return NULL;
}

// A definition apart from its declaration has its name and type there (DW_AT_specification).
static struct error *read_declaration(struct reading_variables *reading, const struct die *die,
                                      struct die *declaration)
{
    const struct die_ref declared = attribute_reference(die_attribute(die, AT_specification));
    *declaration = *die;
    return declared.unit ? die_reader_read(reading->reader, declared, &reading->scratch, declaration) : NULL;
}

static const struct die_attribute *attribute_of(const struct die *die, const struct die *declaration,
                                                uint16_t name)
{
    const struct die_attribute *own = die_attribute(die, name);
    return own ? own : die_attribute(declaration, name);
}

static struct error *variable_read(struct reading_variables *reading, struct die_ref ref)
{
    struct die die, declaration;
    struct variable variable;
    RETURN_IF_ERROR(die_reader_read(reading->reader, ref, &reading->scratch, &die));
    bool is_fixed;
    RETURN_IF_ERROR(
        read_address(reading, ref.unit, die_attribute(&die, AT_location), &variable.address, &is_fixed));
    if (!is_fixed)
        return NULL;
    RETURN_IF_ERROR(read_declaration(reading, &die, &declaration));
    variable.name = attribute_text(attribute_of(&die, &declaration, AT_name));
    variable.type = attribute_reference(attribute_of(&die, &declaration, AT_type));
    return variable.name && variable.type.unit ? reading->each(reading->context, &variable) : NULL;
}

static struct error *unit_read(struct reading_variables *reading, const struct unit *unit)
{
    struct die_child *children;
    size_t count;
    const struct die_ref root = {unit, unit->die_offset};
    RETURN_IF_ERROR(die_reader_children(reading->reader, root, &reading->scratch, &children, &count));
    for (size_t i = 0; i < count; i++) {
        if (children[i].tag != TAG_variable)
            continue;
        struct error *error = variable_read(reading, (struct die_ref){unit, children[i].offset});
        if (error && error->code != ERROR_BAD_FORMAT)
            return error;
        error_free(error);
    }
    return NULL;
}

static struct error *table_read(struct reading_variables *reading, const struct unit_table *table)
{
    for (size_t i = 0; i < table->units_count; i++) {
        struct error *error = unit_read(reading, &table->units[i]);
        arena_free(&reading->scratch);
        if (error && error->code != ERROR_BAD_FORMAT)
            return error;
        error_free(error);
    }
    return NULL;
}

struct error *variables_read(const struct unit_table *table,
                             struct error *(*each)(void *context, const struct variable *variable),
                             void *context)
{
    struct reading_variables reading = {.each = each, .context = context};
    arena_init(&reading.scratch);
    struct error *error = die_reader_create(table, &reading.reader);
    for (size_t i = 0; i < table->all->length && !error; i++)
        error = table_read(&reading, table->all->data[i]);
    die_reader_free(reading.reader);
    arena_free(&reading.scratch);
    return error;
}
