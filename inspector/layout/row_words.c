// SPDX-License-Identifier: MIT
// What rows are called, and the letters that stand for them in a map of bytes.
#include "layout/rows.h"

#include "layout/layout.h"
#include "type/type.h"

#include <stdlib.h>

const char *row_gap_words(const struct row *row)
{
    bool at_end = !row->has_after;
    switch (row->class) {
    case LAYOUT_UNKNOWN:
        return "unknown";
    case LAYOUT_BIT_HOLE:
        return at_end ? "unused bits at the end" : "unused bits";
    default:
        return row->is_reused        ? "padding that members below use"
               : row->is_empty_class ? "an empty object has an address, too"
               : at_end              ? "padding at the end"
                                     : "hole";
    }
}

const char *row_member_words(const struct row *row)
{
    return row->member_kind == MEMBER_BASE           ? "base class"
           : row->member_kind == MEMBER_VPTR         ? "virtual table pointer"
           : row->member_kind != MEMBER_VIRTUAL_BASE ? NULL
           : row->offset_known                       ? "virtual base class"
                                                     : "virtual base class, its place is found at run time";
}

const char *row_nameless_word(const struct row *row)
{
    return row->member_kind == MEMBER_DISCRIMINANT ? "(discriminant)" : "(anonymous)";
}

bool row_is_waste(const struct row *row)
{
    return row->kind == ROW_GAP && row->class != LAYOUT_UNKNOWN && !row->is_reused;
}

static const char letters_all[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

static bool letter_is_usable(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char letter_pick(bool used[128], const char *name)
{
    for (const char *c = name ? name : ""; *c; c++)
        if (letter_is_usable(*c) && !used[(unsigned char)*c])
            return *c;
    for (const char *c = letters_all; *c; c++)
        if (!used[(unsigned char)*c])
            return *c;
    return '\0';
}

char *rows_letters(const struct rows *rows)
{
    char *letters = malloc(rows->count + 1);
    if (!letters)
        return NULL;
    bool used[128] = {false};
    size_t number = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct row *row = &rows->data[i];
        letters[i] = ' ';
        if (row->kind != ROW_MEMBER || !row->is_leaf || row->is_element || !row->size_bits ||
            !row->offset_known)
            continue;
        char letter = letter_pick(used, row->name);
        if (!letter) // more fields than letters: they come round again
            letter = letters_all[number++ % (sizeof(letters_all) - 1)];
        used[(unsigned char)letter] = true;
        letters[i] = letter;
    }
    letters[rows->count] = '\0';
    return letters;
}
