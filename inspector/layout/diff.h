// SPDX-License-Identifier: MIT
// What changed between two layouts of one type, and why.
//
//     old  │a│···│bbbb│cccccccc│              `b` grew by 4 bytes, pushing `c` by 8
//     new  │a│·······│bbbbbbbb│cccccccc│
#ifndef STRATA_LAYOUT_DIFF_H
#define STRATA_LAYOUT_DIFF_H

#include "layout/layout.h"
#include "layout/rows.h"

enum diff_kind { DIFF_SAME, DIFF_CHANGED, DIFF_RENAMED, DIFF_ADDED, DIFF_REMOVED };

// "same", "changed", "renamed", "added", "removed".
const char *diff_kind_word(enum diff_kind kind);

struct diff_member {
    enum diff_kind kind;
    const struct row *old_row, *new_row; // NULL: added, removed
    const char *variant;                 // it is a field of this variant; NULL: of all
    const char *name; // for people, of the new row or of the removed one: "b", "Pair::b" of a variant,
                      // "(anonymous)", "(discriminant)"
    bool is_moved, is_resized, is_retyped;
    bool is_reordered;     // passed other members by; else others pushed it
    bool straddles_now;    // crosses a cache line, and did not
    bool straddled_before; // and no longer does
};

// Of enumerations.
struct diff_enumerator {
    enum diff_kind kind;
    const struct enumerator *old_enumerator, *new_enumerator; // NULL: added, removed
    bool is_last; // added behind all that there were before, or removed from there
};

struct diff {
    const struct layout *old_layout, *new_layout;
    struct diff_member *members; // by the new place; removed ones where they were
    size_t count;
    struct diff_enumerator *enumerators; // in the order of the new type; removed ones where they were
    size_t enumerators_count;
    bool differs;
    char *sentence; // the causes, and what came of them: one line, names as in the file
};

// An enumerator among template arguments: "(Color)1" of g++ is "green" of the other compilers.
struct diff_cast {
    const char *cast, *name;
};

struct diff_casts {
    struct diff_cast *data;
    size_t count;
};

struct diff_side {
    const struct layout *layout;
    const struct rows *rows;
    const struct diff_casts *casts; // known of its file; NULL: none
};

// Compares. Members go by their names (nameless ones by their order); one that lies where another of its size
// and type was is that one renamed. Spellings in which compilers differ are one type (diff_name_text). Everything lives in `arena`; rows and layouts are borrowed. Fails only
// when memory is short. O(n log n) in the members.
MUST_USE struct error *diff_compute(const struct diff_side *old_side, const struct diff_side *new_side,
                                    struct arena *arena, struct diff *diff);

// Whether alignments, and what follows from them, can be compared: where the debug information of one side has a
// place for declared alignments and that of the other has none, they differ by what is said, not by what is.
static inline bool diff_compares_alignments(const struct layout *a, const struct layout *b)
{
    return a->type->alignments_may_be_unstated == b->type->alignments_may_be_unstated;
}

// A name's spelling as all compilers could have it, to compare names by: "long unsigned int" is "unsigned
// long", "char const*" is "const char *", "3U" is 3, and so on within template arguments. NULL only when
// memory is short; the result may be `name` itself.
const char *diff_name_text(const char *name, struct arena *arena);

// Where such a cast stands in a text.
struct diff_cast_place {
    const char *start;
    size_t length; // of all of it
    const char *type;
    size_t type_length;
    uint64_t value; // with is_negative the bits of a negative int64_t
    bool is_negative;
};

// The first of the text; false when there is none.
bool diff_cast_next(const char *text, struct diff_cast_place *place);
// The text with names for all casts that are known; the result may be `text` itself. NULL only when memory is short.
const char *diff_cast_replace(const char *text, const struct diff_casts *casts, struct arena *arena);

// The enumerator's number in decimal.
enum { ENUMERATOR_TEXT_BYTES = 24 };
void enumerator_text(const struct enumerator *enumerator, char text[ENUMERATOR_TEXT_BYTES]);

#endif
