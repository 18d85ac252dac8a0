// SPDX-License-Identifier: MIT
// The picture of a Swiss map, Go's from 1.24 on:
//
//     header ─► directory, 2^globalDepth places ─► tables ─► groups of 8 slots, a control byte each
//
// A small map has no directory: its header points at its one group (dir_length is 0 then). It is drawn as
// one table of one group at place 0. A table whose depth is below the directory's stands in 2^(difference)
// places of it, side by side.
//
// It is filled from the map of this process (watch/), and can be filled from the memory of another program or
// of a core: keys and elements come as texts that the filler made, because only it knows their types. What
// could not be read is `is_missing`, and what contradicts itself, because the program wrote while it was read,
// is in doubt; both are drawn as such. Numbers from a hostile program need no clipping by the filler but for
// what this header says of lengths: views take groups and places as numbers only.
//
// One frame is filled in two steps, so that nothing is read that is not shown:
//
//     filler: header, touch           swiss_view_choose says which table, by the place that the view is at
//     filler: chosen                  swiss_view_needs says what a frame of that size shows of it
//     filler: all else                swiss_view_draw
#ifndef STRATA_PICTURE_SWISS_PICTURE_H
#define STRATA_PICTURE_SWISS_PICTURE_H

#include "picture/map_picture.h"

enum { SWISS_SLOTS = 8 };

// What a control byte says: 0x00 to 0x7f a live entry, by the low 7 bits of its key's hash (h2), else:
enum swiss_mark { SWISS_MARK_EMPTY = 0x80, SWISS_MARK_DELETED = 0xfe };

struct swiss_header {
    struct picture_header raw; // address, bytes and fields: for looking at the bytes; address 0 is a nil map
    uint64_t used;             // entries: len(m)
    uint64_t seed;             // of this map's hashes
    uint64_t dir_address;      // dirPtr: the directory's, or a small map's group; 0: there is none yet
    uint64_t dir_length;       // places of the directory; 0: the map is small
    uint8_t global_depth, global_shift;
    bool is_writing;
    bool has_tombstone_flag; // Go 1.25 on have it
    bool tombstone_possible; // it; false: no table has a tombstone
    uint64_t clear_sequence;
    bool in_doubt; // two readings of it differ, and so did a third
};

// What has lately become of a table: drawn beside it. Of another program, what two frames differ in.
enum swiss_change {
    SWISS_CALM,
    SWISS_GREW,    // it is a table of twice the capacity that took its place
    SWISS_SPLIT,   // it is one of two that took its place
    SWISS_PRUNED,  // tombstones went
    SWISS_CLEARED, // all its entries went at once
};

struct swiss_placed_table {
    uint64_t address;        // 0: a small map's group, which has no table
    uint64_t groups_address; // of group 0
    uint64_t first_place;    // in the directory
    uint64_t places;         // how many it has there, side by side: 2^(global depth - local depth)
    uint64_t groups;         // a power of two
    uint32_t used, capacity; // slots: live, all
    uint32_t growth_left;    // new entries until it grows: used + tombstones + growth_left is its limit
    uint32_t tombstones;     // by those three
    uint8_t local_depth;     // so many top bits of the hash all its keys share
    uint8_t change;          // enum swiss_change
    bool in_doubt;           // its parts contradict each other: it was changing while it was read
    bool is_missing;         // it could not be read: all but first_place and places is 0
};

// Some places of the directory side by side, where it has more than the screen has cells.
struct swiss_dir_cell {
    uint64_t first, count;            // places
    uint64_t slots, used, tombstones; // of the tables that were looked at; slots 0: none was
};

struct swiss_group {
    uint64_t address;
    uint64_t index;   // in its table
    uint8_t in_doubt; // a bit a slot: the filler does not vouch for it
    bool is_missing;  // it could not be read
    uint8_t control[SWISS_SLOTS];
};

struct swiss_entry {
    char key[PICTURE_TEXT_BYTES], elem[PICTURE_TEXT_BYTES]; // "" where there is no live entry
};

// The group under the cursor as it lies in memory: 8 control bytes, then 8 slots of key and element. (Go,
// internal/runtime/maps/group.go.)
enum { SWISS_GROUP_BYTES = 2056 }; // of the largest one: keys and elements of 128 bytes

struct swiss_group_bytes {
    uint64_t address;                 // 0: there is none
    uint32_t whole_bytes, size_bytes; // of the group, and how many of them are here
    uint32_t key_bytes, elem_bytes;   // as they lie in a slot; a large one is a pointer there
    uint32_t slot_bytes, elem_offset; // from one slot to the next; of the element in its slot
    uint8_t bytes[SWISS_GROUP_BYTES];
};

// How full the whole map is, and how far searches go. It may be of a part of it (sampled < groups,
// tables_seen < tables), and grow from frame to frame.
enum { SWISS_SEARCHES = 8 };

struct swiss_overview {
    uint64_t tables, tables_seen;      // the next four are of those that were seen
    uint64_t slots, used, tombstones;  //
    uint64_t next_place, next_left;    // the table that grows first: so many new entries are left to it,
    uint32_t next_capacity;            // and so many slots it has
    uint64_t groups, sampled;          // the next two are of the sampled groups
    uint64_t full_groups;              // without an empty slot: searches go on past them
    uint64_t searches[SWISS_SEARCHES]; // [n] keys found in the n + 1st group looked at; the last: or later
    uint64_t held_bytes;               // header, directory, tables and groups; 0: not known
};

// How far the operation with the key of a probe has come.
enum swiss_step { SWISS_STEP_NONE, SWISS_STEP_HASHED, SWISS_STEP_SEARCHES, SWISS_STEP_STORED };

enum swiss_outcome {
    SWISS_UNDER_WAY,  // not known yet
    SWISS_FOUND,      // at `slot` of the last group
    SWISS_NOT_FOUND,  // the last group has an empty slot: it cannot be further on
    SWISS_UNHASHABLE, // its dynamic type has no hash
};

// The way of the latest key whose hash is known, or that was asked for. Its groups are those of
// swiss_probe_group for 0 to probes - 1.
struct swiss_probe {
    bool is_known;
    uint8_t h2;
    uint8_t step;    // enum swiss_step
    uint8_t outcome; // enum swiss_outcome
    uint8_t slot;
    uint8_t depth;       // bits of the hash that pick the place: the directory's depth at that time
    uint8_t local_depth; // of the table
    uint8_t hash_bits;   // 32 in a program of 32 bits; 0: 64
    uint64_t hash;
    uint64_t place, table;  // the directory's place, and the first place of its table; 0 in a small map
    uint64_t groups;        // of that table: h1 modulo this many is where the search begins; 0: no group
    uint32_t probes;        // groups looked at; 0: none yet
    uint32_t same_h2;       // slots whose h2 was the same although the key was another
    bool passes_tombstones; // it went by at least one
    const char *verb;       // what was done with the key: "insert"; borrowed, static
    char key[PICTURE_TEXT_BYTES];
};

enum swiss_touch_kind {
    SWISS_TOUCH_NOTHING,
    SWISS_TOUCH_GROUPS,    // a search went from first_group on through `probes` groups and ended at `group`
    SWISS_TOUCH_TABLE,     // a whole table: it grew, was pruned, was entered
    SWISS_TOUCH_SPLIT,     // two: at place and at other_place
    SWISS_TOUCH_DIRECTORY, // it was doubled
};

// What the latest event has touched.
struct swiss_touch {
    uint8_t kind; // enum swiss_touch_kind
    bool has_slot;
    uint8_t slot; // of `group`
    uint32_t probes;
    uint64_t place, other_place; // a table's first
    uint64_t first_group, group;
    bool has_latest; // the group that was touched last, now or before: what a view follows
    uint64_t latest_place, latest_group;
};

// Buffers belong to who fills the picture.
struct swiss_picture {
    struct swiss_header header;
    struct swiss_touch touch;
    struct swiss_placed_table
        chosen; // that the view is at; capacity 0 and not missing: the map has no group yet
    struct swiss_placed_table *tables; // by place, each once: those that were asked for
    size_t tables_count;
    struct swiss_dir_cell *dir_cells; // the whole directory, where they were asked for
    size_t dir_cells_count;
    struct swiss_group *groups;  // of the chosen table, by index: those that were asked for
    struct swiss_entry *entries; // SWISS_SLOTS a group; to be read only where texts were asked for
    size_t groups_count;
    struct swiss_group cursor; // the group under the cursor, with its entries; index as asked for
    struct swiss_entry cursor_entries[SWISS_SLOTS];
    struct swiss_group_bytes group_bytes; // of it, when they are asked for
    struct picture_detail detail;         // of a slot of it, when it is asked for
    struct swiss_overview overview;
    struct swiss_probe probe;
    struct picture_event events[PICTURE_EVENTS_MOST]; // oldest first
    size_t events_count;
};

static inline bool swiss_is_live(uint8_t control)
{
    return control < SWISS_MARK_EMPTY;
}

// The group that a search for a hash looks at after `step` others: h1, h1 + 1, h1 + 1 + 2, … modulo their
// number. (Go, internal/runtime/maps/table.go: probeSeq.)
static inline uint64_t swiss_probe_group(uint64_t hash, uint64_t groups, uint64_t step)
{
    return ((hash >> 7) + step * (step + 1) / 2) & (groups ? groups - 1 : 0);
}

#endif
