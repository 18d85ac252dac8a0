// SPDX-License-Identifier: MIT
#include "check/memory_log.h"
#include "check/witness_memory.h"

#include <stdlib.h>
#include <string.h>

enum {
    WORD = 8,
    ENTRIES_MOST = 64,
    VALUE_MOST = 200,
    BUCKET_MOST = 8 + 8 * 128 * 2 + 8,
    SLOTS_LOOKED_FOR = 16,
};

// One entry as it went in, and where the event said it lies.
struct sighting {
    uint8_t key[VALUE_MOST], elem[VALUE_MOST];
    uint64_t bucket_address, bucket;
    unsigned slot, chain;
    uint8_t tophash;
};

struct bucket_book {
    struct memory_log log;
    struct sighting sightings[ENTRIES_MOST];
    size_t count;
    uint64_t overflow_address, overflow_from; // a bucket that was linked, and the one it was linked to
    int64_t boxes[2 * ENTRIES_MOST];          // what interfaces and strings point at
    size_t boxes_used;
};

static void on_event(void *state, const struct hmap_event *event)
{
    struct bucket_book *book = state;
    struct sighting *sighting = &book->sightings[book->count];
    if (event->kind == HMAP_EVENT_OVERFLOW && !book->overflow_address)
        book->overflow_address = event->address;
    if (event->kind != HMAP_EVENT_INSERT)
        return;
    sighting->bucket_address = event->address;
    sighting->bucket = event->bucket;
    sighting->slot = event->slot;
    sighting->chain = event->chain;
    sighting->tophash = event->tophash;
}

// A Go value that no other call gave: `number` shows in it.
static void make_value(struct bucket_book *book, const struct hmap_kind *kind, uint64_t number,
                       uint8_t value[VALUE_MOST])
{
    memset(value, 0, VALUE_MOST);
    int64_t *box = &book->boxes[book->boxes_used++ % ARRAY_LENGTH(book->boxes)];
    *box = (int64_t)(number * 0x0101010101010101);
    if (kind->algorithm == HMAP_ALG_STRING) {
        struct hmap_string text = {(const char *)box, 1 + (int64_t)(number % 8)};
        memcpy(value, &text, sizeof(text));
    } else if (kind->algorithm == HMAP_ALG_INTERFACE) {
        struct hmap_interface any = {&hmap_kind_int64, box};
        memcpy(value, &any, sizeof(any));
    } else if (kind->algorithm == HMAP_ALG_FLOAT64) {
        double real = 0.5 + (double)number;
        memcpy(value, &real, sizeof(real));
    } else if (kind->printing == HMAP_PRINT_BOOL) {
        value[0] = number & 1;
    } else {
        uint64_t mixed = number * 0x9e3779b97f4a7c15 | 1;
        for (uint64_t i = 0; i < kind->size_bytes && i < VALUE_MOST; i++)
            value[i] = kind->size_bytes == 1 ? (uint8_t)number : (uint8_t)(mixed >> (i % 8 * 8));
    }
}

static void fill(struct bucket_book *book, struct hmap_context *context, struct hmap *map, size_t entries)
{
    for (size_t n = 0; n < entries && book->count < ENTRIES_MOST; n++) {
        struct sighting *sighting = &book->sightings[book->count];
        make_value(book, context->type->key, 1 + n, sighting->key);
        make_value(book, context->type->elem, 101 + n * 7, sighting->elem);
        if (hmap_store(context, map, sighting->key, sighting->elem) != HMAP_OK)
            return;
        book->count++;
    }
}

// The distance between buckets of one array: 0 when two pairs do not agree.
static uint64_t stride_of(const struct bucket_book *book)
{
    uint64_t stride = 0;
    for (size_t i = 1; i < book->count; i++) {
        const struct sighting *a = &book->sightings[0], *b = &book->sightings[i];
        if (a->chain || b->chain || a->bucket == b->bucket)
            continue;
        uint64_t distance = b->bucket_address - a->bucket_address, steps = b->bucket - a->bucket;
        if ((int64_t)distance % (int64_t)steps)
            return 0;
        uint64_t found = (uint64_t)((int64_t)distance / (int64_t)steps);
        if (stride && found != stride)
            return 0;
        stride = found;
    }
    return stride;
}

// Whether the value's bytes are at the address, or, when it is large, behind the pointer there.
static bool value_is_at(const struct bucket_book *book, uint64_t address, const uint8_t *value,
                        uint64_t value_bytes, bool by_pointer)
{
    if (by_pointer && !memory_log_word(&book->log, address, &address))
        return false;
    return memory_log_holds(&book->log, address, value_bytes) &&
           !memcmp((const void *)(uintptr_t)address, value, value_bytes);
}

struct slots_place {
    uint64_t offset_bytes, slot_bytes;
};

static bool all_are_at(const struct bucket_book *book, struct slots_place place, const struct hmap_kind *kind,
                       bool is_key, bool by_pointer)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct sighting *sighting = &book->sightings[i];
        uint64_t address = sighting->bucket_address + place.offset_bytes + sighting->slot * place.slot_bytes;
        if (!value_is_at(book, address, is_key ? sighting->key : sighting->elem, kind->size_bytes,
                         by_pointer))
            return false;
    }
    return book->count > 1;
}

// The one place and distance at which every known value is found again.
static bool find_slots(const struct bucket_book *book, const struct bucket_case *bucket, bool is_key,
                       uint64_t stride, struct slots_place *found)
{
    const struct hmap_kind *kind = is_key ? bucket->key : bucket->elem;
    bool by_pointer = kind == bucket->large;
    size_t places = 0;
    for (uint64_t slot_bytes = 1; slot_bytes <= 128 && places < 2; slot_bytes++) {
        for (uint64_t offset = 0; offset + slot_bytes <= stride; offset++) {
            struct slots_place place = {offset, slot_bytes};
            if (!all_are_at(book, place, kind, is_key, by_pointer))
                continue;
            *found = place;
            places++;
        }
    }
    return places == 1;
}

static bool find_tophash(const struct bucket_book *book, uint64_t stride, uint64_t *found)
{
    size_t places = 0;
    for (uint64_t offset = 0; offset < stride; offset++) {
        bool fits = book->count > 1;
        for (size_t i = 0; i < book->count && fits; i++) {
            const struct sighting *sighting = &book->sightings[i];
            uint64_t address = sighting->bucket_address + offset + sighting->slot;
            fits = memory_log_holds(&book->log, address, 1) &&
                   *(const uint8_t *)(uintptr_t)address == sighting->tophash;
        }
        if (!fits)
            continue;
        *found = offset;
        places++;
    }
    return places == 1;
}

// A bucket's chain: the one place in some first bucket that holds the address of the bucket linked to it.
static bool find_overflow(const struct bucket_book *book, uint64_t stride, uint64_t *found)
{
    size_t places = 0;
    for (size_t i = 0; i < book->count; i++) {
        const struct sighting *sighting = &book->sightings[i];
        if (sighting->chain || sighting->slot)
            continue;
        for (uint64_t offset = 0; offset + WORD <= stride; offset++) {
            uint64_t word;
            if (!memory_log_word(&book->log, sighting->bucket_address + offset, &word) ||
                word != book->overflow_address)
                continue;
            *found = offset;
            places++;
        }
    }
    return places == 1;
}

static unsigned slots_seen(const struct bucket_book *book)
{
    unsigned most = 0;
    for (size_t i = 0; i < book->count; i++)
        if (book->sightings[i].slot >= most)
            most = book->sightings[i].slot + 1;
    return most;
}

struct observing {
    struct crosscheck *check;
    size_t witness, subject;
};

static void state(const struct observing *to, const char *field, enum quantity quantity, uint64_t bytes)
{
    crosscheck_state(to->check, to->subject, to->witness, field, quantity, bytes);
}

static void state_bucket(const struct observing *to, const struct bucket_book *book,
                         const struct bucket_case *bucket)
{
    uint64_t stride = stride_of(book), tophash, overflow;
    struct slots_place place;
    if (book->log.is_full || !stride || stride > BUCKET_MOST)
        return;
    unsigned slots = slots_seen(book);
    state(to, NULL, QUANTITY_SIZE, stride);
    if (find_tophash(book, stride, &tophash)) {
        state(to, "tophash", QUANTITY_OFFSET, tophash);
        state(to, "tophash", QUANTITY_FIELD_SIZE, slots);
    }
    if (find_slots(book, bucket, true, stride, &place)) {
        state(to, "keys", QUANTITY_OFFSET, place.offset_bytes);
        state(to, "keys", QUANTITY_FIELD_SIZE, slots * place.slot_bytes);
    }
    if (find_slots(book, bucket, false, stride, &place)) {
        state(to, "elems", QUANTITY_OFFSET, place.offset_bytes);
        state(to, "elems", QUANTITY_FIELD_SIZE, slots * place.slot_bytes);
    }
    if (book->overflow_address && find_overflow(book, stride, &overflow)) {
        state(to, "overflow", QUANTITY_OFFSET, overflow);
        state(to, "overflow", QUANTITY_FIELD_SIZE, WORD);
    }
}

void witness_memory_bucket(struct crosscheck *check, size_t witness, const struct bucket_case *bucket)
{
    struct observing to = {check, witness, crosscheck_subject(check, bucket->subject)};
    struct hmap_type type;
    struct hmap_context context;
    struct hmap *map;
    struct bucket_book *book = calloc(1, sizeof(*book));
    if (!book || hmap_type_make(&type, bucket->key, bucket->elem) != HMAP_OK) {
        free(book);
        check->out_of_memory |= !book;
        return;
    }
    // Eight buckets of which a few get everything, and no growth: 8 * 6.5 entries are the most.
    memory_log_context(&book->log, &context, &type, HMAP_HASH_FEW, 0xb0c);
    context.few = 5;
    book->log.listener = on_event;
    book->log.listener_state = book;
    if (hmap_make(&context, 52, &map) == HMAP_OK) {
        fill(book, &context, map, 50);
        state_bucket(&to, book, bucket);
        hmap_destroy(&context, map);
    }
    free(book);
}
