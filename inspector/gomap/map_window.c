// Buffers of a window, and the Swiss picture.
#include "gomap/map_window_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct error *map_window_open(struct pages *pages, struct type_maker *maker, struct map_window **result)
{
    struct map_window *window = calloc(1, sizeof(*window));
    *result = NULL;
    if (!window)
        return &error_out_of_memory;
    window->pages = pages;
    struct error *error = map_texts_open(maker, &window->texts);
    if (error) {
        map_window_close(window);
        return error;
    }
    *result = window;
    return NULL;
}

void map_window_close(struct map_window *window)
{
    if (!window)
        return;
    map_texts_close(window->texts);
    vec_free(&window->bytes);
    vec_free(&window->ranges);
    vec_free(&window->tables);
    vec_free(&window->groups);
    vec_free(&window->swiss_entries);
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++) {
        vec_free(&window->classic[i].buckets);
        vec_free(&window->classic[i].entries);
    }
    for (size_t i = 0; i < 2; i++)
        vec_free(&window->densities[i]);
    free(window);
}

bool map_window_changed(const struct map_window *window)
{
    return window->has_changed;
}

// Scratch memory of that many bytes, to be used until the next call; NULL when memory is short.
static uint8_t *window_bytes(struct map_window *window, size_t size_bytes)
{
    window->bytes.length = 0;
    if (!vec_reserve(&window->bytes, size_bytes + 1))
        return NULL;
    window->bytes.length = size_bytes;
    return window->bytes.data;
}

struct error *window_header(struct map_window *window, const struct map_shape *shape, uint64_t address)
{
    struct memory_range range = {
        .address = address, .buffer = window->header, .size_bytes = shape->header_bytes};
    window->has_changed = false;
    if (!address)
        return error_create(ERROR_NOT_FOUND, "%s: a nil map", shape->name ? shape->name : "map");
    if (!pages_read_now(window->pages, &range, 1))
        return error_create(ERROR_BAD_FORMAT, "%s at 0x%" PRIx64 ": its header cannot be read",
                            shape->name ? shape->name : "map", address);
    return NULL;
}

struct memory_range window_header_again(struct map_window *window, const struct map_shape *shape,
                                        uint64_t address)
{
    return (struct memory_range){
        .address = address, .buffer = window->header_after, .size_bytes = shape->header_bytes};
}

void window_header_compare(struct map_window *window, const struct map_shape *shape, bool is_read)
{
    window->has_changed |= !is_read || memcmp(window->header, window->header_after, shape->header_bytes) != 0;
}

// ---- the directory --------------------------------------------------------------------------------------

static bool add_table(struct map_window *window, uint64_t address)
{
    return vec_push(&window->tables, (struct swiss_placed_table){.address = address});
}

// The tables of the places, each once, then that of group_place. *group_table is where the latter stands.
static struct error *list_tables(struct map_window *window, const struct map_shape *shape,
                                 const struct swiss_header *header, const struct swiss_request *request,
                                 size_t *group_table)
{
    const size_t address_bytes = shape->address_bytes;
    uint64_t first = request->first_place < header->dir_length ? request->first_place : header->dir_length;
    uint64_t count =
        header->dir_length - first < request->places ? header->dir_length - first : request->places;
    const bool has_group = request->groups && request->group_place < header->dir_length;
    count = count < WINDOW_PLACES_MOST ? count : WINDOW_PLACES_MOST;
    uint8_t *places = window_bytes(window, (size_t)(count + 1) * address_bytes);
    if (!places)
        return &error_out_of_memory;
    struct memory_range ranges[] = {
        {.address = header->dir_address + first * address_bytes,
         .buffer = places,
         .size_bytes = (size_t)count * address_bytes},
        {.address = header->dir_address + request->group_place * address_bytes,
         .buffer = places + (size_t)count * address_bytes,
         .size_bytes = address_bytes},
    };
    pages_read_now(window->pages, ranges, has_group ? 2 : 1);
    uint64_t latest = 0;
    for (size_t i = 0; ranges[0].is_read && i < count; i++) {
        const uint64_t table = map_address_number(shape, places + i * address_bytes);
        if (table != latest && !add_table(window, table))
            return &error_out_of_memory;
        latest = table;
    }
    window->has_changed |= !ranges[0].is_read;
    *group_table = SIZE_MAX;
    if (!has_group || !ranges[1].is_read)
        return NULL;
    const uint64_t wanted = map_address_number(shape, places + (size_t)count * address_bytes);
    for (size_t i = 0; i < window->tables.length && *group_table == SIZE_MAX; i++)
        *group_table = window->tables.data[i].address == wanted ? i : SIZE_MAX;
    if (*group_table == SIZE_MAX) {
        *group_table = window->tables.length;
        if (!add_table(window, wanted))
            return &error_out_of_memory;
    }
    return NULL;
}

static struct error *read_tables(struct map_window *window, const struct map_shape *shape,
                                 const struct swiss_header *header)
{
    const size_t each = shape->swiss.table_bytes, count = window->tables.length;
    uint8_t *bytes = window_bytes(window, count * each);
    window->ranges.length = 0;
    if (!bytes || !vec_reserve(&window->ranges, count))
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++)
        (void)vec_push(&window->ranges, (struct memory_range){.address = window->tables.data[i].address,
                                                              .buffer = bytes + i * each,
                                                              .size_bytes = each});
    pages_read_now(window->pages, window->ranges.data, count);
    for (size_t i = 0; i < count; i++) {
        struct swiss_placed_table *table = &window->tables.data[i];
        if (!window->ranges.data[i].is_read) {
            table->is_missing = true;
            continue;
        }
        map_swiss_table(shape, table->address, bytes + i * each, table);
        table->in_doubt |=
            table->first_place >= header->dir_length || table->local_depth > header->global_depth;
        table->places = table->in_doubt ? 1 : UINT64_C(1) << (header->global_depth - table->local_depth);
    }
    return NULL;
}

// ---- groups ---------------------------------------------------------------------------------------------

static struct error *group_texts(struct map_window *window, const struct map_shape *shape,
                                 const uint8_t *bytes, size_t count)
{
    window->swiss_entries.length = 0;
    if (!vec_reserve(&window->swiss_entries, count * SWISS_SLOTS))
        return &error_out_of_memory;
    struct swiss_entry *entries = window->swiss_entries.data;
    memset(entries, 0, count * SWISS_SLOTS * sizeof(*entries));
    window->swiss_entries.length = count * SWISS_SLOTS;
    for (size_t i = 0; i < count * SWISS_SLOTS; i++) {
        const uint8_t *group = bytes + i / SWISS_SLOTS * shape->chunk_bytes;
        const size_t slot = i % SWISS_SLOTS;
        if (!swiss_is_live(window->groups.data[i / SWISS_SLOTS].control[slot]))
            continue;
        if (!map_texts_add(window->texts, shape, &shape->key,
                           group + shape->key.offset_bytes + slot * shape->key.stride_bytes, entries[i].key,
                           sizeof(entries[i].key)) ||
            !map_texts_add(window->texts, shape, &shape->elem,
                           group + shape->elem.offset_bytes + slot * shape->elem.stride_bytes,
                           entries[i].elem, sizeof(entries[i].elem)))
            return &error_out_of_memory;
    }
    return map_texts_finish(window->texts, window->pages) ? NULL : &error_out_of_memory;
}

// Slot 0 has the lowest byte of the control word, which on big-endian machines is its last one.
static void group_control(const struct map_shape *shape, const uint8_t *group, uint8_t control[SWISS_SLOTS])
{
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
        control[slot] = group[shape->control_offset + (shape->big_endian ? SWISS_SLOTS - 1 - slot : slot)];
}

static struct error *read_groups(struct map_window *window, const struct map_shape *shape, uint64_t address,
                                 size_t table_index, const struct swiss_request *request)
{
    const struct swiss_placed_table *table =
        table_index < window->tables.length ? &window->tables.data[table_index] : NULL;
    const uint64_t all = table && !table->in_doubt && !table->is_missing ? table->groups : 0;
    const uint64_t first = request->first_group < all ? request->first_group : all;
    uint64_t count = all - first < request->groups ? all - first : request->groups;
    count = count < WINDOW_GROUPS_MOST ? count : WINDOW_GROUPS_MOST;
    uint8_t *bytes = window_bytes(window, (size_t)count * shape->chunk_bytes);
    window->groups.length = 0;
    if (!bytes || !vec_reserve(&window->groups, (size_t)count))
        return &error_out_of_memory;
    const uint64_t at = table ? table->groups_address + first * shape->chunk_bytes : 0;
    struct memory_range ranges[] = {
        {.address = at, .buffer = bytes, .size_bytes = (size_t)count * shape->chunk_bytes},
        window_header_again(window, shape, address),
    };
    pages_read_now(window->pages, ranges, 2);
    window_header_compare(window, shape, ranges[1].is_read);
    if (!ranges[0].is_read || !count) {
        window->has_changed |= count > 0;
        return NULL;
    }
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *group = bytes + i * shape->chunk_bytes;
        struct swiss_group to = {.address = at + i * shape->chunk_bytes, .index = first + i};
        group_control(shape, group, to.control);
        for (unsigned slot = 0; slot < SWISS_SLOTS; slot++) // no other values exist
            if (to.control[slot] > SWISS_MARK_EMPTY && to.control[slot] != SWISS_MARK_DELETED)
                to.in_doubt |= (uint8_t)(1u << slot);
        (void)vec_push(&window->groups, to);
    }
    return request->texts ? group_texts(window, shape, bytes, (size_t)count) : NULL;
}

// A small map's group as a table of its own.
static struct error *small_table(struct map_window *window, const struct swiss_header *header)
{
    const struct swiss_placed_table table = {.groups_address = header->dir_address,
                                             .groups = 1,
                                             .places = 1,
                                             .used = (uint32_t)header->used,
                                             .capacity = SWISS_SLOTS,
                                             .growth_left = (uint32_t)(SWISS_SLOTS - header->used)};
    return vec_push(&window->tables, table) ? NULL : &error_out_of_memory;
}

struct error *map_window_swiss(struct map_window *window, const struct map_shape *shape, uint64_t address,
                               const struct swiss_request *request, struct swiss_picture *picture)
{
    size_t group_table = 0;
    window->tables.length = window->groups.length = window->swiss_entries.length = 0;
    picture->tables_count = picture->groups_count = 0;
    picture->header = (struct swiss_header){.raw.fields_source = shape->fields.source};
    RETURN_IF_ERROR(window_header(window, shape, address));
    map_swiss_header(shape, address, window->header, &picture->header);
    window->has_changed = picture->header.is_writing;
    if (!map_swiss_is_possible(shape, &picture->header)) {
        window->has_changed = true;
        return NULL;
    }
    if (picture->header.dir_length) {
        RETURN_IF_ERROR(list_tables(window, shape, &picture->header, request, &group_table));
        RETURN_IF_ERROR(read_tables(window, shape, &picture->header));
    } else if (picture->header.dir_address) {
        RETURN_IF_ERROR(small_table(window, &picture->header));
    }
    RETURN_IF_ERROR(read_groups(window, shape, address, group_table, request));
    picture->tables = window->tables.data;
    picture->tables_count = window->tables.length;
    picture->groups = window->groups.data;
    picture->groups_count = window->groups.length;
    picture->entries = window->swiss_entries.length ? window->swiss_entries.data : NULL;
    return NULL;
}
