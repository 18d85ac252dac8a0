// SPDX-License-Identifier: MIT
#include "gomap/map_figures.h"

#include "base/go_size_class.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLES_A_CALL = 1024,
    TABLE_SLOTS_MOST = 1024, // internal/runtime/maps, maxTableCapacity
    DOUBTS_MOST = 4096,      // so many tables that contradict themselves: this is no map
    // From here on the header counts overflow buckets by chance (runtime/map.go, incrnoverflow).
    CLASSIC_EXACT_B = 15,
};

static uint64_t plus(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    uint64_t product;
    return __builtin_mul_overflow(a, b, &product) ? UINT64_MAX : product;
}

static uint64_t object_bytes(const struct map_shape *shape, uint64_t size_bytes, bool has_pointers)
{
    return size_class_go_object_bytes(size_bytes, has_pointers, shape->address_bytes);
}

// An array of that many groups.
static uint64_t groups_bytes(const struct map_shape *shape, uint64_t groups)
{
    return object_bytes(shape, times(groups, shape->chunk_bytes), shape->has_pointers);
}

static uint64_t indirect_bytes(const struct map_shape *shape, uint64_t count)
{
    uint64_t each = 0;
    if (shape->key.is_indirect)
        each += object_bytes(shape, shape->key.size_bytes, shape->key.has_pointers);
    if (shape->elem.is_indirect)
        each = plus(each, object_bytes(shape, shape->elem.size_bytes, shape->elem.has_pointers));
    return times(count, each);
}

// ---- what a new map would hold --------------------------------------------------------------------------

static uint64_t power_above(uint64_t value)
{
    uint64_t power = 1;
    while (power < value && power < UINT64_C(1) << 62)
        power *= 2;
    return power;
}

// Go: internal/runtime/maps, NewMap.
static uint64_t swiss_rebuilt(const struct map_shape *shape, uint64_t count, uint64_t *tables)
{
    const uint64_t header = object_bytes(shape, shape->header_bytes, true);
    *tables = 0;
    if (count <= MAP_SLOTS)
        return header + (count ? groups_bytes(shape, 1) : 0);
    const uint64_t target = count > UINT64_MAX / 16 ? UINT64_MAX / 16 : count * 8 / 7;
    const uint64_t places = power_above((target + TABLE_SLOTS_MOST - 1) / TABLE_SLOTS_MOST);
    const uint64_t capacity = power_above((target + places - 1) / places);
    const uint64_t each =
        plus(object_bytes(shape, shape->swiss.table_bytes, true),
             groups_bytes(shape, (capacity < MAP_SLOTS ? MAP_SLOTS : capacity) / MAP_SLOTS));
    *tables = (count + map_swiss_table_most(TABLE_SLOTS_MOST) - 1) / map_swiss_table_most(TABLE_SLOTS_MOST);
    return plus(header + object_bytes(shape, times(places, shape->address_bytes), true), times(places, each));
}

// Go 1.23, runtime/map.go: makemap, overLoadFactor.
static uint8_t classic_B_for(uint64_t count)
{
    uint8_t B = 0;
    while (B < 48 && count > MAP_SLOTS && count > (UINT64_C(1) << B) / 2 * 13)
        B++;
    return B;
}

static uint64_t classic_rebuilt(const struct map_shape *shape, uint64_t count)
{
    uint64_t buckets;
    const uint64_t header = object_bytes(shape, shape->header_bytes, true);
    return count ? plus(header, map_classic_array_bytes(shape, classic_B_for(count), &buckets)) : header;
}

static void sums_finish(const struct map_shape *shape, struct map_figures *figures)
{
    const uint64_t indirect = indirect_bytes(shape, figures->count);
    const uint64_t rebuilt_count = figures->count;
    uint64_t tables;
    figures->held_bytes = plus(figures->held_bytes, indirect);
    figures->live_bytes = times(figures->count, plus(shape->key.size_bytes, shape->elem.size_bytes));
    figures->rebuilt_bytes =
        plus(indirect, shape->design == MAP_SWISS ? swiss_rebuilt(shape, rebuilt_count, &tables)
                                                  : classic_rebuilt(shape, rebuilt_count));
}

// ---- classic --------------------------------------------------------------------------------------------

// Overflow buckets that were taken from those made in advance; the others were allocated one by one.
static uint64_t taken_in_advance(const struct map_shape *shape, const struct classic_header *header,
                                 const uint8_t *extra, uint64_t buckets, bool *is_known)
{
    const uint64_t spare = buckets > header->buckets ? buckets - header->buckets : 0;
    *is_known = true;
    if (!spare)
        return 0;
    *is_known = extra && shape->classic.extra_next.size_bytes;
    if (!*is_known)
        return 0;
    const uint64_t next = map_field_number(shape, shape->classic.extra_next, extra);
    const uint64_t first = header->buckets_address + header->buckets * shape->chunk_bytes;
    if (!next)
        return spare;
    const uint64_t taken = (next - first) / shape->chunk_bytes;
    *is_known = next >= first && taken <= spare;
    return *is_known ? taken : 0;
}

// Buckets without pointers are kept alive by a slice of pointers to those that were allocated one by one: the slice's
// header and its array are objects of their own.
static uint64_t overflow_list_bytes(const struct map_shape *shape, struct page_cache *pages,
                                    const uint8_t *extra, struct shape_field field)
{
    const unsigned word = shape->address_bytes;
    uint8_t slice[3 * 8];
    const uint64_t address = field.size_bytes ? map_field_number(shape, field, extra) : 0;
    if (!address || !pages_read(pages, address, slice, 3u * word))
        return 0;
    const uint64_t capacity = map_address_number(shape, slice + 2u * word);
    if (capacity > UINT32_MAX)
        return 0;
    return plus(object_bytes(shape, 3u * word, true), object_bytes(shape, times(capacity, word), true));
}

static void classic_overflow(struct map_survey *survey, struct page_cache *pages,
                             const struct classic_header *header, uint64_t array_buckets)
{
    uint8_t bytes[UINT8_MAX + 1];
    const struct map_shape *shape = survey->shape;
    struct map_figures *figures = &survey->figures;
    bool is_known;
    uint64_t overflow = header->noverflow;
    const uint16_t size = shape->classic.extra_bytes;
    const bool has_extra = header->extra_address && size && size <= sizeof(bytes) &&
                           pages_read(pages, header->extra_address, bytes, size);
    if (header->B > CLASSIC_EXACT_B) {
        overflow <<= header->B - CLASSIC_EXACT_B;
        figures->is_estimate = overflow > 0;
    }
    const uint64_t taken =
        taken_in_advance(shape, header, has_extra ? bytes : NULL, array_buckets, &is_known);
    figures->is_estimate |= !is_known && overflow > 0;
    figures->overflow = overflow > taken ? overflow : taken;
    const uint64_t alone = overflow > taken ? overflow - taken : 0;
    figures->held_bytes = plus(figures->held_bytes, times(alone, groups_bytes(shape, 1)));
    if (!has_extra)
        return;
    figures->held_bytes = plus(figures->held_bytes, object_bytes(shape, size, true));
    figures->held_bytes =
        plus(figures->held_bytes, overflow_list_bytes(shape, pages, bytes, shape->classic.extra_overflow));
    figures->held_bytes =
        plus(figures->held_bytes, overflow_list_bytes(shape, pages, bytes, shape->classic.extra_oldoverflow));
}

// What the header proves. nevacuate keeps its value when a growth has ended: the old buckets of that growth. So a
// map of 2^B buckets that says 2^(B-1) has grown to them, one that says 0 was made with them (or cleared).
static void classic_cause(struct map_figures *figures, const struct classic_header *header)
{
    const bool is_wasteful = figures->held_bytes / 2 > figures->rebuilt_bytes;
    if (figures->is_growing) {
        figures->cause = MAP_CAUSE_GROWING;
    } else if (is_wasteful && header->B && header->nevacuate >= header->buckets / 2) {
        figures->cause = MAP_CAUSE_SHRUNK;
        figures->cause_number =
            header->buckets / 4 * 13 + 1; // the growth to these buckets began above 6.5 a bucket
        if (header->B == 1)
            figures->cause_number = MAP_SLOTS + 1;
    } else if (is_wasteful && header->B && header->nevacuate == 0) {
        figures->cause = figures->count ? MAP_CAUSE_HINT : MAP_CAUSE_EITHER;
        figures->cause_number = header->grows_above;
    } else if (is_wasteful && header->B) {
        figures->cause = MAP_CAUSE_SHRUNK;
    }
    if (figures->cause == MAP_CAUSE_NONE && figures->overflow > figures->chunks / 4) {
        figures->cause = MAP_CAUSE_OVERFLOW;
        figures->cause_number = figures->overflow;
    }
}

static void classic_survey(struct map_survey *survey, struct page_cache *pages)
{
    const struct map_shape *shape = survey->shape;
    struct map_figures *figures = &survey->figures;
    struct classic_header header = {0};
    uint64_t array_buckets;
    map_classic_header(shape, survey->header, &header);
    figures->is_writing = (header.flags & CLASSIC_WRITING) != 0;
    figures->held_bytes = object_bytes(shape, shape->header_bytes, true);
    if (!map_classic_is_possible(shape, &header)) {
        figures->is_torn = true;
        return;
    }
    figures->count = (uint64_t)header.count;
    figures->is_growing = header.is_growing;
    figures->is_empty_of_chunks = !header.buckets_address;
    if (header.buckets_address) {
        figures->chunks = header.buckets;
        figures->held_bytes =
            plus(figures->held_bytes, map_classic_array_bytes(shape, header.B, &array_buckets));
        classic_overflow(survey, pages, &header, array_buckets);
    }
    if (header.is_growing) {
        figures->old_chunks = header.old_buckets;
        const uint8_t old_B = header.is_same_size || !header.B ? header.B : (uint8_t)(header.B - 1);
        figures->held_bytes =
            plus(figures->held_bytes, map_classic_array_bytes(shape, old_B, &array_buckets));
    }
    figures->slots = times(plus(figures->chunks, figures->overflow), MAP_SLOTS);
    // While it grows, entries are in the old buckets, too.
    figures->is_torn |=
        figures->count >
            times(plus(plus(figures->chunks, figures->overflow), figures->old_chunks), MAP_SLOTS) &&
        !figures->is_estimate && !header.is_growing;
    sums_finish(shape, figures);
    classic_cause(figures, &header);
}

// ---- Swiss ----------------------------------------------------------------------------------------------

// What the tables prove. A table that was made by growing has at most 1024 slots and splits when it is full, so
// several tables that are all smaller were made by a hint; tables of different depths by splits. Tombstones, and
// splits that are no longer needed, prove that there were more entries.
static void swiss_cause(struct map_survey *survey)
{
    struct map_figures *figures = &survey->figures;
    uint64_t tables_needed;
    swiss_rebuilt(survey->shape, figures->count, &tables_needed);
    const bool is_wasteful = figures->held_bytes / 2 > figures->rebuilt_bytes && figures->places;
    const uint64_t room = figures->slots / 8 * 7, taken = plus(figures->count, figures->tombstones);
    const bool has_split = survey->deepest != survey->shallowest;
    if (figures->tombstones > figures->slots / 16 &&
        figures->tombstones > (room > taken ? room - taken : 0)) {
        figures->cause = MAP_CAUSE_TOMBSTONES; // more of them than places that are still free
        figures->cause_number = figures->tables;
    } else if (is_wasteful && figures->tables > 1 && survey->most_capacity < TABLE_SLOTS_MOST) {
        figures->cause = MAP_CAUSE_HINT;
        figures->cause_number = room;
    } else if (is_wasteful && figures->count < figures->slots / 8 && (figures->tombstones || has_split)) {
        figures->cause = MAP_CAUSE_SHRUNK;
    } else if (is_wasteful) {
        figures->cause = MAP_CAUSE_EITHER;
        figures->cause_number = room;
    } else if (figures->tables > tables_needed + tables_needed / 4 && figures->tables > 2) {
        figures->cause = MAP_CAUSE_SPLITS;
        figures->cause_number = tables_needed;
    }
}

static void swiss_finish(struct map_survey *survey)
{
    struct map_figures *figures = &survey->figures;
    figures->slots = survey->capacity_sum;
    if (figures->places && !figures->is_cut && survey->used_sum != figures->count)
        figures->is_torn = true;
    if (figures->count > figures->slots && !figures->is_cut)
        figures->is_torn = true;
    sums_finish(survey->shape, figures);
    swiss_cause(survey);
}

static bool swiss_start(struct map_survey *survey)
{
    const struct map_shape *shape = survey->shape;
    struct map_figures *figures = &survey->figures;
    struct swiss_header header = {0};
    map_swiss_header(shape, survey->header, &header);
    figures->is_writing = header.is_writing;
    figures->held_bytes = object_bytes(shape, shape->header_bytes, true);
    if (!map_swiss_is_possible(shape, &header)) {
        figures->is_torn = true;
        return false;
    }
    figures->count = header.used;
    figures->places = header.dir_length;
    figures->global_depth = header.global_depth;
    if (!header.dir_length) {
        figures->chunks = header.dir_address != 0;
        figures->is_empty_of_chunks = !header.dir_address;
        survey->capacity_sum = figures->chunks * MAP_SLOTS;
        if (figures->chunks)
            figures->held_bytes = plus(figures->held_bytes, groups_bytes(shape, 1));
        swiss_finish(survey);
        return false;
    }
    survey->dir_address = header.dir_address;
    survey->least_capacity = survey->shallowest = UINT64_MAX;
    figures->held_bytes =
        plus(figures->held_bytes, object_bytes(shape, times(header.dir_length, shape->address_bytes), true));
    return true;
}

static void table_add(struct map_survey *survey, const struct swiss_placed_table *table, uint64_t place)
{
    struct map_figures *figures = &survey->figures;
    const struct map_shape *shape = survey->shape;
    figures->tables++;
    figures->held_bytes = plus(figures->held_bytes, object_bytes(shape, shape->swiss.table_bytes, true));
    // A table that was just replaced has index -1; the next read will meet its successor.
    if (table->in_doubt || table->first_place != place || table->local_depth > figures->global_depth) {
        figures->is_torn = true;
        survey->doubts++;
        return;
    }
    figures->chunks += table->groups;
    figures->tombstones += table->tombstones;
    if (!survey->first_to_grow_capacity || table->growth_left < survey->first_to_grow_left) {
        survey->first_to_grow = table->first_place;
        survey->first_to_grow_left = table->growth_left;
        survey->first_to_grow_capacity = table->capacity;
    }
    survey->used_sum += table->used;
    survey->capacity_sum += table->capacity;
    if (table->capacity < survey->least_capacity)
        survey->least_capacity = table->capacity;
    if (table->capacity > survey->most_capacity)
        survey->most_capacity = table->capacity;
    if (table->local_depth > survey->deepest)
        survey->deepest = table->local_depth;
    if (table->local_depth < survey->shallowest)
        survey->shallowest = table->local_depth;
    figures->held_bytes = plus(figures->held_bytes, groups_bytes(shape, table->groups));
}

struct tables_batch {
    uint8_t directory[TABLES_A_CALL * 8];
    uint8_t tables[TABLES_A_CALL][256];
    uint64_t places[TABLES_A_CALL];
    struct memory_range ranges[TABLES_A_CALL];
    size_t count;
};

// Tables that many places name stand once in the batch, at their first place.
static void batch_fill(struct map_survey *survey, struct tables_batch *batch, size_t places)
{
    const struct map_shape *shape = survey->shape;
    batch->count = 0;
    for (size_t i = 0; i < places; i++) {
        const uint64_t table = map_address_number(shape, batch->directory + i * shape->address_bytes);
        if (table == survey->latest_table)
            continue;
        survey->latest_table = table;
        batch->places[batch->count] = survey->next_place + i;
        batch->ranges[batch->count] = (struct memory_range){
            .address = table, .buffer = batch->tables[batch->count], .size_bytes = shape->swiss.table_bytes};
        batch->count++;
    }
}

static void batch_read(struct map_survey *survey, struct page_cache *pages, struct tables_batch *batch)
{
    // Few ones may lie in pages that are here.
    if (batch->count > 4) {
        pages_read_now(pages, batch->ranges, batch->count);
    } else {
        for (size_t i = 0; i < batch->count; i++) {
            struct memory_range *range = &batch->ranges[i];
            range->is_read = pages_read(pages, range->address, range->buffer, range->size_bytes);
        }
    }
    for (size_t i = 0; i < batch->count; i++) {
        struct swiss_placed_table table;
        if (!batch->ranges[i].is_read) {
            survey->figures.is_cut = true;
            continue;
        }
        map_swiss_table(survey->shape, batch->ranges[i].address, batch->tables[i], &table);
        table_add(survey, &table, batch->places[i]);
    }
}

bool map_survey_step(struct map_survey *survey, struct page_cache *pages, uint64_t places)
{
    struct map_figures *figures = &survey->figures;
    struct tables_batch *batch = malloc(sizeof(*batch));
    figures->is_cut |= !batch;
    for (uint64_t done = 0; batch && done < places && survey->next_place < figures->places;) {
        const uint64_t left = figures->places - survey->next_place;
        const size_t count = left < TABLES_A_CALL ? (size_t)left : TABLES_A_CALL;
        const size_t address_bytes = survey->shape->address_bytes;
        if (!pages_read(pages, survey->dir_address + survey->next_place * address_bytes, batch->directory,
                        count * address_bytes)) {
            figures->is_cut = true; // places behind it are likely to be missing, too
            survey->next_place = figures->places;
            break;
        }
        batch_fill(survey, batch, count);
        batch_read(survey, pages, batch);
        survey->next_place += count;
        done += count;
        if (survey->doubts > DOUBTS_MOST) {
            figures->is_cut = true;
            survey->next_place = figures->places;
        }
    }
    const bool is_done = !batch || survey->next_place >= figures->places;
    free(batch);
    if (is_done)
        swiss_finish(survey);
    return !is_done;
}

bool map_survey_start(struct map_survey *survey, struct page_cache *pages, const struct map_shape *shape,
                      uint64_t address)
{
    *survey = (struct map_survey){.shape = shape, .address = address};
    if (!address)
        return false;
    if (!pages_read(pages, address, survey->header, shape->header_bytes)) {
        survey->figures.is_cut = true;
        return false;
    }
    if (shape->design == MAP_SWISS)
        return swiss_start(survey);
    classic_survey(survey, pages);
    return false;
}
