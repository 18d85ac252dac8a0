// SPDX-License-Identifier: MIT
#include "check/verify_sources.h"

#include "base/vec.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

// A graph is kept until it is as large as this: neighbours share most of it.
static const size_t GRAPH_BYTES_MOST = 4u << 20;

// One definition, by a hash of all that is compared.
struct definition_row {
    const char *name;
    enum type_kind kind;
    uint64_t hash;
    size_t members_count;
    const struct type_index_entry *entry;
};

struct compared_source {
    const struct type_source *source;
    struct type_index *index;
    struct type_maker *maker;
    VEC(struct definition_row) rows; // sorted by name, kind and hash
};

struct comparing {
    struct compared_source sides[2];
    struct verify_sources *result;
    VEC(struct sources_difference) differences;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

// An array without a bound has no size in one format and none of 0 in another.
static uint64_t size_bits_of(const struct member *member)
{
    return member->size_known ? member->size_bits : 0;
}

static uint64_t definition_hash(const struct type *type)
{
    uint64_t hash = mix(1, type->size_known ? type->size_bytes : UINT64_MAX);
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        hash = mix(hash, type_index_name_hash(member->name ? member->name : ""));
        hash = mix(hash, member->offset_known ? member->offset_bits : UINT64_MAX);
        hash = mix(hash, size_bits_of(member) << 1 | (member->kind == MEMBER_BITFIELD));
    }
    return hash;
}

static int definition_compare(const void *left, const void *right)
{
    const struct definition_row *a = left, *b = right;
    const int order = strcmp(a->name, b->name);
    if (order)
        return order;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return (a->hash > b->hash) - (a->hash < b->hash);
}

static struct error *build(struct compared_source *side, const struct type_index_entry *entry,
                           const struct type **type)
{
    if (type_maker_graph_bytes(side->maker) > GRAPH_BYTES_MOST)
        type_maker_forget(side->maker);
    struct error *error = type_maker_build(side->maker, entry, type);
    if (!error || error->code != ERROR_BAD_FORMAT)
        return error;
    error_free(error); // told by whoever lists the types
    *type = NULL;
    return NULL;
}

static struct error *side_read(struct compared_source *side, const struct type_source_index_options *options)
{
    RETURN_IF_ERROR(type_source_index(side->source, options, &side->index));
    RETURN_IF_ERROR(type_source_make(side->source, side->index, &side->maker));
    for (size_t i = 0; i < side->index->entries_count; i++) {
        const struct type_index_entry *entry = &side->index->entries[i];
        const struct type *type;
        RETURN_IF_ERROR(build(side, entry, &type));
        // What a typedef names may be defined in some units and only declared in others.
        if (!type || (type->kind == TYPE_TYPEDEF && !type->size_known))
            continue;
        const struct definition_row row = {entry->name, type->kind, definition_hash(type),
                                           type->members_count, entry};
        if (!vec_push(&side->rows, row))
            return &error_out_of_memory;
    }
    if (side->rows.length)
        qsort(side->rows.data, side->rows.length, sizeof(*side->rows.data), definition_compare);
    return NULL;
}

// The first fact that differs.
static struct sources_difference first_difference(const struct type *one, const struct type *other)
{
    struct sources_difference difference = {.what = "size",
                                            .is_known = {one->size_known, other->size_known},
                                            .bits = {one->size_bytes * 8, other->size_bytes * 8}};
    if (one->size_known != other->size_known || one->size_bytes != other->size_bytes)
        return difference;
    for (size_t i = 0; i < one->members_count || i < other->members_count; i++) {
        const struct member *a = i < one->members_count ? &one->members[i] : NULL;
        const struct member *b = i < other->members_count ? &other->members[i] : NULL;
        const char *a_name = a && a->name ? a->name : "", *b_name = b && b->name ? b->name : "";
        difference.field = a && *a_name ? a_name : b && *b_name ? b_name : "(anonymous member)";
        if (!a || !b || strcmp(a_name, b_name) != 0) {
            difference.what = "name";
            difference.is_known[0] = a != NULL;
            difference.is_known[1] = b != NULL && !strcmp(difference.field, b_name);
            difference.bits[0] = a ? a->offset_bits : 0;
            difference.bits[1] = b ? b->offset_bits : 0;
            return difference;
        }
        difference.what = "offset";
        difference.is_known[0] = a->offset_known;
        difference.is_known[1] = b->offset_known;
        difference.bits[0] = a->offset_bits;
        difference.bits[1] = b->offset_bits;
        if (a->offset_known != b->offset_known || a->offset_bits != b->offset_bits)
            return difference;
        difference.what = "size";
        difference.is_known[0] = a->size_known;
        difference.is_known[1] = b->size_known;
        difference.bits[0] = size_bits_of(a);
        difference.bits[1] = size_bits_of(b);
        if (difference.bits[0] != difference.bits[1] ||
            (a->kind == MEMBER_BITFIELD) != (b->kind == MEMBER_BITFIELD))
            return difference;
    }
    return difference;
}

static struct error *difference_add(struct comparing *comparing, const struct definition_row *one,
                                    const struct definition_row *other)
{
    const struct type *types[2];
    RETURN_IF_ERROR(build(&comparing->sides[0], one->entry, &types[0]));
    RETURN_IF_ERROR(build(&comparing->sides[1], other->entry, &types[1]));
    if (!types[0] || !types[1])
        return NULL;
    struct arena *arena = &comparing->result->arena;
    struct sources_difference difference = first_difference(types[0], types[1]);
    difference.name = arena_copy_text(arena, one->name, strlen(one->name));
    difference.kind_word = type_kind_word(types[0]);
    if (difference.field)
        difference.field = arena_copy_text(arena, difference.field, strlen(difference.field));
    return difference.name && vec_push(&comparing->differences, difference) ? NULL : &error_out_of_memory;
}

struct group {
    const struct definition_row *rows;
    size_t count;
};

// The first row of `group` that is no definition of the other; NULL when all are.
static const struct definition_row *first_missing(const struct group *group, const struct group *other)
{
    size_t o = 0;
    for (size_t i = 0; i < group->count; i++) {
        while (o < other->count && other->rows[o].hash < group->rows[i].hash)
            o++;
        if (o == other->count || other->rows[o].hash != group->rows[i].hash)
            return &group->rows[i];
    }
    return NULL;
}

static struct error *groups_compare(struct comparing *comparing, const struct group groups[2])
{
    struct verify_sources *result = comparing->result;
    const struct definition_row *missing[2] = {first_missing(&groups[0], &groups[1]),
                                               first_missing(&groups[1], &groups[0])};
    result->names++;
    if (missing[0] && missing[1])
        return difference_add(comparing, missing[0], missing[1]);
    if (missing[0] || missing[1])
        result->ambiguous++;
    const struct group *smaller = groups[0].count < groups[1].count ? &groups[0] : &groups[1];
    for (size_t i = 0; i < smaller->count; i++)
        result->members += smaller->rows[i].members_count;
    return NULL;
}

// The rows from `at` on that are of the name and kind of the first.
static struct group group_at(const struct compared_source *side, size_t at)
{
    const struct definition_row *first = side->rows.data + at;
    size_t count = 1;
    while (at + count < side->rows.length && first[count].kind == first->kind &&
           !strcmp(first[count].name, first->name))
        count++;
    return (struct group){first, count};
}

static struct error *sides_compare(struct comparing *comparing)
{
    struct compared_source *sides = comparing->sides;
    for (size_t at[2] = {0, 0}; at[0] < sides[0].rows.length || at[1] < sides[1].rows.length;) {
        const bool has[2] = {at[0] < sides[0].rows.length, at[1] < sides[1].rows.length};
        struct group groups[2] = {{0}};
        for (int s = 0; s < 2; s++)
            if (has[s])
                groups[s] = group_at(&sides[s], at[s]);
        int order = has[0] && has[1] ? strcmp(groups[0].rows->name, groups[1].rows->name) : has[0] ? -1 : 1;
        if (!order && groups[0].rows->kind != groups[1].rows->kind)
            order = groups[0].rows->kind < groups[1].rows->kind ? -1 : 1;
        if (order <= 0)
            at[0] += groups[0].count;
        if (order >= 0)
            at[1] += groups[1].count;
        if (order)
            comparing->result->alone[order > 0]++;
        else
            RETURN_IF_ERROR(groups_compare(comparing, groups));
    }
    return NULL;
}

struct error *verify_sources_compare(const struct type_source *const sources[2],
                                     const struct type_source_index_options *options,
                                     struct verify_sources *result)
{
    struct comparing comparing = {.result = result};
    struct error *error = NULL;
    *result = (struct verify_sources){.formats = {sources[0]->facts.format, sources[1]->facts.format}};
    for (int s = 0; s < 2 && !error; s++) {
        comparing.sides[s].source = sources[s];
        error = side_read(&comparing.sides[s], options);
    }
    if (!error)
        error = sides_compare(&comparing);
    for (int s = 0; s < 2; s++) {
        type_maker_close(comparing.sides[s].maker);
        type_index_free(comparing.sides[s].index);
        vec_free(&comparing.sides[s].rows);
    }
    result->differences = comparing.differences.data;
    result->differences_count = comparing.differences.length;
    return error;
}

void verify_sources_free(struct verify_sources *result)
{
    free(result->differences);
    arena_free(&result->arena);
    *result = (struct verify_sources){0};
}
