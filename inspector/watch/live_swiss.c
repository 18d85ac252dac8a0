// SPDX-License-Identifier: MIT
// Frames of Swiss maps. The directory is read whole in each frame while it is small, which shows splits at once; the
// headers of its tables are read in slices: those that a screen shows may be some frames old, the chosen one never is.
#include "watch/live_links.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLACES_MOST = 1 << 16, // of the directory; larger ones are read around the chosen place
    PLACES_A_FRAME = 512,  // that are compared with what they were
    TABLES_A_FRAME = 8,
    TABLES_AT_ONCE = 1024, // when a map is opened, or its directory has doubled
    GROUPS_MOST = 4096,
    CHANGE_FRAMES = 20, // for so long a change is shown
    BYTES_MOST = 8 << 20,
};

// The header as it was read, its raw one too.
static bool take_header(struct live_reader *reader, const uint8_t *bytes, struct swiss_header *header)
{
    map_swiss_header(reader->shape, bytes, header);
    map_raw_header(reader->shape, reader->address, bytes, &reader->raw);
    header->raw = reader->raw;
    reader->verdict.is_writing = header->is_writing;
    reader->verdict.is_no_map = !map_swiss_is_possible(reader->shape, header);
    return !reader->verdict.is_no_map;
}

bool live_swiss_header(struct live_reader *reader, struct swiss_header *header)
{
    *header = (struct swiss_header){.raw.address = reader->address};
    reader->verdict = (struct live_verdict){0};
    return live_header_read(reader) && take_header(reader, reader->header, header);
}

// ---- the directory and its tables -----------------------------------------------------------------------

static uint64_t place_address(const struct live_reader *reader, uint64_t place)
{
    const size_t each = reader->shape->address_bytes;
    return place - reader->directory_first < reader->directory_places
               ? map_address_number(reader->shape,
                                    reader->directory.data + (size_t)(place - reader->directory_first) * each)
               : 0;
}

static bool read_directory(struct live_reader *reader, const struct swiss_header *header, uint64_t place)
{
    const size_t each = reader->shape->address_bytes;
    uint64_t first = 0, count = header->dir_length;
    if (count > PLACES_MOST) {
        first = place > PLACES_MOST / 2 ? place - PLACES_MOST / 2 : 0;
        first = first > count - PLACES_MOST ? count - PLACES_MOST : first;
        count = PLACES_MOST;
    }
    reader->directory.length = 0;
    if (!vec_reserve(&reader->directory, (size_t)count * each + 1))
        return false;
    struct memory_range range = {.address = header->dir_address + first * each,
                                 .buffer = reader->directory.data,
                                 .size_bytes = (size_t)count * each};
    reader->directory_address = header->dir_address;
    reader->directory_first = first;
    reader->directory_places = live_read(reader, &range, 1) ? count : 0;
    reader->directory.length = (size_t)reader->directory_places * each;
    return true;
}

// The table that had a place when the directory was looked at last; NULL: it was not read.
static const struct live_table *table_before(const struct live_reader *reader, uint64_t place)
{
    size_t low = 0, high = reader->tables.length;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const struct swiss_placed_table *table = &reader->tables.data[middle].table;
        if (table->first_place + table->places <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < reader->tables.length && reader->tables.data[low].table.first_place <= place
               ? &reader->tables.data[low]
               : NULL;
}

// What is known of a table that is met at a place. A doubled directory has each place twice.
static struct live_table known_table(const struct live_reader *reader, uint64_t address, uint64_t place,
                                     uint64_t dir_length)
{
    const uint64_t times = reader->directory_length ? dir_length / reader->directory_length : 0;
    const struct live_table *before = times ? table_before(reader, place / times) : NULL;
    struct live_table table = before ? *before : (struct live_table){.is_read = false};
    if (!before || before->table.address != address)
        table.is_read = false;
    if (reader->frames - table.changed_at > CHANGE_FRAMES)
        table.table.change = SWISS_CALM;
    table.table.address = address;
    return table;
}

// The list of tables as the directory has them now; of those that were there before, what is known of them.
static bool list_tables(struct live_reader *reader, uint64_t dir_length)
{
    VEC(struct live_table) tables = {0};
    reader->stale.length = 0;
    for (uint64_t i = 0; i < reader->directory_places;) {
        const uint64_t place = reader->directory_first + i, address = place_address(reader, place);
        uint64_t places = 1;
        while (i + places < reader->directory_places && place_address(reader, place + places) == address)
            places++;
        struct live_table table = known_table(reader, address, place, dir_length);
        table.table.first_place = place;
        table.table.places = places;
        if ((!table.is_read && !vec_push(&reader->stale, tables.length)) || !vec_push(&tables, table)) {
            vec_free(&tables);
            return false;
        }
        i += places;
    }
    vec_free(&reader->tables);
    reader->tables.data = tables.data;
    reader->tables.length = tables.length;
    reader->tables.capacity = tables.capacity;
    reader->directory_length = dir_length;
    return true;
}

// What became of a table, by what was read of it before, or of the one that had its place.
static enum swiss_change change_of(const struct swiss_placed_table *before, bool is_same,
                                   const struct swiss_placed_table *now)
{
    if (!before->capacity || now->in_doubt)
        return SWISS_CALM;
    if (!is_same)
        return now->local_depth > before->local_depth ? SWISS_SPLIT
               : now->capacity > before->capacity     ? SWISS_GREW
                                                      : SWISS_CALM;
    if (!now->used && before->used > 1)
        return SWISS_CLEARED;
    // Go 1.25: a table that is to grow throws its tombstones out first, where they are a tenth of it.
    if (now->capacity == before->capacity && before->tombstones > 10 * now->tombstones &&
        before->tombstones - now->tombstones >= before->capacity / 10)
        return SWISS_PRUNED;
    return SWISS_CALM;
}

static void take_table(struct live_reader *reader, struct live_table *to, const uint8_t *bytes, bool is_read)
{
    const struct swiss_placed_table before = to->table;
    struct swiss_placed_table *table = &to->table;
    if (!is_read) {
        *table = (struct swiss_placed_table){.is_missing = true};
    } else {
        map_swiss_table(reader->shape, before.address, bytes, table);
        if (table->in_doubt || table->first_place != before.first_place) {
            *table = before; // it is no longer in use (its index is -1 then), or changes just now
            table->in_doubt = true;
        }
    }
    table->address = before.address;
    table->first_place = before.first_place;
    table->places = before.places;
    const enum swiss_change change = is_read ? change_of(&before, to->is_read, table) : SWISS_CALM;
    table->change = change ? (uint8_t)change : before.change;
    if (change)
        to->changed_at = reader->frames;
    to->is_read = is_read;
}

// Tables whose headers a frame reads: those that are new first, then the next ones of the round.
struct tables_picked {
    size_t numbers[TABLES_A_FRAME + 1], count;
    struct memory_range ranges[TABLES_A_FRAME + 1];
    uint8_t bytes[TABLES_A_FRAME + 1][256];
};

static void pick_tables(struct live_reader *reader, size_t also, struct tables_picked *picked)
{
    const size_t each = reader->shape->swiss.table_bytes;
    size_t round = 0;
    picked->count = 0;
    if (each > sizeof(picked->bytes[0]))
        return;
    if (also < reader->tables.length)
        picked->numbers[picked->count++] = also;
    for (size_t i = 0; i < reader->stale.length && picked->count < TABLES_A_FRAME; i++)
        if (reader->stale.data[i] != also)
            picked->numbers[picked->count++] = reader->stale.data[i];
    for (; round < reader->tables.length && picked->count < TABLES_A_FRAME; round++) {
        const size_t number = (reader->next_table + round) % reader->tables.length;
        bool is_there = false;
        for (size_t i = 0; i < picked->count; i++)
            is_there |= picked->numbers[i] == number;
        if (!is_there)
            picked->numbers[picked->count++] = number;
    }
    reader->next_table = reader->tables.length ? (reader->next_table + round) % reader->tables.length : 0;
    for (size_t i = 0; i < picked->count; i++)
        picked->ranges[i] =
            (struct memory_range){.address = reader->tables.data[picked->numbers[i]].table.address,
                                  .buffer = picked->bytes[i],
                                  .size_bytes = each};
}

static void take_tables(struct live_reader *reader, const struct tables_picked *picked,
                        const struct memory_range *ranges)
{
    for (size_t i = 0; i < picked->count; i++)
        take_table(reader, &reader->tables.data[picked->numbers[i]], picked->bytes[i], ranges[i].is_read);
    reader->stale.length = 0;
    for (size_t i = 0; i < reader->tables.length; i++)
        if (!reader->tables.data[i].is_read && !vec_push(&reader->stale, i))
            return; // they come in the round
}

// Reads the tables of which nothing is known yet.
static bool read_stale(struct live_reader *reader)
{
    const size_t each = reader->shape->swiss.table_bytes;
    const size_t count = reader->stale.length < TABLES_AT_ONCE ? reader->stale.length : TABLES_AT_ONCE;
    reader->ranges.length = reader->bytes.length = 0;
    if (!vec_reserve(&reader->ranges, count + 1) || !vec_reserve(&reader->bytes, count * each + 1))
        return false;
    for (size_t i = 0; i < count; i++)
        (void)vec_push(
            &reader->ranges,
            (struct memory_range){.address = reader->tables.data[reader->stale.data[i]].table.address,
                                  .buffer = reader->bytes.data + i * each,
                                  .size_bytes = each});
    if (count)
        live_read(reader, reader->ranges.data, count);
    for (size_t i = 0; i < count; i++)
        take_table(reader, &reader->tables.data[reader->stale.data[i]], reader->bytes.data + i * each,
                   reader->ranges.data[i].is_read);
    reader->stale.length = 0;
    return true;
}

static size_t table_at(const struct live_reader *reader, uint64_t place)
{
    for (size_t i = 0; i < reader->tables.length; i++)
        if (place - reader->tables.data[i].table.first_place < reader->tables.data[i].table.places)
            return i;
    return SIZE_MAX;
}

// A small map's group as a table of its own.
static struct swiss_placed_table small_table(const struct swiss_header *header)
{
    return (struct swiss_placed_table){.groups_address = header->dir_address,
                                       .places = 1,
                                       .groups = 1,
                                       .used = (uint32_t)header->used,
                                       .capacity = SWISS_SLOTS,
                                       .growth_left = (uint32_t)(SWISS_SLOTS - header->used)};
}

struct error *live_swiss_choose(struct live_reader *reader, uint64_t place, struct swiss_picture *picture)
{
    const struct swiss_header *header = &picture->header;
    picture->chosen = (struct swiss_placed_table){.places = 1};
    reader->frames++;
    if (!header->dir_length) {
        reader->tables.length = 0;
        reader->directory_places = reader->directory_length = 0;
        if (header->dir_address)
            picture->chosen = small_table(header);
        return NULL;
    }
    if (!read_directory(reader, header, place) || !list_tables(reader, header->dir_length) ||
        !read_stale(reader))
        return &error_out_of_memory;
    const size_t number = table_at(reader, place);
    struct tables_picked picked;
    pick_tables(reader, number, &picked);
    if (picked.count)
        live_read(reader, picked.ranges, picked.count);
    take_tables(reader, &picked, picked.ranges);
    if (number < reader->tables.length)
        picture->chosen = reader->tables.data[number].table;
    else
        picture->chosen = (struct swiss_placed_table){.first_place = place, .places = 1, .is_missing = true};
    return NULL;
}

// ---- groups ---------------------------------------------------------------------------------------------

// Groups that a frame wants: a stretch, and perhaps the one under the cursor beside it.
struct groups_wanted {
    uint64_t first, count, cursor;
    bool has_cursor, is_apart; // the cursor's group is not in the stretch
};

static struct groups_wanted wanted_groups(const struct live_reader *reader, const struct swiss_needs *needs,
                                          const struct swiss_placed_table *table)
{
    const uint64_t all = table->in_doubt || table->is_missing ? 0 : table->groups;
    const uint64_t room = BYTES_MOST / reader->shape->chunk_bytes;
    struct groups_wanted wanted = {.first = needs->groups_first < all ? needs->groups_first : all};
    const uint64_t left = all - wanted.first;
    wanted.count = left < needs->groups ? left : needs->groups;
    wanted.count = wanted.count < GROUPS_MOST ? wanted.count : GROUPS_MOST;
    wanted.count = wanted.count < room ? wanted.count : room;
    wanted.has_cursor = needs->has_cursor && needs->cursor < all;
    wanted.cursor = needs->cursor;
    wanted.is_apart = wanted.has_cursor && wanted.cursor - wanted.first >= wanted.count;
    return wanted;
}

// Slot 0 has the lowest byte of the control word, which on big-endian machines is its last one.
static void group_control(const struct map_shape *shape, const uint8_t *group, uint8_t control[SWISS_SLOTS])
{
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
        control[slot] = group[shape->control_offset + (shape->big_endian ? SWISS_SLOTS - 1 - slot : slot)];
}

static bool part_differs(const struct map_part *part, const uint8_t *left, const uint8_t *right, size_t slot)
{
    const size_t at = live_slot_at(part, slot);
    return memcmp(left + at, right + at, part->stored_bytes) != 0;
}

// Where a table's keys come from: the top bits of the hash, as many as its depth.
static bool belongs(const struct swiss_header *header, const struct swiss_placed_table *table, uint64_t hash)
{
    if (!header->dir_length || header->global_shift >= 64)
        return true;
    return (hash >> header->global_shift) - table->first_place < table->places;
}

// In which group of its search a key was found.
static void count_search(struct live_reader *reader, uint64_t hash, uint64_t groups, uint64_t index)
{
    unsigned step = 0;
    while (step + 1 < SWISS_SEARCHES && swiss_probe_group(hash, groups, step) != index)
        step++;
    reader->searches[step]++;
}

static void group_fill(struct live_reader *reader, const struct swiss_picture *picture, const uint8_t *left,
                       const uint8_t *right, struct swiss_group *to)
{
    const struct map_shape *shape = reader->shape;
    const struct swiss_header *header = &picture->header;
    uint8_t before[SWISS_SLOTS];
    group_control(shape, left, before);
    group_control(shape, right, to->control);
    for (unsigned slot = 0; slot < SWISS_SLOTS; slot++) {
        const uint8_t mark = to->control[slot];
        uint64_t hash;
        bool is_bad = mark != before[slot];
        if (!swiss_is_live(mark)) { // no other values exist
            is_bad |= mark != SWISS_MARK_EMPTY && mark != SWISS_MARK_DELETED;
        } else {
            is_bad |=
                part_differs(&shape->key, left, right, slot) || part_differs(&shape->elem, left, right, slot);
            if (!is_bad &&
                live_key_hash(reader, right + live_slot_at(&shape->key, slot), header->seed, &hash)) {
                is_bad = (hash & 0x7f) != mark || !belongs(header, &picture->chosen, hash);
                if (!is_bad)
                    count_search(reader, hash, picture->chosen.groups, to->index);
            }
        }
        to->in_doubt |= (uint8_t)(is_bad << slot);
    }
    reader->verdict.doubts += (unsigned)__builtin_popcount(to->in_doubt);
}

static bool add_texts(struct live_reader *reader, const uint8_t *group, const uint8_t control[SWISS_SLOTS],
                      struct swiss_entry *entries)
{
    const struct map_shape *shape = reader->shape;
    for (size_t slot = 0; slot < SWISS_SLOTS; slot++) {
        entries[slot].key[0] = entries[slot].elem[0] = '\0';
        if (!swiss_is_live(control[slot]))
            continue;
        if (!map_texts_add(reader->texts, shape, &shape->key, group + live_slot_at(&shape->key, slot),
                           entries[slot].key, sizeof(entries[slot].key)) ||
            !map_texts_add(reader->texts, shape, &shape->elem, group + live_slot_at(&shape->elem, slot),
                           entries[slot].elem, sizeof(entries[slot].elem)))
            return false;
    }
    return true;
}

// The copies are [stretch][cursor's group]. Where nothing but control bytes is shown of the stretch, it is read once:
// half of what a frame of a whole table costs.
static bool has_one_copy(const struct swiss_needs *needs)
{
    return !needs->texts;
}

static size_t group_ranges(struct live_reader *reader, const struct swiss_placed_table *table,
                           const struct groups_wanted *wanted, bool is_once, struct memory_range ranges[5])
{
    const size_t each = reader->shape->chunk_bytes, stretch = (size_t)wanted->count * each;
    size_t count = 0;
    reader->bytes.length = reader->again.length = 0;
    if (!vec_reserve(&reader->bytes, stretch + each) || !vec_reserve(&reader->again, stretch + each))
        return SIZE_MAX;
    for (unsigned copy = 0; copy < 2; copy++) {
        uint8_t *to = copy ? reader->again.data : reader->bytes.data;
        if (stretch && !(copy && is_once))
            ranges[count++] = (struct memory_range){
                .address = table->groups_address + wanted->first * each, .buffer = to, .size_bytes = stretch};
        if (wanted->has_cursor)
            ranges[count++] = (struct memory_range){.address = table->groups_address + wanted->cursor * each,
                                                    .buffer = to + stretch,
                                                    .size_bytes = each};
    }
    ranges[count++] = (struct memory_range){.address = reader->address,
                                            .buffer = reader->header_after,
                                            .size_bytes = reader->shape->header_bytes};
    return count;
}

static struct swiss_group empty_group(const struct live_reader *reader,
                                      const struct swiss_placed_table *table, uint64_t index)
{
    return (struct swiss_group){.address = table->groups_address + index * reader->shape->chunk_bytes,
                                .index = index};
}

// What was read of the groups, proved.
static bool take_groups(struct live_reader *reader, struct swiss_picture *picture,
                        const struct groups_wanted *wanted, bool is_once, bool is_read)
{
    const size_t each = reader->shape->chunk_bytes;
    uint64_t live = 0;
    reader->verdict.doubts = 0;
    memset(reader->searches, 0, sizeof(reader->searches));
    reader->groups.length = 0;
    if (!vec_reserve(&reader->groups, (size_t)wanted->count + 1))
        return false;
    for (uint64_t i = 0; i < wanted->count; i++) {
        struct swiss_group group = empty_group(reader, &picture->chosen, wanted->first + i);
        const uint8_t *left = reader->bytes.data + i * each;
        if (is_read)
            group_fill(reader, picture, left, is_once ? left : reader->again.data + i * each, &group);
        group.is_missing = !is_read;
        for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
            live += is_read && swiss_is_live(group.control[slot]);
        (void)vec_push(&reader->groups, group);
    }
    const bool is_whole = wanted->count == picture->chosen.groups && wanted->count;
    reader->verdict.is_accepted =
        is_read && !reader->verdict.is_writing && !picture->chosen.in_doubt && !picture->chosen.is_missing &&
        (reader->is_frozen || !memcmp(reader->header, reader->header_after, reader->shape->header_bytes)) &&
        (!is_whole || live == picture->chosen.used);
    return true;
}

static struct error *try_once(struct live_reader *reader, const struct swiss_needs *needs,
                              struct swiss_picture *picture, struct groups_wanted *wanted)
{
    struct memory_range ranges[5];
    *wanted = wanted_groups(reader, needs, &picture->chosen);
    const size_t count = group_ranges(reader, &picture->chosen, wanted, has_one_copy(needs), ranges);
    if (count == SIZE_MAX)
        return &error_out_of_memory;
    const bool is_read = live_read(reader, ranges, count) == count;
    return take_groups(reader, picture, wanted, has_one_copy(needs), is_read) ? NULL : &error_out_of_memory;
}

// The opened slot, in lines: its control byte, its key, and its element, a line a field.
static bool detail_fill(struct live_reader *reader, const uint8_t *group, uint8_t slot,
                        const struct swiss_group *cursor, struct picture_detail *to)
{
    const struct map_shape *shape = reader->shape;
    const uint8_t control = cursor->control[slot];
    *to = (struct picture_detail){.lines_count = 1, .slots = SWISS_SLOTS};
    snprintf(to->title, sizeof(to->title), "slot %u of group %" PRIu64 "   Enter closes", slot,
             cursor->index);
    if (!swiss_is_live(control)) {
        snprintf(to->lines[0], sizeof(to->lines[0]), "control %02x: %s", control,
                 control == SWISS_MARK_DELETED ? "a tombstone: deleted, but searches go on past it"
                                               : "empty: searches end at this group");
        return true;
    }
    snprintf(to->lines[0], sizeof(to->lines[0]), "control %02x: h2, the low 7 bits of the key's hash",
             control);
    return live_detail_entry(reader, group + live_slot_at(&shape->key, slot),
                             group + live_slot_at(&shape->elem, slot), to);
}

static bool cursor_fill(struct live_reader *reader, const struct swiss_needs *needs,
                        const struct groups_wanted *wanted, struct swiss_picture *picture)
{
    const struct map_shape *shape = reader->shape;
    const size_t each = shape->chunk_bytes, at = (size_t)wanted->count * each;
    picture->cursor = empty_group(reader, &picture->chosen, needs->cursor);
    picture->group_bytes = (struct swiss_group_bytes){0};
    memset(picture->cursor_entries, 0, sizeof(picture->cursor_entries));
    if (!needs->has_cursor)
        return true;
    const bool is_missing = reader->groups.length && reader->groups.data[0].is_missing;
    if (!wanted->has_cursor || is_missing) {
        picture->cursor.is_missing = true;
        return true;
    }
    const unsigned doubts = reader->verdict.doubts;
    uint64_t searches[SWISS_SEARCHES];
    memcpy(searches, reader->searches, sizeof(searches));
    const uint8_t *bytes = reader->again.data + at;
    group_fill(reader, picture, reader->bytes.data + at, bytes, &picture->cursor);
    memcpy(reader->searches, searches,
           sizeof(searches)); // its entries are counted already, or of no group shown
    if (!wanted->is_apart)
        reader->verdict.doubts = doubts;
    if (needs->has_bytes) {
        struct swiss_group_bytes *to = &picture->group_bytes;
        to->address = picture->cursor.address;
        to->whole_bytes = (uint32_t)each;
        to->size_bytes = each < SWISS_GROUP_BYTES ? (uint32_t)each : SWISS_GROUP_BYTES;
        to->key_bytes = shape->key.stored_bytes;
        to->elem_bytes = shape->elem.stored_bytes;
        to->slot_bytes = shape->key.stride_bytes;
        to->elem_offset = shape->elem.offset_bytes - shape->key.offset_bytes;
        memcpy(to->bytes, bytes, to->size_bytes);
    }
    if (needs->has_detail && !detail_fill(reader, bytes, needs->slot, &picture->cursor, &picture->detail))
        return false;
    return add_texts(reader, bytes, picture->cursor.control, picture->cursor_entries);
}

static bool stretch_texts(struct live_reader *reader, const struct groups_wanted *wanted)
{
    const size_t each = reader->shape->chunk_bytes;
    reader->entries.length = 0;
    if (!vec_reserve(&reader->entries, (size_t)wanted->count * SWISS_SLOTS + 1))
        return false;
    reader->entries.length = (size_t)wanted->count * SWISS_SLOTS;
    memset(reader->entries.data, 0, (reader->entries.length + 1) * sizeof(*reader->entries.data));
    for (size_t i = 0; i < reader->groups.length; i++)
        if (!reader->groups.data[i].is_missing &&
            !add_texts(reader, reader->again.data + i * each, reader->groups.data[i].control,
                       reader->entries.data + i * SWISS_SLOTS))
            return false;
    return true;
}

// ---- what the directory looks like ----------------------------------------------------------------------

static bool shown_tables(struct live_reader *reader, const struct swiss_needs *needs,
                         struct swiss_picture *picture)
{
    reader->shown.length = reader->cells.length = 0;
    for (size_t i = 0; i < reader->tables.length && reader->shown.length < needs->tables; i++) {
        const struct swiss_placed_table *table = &reader->tables.data[i].table;
        if (table->first_place + table->places > needs->tables_place && !vec_push(&reader->shown, *table))
            return false;
    }
    if (!needs->tables && !picture->header.dir_length && picture->chosen.capacity &&
        !vec_push(&reader->shown, picture->chosen))
        return false;
    const uint64_t all = picture->header.dir_length;
    const size_t cells = needs->dir_cells < all ? needs->dir_cells : (size_t)all;
    size_t table = 0;
    for (size_t i = 0; i < cells; i++) {
        const uint64_t first = all / cells * i + all % cells * i / cells;
        const uint64_t end = all / cells * (i + 1) + all % cells * (i + 1) / cells;
        struct swiss_dir_cell cell = {.first = first, .count = end - first};
        while (table < reader->tables.length &&
               reader->tables.data[table].table.first_place + reader->tables.data[table].table.places <=
                   first)
            table++;
        for (size_t t = table; t < reader->tables.length && reader->tables.data[t].table.first_place < end;
             t++) {
            cell.slots += reader->tables.data[t].table.capacity;
            cell.used += reader->tables.data[t].table.used;
            cell.tombstones += reader->tables.data[t].table.tombstones;
        }
        if (!vec_push(&reader->cells, cell))
            return false;
    }
    picture->tables = reader->shown.data;
    picture->tables_count = reader->shown.length;
    picture->dir_cells = reader->cells.data;
    picture->dir_cells_count = reader->cells.length;
    return true;
}

static void overview_fill(const struct live_reader *reader, struct swiss_picture *picture)
{
    struct swiss_overview *to = &picture->overview;
    *to = (struct swiss_overview){.next_left = UINT64_MAX};
    for (size_t i = 0; i < reader->tables.length; i++) {
        const struct swiss_placed_table *table = &reader->tables.data[i].table;
        to->tables++;
        if (!table->capacity || table->in_doubt || table->is_missing)
            continue;
        to->tables_seen++;
        to->slots += table->capacity;
        to->used += table->used;
        to->tombstones += table->tombstones;
        to->groups += table->groups;
        if (table->growth_left < to->next_left) {
            to->next_left = table->growth_left;
            to->next_place = table->first_place;
            to->next_capacity = table->capacity;
        }
    }
    if (!reader->tables.length && picture->chosen.capacity) {
        to->tables = to->tables_seen = 1;
        to->slots = SWISS_SLOTS;
        to->used = picture->header.used;
        to->groups = 1;
        to->next_left = picture->chosen.growth_left;
        to->next_capacity = SWISS_SLOTS;
    }
    to->next_left = to->next_left == UINT64_MAX ? 0 : to->next_left;
    memcpy(to->searches, reader->searches, sizeof(to->searches));
    for (size_t i = 0; i < reader->groups.length; i++) {
        const struct swiss_group *group = &reader->groups.data[i];
        bool has_empty = false;
        for (size_t slot = 0; slot < SWISS_SLOTS; slot++)
            has_empty |= group->control[slot] == SWISS_MARK_EMPTY;
        to->sampled += !group->is_missing;
        to->full_groups += !group->is_missing && !has_empty;
    }
}

// ---- a frame --------------------------------------------------------------------------------------------

static struct error *finish(struct live_reader *reader, const struct swiss_needs *needs,
                            const struct groups_wanted *wanted, struct swiss_picture *picture)
{
    picture->groups = reader->groups.data;
    picture->groups_count = reader->groups.length;
    if (!cursor_fill(reader, needs, wanted, picture) || (needs->texts && !stretch_texts(reader, wanted)))
        return &error_out_of_memory;
    picture->entries = reader->entries.data;
    if (!map_texts_finish(reader->texts, reader->pages) || !shown_tables(reader, needs, picture))
        return &error_out_of_memory;
    overview_fill(reader, picture);
    return NULL;
}

struct error *live_swiss_fill(struct live_reader *reader, const struct swiss_needs *needs,
                              struct swiss_picture *picture)
{
    struct live_verdict *verdict = &reader->verdict;
    struct groups_wanted wanted;
    for (verdict->tries = 1;; verdict->tries++) {
        RETURN_IF_ERROR(try_once(reader, needs, picture, &wanted));
        if (verdict->is_accepted || verdict->tries >= LIVE_TRIES || reader->is_frozen)
            break;
        struct swiss_header again = picture->header;
        if (!take_header(reader, reader->header_after, &again))
            break;
        memcpy(reader->header, reader->header_after, sizeof(reader->header));
        picture->header = again;
        RETURN_IF_ERROR(live_swiss_choose(reader, picture->chosen.first_place, picture));
    }
    return finish(reader, needs, &wanted, picture);
}

// ---- a frame with one call ------------------------------------------------------------------------------

static void age_changes(struct live_reader *reader)
{
    for (size_t i = 0; i < reader->tables.length; i++)
        if (reader->frames - reader->tables.data[i].changed_at > CHANGE_FRAMES)
            reader->tables.data[i].table.change = SWISS_CALM;
}

// A part of the directory, another one in each frame.
static struct memory_range directory_slice(struct live_reader *reader, size_t *first_byte)
{
    const size_t each = reader->shape->address_bytes;
    if (reader->next_place >= reader->directory_places)
        reader->next_place = 0;
    const uint64_t left = reader->directory_places - reader->next_place;
    const uint64_t count = left < PLACES_A_FRAME ? left : PLACES_A_FRAME;
    *first_byte = (size_t)reader->next_place * each;
    const struct memory_range range = {.address = reader->directory_address +
                                                  (reader->directory_first + reader->next_place) * each,
                                       .buffer = reader->slice,
                                       .size_bytes = (size_t)count * each};
    reader->next_place += count;
    return range;
}

// Whether what was assumed is so: the directory, and the groups where they were. A table that was replaced says so
// itself: its index is -1.
static bool is_as_assumed(const struct live_reader *reader, const struct swiss_picture *picture,
                          const struct swiss_header *now, size_t number)
{
    const struct swiss_placed_table *chosen = &picture->chosen;
    if (now->dir_address != picture->header.dir_address || now->dir_length != picture->header.dir_length)
        return false;
    if (!now->dir_length)
        return true;
    const struct swiss_placed_table *table = &reader->tables.data[number].table;
    return !table->in_doubt && table->groups_address == chosen->groups_address &&
           table->groups == chosen->groups;
}

struct error *live_swiss_again(struct live_reader *reader, uint64_t place, const struct swiss_needs *needs,
                               struct swiss_picture *picture, bool *is_done)
{
    const struct swiss_placed_table *chosen = &picture->chosen;
    const size_t number = picture->header.dir_length ? table_at(reader, place) : 0;
    size_t slice_at = 0;
    struct memory_range ranges[2 + TABLES_A_FRAME + 1 + 5];
    struct tables_picked picked = {.count = 0};
    size_t count = 0;
    *is_done = false;
    if (reader->is_frozen || !chosen->groups || chosen->in_doubt || chosen->is_missing ||
        (picture->header.dir_length &&
         (number >= reader->tables.length || reader->tables.data[number].table.address != chosen->address)))
        return NULL;
    const struct groups_wanted wanted = wanted_groups(reader, needs, chosen);
    ranges[count++] = (struct memory_range){
        .address = reader->address, .buffer = reader->header, .size_bytes = reader->shape->header_bytes};
    if (picture->header.dir_length) {
        ranges[count++] = directory_slice(reader, &slice_at);
        pick_tables(reader, number, &picked);
    }
    const size_t first_table = count;
    memcpy(ranges + count, picked.ranges, picked.count * sizeof(*ranges));
    count += picked.count;
    const size_t more = group_ranges(reader, chosen, &wanted, has_one_copy(needs), ranges + count);
    if (more == SIZE_MAX)
        return &error_out_of_memory;
    count += more;
    struct swiss_header now = picture->header;
    if (live_read(reader, ranges, count) != count || !take_header(reader, reader->header, &now))
        return NULL; // the long way says what it is
    reader->frames++;
    age_changes(reader);
    take_tables(reader, &picked, ranges + first_table);
    if (!is_as_assumed(reader, picture, &now, number) ||
        (now.dir_length &&
         memcmp(reader->slice, reader->directory.data + slice_at, ranges[1].size_bytes) != 0))
        return NULL;
    const struct swiss_header header = picture->header;
    picture->header = now;
    picture->chosen = now.dir_length ? reader->tables.data[number].table : small_table(&now);
    reader->verdict.tries = 1;
    if (!take_groups(reader, picture, &wanted, has_one_copy(needs), true))
        return &error_out_of_memory;
    if (!reader->verdict.is_accepted) {
        picture->header = header;
        return NULL;
    }
    *is_done = true;
    return finish(reader, needs, &wanted, picture);
}
