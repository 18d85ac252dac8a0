// SPDX-License-Identifier: MIT
#include "gomap/pages.h"

#include "base/secret.h"
#include "base/vec.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 4096, // no mapping is finer
    SLAB_PAGES = 64,
    BRING_BYTES_MOST = 64 << 10, // of one place
    PAST_BYTES = 32 << 10,       // larger reads go past the pages
    RUN_PAGES = 512,             // brought with one call
};

// A page that is here. Number 0 is a free slot: nothing can be read at address 0.
struct page_slot {
    uint64_t number;
    uint32_t place; // in the slabs; PAGE_ABSENT: it cannot be read
};

#define PAGE_ABSENT UINT32_MAX

struct page_cache {
    struct memory *memory;
    uint64_t
        secret; // of the slots' hashes: a core must not be able to choose pages that all fall into one place
    struct page_slot *slots;
    size_t slots_count; // a power of two
    size_t used, most_pages;
    VEC(uint8_t *) slabs;
    size_t places_used;
    struct pages_work work;
};

static size_t first_slot(const struct page_cache *pages, uint64_t number)
{
    return (size_t)secret_hash_number(pages->secret, number) & (pages->slots_count - 1);
}

static struct page_slot *slot_of(const struct page_cache *pages, uint64_t number)
{
    size_t at = first_slot(pages, number);
    while (pages->slots[at].number && pages->slots[at].number != number)
        at = (at + 1) & (pages->slots_count - 1);
    return &pages->slots[at];
}

struct error *pages_open(struct memory *memory, size_t most_bytes, struct page_cache **result)
{
    struct page_cache *pages = calloc(1, sizeof(*pages));
    *result = NULL;
    if (!pages)
        return &error_out_of_memory;
    pages->memory = memory;
    secret_draw(&pages->secret, sizeof(pages->secret));
    pages->most_pages = (most_bytes < 1 << 20 ? 1 << 20 : most_bytes) / PAGE_BYTES;
    // Twice what is kept, and what one pages_bring may add to that.
    pages->slots_count = 1024;
    while (pages->slots_count < 2 * (pages->most_pages + 2 * RUN_PAGES))
        pages->slots_count *= 2;
    pages->slots = calloc(pages->slots_count, sizeof(*pages->slots));
    if (!pages->slots) {
        pages_close(pages);
        return &error_out_of_memory;
    }
    *result = pages;
    return NULL;
}

void pages_close(struct page_cache *pages)
{
    if (!pages)
        return;
    vec_foreach (uint8_t **, slab, &pages->slabs)
        free(*slab);
    vec_free(&pages->slabs);
    free(pages->slots);
    free(pages);
}

void pages_forget(struct page_cache *pages)
{
    if (pages->used)
        memset(pages->slots, 0, pages->slots_count * sizeof(*pages->slots));
    pages->used = pages->places_used = 0;
}

static uint8_t *place_bytes(const struct page_cache *pages, uint32_t place)
{
    return pages->slabs.data[place / SLAB_PAGES] + (size_t)(place % SLAB_PAGES) * PAGE_BYTES;
}

static bool place_take(struct page_cache *pages, uint32_t *place)
{
    if (pages->places_used == pages->slabs.length * SLAB_PAGES) {
        uint8_t *slab = malloc((size_t)SLAB_PAGES * PAGE_BYTES);
        if (!slab || !vec_push(&pages->slabs, slab)) {
            free(slab);
            return false;
        }
    }
    *place = (uint32_t)pages->places_used++;
    return true;
}

// Pages that are being brought.
struct page_run {
    uint64_t numbers[RUN_PAGES];
    uint32_t places[RUN_PAGES];
    struct memory_range ranges[RUN_PAGES];
    size_t count;
};

static void run_read(struct page_cache *pages, struct page_run *run)
{
    if (!run->count)
        return;
    memory_read_ranges(pages->memory, run->ranges, run->count);
    pages->work.calls++;
    for (size_t i = 0; i < run->count; i++) {
        slot_of(pages, run->numbers[i])->place = run->ranges[i].is_read ? run->places[i] : PAGE_ABSENT;
        pages->work.bytes += run->ranges[i].is_read ? PAGE_BYTES : 0;
    }
    run->count = 0;
}

static bool run_add(struct page_cache *pages, struct page_run *run, uint64_t number)
{
    struct page_slot *slot = slot_of(pages, number);
    if (slot->number || !number)
        return true;
    uint32_t place;
    if (!place_take(pages, &place))
        return false;
    *slot = (struct page_slot){number, PAGE_ABSENT};
    pages->used++;
    run->numbers[run->count] = number;
    run->places[run->count] = place;
    run->ranges[run->count++] = (struct memory_range){
        .address = number * PAGE_BYTES, .buffer = place_bytes(pages, place), .size_bytes = PAGE_BYTES};
    if (run->count == RUN_PAGES)
        run_read(pages, run);
    return true;
}

static int compare_places(const void *left, const void *right)
{
    const struct pages_place *a = left, *b = right;
    return (a->address > b->address) - (a->address < b->address);
}

// By address: the kernel then finds its way with fewer steps, and a run has neighbours.
static void bring_sorted(struct page_cache *pages, struct page_run *run, struct pages_place *places,
                         size_t count)
{
    qsort(places, count, sizeof(*places), compare_places);
    for (size_t i = 0; i < count; i++) {
        uint64_t last,
            size = places[i].size_bytes < BRING_BYTES_MOST ? places[i].size_bytes : BRING_BYTES_MOST;
        if (!size || __builtin_add_overflow(places[i].address, size - 1, &last))
            continue;
        for (uint64_t number = places[i].address / PAGE_BYTES; number <= last / PAGE_BYTES; number++)
            if (pages->used >= pages->most_pages + RUN_PAGES || !run_add(pages, run, number))
                return; // the rest is read when it is needed
    }
}

void pages_bring(struct page_cache *pages, const struct pages_place *places, size_t count)
{
    struct page_run *run = malloc(sizeof(*run));
    struct pages_place *sorted = count ? reallocarray(NULL, count, sizeof(*sorted)) : NULL;
    if (pages->used >= pages->most_pages)
        pages_forget(pages);
    if (run && sorted) {
        run->count = 0;
        memcpy(sorted, places, count * sizeof(*sorted));
        bring_sorted(pages, run, sorted, count);
        run_read(pages, run);
    }
    free(sorted);
    free(run);
}

// The bytes of a page, brought when it is missing; NULL: it cannot be read.
static const uint8_t *page_bytes(struct page_cache *pages, uint64_t number)
{
    struct page_slot *slot = slot_of(pages, number);
    if (!number)
        return NULL;
    if (!slot->number) {
        uint32_t place;
        if (pages->used >= pages->most_pages + RUN_PAGES) {
            pages_forget(pages);
            slot = slot_of(pages, number);
        }
        if (!place_take(pages, &place))
            return NULL;
        struct memory_range range = {
            .address = number * PAGE_BYTES, .buffer = place_bytes(pages, place), .size_bytes = PAGE_BYTES};
        bool is_read = memory_read_ranges(pages->memory, &range, 1) == 1;
        pages->work.calls++;
        pages->work.bytes += is_read ? PAGE_BYTES : 0;
        *slot = (struct page_slot){number, is_read ? place : PAGE_ABSENT};
        pages->used++;
    }
    return slot->place == PAGE_ABSENT ? NULL : place_bytes(pages, slot->place);
}

size_t pages_read_now(struct page_cache *pages, struct memory_range *ranges, size_t count)
{
    size_t done = memory_read_ranges(pages->memory, ranges, count);
    pages->work.calls += count > 0;
    for (size_t i = 0; i < count; i++)
        pages->work.bytes += ranges[i].is_read ? ranges[i].size_bytes : 0;
    return done;
}

bool pages_read(struct page_cache *pages, uint64_t address, void *buffer, size_t size_bytes)
{
    uint64_t last;
    if (!size_bytes)
        return true;
    if (__builtin_add_overflow(address, (uint64_t)size_bytes - 1, &last))
        return false;
    if (size_bytes >= PAST_BYTES) {
        struct memory_range range = {.address = address, .buffer = buffer, .size_bytes = size_bytes};
        return pages_read_now(pages, &range, 1) == 1;
    }
    for (size_t done = 0; done < size_bytes;) {
        const uint8_t *page = page_bytes(pages, (address + done) / PAGE_BYTES);
        const size_t from = (size_t)((address + done) % PAGE_BYTES);
        const size_t left = size_bytes - done, piece = left < PAGE_BYTES - from ? left : PAGE_BYTES - from;
        if (!page)
            return false;
        memcpy((uint8_t *)buffer + done, page + from, piece);
        done += piece;
    }
    return true;
}

struct pages_work pages_work(const struct page_cache *pages)
{
    return pages->work;
}
