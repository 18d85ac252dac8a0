// SPDX-License-Identifier: MIT
// The keys and elements a watched map can have. An operation names its key by a number; here the number
// becomes a value of the map's key type, and back.
//
//     int64, int32   the number                    string     "k7"
//     float64        the number / 2; or NaN        interface  by turns int64, string, float64, int32; or NaN;
//                                                             or a slice, which cannot be hashed
#ifndef STRATA_WATCH_WATCH_KEYS_H
#define STRATA_WATCH_WATCH_KEYS_H

#include "base/error.h"
#include "hmapcore/hmap.h"
#include "hmapcore/swiss_type.h"

enum watch_key_kind { KEYS_INT64, KEYS_INT32, KEYS_STRING, KEYS_FLOAT64, KEYS_INTERFACE, KEYS_KINDS };
enum watch_elem_kind { ELEMS_INT64, ELEMS_INT32, ELEMS_BIG, ELEMS_NOTHING, ELEMS_KINDS };

enum {
    KEY_NUMBER_MAX = (1 << 25) - 1,
    KEY_NUMBER_NAN = 1 << 25, // float64 and interface only
    KEY_NUMBER_SLICE,         // interface only
    KEY_NUMBER_END,
};

#define KEY_NUMBER_MASK ((UINT64_C(1) << 56) - 1) // what an operation has room for

union watch_key {
    _Alignas(16) uint8_t bytes[16];
    int64_t int64;
    int32_t int32;
    double float64;
    struct hmap_string string;
    struct hmap_interface interface;
};

struct watch_keys {
    enum watch_key_kind kind;
    enum watch_elem_kind elem_kind;
    struct hmap_type type;
    struct swiss_type swiss_type;
    struct hmap_kind big; // [17]int64: over 128 bytes, so that it is stored indirect
    // What strings and interfaces point at, by number. A cell holds the same bytes whenever it is written, so
    // that it needs no undoing.
    struct key_cell *cells;
};

// The name for the command line and the title: "int64", "string", …; NULL past the end.
const char *watch_key_name(enum watch_key_kind kind);
const char *watch_elem_name(enum watch_elem_kind kind);

// Borrowed by contexts until watch_keys_close; must not move.
MUST_USE struct error *watch_keys_open(struct watch_keys *keys, enum watch_key_kind kind,
                                       enum watch_elem_kind elem_kind);
void watch_keys_close(struct watch_keys *keys);

// Whether the map's key type has a key of this number.
bool watch_key_exists(const struct watch_keys *keys, uint64_t number);

// The key of a number that exists. Its pointers stay good while `keys` is open.
void watch_key_make(const struct watch_keys *keys, uint64_t number, union watch_key *key);

// The number of a key as it lies in a slot; false for one that has none.
bool watch_key_number(const struct watch_keys *keys, const void *slot, uint64_t *number);

// As Go would print the key.
char *watch_key_text(const struct watch_keys *keys, uint64_t number, char *text, size_t size_bytes);

// Writes the element for operation number `serial`.
void watch_elem_store(const struct watch_keys *keys, void *elem, uint64_t serial);

#endif
