// SPDX-License-Identifier: MIT
#include "query/columns.h"

#include <string.h>

#define COLUMN_KEY(word) .key = (word), .json_key = ",\"" word "\":"

const struct column columns[COLUMNS] = {
#define COLUMN_TEXT(id, field, read, ...)                                                                    \
    [COLUMN_##                                                                                               \
        id] = {.field_offset_bytes = offsetof(struct type_summary, field), .is_text = true, __VA_ARGS__},
#define COLUMN_NUMBER(id, field, read, ...)                                                                  \
    [COLUMN_##id] = {.field_offset_bytes = offsetof(struct type_summary, field), __VA_ARGS__},
#include "query/columns.def"
};

static bool is_called(const char *name, const char *word, size_t length)
{
    return name && strlen(name) == length && !strncmp(name, word, length);
}

const struct column_table type_columns = {columns, COLUMNS};

const struct column *column_of(const struct column_table *table, const char *word, size_t length)
{
    for (size_t i = 0; i < table->count; i++)
        if (is_called(table->list[i].name, word, length) || is_called(table->list[i].title, word, length))
            return &table->list[i];
    return NULL;
}

const struct column *column_named(const char *word, size_t length)
{
    return column_of(&type_columns, word, length);
}

void columns_name_sort_keys(struct output *output, const char *separator, const char *last)
{
    const struct column *previous = NULL;
    for (size_t i = 0; i <= COLUMNS; i++) {
        if (i < COLUMNS && !columns[i].sorts)
            continue;
        if (previous) {
            output_text(output, previous == &columns[COLUMN_NAME] ? ""
                                : i < COLUMNS || !last            ? separator
                                                                  : last);
            output_text(output, previous->name);
            if (last && previous == &columns[COLUMN_NAME])
                output_text(output, " (default)");
            else if (last && previous->remark)
                output_format(output, " (%s)", previous->remark);
        }
        previous = &columns[i < COLUMNS ? i : 0];
    }
}

struct type_summary type_summarize(const struct described_type *type)
{
    const struct layout *layout = type->layout;
    return (struct type_summary){
        .size_known = layout->size_known,
        .declared_folder = type->declared_folder,
#define COLUMN_TEXT(id, field, read, ...) .field = read,
#define COLUMN_NUMBER(id, field, read, ...) .field = read,
#include "query/columns.def"
    };
}
