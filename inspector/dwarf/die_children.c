// SPDX-License-Identifier: MIT
#include "dwarf/die_children.h"

// Moves `p`, behind a DIE with children, to behind its last child's end. False when the unit breaks the
// rules.
static bool skip_children(const struct unit_view *view, const struct decoded_die *die, const uint8_t **p)
{
    const uint8_t *const header = view->stream.section + view->unit->offset;
    uint64_t sibling;
    if (die_has(die, FIELD_SIBLING)) {
        sibling = die->values[FIELD_SIBLING];
        if (sibling > (uint64_t)(*p - header) && sibling <= (uint64_t)(view->stream.end - header)) {
            *p = header + sibling;
            return true;
        }
    }
    for (size_t depth = 1; depth > 0;) {
        uint64_t code;
        if (*p >= view->stream.end)
            return false;
        *p = load_uleb(*p, &code);
        if (code == 0) {
            depth--;
            continue;
        }
        const struct abbrev *abbrev = abbrev_find(view->abbrevs, code);
        *p = abbrev ? die_pass(&view->stream, abbrev, *p, &sibling) : NULL;
        if (!*p)
            return false;
        depth += abbrev->has_children;
    }
    return true;
}

enum child children_next(struct children *children, struct decoded_die *die)
{
    uint64_t code;
    if (children->depth == 0 || children->position >= children->view->stream.end)
        return CHILD_NONE;
    const uint8_t *p = load_uleb(children->position, &code);
    if (code == 0) {
        children->position = p;
        return --children->depth == 0 ? CHILD_NONE : CHILD_CLOSE;
    }
    die->abbrev = abbrev_find(children->view->abbrevs, code);
    if (!die->abbrev || p > children->view->stream.end)
        return CHILD_NONE;
    die->next = die_read(&children->view->stream, die->abbrev, p, die->values);
    if (!die->next)
        return CHILD_NONE;
    children->position = die->next;
    if (die->abbrev->has_children) {
        const bool is_transparent =
            die->abbrev->role == ROLE_VARIANT_PART || die->abbrev->role == ROLE_VARIANT;
        if (is_transparent && !children->are_direct)
            children->depth++;
        else if (!skip_children(children->view, die, &children->position))
            return CHILD_NONE;
    }
    return CHILD_DIE;
}

bool lists_template_parameter(const struct unit_view *view, const struct abbrev *abbrev,
                              const uint8_t *behind)
{
    struct children children = {view, behind, abbrev->has_children ? 1 : 0, true};
    struct decoded_die child;
    while (children_next(&children, &child) == CHILD_DIE)
        if (tag_is_template_parameter(child.abbrev->tag))
            return true;
    return false;
}
