// SPDX-License-Identifier: MIT
#include "browse/browse_index.h"

#include "query/pairs.h"
#include "type/qualified_name.h"

#include <stdlib.h>
#include <string.h>

struct keyed {
    const char *text;
    size_t length; // of the text that counts
    uint32_t type;
};

static int keyed_compare(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    const size_t least = a->length < b->length ? a->length : b->length;
    int order = memcmp(a->text, b->text, least);
    if (!order)
        order = (a->length > b->length) - (a->length < b->length);
    return order ? order : (a->type > b->type) - (a->type < b->type);
}

static const struct type_index_entry *entry_at(const struct model_file *file, size_t position)
{
    return &file->index->entries[file->numbers[position]];
}

// "main." of "main.Demo", "a::b::" of "a::b::C<int>"; without the separator.
static size_t namespace_length(const char *name)
{
    size_t length = (size_t)(name_last_part(name, NAME_SCOPES) - name);
    if (!length) // Go's packages: "encoding/json" of "encoding/json.Decoder"
        length = (size_t)(name_last_part(name, NAME_PACKAGES) - name);
    while (length && (name[length - 1] == ':' || name[length - 1] == '.' || name[length - 1] == '/'))
        length--;
    return length;
}

static void sort_and_number(struct keyed *keyed, uint32_t count, uint32_t *groups, uint32_t *groups_count)
{
    qsort(keyed, count, sizeof(*keyed), keyed_compare);
    *groups_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        const bool is_new = !i || keyed[i].length != keyed[i - 1].length ||
                            memcmp(keyed[i].text, keyed[i - 1].text, keyed[i].length) != 0;
        *groups_count += is_new;
        groups[keyed[i].type] = *groups_count - 1;
    }
}

// Groups by the keys, whose texts are copied into one block behind the table of names.
static struct error *group_by(struct keyed *keyed, uint32_t count, const char *nameless, uint32_t **groups,
                              const char ***names, uint32_t *groups_count)
{
    *groups = calloc((size_t)count + 1, sizeof(**groups));
    if (!*groups)
        return &error_out_of_memory;
    sort_and_number(keyed, count, *groups, groups_count);
    size_t bytes = ((size_t)*groups_count + 1) * sizeof(char *);
    for (uint32_t i = 0; i < count; i++)
        bytes += !i || (*groups)[keyed[i].type] != (*groups)[keyed[i - 1].type]
                     ? keyed[i].length + strlen(nameless) + 1
                     : 0;
    *names = calloc(1, bytes);
    if (!*names)
        return &error_out_of_memory;
    char *text = (char *)(*names + *groups_count + 1);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t group = (*groups)[keyed[i].type];
        if (i && group == (*groups)[keyed[i - 1].type])
            continue;
        (*names)[group] = text;
        memcpy(text, keyed[i].length ? keyed[i].text : nameless,
               keyed[i].length ? keyed[i].length : strlen(nameless));
        text += (keyed[i].length ? keyed[i].length : strlen(nameless)) + 1;
    }
    return NULL;
}

// --- Comparing ---

static uint32_t type_of_entry(const struct model_file *file, const uint32_t *by_entry,
                              const struct type_index_entry *entry)
{
    return by_entry[entry - file->index->entries];
}

static struct error *entry_numbers(const struct model_file *file, uint32_t **by_entry, entry_list *list)
{
    *by_entry = calloc(file->index->entries_count + 1, sizeof(**by_entry));
    if (!*by_entry)
        return &error_out_of_memory;
    for (size_t i = 0; i < file->count; i++) {
        (*by_entry)[file->numbers[i]] = file->first + (uint32_t)i;
        if (!vec_push(list, entry_at(file, i)))
            return &error_out_of_memory;
    }
    return NULL;
}

static void note_pairs(const struct model_file *files, uint32_t *const by_entry[2], const entry_pairs *pairs,
                       struct model_index *index)
{
    vec_foreach (const struct entry_pair *, pair, pairs) {
        const uint32_t old_type =
            pair->old_entry ? type_of_entry(&files[0], by_entry[0], pair->old_entry) : TYPE_NONE;
        const uint32_t new_type =
            pair->new_entry ? type_of_entry(&files[1], by_entry[1], pair->new_entry) : TYPE_NONE;
        if (old_type != TYPE_NONE) {
            index->counterparts[old_type] = new_type;
            index->changes[old_type] = pair->is_alike    ? PAIR_ALIKE
                                       : pair->new_entry ? PAIR_CHANGED
                                                         : PAIR_REMOVED;
        }
        if (new_type != TYPE_NONE) {
            index->counterparts[new_type] = old_type;
            index->changes[new_type] = pair->is_alike    ? PAIR_ALIKE
                                       : pair->old_entry ? PAIR_CHANGED
                                                         : PAIR_ADDED;
        }
    }
}

static struct error *index_pairs(const struct model_file *files, uint32_t count, struct model_index *index)
{
    entry_list lists[2] = {{0}, {0}};
    entry_pairs pairs = {0};
    uint32_t *by_entry[2] = {NULL, NULL};
    index->counterparts = malloc(((size_t)count + 1) * sizeof(*index->counterparts));
    index->changes = calloc((size_t)count + 1, 1);
    struct error *error = index->counterparts && index->changes ? NULL : &error_out_of_memory;
    for (uint32_t i = 0; !error && i < count; i++)
        index->counterparts[i] = TYPE_NONE;
    for (int i = 0; i < 2 && !error; i++)
        error = entry_numbers(&files[i], &by_entry[i], &lists[i]);
    if (!error)
        error = entries_pair(&lists[0], &lists[1], &pairs);
    if (!error)
        note_pairs(files, by_entry, &pairs, index);
    for (int i = 0; i < 2; i++) {
        vec_free(&lists[i]);
        free(by_entry[i]);
    }
    vec_free(&pairs);
    return error;
}

// --- All ---

static struct error *copy_names(const struct keyed *keyed, uint32_t count, struct model_index *index)
{
    size_t bytes = 1;
    for (uint32_t i = 0; i < count; i++)
        bytes += keyed[i].length + 1;
    index->names = calloc((size_t)count + 1, sizeof(*index->names));
    char *text = index->names_text = malloc(bytes);
    if (!index->names || !text)
        return &error_out_of_memory;
    for (uint32_t i = 0; i < count; i++) {
        index->names[keyed[i].type] = text;
        memcpy(text, keyed[i].text, keyed[i].length + 1);
        text += keyed[i].length + 1;
    }
    return NULL;
}

static struct error *order_and_group(struct keyed *keyed, uint32_t count, struct model_index *index)
{
    qsort(keyed, count, sizeof(*keyed), keyed_compare);
    RETURN_IF_ERROR(copy_names(keyed, count, index));
    for (uint32_t i = 0; i < count; i++) {
        index->by_name[i] = keyed[i].type;
        keyed[i].length = namespace_length(keyed[i].text);
    }
    return group_by(keyed, count, "(no namespace)", &index->groups, &index->group_names,
                    &index->groups_count);
}

struct error *index_order(const struct model_file *files, size_t files_count, uint32_t count, bool compares,
                          struct model_index *index)
{
    struct keyed *keyed = calloc((size_t)count + 1, sizeof(*keyed));
    index->by_name = calloc((size_t)count + 1, sizeof(*index->by_name));
    struct error *error = keyed && index->by_name ? NULL : &error_out_of_memory;
    for (size_t f = 0, at = 0; !error && f < files_count; f++)
        for (size_t i = 0; i < files[f].count; i++, at++) {
            const char *name = entry_at(&files[f], i)->name;
            keyed[at] = (struct keyed){name, strlen(name), (uint32_t)at};
        }
    if (!error)
        error = order_and_group(keyed, count, index);
    free(keyed);
    return error || !compares ? error : index_pairs(files, count, index);
}

void index_free(struct model_index *index)
{
    free(index->by_name);
    free(index->names);
    free(index->names_text);
    free(index->groups);
    free(index->group_names);
    free(index->counterparts);
    free(index->changes);
}

struct error *index_by_file(const struct model_file *files, size_t files_count, uint32_t count,
                            uint32_t **groups, const char ***names, uint32_t *groups_count)
{
    struct keyed *keyed = calloc((size_t)count + 1, sizeof(*keyed));
    if (!keyed)
        return &error_out_of_memory;
    for (size_t f = 0, at = 0; f < files_count; f++)
        for (size_t i = 0; i < files[f].count; i++, at++) {
            const char *name = files[f].is_known[i] ? files[f].summaries[i].declared_file : NULL;
            keyed[at] = (struct keyed){name ? name : "", name ? strlen(name) : 0, (uint32_t)at};
        }
    struct error *error = group_by(keyed, count, "(not told)", groups, names, groups_count);
    free(keyed);
    return error;
}
