// SPDX-License-Identifier: MIT
// Frames of classic maps.
#include "watch/live_links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LINKS_MOST = 16384,
    LINK_BYTES_MOST = 16 << 20,
    CHAIN_ROUNDS_MOST = 64,
    CELLS_MOST = 16384,
};

// The header as it was read, its raw one too.
static bool take_header(struct live_reader *reader, const uint8_t *bytes, struct classic_header *header)
{
    map_classic_header(reader->shape, bytes, header);
    map_raw_header(reader->shape, reader->address, bytes, &reader->raw);
    header->raw = reader->raw;
    reader->verdict.is_writing = (header->flags & CLASSIC_WRITING) != 0;
    reader->verdict.is_no_map = !map_classic_is_possible(reader->shape, header);
    return !reader->verdict.is_no_map;
}

bool live_classic_header(struct live_reader *reader, struct classic_header *header)
{
    *header = (struct classic_header){.raw.address = reader->address};
    reader->verdict = (struct live_verdict){0};
    return live_header_read(reader) && take_header(reader, reader->header, header);
}

// ---- which buckets --------------------------------------------------------------------------------------

static uint64_t array_length(const struct classic_header *header, bool is_old)
{
    return is_old ? header->old_buckets : header->buckets_address ? header->buckets : 0;
}

static bool has_room(const struct live_reader *reader)
{
    return reader->links.length < LINKS_MOST &&
           2 * (reader->links.length + 1) * reader->shape->chunk_bytes < LINK_BYTES_MOST;
}

static bool add_window(struct live_reader *reader, const struct classic_header *header, size_t number,
                       const struct classic_request *request)
{
    const uint64_t all = array_length(header, request->is_old);
    const uint64_t start = request->is_old ? header->oldbuckets_address : header->buckets_address;
    const uint64_t first = request->first < all ? request->first : all;
    const uint64_t count = all - first < request->count ? all - first : request->count;
    struct live_classic_part *part = &reader->parts[number];
    part->first = reader->links.length;
    part->count = 0;
    for (uint64_t i = first; i < first + count && has_room(reader); i++, part->count++) {
        const struct live_link link = {.address = start + i * reader->shape->chunk_bytes,
                                       .index = i,
                                       .wanted = request->chain_limit ? request->chain_limit - 1 : 0};
        if (!vec_push(&reader->links, link))
            return false;
    }
    return true;
}

static int compare_guesses(const void *left, const void *right)
{
    const struct live_guess *a = left, *b = right;
    return (a->address > b->address) - (a->address < b->address);
}

static uint64_t guess_next(const struct live_reader *reader, uint64_t address)
{
    const struct live_guess wanted = {.address = address};
    const struct live_guess *found =
        reader->guesses.length
            ? bsearch(&wanted, reader->guesses.data, reader->guesses.length, sizeof(wanted), compare_guesses)
            : NULL;
    return found ? found->next : 0;
}

static bool add_follower(struct live_reader *reader, size_t number, uint64_t address)
{
    const struct live_link link = reader->links.data[number];
    const struct live_link follower = {
        .address = address, .index = link.index, .chain = link.chain + 1, .wanted = link.wanted - 1};
    if (!has_room(reader))
        return true;
    reader->links.data[number].next = (uint32_t)reader->links.length;
    return vec_push(&reader->links, follower);
}

static bool add_guesses(struct live_reader *reader)
{
    for (size_t i = 0; i < reader->links.length; i++) {
        const struct live_link *link = &reader->links.data[i];
        const uint64_t next = link->wanted ? guess_next(reader, link->address) : 0;
        if (next && !add_follower(reader, i, next))
            return false;
    }
    return true;
}

// ---- reading --------------------------------------------------------------------------------------------

// Where the copy of a link lies.
static uint8_t *copy_of(const struct live_reader *reader, size_t link, unsigned copy)
{
    return (copy ? reader->again.data : reader->bytes.data) + link * reader->shape->chunk_bytes;
}

static uint64_t overflow_of(const struct live_reader *reader, size_t link)
{
    return map_address_number(reader->shape,
                              copy_of(reader, link, 1) + reader->shape->classic.overflow_offset);
}

// Ranges for one copy of the links from `first` on: neighbours become one.
static void add_ranges(struct live_reader *reader, size_t first, unsigned copy)
{
    const size_t each = reader->shape->chunk_bytes, start = reader->ranges.length;
    for (size_t i = first; i < reader->links.length; i++) {
        const uint64_t address = reader->links.data[i].address;
        struct memory_range *last =
            reader->ranges.length > start ? &reader->ranges.data[reader->ranges.length - 1] : NULL;
        if (last && last->address + last->size_bytes == address)
            last->size_bytes += each;
        else
            (void)vec_push(&reader->ranges, (struct memory_range){.address = address,
                                                                  .buffer = copy_of(reader, i, copy),
                                                                  .size_bytes = each});
    }
}

// Which links were read: both copies of them.
static void mark_read(struct live_reader *reader, size_t first, size_t range)
{
    const size_t each = reader->shape->chunk_bytes;
    for (unsigned copy = 0; copy < 2; copy++) {
        size_t left = 0;
        bool is_read = false;
        for (size_t i = first; i < reader->links.length; i++, left--) {
            if (!left) {
                left = reader->ranges.data[range].size_bytes / each;
                is_read = reader->ranges.data[range++].is_read;
            }
            reader->links.data[i].is_read = is_read && (!copy || reader->links.data[i].is_read);
        }
    }
}

static bool make_room(struct live_reader *reader)
{
    const size_t wanted = reader->links.length * reader->shape->chunk_bytes;
    const size_t had = reader->bytes.length;
    if (wanted <= had)
        return true;
    if (!vec_reserve(&reader->bytes, wanted - had) || !vec_reserve(&reader->again, wanted - had))
        return false;
    reader->bytes.length = reader->again.length = wanted;
    return true;
}

// One call: the header (in the first round), the links from `first` on twice, the header again.
static bool read_links(struct live_reader *reader, size_t first)
{
    const bool is_first = first == 0;
    reader->ranges.length = 0;
    if (!make_room(reader) || !vec_reserve(&reader->ranges, 2 * (reader->links.length - first) + 2))
        return false;
    struct memory_range header = {
        .address = reader->address, .buffer = reader->header, .size_bytes = reader->shape->header_bytes};
    if (is_first)
        (void)vec_push(&reader->ranges, header);
    add_ranges(reader, first, 0);
    add_ranges(reader, first, 1);
    header.buffer = reader->header_after;
    (void)vec_push(&reader->ranges, header);
    live_read(reader, reader->ranges.data, reader->ranges.length);
    mark_read(reader, first, is_first);
    reader->verdict.is_gone |= (is_first && !reader->ranges.data[0].is_read) ||
                               !reader->ranges.data[reader->ranges.length - 1].is_read;
    return true;
}

// Follows the chains to their ends. What was guessed wrong is read now.
static bool read_all(struct live_reader *reader, bool *is_whole)
{
    size_t first = 0;
    *is_whole = true;
    for (unsigned round = 0; first < reader->links.length || !round; round++) {
        if (round >= CHAIN_ROUNDS_MOST) {
            *is_whole = false;
            return true;
        }
        if (!read_links(reader, first))
            return false;
        first = reader->links.length;
        for (size_t i = 0; i < first; i++) {
            const struct live_link *link = &reader->links.data[i];
            if (!link->is_read || !link->wanted) {
                *is_whole &= link->is_read;
                continue;
            }
            const uint64_t next = overflow_of(reader, i);
            if (link->next && reader->links.data[link->next].address == next)
                continue;
            reader->links.data[i].next = 0; // guessed wrong: that one is in no chain now
            if (next && !add_follower(reader, i, next))
                return false;
        }
    }
    return true;
}

static bool keep_guesses(struct live_reader *reader)
{
    reader->guesses.length = 0;
    if (!vec_reserve(&reader->guesses, reader->links.length))
        return false;
    for (size_t i = 0; i < reader->links.length; i++) {
        const struct live_link *link = &reader->links.data[i];
        if (link->is_read && link->next)
            (void)vec_push(&reader->guesses,
                           (struct live_guess){link->address, reader->links.data[link->next].address});
    }
    if (reader->guesses.length)
        qsort(reader->guesses.data, reader->guesses.length, sizeof(*reader->guesses.data), compare_guesses);
    return true;
}

// ---- proving --------------------------------------------------------------------------------------------

static bool is_evacuated(const uint8_t *marks)
{
    return marks[0] >= CLASSIC_MOVED_X && marks[0] <= CLASSIC_MOVED_EMPTY;
}

static bool part_differs(const struct map_part *part, const uint8_t *left, const uint8_t *right, size_t slot)
{
    const size_t at = live_slot_at(part, slot);
    return memcmp(left + at, right + at, part->stored_bytes) != 0;
}

// The slots of a bucket that are in doubt: a bit each.
static uint8_t doubts_of(struct live_reader *reader, const struct classic_header *header,
                         const struct live_link *link, size_t number, bool is_old)
{
    const struct map_shape *shape = reader->shape;
    const uint8_t *left = copy_of(reader, number, 0), *right = copy_of(reader, number, 1);
    const uint8_t *marks = right + shape->control_offset;
    const uint64_t mask = array_length(header, is_old) - 1;
    uint8_t doubts = 0;
    for (unsigned slot = 0; slot < CLASSIC_SLOTS; slot++) {
        uint64_t hash;
        bool is_bad = left[shape->control_offset + slot] != marks[slot];
        if (classic_is_live(marks[slot])) {
            is_bad |=
                part_differs(&shape->key, left, right, slot) || part_differs(&shape->elem, left, right, slot);
            if (!is_bad &&
                live_key_hash(reader, right + live_slot_at(&shape->key, slot), header->hash0, &hash)) {
                is_bad = live_hash_mark(shape, hash) != marks[slot] || (hash & mask) != link->index;
            }
        }
        doubts |= (uint8_t)(is_bad << slot);
    }
    return doubts;
}

// ---- as a picture ---------------------------------------------------------------------------------------

static bool add_texts(struct live_reader *reader, const uint8_t *bytes, struct classic_entry *entries)
{
    const struct map_shape *shape = reader->shape;
    for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
        entries[slot].key[0] = entries[slot].elem[0] = '\0';
        if (!classic_is_live(bytes[shape->control_offset + slot]))
            continue;
        if (!map_texts_add(reader->texts, shape, &shape->key, bytes + live_slot_at(&shape->key, slot),
                           entries[slot].key, sizeof(entries[slot].key)) ||
            !map_texts_add(reader->texts, shape, &shape->elem, bytes + live_slot_at(&shape->elem, slot),
                           entries[slot].elem, sizeof(entries[slot].elem)))
            return false;
    }
    return true;
}

static bool part_fill(struct live_reader *reader, const struct classic_header *header, size_t number,
                      const struct classic_request *request, struct classic_window *to)
{
    struct live_classic_part *part = &reader->parts[number];
    const struct map_shape *shape = reader->shape;
    part->buckets.length = part->entries.length = 0;
    to->length = 0;
    for (size_t i = 0; i < part->count; i++) {
        size_t at = part->first + i;
        for (bool is_first = true; is_first || at; is_first = false) {
            const struct live_link *link = &reader->links.data[at];
            const uint8_t *bytes = copy_of(reader, at, 1);
            struct classic_bucket bucket = {
                .address = link->address, .index = link->index, .chain = link->chain};
            if (link->is_read) {
                bucket.overflow_address = overflow_of(reader, at);
                memcpy(bucket.tophash, bytes + shape->control_offset, CLASSIC_SLOTS);
                bucket.is_evacuated = is_evacuated(bucket.tophash);
                bucket.in_doubt = doubts_of(reader, header, link, at, request->is_old);
            } else {
                bucket.in_doubt = 0xff;
            }
            reader->verdict.doubts += (unsigned)__builtin_popcount(bucket.in_doubt);
            if (!vec_push(&part->buckets, bucket))
                return false;
            at = link->next;
        }
    }
    to->buckets = part->buckets.data;
    to->length = part->buckets.length;
    return true;
}

// After all tries: texts cost more than all else.
static bool texts_fill(struct live_reader *reader, size_t number, struct classic_window *to)
{
    struct live_classic_part *part = &reader->parts[number];
    if (!vec_reserve(&part->entries, (to->length + 1) * CLASSIC_SLOTS))
        return false;
    size_t done = 0;
    for (size_t i = 0; i < part->count; i++) {
        size_t at = part->first + i;
        for (bool is_first = true; is_first || at; is_first = false, done++) {
            const struct live_link *link = &reader->links.data[at];
            struct classic_entry *entries = part->entries.data + done * CLASSIC_SLOTS;
            if (!link->is_read)
                memset(entries, 0, CLASSIC_SLOTS * sizeof(*entries));
            else if (!add_texts(reader, copy_of(reader, at, 1), entries))
                return false;
            at = link->next;
        }
    }
    part->entries.length = done * CLASSIC_SLOTS;
    to->entries = part->entries.data;
    return true;
}

static bool bucket_fill(struct live_reader *reader, const struct classic_header *header, uint64_t index,
                        struct classic_bucket_bytes *to)
{
    const struct map_shape *shape = reader->shape;
    *to = (struct classic_bucket_bytes){0};
    if (index >= array_length(header, false))
        return true;
    const uint64_t address = header->buckets_address + index * shape->chunk_bytes;
    uint8_t bytes[MAP_CHUNK_BYTES_MOST];
    struct memory_range range = {.address = address, .buffer = bytes, .size_bytes = shape->chunk_bytes};
    if (!live_read(reader, &range, 1))
        return true;
    to->address = address;
    to->overflow_address = map_address_number(shape, bytes + shape->classic.overflow_offset);
    to->whole_bytes = shape->chunk_bytes;
    to->size_bytes = shape->chunk_bytes < CLASSIC_BUCKET_BYTES ? shape->chunk_bytes : CLASSIC_BUCKET_BYTES;
    to->key_bytes = shape->key.stored_bytes;
    to->elem_bytes = shape->elem.stored_bytes;
    to->elems_offset = shape->elem.offset_bytes;
    to->overflow_offset = shape->classic.overflow_offset;
    memcpy(to->bytes, bytes, to->size_bytes);
    return add_texts(reader, bytes, to->entries);
}

static const char *mark_text(uint8_t mark)
{
    return mark == CLASSIC_EMPTY_REST  ? "empty, and so is all that follows in the chain"
           : mark == CLASSIC_EMPTY_ONE ? "emptied, but entries follow"
           : mark == CLASSIC_MOVED_X   ? "moved to X, the lower half"
           : mark == CLASSIC_MOVED_Y   ? "moved to Y, the upper half"
                                       : "was empty when its bucket was moved";
}

// The bucket of a chain that has the slot, counted from the chain's first one, and how many buckets the chain has: those
// of a circle are counted up to a bound. False: it cannot be read.
static bool chain_walk(struct live_reader *reader, uint64_t address, uint32_t slot,
                       uint8_t bytes[MAP_CHUNK_BYTES_MOST], uint32_t *chain, uint32_t *buckets)
{
    enum { BUCKETS_MOST = 64 };
    const struct map_shape *shape = reader->shape;
    uint8_t next[MAP_CHUNK_BYTES_MOST];
    for (*buckets = *chain = 0; address && *buckets < BUCKETS_MOST; ++*buckets) {
        struct memory_range range = {.address = address, .buffer = next, .size_bytes = shape->chunk_bytes};
        if (!live_read(reader, &range, 1))
            break;
        if (*buckets <= slot / CLASSIC_SLOTS) {
            memcpy(bytes, next, shape->chunk_bytes);
            *chain = *buckets;
        }
        address = map_address_number(shape, next + shape->classic.overflow_offset);
    }
    return *buckets > 0;
}

// The opened slot of a bucket and its chain. While the map grows, its entries are in the old bucket until that is moved.
static bool detail_fill(struct live_reader *reader, const struct classic_header *header,
                        const struct hmap_needs *needs, struct picture_detail *to)
{
    const struct map_shape *shape = reader->shape;
    uint8_t bytes[MAP_CHUNK_BYTES_MOST];
    uint32_t chain, buckets;
    *to = (struct picture_detail){0};
    if (needs->bucket >= array_length(header, false))
        return true;
    uint64_t index = needs->bucket & (header->is_growing ? header->old_buckets - 1 : 0);
    bool is_old = header->is_growing &&
                  chain_walk(reader, header->oldbuckets_address + index * shape->chunk_bytes, needs->slot,
                             bytes, &chain, &buckets) &&
                  !is_evacuated(bytes + shape->control_offset);
    if (!is_old) {
        index = needs->bucket;
        if (!chain_walk(reader, header->buckets_address + index * shape->chunk_bytes, needs->slot, bytes,
                        &chain, &buckets))
            return true;
    }
    const uint32_t slot = needs->slot % CLASSIC_SLOTS;
    const uint8_t mark = bytes[shape->control_offset + slot];
    char place[48] = "";
    to->slots = buckets * CLASSIC_SLOTS;
    to->lines_count = 1;
    if (buckets > 1)
        snprintf(place, sizeof(place), ", %" PRIu32 " of %" PRIu32 " in its chain", chain + 1, buckets);
    snprintf(to->title, sizeof(to->title), "slot %" PRIu32 " of %sbucket %" PRIu64 "%s   Enter closes", slot,
             is_old ? "old " : "", index, place);
    if (!classic_is_live(mark)) {
        snprintf(to->lines[0], sizeof(to->lines[0]), "tophash %02x: %s", mark, mark_text(mark));
        return true;
    }
    snprintf(to->lines[0], sizeof(to->lines[0]), "tophash %02x: the high 8 bits of the key's hash", mark);
    return live_detail_entry(reader, bytes + live_slot_at(&shape->key, slot),
                             bytes + live_slot_at(&shape->elem, slot), to);
}

// ---- density --------------------------------------------------------------------------------------------

// One bucket a cell, the first of its range: its eight marks and whether a chain goes on.
static bool density_fill(struct live_reader *reader, const struct classic_header *header, bool is_old,
                         size_t cells, struct classic_density **to, size_t *count)
{
    const uint64_t all = array_length(header, is_old);
    const uint64_t start = is_old ? header->oldbuckets_address : header->buckets_address;
    const size_t each = CLASSIC_SLOTS + sizeof(uint64_t);
    cells = cells < CELLS_MOST ? cells : CELLS_MOST;
    cells = cells < all ? cells : (size_t)all;
    *count = 0;
    reader->densities[is_old].length = reader->ranges.length = reader->bytes.length = 0;
    if (!cells)
        return true;
    if (!vec_reserve(&reader->densities[is_old], cells) || !vec_reserve(&reader->ranges, 2 * cells) ||
        !vec_reserve(&reader->bytes, cells * each))
        return false;
    for (size_t i = 0; i < cells; i++) {
        // At most 2^40 buckets (map_classic_is_possible) and 2^14 cells.
        const uint64_t first = all * i / cells, address = start + first * reader->shape->chunk_bytes;
        uint8_t *bytes = reader->bytes.data + i * each;
        (void)vec_push(&reader->densities[is_old],
                       (struct classic_density){.first = first, .count = all * (i + 1) / cells - first});
        (void)vec_push(&reader->ranges,
                       (struct memory_range){.address = address + reader->shape->control_offset,
                                             .buffer = bytes,
                                             .size_bytes = CLASSIC_SLOTS});
        (void)vec_push(&reader->ranges,
                       (struct memory_range){.address = address + reader->shape->classic.overflow_offset,
                                             .buffer = bytes + CLASSIC_SLOTS,
                                             .size_bytes = reader->shape->address_bytes});
    }
    live_read(reader, reader->ranges.data, reader->ranges.length);
    for (size_t i = 0; i < cells; i++) {
        const uint8_t *bytes = reader->bytes.data + i * each;
        struct classic_density *cell = &reader->densities[is_old].data[i];
        if (!reader->ranges.data[2 * i].is_read || !reader->ranges.data[2 * i + 1].is_read)
            continue;
        cell->sampled = 1;
        cell->evacuated = is_evacuated(bytes);
        cell->overflow = map_address_number(reader->shape, bytes + CLASSIC_SLOTS) != 0;
        for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++)
            cell->live += classic_is_live(bytes[slot]);
    }
    *to = reader->densities[is_old].data;
    *count = cells;
    return true;
}

// ---- a frame --------------------------------------------------------------------------------------------

// Whether windows that show all of the map hold as many entries as the header says.
static bool agrees_with_count(const struct classic_picture *picture, const struct hmap_needs *needs)
{
    const struct classic_header *header = &picture->header;
    int64_t live = 0;
    bool has_all = false, has_old = !header->is_growing;
    for (size_t w = 0; w < CLASSIC_WINDOWS; w++) {
        const struct classic_request *request = &needs->windows[w];
        const struct classic_window *window = &picture->windows[w];
        const uint64_t all = array_length(header, request->is_old);
        const bool is_whole = request->count && !request->first && request->count >= all;
        has_all |= is_whole && !request->is_old;
        has_old |= is_whole && request->is_old;
        for (size_t i = 0; i < window->length; i++) {
            if (window->buckets[i].chain + 1 >= request->chain_limit && window->buckets[i].overflow_address)
                return true; // there is more
            for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++)
                live += classic_is_live(window->buckets[i].tophash[slot]);
        }
    }
    return !has_all || !has_old || live == header->count;
}

// Whether the buckets are where they were.
static bool is_laid_alike(const struct classic_header *left, const struct classic_header *right)
{
    return left->buckets_address == right->buckets_address && left->B == right->B &&
           left->oldbuckets_address == right->oldbuckets_address && left->is_same_size == right->is_same_size;
}

// Reads what the header of the picture says, which may be an older one, with the header as it is now.
static struct error *try_once(struct live_reader *reader, const struct hmap_needs *needs,
                              struct classic_picture *picture)
{
    struct classic_header now = picture->header;
    bool is_whole;
    reader->links.length = reader->bytes.length = reader->again.length = 0;
    reader->verdict.doubts = 0;
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
        if (!add_window(reader, &picture->header, i, &needs->windows[i]))
            return &error_out_of_memory;
    if (!add_guesses(reader) || !read_all(reader, &is_whole) || !keep_guesses(reader))
        return &error_out_of_memory;
    if (reader->verdict.is_gone || !take_header(reader, reader->header, &now))
        return NULL;
    const bool is_alike = is_laid_alike(&now, &picture->header);
    picture->header = now;
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
        if (!part_fill(reader, &picture->header, i, &needs->windows[i], &picture->windows[i]))
            return &error_out_of_memory;
    reader->verdict.is_accepted =
        is_whole && is_alike && !reader->verdict.is_writing &&
        (reader->is_frozen || !memcmp(reader->header, reader->header_after, reader->shape->header_bytes)) &&
        agrees_with_count(picture, needs);
    return NULL;
}

struct error *live_classic_fill(struct live_reader *reader, const struct hmap_needs *needs,
                                struct classic_picture *picture)
{
    struct live_verdict *verdict = &reader->verdict;
    for (verdict->tries = 1;; verdict->tries++) {
        RETURN_IF_ERROR(try_once(reader, needs, picture));
        if (verdict->is_gone || verdict->is_no_map)
            return NULL;
        if (verdict->is_accepted || verdict->tries >= LIVE_TRIES)
            break;
        // The header that was read last says where the next try looks.
        struct classic_header again = picture->header;
        if (!take_header(reader, reader->header_after, &again))
            return NULL;
        picture->header = again;
    }
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
        if (needs->windows[i].texts && !texts_fill(reader, i, &picture->windows[i]))
            return &error_out_of_memory;
    if (needs->has_bucket && !bucket_fill(reader, &picture->header, needs->bucket, &picture->bucket_bytes))
        return &error_out_of_memory;
    if (needs->has_detail && !detail_fill(reader, &picture->header, needs, &picture->detail))
        return &error_out_of_memory;
    if (!map_texts_finish(reader->texts, reader->pages) ||
        !density_fill(reader, &picture->header, true, needs->old_cells, &picture->old_density,
                      &picture->old_density_count) ||
        !density_fill(reader, &picture->header, false, needs->new_cells, &picture->new_density,
                      &picture->new_density_count))
        return &error_out_of_memory;
    return NULL;
}
