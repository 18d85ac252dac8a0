// SPDX-License-Identifier: MIT
// The witnesses of the Swiss map's types that look at no memory: what the compiler of this file made of them,
// and the rule by which maps find their way in groups.
#include "base/round_up.h"
#include "check/compiled_type.h"
#include "check/witnesses.h"

SWISS_GROUP_OF(swiss_group_int8_bool, int8_t, bool);
SWISS_GROUP_OF(swiss_group_int64_int8, int64_t, int8_t);
SWISS_GROUP_OF(swiss_group_string_string, struct hmap_string, struct hmap_string);

#define CASE(map, name, key, elem)                                                                           \
    {                                                                                                        \
        "group " map, "slot " map, #name, #name "_slot", key, elem                                           \
    }

const struct group_case group_cases[] = {
    CASE("map[int8]bool", swiss_group_int8_bool, &hmap_kind_int8, &hmap_kind_bool),
    CASE("map[int64]int8", swiss_group_int64_int8, &hmap_kind_int64, &hmap_kind_int8),
    CASE("map[int32]int32", swiss_group_int32_int32, &hmap_kind_int32, &hmap_kind_int32),
    CASE("map[int64]int64", swiss_group_int64_int64, &hmap_kind_int64, &hmap_kind_int64),
    CASE("map[string]int64", swiss_group_string_int64, &hmap_kind_string, &hmap_kind_int64),
    CASE("map[string]string", swiss_group_string_string, &hmap_kind_string, &hmap_kind_string),
    CASE("map[float64]int64", swiss_group_float64_int64, &hmap_kind_float64, &hmap_kind_int64),
    CASE("map[any]int64", swiss_group_interface_int64, &hmap_kind_interface, &hmap_kind_int64),
    {0},
};

const struct swiss_name swiss_names[] = {
    {"Map", "swiss_map", "internal/runtime/maps.Map"},
    {"table", "swiss_table", "internal/runtime/maps.table"},
    {"groupsReference", "swiss_groups", "internal/runtime/maps.groupsReference"},
    {"Iter", "swiss_iter", "internal/runtime/maps.Iter"},
    {0},
};

static const struct compiled_field map_fields[] = {
    COMPILED_FIELD(swiss_map, used),        COMPILED_FIELD(swiss_map, seed),
    COMPILED_FIELD(swiss_map, dirPtr),      COMPILED_FIELD(swiss_map, dirLen),
    COMPILED_FIELD(swiss_map, globalDepth), COMPILED_FIELD(swiss_map, globalShift),
    COMPILED_FIELD(swiss_map, writing),     COMPILED_FIELD(swiss_map, tombstonePossible),
    COMPILED_FIELD(swiss_map, clearSeq),
};
static const struct compiled_field table_fields[] = {
    COMPILED_FIELD(swiss_table, used),       COMPILED_FIELD(swiss_table, capacity),
    COMPILED_FIELD(swiss_table, growthLeft), COMPILED_FIELD(swiss_table, localDepth),
    COMPILED_FIELD(swiss_table, index),      COMPILED_FIELD(swiss_table, groups),
};
static const struct compiled_field groups_fields[] = {
    COMPILED_FIELD(swiss_groups, data),
    COMPILED_FIELD(swiss_groups, lengthMask),
};
static const struct compiled_field iter_fields[] = {
    COMPILED_FIELD(swiss_iter, key),         COMPILED_FIELD(swiss_iter, elem),
    COMPILED_FIELD(swiss_iter, typ),         COMPILED_FIELD(swiss_iter, m),
    COMPILED_FIELD(swiss_iter, entryOffset), COMPILED_FIELD(swiss_iter, dirOffset),
    COMPILED_FIELD(swiss_iter, clearSeq),    COMPILED_FIELD(swiss_iter, globalDepth),
    COMPILED_FIELD(swiss_iter, dirIdx),      COMPILED_FIELD(swiss_iter, tab),
    COMPILED_FIELD(swiss_iter, group),       COMPILED_FIELD(swiss_iter, entryIdx),
};

// sizeof and offsetof alone leave a type out of the debug information; a variable of it does not.
static NOINLINE const void *keep_in_debug_information(const void *memory)
{
    const struct swiss_map *map = memory;
    const struct swiss_table *table = memory;
    const struct swiss_iter *iter = memory;
    const struct swiss_group_int8_bool *a = memory;
    const struct swiss_group_int64_int8 *b = memory;
    const struct swiss_group_int32_int32 *c = memory;
    const struct swiss_group_int64_int64 *d = memory;
    const struct swiss_group_string_int64 *e = memory;
    const struct swiss_group_string_string *f = memory;
    const struct swiss_group_float64_int64 *g = memory;
    const struct swiss_group_interface_int64 *h = memory;
    const void *const all[] = {map, table, iter, a, b, c, d, e, f, g, h};
    return all[ARRAY_LENGTH(all) - 1];
}

#define GROUP(map, type)                                                                                     \
    do {                                                                                                     \
        const struct compiled_field group[] = {COMPILED_FIELD(type, ctrl), COMPILED_FIELD(type, slots)};     \
        const struct compiled_field slot[] = {COMPILED_FIELD(type##_slot, key),                              \
                                              COMPILED_FIELD(type##_slot, elem)};                            \
        const struct compiled_type types[] = {COMPILED_TYPE("group " map, type, group),                      \
                                              COMPILED_TYPE("slot " map, type##_slot, slot)};                \
        compiled_type_state(check, witness, &types[0]);                                                      \
        compiled_type_state(check, witness, &types[1]);                                                      \
    } while (0)

void witness_swiss_compiler(struct crosscheck *check, size_t witness)
{
    static const struct compiled_type own_types[] = {
        COMPILED_TYPE("Map", swiss_map, map_fields),
        COMPILED_TYPE("table", swiss_table, table_fields),
        COMPILED_TYPE("groupsReference", swiss_groups, groups_fields),
        COMPILED_TYPE("Iter", swiss_iter, iter_fields),
    };
    if (!keep_in_debug_information(check))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(own_types); i++)
        compiled_type_state(check, witness, &own_types[i]);
    GROUP("map[int8]bool", swiss_group_int8_bool);
    GROUP("map[int64]int8", swiss_group_int64_int8);
    GROUP("map[int32]int32", swiss_group_int32_int32);
    GROUP("map[int64]int64", swiss_group_int64_int64);
    GROUP("map[string]int64", swiss_group_string_int64);
    GROUP("map[string]string", swiss_group_string_string);
    GROUP("map[float64]int64", swiss_group_float64_int64);
    GROUP("map[any]int64", swiss_group_interface_int64);
}

// ---- the rule ------------------------------------------------------------------------

void witness_swiss_type(struct crosscheck *check, size_t witness)
{
    for (const struct group_case *c = group_cases; c->group_subject; c++) {
        struct swiss_type type;
        if (swiss_type_make(&type, c->key, c->elem) != HMAP_OK)
            continue;
        size_t group = crosscheck_subject(check, c->group_subject);
        size_t slot = crosscheck_subject(check, c->slot_subject);
        crosscheck_state(check, group, witness, NULL, QUANTITY_SIZE, type.group_bytes);
        crosscheck_state(check, group, witness, "slots", QUANTITY_OFFSET, SWISS_SLOTS_OFFSET);
        crosscheck_state(check, slot, witness, NULL, QUANTITY_SIZE, type.slot_bytes);
        crosscheck_state(check, slot, witness, "elem", QUANTITY_OFFSET, type.elem_offset);
    }
}

// An alignment of 0 is unknown, and moves nothing.
static uint64_t aligned_up(uint64_t bytes, uint64_t align_bytes)
{
    return align_bytes ? round_up(bytes, align_bytes) : bytes;
}

void witness_group_rule(struct crosscheck *check, size_t witness, const char *group_subject,
                        const char *slot_subject, struct value_shape key, struct value_shape elem,
                        uint64_t pointer_bytes)
{
    const struct value_shape pointer = {pointer_bytes, pointer_bytes};
    if (key.size_bytes > SWISS_MAX_INLINE_BYTES)
        key = pointer;
    if (elem.size_bytes > SWISS_MAX_INLINE_BYTES)
        elem = pointer;
    uint64_t slot_align = key.align_bytes > elem.align_bytes ? key.align_bytes : elem.align_bytes;
    uint64_t elem_offset = aligned_up(key.size_bytes, elem.align_bytes), end = elem_offset + elem.size_bytes;
    // A last field without a size gets a byte, so that its address stays inside.
    if (end && !elem.size_bytes)
        end++;
    uint64_t slot_bytes = aligned_up(end, slot_align);
    uint64_t group_end = SWISS_SLOTS_OFFSET + (slot_bytes ? SWISS_GROUP_SLOTS * slot_bytes : 1);
    size_t group = crosscheck_subject(check, group_subject), slot = crosscheck_subject(check, slot_subject);
    crosscheck_state(check, group, witness, NULL, QUANTITY_SIZE, aligned_up(group_end, pointer_bytes));
    crosscheck_state(check, group, witness, "ctrl", QUANTITY_OFFSET, 0);
    crosscheck_state(check, group, witness, "ctrl", QUANTITY_FIELD_SIZE, SWISS_GROUP_SLOTS);
    crosscheck_state(check, group, witness, "slots", QUANTITY_OFFSET, SWISS_SLOTS_OFFSET);
    crosscheck_state(check, group, witness, "slots", QUANTITY_FIELD_SIZE, SWISS_GROUP_SLOTS * slot_bytes);
    crosscheck_state(check, slot, witness, NULL, QUANTITY_SIZE, slot_bytes);
    crosscheck_state(check, slot, witness, "key", QUANTITY_OFFSET, 0);
    crosscheck_state(check, slot, witness, "key", QUANTITY_FIELD_SIZE, key.size_bytes);
    crosscheck_state(check, slot, witness, "elem", QUANTITY_OFFSET, elem_offset);
    crosscheck_state(check, slot, witness, "elem", QUANTITY_FIELD_SIZE, elem.size_bytes);
}
