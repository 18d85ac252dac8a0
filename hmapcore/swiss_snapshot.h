// SPDX-License-Identifier: MIT
// Plain-data copies of what a view shows of a Swiss map: the header, the directory with its tables, windows of
// groups, and how full it all is. Nothing in them points into the map; addresses are numbers. Each costs what
// is asked for, not what the map holds.
//
// The map must be at rest, or held inside a sink by the calling thread.
#ifndef SWISS_SNAPSHOT_H
#define SWISS_SNAPSHOT_H

#include "swiss_event.h"
#include "swiss_layout.h"

struct swiss_context;

struct swiss_header_view {
    bool is_nil; // the nil map: everything else is zero
    bool small;  // one group, or none yet (directory_address is the group's, or 0)
    uint64_t address, directory_address;
    uint8_t bytes[sizeof(struct swiss_map)]; // the header as it lies in memory
    uint64_t used;
    uint64_t seed;
    uint64_t directory_entries; // 0 in a small map
    uint64_t clear_sequence;
    uint8_t depth, shift, writing;
    bool tombstone_possible;
    uint32_t group_bytes, slot_bytes, elem_offset;
    bool indirect_key, indirect_elem;
    char key_kind[24], elem_kind[24]; // Go's names
};

// Constant cost.
void swiss_snapshot_header(const struct swiss_context *context, const struct swiss_map *map,
                           struct swiss_header_view *header);

// A table, or the group of a small map as if it were one (capacity 8, growth_left the room in it).
struct swiss_table_view {
    uint64_t address;        // 0 for a small map's group
    uint64_t groups_address; // of group 0
    uint64_t entry;          // its first in the directory
    uint64_t entries;        // how many it has there
    uint64_t groups;
    uint32_t capacity, used, growth_left, tombstones; // slots
    uint8_t local_depth;
};

// The table of this directory entry, and by `entry + entries` the way to the next. False when there is none.
// Constant cost. A small map with a group has one, at entry 0.
bool swiss_snapshot_table(const struct swiss_context *context, const struct swiss_map *map, uint64_t entry,
                          struct swiss_table_view *table);

enum { SWISS_TEXT_BYTES = 32 };

struct swiss_slot_view {
    uint8_t ctrl;
    bool live;
    char key[SWISS_TEXT_BYTES];  // "" unless live and asked for
    char elem[SWISS_TEXT_BYTES]; // likewise
};

struct swiss_group_view {
    uint64_t address;
    uint64_t index; // in its table
    struct swiss_slot_view slots[SWISS_GROUP_SLOTS];
};

// A window: groups [first, first + count) of one table. Start with {0}; the buffers are reused by the next
// snapshot into it and freed by swiss_window_free.
struct swiss_window {
    struct swiss_group_view *groups; // by index
    size_t length;
    size_t capacity;
    uint8_t *raw; // length * group_bytes: the groups as they lie in memory; NULL unless asked for
    size_t raw_capacity;
    uint32_t group_bytes;
    struct swiss_table_view table;
};

struct swiss_window_request {
    uint64_t entry; // of the table in the directory
    uint64_t first;
    uint64_t count; // clipped to the table
    bool texts;     // fill in the texts of keys and elements
    bool raw;       // and the raw bytes
};

// False when memory is short; the window is empty then. Costs count groups at most.
bool swiss_snapshot_window(const struct swiss_context *context, const struct swiss_map *map,
                           const struct swiss_window_request *request, struct swiss_window *window);
void swiss_window_free(struct swiss_window *window);

// One cell of a density picture: a range of a table's groups, or of the directory's entries.
struct swiss_density {
    uint64_t first, count;
    uint64_t slots, live, tombstones;
};

// Divides the groups of one table evenly into `cells` ranges (fewer when it has fewer groups). Returns how
// many. Looks at every group of it: 128 at most.
size_t swiss_snapshot_density(const struct swiss_context *context, const struct swiss_map *map,
                              uint64_t entry, struct swiss_density *densities, size_t cells);

// Divides the directory evenly into `cells` ranges; a table counts where its first entry is. Looks at the
// tables' own counts, not at their groups. A range inside a table that began before it has no slots.
size_t swiss_snapshot_directory_density(const struct swiss_context *context, const struct swiss_map *map,
                                        struct swiss_density *densities, size_t cells);

// How full, and how far searches go, over at most `limit` groups, evenly spread (0: all).
struct swiss_survey {
    uint64_t tables, slots, live, tombstones; // of the tables that were looked at, by their own counts
    uint64_t places;                          // that those tables have in the directory
    bool is_part;                             // those are not all tables
    uint64_t sampled;                         // groups looked at; what follows is of these
    uint64_t fill[SWISS_GROUP_SLOTS + 1];     // [n] how many have n live slots
    uint64_t full_groups;                     // without an empty slot: a search goes on past them
    uint64_t
        searches[16]; // [n] how many live keys are found in the n + 1st group looked at; the last: or later.
                      // Keys that do not equal themselves are left out
};
void swiss_snapshot_survey(struct swiss_context *context, const struct swiss_map *map, uint64_t limit,
                           struct swiss_survey *survey);

// The same without going through a large directory: above SWISS_SURVEYED_PLACES, at most `limit` tables (not 0) are looked
// at, so that the cost does not depend on the map's size.
enum { SWISS_SURVEYED_PLACES = 2048 };
void swiss_snapshot_survey_some(struct swiss_context *context, const struct swiss_map *map, uint64_t limit,
                                struct swiss_survey *survey);

enum { SWISS_EXPLAINED_GROUPS = 16 };

// Where a key belongs and where it is, and why.
struct swiss_explanation {
    bool unhashable;
    uint64_t hash;
    uint8_t h2;     // its low 7 bits: the control byte
    uint64_t h1;    // the bits above
    bool has_table; // false in a small map, or one without a group:
    uint64_t entry; // the directory entry: the top `depth` bits of the hash
    uint64_t table; // the first entry of its table
    uint8_t depth, local_depth;
    uint8_t split_bit; // the bit of the hash by which a split of this table would part its keys
    uint64_t groups;   // of the table
    uint64_t group;    // h1 modulo the groups: where the search starts
    uint64_t path[SWISS_EXPLAINED_GROUPS]; // the groups looked at, in order; the first 16
    uint32_t probes;                       // how many were looked at
    bool found;                            // the key is in the map:
    uint64_t found_group;
    uint32_t slot;
    uint64_t group_address; // of the group that holds it, or the last one looked at; 0 when there is none
    uint32_t same_h2;       // other keys' slots that had to be compared on the way
    bool takes_tombstone;   // not found, and an assignment would take a tombstone passed on the way
    uint64_t tombstone_group;
};

// Costs one lookup. `key` as for swiss_find. Emits no event.
void swiss_explain(struct swiss_context *context, const struct swiss_map *map, const void *key,
                   struct swiss_explanation *explanation);

// Forcing a key: asks `propose` for keys until one hashes to this table (its first directory entry) and starts
// its search at this group; true with that key in *key. `propose` writes candidate number `attempt` to *key, or
// returns false when it has no more. Expect as many attempts as the map has groups.
bool swiss_key_for_group(struct swiss_context *context, const struct swiss_map *map, uint64_t table,
                         uint64_t group, uint64_t max_attempts,
                         bool (*propose)(void *state, uint64_t attempt, void *key), void *state, void *key);

#endif
