// SPDX-License-Identifier: MIT
// Buffers of a window, and the Swiss picture.
#include "gomap/map_window_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct error *map_window_open(struct page_cache *pages, struct type_maker *maker, struct map_window **result)
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
    vec_free(&window->links);
    vec_free(&window->tables);
    vec_free(&window->dir_cells);
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

struct error *map_window_swiss_header(struct map_window *window, const struct map_shape *shape,
                                      uint64_t address, struct swiss_picture *picture)
{
    struct picture_header raw = picture->header.raw; // keeps the names of its types
    if (window->shape != shape || window->address != address) {
        raw = (struct picture_header){0};
        window->has_survey = false;
        picture->overview = (struct swiss_overview){0};
    }
    window->shape = shape;
    window->address = address;
    picture->header = (struct swiss_header){.raw = raw};
    RETURN_IF_ERROR(window_header(window, shape, address));
    map_swiss_header(shape, window->header, &picture->header);
    map_raw_header(shape, address, window->header, &picture->header.raw);
    window->has_changed = picture->header.is_writing;
    if (!map_swiss_is_possible(shape, &picture->header)) {
        window->has_changed = picture->header.in_doubt = true;
        picture->header.dir_length = picture->header.dir_address = 0;
    }
    return NULL;
}

// A small map's group as a table of its own.
static struct swiss_placed_table small_table(const struct swiss_header *header)
{
    return (struct swiss_placed_table){
        .groups_address = header->dir_address,
        .places = 1,
        .groups = 1,
        .used = (uint32_t)header->used,
        .capacity = SWISS_SLOTS,
        .growth_left = (uint32_t)(header->used < SWISS_SLOTS ? SWISS_SLOTS - header->used : 0)};
}

// A table that was met at `place`.
static void table_fill(const struct map_window *window, const struct swiss_header *header, uint64_t address,
                       uint64_t place, const uint8_t *bytes, struct swiss_placed_table *table)
{
    if (!bytes) {
        *table = (struct swiss_placed_table){.first_place = place, .places = 1, .is_missing = true};
        return;
    }
    map_swiss_table(window->shape, address, bytes, table);
    const bool fits = table->local_depth <= header->global_depth;
    table->places = fits ? UINT64_C(1) << (header->global_depth - table->local_depth) : 1;
    const bool is_at_home = table->first_place <= place && place - table->first_place < table->places &&
                            table->first_place % table->places == 0 &&
                            table->places <= header->dir_length - table->first_place;
    if (fits && is_at_home)
        return;
    table->in_doubt = true;
    table->first_place = place;
    table->places = 1;
}

struct error *map_window_swiss_chosen(struct map_window *window, uint64_t place,
                                      struct swiss_picture *picture)
{
    const struct map_shape *shape = window->shape;
    const struct swiss_header *header = &picture->header;
    uint8_t word[8], bytes[256];
    picture->chosen = (struct swiss_placed_table){.places = 1};
    if (!header->dir_length) {
        if (header->dir_address)
            picture->chosen = small_table(header);
        return NULL;
    }
    if (place >= header->dir_length)
        place = header->dir_length - 1;
    struct memory_range range = {.address = header->dir_address + place * shape->address_bytes,
                                 .buffer = word,
                                 .size_bytes = shape->address_bytes};
    bool is_read = pages_read_now(window->pages, &range, 1) == 1;
    const uint64_t address = is_read ? map_address_number(shape, word) : 0;
    range =
        (struct memory_range){.address = address, .buffer = bytes, .size_bytes = shape->swiss.table_bytes};
    is_read = is_read && pages_read_now(window->pages, &range, 1) == 1;
    table_fill(window, header, address, place, is_read ? bytes : NULL, &picture->chosen);
    return NULL;
}

// Tables whose places were read: their addresses stand in window->tables, and where they were met.
static struct error *read_tables(struct map_window *window, const struct swiss_header *header)
{
    const struct map_shape *shape = window->shape;
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
        const uint64_t address = table->address, place = table->first_place;
        table_fill(window, header, address, place, window->ranges.data[i].is_read ? bytes + i * each : NULL,
                   table);
        window->has_changed |= table->in_doubt;
    }
    return NULL;
}

// The tables from a place on, each once: the ones that stand in several places stand there side by side.
static struct error *fill_tables(struct map_window *window, const struct swiss_request *request,
                                 struct swiss_picture *picture)
{
    const struct map_shape *shape = window->shape;
    const struct swiss_header *header = &picture->header;
    const size_t address_bytes = shape->address_bytes, most = request->tables;
    uint64_t first = request->tables_place < header->dir_length ? request->tables_place : header->dir_length;
    uint64_t left = header->dir_length - first, latest = 0;
    window->tables.length = 0;
    // A window of places is read; where tables stand in many places it holds fewer than are wanted.
    const uint64_t count = left < WINDOW_PLACES_MOST ? left : WINDOW_PLACES_MOST;
    if (!count || !most)
        return NULL;
    uint8_t *places = window_bytes(window, (size_t)count * address_bytes);
    if (!places)
        return &error_out_of_memory;
    struct memory_range range = {.address = header->dir_address + first * address_bytes,
                                 .buffer = places,
                                 .size_bytes = (size_t)count * address_bytes};
    if (!pages_read_now(window->pages, &range, 1)) {
        window->has_changed = true;
        return NULL;
    }
    for (size_t i = 0; i < count && window->tables.length < most; i++) {
        const uint64_t address = map_address_number(shape, places + i * address_bytes);
        const struct swiss_placed_table table = {.address = address, .first_place = first + i};
        if (address != latest && !vec_push(&window->tables, table))
            return &error_out_of_memory;
        latest = address;
    }
    RETURN_IF_ERROR(read_tables(window, header));
    picture->tables = window->tables.data;
    picture->tables_count = window->tables.length;
    return NULL;
}

// Some tables of each part of the directory: the cost does not depend on how many there are.
static struct error *fill_dir_cells(struct map_window *window, size_t wanted, struct swiss_picture *picture)
{
    enum { LOOKED_AT = 2 };
    const struct map_shape *shape = window->shape;
    const struct swiss_header *header = &picture->header;
    const uint64_t places = header->dir_length;
    const size_t address_bytes = shape->address_bytes, table_bytes = shape->swiss.table_bytes;
    size_t cells = wanted < WINDOW_CELLS_MOST ? wanted : WINDOW_CELLS_MOST;
    cells = cells < places ? cells : (size_t)places;
    window->dir_cells.length = window->ranges.length = 0;
    const size_t most = cells * LOOKED_AT;
    uint8_t *bytes = window_bytes(window, most * (address_bytes + table_bytes));
    if (!cells)
        return NULL;
    if (!bytes || !vec_reserve(&window->dir_cells, cells) || !vec_reserve(&window->ranges, most))
        return &error_out_of_memory;
    for (size_t i = 0; i < cells; i++) {
        const uint64_t first = i * places / cells, count = (i + 1) * places / cells - first;
        (void)vec_push(&window->dir_cells, (struct swiss_dir_cell){.first = first, .count = count});
        for (uint64_t k = 0; k < LOOKED_AT; k++) {
            const uint64_t place = first + k * count / LOOKED_AT;
            (void)vec_push(&window->ranges, (struct memory_range){
                                                .address = header->dir_address + place * address_bytes,
                                                .buffer = bytes + (i * LOOKED_AT + (size_t)k) * address_bytes,
                                                .size_bytes = k < count ? address_bytes : 0});
        }
    }
    pages_read_now(window->pages, window->ranges.data, most);
    for (size_t i = 0; i < most; i++) {
        struct memory_range *range = &window->ranges.data[i];
        const bool is_read = range->is_read && range->size_bytes;
        *range = (struct memory_range){.address = is_read ? map_address_number(shape, range->buffer) : 0,
                                       .buffer = bytes + most * address_bytes + i * table_bytes,
                                       .size_bytes = is_read ? table_bytes : 0};
    }
    pages_read_now(window->pages, window->ranges.data, most);
    for (size_t i = 0; i < most; i++) {
        struct swiss_dir_cell *cell = &window->dir_cells.data[i / LOOKED_AT];
        struct swiss_placed_table table;
        if (!window->ranges.data[i].size_bytes || !window->ranges.data[i].is_read)
            continue;
        map_swiss_table(shape, window->ranges.data[i].address, window->ranges.data[i].buffer, &table);
        if (table.in_doubt)
            continue;
        cell->slots += table.capacity;
        cell->used += table.used;
        cell->tombstones += table.tombstones;
    }
    picture->dir_cells = window->dir_cells.data;
    picture->dir_cells_count = cells;
    return NULL;
}

// ---- groups ---------------------------------------------------------------------------------------------

// Slot 0 has the lowest byte of the control word, which on big-endian machines is its last one.
static void group_fill(const struct map_shape *shape, const uint8_t *bytes, uint64_t address, uint64_t index,
                       struct swiss_group *group)
{
    *group = (struct swiss_group){.address = address, .index = index, .is_missing = !bytes};
    for (size_t slot = 0; bytes && slot < SWISS_SLOTS; slot++) {
        const uint8_t control =
            bytes[shape->control_offset + (shape->big_endian ? SWISS_SLOTS - 1 - slot : slot)];
        group->control[slot] = control;
        if (control > SWISS_MARK_EMPTY && control != SWISS_MARK_DELETED) // no such value exists
            group->in_doubt |= (uint8_t)(1u << slot);
    }
}

static struct error *add_texts(struct map_window *window, const struct swiss_group *group,
                               const uint8_t *bytes, struct swiss_entry *entries)
{
    const struct map_shape *shape = window->shape;
    memset(entries, 0, SWISS_SLOTS * sizeof(*entries));
    for (size_t slot = 0; slot < SWISS_SLOTS && !group->is_missing; slot++) {
        if (!swiss_is_live(group->control[slot]))
            continue;
        if (!map_texts_add(window->texts, shape, &shape->key,
                           bytes + shape->key.offset_bytes + slot * shape->key.stride_bytes,
                           entries[slot].key, sizeof(entries[slot].key)) ||
            !map_texts_add(window->texts, shape, &shape->elem,
                           bytes + shape->elem.offset_bytes + slot * shape->elem.stride_bytes,
                           entries[slot].elem, sizeof(entries[slot].elem)))
            return &error_out_of_memory;
    }
    return NULL;
}

static void fill_group_bytes(const struct map_shape *shape, const struct swiss_group *group,
                             const uint8_t *bytes, struct swiss_group_bytes *to)
{
    *to = (struct swiss_group_bytes){.address = group->address,
                                     .whole_bytes = shape->chunk_bytes,
                                     .size_bytes = shape->chunk_bytes < SWISS_GROUP_BYTES ? shape->chunk_bytes
                                                                                          : SWISS_GROUP_BYTES,
                                     .key_bytes = shape->key.stored_bytes,
                                     .elem_bytes = shape->elem.stored_bytes,
                                     .slot_bytes = shape->key.stride_bytes,
                                     .elem_offset = shape->elem.offset_bytes - shape->key.offset_bytes};
    memcpy(to->bytes, bytes, to->size_bytes);
}

// Key and element at more length than a cell has.
static struct error *fill_detail(struct map_window *window, const struct swiss_group *group,
                                 const uint8_t *bytes, unsigned slot, struct picture_detail *to)
{
    const struct map_shape *shape = window->shape;
    *to = (struct picture_detail){0};
    if (slot >= SWISS_SLOTS || group->is_missing)
        return NULL;
    snprintf(to->title, sizeof(to->title), "slot %u of group %" PRIu64, slot, group->index);
    to->lines_count = 2;
    if (swiss_is_live(group->control[slot]) &&
        (!map_texts_add(window->texts, shape, &shape->key,
                        bytes + shape->key.offset_bytes + slot * shape->key.stride_bytes, to->lines[0],
                        sizeof(to->lines[0])) ||
         !map_texts_add(window->texts, shape, &shape->elem,
                        bytes + shape->elem.offset_bytes + slot * shape->elem.stride_bytes, to->lines[1],
                        sizeof(to->lines[1]))))
        return &error_out_of_memory;
    return NULL;
}

static struct error *fill_cursor(struct map_window *window, const struct swiss_request *request,
                                 const uint8_t *bytes, struct swiss_picture *picture)
{
    const struct map_shape *shape = window->shape;
    picture->group_bytes = (struct swiss_group_bytes){0};
    group_fill(shape, bytes, picture->chosen.groups_address + request->cursor * shape->chunk_bytes,
               request->cursor, &picture->cursor);
    RETURN_IF_ERROR(add_texts(window, &picture->cursor, bytes, picture->cursor_entries));
    if (request->has_bytes && bytes)
        fill_group_bytes(shape, &picture->cursor, bytes, &picture->group_bytes);
    return request->has_detail ? fill_detail(window, &picture->cursor, bytes, request->slot, &picture->detail)
                               : NULL;
}

// Groups of the chosen table and the one under the cursor, and the header once more, with one call.
static struct error *fill_groups(struct map_window *window, const struct swiss_request *request,
                                 struct swiss_picture *picture)
{
    const struct map_shape *shape = window->shape;
    const struct swiss_placed_table *table = &picture->chosen;
    const uint64_t all = table->in_doubt || table->is_missing ? 0 : table->groups, each = shape->chunk_bytes;
    const uint64_t first = request->groups_first < all ? request->groups_first : all;
    uint64_t count = all - first < request->groups ? all - first : request->groups;
    count = count < WINDOW_GROUPS_MOST ? count : WINDOW_GROUPS_MOST;
    const bool has_cursor = request->has_cursor && request->cursor < all;
    uint8_t *bytes = window_bytes(window, (size_t)((count + 1) * each));
    window->groups.length = window->swiss_entries.length = 0;
    if (!bytes || !vec_reserve(&window->groups, (size_t)count + 1) ||
        (request->texts && !vec_reserve(&window->swiss_entries, ((size_t)count + 1) * SWISS_SLOTS)))
        return &error_out_of_memory;
    const uint64_t start = table->groups_address + first * each;
    uint8_t *cursor = bytes + count * each;
    struct memory_range ranges[] = {
        {.address = start, .buffer = bytes, .size_bytes = (size_t)(count * each)},
        {.address = table->groups_address + request->cursor * each,
         .buffer = cursor,
         .size_bytes = has_cursor ? (size_t)each : 0},
        window_header_again(window, shape, window->address),
    };
    pages_read_now(window->pages, ranges, ARRAY_LENGTH(ranges));
    window_header_compare(window, shape, ranges[2].is_read);
    window->has_changed |= !ranges[0].is_read;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *group = ranges[0].is_read ? bytes + i * each : NULL;
        struct swiss_group *to = &window->groups.data[i];
        group_fill(shape, group, start + i * each, first + i, to);
        if (request->texts)
            RETURN_IF_ERROR(add_texts(window, to, group, window->swiss_entries.data + i * SWISS_SLOTS));
    }
    window->groups.length = (size_t)count;
    picture->groups = window->groups.data;
    picture->groups_count = (size_t)count;
    picture->entries = request->texts ? window->swiss_entries.data : NULL;
    if (has_cursor)
        RETURN_IF_ERROR(fill_cursor(window, request, ranges[1].is_read ? cursor : NULL, picture));
    return map_texts_finish(window->texts, window->pages) ? NULL : &error_out_of_memory;
}

// ---- the whole map --------------------------------------------------------------------------------------

static void overview_of(const struct map_survey *survey, struct swiss_overview *to)
{
    const struct map_figures *figures = &survey->figures;
    to->tables = to->tables_seen = figures->tables;
    to->slots = survey->capacity_sum;
    to->used = figures->places ? survey->used_sum : figures->count;
    to->tombstones = figures->tombstones;
    to->next_place = survey->first_to_grow;
    to->next_left = survey->first_to_grow_left;
    to->next_capacity = (uint32_t)survey->first_to_grow_capacity;
    to->groups = figures->chunks;
    to->held_bytes = figures->held_bytes;
}

// A survey goes round all tables, a slice a frame; the latest whole one is shown.
static void fill_overview(struct map_window *window, struct swiss_picture *picture)
{
    enum { PLACES_A_FRAME = 1024 };
    bool more;
    if (!window->has_survey) {
        pages_forget(window->pages);
        more = map_survey_start(&window->survey, window->pages, window->shape, window->address);
        window->has_survey = true;
        more = more && map_survey_step(&window->survey, window->pages, PLACES_A_FRAME);
    } else {
        more = map_survey_step(&window->survey, window->pages, PLACES_A_FRAME);
    }
    if (!more || !picture->overview.tables_seen)
        overview_of(&window->survey, &picture->overview);
    window->has_survey = more;
}

struct error *map_window_swiss(struct map_window *window, const struct swiss_request *request,
                               struct swiss_picture *picture)
{
    picture->tables_count = picture->groups_count = picture->dir_cells_count = 0;
    RETURN_IF_ERROR(fill_tables(window, request, picture));
    RETURN_IF_ERROR(fill_dir_cells(window, request->dir_cells, picture));
    RETURN_IF_ERROR(fill_groups(window, request, picture));
    fill_overview(window, picture);
    return NULL;
}
