// SPDX-License-Identifier: MIT
#include "layout/diff.h"

#include "layout/diff_text.h"

#include <stdlib.h>
#include <string.h>

const char *diff_kind_word(enum diff_kind kind)
{
    static const char *const words[] = {[DIFF_SAME] = "same",
                                        [DIFF_CHANGED] = "changed",
                                        [DIFF_RENAMED] = "renamed",
                                        [DIFF_ADDED] = "added",
                                        [DIFF_REMOVED] = "removed"};
    return words[kind];
}

// --- Members of one side, with what they are matched by ---

struct diff_entry {
    const struct row *row;
    const char *variant;
    const char *label;     // name for people: "b", "Pair::b", "(anonymous)"
    const char *key;       // its name, spelled in one way
    const char *type_text; // the same
    size_t position;
    struct diff_entry *match;
};

struct entries {
    struct diff_entry *data;
    size_t count;
};

static int text_compare(const char *a, const char *b)
{
    return !a || !b ? (a != NULL) - (b != NULL) : strcmp(a, b);
}

static int key_compare(const struct diff_entry *a, const struct diff_entry *b)
{
    int order = text_compare(a->variant, b->variant);
    order = order ? order : text_compare(a->key, b->key);
    return order ? order : (a->row->depth > b->row->depth) - (a->row->depth < b->row->depth);
}

// By key, and those of one key by place.
static int entry_compare(const void *left, const void *right)
{
    const struct diff_entry *a = *(struct diff_entry *const *)left, *b = *(struct diff_entry *const *)right;
    int order = key_compare(a, b);
    return order ? order : (a->position > b->position) - (a->position < b->position);
}

static const char *label_of(const struct row *row, const char *variant, struct arena *arena)
{
    const char *name = row->name                                 ? row->name
                       : row->member_kind == MEMBER_DISCRIMINANT ? "(discriminant)"
                                                                 : "(anonymous)";
    return variant ? arena_format(arena, "%s::%s", variant, name) : name;
}

static const char *plain_text(const struct diff_side *side, const char *text, struct arena *arena)
{
    text = diff_name_text(text, arena);
    return text ? diff_cast_replace(text, side->casts, arena) : NULL;
}

static struct error *collect(const struct diff_side *side, struct arena *arena, struct entries *entries)
{
    const struct rows *rows = side->rows;
    *entries = (struct entries){.data = arena_alloc_array(arena, rows->count, sizeof(struct diff_entry))};
    if (!entries->data)
        return &error_out_of_memory;
    const char *variant = NULL;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->data[i];
        if (row->kind == ROW_VARIANT)
            variant = row->name ? row->name : "(anonymous)";
        if (row->kind != ROW_MEMBER)
            continue;
        if (!row->depth)
            variant = NULL;
        // Compilers name the pointer, and what it points to, as they like.
        const bool is_vptr = row->member_kind == MEMBER_VPTR;
        const bool is_base = row->member_kind == MEMBER_BASE || row->member_kind == MEMBER_VIRTUAL_BASE;
        const char *type_text = is_vptr ? "" : plain_text(side, row->type_text, arena);
        const char *key = is_vptr                ? ""
                          : is_base && row->name ? plain_text(side, row->name, arena)
                                                 : row->name;
        const char *label = label_of(row, variant, arena);
        if (!type_text || !label || (row->name && !key))
            return &error_out_of_memory;
        entries->data[entries->count] = (struct diff_entry){.row = row,
                                                            .variant = variant,
                                                            .label = label,
                                                            .key = key,
                                                            .type_text = type_text,
                                                            .position = entries->count};
        entries->count++;
    }
    return NULL;
}

static struct diff_entry **sorted(struct entries *entries, struct arena *arena)
{
    struct diff_entry **pointers = arena_alloc_array(arena, entries->count, sizeof(*pointers));
    for (size_t i = 0; pointers && i < entries->count; i++)
        pointers[i] = &entries->data[i];
    if (pointers)
        qsort(pointers, entries->count, sizeof(*pointers), entry_compare);
    return pointers;
}

static void pair(struct diff_entry *old_entry, struct diff_entry *new_entry)
{
    old_entry->match = new_entry;
    new_entry->match = old_entry;
}

// Runs through both in the order of their keys.
static void match_by_name(struct diff_entry **old_sorted, size_t old_count, struct diff_entry **new_sorted,
                          size_t new_count)
{
    for (size_t o = 0, n = 0; o < old_count && n < new_count;) {
        int order = key_compare(old_sorted[o], new_sorted[n]);
        if (!order)
            pair(old_sorted[o], new_sorted[n]);
        o += order <= 0;
        n += order >= 0;
    }
}

static bool lie_alike(const struct diff_entry *a, const struct diff_entry *b)
{
    return a->row->offset_known && b->row->offset_known && a->row->offset_bits == b->row->offset_bits &&
           a->row->size_bits == b->row->size_bits && a->row->depth == b->row->depth &&
           !strcmp(a->type_text, b->type_text) && !text_compare(a->variant, b->variant);
}

// Both in the order of places: what is left over at the same place is the same under another name.
static void match_renamed(struct entries *old_entries, struct entries *new_entries)
{
    for (size_t o = 0, n = 0; o < old_entries->count && n < new_entries->count;) {
        struct diff_entry *a = &old_entries->data[o], *b = &new_entries->data[n];
        if (a->match || (!b->match && a->row->offset_bits < b->row->offset_bits)) {
            o++;
        } else if (b->match || a->row->offset_bits > b->row->offset_bits) {
            n++;
        } else {
            if (lie_alike(a, b) && a->row->name && b->row->name)
                pair(a, b);
            o++;
            n++;
        }
    }
}

// --- Who passed whom ---

// Marks what is not on a longest run of pairs that keep their order: `order[i]` is the old position of the
// i-th new member that has a match. Patience sorting, O(n log n).
static struct error *mark_reordered(const struct entries *new_entries, struct arena *arena,
                                    bool *is_reordered)
{
    size_t count = new_entries->count, length = 0;
    size_t *tails = arena_alloc_array(arena, count, sizeof(*tails)); // new positions: ends of runs by length
    size_t *before = arena_alloc_array(arena, count, sizeof(*before));
    if (!tails || !before)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++) {
        const struct diff_entry *entry = &new_entries->data[i];
        is_reordered[i] = entry->match != NULL;
        if (!entry->match)
            continue;
        size_t low = 0, high = length;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (new_entries->data[tails[middle]].match->position < entry->match->position)
                low = middle + 1;
            else
                high = middle;
        }
        before[i] = low ? tails[low - 1] : SIZE_MAX;
        tails[low] = i;
        length = low == length ? length + 1 : length;
    }
    for (size_t i = length ? tails[length - 1] : SIZE_MAX; i != SIZE_MAX; i = before[i])
        is_reordered[i] = false;
    return NULL;
}

// --- The result ---

static struct diff_member compare(const struct diff_entry *old_entry, const struct diff_entry *new_entry)
{
    const struct row *a = old_entry ? old_entry->row : NULL, *b = new_entry ? new_entry->row : NULL;
    const struct diff_entry *shown = new_entry ? new_entry : old_entry;
    struct diff_member member = {.kind = !a ? DIFF_ADDED : DIFF_REMOVED,
                                 .old_row = a,
                                 .new_row = b,
                                 .variant = shown->variant,
                                 .name = shown->label};
    member.straddles_now = b && b->straddles && b->is_leaf && !(a && a->straddles);
    member.straddled_before = a && a->straddles && b && !b->straddles;
    if (!a || !b)
        return member;
    member.is_moved = a->offset_known != b->offset_known || a->offset_bits != b->offset_bits;
    member.is_resized = a->size_known != b->size_known || a->size_bits != b->size_bits;
    member.is_retyped = strcmp(old_entry->type_text, new_entry->type_text) != 0;
    bool is_renamed = text_compare(old_entry->key, new_entry->key) != 0;
    bool is_changed = member.is_moved || member.is_resized || member.is_retyped;
    member.kind = is_renamed ? DIFF_RENAMED : is_changed ? DIFF_CHANGED : DIFF_SAME;
    return member;
}

static struct error *write_members(struct entries *old_entries, struct entries *new_entries,
                                   struct arena *arena, struct diff *diff)
{
    bool *is_reordered = arena_alloc(arena, new_entries->count);
    diff->members = arena_alloc_array(arena, old_entries->count + new_entries->count, sizeof(*diff->members));
    if (!is_reordered || !diff->members)
        return &error_out_of_memory;
    RETURN_IF_ERROR(mark_reordered(new_entries, arena, is_reordered));
    size_t o = 0;
    for (size_t n = 0; n <= new_entries->count; n++) {
        const struct diff_entry *entry = n < new_entries->count ? &new_entries->data[n] : NULL;
        for (; o < old_entries->count; o++) {
            const struct diff_entry *old_entry = &old_entries->data[o];
            if (!old_entry->match)
                diff->members[diff->count++] = compare(old_entry, NULL);
            else if (entry && old_entry->match->position >= n)
                break;
        }
        if (!entry)
            break;
        struct diff_member member = compare(entry->match, entry);
        member.is_reordered = is_reordered[n] && member.is_moved;
        diff->members[diff->count++] = member;
    }
    return NULL;
}

static bool layouts_differ(const struct layout *a, const struct layout *b)
{
    return a->size_known != b->size_known || a->size_bits != b->size_bits ||
           (diff_compares_alignments(a, b) &&
            (a->align.bytes != b->align.bytes || a->align.packed != b->align.packed)) ||
           a->own_waste_bits != b->own_waste_bits || a->holes_count != b->holes_count;
}

struct error *diff_compute(const struct diff_side *old_side, const struct diff_side *new_side,
                           struct arena *arena, struct diff *diff)
{
    struct entries old_entries, new_entries;
    *diff = (struct diff){.old_layout = old_side->layout, .new_layout = new_side->layout};
    RETURN_IF_ERROR(collect(old_side, arena, &old_entries));
    RETURN_IF_ERROR(collect(new_side, arena, &new_entries));
    struct diff_entry **old_sorted = sorted(&old_entries, arena), **new_sorted = sorted(&new_entries, arena);
    if (!old_sorted || !new_sorted)
        return &error_out_of_memory;
    match_by_name(old_sorted, old_entries.count, new_sorted, new_entries.count);
    match_renamed(&old_entries, &new_entries);
    RETURN_IF_ERROR(write_members(&old_entries, &new_entries, arena, diff));
    diff->differs = layouts_differ(old_side->layout, new_side->layout);
    for (size_t i = 0; i < diff->count; i++)
        diff->differs |= diff->members[i].kind != DIFF_SAME;
    RETURN_IF_ERROR(diff_enumerators(old_side->layout->type, new_side->layout->type, arena, diff));
    for (size_t i = 0; i < diff->enumerators_count; i++)
        diff->differs |= diff->enumerators[i].kind != DIFF_SAME;
    diff->sentence = diff_sentence(diff, arena);
    return diff->sentence ? NULL : &error_out_of_memory;
}
