// SPDX-License-Identifier: MIT
// All types of a program: opening them, and its map types.
#include "base/vec.h"
#include "gomap/rtype_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { KIND_MASK = 31, REGION_BYTES_MOST = 512 << 20 };

// ---- all maps ---------------------------------------------------------------------------------------------

// Most places are no map: this is asked of each, and is cheap.
static bool may_be_map(const struct go_types *types, const uint8_t *bytes)
{
    unsigned word = types->runtime->facts.word_bytes;
    return (bytes[2 * word + 7] & KIND_MASK) == GO_MAP && types_word(types, bytes) == word &&
           types_word(types, bytes + word) == word && bytes[2 * word + 5] == word &&
           bytes[2 * word + 6] == word;
}

static int map_compare(const void *left, const void *right)
{
    const struct rtype *a = *(const struct rtype *const *)left, *b = *(const struct rtype *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->address > b->address) - (a->address < b->address);
}

static struct error *index_slots(struct go_types *types)
{
    // Named map types share the group of the unnamed one: that comes first.
    for (int named = 0; named < 2; named++) {
        for (size_t i = 0; i < types->maps_count; i++) {
            const struct rtype *map = types->maps[i];
            if (map->is_named == (named != 0) && !address_table_find(&types->by_slots, map->slots) &&
                !address_table_put(&types->by_slots, map->slots, (void *)map))
                return &error_out_of_memory;
        }
    }
    return NULL;
}

static struct error *find_maps(struct go_types *types)
{
    unsigned word = types->runtime->facts.word_bytes;
    uint64_t size_bytes = types->region.end - types->region.begin;
    VEC(const struct rtype *) maps = {0};
    struct error *error = NULL;
    for (uint64_t at = (word - types->region.begin % word) % word;
         !error && at + rtype_descriptor_bytes(types) <= size_bytes; at += word) {
        const struct rtype *rtype;
        if (!may_be_map(types, types->bytes + at))
            continue;
        struct error *none = rtype_at(types, types->region.begin + at, &rtype);
        if (none && none->code == ERROR_OUT_OF_MEMORY)
            error = none;
        else if (none)
            error_free(none);
        else if (!vec_push(&maps, rtype))
            error = &error_out_of_memory;
    }
    if (!error && maps.length) {
        qsort(maps.data, maps.length, sizeof(*maps.data), map_compare);
        types->maps = arena_alloc_array(&types->arena, maps.length, sizeof(*types->maps));
        if (types->maps)
            memcpy(types->maps, maps.data, maps.length * sizeof(*maps.data));
        else
            error = &error_out_of_memory;
        types->maps_count = error ? 0 : maps.length;
    }
    vec_free(&maps);
    return error ? error : index_slots(types);
}

struct error *go_types_maps(struct go_types *types, const struct rtype *const **maps, size_t *count)
{
    if (!types->are_maps_known)
        RETURN_IF_ERROR(find_maps(types));
    types->are_maps_known = true;
    *maps = types->maps;
    *count = types->maps_count;
    return NULL;
}

const struct rtype *go_types_map_of_slots(struct go_types *types, uint64_t slots)
{
    const struct rtype *const *maps;
    size_t count;
    struct error *error = go_types_maps(types, &maps, &count);
    if (error) {
        error_free(error);
        return NULL;
    }
    return address_table_find(&types->by_slots, slots);
}

// ---- opening ----------------------------------------------------------------------------------------------

// Reads all of the region, in pieces: a core that was cut short has a part of it.
static void read_region(struct go_types *types, size_t size_bytes)
{
    enum { PIECE = 4096 };
    if (runtime_try(types->runtime, types->region.begin, types->bytes, size_bytes))
        return;
    for (size_t at = 0; at < size_bytes; at += PIECE) {
        size_t length = size_bytes - at < PIECE ? size_bytes - at : PIECE;
        if (!runtime_try(types->runtime, types->region.begin + at, types->bytes + at, length))
            memset(types->bytes + at, 0, length);
    }
}

static void maker_forget(struct type_maker *maker)
{
    (void)maker;
}

static size_t maker_graph_bytes(const struct type_maker *maker)
{
    return ((const struct go_types *)maker)->arena.allocated_bytes;
}

static void maker_close(struct type_maker *maker)
{
    (void)maker; // it belongs to the go_types
}

struct error *go_types_open(const struct go_runtime *runtime, struct go_types **result)
{
    static const struct type_maker_ops ops = {.build = rtype_graph_build,
                                              .forget = maker_forget,
                                              .graph_bytes = maker_graph_bytes,
                                              .close = maker_close};
    *result = NULL;
    struct go_types *types = calloc(1, sizeof(*types));
    if (!types)
        return &error_out_of_memory;
    arena_init(&types->arena);
    types->maker.ops = &ops;
    types->runtime = runtime;
    types->region = runtime->facts.regions[GO_TYPES];
    uint64_t size_bytes = types->region.end - types->region.begin;
    types->bytes = size_bytes <= REGION_BYTES_MOST ? malloc(size_bytes ? size_bytes : 1) : NULL;
    if (!types->bytes) {
        go_types_close(types);
        return size_bytes <= REGION_BYTES_MOST
                   ? &error_out_of_memory
                   : error_create(ERROR_UNSUPPORTED, "%s: 0x%" PRIx64 " bytes of types",
                                  runtime->target->name, size_bytes);
    }
    read_region(types, (size_t)size_bytes);
    *result = types;
    return NULL;
}

void go_types_close(struct go_types *types)
{
    if (!types)
        return;
    for (int role = 0; role < ROLES; role++) {
        address_table_free(&types->stubs[role]);
        address_table_free(&types->wholes[role]);
    }
    address_table_free(&types->rtypes);
    address_table_free(&types->by_slots);
    arena_free(&types->arena);
    free(types->bytes);
    free(types);
}

struct type_maker *go_types_maker(struct go_types *types)
{
    return &types->maker;
}
