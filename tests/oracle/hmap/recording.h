// SPDX-License-Identifier: MIT
// What the replays of classic and of Swiss maps share: the stream that fixtures/go/mapdump writes, the random
// draws in it, and keys and elements, made here in the same order and at the same addresses as there.
#ifndef STRATA_TESTS_HMAP_RECORDING_H
#define STRATA_TESTS_HMAP_RECORDING_H

#include "hmapcore/hmap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- the stream ----------------------------------------------------------------------

// How far the replay is, for messages.
extern struct recording_place {
    uint64_t records, dumps, dump_bytes;
    int letter;
    const char *scenario;
} at;

// Says where the recording and hmapcore differ, and ends.
__attribute__((noreturn, format(printf, 1, 2))) void differ(const char *format, ...);
void must(enum hmap_status status, const char *what);

void get(void *to, size_t size_bytes);
uint8_t get8(void);
uint16_t get16(void);
uint32_t get32(void);
uint64_t get64(void);

// ---- random draws: those of the recording --------------------------------------------

struct draws {
    uint64_t values[65536];
    unsigned count, used;
};

uint64_t draws_next(void *state);
void get_draws(struct draws *draws);
void all_drawn(const struct draws *draws);

// ---- keys and elements, as in values.go and subject.go -------------------------------

struct arena {
    char *memory;
    size_t used;
};

void arena_open(struct arena *arena);
void arena_close(struct arena *arena);

struct pair {
    int32_t a;
    struct hmap_string b;
};

struct padded {
    int8_t a;
    int32_t b;
    double c;
    uint16_t d[2];
    int64_t e;
};

struct inner {
    int32_t a;
    float f;
    int32_t b;
};

struct nested {
    int32_t x;
    struct inner in;
    int32_t y;
    struct inner two[2];
    int16_t z;
    struct turn {
        float f;
        int32_t i;
    } turns[9];
};

union value {
    _Alignas(16) uint8_t bytes[256];
    int32_t int32;
    int64_t int64;
    uint64_t word;
    double float64;
    void *pointer;
    struct hmap_string string;
    struct hmap_interface interface;
    struct pair pair;
    struct padded padded;
    struct nested nested;
};

enum written_form { PLAIN, POINTER, STRING, INTERFACE, STRING_AT_8, INDIRECT };

enum made {
    INT32,
    INT64,
    TEXT,
    ADDRESS,
    FLOAT,
    ANY,
    BYTES16,
    BIG,
    PAIR,
    PADDED,
    NESTED,
    NOTHING,
    UINT8,
    SHORT_TEXT
};

struct subject {
    const char *name;
    const struct hmap_kind *key, *elem;
    enum written_form key_form, elem_form;
    enum made key_made, elem_made;
    enum hmap_variant variant; // what the compiler chose: see the calls in the recorder's code
};

// Number `number` of the recorder's list.
const struct subject *subject_at(uint8_t number);

union value make_value(struct arena *arena, enum made made, uint64_t number, uint8_t variant, bool is_key);

// ---- what a dump is made of ----------------------------------------------------------

struct buffer {
    uint8_t *bytes;
    size_t used, capacity;
};

void put(struct buffer *buffer, const void *data, size_t size_bytes);
void put8(struct buffer *buffer, uint8_t value);
void put16(struct buffer *buffer, uint16_t value);
void put32(struct buffer *buffer, uint32_t value);
void put64(struct buffer *buffer, uint64_t value);

// A key or element as the recorder writes it: pointers by what they name. `evacuated`: of an indirect one only
// whether there is one.
void put_value(struct buffer *out, const struct arena *arena, const char *place, uint64_t size_bytes,
               enum written_form form, bool evacuated);

// Reads a dump of the recording into `theirs` and compares; true when `ours` is the same to the byte. Else *first
// is the first byte that differs.
bool same_dump(const struct buffer *ours, struct buffer *theirs, size_t *first);

// ---- the two ends of a recording -----------------------------------------------------

struct recorded_head {
    uint8_t flavour;
    bool aes;
};
struct recorded_head get_head(void);

// What the recorder hashed by; `portable`: by AES without the machine's instructions.
enum hmap_hash_algorithm replayed_hash(const struct recorded_head *head, bool portable);
const char *hash_word(const struct recorded_head *head, bool portable);

// Agreement about what never happened proves nothing: each must have come up.
struct seen {
    const char *what;
    uint64_t count;
};
void expect_seen(const struct seen *seen, size_t count);

#endif
