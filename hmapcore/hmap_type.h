// SPDX-License-Identifier: MIT
// Kinds (what Go calls a type: its size, hash and equality) and map types (a kind of key and a kind of
// element, and the bucket that follows from them: Go's maptype).
//
// All of it is plain, constant data once made; share it between threads freely. It must outlive the maps.
#ifndef HMAP_TYPE_H
#define HMAP_TYPE_H

#include "hmap_layout.h"

#define HMAP_MAX_VALUE_BYTES (UINT64_C(1) << 40) // of a key or an element; far above what any machine has

#define HMAP_MUST_USE __attribute__((warn_unused_result))

// What can go wrong. Where Go panics or dies, the text is Go's.
enum hmap_status {
    HMAP_OK = 0,
    HMAP_NIL_MAP,               // assignment to entry in nil map
    HMAP_CONCURRENT_WRITES,     // concurrent map writes
    HMAP_CONCURRENT_READ_WRITE, // concurrent map read and map write
    HMAP_CONCURRENT_ITERATION,  // concurrent map iteration and map write
    HMAP_CONCURRENT_CLONE,      // concurrent map clone and map write
    HMAP_UNHASHABLE,            // hash of unhashable type …
    HMAP_BAD_STATE,             // bad map state: only a broken or raced map shows it
    HMAP_NO_MEMORY,             // the allocator gave nothing; the map holds what it held
    HMAP_TOO_LARGE,             // a size that does not fit; the map holds what it held
    HMAP_BAD_TYPE,              // a key or element kind that cannot make a map
};

// The text of a status, without a full stop; static.
const char *hmap_status_text(enum hmap_status status);

// How a kind is hashed and compared: Go's algorithms (cmd/compile, AMEM … ASPECIAL; runtime/alg.go).
enum hmap_algorithm {
    HMAP_ALG_UNHASHABLE, // slices, maps, functions
    HMAP_ALG_PLAIN,      // the bytes are the value
    HMAP_ALG_STRING,
    HMAP_ALG_FLOAT32, // +0 and -0 are one key, each NaN is a key of its own
    HMAP_ALG_FLOAT64,
    HMAP_ALG_COMPLEX64,
    HMAP_ALG_COMPLEX128,
    HMAP_ALG_INTERFACE, // by the dynamic value; fails where its kind is unhashable
    HMAP_ALG_STRUCT,    // field by field
    HMAP_ALG_ARRAY,     // element by element
};

struct hmap_field {
    const char *name; // "_" is left out of hash and equality
    const struct hmap_kind *kind;
    uint64_t offset_bytes;
};

enum hmap_printing {
    HMAP_PRINT_BYTES,
    HMAP_PRINT_SIGNED,
    HMAP_PRINT_UNSIGNED,
    HMAP_PRINT_BOOL,
    HMAP_PRINT_ADDRESS,
};

struct hmap_kind {
    const char *name; // as Go spells it
    uint64_t size_bytes;
    uint8_t align_bytes;
    enum hmap_algorithm algorithm;
    bool has_pointers;               // the garbage collector would look into it
    enum hmap_printing printing;     // of plain values
    bool pointer_shaped;             // an interface holds the value itself, not its address
    bool reflexive;                  // k == k for every k; false where a float or an interface is inside
    bool needs_key_update;           // equal keys may differ in their bytes: floats, strings, interfaces
    bool hash_can_fail;              // an interface is inside
    const struct hmap_kind *element; // of an array
    const struct hmap_field *fields; // of a struct, by offset
    uint64_t count;                  // of fields, or of array elements
};

extern const struct hmap_kind hmap_kind_bool, hmap_kind_int8, hmap_kind_int16, hmap_kind_int32,
    hmap_kind_int64, hmap_kind_uint8, hmap_kind_uint16, hmap_kind_uint32, hmap_kind_uint64, hmap_kind_float32,
    hmap_kind_float64, hmap_kind_complex64, hmap_kind_complex128, hmap_kind_string, hmap_kind_pointer,
    hmap_kind_interface,
    hmap_kind_empty_struct, // struct{}
    hmap_kind_slice,        // []int: unhashable
    hmap_kind_func;         // func(): unhashable, pointer-shaped

// The kind [count]element. `name` and `element` are borrowed. HMAP_TOO_LARGE where the size overflows.
HMAP_MUST_USE enum hmap_status hmap_kind_make_array(struct hmap_kind *kind, const char *name,
                                                    const struct hmap_kind *element, uint64_t count);

// The struct kind with these fields, in order; offsets are filled in. `name` and `fields` are borrowed.
HMAP_MUST_USE enum hmap_status hmap_kind_make_struct(struct hmap_kind *kind, const char *name,
                                                     struct hmap_field *fields, uint64_t count);

// Whether the Go values at `left` and `right` are equal (==). Two interfaces of one unhashable kind are
// unequal here; Go panics, but a map never comes to compare them.
bool hmap_kind_equal(const struct hmap_kind *kind, const void *left, const void *right);

// Which of Go's routines serves a map: the compiler's choice (walk/walk.go, mapfast).
enum hmap_variant {
    HMAP_VARIANT_GENERIC,
    HMAP_VARIANT_FAST32, // 4 plain bytes without pointers
    HMAP_VARIANT_FAST64, // 8 plain bytes, pointers too
    HMAP_VARIANT_FASTSTR,
};

// Flags of Go's maptype
enum {
    HMAP_INDIRECT_KEY = 1,
    HMAP_INDIRECT_ELEM = 2,
    HMAP_REFLEXIVE_KEY = 4,
    HMAP_NEED_KEY_UPDATE = 8,
    HMAP_HASH_MIGHT_PANIC = 16,
};

struct hmap_type {
    const struct hmap_kind *key;
    const struct hmap_kind *elem;
    uint32_t bucket_bytes;   // 8 + 8 * key_slot_bytes + 8 * elem_slot_bytes + 8
    uint8_t key_slot_bytes;  // the key's size, or 8 where it is stored indirect
    uint8_t elem_slot_bytes; // likewise
    uint8_t flags;
    bool bucket_has_pointers; // beside the overflow pointer
    enum hmap_variant
        variant; // set it to HMAP_VARIANT_GENERIC after hmap_type_make to see the generic routines at work
};

// The map type map[key]elem. The kinds are borrowed. HMAP_BAD_TYPE for an unhashable key, or a size that is
// not a multiple of its alignment, or an alignment over 8.
HMAP_MUST_USE enum hmap_status hmap_type_make(struct hmap_type *type, const struct hmap_kind *key,
                                              const struct hmap_kind *elem);

// Where things are in a bucket of this type.
static inline uint32_t hmap_type_elems_offset(const struct hmap_type *type)
{
    return HMAP_DATA_OFFSET + (uint32_t)HMAP_BUCKET_SLOTS * type->key_slot_bytes;
}
static inline uint32_t hmap_type_overflow_offset(const struct hmap_type *type)
{
    return type->bucket_bytes - (uint32_t)sizeof(void *);
}

// Writes the Go value at `value` as a person would write it ("-7", "\"abc\"", "NaN", "int64(3)"), at most
// size_bytes with the terminator, cut where it is longer. Returns `text`.
char *hmap_kind_format(const struct hmap_kind *kind, const void *value, char *text, size_t size_bytes);

#endif
