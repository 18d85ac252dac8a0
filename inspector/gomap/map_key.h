// SPDX-License-Identifier: MIT
// What a key is made of, as far as its hash and its words depend on it: plain data, drawn from the type graph, so that
// who computes hashes needs no types.
//
//     map[Point]string ─► STRUCT "main.Point" 16 bytes ─► X PLAIN 4 signed   Y PLAIN 4 signed   Name STRING 16
#ifndef STRATA_GOMAP_MAP_KEY_H
#define STRATA_GOMAP_MAP_KEY_H

#include "base/arena.h"
#include "gomap/map_shape.h"

enum map_key_kind {
    MAP_KEY_OTHER, // an interface and what else is not known to be hashed alike here
    MAP_KEY_PLAIN, // its bytes are the value
    MAP_KEY_STRING,
    MAP_KEY_FLOAT,
    MAP_KEY_COMPLEX,
    MAP_KEY_STRUCT,
    MAP_KEY_ARRAY,
};

struct map_key_form {
    enum map_key_kind kind;
    const char *name; // of a field; NULL else
    uint64_t offset_bytes, size_bytes;
    uint8_t align_bytes;
    bool is_signed, is_bool, is_address; // PLAIN
    struct map_key_form *parts;          // STRUCT: by offset; ARRAY: its element
    uint64_t count;                      // of parts, or of the array's elements
};

// The form of a map's keys; all of it lies in the arena. Never fails but for memory: what is not understood is
// MAP_KEY_OTHER.
MUST_USE struct error *map_key_form_read(struct type_maker *maker, const struct map_shape *shape,
                                         struct arena *arena, struct map_key_form *form);

// Whether all of it lies in its bytes: no string, no interface, no float.
bool map_key_is_plain(const struct map_key_form *form);
// Whether nothing in it is MAP_KEY_OTHER.
bool map_key_is_known(const struct map_key_form *form);

#endif
