// SPDX-License-Identifier: MIT
#include "query/fold.h"

#include <stdlib.h>
#include <string.h>

void fold_init(struct fold *fold)
{
    *fold = (struct fold){0};
    arena_init(&fold->texts);
}

void fold_free(struct fold *fold)
{
    vec_free(&fold->types);
    free(fold->slots);
    arena_free(&fold->texts);
}

static bool is_same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static bool is_same_type(const struct folded *folded, const struct type_summary *summary, uint64_t shape)
{
    const struct type_summary *other = &folded->summary;
    if (folded->shape != shape || other->size_known != summary->size_known)
        return false;
    for (size_t i = 0; i < COLUMNS; i++) {
        const struct column *column = &columns[i];
        if (column->is_declaration || column->of_several || i == COLUMN_COPIES)
            continue;
        if (column->is_text ? !is_same_text(column_text(column, other), column_text(column, summary))
                            : column_kept(column, other) != column_kept(column, summary))
            return false;
    }
    return true;
}

static uint64_t hash_of(const char *name, uint64_t shape)
{
    uint64_t hash = shape;
    for (; name && *name; name++)
        hash = (hash ^ (unsigned char)*name) * UINT64_C(0x100000001b3); // FNV-1a's step
    return hash ^ hash >> 29;
}

// The slot of such a type, or the empty one that it belongs into.
static size_t *slot_of(const struct fold *fold, const struct type_summary *summary, uint64_t shape)
{
    for (uint64_t i = hash_of(summary->name, shape);; i++) {
        size_t *slot = &fold->slots[i & (fold->slots_count - 1)];
        if (!*slot || is_same_type(&fold->types.data[*slot - 1], summary, shape))
            return slot;
    }
}

static bool grow(struct fold *fold)
{
    const size_t count = fold->slots_count ? 2 * fold->slots_count : 256;
    size_t *slots = calloc(count, sizeof(*slots));
    if (!slots)
        return false;
    free(fold->slots);
    fold->slots = slots;
    fold->slots_count = count;
    for (size_t i = 0; i < fold->types.length; i++) {
        // They are all different: each goes into the next empty slot.
        uint64_t at = hash_of(fold->types.data[i].summary.name, fold->types.data[i].shape);
        while (slots[at & (count - 1)])
            at++;
        slots[at & (count - 1)] = i + 1;
    }
    return true;
}

static bool keep_text(struct fold *fold, const char **text)
{
    if (*text)
        *text = arena_copy_text(&fold->texts, *text, strlen(*text));
    return !fold->texts.has_failed;
}

struct error *fold_add(struct fold *fold, const struct type_summary *summary, uint64_t shape, size_t file,
                       size_t position)
{
    if (2 * fold->types.length >= fold->slots_count && !grow(fold))
        return &error_out_of_memory;
    size_t *slot = slot_of(fold, summary, shape);
    if (*slot) {
        struct folded *folded = &fold->types.data[*slot - 1];
        folded->summary.copies += summary->copies;
        folded->summary.in_files += folded->last_file != file;
        folded->last_file = file;
        return NULL;
    }
    struct folded made = {
        .summary = *summary, .shape = shape, .file = file, .position = position, .last_file = file};
    made.summary.in_files = 1;
    // kind and language are constants of the program.
    if (!keep_text(fold, &made.summary.name) || !keep_text(fold, &made.summary.declared_file) ||
        !keep_text(fold, &made.summary.declared_folder) || !vec_push(&fold->types, made))
        return &error_out_of_memory;
    *slot = fold->types.length;
    return NULL;
}
