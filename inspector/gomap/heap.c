// SPDX-License-Identifier: MIT
// The spans of the allocator (Go's runtime/mheap.go): mheap_.allspans is a slice of pointers to mspan.
#include "gomap/heap_parts.h"

#include "base/go_size_class.h"

#include <stdlib.h>
#include <string.h>

enum {
    PAGE_BYTES = 8192, // of Go's allocator, on all machines
    SPANS_MOST = 1 << 23,
    SPANS_A_CALL = 1024,
    SPAN_BYTES_MOST = 1024,
    SAMPLE = 32,
    // mspan.state: mSpanDead, mSpanInUse, mSpanManual
    STATE_DEAD = 0,
    STATE_IN_USE = 1,
    STATE_MANUAL = 2,
};

// ---- one mspan --------------------------------------------------------------------------------------------

// Decodes an mspan; false: it cannot be one. A dead one has state HEAP_SPAN_FREE.
static bool decode_span(const struct go_runtime *runtime, const uint8_t *bytes,
                        struct heap_span_record *record)
{
    const struct go_heap_layout *layout = &runtime->heap;
    unsigned word = runtime->facts.word_bytes;
    uint64_t pages = runtime_word(runtime, bytes + layout->pages), last;
    struct heap_span *span = &record->span;
    uint8_t state = bytes[layout->state], class_byte = bytes[layout->class_byte];
    *record = (struct heap_span_record){
        .span = {.base = runtime_word(runtime, bytes + layout->start),
                 .elem_bytes = runtime_word(runtime, bytes + layout->elem_bytes),
                 .elements = (uint32_t)runtime_number(runtime, bytes + layout->elements, layout->count_bytes),
                 .allocated = (uint32_t)runtime_number(runtime, bytes + layout->allocated, 2),
                 .has_pointers = !(class_byte & 1)},
        .alloc_bits = runtime_word(runtime, bytes + layout->alloc_bits),
        .freeindex = (uint32_t)runtime_number(runtime, bytes + layout->freeindex, layout->count_bytes)};
    if (state > STATE_MANUAL)
        return false;
    if (state == STATE_DEAD)
        return true;
    if (!span->base || span->base % PAGE_BYTES || !pages || pages > UINT64_MAX / PAGE_BYTES ||
        __builtin_add_overflow(span->base, pages * PAGE_BYTES - 1, &last))
        return false;
    span->size_bytes = pages * PAGE_BYTES;
    span->state = state == STATE_IN_USE ? HEAP_SPAN_IN_USE : HEAP_SPAN_MANUAL;
    if (span->state == HEAP_SPAN_MANUAL) {
        span->elements = span->allocated = 0;
        return true;
    }
    if (!span->elem_bytes || span->elem_bytes > span->size_bytes || !span->elements ||
        span->elements > span->size_bytes / span->elem_bytes)
        return false;
    bool is_large = class_byte >> 1 == 0;
    if (is_large && layout->has_large_type && layout->large_type + word <= layout->span_bytes)
        span->large_type = runtime_word(runtime, bytes + layout->large_type);
    return true;
}

// ---- all of them ------------------------------------------------------------------------------------------

struct span_list {
    uint64_t address, count; // of the array of pointers
};

// How many of a sample of the list's entries are spans, in use among them; 0 as soon as one is none.
static size_t spans_among(const struct go_runtime *runtime, const struct span_list *list)
{
    unsigned word = runtime->facts.word_bytes;
    size_t in_use = 0;
    for (uint64_t i = 0; i < SAMPLE && i < list->count; i++) {
        uint8_t pointer[8], bytes[SPAN_BYTES_MOST];
        struct heap_span_record record;
        uint64_t index = list->count <= SAMPLE ? i : i * (list->count - 1) / (SAMPLE - 1);
        if (!runtime_try(runtime, list->address + index * word, pointer, word) ||
            !runtime_try(runtime, runtime_word(runtime, pointer), bytes, runtime->heap.span_bytes) ||
            !decode_span(runtime, bytes, &record))
            return 0;
        in_use += record.span.state == HEAP_SPAN_IN_USE;
    }
    return in_use;
}

// Takes three words for a slice of pointers to spans.
static bool is_span_list(const struct go_runtime *runtime, const uint8_t *words, struct span_list *list)
{
    unsigned word = runtime->facts.word_bytes;
    uint64_t capacity = runtime_word(runtime, words + 2 * word);
    *list = (struct span_list){runtime_word(runtime, words), runtime_word(runtime, words + word)};
    return list->address && list->address % word == 0 && list->count && list->count <= capacity &&
           capacity <= UINT32_MAX && spans_among(runtime, list) > 0;
}

// Without debug information: the longest slice of spans among the runtime's variables.
static bool search_list(const struct go_runtime *runtime, struct go_region region, struct span_list *best)
{
    enum { PIECE = 1 << 16, SEARCHED_MOST = 256 << 20 };
    unsigned word = runtime->facts.word_bytes;
    uint8_t *piece = malloc(PIECE);
    bool is_found = false;
    for (uint64_t at = region.begin; piece && at < region.end && at - region.begin < SEARCHED_MOST;
         at += PIECE - 3 * word) {
        size_t length = region.end - at < PIECE ? (size_t)(region.end - at) : PIECE;
        if (!runtime_try(runtime, at, piece, length))
            continue;
        for (size_t i = 0; i + 3 * word <= length; i += word) {
            struct span_list list;
            if (is_span_list(runtime, piece + i, &list) && (!is_found || list.count > best->count))
                *best = list, is_found = true;
        }
    }
    free(piece);
    return is_found;
}

struct variable_search {
    const char *name;
    uint64_t address;
};

static struct error *take_variable(void *context, const struct type_source_variable *variable)
{
    struct variable_search *search = context;
    if (variable->address_known && variable->name && !strcmp(variable->name, search->name))
        search->address = variable->address;
    return NULL;
}

// The heap's struct: by its symbol, else by its variable in the debug information.
static uint64_t find_mheap(const struct go_runtime *runtime, uint64_t *size_bytes)
{
    uint64_t address;
    *size_bytes = 0;
    if (go_runtime_find_symbol(runtime, "runtime.mheap_", &address, size_bytes))
        return address;
    struct variable_search search = {.name = "runtime.mheap_"};
    if (runtime->source)
        error_free(type_source_variables(runtime->source, take_variable, &search));
    return search.address ? search.address + runtime->target->bias : 0;
}

static bool find_list(const struct go_runtime *runtime, struct span_list *list)
{
    uint8_t words[24];
    uint64_t size_bytes, mheap = find_mheap(runtime, &size_bytes);
    const struct go_region *regions = runtime->facts.regions;
    if (mheap && runtime->heap.has_allspans &&
        runtime_try(runtime, mheap + runtime->heap.allspans, words, 3 * (size_t)runtime->facts.word_bytes) &&
        is_span_list(runtime, words, list))
        return true;
    if (mheap && size_bytes && search_list(runtime, (struct go_region){mheap, mheap + size_bytes}, list))
        return true;
    return search_list(runtime, regions[GO_NOPTRBSS], list) || search_list(runtime, regions[GO_BSS], list);
}

static int record_compare(const void *left, const void *right)
{
    const struct heap_span_record *a = left, *b = right;
    if (a->span.base != b->span.base)
        return a->span.base < b->span.base ? -1 : 1;
    return (a->span.size_bytes < b->span.size_bytes) - (a->span.size_bytes > b->span.size_bytes);
}

// Reads `count` spans, whose addresses are here, and keeps those that are there.
static bool read_some(struct go_heap *heap, const uint8_t *pointers, size_t count, uint8_t *bytes,
                      struct memory_range *ranges)
{
    const struct go_runtime *runtime = heap->runtime;
    size_t span_bytes = runtime->heap.span_bytes;
    for (size_t i = 0; i < count; i++)
        ranges[i] = (struct memory_range){runtime_word(runtime, pointers + i * runtime->facts.word_bytes),
                                          bytes + i * span_bytes, span_bytes, false};
    memory_read_ranges(runtime->target->memory, ranges, count);
    for (size_t i = 0; i < count; i++) {
        struct heap_span_record record;
        if (ranges[i].is_read && decode_span(runtime, ranges[i].buffer, &record) &&
            record.span.state != HEAP_SPAN_FREE)
            heap->spans[heap->spans_count++] = record;
    }
    return true;
}

static struct error *read_spans(struct go_heap *heap, const struct span_list *list)
{
    const struct go_runtime *runtime = heap->runtime;
    unsigned word = runtime->facts.word_bytes;
    size_t count = list->count < SPANS_MOST ? (size_t)list->count : SPANS_MOST;
    uint8_t *pointers = malloc(SPANS_A_CALL * (size_t)word);
    uint8_t *bytes = malloc(SPANS_A_CALL * (size_t)runtime->heap.span_bytes);
    struct memory_range *ranges = calloc(SPANS_A_CALL, sizeof(*ranges));
    bool has_room = pointers && bytes && ranges;
    VEC(struct heap_span_record) records = {0};
    for (size_t first = 0; has_room && first < count; first += SPANS_A_CALL) {
        size_t some = count - first < SPANS_A_CALL ? count - first : SPANS_A_CALL;
        if (!runtime_try(runtime, list->address + first * word, pointers, some * word))
            continue; // of a core that was cut short
        has_room = vec_reserve(&records, some);
        heap->spans = records.data;
        heap->spans_count = records.length;
        if (has_room)
            read_some(heap, pointers, some, bytes, ranges);
        records.length = heap->spans_count;
    }
    free(pointers);
    free(bytes);
    free(ranges);
    if (!has_room)
        return &error_out_of_memory;
    if (heap->spans_count)
        qsort(heap->spans, heap->spans_count, sizeof(*heap->spans), record_compare);
    size_t kept = 0;
    for (size_t i = 0; i < heap->spans_count; i++) {
        struct heap_span_record record = heap->spans[i];
        const struct heap_span *before = kept ? &heap->spans[kept - 1].span : NULL;
        if (!before || record.span.base - before->base >= before->size_bytes)
            heap->spans[kept++] = record;
    }
    heap->spans_count = kept;
    return NULL;
}

struct error *go_heap_open(const struct go_runtime *runtime, struct go_types *types, struct go_heap **result)
{
    enum { PAGES_BYTES_MOST = 64 << 20 };
    struct span_list list;
    *result = NULL;
    struct go_heap *heap = calloc(1, sizeof(*heap));
    if (!heap)
        return &error_out_of_memory;
    heap->runtime = runtime;
    heap->types = types;
    struct error *error = pages_open(runtime->target->memory, PAGES_BYTES_MOST, &heap->pages);
    if (!error)
        error = go_types_maps(types, &heap->maps, &heap->maps_count);
    if (!error && find_list(runtime, &list))
        error = read_spans(heap, &list);
    if (error) {
        go_heap_close(heap);
        return error;
    }
    for (size_t i = 0; i < heap->maps_count; i++) {
        heap->has_swiss |= heap->maps[i]->is_swiss;
        heap->has_classic |= !heap->maps[i]->is_swiss;
    }
    if (!heap->maps_count)
        heap->has_swiss = heap->has_classic = true;
    heap->has_swiss &= runtime->facts.swiss.size_bytes > 0;
    heap->has_classic &= runtime->facts.classic.size_bytes > 0;
    *result = heap;
    return NULL;
}

void go_heap_close(struct go_heap *heap)
{
    if (!heap)
        return;
    pages_close(heap->pages);
    free(heap->spans);
    free(heap);
}

// ---- asking -----------------------------------------------------------------------------------------------

size_t go_heap_spans_count(const struct go_heap *heap)
{
    return heap->spans_count;
}

const struct heap_span_record *heap_record_of(const struct go_heap *heap, uint64_t address)
{
    size_t low = 0, high = heap->spans_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct heap_span *span = &heap->spans[middle].span;
        if (address < span->base)
            high = middle;
        else if (address - span->base >= span->size_bytes)
            low = middle + 1;
        else
            return &heap->spans[middle];
    }
    return NULL;
}

bool go_heap_span_of(const struct go_heap *heap, uint64_t address, struct heap_span *span)
{
    const struct heap_span_record *record = heap_record_of(heap, address);
    if (record)
        *span = record->span;
    return record != NULL;
}

// Objects below freeindex are taken; above it the bit says so (runtime/mbitmap.go, isFree).
static bool is_allocated(const struct go_heap *heap, const struct heap_span_record *record, uint64_t index)
{
    uint8_t bits;
    return index < record->freeindex ||
           (runtime_try(heap->runtime, record->alloc_bits + index / 8, &bits, 1) && bits >> index % 8 & 1);
}

bool go_heap_object_of(const struct go_heap *heap, uint64_t address, uint64_t *base, uint64_t *size_bytes,
                       bool *is_taken)
{
    const struct heap_span_record *record = heap_record_of(heap, address);
    if (!record || record->span.state != HEAP_SPAN_IN_USE)
        return false;
    const struct heap_span *span = &record->span;
    uint64_t index = (address - span->base) / span->elem_bytes;
    if (index >= span->elements)
        return false;
    *base = span->base + index * span->elem_bytes;
    *size_bytes = span->elem_bytes;
    *is_taken = is_allocated(heap, record, index);
    return true;
}

bool heap_begins_at(const struct go_heap *heap, uint64_t address, uint64_t *size_bytes,
                    const struct heap_span_record **record)
{
    unsigned word = heap_word_bytes(heap);
    *record = NULL;
    if (!address || address % word)
        return false;
    if (!heap->spans_count) {
        const struct target_mapping *mapping = memory_target_mapping_at(heap->runtime->target, address);
        if (!mapping || !mapping->is_writable)
            return false;
        *size_bytes = mapping->size_bytes - (address - mapping->address);
        return true;
    }
    *record = heap_record_of(heap, address);
    if (!*record || (*record)->span.state != HEAP_SPAN_IN_USE)
        return false;
    uint64_t offset = (address - (*record)->span.base) % (*record)->span.elem_bytes;
    if ((offset && offset != SIZE_CLASS_GO_HEADER_BYTES) ||
        (address - (*record)->span.base) / (*record)->span.elem_bytes >= (*record)->span.elements)
        return false;
    *size_bytes = (*record)->span.elem_bytes - offset;
    return true;
}
