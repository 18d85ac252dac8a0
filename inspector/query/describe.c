// SPDX-License-Identifier: MIT
#include "query/describe.h"

#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

struct named {
    const char *name;
    enum type_kind kind;
    size_t position;
};

static int named_compare(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    if (!order)
        order = (a->kind > b->kind) - (a->kind < b->kind);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

struct error *definitions_number(const struct selection *selection, struct definitions *definitions)
{
    size_t count = selection->count;
    struct named *named = calloc(count + 1, sizeof(*named));
    definitions->numbers = calloc(count + 1, sizeof(unsigned));
    definitions->counts = calloc(count + 1, sizeof(unsigned));
    if (!named || !definitions->numbers || !definitions->counts) {
        free(named);
        return &error_out_of_memory;
    }
    for (size_t i = 0; i < count; i++) {
        const struct type_index_entry *entry = &selection->index->entries[selection->numbers[i]];
        named[i] = (struct named){entry->name, entry->kind, i};
    }
    qsort(named, count, sizeof(*named), named_compare);
    for (size_t first = 0, end; first < count; first = end) {
        for (end = first + 1; end < count && named[end].kind == named[first].kind &&
                              !strcmp(named[end].name, named[first].name);)
            end++;
        for (size_t i = first; i < end; i++) {
            definitions->numbers[named[i].position] = (unsigned)(i - first + 1);
            definitions->counts[named[i].position] = (unsigned)(end - first);
        }
    }
    free(named);
    return NULL;
}

void definitions_free(struct definitions *definitions)
{
    free(definitions->numbers);
    free(definitions->counts);
    *definitions = (struct definitions){0};
}

struct error *describe_type(struct walk_worker *worker, const struct walk_item *item,
                            const struct definitions *definitions, unsigned parts,
                            const struct rows_options *rows, struct description *description)
{
    const struct type *type = item->type;
    struct described_type *described = &description->type;
    *described =
        (struct described_type){.name = item->entry->name,
                                .kind_word = type_kind_word(type),
                                .language = language_word(type->language),
                                .layout = item->layout,
                                .declared_file = type->declared_file,
                                .declared_folder = type->declared_folder,
                                .declared_line = type->declared_line,
                                .copies = item->entry->copies,
                                .definition_number = definitions ? definitions->numbers[item->position] : 1,
                                .definitions_count = definitions ? definitions->counts[item->position] : 1};
    if (parts & DESCRIBE_ROWS) {
        if (type->kind == TYPE_TYPEDEF && type->target) {
            described->target = type_name(type->target, worker->scratch);
            if (!described->target)
                return &error_out_of_memory;
        }
        RETURN_IF_ERROR(rows_build(worker->layouter, item->layout, rows, worker->scratch, &described->rows));
    }
    if (parts & DESCRIBE_PACK) {
        RETURN_IF_ERROR(
            pack_compute(worker->layouter, item->layout, NULL, worker->scratch, &description->pack));
        described->pack = &description->pack;
    }
    if (parts & DESCRIBE_TRIAL) {
        RETURN_IF_ERROR(pack_try(worker->layouter, item->layout, &(struct pack_options){.force = true}, NULL,
                                 0, worker->scratch, &description->trial));
        described->trial = &description->trial;
    }
    if (parts & DESCRIBE_SHARING) {
        RETURN_IF_ERROR(
            sharing_compute(worker->layouter, item->layout, NULL, worker->scratch, &description->sharing));
        described->sharing = &description->sharing;
    }
    return NULL;
}
