// SPDX-License-Identifier: MIT
// The children of a DIE, one after the other, decoded.
//
//     struct children children = children_of(view, &die);
//     for (enum child next; (next = children_next(&children, &child)) != CHILD_NONE;)
//         ...
#ifndef STRATA_DWARF_DIE_CHILDREN_H
#define STRATA_DWARF_DIE_CHILDREN_H

#include "dwarf/unit_view.h"

// The children's own children are passed over, but for those of transparent ones (a variant part's variants),
// which come as if they were children, too, unless only the direct ones are asked for.
struct children {
    const struct unit_view *view;
    const uint8_t *position;
    size_t depth; // 0: at the end; more than 0 after CHILD_NONE: the unit breaks the rules
    bool are_direct;
};

enum child {
    CHILD_NONE,
    CHILD_DIE,
    CHILD_CLOSE, // the children of a transparent one end
};

static inline struct children children_of(const struct unit_view *view, const struct decoded_die *die)
{
    return (struct children){view, die->next, die->abbrev->has_children ? 1 : 0, false};
}

static inline struct children direct_children_of(const struct unit_view *view, const struct decoded_die *die)
{
    return (struct children){view, die->next, die->abbrev->has_children ? 1 : 0, true};
}

// The abbrev of the first child of a DIE of that abbrev; `behind` is where its values end. NULL when it has
// none, or one that cannot be read.
static inline const struct abbrev *first_child_abbrev(const struct unit_view *view,
                                                      const struct abbrev *abbrev, const uint8_t *behind)
{
    uint64_t code;
    if (!abbrev->has_children || behind >= view->stream.end)
        return NULL;
    load_uleb(behind, &code);
    return code ? abbrev_find(view->abbrevs, code) : NULL;
}

enum child children_next(struct children *children, struct decoded_die *die);

// Whether a child of a DIE of that abbrev, whose values end at `behind`, is a template's parameter.
bool lists_template_parameter(const struct unit_view *view, const struct abbrev *abbrev,
                              const uint8_t *behind);

#endif
