// SPDX-License-Identifier: MIT
#include "query/pairs.h"

#include "base/arena.h"
#include "query/casts.h"

#include <stdlib.h>
#include <string.h>

struct named_entry {
    const char *key; // its name, spelled in one way
    const struct type_index_entry *entry;
    size_t like; // of an old one: number of a new one that is like it; LIKE_NONE
};

#define LIKE_NONE SIZE_MAX

struct named_entries {
    struct named_entry *data;
    size_t length;
};

static int entry_compare(const void *left, const void *right)
{
    const struct named_entry *left_named = left, *right_named = right;
    const struct type_index_entry *a = left_named->entry, *b = right_named->entry;
    int order = strcmp(left_named->key, right_named->key);
    if (!order)
        order = (a->declared_line > b->declared_line) - (a->declared_line < b->declared_line);
    return order ? order : (a > b) - (a < b);
}

// Equal fingerprints and sizes: members' names, offsets, sizes and type names are equal.
static bool are_alike(const struct type_index_entry *a, const struct type_index_entry *b)
{
    return a->shape == b->shape && a->size_known == b->size_known && a->size_bytes == b->size_bytes &&
           a->kind == b->kind;
}

// The definitions of one name: those that are alike first, the others in the order of their lines. A file has
// few definitions of a name, so quadratic; past a limit they are taken in order.
enum { DEFINITIONS_COMPARED_MOST = 512 };

static bool push_pair(entry_pairs *pairs, const struct named_entry *old_named,
                      const struct named_entry *new_named, bool is_alike)
{
    return vec_push(pairs, (struct entry_pair){old_named ? old_named->entry : NULL,
                                               new_named ? new_named->entry : NULL, is_alike});
}

static struct error *pair_definitions(struct named_entry *olds, size_t old_count, struct named_entry *news,
                                      size_t new_count, entry_pairs *pairs)
{
    // One of a side may be like several of the other, which then differ in the spelling of the name only.
    bool has_like[DEFINITIONS_COMPARED_MOST] = {false};
    for (size_t o = 0; o < old_count; o++) {
        olds[o].like = LIKE_NONE;
        for (size_t n = 0; o < DEFINITIONS_COMPARED_MOST && n < new_count && n < DEFINITIONS_COMPARED_MOST;
             n++)
            if (are_alike(olds[o].entry, news[n].entry)) {
                olds[o].like = n;
                has_like[n] = true;
            }
        if (olds[o].like != LIKE_NONE && !push_pair(pairs, &olds[o], &news[olds[o].like], true))
            return &error_out_of_memory;
    }
    for (size_t o = 0, n = 0; o < old_count || n < new_count;) {
        if (o < old_count && olds[o].like != LIKE_NONE) {
            o++;
        } else if (n < new_count && n < DEFINITIONS_COMPARED_MOST && has_like[n]) {
            n++;
        } else {
            if (!push_pair(pairs, o < old_count ? &olds[o] : NULL, n < new_count ? &news[n] : NULL, false))
                return &error_out_of_memory;
            o += o < old_count;
            n += n < new_count;
        }
    }
    return NULL;
}

static size_t run_length(const struct named_entries *entries, size_t from, const char *name)
{
    size_t end = from;
    while (end < entries->length && !strcmp(entries->data[end].key, name))
        end++;
    return end - from;
}

static struct error *pair_all(const struct named_entries *olds, const struct named_entries *news,
                              entry_pairs *pairs)
{
    for (size_t o = 0, n = 0; o < olds->length || n < news->length;) {
        const char *old_name = o < olds->length ? olds->data[o].key : NULL;
        const char *new_name = n < news->length ? news->data[n].key : NULL;
        const char *name = !new_name || (old_name && strcmp(old_name, new_name) <= 0) ? old_name : new_name;
        size_t old_count = run_length(olds, o, name), new_count = run_length(news, n, name);
        struct named_entry *old_run = old_count ? &olds->data[o] : NULL;
        struct named_entry *new_run = new_count ? &news->data[n] : NULL;
        RETURN_IF_ERROR(pair_definitions(old_run, old_count, new_run, new_count, pairs));
        o += old_count;
        n += new_count;
    }
    return NULL;
}

static struct error *name_all(const entry_list *list, struct arena *arena, struct named_entries *entries)
{
    entries->data = arena_alloc_array(arena, list->length + 1, sizeof(*entries->data));
    if (!entries->data)
        return &error_out_of_memory;
    for (size_t i = 0; i < list->length; i++) {
        const struct named_entry named = {diff_name_text(list->data[i]->name, arena), list->data[i],
                                          LIKE_NONE};
        if (!named.key)
            return &error_out_of_memory;
        entries->data[entries->length++] = named;
    }
    qsort(entries->data, entries->length, sizeof(*entries->data), entry_compare);
    return NULL;
}

static bool has_key(const void *context, const char *name)
{
    const struct named_entries *entries = context;
    size_t low = 0, high = entries->length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(entries->data[middle].key, name);
        if (!order)
            return true;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

// Gives enumerators in the names of one file the other file's spelling.
static struct error *name_enumerators(struct pair_side *side, struct named_entries *entries,
                                      const struct named_entries *others, struct arena *arena)
{
    if (!side)
        return NULL;
    for (size_t i = 0; i < entries->length; i++)
        RETURN_IF_ERROR(casts_find(side->maker, side->index, entries->data[i].key, has_key, others,
                                   side->arena, &side->casts));
    if (!side->casts.count)
        return NULL;
    for (size_t i = 0; i < entries->length; i++) {
        entries->data[i].key = diff_cast_replace(entries->data[i].key, &side->casts, arena);
        if (!entries->data[i].key)
            return &error_out_of_memory;
    }
    qsort(entries->data, entries->length, sizeof(*entries->data), entry_compare);
    return NULL;
}

struct error *entries_pair_named(const entry_list *olds, const entry_list *news, struct pair_side *old_side,
                                 struct pair_side *new_side, entry_pairs *pairs)
{
    struct arena arena CLEANUP(arena_free) = {0};
    struct named_entries old_named = {0}, new_named = {0};
    RETURN_IF_ERROR(name_all(olds, &arena, &old_named));
    RETURN_IF_ERROR(name_all(news, &arena, &new_named));
    RETURN_IF_ERROR(name_enumerators(old_side, &old_named, &new_named, &arena));
    RETURN_IF_ERROR(name_enumerators(new_side, &new_named, &old_named, &arena));
    return pair_all(&old_named, &new_named, pairs);
}

struct error *entries_pair(const entry_list *olds, const entry_list *news, entry_pairs *pairs)
{
    return entries_pair_named(olds, news, NULL, NULL, pairs);
}
