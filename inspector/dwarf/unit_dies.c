#include "dwarf/unit_dies.h"

#include "base/vec.h"
#include "dwarf/abbrev.h"
#include "dwarf/die_decode.h"
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MOST = 4096 };

static COLD struct error *die_error(const struct unit *unit, uint64_t offset, const char *what,
                                    uint64_t number)
{
    return error_create(ERROR_BAD_FORMAT, "%s: %s+0x%" PRIx64 ": %s %" PRIu64,
                        unit->table->object->debug_path, section_name(unit->section), offset, what, number);
}

struct tree {
    VEC(uint32_t) starts, next;
    uint32_t open[NESTING_MOST]; // DIEs whose children are being read
    unsigned depth;
};

// Records every DIE of the unit. When a DIE is met, `next` is not known yet: it is filled in when its
// children end.
static struct error *tree_read(const struct unit *unit, const struct abbrev_table *table, struct tree *tree)
{
    const struct object *object = unit->table->object;
    const uint8_t *section = object->sections[unit->section].data;
    const struct die_stream stream = {section, section + unit->end_offset, object->big_endian};
    uint64_t sibling;
    for (const uint8_t *p = section + unit->die_offset; p < stream.end;) {
        const uint64_t offset = (uint64_t)(p - section);
        uint64_t code;
        p = load_uleb(p, &code);
        if (code == 0) { // ends a list of children; behind the last one it is padding
            if (tree->depth > 0)
                tree->next.data[tree->open[--tree->depth]] = (uint32_t)tree->starts.length;
            continue;
        }
        const struct abbrev *abbrev = abbrev_find(table, code);
        if (!abbrev)
            return die_error(unit, offset, "a DIE of the undeclared abbrev code", code);
        p = die_pass(&stream, table, abbrev, p, &sibling);
        if (!p)
            return die_error(unit, offset, "a DIE leaves its unit, abbrev code", code);
        if (tree->depth == 0 && tree->starts.length > 0)
            return die_error(unit, offset, "a second root, abbrev code", code);
        uint32_t index = (uint32_t)tree->starts.length;
        if (!vec_push(&tree->starts, (uint32_t)(offset - unit->offset)) || !vec_push(&tree->next, index + 1))
            return &error_out_of_memory;
        if (abbrev->has_children) {
            if (tree->depth == NESTING_MOST)
                return die_error(unit, offset, "DIEs are nested deeper than", NESTING_MOST);
            tree->open[tree->depth++] = index;
        }
    }
    // Some producers leave out the last null entries; the unit's end closes what is open.
    while (tree->depth > 0)
        tree->next.data[tree->open[--tree->depth]] = (uint32_t)tree->starts.length;
    return NULL;
}

struct error *unit_dies_build_with(const struct unit *unit, const struct abbrev_table *abbrevs,
                                   struct unit_dies *dies)
{
    *dies = (struct unit_dies){.unit = unit};
    if (unit->end_offset - unit->offset > UINT32_MAX)
        return die_error(unit, unit->offset,
                         "the unit is larger than 4 GiB; bytes:", unit->end_offset - unit->offset);
    struct tree *tree = malloc(sizeof(*tree)); // `open` is written before it is read
    if (!tree)
        return &error_out_of_memory;
    memset(&tree->starts, 0, sizeof(tree->starts));
    memset(&tree->next, 0, sizeof(tree->next));
    tree->depth = 0;
    struct error *error = tree_read(unit, abbrevs, tree);
    dies->starts = tree->starts.data;
    dies->next = tree->next.data;
    dies->count = (uint32_t)tree->starts.length;
    free(tree);
    if (error)
        unit_dies_free(dies);
    return error;
}

struct error *unit_dies_build(const struct unit *unit, struct unit_dies *dies)
{
    *dies = (struct unit_dies){.unit = unit};
    struct abbrev_table table CLEANUP(abbrev_table_free) = {0};
    RETURN_IF_ERROR(abbrev_table_compile(unit, &table));
    return unit_dies_build_with(unit, &table, dies);
}

void unit_dies_free(struct unit_dies *dies)
{
    free(dies->starts);
    free(dies->next);
    *dies = (struct unit_dies){0};
}

uint32_t unit_dies_find(const struct unit_dies *dies, uint64_t offset)
{
    uint64_t relative = offset - dies->unit->offset;
    if (offset < dies->unit->offset || relative > UINT32_MAX)
        return UINT32_MAX;
    uint32_t low = 0, high = dies->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (dies->starts[middle] < relative)
            low = middle + 1;
        else
            high = middle;
    }
    return low < dies->count && dies->starts[low] == relative ? low : UINT32_MAX;
}
