// SPDX-License-Identifier: MIT
// How the maps of one type lie in memory, as the program's debug information states it:
//
//     typedef map[K]V ─► pointer ─► struct ┬ with buckets and B      : classic   buckets ─► bucket {tophash, keys,
//                                          │                                     values, overflow}
//                                          └ with dirPtr and dirLen  : Swiss     dirPtr ─► pointer ─► table ─►
//                                                                                groups ─► group {ctrl, slots}
//
// The members' names tell the design of each type; no version of Go is asked. All offsets and sizes are those of
// the debug information, so 32-bit programs and later layouts are read by the same code. (Go: runtime/map.go up
// to 1.23, internal/runtime/maps from 1.24 on; the linker makes these types, cmd/link/internal/ld/dwarf.go.)
#ifndef STRATA_GOMAP_MAP_SHAPE_H
#define STRATA_GOMAP_MAP_SHAPE_H

#include "base/error.h"
#include "picture/map_picture.h"
#include "source/type_source.h"

#include <stdbool.h>
#include <stdint.h>

enum map_design { MAP_CLASSIC, MAP_SWISS };

enum {
    MAP_SLOTS = 8,              // of a bucket and of a group
    MAP_INDIRECT_ABOVE = 128,   // larger keys and elements are stored as pointers
    MAP_CHUNK_BYTES_MOST = 8192 // of a bucket or group: 8 slots of at most 128 + 128 bytes with their padding
};

// A number within a struct. size_bytes 0: the struct has none of that name.
struct shape_field {
    uint16_t offset_bytes, size_bytes; // at most 8
};

// The keys or the elements of a bucket or group: that of slot n lies at offset + n * stride.
struct map_part {
    uint32_t offset_bytes, stride_bytes;
    uint32_t stored_bytes;   // in the slot
    bool is_indirect;        // the slot has a pointer to it
    bool has_pointers;       // it has some itself
    uint64_t size_bytes;     // of the key or element
    const struct type *type; // of it, whole; borrowed from the maker
};

struct map_shape {
    enum map_design design;
    const char *name; // "map[string]int", or of a named type; borrowed from the maker
    uint8_t address_bytes;
    bool big_endian;
    bool has_pointers; // a bucket or group has: the allocator puts a header before large ones

    uint16_t header_bytes;
    struct picture_fields fields; // of the header, by offset
    union {
        struct {
            struct shape_field count, flags, B, noverflow, hash0, buckets, oldbuckets, nevacuate, extra;
            // Of what `extra` points to.
            struct shape_field extra_overflow, extra_oldoverflow, extra_next;
            uint16_t extra_bytes;
            uint32_t overflow_offset; // in a bucket
        } classic;
        struct {
            struct shape_field used, seed, dir_address, dir_length, global_depth, global_shift, writing,
                tombstone_possible, clear_sequence;
            // Of a table.
            struct shape_field table_used, table_capacity, table_growth_left, table_local_depth, table_index;
            struct shape_field groups_address, groups_mask;
            uint16_t table_bytes;
        } swiss;
    };
    // A bucket or a group.
    uint32_t chunk_bytes;
    uint32_t control_offset; // of the 8 tophash or control bytes
    struct map_part key, elem;
};

// Reads the shape of a Go map type: a typedef whose go_kind says so; behind a pointer is fine, too. Borrows from
// the maker until type_maker_forget. ERROR_UNSUPPORTED: not a map that strata knows; ERROR_BAD_FORMAT: its parts
// contradict each other. Both name the type.
MUST_USE struct error *map_shape_read(struct type_maker *maker, const struct type *type,
                                      struct map_shape *shape);

// Whether the type is a Go map, as a variable or a member has it.
bool type_is_go_map(const struct type *type);

// A number of 1 to 8 bytes, in the program's byte order.
static inline uint64_t map_number(const uint8_t *bytes, unsigned size_bytes, bool big_endian)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++)
        value = value << 8 | bytes[big_endian ? i : size_bytes - 1 - i];
    return value;
}

// The field of a struct whose bytes are here; 0 where it has none.
static inline uint64_t map_field_number(const struct map_shape *shape, struct shape_field field,
                                        const uint8_t *bytes)
{
    return map_number(bytes + field.offset_bytes, field.size_bytes, shape->big_endian);
}

static inline uint64_t map_address_number(const struct map_shape *shape, const uint8_t *bytes)
{
    return map_number(bytes, shape->address_bytes, shape->big_endian);
}

#endif
