// SPDX-License-Identifier: MIT
// An opened slot in lines: its key, and its element by type, a line a field.
#include "watch/live_read.h"

#include <inttypes.h>
#include <stdio.h>

bool live_detail_entry(struct live_reader *reader, const uint8_t *key, const uint8_t *elem,
                       struct picture_detail *to)
{
    const struct map_shape *shape = reader->shape;
    struct map_value *value = &reader->value;
    char *line = to->lines[to->lines_count++];
    int taken = snprintf(line, sizeof(to->lines[0]), "key     ");
    if (!map_texts_add(reader->texts, shape, &shape->key, key, line + taken,
                       sizeof(to->lines[0]) - (size_t)taken))
        return false;
    map_value_open(reader->program, reader->memory, shape, &shape->elem, elem, value);
    line = to->lines[to->lines_count++];
    if (value->address)
        snprintf(line, sizeof(to->lines[0]), "value   %s at 0x%" PRIx64, value->type_name, value->address);
    else
        snprintf(line, sizeof(to->lines[0]), "value   %s", value->type_name);
    if (value->fields_count == 1 && !value->fields[0].name[0]) { // nothing but itself
        const struct map_value_field *field = &value->fields[0];
        taken = snprintf(line, sizeof(to->lines[0]), "value   %s ", value->type_name);
        return map_texts_add(reader->texts, shape, &field->part, value->bytes + field->at, line + taken,
                             sizeof(to->lines[0]) - (size_t)taken);
    }
    for (size_t i = 0; i < value->fields_count && to->lines_count < PICTURE_DETAIL_LINES; i++) {
        const struct map_value_field *field = &value->fields[i];
        line = to->lines[to->lines_count++];
        taken = snprintf(line, sizeof(to->lines[0]), "        %-16s ", field->name);
        if (!map_texts_add(reader->texts, shape, &field->part, value->bytes + field->at, line + taken,
                           sizeof(to->lines[0]) - (size_t)taken))
            return false;
    }
    return true;
}
