// SPDX-License-Identifier: MIT
// Memory of a program, kept by pages: what follows pointers reads thousands of small things, most of which lie
// next to each other.
//
//     pages_bring(all places of a step)   one call of the system for all pages that are missing
//     pages_read(each)                    from what is here; what is missing is read alone
//
// What is here is as old as its first read: pages_forget before looking again. Large reads go past the pages.
// Belongs to one thread.
#ifndef STRATA_GOMAP_PAGES_H
#define STRATA_GOMAP_PAGES_H

#include "base/error.h"
#include "memory/memory.h"

struct page_cache;

struct pages_place {
    uint64_t address;
    uint64_t size_bytes;
};

// `memory` is borrowed. At most some `most_bytes` are kept (at least 1 MiB): beyond, all are forgotten at the
// next pages_bring.
MUST_USE struct error *pages_open(struct memory *memory, size_t most_bytes, struct page_cache **pages);
void pages_close(struct page_cache *pages); // NULL is fine
void pages_forget(struct page_cache *pages);

// Loads what is missing of the places, of each its first 64 KiB at most. What cannot be read is noted as such.
void pages_bring(struct page_cache *pages, const struct pages_place *places, size_t count);

// False: not all of it can be read, or memory is short.
bool pages_read(struct page_cache *pages, uint64_t address, void *buffer, size_t size_bytes);

// As memory_read_ranges: from the program, past all pages.
size_t pages_read_now(struct page_cache *pages, struct memory_range *ranges, size_t count);

struct pages_work {
    uint64_t calls, bytes; // of reads from the program
};

struct pages_work pages_work(const struct page_cache *pages);

#endif
