// SPDX-License-Identifier: MIT
// Walks all objects that can be a map's header, and all words that can be a root.
#include "gomap/heap_parts.h"

#include "base/go_size_class.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES_MOST = 64, PAGE_BYTES = 8192, PAGES_A_STEP = 64 };

// Bytes of a header, of the larger of the two kinds that the program may have.
static unsigned header_bytes(const struct go_heap *heap)
{
    unsigned swiss = heap->has_swiss ? heap->runtime->facts.swiss.size_bytes : 0;
    unsigned classic = heap->has_classic ? heap->runtime->facts.classic.size_bytes : 0;
    unsigned most = swiss > classic ? swiss : classic;
    return most <= HEADER_BYTES_MOST ? most : 0;
}

// What the allocator gives for a header of the kind.
static bool is_header_object(const struct go_heap *heap, uint64_t elem_bytes)
{
    return (heap->has_swiss && elem_bytes == size_class_go_bytes(heap->runtime->facts.swiss.size_bytes)) ||
           (heap->has_classic && elem_bytes == size_class_go_bytes(heap->runtime->facts.classic.size_bytes));
}

static bool test_header(struct go_heap *heap, uint64_t address, const uint8_t *header, uint64_t rtype,
                        struct heap_map *map)
{
    struct heap_slots slots;
    bool is_map = (heap->has_swiss && heap_test_swiss(heap, address, header, map, &slots)) ||
                  (heap->has_classic && heap_test_classic(heap, address, header, map, &slots));
    return is_map && heap_type_map(heap, &slots, rtype, map);
}

bool go_heap_probe(struct go_heap *heap, uint64_t address, uint64_t rtype, struct heap_map *map)
{
    uint8_t header[HEADER_BYTES_MOST] = {0};
    struct memory_range range = {.address = address, .buffer = header, .size_bytes = header_bytes(heap)};
    if (!range.size_bytes || address % heap_word_bytes(heap) || pages_read_now(heap->pages, &range, 1) != 1)
        return false;
    pages_forget(heap->pages);
    return test_header(heap, address, header, rtype, map);
}

// ---- the heap ---------------------------------------------------------------------------------------------

// What a header would point to first; 0: nothing. For bringing it in many at a time.
static uint64_t first_target(const struct go_heap *heap, const uint8_t *header)
{
    const struct go_runtime_facts *facts = &heap->runtime->facts;
    unsigned offset = heap->has_swiss ? facts->swiss.dir_pointer : facts->classic.buckets;
    return runtime_word(heap->runtime, header + offset);
}

struct heap_step {
    uint8_t *bytes; // PAGES_A_STEP pages
    struct memory_range ranges[PAGES_A_STEP];
    const struct heap_span_record *records[PAGES_A_STEP]; // NULL: spans are not known
    size_t count;
};

static uint64_t elem_bytes_of(const struct go_heap *heap, const struct heap_span_record *record)
{
    return record ? record->span.elem_bytes : size_class_go_bytes(header_bytes(heap));
}

// Calls test for the objects of all pages that were read.
static void bring_targets(struct go_heap *heap, const struct heap_step *step)
{
    enum { PLACES_MOST = 4096 };
    struct pages_place *places = malloc(PLACES_MOST * sizeof(*places));
    size_t count = 0;
    for (size_t page = 0; places && page < step->count; page++) {
        uint64_t elem_bytes = elem_bytes_of(heap, step->records[page]);
        const struct memory_range *range = &step->ranges[page];
        for (uint64_t at = 0; range->is_read && at + header_bytes(heap) <= range->size_bytes;
             at += elem_bytes) {
            uint64_t target = first_target(heap, (const uint8_t *)range->buffer + at), size_bytes;
            const struct heap_span_record *record;
            // Only what may be read anyhow; all else is not worth a page.
            if (!target || count == PLACES_MOST || !heap_begins_at(heap, target, &size_bytes, &record))
                continue;
            uint64_t wanted = record ? size_bytes : 512;
            places[count++] = (struct pages_place){target, wanted < 4096 ? wanted : 4096};
        }
    }
    if (count)
        pages_bring(heap->pages, places, count);
    free(places);
}

static struct error *test_objects(struct go_heap *heap, const struct heap_step *step, heap_each_map each,
                                  void *context)
{
    unsigned bytes = header_bytes(heap);
    for (size_t page = 0; page < step->count; page++) {
        const struct heap_span_record *record = step->records[page];
        const struct memory_range *range = &step->ranges[page];
        uint64_t elem_bytes = elem_bytes_of(heap, record);
        for (uint64_t at = 0; range->is_read && at + bytes <= range->size_bytes; at += elem_bytes) {
            uint8_t header[HEADER_BYTES_MOST] = {0};
            struct heap_map map;
            uint64_t address = range->address + at, base, size_bytes;
            bool is_taken = true;
            memcpy(header, (const uint8_t *)range->buffer + at, bytes);
            if (!test_header(heap, address, header, 0, &map) ||
                (record && (!go_heap_object_of(heap, address, &base, &size_bytes, &is_taken) || !is_taken)))
                continue;
            RETURN_IF_ERROR(each(context, &map));
        }
    }
    return NULL;
}

static struct error *do_step(struct go_heap *heap, struct heap_step *step, heap_each_map each, void *context)
{
    if (!step->count)
        return NULL;
    pages_read_now(heap->pages, step->ranges, step->count);
    pages_forget(heap->pages);
    bring_targets(heap, step);
    struct error *error = test_objects(heap, step, each, context);
    step->count = 0;
    return error;
}

static struct error *add_page(struct go_heap *heap, struct heap_step *step, uint64_t address,
                              size_t size_bytes, const struct heap_span_record *record, heap_each_map each,
                              void *context)
{
    step->records[step->count] = record;
    step->ranges[step->count] =
        (struct memory_range){address, step->bytes + step->count * PAGE_BYTES, size_bytes, false};
    step->count++;
    return step->count == PAGES_A_STEP ? do_step(heap, step, each, context) : NULL;
}

static struct error *walk_spans(struct go_heap *heap, struct heap_step *step, heap_each_map each,
                                void *context)
{
    for (size_t i = 0; i < heap->spans_count; i++) {
        const struct heap_span_record *record = &heap->spans[i];
        const struct heap_span *span = &record->span;
        uint64_t size_bytes = span->elements * span->elem_bytes;
        if (span->state != HEAP_SPAN_IN_USE || !span->has_pointers ||
            !is_header_object(heap, span->elem_bytes) ||
            size_bytes > PAGE_BYTES) // spans of such small objects have one page
            continue;
        RETURN_IF_ERROR(add_page(heap, step, span->base, (size_t)size_bytes, record, each, context));
    }
    return do_step(heap, step, each, context);
}

// Where the spans are not known, any page of what the program may write to can be of the heap.
static struct error *walk_mappings(struct go_heap *heap, struct heap_step *step, heap_each_map each,
                                   void *context)
{
    const struct memory_target *target = heap->runtime->target;
    enum { WALKED_GB_MOST = 8 };
    uint64_t left = (uint64_t)WALKED_GB_MOST << 30;
    for (size_t i = 0; i < target->mappings_count; i++) {
        const struct target_mapping *mapping = &target->mappings[i];
        uint64_t begin = (mapping->address + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
        if (!mapping->is_writable || mapping->is_of_file || begin < mapping->address)
            continue;
        for (uint64_t at = begin; left && at - mapping->address + PAGE_BYTES <= mapping->held_bytes;
             at += PAGE_BYTES, left -= PAGE_BYTES)
            RETURN_IF_ERROR(add_page(heap, step, at, PAGE_BYTES, NULL, each, context));
    }
    return do_step(heap, step, each, context);
}

struct error *go_heap_maps(struct go_heap *heap, heap_each_map each, void *context)
{
    struct heap_step *step = header_bytes(heap) ? calloc(1, sizeof(*step)) : NULL;
    if (!header_bytes(heap))
        return NULL;
    if (step)
        step->bytes = malloc((size_t)PAGES_A_STEP * PAGE_BYTES);
    struct error *error = !step || !step->bytes ? &error_out_of_memory
                          : heap->spans_count   ? walk_spans(heap, step, each, context)
                                                : walk_mappings(heap, step, each, context);
    if (step)
        free(step->bytes);
    free(step);
    return error;
}

// ---- roots ------------------------------------------------------------------------------------------------

static bool may_be_header(const struct go_heap *heap, uint64_t pointer)
{
    uint64_t size_bytes;
    const struct heap_span_record *record;
    if (!heap_begins_at(heap, pointer, &size_bytes, &record))
        return false;
    return !record || (record->span.has_pointers && is_header_object(heap, record->span.elem_bytes) &&
                       (pointer - record->span.base) % record->span.elem_bytes == 0);
}

static struct error *take_root(struct go_heap *heap, uint64_t address, uint64_t pointer, heap_each_root each,
                               void *context)
{
    char name[256];
    struct heap_root root = {.address = address, .name = name};
    if (!may_be_header(heap, pointer) || !go_heap_probe(heap, pointer, 0, &root.map))
        return NULL;
    go_runtime_name_address(heap->runtime, address, name, sizeof(name));
    return each(context, &root);
}

// Walks what is mapped of a region: its bounds are the program's word.
static struct error *walk_region(struct go_heap *heap, struct go_region region, heap_each_root each,
                                 void *context)
{
    enum { PIECE = 1 << 16, WALKED_MOST = 1 << 30 };
    unsigned word = heap_word_bytes(heap);
    uint8_t *piece = malloc(PIECE);
    struct error *error = piece ? NULL : &error_out_of_memory;
    uint64_t walked = 0;
    for (uint64_t at = region.begin; !error && at < region.end && walked < WALKED_MOST;) {
        const struct target_mapping *mapping = memory_target_mapping_from(heap->runtime->target, at);
        if (!mapping || mapping->address >= region.end)
            break;
        at = at > mapping->address ? at : (mapping->address + word - 1) / word * word;
        if (at - mapping->address >= mapping->size_bytes)
            continue; // a mapping of less than a word: the next one ends behind `at`
        uint64_t left = mapping->size_bytes - (at - mapping->address);
        left = left < region.end - at ? left : region.end - at;
        size_t length = left < PIECE ? (size_t)left : PIECE;
        bool is_read = runtime_try(heap->runtime, at, piece, length);
        for (size_t i = 0; is_read && !error && i + word <= length; i += word)
            error = take_root(heap, at + i, runtime_word(heap->runtime, piece + i), each, context);
        walked += length;
        at += length;
    }
    free(piece);
    return error;
}

struct error *go_heap_roots(struct go_heap *heap, heap_each_root each, void *context)
{
    RETURN_IF_ERROR(walk_region(heap, heap->runtime->facts.regions[GO_DATA], each, context));
    return walk_region(heap, heap->runtime->facts.regions[GO_BSS], each, context);
}
