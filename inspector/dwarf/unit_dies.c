#include "dwarf/unit_dies.h"

#include "base/vec.h"
#include "dwarf/abbrev.h"
#include "dwarf/die_decode.h"
#include <inttypes.h>
#include <stdlib.h>

enum { NESTING_MOST = 4096 };

static COLD struct error *die_error(const struct unit *unit, uint64_t offset, const char *what,
                                    uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, section_name(unit->section), offset, what, number);
}

struct tree {
    uint64_t *starts;
    VEC(struct die_range) ranges;
    VEC(uint32_t) completing;
    uint32_t innermost; // range whose children are being read
    unsigned depth;
};

// The children of the innermost range end before `position`.
static void tree_close(struct tree *tree, uint32_t position)
{
    struct die_range *range = &tree->ranges.data[tree->innermost];
    range->end = position;
    tree->innermost = range->parent;
    tree->depth--;
}

static bool tree_open(struct tree *tree, uint32_t position)
{
    if (!vec_push(&tree->ranges, (struct die_range){.start = position, .parent = tree->innermost}))
        return false;
    tree->innermost = (uint32_t)tree->ranges.length - 1;
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
    for (const uint8_t *p = section + unit->die_offset; p < stream.end;) {
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
        tree->starts[position / 64] |= UINT64_C(1) << position % 64;
        if (UNLIKELY(is_completing(abbrev)) && !vec_push(&tree->completing, position))
            return &error_out_of_memory;
        if (!abbrev->has_children)
            continue;
        if (tree->depth == NESTING_MOST)
            return die_error(unit, unit->offset + position, "DIEs are nested deeper than", NESTING_MOST);
        if (!tree_open(tree, position))
            return &error_out_of_memory;
    }
    // Some producers leave out the last null entries; the unit's end closes what is open.
    while (tree->depth > 0)
        tree_close(tree, (uint32_t)(stream.end - header));
    return NULL;
}

struct error *unit_dies_build(const struct unit *unit, const struct abbrev_table *abbrevs,
                              struct unit_dies *dies)
{
    const uint64_t size_bytes = unit->end_offset - unit->offset;
    *dies = (struct unit_dies){.unit = unit};
    if (size_bytes > UINT32_MAX)
        return die_error(unit, unit->offset, "the unit is larger than 4 GiB; bytes:", size_bytes);
    struct tree tree = {.starts = calloc(size_bytes / 64 + 1, sizeof(*tree.starts)), .innermost = NO_RANGE};
    if (!tree.starts)
        return &error_out_of_memory;
    struct error *error = tree_read(unit, abbrevs, &tree);
    dies->starts = tree.starts;
    dies->ranges = tree.ranges.data;
    dies->ranges_count = (uint32_t)tree.ranges.length;
    dies->completing = tree.completing.data;
    dies->completing_count = (uint32_t)tree.completing.length;
    if (error)
        unit_dies_free(dies);
    return error;
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
    return unit_bytes / 8 + (size_t)dies->ranges_count * sizeof(*dies->ranges) +
           (size_t)dies->completing_count * sizeof(*dies->completing);
}

bool unit_dies_start_at(const struct unit_dies *dies, uint64_t offset)
{
    if (offset < dies->unit->offset || offset >= dies->unit->end_offset)
        return false;
    const uint64_t position = offset - dies->unit->offset;
    return dies->starts[position / 64] >> position % 64 & 1;
}

uint32_t unit_dies_around(const struct unit_dies *dies, uint64_t offset)
{
    const uint64_t position = offset - dies->unit->offset;
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
