// SPDX-License-Identifier: MIT
// Fields of a header that show themselves by how they change while the program runs:
//
//     flags     classic: bits of an iterator, of a write and of a growth, so a byte that is never above 15, and is not
//               always 0; once everything else is placed, only one such byte is left
//     writing   Swiss: a byte that is 0 or 1 in all maps, and goes up and down again
//     clearSeq  Swiss: the small number that only grows, and grows while the map is emptied and filled again
#include "cli/verify_memory_parts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS_MOST = 2048,
    ROUNDS_IDLE = 256, // that long nothing has changed: nothing will
    TOGGLES_ENOUGH = 2,
    CLEARS_ENOUGH = 4,
    MAPS_LEAST = 8, // so many say of a byte what it can be
};

struct header_changes {
    struct memory_maps *maps;
    bool big_endian;
    unsigned word_bytes;
    size_t count_at; // place of `used`; PLACE_NONE: unknown
    uint64_t rises[BYTES_MOST], falls[BYTES_MOST];
    // Of maps that were emptied again and again: how often a number of 8 bytes grew, and whether it did nothing else.
    uint64_t grew[BYTES_MOST];
    bool is_no_counter[BYTES_MOST];
};

struct changing_map {
    uint64_t address;
    uint8_t last[BYTES_MOST], now[BYTES_MOST];
    uint64_t emptied;
    uint64_t grew[BYTES_MOST];
    bool is_no_counter[BYTES_MOST];
};

static uint64_t number_at(const struct header_changes *changes, const uint8_t *bytes, size_t at)
{
    return map_number(bytes + at, 8, changes->big_endian);
}

void memory_values_note(struct memory_maps *maps, const uint8_t *bytes)
{
    for (size_t at = 0; at < maps->header_bytes; at++) {
        maps->is_above_1[at] |= bytes[at] > 1;
        maps->is_above_15[at] |= bytes[at] > 15;
        maps->is_set[at] |= bytes[at] != 0;
    }
}

static void compare(struct header_changes *changes, struct changing_map *map)
{
    const size_t length = changes->maps->header_bytes;
    for (size_t at = 0; at < length; at++) {
        changes->rises[at] += map->now[at] > map->last[at];
        changes->falls[at] += map->now[at] < map->last[at];
    }
    for (size_t at = 0; at + 8 <= length; at += changes->word_bytes) {
        const uint64_t before = number_at(changes, map->last, at), after = number_at(changes, map->now, at);
        map->grew[at] += after > before;
        map->is_no_counter[at] |= after < before || after >> 32;
        map->emptied += at == changes->count_at && before && !after;
    }
    memory_values_note(changes->maps, map->now);
    memcpy(map->last, map->now, length);
}

// Once more all that are in the list; those that changed stay in it.
static size_t keep_changed(struct header_changes *changes, struct changing_map *maps, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        struct memory_range range = {
            .address = maps[i].address, .buffer = maps[i].now, .size_bytes = changes->maps->header_bytes};
        if (pages_read_now(changes->maps->pages, &range, 1) != 1 ||
            !memcmp(maps[i].now, maps[i].last, changes->maps->header_bytes))
            continue;
        compare(changes, &maps[i]);
        maps[kept++] = maps[i];
    }
    return kept;
}

static void look_again(struct header_changes *changes, struct changing_map *maps, size_t count)
{
    const struct timespec pause = {.tv_nsec = 200000};
    unsigned idle = 0;
    for (unsigned round = 0; count && round < ROUNDS_MOST && idle < ROUNDS_IDLE; round++) {
        bool is_same = true;
        for (size_t i = 0; i < count; i++) {
            struct memory_range range = {
                .address = maps[i].address, .buffer = maps[i].now, .size_bytes = changes->maps->header_bytes};
            if (pages_read_now(changes->maps->pages, &range, 1) != 1)
                return;
            is_same &= !memcmp(maps[i].now, maps[i].last, changes->maps->header_bytes);
            compare(changes, &maps[i]);
        }
        idle = is_same ? idle + 1 : 0;
        if (idle)
            nanosleep(&pause, NULL); // it may wait for this processor
    }
    for (size_t i = 0; i < count; i++) {
        if (maps[i].emptied < CLEARS_ENOUGH)
            continue;
        for (size_t at = 0; at + 8 <= changes->maps->header_bytes; at++) {
            changes->grew[at] += maps[i].grew[at];
            changes->is_no_counter[at] |= maps[i].is_no_counter[at];
        }
    }
}

static void state_only(struct crosscheck *check, size_t witness, const char *subject, const char *field,
                       const bool is_possible[BYTES_MOST])
{
    struct place_counts places = {.times = 1};
    memcpy(places.is_possible, is_possible, sizeof(places.is_possible));
    const size_t at = places_only(&places);
    if (at != PLACE_NONE)
        crosscheck_state(check, crosscheck_subject(check, subject), witness, field, QUANTITY_OFFSET, at);
}

void memory_changes_state(struct memory_maps *maps, struct crosscheck *check, size_t witness,
                          const bool is_placed[BYTES_MOST])
{
    const struct go_runtime_facts *facts = go_runtime_facts(maps->program->runtime);
    struct header_changes changes = {.maps = maps,
                                     .big_endian = facts->big_endian,
                                     .word_bytes = facts->word_bytes,
                                     .count_at = places_only(&maps->count)};
    struct changing_map *list = calloc(maps->watched.length + 1, sizeof(*list));
    bool is_flags[BYTES_MOST] = {0}, is_writing[BYTES_MOST] = {0}, is_clears[BYTES_MOST] = {0};
    if (!list)
        return;
    for (size_t i = 0; i < maps->watched.length; i++) {
        list[i].address = maps->watched.data[i].address;
        memcpy(list[i].last, maps->watched.data[i].bytes, BYTES_MOST);
    }
    look_again(&changes, list, keep_changed(&changes, list, maps->watched.length));
    for (size_t at = 0; at < maps->header_bytes; at++) {
        is_flags[at] = !is_placed[at] && !maps->is_above_15[at] && maps->is_set[at];
        is_writing[at] = !is_placed[at] && !maps->is_above_1[at] && changes.rises[at] >= TOGGLES_ENOUGH &&
                         changes.falls[at] >= TOGGLES_ENOUGH;
        is_clears[at] = !is_placed[at] && !changes.is_no_counter[at] && changes.grew[at] >= CLEARS_ENOUGH;
    }
    if (!maps->has_swiss && maps->watched.length >= MAPS_LEAST)
        state_only(check, witness, "hmap", "flags", is_flags);
    if (maps->has_swiss) {
        state_only(check, witness, "Map", "writing", is_writing);
        state_only(check, witness, "Map", "clearSeq", is_clears);
    }
    free(list);
}
