// SPDX-License-Identifier: MIT
#include "dwarf/unit_dies.h"

#include "dwarf/abbrev.h"
#include "dwarf/die_steps.h"
#include <inttypes.h>
#include <stdlib.h>

enum { NESTING_MOST = 4096 };

static COLD struct error *die_error(const struct unit *unit, uint64_t offset, const char *what,
                                    uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, section_name(unit->section), offset, what, number);
}

enum { INSIDE_UNREAD = 1, INSIDE_FIRST = 2 }; // die_range.inside

enum tree_extent {
    TREE_WHOLE,  // of a unit: all ranges
    TREE_SCOPES, // of a valid unit: only scopes are looked into
    TREE_OUTER,  // the same, but classes are passed over, too
    TREE_INSIDE, // of one range that is no scope
};

struct tree {
    enum tree_extent extent;
    uint64_t *starts; // NULL: not kept
    VEC(struct die_range) ranges;
    VEC(uint32_t) completing;
    uint32_t innermost; // range whose children are being read
    unsigned depth;
    unsigned outside_depth; // how many of the open ranges are scopes, up to the first that is none
};

// The children of the innermost range end before `position`.
static void tree_close(struct tree *tree, uint32_t position)
{
    struct die_range *range = &tree->ranges.data[tree->innermost];
    range->end = position;
    tree->innermost = range->parent;
    tree->depth--;
    if (tree->outside_depth > tree->depth)
        tree->outside_depth = tree->depth;
}

// What types that others refer to by their qualified names lie in; the root is one.
static bool is_scope(const struct abbrev *abbrev, const struct tree *tree)
{
    return abbrev->role == ROLE_AGGREGATE || abbrev->role == ROLE_NAMESPACE || tree->depth == 0;
}

static bool tree_open(struct tree *tree, uint32_t position, bool is_scope)
{
    if (!vec_push(&tree->ranges, (struct die_range){.start = position, .parent = tree->innermost}))
        return false;
    tree->innermost = (uint32_t)tree->ranges.length - 1;
    if (is_scope && tree->outside_depth == tree->depth)
        tree->outside_depth++;
    tree->depth++;
    return true;
}

static bool is_completing(const struct abbrev *abbrev)
{
    return (abbrev->role == ROLE_AGGREGATE || abbrev->role == ROLE_ENUM) &&
           abbrev->fields >> FIELD_SPECIFICATION & 1;
}

// Reads the DIEs of the unit from `start` up to `end`, positions: the unit's own, or a range's.
static struct error *tree_read(const struct unit *unit, const struct abbrev_table *table, uint32_t start,
                               uint32_t end, struct tree *tree)
{
    const struct object *object = unit->table->object;
    const uint8_t *section = object->sections[unit->section].data;
    const uint8_t *const header = section + unit->offset;
    const struct die_stream stream = {section, header + end, object->big_endian};
    uint64_t sibling;
    bool has_root = false;
    struct passed passed = {0};
    tree->innermost = NO_RANGE;
    for (const uint8_t *p = header + start; p < stream.end;) {
        if (!tree->starts && (p = leaves_pass(&stream, table, p, &passed)) >= stream.end)
            break;
        const uint32_t position = (uint32_t)(p - header);
        uint64_t code;
        p = load_uleb(p, &code);
        if (code == 0) { // ends a list of children; behind the last one it is padding
            if (tree->depth > 0)
                tree_close(tree, (uint32_t)(p - header));
            continue;
        }
        const struct abbrev *abbrev = abbrev_find(table, code);
        if (!abbrev)
            return die_error(unit, unit->offset + position, "a DIE of the undeclared abbrev code", code);
        p = die_pass(&stream, abbrev, p, &sibling);
        if (!p)
            return die_error(unit, unit->offset + position, "a DIE leaves its unit, abbrev code", code);
        if (tree->depth == 0 && has_root)
            return die_error(unit, unit->offset + position, "a second root, abbrev code", code);
        has_root = true;
        if (tree->starts)
            tree->starts[position / 64] |= UINT64_C(1) << position % 64;
        if (UNLIKELY(is_completing(abbrev)) && tree->extent != TREE_INSIDE &&
            tree->outside_depth == tree->depth && !vec_push(&tree->completing, position))
            return &error_out_of_memory;
        if (!abbrev->has_children)
            continue;
        const bool scope = is_scope(abbrev, tree);
        const bool is_passed = tree->extent == TREE_OUTER
                                   ? !scope || (abbrev->role == ROLE_AGGREGATE && tree->depth)
                                   : tree->extent == TREE_SCOPES && !scope;
        if (tree->depth == NESTING_MOST)
            return die_error(unit, unit->offset + position, "DIEs are nested deeper than", NESTING_MOST);
        if (!tree_open(tree, position, scope))
            return &error_out_of_memory;
        if (is_passed && sibling > (uint64_t)(p - header) && sibling <= end) {
            p = header + sibling;
            tree->ranges.data[tree->innermost].inside = INSIDE_UNREAD;
            tree_close(tree, (uint32_t)sibling);
        }
    }
    // Some producers leave out the last null entries; the unit's end closes what is open.
    while (tree->depth > 0)
        tree_close(tree, end);
    return NULL;
}

static struct error *build(const struct unit *unit, const struct abbrev_table *abbrevs, struct tree *tree,
                           struct unit_dies *dies)
{
    const uint64_t size_bytes = unit->end_offset - unit->offset;
    *dies = (struct unit_dies){.unit = unit};
    struct error *error =
        size_bytes > UINT32_MAX
            ? die_error(unit, unit->offset, "the unit is larger than 4 GiB; bytes:", size_bytes)
            : tree_read(unit, abbrevs, (uint32_t)(unit->die_offset - unit->offset), (uint32_t)size_bytes,
                        tree);
    dies->starts = tree->starts;
    dies->ranges = (struct die_ranges){tree->ranges.data, (uint32_t)tree->ranges.length};
    dies->completing = tree->completing.data;
    dies->completing_count = (uint32_t)tree->completing.length;
    dies->is_complete = tree->extent != TREE_OUTER;
    if (error)
        unit_dies_free(dies);
    return error;
}

struct error *unit_dies_build(const struct unit *unit, const struct abbrev_table *abbrevs,
                              struct unit_dies *dies)
{
    const uint64_t size_bytes = unit->end_offset - unit->offset;
    struct tree tree = {.extent = TREE_WHOLE, .starts = calloc(size_bytes / 64 + 1, sizeof(*tree.starts))};
    return tree.starts ? build(unit, abbrevs, &tree, dies) : &error_out_of_memory;
}

static struct error *build_by_siblings(const struct unit *unit, const struct abbrev_table *abbrevs,
                                       enum tree_extent extent, struct unit_dies *dies)
{
    struct tree tree = {.extent = extent}, whole = {.extent = TREE_WHOLE};
    struct error *error = build(unit, abbrevs, &tree, dies);
    if (!error || error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error); // a sibling led astray: the scan has not followed it
    return build(unit, abbrevs, &whole, dies);
}

struct error *unit_dies_build_scopes(const struct unit *unit, const struct abbrev_table *abbrevs,
                                     struct unit_dies *dies)
{
    return build_by_siblings(unit, abbrevs, TREE_OUTER, dies);
}

// Most units complete nothing, which their abbrevs tell.
static bool may_complete(const struct abbrev_table *abbrevs)
{
    bool may = false;
    for (uint64_t i = 0; i < abbrevs->dense_count && !may; i++)
        may = is_completing(abbrevs->dense[i]);
    for (size_t i = 0; i < abbrevs->sparse_count && !may; i++)
        may = is_completing(abbrevs->sparse[i].abbrev);
    return may;
}

struct error *unit_dies_complete(struct unit_dies *dies, const struct abbrev_table *abbrevs)
{
    struct unit_dies scopes;
    dies->is_complete |= !may_complete(abbrevs);
    if (dies->is_complete)
        return NULL;
    RETURN_IF_ERROR(build_by_siblings(dies->unit, abbrevs, TREE_SCOPES, &scopes));
    free(dies->completing);
    dies->completing = scopes.completing;
    dies->completing_count = scopes.completing_count;
    dies->is_complete = true;
    scopes.completing = NULL;
    unit_dies_free(&scopes);
    return NULL;
}

void unit_dies_free(struct unit_dies *dies)
{
    vec_foreach (struct die_ranges *, inside, &dies->insides)
        free(inside->data);
    vec_free(&dies->insides);
    free(dies->starts);
    free(dies->ranges.data);
    free(dies->completing);
    *dies = (struct unit_dies){0};
}

size_t unit_dies_size_bytes(const struct unit_dies *dies)
{
    const uint64_t unit_bytes = dies->unit ? dies->unit->end_offset - dies->unit->offset : 0;
    return (dies->starts ? unit_bytes / 8 : 0) + (size_t)dies->ranges.count * sizeof(*dies->ranges.data) +
           dies->insides_bytes + (size_t)dies->completing_count * sizeof(*dies->completing);
}

bool unit_dies_start_at(const struct unit_dies *dies, uint64_t offset)
{
    if (offset < dies->unit->offset || offset >= dies->unit->end_offset)
        return false;
    const uint64_t position = offset - dies->unit->offset;
    return dies->starts[position / 64] >> position % 64 & 1;
}

// The innermost range of the list that holds the position and does not start there; NULL: none.
static struct die_range *range_around(const struct die_ranges *ranges, uint64_t position)
{
    uint32_t low = 0, high = ranges->count; // how many ranges start before it
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (ranges->data[middle].start < position)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t range = low == 0 ? NO_RANGE : low - 1;
    while (range != NO_RANGE && ranges->data[range].end <= position)
        range = ranges->data[range].parent;
    return range == NO_RANGE ? NULL : &ranges->data[range];
}

// Reads the ranges in one that was passed over. Once for each: a function may hold a hundred thousand types.
// Where the range's end is wrong, the list ends where its DIEs make no sense.
static struct error *inside_read(struct unit_dies *dies, const struct abbrev_table *abbrevs,
                                 struct die_range *range)
{
    struct tree tree = {.extent = TREE_INSIDE};
    struct error *error = tree_read(dies->unit, abbrevs, range->start, range->end, &tree);
    while (tree.depth > 0) // an error left them open
        tree_close(&tree, range->end);
    const struct die_ranges inside = {tree.ranges.data, (uint32_t)tree.ranges.length};
    if ((error && error->code == ERROR_OUT_OF_MEMORY) || !vec_push(&dies->insides, inside)) {
        error_free(error);
        free(inside.data);
        return &error_out_of_memory;
    }
    error_free(error);
    dies->insides_bytes += inside.count * sizeof(*inside.data) + sizeof(inside);
    range->inside = INSIDE_FIRST + (uint32_t)dies->insides.length - 1;
    return NULL;
}

struct error *unit_dies_parent(struct unit_dies *dies, const struct abbrev_table *abbrevs, uint64_t offset,
                               uint64_t *parent)
{
    const uint64_t position = offset - dies->unit->offset;
    struct die_range *range = range_around(&dies->ranges, position);
    *parent = 0;
    if (!range)
        return NULL;
    if (range->inside == INSIDE_UNREAD)
        RETURN_IF_ERROR(inside_read(dies, abbrevs, range));
    if (range->inside >= INSIDE_FIRST) {
        struct die_range *inner = range_around(&dies->insides.data[range->inside - INSIDE_FIRST], position);
        range = inner ? inner : range;
    }
    *parent = dies->unit->offset + range->start;
    return NULL;
}
