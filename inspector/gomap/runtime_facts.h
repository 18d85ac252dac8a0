// SPDX-License-Identifier: MIT
// What the runtime of a Go program says of itself, without a switch over Go's versions:
//
//     moduledata   found by its symbol, by .go.module, or by what it must look like; tells where code, types and
//                  variables are
//     layouts      offsets of the runtime's own structs, from the debug information where there is any; else those
//                  that Go 1.19 to 1.27 use, each proved on the memory before it is used
//
// Everything is read from a hostile place: what does not fit is an error or is left out.
//
//     memory_target ─► go_runtime ─┬─► go_types (rtype.h)   the types that the program carries
//                                  ├─► go_heap (heap.h)     spans, and every map in them
//                                  └─► roots (heap.h)       words of data and bss that hold a map
#ifndef STRATA_GOMAP_RUNTIME_FACTS_H
#define STRATA_GOMAP_RUNTIME_FACTS_H

#include "base/error.h"
#include "memory/target.h"
#include "source/type_source.h"
#include <stdbool.h>
#include <stdint.h>

struct go_runtime;

// Half-open, in memory (the bias is in it). begin == end: there is none.
struct go_region {
    uint64_t begin, end;
};

enum go_region_id { GO_TEXT, GO_NOPTRDATA, GO_DATA, GO_BSS, GO_NOPTRBSS, GO_TYPES, GO_REGIONS };

// The header of a map, as this program has it: offsets in bytes. Of a kind that the program does not use,
// size_bytes is 0. Where the debug information describes it, from there; else by Go's own word for its address
// size.
struct go_swiss_layout {
    uint16_t size_bytes; // of the header
    uint16_t used, seed, dir_pointer, dir_length, global_depth, global_shift, writing, clear_seq;
    uint16_t tombstone_possible; // from 1.25 on; 0: the program has none, or does not tell its version
    uint16_t table_bytes;
    uint16_t table_used, table_capacity, table_growth_left, table_local_depth, table_index, table_groups,
        table_mask;
};

struct go_classic_layout {
    uint16_t size_bytes; // 48, or 56 (noswissmap)
    uint16_t count, flags, B, noverflow, hash0, buckets, oldbuckets, nevacuate, extra;
    uint16_t clear_seq;   // of 56 bytes; else 0
    uint16_t extra_bytes; // mapextra: two pointers to slices of pointers, and a pointer
    uint16_t extra_overflow, extra_oldoverflow, extra_next_overflow;
};

struct go_runtime_facts {
    const char *version; // "go1.24.4"; NULL: the program does not tell
    unsigned word_bytes; // 4 or 8
    bool big_endian;
    uint64_t moduledata; // its address in memory
    struct go_region regions[GO_REGIONS];
    bool has_symbols; // names of variables are known
    bool has_debug;   // layouts are from the debug information
    struct go_swiss_layout swiss;
    struct go_classic_layout classic;
};

// `target` and `source` are borrowed until go_runtime_close; `source` is the executable's types, or NULL: a
// stripped program. Errors: ERROR_UNSUPPORTED for a program that is not Go's (no moduledata); a runtime that
// contradicts itself. *runtime is the caller's.
MUST_USE struct error *go_runtime_open(const struct memory_target *target, const struct type_source *source,
                                       struct go_runtime **runtime);
void go_runtime_close(struct go_runtime *runtime); // NULL is fine

// Borrowed, as long as the runtime lives. Thread-safe.
const struct go_runtime_facts *go_runtime_facts(const struct go_runtime *runtime);

// The variable of the symbol table that holds the address (of memory), and how far into it: for programs without
// debug information but with symbols (-ldflags=-w). NULL: none, or no symbols. Borrowed from the runtime. Fast.
const char *go_runtime_symbol_at(const struct go_runtime *runtime, uint64_t address, uint64_t *offset_bytes);

// The address (in memory) and size of the variable or function of that name; false: none, or no symbols.
bool go_runtime_find_symbol(const struct go_runtime *runtime, const char *name, uint64_t *address,
                            uint64_t *size_bytes);

// "bss+0x1b08b60": a name for an address of the program's data when there is no better one; the symbol's with
// "+0x10" behind it where there are symbols. Fills `text`, cut to size_bytes, and returns it.
char *go_runtime_name_address(const struct go_runtime *runtime, uint64_t address, char *text,
                              size_t size_bytes);

#endif
