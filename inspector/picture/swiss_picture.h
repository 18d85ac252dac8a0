// The picture of a Swiss map, Go's from 1.24 on:
//
//     header ─► directory, 2^globalDepth places ─► tables ─► groups of 8 slots, a control byte each
//
// A small map has no directory: its header points at its one group (dir_length is 0 then). A table whose
// depth is below the directory's stands in 2^(difference) places of it, side by side.
#ifndef STRATA_PICTURE_SWISS_PICTURE_H
#define STRATA_PICTURE_SWISS_PICTURE_H

#include "picture/map_picture.h"

enum { SWISS_SLOTS = 8 };

// What a control byte says: 0x00 to 0x7f a live entry, by the low 7 bits of its key's hash (h2), else:
enum swiss_mark { SWISS_EMPTY = 0x80, SWISS_DELETED = 0xfe };

struct swiss_header {
    struct picture_header raw;
    uint64_t used;
    uint64_t seed;
    uint64_t dir_address, dir_length;
    uint8_t global_depth, global_shift;
    bool is_writing;
};

struct swiss_table {
    uint64_t address, groups_address;
    uint64_t first_place; // in the directory
    uint64_t groups;      // how many
    uint32_t used, capacity, growth_left;
    uint32_t tombstones; // seen in the groups that were looked at
    uint64_t groups_seen;
    uint8_t local_depth;
    bool in_doubt; // its parts contradict each other: it was changing while it was read
};

struct swiss_group {
    uint64_t address;
    uint64_t table, index; // of which table (place in `tables`), and the number of the group in it
    uint8_t in_doubt;      // a bit a slot
    uint8_t control[SWISS_SLOTS];
};

struct swiss_entry {
    char key[PICTURE_TEXT_BYTES], elem[PICTURE_TEXT_BYTES]; // "" where there is no live entry
};

// The way of a look-up: the directory's place, then groups one after the other.
struct swiss_probe {
    bool is_known, is_found;
    uint64_t hash;
    uint8_t h2, slot;
    uint64_t table, group; // where it ended
    uint32_t groups_probed;
    char key[PICTURE_TEXT_BYTES];
};

// Buffers belong to who fills the picture.
struct swiss_picture {
    struct swiss_header header;
    struct swiss_table *tables; // of the places that were asked for, by place
    size_t tables_count;
    struct swiss_group *groups;  // of the groups that were asked for
    struct swiss_entry *entries; // SWISS_SLOTS a group
    size_t groups_count;
    struct swiss_probe probe;
    struct picture_event events[PICTURE_EVENTS_MOST]; // oldest first
    size_t events_count;
};

static inline bool swiss_is_live(uint8_t control)
{
    return control < SWISS_EMPTY;
}

#endif
