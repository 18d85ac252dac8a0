// SPDX-License-Identifier: MIT
// A program as it runs, or as it ran when it left a core: its memory, the file that it was started from, and where
// the system put that file.
//
//     4711       /proc/4711/mem, /proc/4711/exe (also of a container, and when the file is gone), /proc/4711/auxv
//     a core     its segments; NT_AUXV, NT_FILE; the executable: as named, else where NT_FILE says
//
// The file and the memory are proved to belong together by the notes (build ids) that are in both. Nothing here
// stops the program.
#ifndef STRATA_MEMORY_TARGET_H
#define STRATA_MEMORY_TARGET_H

#include "base/error.h"
#include "base/notices.h"
#include "memory/memory.h"
#include "memory/memory_history.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// A run of addresses with the same rights.
struct target_mapping {
    uint64_t address, size_bytes; // more than 0, does not wrap round
    uint64_t held_bytes;          // of a core: how many of its first bytes are in it; of a process: all
    bool is_readable, is_writable;
    bool is_of_file; // what the system says: not anonymous
};

// What a recording says besides the memory.
struct recorded_facts {
    uint8_t *vector; // owned: the auxiliary vector
    size_t vector_bytes;
    uint64_t subject; // what was looked at: an address
    uint32_t pid;
};

struct memory_target {
    struct memory *memory; // owned
    // What is recorded or replayed (target_recording.h): `memory` reads through it. NULL: neither.
    struct memory_history *history; // closed with `memory`
    struct memory *under;           // owned: what is recorded; NULL: a recording is replayed
    struct recorded_facts recorded;
    pid_t pid;  // 0: a core
    char *name; // for messages: "process 4711", the core's path
    // The program file, to be opened: "/proc/4711/exe", or a path. NULL: the file of a core was not found, or was
    // another one (a notice says which).
    char *executable;
    char *executable_name; // as the program was called when it was started; NULL: unknown
    uint64_t bias;         // add it to an address of the file: 0 unless it is a PIE
    uint16_t machine;      // EM_*
    unsigned address_bits;
    bool big_endian;
    struct target_mapping *mappings; // owned, by address, without overlaps
    size_t mappings_count;
    struct notices notices; // what is missing and did not stop the opening: "core: cut short: …"
};

struct target_options {
    bool is_recorded;       // all that is read of a process is kept, for memory_recording_write
    bool salvages;          // of a recording that was cut short what is whole
    const char *executable; // take this file; NULL: find it. Another one than what runs is an error
};

// Opens a process (`name` is all digits), a core or a recording. *target is the caller's. Errors, one line each: no such
// process, the rule that denies the reading of it, no core, `executable` is not what runs.
MUST_USE struct error *memory_target_open(const char *name, const struct target_options *options,
                                          struct memory_target **target);

void memory_target_close(struct memory_target *target); // NULL is fine

// The mapping that holds the address; NULL: none. Thread-safe.
const struct target_mapping *memory_target_mapping_at(const struct memory_target *target, uint64_t address);

// The first mapping that ends behind the address; NULL: none. For walking what is mapped of a range. Thread-safe.
const struct target_mapping *memory_target_mapping_from(const struct memory_target *target, uint64_t address);

// Whether a process still is the one that was opened, and runs. Of a core always true.
bool memory_target_is_there(const struct memory_target *target);

#endif
