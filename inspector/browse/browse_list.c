// SPDX-License-Identifier: MIT
#include "browse/browse_list.h"

#include "type/language.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

void list_free(struct list *list)
{
    filter_free(&list->filter);
    free(list->order);
    free(list->shown);
    free(list->spare);
    free(list->keys);
    free(list->is_meant);
    free(list->fits);
    free(list->groups);
    *list = (struct list){0};
}

const char *list_kind_word(enum list_kind kind)
{
    static const char *const words[LIST_KINDS] = {
        [LIST_RECORDS] = "types", [LIST_STRUCTS] = "structs",    [LIST_CLASSES] = "classes",
        [LIST_UNIONS] = "unions", [LIST_ENUMS] = "enumerations", [LIST_ALL] = "types and enumerations"};
    return words[kind];
}

bool list_shows_groups(const struct list *list)
{
    return list->grouping != LIST_BY_TYPE && !list->is_in_group;
}

size_t list_count(const struct list *list)
{
    return list_shows_groups(list) ? list->groups_count : list->shown_count;
}

bool list_sorts_groups(const struct column *column)
{
    return column == &columns[COLUMN_NAME] || column == &columns[COLUMN_SIZE] ||
           column == &columns[COLUMN_WASTE] || column == &columns[COLUMN_SAVINGS];
}

static enum model_grouping grouping_of(const struct list *list)
{
    return list->grouping == LIST_BY_FILE ? GROUP_FILE : GROUP_NAMESPACE;
}

static bool grow(void *array, size_t room, size_t element_bytes)
{
    void **pointer = array, *grown = reallocarray(*pointer, room, element_bytes);
    *pointer = grown ? grown : *pointer;
    return grown != NULL;
}

static bool reserve(struct list *list, uint32_t count)
{
    if (count <= list->capacity && list->order)
        return true;
    const size_t room = (size_t)count + 1;
    if (!grow(&list->order, room, sizeof(*list->order)) || !grow(&list->shown, room, sizeof(*list->shown)) ||
        !grow(&list->spare, room, sizeof(*list->spare)) || !grow(&list->keys, room, sizeof(*list->keys)) ||
        !grow(&list->is_meant, room, sizeof(*list->is_meant)) ||
        !grow(&list->fits, room, sizeof(*list->fits)))
        return false;
    list->capacity = count;
    return true;
}

// --- Sorting ---

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

// Sorts list->order by list->keys (by type), stable: a radix sort, whose time does not depend on how the numbers lie.
static void sort_by_keys(struct list *list, uint32_t count)
{
    uint64_t differ = 0;
    for (uint32_t i = 1; i < count; i++)
        differ |= list->keys[i] ^ list->keys[0];
    for (unsigned shift = 0; shift < 64; shift += DIGIT_BITS) {
        if (!(differ >> shift & (DIGITS - 1)))
            continue;
        uint32_t starts[DIGITS + 1] = {0};
        for (uint32_t i = 0; i < count; i++)
            starts[(list->keys[list->order[i]] >> shift & (DIGITS - 1)) + 1]++;
        for (unsigned d = 1; d <= DIGITS; d++)
            starts[d] += starts[d - 1];
        for (uint32_t i = 0; i < count; i++)
            list->spare[starts[list->keys[list->order[i]] >> shift & (DIGITS - 1)]++] = list->order[i];
        uint32_t *sorted = list->spare;
        list->spare = list->order;
        list->order = sorted;
    }
}

// Numbers from the largest down; what is not known comes last.
static uint64_t key_of(const struct list *list, const struct type_index_entry *entry,
                       const struct type_summary *summary)
{
    uint64_t number;
    if (summary && column_is_known(list->sort, summary))
        number = column_kept(list->sort, summary);
    else if (!summary && list->sort == &columns[COLUMN_SIZE] && entry->size_known) // the index tells it
        number = entry->size_bytes;
    else
        return UINT64_MAX;
    return list->is_reverse ? number : UINT64_MAX - 1 - number;
}

static void sort_all(struct list *list)
{
    const struct model *model = list->model;
    const bool by_name = list->sort == &columns[COLUMN_NAME];
    for (uint32_t i = 0; i < model->count; i++) {
        const uint32_t at = by_name && list->is_reverse ? model->count - 1 - i : i;
        list->order[i] = model->by_name ? model->by_name[at] : at;
    }
    if (by_name)
        return;
    for (size_t f = 0; f < model->files_count; f++) {
        const struct model_file *file = &model->files[f];
        for (size_t i = 0; i < file->count; i++)
            list->keys[file->first + i] =
                key_of(list, &file->index->entries[file->numbers[i]], model_file_summary(file, i));
    }
    sort_by_keys(list, model->count);
}

// --- Filtering ---

static bool is_of_kind(const struct list *list, const struct type_index_entry *entry)
{
    switch (list->kind) {
    case LIST_STRUCTS:
        return entry->kind == TYPE_STRUCT;
    case LIST_CLASSES:
        return entry->kind == TYPE_CLASS;
    case LIST_UNIONS:
        return entry->kind == TYPE_UNION;
    case LIST_ENUMS:
        return entry->kind == TYPE_ENUM;
    case LIST_RECORDS:
        return entry->kind != TYPE_ENUM;
    default:
        return true;
    }
}

static bool begins(const char *text, const char *prefix)
{
    return text && !strncmp(text, prefix, strlen(prefix));
}

// By its name, or by where it is declared.
static bool is_of_library(const char *name, const struct type_summary *summary)
{
    static const char *const names[] = {"std::",     "__gnu_cxx::",  "__cxxabiv1::", "core::",
                                        "alloc::",   "hashbrown::",  "runtime.",     "runtime/",
                                        "internal/", "__gnu_debug::"};
    static const char *const folders[] = {"/usr/include/", "/usr/lib/", "/usr/share/go", "/usr/local/go/",
                                          "/rustc/"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++)
        if (begins(name, names[i]))
            return true;
    for (size_t i = 0; summary && i < ARRAY_LENGTH(folders); i++)
        if (begins(summary->declared_file, folders[i]))
            return true;
    // Packages of Go's own have no dot in the first part of their path, and are not main.
    if (summary && summary->language && !strcmp(summary->language, "go")) {
        const size_t first = strcspn(name, "/.");
        return name[first] && strncmp(name, "main.", 5) != 0 &&
               !(name[first] == '.' && strchr(name + first, '/'));
    }
    return false;
}

static bool is_meant(const struct list *list, uint32_t type, const struct type_index_entry *entry,
                     const struct type_summary *summary)
{
    const struct model *model = list->model;
    if (!is_of_kind(list, entry))
        return false;
    if (model->changes) {
        const bool is_older = type < model->files[1].first;
        if (is_older && model->counterparts[type] != TYPE_NONE)
            return false; // the newer one stands for both
        if (list->changed_only && model->changes[type] == PAIR_ALIKE)
            return false;
    }
    if (list->language && (!summary || !summary->language || strcmp(summary->language, list->language) != 0))
        return false;
    return !list->hides_library || !is_of_library(entry->name, summary);
}

static bool is_in_group(const struct list *list, uint32_t type)
{
    const uint32_t *groups = list->model->groups[grouping_of(list)];
    return !list->is_in_group || (groups && groups[type] == list->in_group);
}

// All that the list is about, whatever the filter says.
static void mean_all(struct list *list)
{
    list->total = 0;
    for (size_t f = 0; f < list->model->files_count; f++) {
        const struct model_file *file = &list->model->files[f];
        for (size_t i = 0; i < file->count; i++) {
            const uint32_t type = file->first + (uint32_t)i;
            list->is_meant[type] =
                is_meant(list, type, &file->index->entries[file->numbers[i]], model_file_summary(file, i)) &&
                is_in_group(list, type);
            list->total += list->is_meant[type];
        }
    }
}

// Names are looked at in the order in which they lie, numbers and members likewise: memory is what this takes.
static void fit_all(struct list *list)
{
    const struct model *model = list->model;
    const struct filter *filter = &list->filter;
    if (filter->kind == FILTER_NAME || filter->kind == FILTER_PATTERN) {
        for (uint32_t i = 0; i < model->count; i++) {
            const uint32_t type = model->by_name ? model->by_name[i] : i;
            list->fits[type] = list->is_meant[type]
                                   ? (uint8_t)filter_fit(filter, model_name(model, type), NULL, NULL)
                                   : (uint8_t)FIT_NOT;
        }
        return;
    }
    for (size_t f = 0; f < model->files_count; f++) {
        const struct model_file *file = &model->files[f];
        for (size_t i = 0; i < file->count; i++) {
            const struct type_summary *summary = model_file_summary(file, i);
            const uint32_t type = file->first + (uint32_t)i;
            list->fits[type] = list->is_meant[type] ? (uint8_t)filter_fit(filter, NULL, summary,
                                                                          summary ? file->members[i] : NULL)
                                                    : (uint8_t)FIT_NOT;
        }
    }
}

// Those that fit best come first, each kind in the order of all.
static void filter_all(struct list *list)
{
    uint32_t counts[FITS] = {0}, count = list->model->count;
    fit_all(list);
    for (uint32_t i = 0; i < count; i++)
        counts[list->fits[i]]++;
    uint32_t places[FITS] = {0, 0, counts[FIT_EXACT], counts[FIT_EXACT] + counts[FIT_PREFIX]};
    list->shown_count = counts[FIT_EXACT] + counts[FIT_PREFIX] + counts[FIT_WITHIN];
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t fit = list->fits[list->order[i]];
        if (fit != FIT_NOT)
            list->shown[places[fit]++] = list->order[i];
    }
}

// --- Groups ---

static int group_compare(const void *left, const void *right, void *context)
{
    const struct list_group *a = left, *b = right;
    const struct list *list = context;
    const int sign = list->is_reverse ? -1 : 1;
    uint64_t a_number = 0, b_number = 0;
    if (list->sort == &columns[COLUMN_SIZE])
        a_number = a->size_bytes, b_number = b->size_bytes;
    else if (list->sort == &columns[COLUMN_SAVINGS])
        a_number = a->savings_bytes, b_number = b->savings_bytes;
    else if (list->sort != &columns[COLUMN_NAME])
        a_number = a->waste_bytes, b_number = b->waste_bytes;
    if (a_number != b_number)
        return a_number > b_number ? -sign : sign;
    return list->sort == &columns[COLUMN_NAME] ? sign * ((a->number > b->number) - (a->number < b->number))
                                               : (a->number > b->number) - (a->number < b->number);
}

static struct error *sum_groups(struct list *list)
{
    const struct model *model = list->model;
    const uint32_t *groups = model->groups[grouping_of(list)];
    const uint32_t count = model->groups_count[grouping_of(list)];
    list->groups_count = 0;
    if (!groups)
        return NULL;
    if (count > list->groups_capacity || !list->groups) {
        struct list_group *grown = reallocarray(list->groups, (size_t)count + 1, sizeof(*grown));
        if (!grown)
            return &error_out_of_memory;
        list->groups = grown;
        list->groups_capacity = count;
    }
    for (uint32_t i = 0; i < count; i++)
        list->groups[i] = (struct list_group){.number = i};
    for (size_t f = 0; f < model->files_count; f++) {
        const struct model_file *file = &model->files[f];
        for (size_t i = 0; i < file->count; i++) {
            if (list->fits[file->first + i] == FIT_NOT)
                continue;
            struct list_group *group = &list->groups[groups[file->first + i]];
            const struct type_summary *summary = model_file_summary(file, i);
            group->types++;
            if (!summary)
                continue;
            group->size_bytes += summary->size_known ? summary->size_bytes : 0;
            group->waste_bytes += bits_to_bytes(summary->own_waste_bits);
            group->savings_bytes += summary->savings_bytes;
        }
    }
    for (uint32_t i = 0; i < count; i++)
        if (list->groups[i].types)
            list->groups[list->groups_count++] = list->groups[i];
    qsort_r(list->groups, list->groups_count, sizeof(*list->groups), group_compare, list);
    return NULL;
}

struct error *list_refresh(struct list *list)
{
    if (!reserve(list, list->model->count))
        return &error_out_of_memory;
    if (!list->is_sorted) {
        sort_all(list);
        mean_all(list);
    }
    list->is_sorted = true;
    filter_all(list);
    return list_shows_groups(list) ? sum_groups(list) : NULL;
}
