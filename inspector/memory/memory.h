// SPDX-License-Identifier: MIT
// Memory that can be read by address: of a process, of a core, of the image that a file describes.
//
//     memory_read ─► process   process_vm_readv, else /proc/PID/mem; the process is neither stopped nor
//     attached to
//                    core      PT_LOAD of the core; constants that it leaves out, PT_LOAD of the executable
//                    file      PT_LOAD of the file, at the addresses it was linked for
//
// Addresses and lengths come from hostile places: a range that wraps round or leaves what is mapped is an
// error of that range and of nothing else. Reads are whole or fail: a buffer is to be used only when its read
// has succeeded.
//
// Two threads may read one memory at the same time.
#ifndef STRATA_MEMORY_MEMORY_H
#define STRATA_MEMORY_MEMORY_H

#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct memory;

// A range to read. `buffer` has room for size_bytes.
struct memory_range {
    uint64_t address;
    void *buffer;
    size_t size_bytes;
    bool is_read; // filled in: all of it was read
};

// The memory of a process, our own included. Errors: no such process, no right to read it, with the rule that
// denies it.
MUST_USE struct error *memory_open_process(pid_t pid, struct memory **memory);

// The segments of an ELF file as the file holds them, moved by `bias` (0: as it was linked). What is zero in
// memory and not in the file (.bss) reads as zeros.
FOR_TESTS MUST_USE struct error *memory_open_file(const char *path, uint64_t bias, struct memory **memory);

// An ELF core. `executable` is the program that left it, or NULL: what the core leaves out cannot be read
// then; `bias` moves it, as for memory_open_file. Bytes of a core that was cut short cannot be read, others
// can.
MUST_USE struct error *memory_open_core(const char *path, const char *executable, uint64_t bias,
                                        struct memory **memory);

void memory_close(struct memory *memory); // NULL is fine

// Reads a range whole. The error names where it is from, the address and why.
MUST_USE struct error *memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size_bytes);

// Reads many ranges with as few calls as it takes; each may fail alone. Returns how many were read.
size_t memory_read_ranges(struct memory *memory, struct memory_range *ranges, size_t count);

#endif
