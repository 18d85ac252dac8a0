// SPDX-License-Identifier: MIT
// The classic picture. All buckets of a picture, those of its windows and those that are samples, are read by the
// same calls: first the ones of the arrays, then, a call a link, what follows in their chains.
#include "gomap/map_window_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    LINKS_MOST = 16384,
    LINK_BYTES_MOST = 32 << 20,
    SAMPLES_MOST = 4096, // of one array's density
    SURVEY_BUCKETS = 512,
    SURVEY_CHAIN = 16,
    DENSITY_CHAIN = 4,
    SET_OLD_DENSITY = CLASSIC_WINDOWS,
    SET_NEW_DENSITY,
    SET_SURVEY,
    SET_MOVED,
    SET_BUCKET,
    SETS,
};

// Links of arrays that belong together: `count` from `first` on.
struct link_set {
    size_t first, count;
};

struct classic_filling {
    struct map_window *window;
    const struct map_shape *shape;
    const struct classic_header *header;
    struct link_set sets[SETS];
};

static bool add_link(struct classic_filling *filling, bool is_old, uint64_t index, uint32_t wanted)
{
    struct map_window *window = filling->window;
    const struct classic_header *header = filling->header;
    const uint64_t start = is_old ? header->oldbuckets_address : header->buckets_address;
    const struct chain_link link = {.address = start + index * filling->shape->chunk_bytes,
                                    .index = index,
                                    .wanted = wanted,
                                    .bytes_at = window->links.length * filling->shape->chunk_bytes};
    return window->links.length < LINKS_MOST && link.bytes_at < LINK_BYTES_MOST &&
           vec_push(&window->links, link);
}

static uint64_t array_length(const struct classic_header *header, bool is_old)
{
    return is_old ? header->old_buckets : header->buckets_address ? header->buckets : 0;
}

static void add_window(struct classic_filling *filling, size_t set, const struct classic_request *request)
{
    const uint64_t all = array_length(filling->header, request->is_old);
    const uint64_t first = request->first < all ? request->first : all;
    uint64_t count = all - first < request->count ? all - first : request->count;
    count = count < WINDOW_BUCKETS_MOST ? count : WINDOW_BUCKETS_MOST;
    filling->sets[set].first = filling->window->links.length;
    for (uint64_t i = 0; i < count && add_link(filling, request->is_old, first + i,
                                               request->chain_limit ? request->chain_limit - 1 : 0);
         i++)
        filling->sets[set].count++;
}

// The array in `cells` equal parts, of each some buckets, evenly spread.
static size_t add_cells(struct classic_filling *filling, size_t set, bool is_old, size_t cells,
                        uint32_t samples, uint32_t wanted, struct classic_density *densities)
{
    const uint64_t all = array_length(filling->header, is_old);
    if (cells > all)
        cells = (size_t)all;
    filling->sets[set].first = filling->window->links.length;
    for (size_t cell = 0; cell < cells; cell++) {
        // At most 2^40 buckets (map_classic_is_possible) and 2^12 cells: no product is too large.
        const uint64_t first = (uint64_t)(all * cell / cells);
        const uint64_t end = (uint64_t)(all * (cell + 1) / cells);
        const uint64_t count = end - first, taken = count < samples ? count : samples;
        densities[cell] = (struct classic_density){.first = first, .count = count};
        for (uint64_t i = 0; i < taken; i++) {
            if (!add_link(filling, is_old, first + (uint64_t)(count * i / taken), wanted))
                break;
            filling->sets[set].count++;
            densities[cell].sampled++;
        }
    }
    return cells;
}

static uint64_t link_overflow(const struct classic_filling *filling, const struct chain_link *link)
{
    return map_address_number(filling->shape, filling->window->bytes.data + link->bytes_at +
                                                  filling->shape->classic.overflow_offset);
}

static const uint8_t *link_marks(const struct classic_filling *filling, const struct chain_link *link)
{
    return filling->window->bytes.data + link->bytes_at + filling->shape->control_offset;
}

// Reads the links from `first` on. Neighbours become one range.
static struct error *read_links(struct classic_filling *filling, size_t first, uint64_t address)
{
    struct map_window *window = filling->window;
    const size_t each = filling->shape->chunk_bytes, count = window->links.length;
    if (!vec_reserve(&window->bytes, count * each - window->bytes.length + 1))
        return &error_out_of_memory;
    window->bytes.length = count * each;
    window->ranges.length = 0;
    if (!vec_reserve(&window->ranges, count - first + 1))
        return &error_out_of_memory;
    for (size_t i = first; i < count; i++) {
        const struct chain_link *link = &window->links.data[i];
        struct memory_range *last =
            window->ranges.length ? &window->ranges.data[window->ranges.length - 1] : NULL;
        if (last && last->address + last->size_bytes == link->address && last->size_bytes < 1 << 20)
            last->size_bytes += each;
        else
            (void)vec_push(&window->ranges,
                           (struct memory_range){.address = link->address,
                                                 .buffer = window->bytes.data + link->bytes_at,
                                                 .size_bytes = each});
    }
    (void)vec_push(&window->ranges, window_header_again(window, filling->shape, address));
    pages_read_now(window->pages, window->ranges.data, window->ranges.length);
    window_header_compare(window, filling->shape, window->ranges.data[window->ranges.length - 1].is_read);
    size_t range = 0, left = window->ranges.data[0].size_bytes / each;
    for (size_t i = first; i < count; i++) {
        while (!left)
            left = window->ranges.data[++range].size_bytes / each;
        window->links.data[i].is_read = window->ranges.data[range].is_read;
        window->has_changed |= !window->links.data[i].is_read;
        left--;
    }
    return NULL;
}

// Reads all links, then what follows them, until no chain goes on or is wanted further.
static struct error *follow(struct classic_filling *filling, uint64_t address)
{
    struct map_window *window = filling->window;
    const size_t each = filling->shape->chunk_bytes;
    size_t first = 0;
    window->bytes.length = 0;
    while (first < window->links.length) {
        const size_t end = window->links.length;
        RETURN_IF_ERROR(read_links(filling, first, address));
        for (size_t i = first; i < end; i++) {
            const struct chain_link link = window->links.data[i];
            const uint64_t next = link.is_read && link.wanted ? link_overflow(filling, &link) : 0;
            const size_t at = window->links.length * each;
            if (!next || window->links.length >= 2 * LINKS_MOST || at >= 2 * (size_t)LINK_BYTES_MOST)
                continue;
            const struct chain_link follower = {.address = next,
                                                .index = link.index,
                                                .chain = link.chain + 1,
                                                .wanted = link.wanted - 1,
                                                .bytes_at = at};
            window->links.data[i].next = (uint32_t)window->links.length;
            if (!vec_push(&window->links, follower))
                return &error_out_of_memory;
        }
        first = end;
    }
    return NULL;
}

static bool is_evacuated(const uint8_t *marks)
{
    return marks[0] >= CLASSIC_MOVED_X && marks[0] <= CLASSIC_MOVED_EMPTY;
}

// ---- what was read, as a picture ------------------------------------------------------------------------

static struct error *add_texts(struct classic_filling *filling, const struct chain_link *link,
                               struct classic_entry *entries)
{
    const struct map_shape *shape = filling->shape;
    const uint8_t *bytes = filling->window->bytes.data + link->bytes_at;
    memset(entries, 0, CLASSIC_SLOTS * sizeof(*entries));
    for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
        if (!classic_is_live(bytes[shape->control_offset + slot]))
            continue;
        if (!map_texts_add(filling->window->texts, shape, &shape->key,
                           bytes + shape->key.offset_bytes + slot * shape->key.stride_bytes,
                           entries[slot].key, sizeof(entries[slot].key)) ||
            !map_texts_add(filling->window->texts, shape, &shape->elem,
                           bytes + shape->elem.offset_bytes + slot * shape->elem.stride_bytes,
                           entries[slot].elem, sizeof(entries[slot].elem)))
            return &error_out_of_memory;
    }
    return NULL;
}

static struct error *window_fill(struct classic_filling *filling, size_t set, bool texts,
                                 struct classic_window *to)
{
    struct map_window *window = filling->window;
    struct classic_part *part = &window->classic[set];
    part->buckets.length = part->entries.length = 0;
    for (size_t i = 0; i < filling->sets[set].count; i++) {
        for (size_t at = filling->sets[set].first + i, is_first = 1; is_first || at; is_first = 0) {
            const struct chain_link *link = &window->links.data[at];
            at = link->next;
            if (!link->is_read)
                break;
            struct classic_bucket bucket = {.address = link->address,
                                            .overflow_address = link_overflow(filling, link),
                                            .index = link->index,
                                            .chain = link->chain};
            const uint8_t *marks = link_marks(filling, link);
            memcpy(bucket.tophash, marks, CLASSIC_SLOTS);
            bucket.is_evacuated = is_evacuated(marks);
            if (!vec_push(&part->buckets, bucket))
                return &error_out_of_memory;
        }
    }
    if (texts) {
        if (!vec_reserve(&part->entries, part->buckets.length * CLASSIC_SLOTS))
            return &error_out_of_memory;
        size_t bucket = 0;
        for (size_t i = 0; i < filling->sets[set].count; i++) {
            for (size_t at = filling->sets[set].first + i, is_first = 1; is_first || at; is_first = 0) {
                const struct chain_link *link = &window->links.data[at];
                at = link->next;
                if (!link->is_read)
                    break;
                RETURN_IF_ERROR(add_texts(filling, link, part->entries.data + bucket++ * CLASSIC_SLOTS));
            }
        }
        part->entries.length = part->buckets.length * CLASSIC_SLOTS;
    }
    to->buckets = part->buckets.data;
    to->entries = part->entries.length ? part->entries.data : NULL;
    to->length = part->buckets.length;
    return NULL;
}

static void density_fill(struct classic_filling *filling, size_t set, struct classic_density *densities,
                         size_t cells)
{
    size_t next = filling->sets[set].first;
    for (size_t cell = 0; cell < cells; cell++) {
        struct classic_density *to = &densities[cell];
        const uint32_t tried = to->sampled;
        to->sampled = 0;
        for (uint32_t i = 0; i < tried; i++, next++) {
            for (size_t at = next, is_first = 1; is_first || at; is_first = 0) {
                const struct chain_link *link = &filling->window->links.data[at];
                at = link->next;
                if (!link->is_read)
                    break;
                const uint8_t *marks = link_marks(filling, link);
                to->sampled += link->chain == 0;
                to->overflow += link->chain != 0;
                to->evacuated += link->chain == 0 && is_evacuated(marks);
                for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++)
                    to->live += classic_is_live(marks[slot]);
            }
        }
    }
}

static void survey_fill(struct classic_filling *filling, struct classic_survey *survey)
{
    *survey = (struct classic_survey){.buckets = array_length(filling->header, false)};
    for (size_t i = 0; i < filling->sets[SET_SURVEY].count; i++) {
        size_t at = filling->sets[SET_SURVEY].first + i, length = 0;
        if (!filling->window->links.data[at].is_read)
            continue;
        for (; filling->window->links.data[at].next && length + 1 < ARRAY_LENGTH(survey->chains); length++)
            at = filling->window->links.data[at].next;
        survey->chains[length]++;
        survey->sampled++;
    }
}

static void moved_fill(struct classic_filling *filling, struct classic_density *parts, size_t count,
                       struct classic_moved *moved)
{
    *moved = (struct classic_moved){.parts = count};
    density_fill(filling, SET_MOVED, parts, count);
    for (size_t i = 0; i < count; i++) {
        const uint64_t sampled = parts[i].sampled ? parts[i].sampled : 1;
        moved->share[i] = (uint8_t)(255 * parts[i].evacuated / sampled);
        moved->moved += (parts[i].evacuated * parts[i].count + sampled / 2) / sampled;
        moved->is_estimate |= parts[i].sampled < parts[i].count;
    }
}

static struct error *bucket_fill(struct classic_filling *filling, struct classic_bucket_bytes *to)
{
    const struct map_shape *shape = filling->shape;
    const struct link_set *set = &filling->sets[SET_BUCKET];
    *to = (struct classic_bucket_bytes){0};
    if (!set->count || !filling->window->links.data[set->first].is_read)
        return NULL;
    const struct chain_link *link = &filling->window->links.data[set->first];
    to->address = link->address;
    to->overflow_address = link_overflow(filling, link);
    to->whole_bytes = shape->chunk_bytes;
    to->size_bytes = shape->chunk_bytes < CLASSIC_BUCKET_BYTES ? shape->chunk_bytes : CLASSIC_BUCKET_BYTES;
    to->key_bytes = shape->key.stored_bytes;
    to->elem_bytes = shape->elem.stored_bytes;
    to->elems_offset = shape->elem.offset_bytes;
    to->overflow_offset = shape->classic.overflow_offset;
    memcpy(to->bytes, filling->window->bytes.data + link->bytes_at, to->size_bytes);
    return add_texts(filling, link, to->entries);
}

static bool density_room(struct map_window *window, size_t array, size_t cells)
{
    window->densities[array].length = 0;
    return vec_reserve(&window->densities[array], cells + 1);
}

static uint32_t samples_of(uint32_t samples, size_t cells)
{
    uint32_t most = cells ? (uint32_t)(SAMPLES_MOST / cells) : 0;
    most = most < WINDOW_SAMPLES_MOST ? most : WINDOW_SAMPLES_MOST;
    most = most ? most : 1;
    return samples < most ? samples : most;
}

static struct error *fill_all(struct classic_filling *filling, uint64_t address,
                              const struct classic_wishes *wishes, struct classic_picture *picture)
{
    struct map_window *window = filling->window;
    struct classic_density parts[CLASSIC_MOVED_PARTS], survey[SURVEY_BUCKETS];
    size_t parts_count = 0;
    const size_t old_cells = wishes->old_cells < WINDOW_CELLS_MOST ? wishes->old_cells : WINDOW_CELLS_MOST;
    const size_t new_cells = wishes->new_cells < WINDOW_CELLS_MOST ? wishes->new_cells : WINDOW_CELLS_MOST;
    if (!density_room(window, 0, old_cells) || !density_room(window, 1, new_cells))
        return &error_out_of_memory;
    picture->old_density = window->densities[0].data;
    picture->new_density = window->densities[1].data;
    for (size_t set = 0; set < CLASSIC_WINDOWS; set++)
        add_window(filling, set, &wishes->windows[set]);
    picture->old_density_count =
        add_cells(filling, SET_OLD_DENSITY, true, old_cells, samples_of(wishes->samples, old_cells),
                  DENSITY_CHAIN, picture->old_density);
    picture->new_density_count =
        add_cells(filling, SET_NEW_DENSITY, false, new_cells, samples_of(wishes->samples, new_cells),
                  DENSITY_CHAIN, picture->new_density);
    add_cells(filling, SET_SURVEY, false, SURVEY_BUCKETS, 1, SURVEY_CHAIN, survey);
    if (filling->header->is_growing)
        parts_count = add_cells(filling, SET_MOVED, true, CLASSIC_MOVED_PARTS, 16, 0, parts);
    if (wishes->has_bucket && wishes->bucket < array_length(filling->header, false)) {
        filling->sets[SET_BUCKET].first = window->links.length;
        filling->sets[SET_BUCKET].count = add_link(filling, false, wishes->bucket, 0);
    }
    RETURN_IF_ERROR(follow(filling, address));
    for (size_t set = 0; set < CLASSIC_WINDOWS; set++)
        RETURN_IF_ERROR(window_fill(filling, set, wishes->windows[set].texts, &picture->windows[set]));
    density_fill(filling, SET_OLD_DENSITY, picture->old_density, picture->old_density_count);
    density_fill(filling, SET_NEW_DENSITY, picture->new_density, picture->new_density_count);
    survey_fill(filling, &picture->survey);
    moved_fill(filling, parts, parts_count, &picture->moved);
    RETURN_IF_ERROR(bucket_fill(filling, &picture->bucket_bytes));
    return map_texts_finish(window->texts, window->pages) ? NULL : &error_out_of_memory;
}

struct error *map_window_classic(struct map_window *window, const struct map_shape *shape, uint64_t address,
                                 const struct classic_wishes *wishes, struct classic_picture *picture)
{
    struct classic_filling filling = {.window = window, .shape = shape, .header = &picture->header};
    window->links.length = 0;
    picture->header = (struct classic_header){.raw.fields_source = shape->fields.source};
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
        picture->windows[i].length = 0;
    picture->old_density_count = picture->new_density_count = 0;
    RETURN_IF_ERROR(window_header(window, shape, address));
    map_classic_header(shape, window->header, &picture->header);
    map_raw_header(shape, address, window->header, &picture->header.raw);
    window->has_changed = (picture->header.flags & CLASSIC_WRITING) != 0;
    if (!map_classic_is_possible(shape, &picture->header)) {
        window->has_changed = true;
        return NULL;
    }
    return fill_all(&filling, address, wishes, picture);
}
