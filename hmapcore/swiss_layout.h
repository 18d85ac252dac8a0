// SPDX-License-Identifier: MIT
// The words whose layout is cross-checked: Go's Map, table, groupsReference, group and Iter
// (internal/runtime/maps, Go 1.24 to 1.27, amd64), with Go's own field names, because they are laid beside a
// real Go program's.
//
// The picture:
//
//     map variable ──► Map (48 bytes)
//       small:          dirPtr ──► group                                  up to 8 entries, dirLen 0
//       large:          dirPtr ──► directory ──► table ──► groups
//                                  0 ●─────────► table 0   ┌──────────┬──────────────────────┐ group 0
//                                  1 ●─────────► table 1   │ctrl × 8  │ slot × 8: key, elem  │
//                                  2 ●─┐                   ├──────────┼──────────────────────┤ group 1
//                                  3 ●─┴───────► table 2   │   …      │                      │
//                                                          └──────────┴──────────────────────┘ lengthMask
//
// A key's hash picks everything: its top globalDepth bits the directory entry, its low 7 bits (h2) the control
// byte, and the bits above those (h1) the group where the search starts. Table 2 above has a localDepth of
// one less than globalDepth: both halves of its keys still lie in one table.
//
// A search looks at groups h1, h1 + 1, h1 + 1 + 2, … (modulo their number) and ends at the first with an empty
// slot. That is why an entry deleted from a group without empty slots leaves a tombstone: searches for others
// must go on past it.
#ifndef SWISS_LAYOUT_H
#define SWISS_LAYOUT_H

#include "hmap_layout.h"

enum {
    SWISS_GROUP_SLOTS = 8,
    SWISS_MAX_LOAD = 7,           // of 8 slots on average, before a table grows
    SWISS_MAX_TABLE_SLOTS = 1024, // a table that is full at this capacity splits
    SWISS_MAX_INLINE_BYTES = 128, // a larger key or element is stored as a pointer
    SWISS_SLOTS_OFFSET = 8,       // of the slots in a group
};

// What a control byte says. Everything below SWISS_EMPTY is a live entry's h2.
enum {
    SWISS_EMPTY = 0x80,
    SWISS_DELETED = 0xfe, // a tombstone
};

// Go's groupsReference
struct swiss_groups {
    void *data;
    uint64_t lengthMask; // number of groups - 1; their number is a power of two
};

struct swiss_table {
    uint16_t used;       // live entries
    uint16_t capacity;   // slots
    uint16_t growthLeft; // new entries until the table grows; used + tombstones + growthLeft is constant
    uint8_t localDepth;  // top bits of the hash that all its keys share
    int64_t index;       // of its first directory entry; -1: replaced, only iterators still see it
    struct swiss_groups groups;
};

struct swiss_map {
    uint64_t used; // live entries: what len() reads
    uint64_t seed; // of the hash
    void *dirPtr;  // dirLen 0: the only group, or NULL; else struct swiss_table *[dirLen]
    int64_t dirLen;
    uint8_t globalDepth;    // dirLen = 2^globalDepth
    uint8_t globalShift;    // 64 - globalDepth; 0 while small
    uint8_t writing;        // 1 while a write is under way
    bool tombstonePossible; // from Go 1.25 on; false: no table has a tombstone
    uint64_t clearSeq;      // counts clears
};

struct swiss_type;

struct swiss_iter {
    const void *key; // NULL: the iteration has ended
    void *elem;
    const struct swiss_type *typ;
    struct swiss_map *m;
    uint64_t entryOffset; // random; added to entryIdx, modulo the table's slots
    uint64_t dirOffset;   // random; added to dirIdx, modulo the directory's length
    uint64_t clearSeq;    // the map's, when the iteration started
    uint8_t globalDepth;  // the map's, at the last step
    int64_t dirIdx;       // -1: the map was small at the start
    struct swiss_table *tab;
    void *group;
    uint64_t entryIdx;
};

// A group with typed keys and elements, as Go's compiler would write it: for sizeof, offsetof and debug
// information.
#define SWISS_GROUP_OF(name, K, V)                                                                           \
    struct name##_slot {                                                                                     \
        K key;                                                                                               \
        V elem;                                                                                              \
    };                                                                                                       \
    struct name {                                                                                            \
        uint64_t ctrl;                                                                                       \
        struct name##_slot slots[SWISS_GROUP_SLOTS];                                                         \
    }

SWISS_GROUP_OF(swiss_group_int32_int32, int32_t, int32_t);
SWISS_GROUP_OF(swiss_group_int64_int64, int64_t, int64_t);
SWISS_GROUP_OF(swiss_group_string_int64, struct hmap_string, int64_t);
SWISS_GROUP_OF(swiss_group_float64_int64, double, int64_t);
SWISS_GROUP_OF(swiss_group_interface_int64, struct hmap_interface, int64_t);

_Static_assert(sizeof(struct swiss_map) == 48 && offsetof(struct swiss_map, seed) == 8 &&
                   offsetof(struct swiss_map, dirPtr) == 16 && offsetof(struct swiss_map, dirLen) == 24 &&
                   offsetof(struct swiss_map, globalDepth) == 32 &&
                   offsetof(struct swiss_map, globalShift) == 33 &&
                   offsetof(struct swiss_map, writing) == 34 &&
                   offsetof(struct swiss_map, tombstonePossible) == 35 &&
                   offsetof(struct swiss_map, clearSeq) == 40,
               "Map as in internal/runtime/maps/map.go");
_Static_assert(sizeof(struct swiss_table) == 32 && offsetof(struct swiss_table, capacity) == 2 &&
                   offsetof(struct swiss_table, growthLeft) == 4 &&
                   offsetof(struct swiss_table, localDepth) == 6 &&
                   offsetof(struct swiss_table, index) == 8 && offsetof(struct swiss_table, groups) == 16 &&
                   sizeof(struct swiss_groups) == 16,
               "table as in internal/runtime/maps/table.go");
_Static_assert(sizeof(struct swiss_iter) == 96 && offsetof(struct swiss_iter, entryOffset) == 32 &&
                   offsetof(struct swiss_iter, globalDepth) == 56 &&
                   offsetof(struct swiss_iter, dirIdx) == 64 && offsetof(struct swiss_iter, tab) == 72 &&
                   offsetof(struct swiss_iter, entryIdx) == 88,
               "Iter as in internal/runtime/maps/table.go");

#endif
