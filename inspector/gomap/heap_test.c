// SPDX-License-Identifier: MIT
// Is this a map's header? Tests of structure alone, each of which a random object fails: bytes that are always zero, a
// depth that gives the directory's length, tables that know their place in it, control bytes that no full slot has,
// counts that add up.
#include "gomap/heap_parts.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 8,
    CONTROL_EMPTY = 0x80,
    CONTROL_DELETED = 0xfe,
    DEPTH_MOST = 22,      // of a directory that is read: 4 million tables hold 3 thousand million entries
    CAPACITY_MOST = 1024, // of a table
    TABLE_BYTES_MOST = 128,
    HEADER_BYTES_MOST = 64,
    // Classic: a tophash below it marks an empty slot, 0 one behind which all are empty.
    TOPHASH_LIVE = 5,
    B_MOST = 40,
};

static uint64_t number_at(const struct go_heap *heap, const uint8_t *bytes, unsigned offset,
                          unsigned size_bytes)
{
    return runtime_number(heap->runtime, bytes + offset, size_bytes);
}

static uint64_t word_at(const struct go_heap *heap, const uint8_t *bytes, unsigned offset)
{
    return runtime_word(heap->runtime, bytes + offset);
}

// A count that was read while the map changed is off by what changed meanwhile.
static bool is_near(uint64_t counted, uint64_t said)
{
    uint64_t apart = counted > said ? counted - said : said - counted;
    return apart <= 8 + said / 8;
}

// ---- Swiss ------------------------------------------------------------------------------------------------

static bool test_one_group(struct go_heap *heap, struct heap_map *map, struct heap_slots *slots)
{
    uint8_t control[SLOTS];
    const struct heap_span_record *record;
    uint64_t size_bytes, full = 0;
    if (map->count > SLOTS || !heap_begins_at(heap, slots->address, &size_bytes, &record) ||
        size_bytes < SLOTS || !pages_read(heap->pages, slots->address, control, SLOTS))
        return false;
    for (int i = 0; i < SLOTS; i++) {
        if (control[i] > CONTROL_EMPTY) // no tombstones here
            return false;
        full += control[i] < CONTROL_EMPTY;
    }
    // One more or less: an insertion or deletion is under way.
    if (full > map->count + 1 || map->count > full + 1)
        return false;
    *slots = (struct heap_slots){slots->address, 1, full, true};
    map->slots = slots->address;
    return true;
}

struct table_fields {
    uint64_t used, capacity, index, groups, mask;
    uint8_t local_depth;
};

static struct table_fields decode_table(const struct go_heap *heap, const uint8_t *bytes)
{
    const struct go_swiss_layout *layout = &heap->runtime->facts.swiss;
    return (struct table_fields){
        .used = number_at(heap, bytes, layout->table_used, 2),
        .capacity = number_at(heap, bytes, layout->table_capacity, 2),
        .index = word_at(heap, bytes, layout->table_index),
        .groups = word_at(heap, bytes, layout->table_groups),
        .mask = number_at(heap, bytes, layout->table_mask, 8),
        .local_depth = bytes[layout->table_local_depth],
    };
}

static bool is_table_sound(const struct table_fields *table, unsigned depth)
{
    return table->capacity >= SLOTS && table->capacity <= CAPACITY_MOST &&
           !(table->capacity & (table->capacity - 1)) && table->mask == table->capacity / SLOTS - 1 &&
           table->used <= table->capacity && table->local_depth <= depth && table->groups;
}

// Goes through the directory's places, `some` at a time, so that memory stays small for any number.
struct directory_walk {
    uint64_t places;
    uint64_t next;    // the place that the next table must stand at
    uint64_t current; // address of the table of the places before `next`
    uint64_t used;    // of all tables so far
    struct heap_slots *slots;
    unsigned depth;
};

static bool take_table(struct directory_walk *walk, const struct table_fields *table, uint64_t place)
{
    if (!is_table_sound(table, walk->depth) || table->index != place)
        return false;
    uint64_t share = UINT64_C(1) << (walk->depth - table->local_depth);
    if (share > walk->places - place)
        return false;
    if (!place)
        *walk->slots = (struct heap_slots){table->groups, table->mask + 1, table->used, true};
    walk->next = place + share;
    walk->used += table->used;
    return true;
}

static bool walk_places(struct go_heap *heap, struct directory_walk *walk, const uint8_t *places, size_t some)
{
    enum { TABLES_A_CALL = 512 };
    unsigned word = heap_word_bytes(heap);
    size_t table_bytes = heap->runtime->facts.swiss.table_bytes;
    uint8_t tables[TABLES_A_CALL][TABLE_BYTES_MOST];
    struct memory_range ranges[TABLES_A_CALL];
    size_t count = 0;
    for (size_t i = 0; i <= some; i++) {
        uint64_t pointer = i < some ? word_at(heap, places, (unsigned)(i * word)) : 0;
        if (i < some && (!pointer || pointer % word))
            return false;
        bool is_new = i < some && (i == 0 || pointer != word_at(heap, places, (unsigned)((i - 1) * word)));
        if (is_new && !(i == 0 && pointer == walk->current))
            ranges[count] = (struct memory_range){pointer, tables[count], table_bytes, false}, ++count;
        if (count && (count == TABLES_A_CALL || i == some)) {
            if (pages_read_now(heap->pages, ranges, count) != count)
                return false;
            for (size_t k = 0; k < count; k++) {
                struct table_fields table = decode_table(heap, tables[k]);
                if (table.index != walk->next || !take_table(walk, &table, walk->next))
                    return false;
            }
            walk->current = ranges[count - 1].address;
            count = 0;
        }
    }
    return true;
}

static bool test_directory(struct go_heap *heap, uint64_t directory, unsigned depth, struct heap_map *map,
                           struct heap_slots *slots)
{
    enum { PLACES_A_CALL = 1 << 13 };
    unsigned word = heap_word_bytes(heap);
    const struct heap_span_record *record;
    struct directory_walk walk = {.places = UINT64_C(1) << depth, .slots = slots, .depth = depth};
    uint64_t size_bytes;
    if (!heap_begins_at(heap, directory, &size_bytes, &record) || size_bytes < walk.places * word ||
        heap->runtime->facts.swiss.table_bytes > TABLE_BYTES_MOST)
        return false;
    size_t buffer_places = walk.places < PLACES_A_CALL ? (size_t)walk.places : PLACES_A_CALL;
    uint8_t *places = malloc(buffer_places * word);
    bool is_right = places != NULL;
    for (uint64_t first = 0; is_right && first < walk.places; first += buffer_places) {
        struct memory_range range = {
            .address = directory + first * word, .buffer = places, .size_bytes = buffer_places * word};
        is_right =
            pages_read_now(heap->pages, &range, 1) == 1 && walk_places(heap, &walk, places, buffer_places);
    }
    free(places);
    map->slots = slots->address;
    return is_right && walk.next == walk.places && is_near(walk.used, map->count);
}

bool heap_test_swiss(struct go_heap *heap, uint64_t address, const uint8_t *header, struct heap_map *map,
                     struct heap_slots *slots)
{
    const struct go_swiss_layout *layout = &heap->runtime->facts.swiss;
    unsigned word = heap_word_bytes(heap), hash_bits = 8 * word;
    uint8_t depth = header[layout->global_depth], shift = header[layout->global_shift];
    uint64_t directory = word_at(heap, header, layout->dir_pointer);
    uint64_t length = word_at(heap, header, layout->dir_length);
    *map = (struct heap_map){
        .address = address, .is_swiss = true, .count = number_at(heap, header, layout->used, 8)};
    if (header[layout->writing] > 1 || !directory || directory % word)
        return false;
    // Behind `writing` there is one flag from 1.25 on, then nothing.
    for (unsigned i = layout->writing + 1u; i < layout->clear_seq; i++) {
        if (header[i] > (i == layout->writing + 1u))
            return false;
    }
    *slots = (struct heap_slots){.address = directory};
    if (!length)
        return !depth && !shift && test_one_group(heap, map, slots);
    return depth <= DEPTH_MOST && length == UINT64_C(1) << depth && shift == hash_bits - depth &&
           test_directory(heap, directory, depth, map, slots);
}

// ---- classic ----------------------------------------------------------------------------------------------

// Behind a slot that says so all are empty: 0 is followed by 0 alone (in a bucket that was not moved).
static bool are_tophashes_sound(const uint8_t tophash[SLOTS], unsigned *live)
{
    bool is_rest = false;
    *live = 0;
    for (int i = 0; i < SLOTS; i++) {
        if (is_rest && tophash[i])
            return false;
        is_rest |= !tophash[i];
        *live += tophash[i] >= TOPHASH_LIVE;
    }
    return true;
}

bool heap_test_classic(struct go_heap *heap, uint64_t address, const uint8_t *header, struct heap_map *map,
                       struct heap_slots *slots)
{
    const struct go_classic_layout *layout = &heap->runtime->facts.classic;
    unsigned word = heap_word_bytes(heap), live = 0;
    uint8_t flags = header[layout->flags], B = header[layout->B], tophash[SLOTS];
    uint64_t count = word_at(heap, header, layout->count), buckets = word_at(heap, header, layout->buckets);
    uint64_t old = word_at(heap, header, layout->oldbuckets),
             moved = word_at(heap, header, layout->nevacuate);
    uint64_t extra = word_at(heap, header, layout->extra), size_bytes, ignored;
    const struct heap_span_record *record;
    *map = (struct heap_map){.address = address, .count = count, .slots = buckets};
    if (flags >= 16 || B > B_MOST || !number_at(heap, header, layout->hash0, 4) || !buckets)
        return false;
    uint64_t length = UINT64_C(1) << B;
    // Up to 8, or 6.5 a bucket (runtime/map.go, overLoadFactor); moved buckets of the old array, no larger than this one.
    if (count > SLOTS + length * 13 / 2 || (old ? moved > length : moved > length + 1) ||
        (!B && (old || moved > 1)))
        return false;
    if (!heap_begins_at(heap, buckets, &size_bytes, &record) || size_bytes / (SLOTS + word) < length ||
        (old && !heap_begins_at(heap, old, &ignored, &record)) ||
        (extra && !heap_begins_at(heap, extra, &ignored, &record)))
        return false;
    if (!pages_read(heap->pages, buckets, tophash, SLOTS))
        return false;
    if (!old && !are_tophashes_sound(tophash, &live))
        return false;
    // The only bucket has them all.
    if (!B && (live > count + 1 || count > live + 1))
        return false;
    *slots = (struct heap_slots){.address = buckets, .count = length, .used = count, .is_used_known = !B};
    return true;
}
