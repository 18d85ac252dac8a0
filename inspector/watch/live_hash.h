// SPDX-License-Identifier: MIT
// The hashes of another program's map, computed here: with its own key schedule, its map's seed, and the algorithms of
// hmapcore. So a key is found where the program would find it, and a slot whose tophash or h2 is not that of its key
// was read while it changed.
#ifndef STRATA_WATCH_LIVE_HASH_H
#define STRATA_WATCH_LIVE_HASH_H

#include "base/arena.h"
#include "gomap/go_program.h"
#include "gomap/map_key.h"
#include "hmapcore/swiss.h"

// What all maps of a program share.
struct live_schedule {
    bool is_known; // false: `why` says what is missing
    bool is_told;  // the symbols say which algorithm it is, known here or not
    const char *why;
    enum hmap_hash_algorithm algorithm;
    uint8_t aes[128];
    uint64_t key[4];
    unsigned version; // 24 of "go1.24.4"; 0: unknown
};

// Reads the schedule. Not an error where it cannot be found: it is not known then.
void live_schedule_read(struct live_schedule *schedule, const struct go_program *program);

// The algorithms that a program of that machine may use, the likely one first. Returns how many.
size_t live_algorithms(const struct go_program *program, enum hmap_hash_algorithm algorithms[2]);

// Of one type of maps. Must not move, as the context borrows from it.
struct live_hasher {
    bool is_ready;            // false: `why`
    const char *why;          // keys of this kind cannot be hashed here
    bool is_plain;            // keys lie in their bytes: they can be hashed as they were read
    uint8_t address_bytes;    // of the program
    struct map_key_form form; // as keys are laid in this process: a string has 16 bytes
    const struct hmap_kind *kind;
    struct swiss_type type;
    struct swiss_context context;
};

// `arena` keeps what the hasher borrows.
MUST_USE struct error *live_hasher_open(struct live_hasher *hasher, const struct live_schedule *schedule,
                                        struct type_maker *maker, const struct map_shape *shape,
                                        struct arena *arena);

// Lets a hasher that is ready go on with another schedule of the same algorithm.
void live_hasher_schedule(struct live_hasher *hasher, const struct live_schedule *schedule);

// The hash of a key: its bytes as Go has them, strings as {address in this process, length}. False: it has none that
// is the same twice (a NaN), or the hasher is not ready.
bool live_hash(struct live_hasher *hasher, const void *key, uint64_t seed, uint64_t *hash);

// What a slot has of the hash: its tophash, or the low seven bits that are its control byte.
uint8_t live_hash_mark(const struct map_shape *shape, uint64_t hash);

// A string as the program has it, which still lies there.
struct hmap_string live_hasher_string(const struct live_hasher *hasher, const uint8_t *theirs);

// Brings the string that the program's key is (MAP_KEY_STRING) into `text`, and makes a key of 16 bytes of it. False: it
// cannot be read, or is longer.
bool live_key_import_string(const struct live_hasher *hasher, const uint8_t *theirs, uint8_t *key,
                            struct memory *memory, char *text, size_t text_bytes);

// Reads what a person typed as a key of that form: 42, -7, 0xff, true, "text" (or text without quotes where the
// key is a string), {1, 2, "a"} for structs and arrays. `bytes` has room for form->size_bytes; texts of strings go
// into the arena. On failure *why says what was expected.
bool live_key_parse(const struct map_key_form *form, const char *text, uint8_t *bytes, struct arena *arena,
                    const char **why);

#endif
