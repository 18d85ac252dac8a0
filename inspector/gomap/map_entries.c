// SPDX-License-Identifier: MIT
#include "gomap/map_entries.h"

#include <stdlib.h>

enum {
    STRETCH_BYTES = 256 << 10, // of buckets, read at once
    PLACES_A_CALL = 1024,
    CHAINS_SPARE = 1024, // overflow buckets more than the header counts
};

struct entries_walk {
    const struct map_survey *survey;
    const struct map_shape *shape;
    struct page_cache *pages;
    map_entry_visit visit;
    void *context;
    struct map_entries result;
    uint8_t *stretch; // STRETCH_BYTES
    uint64_t links_left;
    uint64_t *chunks_left;
};

static bool is_over(const struct entries_walk *walk)
{
    return walk->result.is_stopped;
}

// Whether that many may still be read.
static bool take_chunks(struct entries_walk *walk, uint64_t count)
{
    if (*walk->chunks_left < count) {
        walk->result.is_cut = walk->result.is_stopped = true;
        return false;
    }
    *walk->chunks_left -= count;
    return true;
}

static void visit_slot(struct entries_walk *walk, const uint8_t *chunk, uint64_t address, unsigned slot,
                       uint8_t mark)
{
    const struct map_shape *shape = walk->shape;
    const uint64_t key_at = shape->key.offset_bytes + (uint64_t)slot * shape->key.stride_bytes;
    const struct map_entry entry = {
        .key = chunk + key_at,
        .elem = chunk + shape->elem.offset_bytes + (size_t)slot * shape->elem.stride_bytes,
        .key_address = address + key_at,
        .mark = mark,
    };
    walk->result.visited++;
    walk->result.is_stopped = !walk->visit(walk->context, &entry);
}

// ---- Swiss ----------------------------------------------------------------------------------------------

static void visit_groups(struct entries_walk *walk, const uint8_t *groups, uint64_t address, uint64_t count)
{
    const struct map_shape *shape = walk->shape;
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *group = groups + i * shape->chunk_bytes;
        for (unsigned slot = 0; slot < MAP_SLOTS && !is_over(walk); slot++) {
            const unsigned at = shape->big_endian ? MAP_SLOTS - 1 - slot : slot;
            if (swiss_is_live(group[shape->control_offset + at]))
                visit_slot(walk, group, address + i * shape->chunk_bytes, slot,
                           group[shape->control_offset + at]);
        }
    }
}

static void read_groups(struct entries_walk *walk, uint64_t address, uint64_t count)
{
    const uint64_t each = walk->shape->chunk_bytes, at_once = STRETCH_BYTES / each;
    for (uint64_t done = 0; done < count && !is_over(walk); done += at_once) {
        const uint64_t piece = count - done < at_once ? count - done : at_once;
        if (!take_chunks(walk, piece))
            return;
        if (pages_read(walk->pages, address + done * each, walk->stretch, (size_t)(piece * each)))
            visit_groups(walk, walk->stretch, address + done * each, piece);
        else
            walk->result.is_cut = true;
    }
}

static void swiss_entries(struct entries_walk *walk)
{
    const struct map_shape *shape = walk->shape;
    struct swiss_header header = {0};
    uint8_t places[PLACES_A_CALL * 8], bytes[256];
    uint64_t latest = 0;
    map_swiss_header(shape, walk->survey->header, &header);
    if (!map_swiss_is_possible(shape, &header)) {
        walk->result.is_cut = true;
        return;
    }
    if (!header.dir_length) {
        if (header.dir_address)
            read_groups(walk, header.dir_address, 1);
        return;
    }
    for (uint64_t first = 0; first < header.dir_length && !is_over(walk); first += PLACES_A_CALL) {
        const uint64_t left = header.dir_length - first, count = left < PLACES_A_CALL ? left : PLACES_A_CALL;
        if (!pages_read(walk->pages, header.dir_address + first * shape->address_bytes, places,
                        (size_t)count * shape->address_bytes)) {
            walk->result.is_cut = true;
            return;
        }
        for (uint64_t i = 0; i < count && !is_over(walk); i++) {
            struct swiss_placed_table table;
            const uint64_t address = map_address_number(shape, places + i * shape->address_bytes);
            if (address == latest)
                continue;
            latest = address;
            if (!pages_read(walk->pages, address, bytes, shape->swiss.table_bytes)) {
                walk->result.is_cut = true;
                continue;
            }
            map_swiss_table(shape, address, bytes, &table);
            // A table that says another place is met there, or was replaced.
            if (table.in_doubt || table.first_place != first + i)
                walk->result.is_cut = true;
            else
                read_groups(walk, table.groups_address, table.groups);
        }
    }
}

// ---- classic --------------------------------------------------------------------------------------------

static void visit_bucket(struct entries_walk *walk, const uint8_t *bucket, uint64_t address)
{
    for (unsigned slot = 0; slot < MAP_SLOTS && !is_over(walk); slot++)
        if (classic_is_live(bucket[walk->shape->control_offset + slot]))
            visit_slot(walk, bucket, address, slot, bucket[walk->shape->control_offset + slot]);
}

static bool is_moved(const struct entries_walk *walk, const uint8_t *bucket)
{
    const uint8_t mark = bucket[walk->shape->control_offset];
    return mark >= CLASSIC_MOVED_X && mark <= CLASSIC_MOVED_EMPTY;
}

static void visit_chain(struct entries_walk *walk, const uint8_t *head, uint64_t address, bool is_old)
{
    const struct map_shape *shape = walk->shape;
    uint8_t bucket[MAP_CHUNK_BYTES_MOST];
    if (is_old && is_moved(walk, head))
        return;
    visit_bucket(walk, head, address);
    uint64_t next = map_address_number(shape, head + shape->classic.overflow_offset);
    while (next && !is_over(walk)) {
        if (!walk->links_left || !pages_read(walk->pages, next, bucket, shape->chunk_bytes)) {
            walk->result.is_cut = true;
            return;
        }
        if (!take_chunks(walk, 1))
            return;
        walk->links_left--;
        walk->result.overflow += !is_old;
        visit_bucket(walk, bucket, next);
        next = map_address_number(shape, bucket + shape->classic.overflow_offset);
    }
}

static void visit_array(struct entries_walk *walk, uint64_t address, uint64_t count, bool is_old)
{
    const uint64_t each = walk->shape->chunk_bytes, at_once = STRETCH_BYTES / each;
    for (uint64_t done = 0; done < count && !is_over(walk); done += at_once) {
        const uint64_t piece = count - done < at_once ? count - done : at_once;
        if (!take_chunks(walk, piece))
            return;
        if (!pages_read(walk->pages, address + done * each, walk->stretch, (size_t)(piece * each))) {
            walk->result.is_cut = true;
            if (piece == at_once && done) // the rest is likely to be missing, too
                return;
            continue;
        }
        for (uint64_t i = 0; i < piece && !is_over(walk); i++)
            visit_chain(walk, walk->stretch + i * each, address + (done + i) * each, is_old);
    }
}

static void classic_entries(struct entries_walk *walk)
{
    struct classic_header header = {0};
    map_classic_header(walk->shape, walk->survey->header, &header);
    if (!map_classic_is_possible(walk->shape, &header)) {
        walk->result.is_cut = true;
        return;
    }
    if (!header.buckets_address)
        return;
    const uint64_t counted = walk->survey->figures.overflow;
    walk->links_left = 4 * counted + header.old_buckets + header.buckets / 4 + CHAINS_SPARE;
    visit_array(walk, header.buckets_address, header.buckets, false);
    if (header.is_growing)
        visit_array(walk, header.oldbuckets_address, header.old_buckets, true);
}

struct map_entries map_entries_each(const struct map_survey *survey, struct page_cache *pages,
                                    uint64_t *chunks_left, map_entry_visit visit, void *context)
{
    struct entries_walk walk = {.survey = survey,
                                .shape = survey->shape,
                                .pages = pages,
                                .visit = visit,
                                .context = context,
                                .chunks_left = chunks_left,
                                .stretch = malloc(STRETCH_BYTES)};
    if (!walk.stretch || !survey->address)
        walk.result.is_cut = survey->address != 0;
    else if (survey->shape->design == MAP_SWISS)
        swiss_entries(&walk);
    else
        classic_entries(&walk);
    free(walk.stretch);
    return walk.result;
}
