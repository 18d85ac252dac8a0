// SPDX-License-Identifier: MIT
// The type of a map that no variable leads to:
//
//     proven   the allocator keeps the type of groups and buckets: in the 8 bytes before them (objects with pointers over
//              512 bytes, 128 on 32-bit machines) or in the span of a large object (Go 1.22 on, runtime/mbitmap.go)
//     likely   of all map types of the program one alone has slots of a size that the object and the control bytes
//              allow, and keys and elements that can be what is there
#include "gomap/heap_parts.h"

#include "base/go_size_class.h"

#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 8,
    CONTROL_EMPTY = 0x80,
    CONTROL_DELETED = 0xfe,
    TOPHASH_LIVE = 5,
    LOOKED_AT_MOST = 128, // groups or buckets
    SLOTS_BYTES_MOST = 8192,
    DEPTH_MOST = 8,
};

// ---- by the allocator -------------------------------------------------------------------------------------

// The rtype that stands where a malloc header is, or in the span; 0: neither.
static uint64_t said_type(struct go_heap *heap, uint64_t address, const struct heap_span_record *record)
{
    unsigned word = heap_word_bytes(heap);
    uint8_t before[8];
    if (record && record->span.large_type && address == record->span.base)
        return record->span.large_type;
    if (record && (address - record->span.base) % record->span.elem_bytes == 0)
        return 0; // the object begins here: nothing is before it
    return pages_read(heap->pages, address - SIZE_CLASS_GO_HEADER_BYTES, before, word)
               ? runtime_word(heap->runtime, before)
               : 0;
}

// ---- by content -------------------------------------------------------------------------------------------

// What speaks for a type: words that are pointers where it says so, more so to objects of the right size. Small
// numbers are not taken for pointers, nor pointers for numbers where a type explains them.
struct content {
    struct go_heap *heap;
    uint64_t evidence;
};

static bool can_be_pointer(struct go_heap *heap, uint64_t pointer)
{
    return !pointer || heap_record_of(heap, pointer) ||
           memory_target_mapping_at(heap->runtime->target, pointer);
}

// A pointer to `size_bytes` (0: unknown how many).
static bool can_point(struct content *content, uint64_t pointer, uint64_t size_bytes, bool has_pointers)
{
    struct go_heap *heap = content->heap;
    const struct heap_span_record *record = heap_record_of(heap, pointer);
    if (!pointer)
        return true;
    if (!record) {
        bool is_mapped = memory_target_mapping_at(heap->runtime->target, pointer) != NULL;
        content->evidence += is_mapped;
        return is_mapped;
    }
    const struct heap_span *span = &record->span;
    content->evidence++;
    if (span->state != HEAP_SPAN_IN_USE)
        return true; // on a stack
    uint64_t offset = (pointer - span->base) % span->elem_bytes;
    if (size_bytes > span->elem_bytes - offset || (has_pointers && !span->has_pointers))
        return false;
    bool is_whole =
        size_bytes && offset <= SIZE_CLASS_GO_HEADER_BYTES &&
        size_class_go_object_bytes(size_bytes, has_pointers, heap_word_bytes(heap)) == span->elem_bytes &&
        has_pointers == span->has_pointers;
    content->evidence += is_whole;
    return true;
}

static bool can_point_to(struct content *content, uint64_t pointer, uint64_t type)
{
    const struct rtype *to;
    struct error *error = rtype_at(content->heap->types, type, &to);
    error_free(error);
    return error ? can_be_pointer(content->heap, pointer)
                 : can_point(content, pointer, to->size_bytes, to->has_pointers);
}

static bool can_be_map(struct content *content, uint64_t pointer)
{
    const struct go_runtime_facts *facts = &content->heap->runtime->facts;
    return can_point(content, pointer,
                     content->heap->has_swiss ? facts->swiss.size_bytes : facts->classic.size_bytes, true);
}

// A pointer and how many bytes are behind it.
static bool can_be_run(struct content *content, uint64_t pointer, uint64_t count, uint64_t each_bytes,
                       bool has_pointers)
{
    uint64_t size_bytes;
    if (!count || !each_bytes)
        return can_be_pointer(content->heap, pointer);
    return pointer && !__builtin_mul_overflow(count, each_bytes, &size_bytes) && size_bytes <= INT64_MAX &&
           can_be_pointer(content->heap, pointer + size_bytes - 1) &&
           can_point(content, pointer, size_bytes, has_pointers);
}

static bool can_be_interface(struct content *content, const struct rtype *rtype, uint64_t first,
                             uint64_t data)
{
    struct go_heap *heap = content->heap;
    const struct go_region *types = &heap->runtime->facts.regions[GO_TYPES];
    if (!first)
        return !data;
    if (!rtype->has_methods && !(first >= types->begin && first < types->end) && !heap_record_of(heap, first))
        return false;
    return can_point(content, first, 0, false) && can_be_pointer(heap, data);
}

static bool is_plausible(struct content *content, const struct rtype *rtype, const uint8_t *bytes,
                         unsigned depth);

static bool can_be_parts(struct content *content, const struct rtype *rtype, const uint8_t *bytes,
                         unsigned depth)
{
    for (size_t i = 0; i < rtype->fields_count; i++) {
        const struct rtype *part;
        struct error *error = rtype_at(content->heap->types, rtype->fields[i].type, &part);
        error_free(error);
        if (!error && !is_plausible(content, part, bytes + rtype->fields[i].offset_bytes, depth + 1))
            return false;
    }
    return true;
}

// Whether a value of the type can have these bytes.
static bool is_plausible(struct content *content, const struct rtype *rtype, const uint8_t *bytes,
                         unsigned depth)
{
    const struct go_runtime *runtime = content->heap->runtime;
    unsigned word = runtime->facts.word_bytes;
    const struct rtype *elem = NULL;
    struct error *error;
    if (depth > DEPTH_MOST)
        return true;
    switch (rtype->kind) {
    case GO_BOOL:
        return bytes[0] <= 1;
    case GO_POINTER:
        return can_point_to(content, runtime_word(runtime, bytes), rtype->elem);
    case GO_MAP:
        return can_be_map(content, runtime_word(runtime, bytes));
    case GO_CHAN:
    case GO_FUNC:
    case GO_UNSAFE_POINTER:
        return can_point(content, runtime_word(runtime, bytes), 0, false);
    case GO_INTERFACE:
        return can_be_interface(content, rtype, runtime_word(runtime, bytes),
                                runtime_word(runtime, bytes + word));
    case GO_STRING:
        return can_be_run(content, runtime_word(runtime, bytes), runtime_word(runtime, bytes + word), 1,
                          false);
    case GO_SLICE:
        error = rtype_at(content->heap->types, rtype->elem, &elem);
        error_free(error);
        return runtime_word(runtime, bytes + word) <= runtime_word(runtime, bytes + 2 * word) &&
               can_be_run(content, runtime_word(runtime, bytes), runtime_word(runtime, bytes + 2 * word),
                          error ? 1 : elem->size_bytes, !error && elem->has_pointers);
    case GO_ARRAY:
        error = rtype_at(content->heap->types, rtype->elem, &elem);
        error_free(error);
        for (uint64_t i = 0; !error && elem->size_bytes && i < rtype->length && i < 64; i++) {
            if (!is_plausible(content, elem, bytes + i * elem->size_bytes, depth + 1))
                return false;
        }
        return true;
    case GO_STRUCT:
        return can_be_parts(content, rtype, bytes, depth);
    default:
        return true;
    }
}

// One group: its control bytes, and what the full slots hold. *full counts them.
static bool can_be_group(struct content *content, const struct rtype *slots, const uint8_t *bytes,
                         uint64_t *full)
{
    struct go_heap *heap = content->heap;
    const struct rtype *array, *slot;
    struct error *error = rtype_at(heap->types, slots->fields[1].type, &array);
    if (!error)
        error = rtype_at(heap->types, array->elem, &slot);
    if (error || array->kind !=
                     GO_ARRAY) { // keys and elements apart, as mapsplitgroup has them: by control bytes alone
        error_free(error);
        slot = NULL;
    }
    for (unsigned i = 0; i < SLOTS; i++) {
        uint8_t control = bytes[i];
        if (control > CONTROL_EMPTY && control != CONTROL_DELETED)
            return false;
        if (control >= CONTROL_EMPTY)
            continue;
        ++*full;
        if (slot && slots->fields[1].offset_bytes + (i + 1) * slot->size_bytes <= slots->size_bytes &&
            !is_plausible(content, slot, bytes + slots->fields[1].offset_bytes + i * slot->size_bytes, 0))
            return false;
    }
    return true;
}

// One bucket: tophashes (in one that was not moved, none is live behind the rest), keys, elements, the next bucket.
static bool can_be_bucket(struct content *content, const struct rtype *slots, const uint8_t *bytes,
                          uint64_t *full)
{
    struct go_heap *heap = content->heap;
    unsigned word = heap_word_bytes(heap);
    bool is_rest = false;
    if (!can_be_pointer(heap, runtime_word(heap->runtime, bytes + slots->size_bytes - word)))
        return false;
    for (unsigned i = 0; i < SLOTS; i++) {
        is_rest |= !bytes[i];
        if (is_rest && bytes[i])
            return false;
        if (bytes[i] < TOPHASH_LIVE)
            continue;
        ++*full;
        for (size_t part = 1; part <= 2; part++) {
            const struct rtype *array, *one;
            struct error *error = rtype_at(heap->types, slots->fields[part].type, &array);
            if (!error)
                error = rtype_at(heap->types, array->elem, &one);
            if (error) {
                error_free(error);
                continue;
            }
            uint64_t offset = slots->fields[part].offset_bytes + i * one->size_bytes;
            if (offset + one->size_bytes <= slots->size_bytes &&
                !is_plausible(content, one, bytes + offset, 0))
                return false;
        }
    }
    return true;
}

// Whether the allocator gives such an object for the groups or buckets.
static bool fits_object(const struct go_heap *heap, const struct rtype *type, const struct heap_span *span,
                        uint64_t all_bytes, uint64_t count)
{
    enum { EXACT_BELOW = 16 }; // classic arrays of as many buckets and more have some in advance
    bool is_group = type->fields[0].name[0] == 'c'; // ctrl, else topbits
    uint64_t with_header = size_class_go_object_bytes(all_bytes, type->has_pointers, heap_word_bytes(heap));
    if (span->has_pointers != type->has_pointers)
        return false;
    return (!is_group && count >= EXACT_BELOW) || with_header == span->elem_bytes ||
           size_class_go_bytes(all_bytes) == span->elem_bytes; // Go up to 1.21 has no headers
}

// Whether groups or buckets of this type can be what lies there: their number fits the object, and all that are looked
// at are sound.
static bool can_be_slots(struct content *content, const struct rtype *type, const struct heap_slots *slots,
                         const struct heap_span_record *record, uint64_t room_bytes)
{
    struct go_heap *heap = content->heap;
    uint64_t all_bytes, full = 0;
    if (type->size_bytes < SLOTS || type->size_bytes > SLOTS_BYTES_MOST || type->fields_count < 2 ||
        __builtin_mul_overflow(slots->count, type->size_bytes, &all_bytes) || all_bytes > room_bytes)
        return false;
    if (record && !fits_object(heap, type, &record->span, all_bytes, slots->count))
        return false;
    uint64_t count = slots->count < LOOKED_AT_MOST ? slots->count : LOOKED_AT_MOST;
    uint8_t *bytes = malloc((size_t)(count * type->size_bytes));
    bool is_right =
        bytes && pages_read(heap->pages, slots->address, bytes, (size_t)(count * type->size_bytes));
    bool is_group = type->fields[0].name[0] == 'c'; // ctrl, else topbits
    for (uint64_t i = 0; is_right && i < count; i++) {
        const uint8_t *one = bytes + i * type->size_bytes;
        is_right =
            is_group ? can_be_group(content, type, one, &full) : can_be_bucket(content, type, one, &full);
    }
    free(bytes);
    return is_right && (!slots->is_used_known || count < slots->count ||
                        (full <= slots->used + 1 && slots->used <= full + 1));
}

static void take_likely(struct go_heap *heap, const struct heap_slots *slots,
                        const struct heap_span_record *record, uint64_t room_bytes, uint64_t wanted,
                        struct heap_map *map)
{
    const struct rtype *best = NULL;
    uint64_t most = 0;
    bool is_one_size = true, is_alone = false;
    for (size_t i = 0; i < heap->maps_count; i++) {
        const struct rtype *candidate = heap->maps[i], *type;
        struct content content = {.heap = heap};
        // A named type has the slots of the unnamed one.
        if (candidate->is_swiss != map->is_swiss || (wanted && candidate->address != wanted) ||
            (!wanted && go_types_map_of_slots(heap->types, candidate->slots) != candidate))
            continue;
        struct error *error = rtype_at(heap->types, candidate->slots, &type);
        if (error || !can_be_slots(&content, type, slots, record, room_bytes)) {
            error_free(error);
            continue;
        }
        is_one_size &= !best || map->slots_bytes == type->size_bytes;
        map->slots_bytes = type->size_bytes;
        if (!best || content.evidence > most) {
            best = candidate;
            most = content.evidence;
            is_alone = true;
        } else if (content.evidence == most) {
            is_alone = false;
        }
    }
    if (!is_one_size)
        map->slots_bytes = 0;
    if (is_alone) {
        map->rtype = best->address;
        map->proof = MAP_TYPE_LIKELY;
    }
}

bool heap_type_map(struct go_heap *heap, const struct heap_slots *slots, uint64_t wanted,
                   struct heap_map *map)
{
    const struct heap_span_record *record;
    uint64_t room_bytes;
    if (!heap_begins_at(heap, slots->address, &room_bytes, &record))
        return false;
    uint64_t said = said_type(heap, slots->address, record);
    const struct rtype *proven = said ? go_types_map_of_slots(heap->types, said) : NULL;
    if (proven && proven->is_swiss == map->is_swiss) {
        const struct rtype *type = NULL, *asked = NULL;
        error_free(rtype_at(heap->types, said, &type));
        if (wanted && wanted != proven->address) { // a named type has the slots of the unnamed one
            error_free(rtype_at(heap->types, wanted, &asked));
            if (!asked || asked->slots != said)
                return false;
        }
        map->rtype = wanted ? wanted : proven->address;
        map->proof = MAP_TYPE_PROVEN;
        map->slots_bytes = type ? type->size_bytes : 0;
        return true;
    }
    take_likely(heap, slots, record, room_bytes, wanted, map);
    return !wanted || map->rtype == wanted;
}
