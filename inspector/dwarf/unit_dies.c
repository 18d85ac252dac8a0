#include "dwarf/unit_dies.h"

#include "base/vec.h"
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

#define NO_RANGE UINT32_MAX

struct tree {
    uint64_t *starts; // NULL: the unit is valid, and only scopes are looked into
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

static struct error *tree_read(const struct unit *unit, const struct abbrev_table *table, struct tree *tree)
{
    const struct object *object = unit->table->object;
    const uint8_t *section = object->sections[unit->section].data;
    const uint8_t *const header = section + unit->offset;
    const struct die_stream stream = {section, section + unit->end_offset, object->big_endian};
    uint64_t sibling;
    bool has_root = false;
    struct passed passed = {0};
    for (const uint8_t *p = section + unit->die_offset; p < stream.end;) {
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
        if (UNLIKELY(is_completing(abbrev)) && tree->outside_depth == tree->depth &&
            !vec_push(&tree->completing, position))
            return &error_out_of_memory;
        if (!abbrev->has_children)
            continue;
        const bool scope = is_scope(abbrev, tree);
        if (tree->depth == NESTING_MOST)
            return die_error(unit, unit->offset + position, "DIEs are nested deeper than", NESTING_MOST);
        if (!tree_open(tree, position, scope))
            return &error_out_of_memory;
        if (!tree->starts && !scope && sibling > (uint64_t)(p - header) &&
            sibling <= (uint64_t)(stream.end - header)) {
            p = header + sibling;
            tree->ranges.data[tree->innermost].is_passed_over = true;
            tree_close(tree, (uint32_t)sibling);
        }
    }
    // Some producers leave out the last null entries; the unit's end closes what is open.
    while (tree->depth > 0)
        tree_close(tree, (uint32_t)(stream.end - header));
    return NULL;
}

static struct error *build(const struct unit *unit, const struct abbrev_table *abbrevs, struct tree *tree,
                           struct unit_dies *dies)
{
    const uint64_t size_bytes = unit->end_offset - unit->offset;
    *dies = (struct unit_dies){.unit = unit};
    tree->innermost = NO_RANGE;
    struct error *error =
        size_bytes > UINT32_MAX
            ? die_error(unit, unit->offset, "the unit is larger than 4 GiB; bytes:", size_bytes)
            : tree_read(unit, abbrevs, tree);
    dies->starts = tree->starts;
    dies->ranges = tree->ranges.data;
    dies->ranges_count = (uint32_t)tree->ranges.length;
    dies->completing = tree->completing.data;
    dies->completing_count = (uint32_t)tree->completing.length;
    if (error)
        unit_dies_free(dies);
    return error;
}

struct error *unit_dies_build(const struct unit *unit, const struct abbrev_table *abbrevs,
                              struct unit_dies *dies)
{
    const uint64_t size_bytes = unit->end_offset - unit->offset;
    struct tree tree = {.starts = calloc(size_bytes / 64 + 1, sizeof(*tree.starts))};
    return tree.starts ? build(unit, abbrevs, &tree, dies) : &error_out_of_memory;
}

struct error *unit_dies_build_scopes(const struct unit *unit, const struct abbrev_table *abbrevs,
                                     struct unit_dies *dies)
{
    struct tree tree = {0};
    return build(unit, abbrevs, &tree, dies);
}

void unit_dies_free(struct unit_dies *dies)
{
    free(dies->starts);
    free(dies->ranges);
    free(dies->completing);
    *dies = (struct unit_dies){0};
}

size_t unit_dies_size_bytes(const struct unit_dies *dies)
{
    const uint64_t unit_bytes = dies->unit ? dies->unit->end_offset - dies->unit->offset : 0;
    return (dies->starts ? unit_bytes / 8 : 0) + (size_t)dies->ranges_count * sizeof(*dies->ranges) +
           (size_t)dies->completing_count * sizeof(*dies->completing);
}

bool unit_dies_start_at(const struct unit_dies *dies, uint64_t offset)
{
    if (offset < dies->unit->offset || offset >= dies->unit->end_offset)
        return false;
    const uint64_t position = offset - dies->unit->offset;
    return dies->starts[position / 64] >> position % 64 & 1;
}

// The innermost range that holds the position and does not start there.
static uint32_t range_around(const struct unit_dies *dies, uint64_t position)
{
    uint32_t low = 0, high = dies->ranges_count; // how many ranges start before it
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dies->ranges[middle].start < position)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t range = low == 0 ? NO_RANGE : low - 1;
    while (range != NO_RANGE && dies->ranges[range].end <= position)
        range = dies->ranges[range].parent;
    return range;
}

// The parent of the DIE at the position, which lies in a range that was passed over: the way there, from the
// range's own DIE on.
static uint32_t parent_within(const struct unit_dies *dies, const struct abbrev_table *abbrevs,
                              uint32_t start, uint64_t position)
{
    const struct unit *unit = dies->unit;
    const struct object *object = unit->table->object;
    const uint8_t *section = object->sections[unit->section].data;
    const uint8_t *const header = section + unit->offset;
    const struct die_stream stream = {section, section + unit->end_offset, object->big_endian};
    uint32_t open[NESTING_MOST]; // starts of the DIEs whose children are being passed
    unsigned depth = 0;
    for (const uint8_t *p = header + start; p && p < header + position && depth < NESTING_MOST;) {
        const uint32_t here = (uint32_t)(p - header);
        uint64_t code, sibling;
        p = load_uleb(p, &code);
        if (code == 0) {
            depth -= depth > 0;
            continue;
        }
        const struct abbrev *abbrev = abbrev_find(abbrevs, code);
        p = abbrev ? die_pass(&stream, abbrev, p, &sibling) : NULL;
        if (!p || !abbrev->has_children)
            continue;
        if (sibling > (uint64_t)(p - header) && sibling <= position)
            p = header + sibling;
        else
            open[depth++] = here;
    }
    return depth > 0 ? open[depth - 1] : start;
}

uint64_t unit_dies_parent(const struct unit_dies *dies, const struct abbrev_table *abbrevs, uint64_t offset)
{
    const uint64_t position = offset - dies->unit->offset;
    const uint32_t around = range_around(dies, position);
    if (around == NO_RANGE)
        return 0;
    const struct die_range *range = &dies->ranges[around];
    return dies->unit->offset +
           (range->is_passed_over ? parent_within(dies, abbrevs, range->start, position) : range->start);
}
