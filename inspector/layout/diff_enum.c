// SPDX-License-Identifier: MIT
// What changed between two versions of an enumeration.
#include "layout/diff_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void enumerator_text(const struct enumerator *enumerator, char text[ENUMERATOR_TEXT_BYTES])
{
    if (enumerator->is_negative)
        snprintf(text, ENUMERATOR_TEXT_BYTES, "%" PRId64, (int64_t)enumerator->value);
    else
        snprintf(text, ENUMERATOR_TEXT_BYTES, "%" PRIu64, enumerator->value);
}

struct named_enumerator {
    const char *name;
    size_t position;
};

static int named_compare(const void *left, const void *right)
{
    const struct named_enumerator *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static struct named_enumerator *by_name(const struct type *type, struct arena *arena)
{
    struct named_enumerator *named = arena_alloc_array(arena, type->enumerators_count, sizeof(*named));
    for (size_t i = 0; named && i < type->enumerators_count; i++)
        named[i] = (struct named_enumerator){type->enumerators[i].name ? type->enumerators[i].name : "", i};
    if (named && type->enumerators_count)
        qsort(named, type->enumerators_count, sizeof(*named), named_compare);
    return named;
}

#define NO_MATCH SIZE_MAX

// For each enumerator of the one its number in the other.
static void match(const struct named_enumerator *olds, size_t old_count, const struct named_enumerator *news,
                  size_t new_count, size_t *new_of_old, size_t *old_of_new)
{
    for (size_t o = 0, n = 0; o < old_count && n < new_count;) {
        const int order = strcmp(olds[o].name, news[n].name);
        if (!order) {
            new_of_old[olds[o].position] = news[n].position;
            old_of_new[news[n].position] = olds[o].position;
        }
        o += order <= 0;
        n += order >= 0;
    }
}

static bool same_value(const struct enumerator *a, const struct enumerator *b)
{
    return a->value == b->value && a->is_negative == b->is_negative;
}

static void mark_last(struct diff *diff)
{
    for (size_t i = diff->enumerators_count; i > 0; i--) {
        const enum diff_kind kind = diff->enumerators[i - 1].kind;
        if (kind != DIFF_ADDED && kind != DIFF_REMOVED)
            break;
        diff->enumerators[i - 1].is_last = true;
    }
}

struct error *diff_enumerators(const struct type *old_type, const struct type *new_type, struct arena *arena,
                               struct diff *diff)
{
    const size_t old_count = old_type->enumerators_count, new_count = new_type->enumerators_count;
    if (!old_count && !new_count)
        return NULL;
    struct named_enumerator *olds = by_name(old_type, arena), *news = by_name(new_type, arena);
    size_t *new_of_old = arena_alloc_array(arena, old_count, sizeof(size_t));
    size_t *old_of_new = arena_alloc_array(arena, new_count, sizeof(size_t));
    diff->enumerators = arena_alloc_array(arena, old_count + new_count, sizeof(*diff->enumerators));
    if (!olds || !news || !new_of_old || !old_of_new || !diff->enumerators)
        return &error_out_of_memory;
    memset(new_of_old, 0xff, old_count * sizeof(size_t)); // NO_MATCH
    memset(old_of_new, 0xff, new_count * sizeof(size_t));
    match(olds, old_count, news, new_count, new_of_old, old_of_new);
    size_t o = 0;
    for (size_t n = 0; n <= new_count; n++) {
        for (; o < old_count && (n == new_count || new_of_old[o] == NO_MATCH || new_of_old[o] < n); o++)
            if (new_of_old[o] == NO_MATCH)
                diff->enumerators[diff->enumerators_count++] = (struct diff_enumerator){
                    .kind = DIFF_REMOVED, .old_enumerator = &old_type->enumerators[o]};
        if (n == new_count)
            break;
        const struct enumerator *after = &new_type->enumerators[n];
        const struct enumerator *before =
            old_of_new[n] == NO_MATCH ? NULL : &old_type->enumerators[old_of_new[n]];
        diff->enumerators[diff->enumerators_count++] = (struct diff_enumerator){
            .kind = !before                     ? DIFF_ADDED
                    : same_value(before, after) ? DIFF_SAME
                                                : DIFF_CHANGED,
            .old_enumerator = before,
            .new_enumerator = after,
        };
    }
    mark_last(diff);
    return NULL;
}
