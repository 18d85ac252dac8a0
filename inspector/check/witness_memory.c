// SPDX-License-Identifier: MIT
// The witness that looks at live memory from outside: headers and iterators here, buckets in
// witness_memory_bucket.c.
//
// It keeps a book of its own of what the map must hold: how many entries were put in, how often the array
// doubled, which old buckets were evacuated, which random number was drawn last. After each operation it
// compares the book with the raw bytes, and the places that fit every time are where the fields are.
#include "check/witness_memory.h"
#include "check/memory_log.h"
#include "check/probe.h"

#include <stdlib.h>
#include <string.h>

// --- The header and mapextra ---

enum header_field { COUNT, FLAGS, B, NOVERFLOW, HASH0, BUCKETS, OLDBUCKETS, NEVACUATE, HEADER_FIELDS };

static const char *const header_names[HEADER_FIELDS] = {
    [COUNT] = "count",           [FLAGS] = "flags",         [B] = "B",
    [NOVERFLOW] = "noverflow",   [HASH0] = "hash0",         [BUCKETS] = "buckets",
    [OLDBUCKETS] = "oldbuckets", [NEVACUATE] = "nevacuate",
};

enum {
    HEADER_LOOKED_AT = 48, // no further than Go's own header: what follows belongs to something else
    EXTRA_LOOKED_AT = 24,
    WORD = 8,
    WRITING_FLAG = 4,
    OLD_BUCKETS_MOST = 1024,
    ENTRIES = 3000,
    BOOKKEEPING_ROUNDS = 2, // clear, and again: hash0 and everything else change once more
};

struct book {
    struct memory_log log;
    const struct hmap *map; // as an address
    uint64_t count, B, noverflow, hash0, buckets, oldbuckets, old_count;
    bool is_evacuated[OLD_BUCKETS_MOST];
    uint64_t nevacuate;
    uint64_t new_array; // of the last array event; becomes `buckets` when growth starts
    uint64_t next_overflow;
    uint64_t last_overflow; // the bucket linked last
    uint64_t bucket_bytes, array_end;
    struct probe header[HEADER_FIELDS];
    // [offset in the header][offset behind that pointer]
    bool next_has_fallen[HEADER_LOOKED_AT / WORD][EXTRA_LOOKED_AT / WORD];
    bool list_has_fallen[HEADER_LOOKED_AT / WORD][EXTRA_LOOKED_AT / WORD];
    unsigned next_changes, list_changes;
    bool old_list_has_fallen[EXTRA_LOOKED_AT / WORD];
    uint64_t list_before_growth; // the pointer to the list, at the growth's start
    unsigned old_list_seen;
};

static void book_growth(struct book *book, const struct hmap_event *event)
{
    book->B += (event->detail & HMAP_DETAIL_DOUBLING) != 0;
    book->noverflow = 0;
    book->oldbuckets = book->buckets;
    book->old_count = event->bucket;
    book->nevacuate = 0;
    memset(book->is_evacuated, 0, sizeof(book->is_evacuated));
}

static void book_evacuation(struct book *book, const struct hmap_event *event)
{
    if (event->bucket < OLD_BUCKETS_MOST)
        book->is_evacuated[event->bucket] = true;
    while (book->nevacuate < book->old_count && book->nevacuate < OLD_BUCKETS_MOST &&
           book->is_evacuated[book->nevacuate])
        book->nevacuate++;
}

static void book_array(struct book *book, const struct hmap_event *event)
{
    book->new_array = event->address;
    book->array_end = event->address + event->bucket * book->bucket_bytes;
}

static void book_overflow(struct book *book, const struct hmap_event *event)
{
    book->noverflow++;
    book->last_overflow = event->address;
    if (!(event->detail & HMAP_DETAIL_PREALLOCATED))
        return;
    book->next_overflow = event->address + book->bucket_bytes;
    if (book->next_overflow == book->array_end) // that was the last one: what stands there now is not told
        book->next_overflow = 0;
}

static void see_header(struct book *book, enum header_field field, uint64_t expected)
{
    uint8_t bytes[HEADER_LOOKED_AT];
    memcpy(bytes, book->map, sizeof(bytes));
    probe_see(&book->header[field], bytes, sizeof(bytes), expected);
}

static void on_event(void *state, const struct hmap_event *event)
{
    struct book *book = state;
    switch (event->kind) {
    case HMAP_EVENT_ARRAY:
        book_array(book, event);
        break;
    case HMAP_EVENT_GROW_START:
        book_growth(book, event);
        book->buckets = book->new_array;
        break;
    case HMAP_EVENT_EVACUATE:
        book_evacuation(book, event);
        break;
    case HMAP_EVENT_GROW_FINISH:
        book->oldbuckets = 0;
        break;
    case HMAP_EVENT_OVERFLOW:
        book_overflow(book, event);
        break;
    case HMAP_EVENT_ASSIGN:
        see_header(book, FLAGS, WRITING_FLAG); // inside of a write
        break;
    default:
        break;
    }
}

// Pointers that lead from the header over mapextra to something known.
static void see_extra(struct book *book)
{
    for (size_t h = 0; h < HEADER_LOOKED_AT / WORD; h++) {
        uint64_t pointer;
        memcpy(&pointer, (const uint8_t *)book->map + h * WORD, WORD);
        for (size_t x = 0; x < EXTRA_LOOKED_AT / WORD; x++) {
            uint64_t next = 0, list = 0, array = 0, length = 0, last = 0;
            bool has_word = memory_log_word(&book->log, pointer + x * WORD, &next);
            if (book->next_overflow && (!has_word || next != book->next_overflow))
                book->next_has_fallen[h][x] = true;
            if (!book->last_overflow || book->oldbuckets)
                continue;
            list = next;
            bool leads = has_word && memory_log_word(&book->log, list, &array) &&
                         memory_log_word(&book->log, list + WORD, &length) && length &&
                         memory_log_word(&book->log, array + (length - 1) * WORD, &last) &&
                         last == book->last_overflow;
            if (!leads)
                book->list_has_fallen[h][x] = true;
        }
    }
    book->next_changes += book->next_overflow != 0;
    book->list_changes += book->last_overflow && !book->oldbuckets;
}

static void see_all(struct book *book)
{
    const uint64_t expected[HEADER_FIELDS] = {
        [COUNT] = book->count,
        [FLAGS] = 0,
        [B] = book->B,
        [NOVERFLOW] = book->noverflow,
        [HASH0] = book->hash0,
        [BUCKETS] = book->buckets,
        [OLDBUCKETS] = book->oldbuckets,
        [NEVACUATE] = book->nevacuate,
    };
    for (int field = 0; field < HEADER_FIELDS; field++)
        see_header(book, (enum header_field)field, expected[field]);
}

// Whether exactly one place has not fallen, and which; row and column are set in any case.
static bool only_place(size_t rows, bool has_fallen[][EXTRA_LOOKED_AT / WORD], size_t *row, size_t *column)
{
    size_t found = 0;
    *row = *column = 0;
    for (size_t r = 0; r < rows; r++) {
        for (size_t c = 0; c < EXTRA_LOOKED_AT / WORD; c++) {
            if (has_fallen[r][c])
                continue;
            found++;
            *row = r;
            *column = c;
        }
    }
    return found == 1;
}

// When a growth has just started, the list of overflow buckets stands where it did not stand before.
static void see_old_list(struct book *book, size_t header_word)
{
    uint64_t pointer, word;
    memcpy(&pointer, (const uint8_t *)book->map + header_word * WORD, WORD);
    for (size_t x = 0; x < EXTRA_LOOKED_AT / WORD; x++)
        if (!memory_log_word(&book->log, pointer + x * WORD, &word) || word != book->list_before_growth)
            book->old_list_has_fallen[x] = true;
    book->old_list_seen++;
}

static void insert_and_see(struct book *book, struct hmap *map, int64_t key)
{
    size_t h = 0, x = 0;
    bool knows_list =
        book->list_changes > 1 && only_place(HEADER_LOOKED_AT / WORD, book->list_has_fallen, &h, &x);
    bool was_growing = book->oldbuckets != 0;
    uint64_t pointer;
    memcpy(&pointer, (const uint8_t *)book->map + h * WORD, WORD);
    if (knows_list && !was_growing)
        knows_list = memory_log_word(&book->log, pointer + x * WORD, &book->list_before_growth);
    struct hmap_result slot = hmap_assign(book->log.context, map, &key);
    if (slot.status != HMAP_OK)
        return;
    memcpy(slot.elem, &key, sizeof(key));
    book->count += !slot.found;
    bool started = !was_growing && book->oldbuckets;
    // The new array's own free overflow buckets begin behind its last bucket.
    if (started) {
        book->last_overflow = 0;
        book->next_overflow = 0;
    }
    see_all(book);
    see_extra(book);
    if (started && knows_list)
        see_old_list(book, h);
}

static void round_of_entries(struct book *book, struct hmap *map, int64_t first)
{
    for (int64_t i = 0; i < ENTRIES; i++)
        insert_and_see(book, map, first + i * 0x9e3779b9);
    if (hmap_clear(book->log.context, map) != HMAP_OK)
        return;
    book->count = book->noverflow = book->oldbuckets = book->nevacuate = 0;
    book->last_overflow = book->next_overflow = 0;
    book->hash0 = (uint32_t)book->log.last_draw;
    see_all(book);
}

static void state_header(const struct book *book, struct crosscheck *check, size_t witness)
{
    size_t subject = crosscheck_subject(check, "hmap");
    for (int i = 0; i < HEADER_FIELDS; i++) {
        uint64_t offset, width;
        if (!probe_place(&book->header[i], HEADER_LOOKED_AT, &offset, &width))
            continue;
        crosscheck_state(check, subject, witness, header_names[i], QUANTITY_OFFSET, offset);
        crosscheck_state(check, subject, witness, header_names[i], QUANTITY_FIELD_SIZE, width);
    }
}

static void state_extra(struct book *book, struct crosscheck *check, size_t witness)
{
    size_t subject = crosscheck_subject(check, "mapextra"), h, x;
    if (book->next_changes && only_place(HEADER_LOOKED_AT / WORD, book->next_has_fallen, &h, &x)) {
        size_t header = crosscheck_subject(check, "hmap");
        crosscheck_state(check, header, witness, "extra", QUANTITY_OFFSET, h * WORD);
        crosscheck_state(check, header, witness, "extra", QUANTITY_FIELD_SIZE, WORD);
        crosscheck_state(check, subject, witness, "nextOverflow", QUANTITY_OFFSET, x * WORD);
        crosscheck_state(check, subject, witness, "nextOverflow", QUANTITY_FIELD_SIZE, WORD);
    }
    if (book->list_changes && only_place(HEADER_LOOKED_AT / WORD, book->list_has_fallen, &h, &x)) {
        crosscheck_state(check, subject, witness, "overflow", QUANTITY_OFFSET, x * WORD);
        crosscheck_state(check, subject, witness, "overflow", QUANTITY_FIELD_SIZE, WORD);
    }
    if (book->old_list_seen && only_place(1, &book->old_list_has_fallen, &h, &x)) {
        crosscheck_state(check, subject, witness, "oldoverflow", QUANTITY_OFFSET, x * WORD);
        crosscheck_state(check, subject, witness, "oldoverflow", QUANTITY_FIELD_SIZE, WORD);
    }
}

static void observe_header(struct crosscheck *check, size_t witness)
{
    struct hmap_type type;
    struct hmap_context context;
    struct hmap *map;
    struct book *book = calloc(1, sizeof(*book));
    if (!book || hmap_type_make(&type, &hmap_kind_int64, &hmap_kind_int64) != HMAP_OK) {
        free(book);
        check->out_of_memory = true;
        return;
    }
    memory_log_context(&book->log, &context, &type, HMAP_HASH_AES_PORTABLE, 0x5eed);
    book->bucket_bytes = type.bucket_bytes;
    book->log.listener = on_event;
    book->log.listener_state = book;
    // With a hint there is an array from the start, and with it a place for `buckets`.
    if (hmap_make(&context, 20, &map) == HMAP_OK) {
        book->map = map;
        book->buckets = book->new_array;
        book->B = 2; // 20 entries at 6.5 a bucket
        book->hash0 = (uint32_t)book->log.last_draw;
        for (int round = 0; round < BOOKKEEPING_ROUNDS; round++)
            round_of_entries(book, map, 1 + round);
        if (!book->log.is_full) {
            state_header(book, check, witness);
            state_extra(book, check, witness);
        }
        hmap_destroy(&context, map);
    }
    free(book);
}

// --- The iterator ---

enum iter_field {
    ITER_KEY,
    ITER_ELEM,
    ITER_T,
    ITER_H,
    ITER_BUCKETS,
    ITER_BPTR,
    ITER_START,
    ITER_OFFSET,
    ITER_B,
    ITER_FIELDS
};

static const char *const iter_names[ITER_FIELDS] = {
    [ITER_KEY] = "key",
    [ITER_ELEM] = "elem",
    [ITER_T] = "t",
    [ITER_H] = "h",
    [ITER_BUCKETS] = "buckets",
    [ITER_BPTR] = "bptr",
    [ITER_START] = "startBucket",
    [ITER_OFFSET] = "offset",
    [ITER_B] = "B",
};

enum { ITER_LOOKED_AT = 96, ITER_MAPS = 4, ITER_ROUNDS = 6 };

struct iter_book {
    struct memory_log log;
    uint64_t array, start, offset, bucket_address, key_address, elem_address;
    uint64_t key_sent;
    struct probe probes[ITER_FIELDS];
};

static void on_iter_event(void *state, const struct hmap_event *event)
{
    struct iter_book *book = state;
    switch (event->kind) {
    case HMAP_EVENT_ARRAY:
        book->array = event->address;
        break;
    case HMAP_EVENT_ITER_START:
        book->start = event->bucket;
        book->offset = event->slot;
        break;
    case HMAP_EVENT_ITER_STEP:
        book->bucket_address = event->address;
        break;
    default:
        break;
    }
}

// The address in a bucket of 8 bytes that are a known number, by search.
static uint64_t address_of_number(const struct iter_book *book, uint64_t bucket, uint32_t bucket_bytes,
                                  uint64_t number)
{
    uint64_t word;
    for (uint64_t at = bucket; at + WORD <= bucket + bucket_bytes; at += WORD)
        if (memory_log_word(&book->log, at, &word) && word == number)
            return at;
    return 0;
}

// Keys are 1000 + n and elements 2000000 + n: known numbers, so their places can be searched for.
static void walk_and_see(struct iter_book *book, struct hmap_context *context, struct hmap *map, uint64_t b)
{
    struct hiter iter;
    enum hmap_status status = hmap_iter_start(context, map, &iter);
    for (int step = 0; status == HMAP_OK && iter.key && step < 5; step++) {
        uint64_t key;
        memcpy(&key, iter.key, sizeof(key)); // which entry it is; its address comes from the bucket
        uint32_t bucket_bytes = context->type->bucket_bytes;
        const uint64_t expected[ITER_FIELDS] = {
            [ITER_KEY] = address_of_number(book, book->bucket_address, bucket_bytes, key),
            [ITER_ELEM] = address_of_number(book, book->bucket_address, bucket_bytes, key - 1000 + 2000000),
            [ITER_T] = (uintptr_t)context->type,
            [ITER_H] = (uintptr_t)map,
            [ITER_BUCKETS] = book->array,
            [ITER_BPTR] = book->bucket_address,
            [ITER_START] = book->start,
            [ITER_OFFSET] = book->offset,
            [ITER_B] = b,
        };
        uint8_t bytes[ITER_LOOKED_AT];
        memcpy(bytes, &iter, sizeof(bytes));
        for (int i = 0; i < ITER_FIELDS; i++)
            probe_see(&book->probes[i], bytes, sizeof(bytes), expected[i]);
        status = hmap_iter_next(context, &iter);
    }
    hmap_iter_stop(&iter);
}

// A map of 2^b buckets that holds known entries; NULL when it cannot be made.
static struct hmap *make_iterated(struct hmap_context *context, uint64_t b)
{
    struct hmap *map;
    uint64_t entries = (uint64_t)6 << b; // below 6.5 a bucket: the hint's array stays
    if (hmap_make(context, (int64_t)entries, &map) != HMAP_OK)
        return NULL;
    for (uint64_t n = 0; n < entries; n++) {
        uint64_t key = 1000 + n, elem = 2000000 + n;
        if (hmap_store(context, map, &key, &elem) != HMAP_OK)
            break;
    }
    return map;
}

// Two maps at once, so that their addresses are different ones.
static void observe_iterated(struct iter_book *book, const struct hmap_type *type, uint64_t b)
{
    struct hmap_context context;
    memory_log_context(&book->log, &context, type, HMAP_HASH_AES_PORTABLE, 0x17e2 + b);
    book->log.listener = on_iter_event;
    book->log.listener_state = book;
    struct hmap *maps[2];
    for (size_t i = 0; i < ARRAY_LENGTH(maps); i++) {
        maps[i] = make_iterated(&context, b);
        for (int round = 0; maps[i] && round < ITER_ROUNDS; round++)
            walk_and_see(book, &context, maps[i], b);
    }
    for (size_t i = 0; i < ARRAY_LENGTH(maps); i++)
        hmap_destroy(&context, maps[i]);
}

static void observe_iterator(struct crosscheck *check, size_t witness)
{
    struct iter_book *book = calloc(1, sizeof(*book));
    if (!book) {
        check->out_of_memory = true;
        return;
    }
    struct hmap_type types[ITER_MAPS]; // each at an address of its own
    for (uint64_t i = 0; i < ITER_MAPS; i++)
        if (hmap_type_make(&types[i], &hmap_kind_int64, &hmap_kind_int64) == HMAP_OK)
            observe_iterated(book, &types[i], 5 + i);
    size_t subject = crosscheck_subject(check, "hiter");
    for (int i = 0; i < ITER_FIELDS; i++) {
        uint64_t offset, width;
        if (!probe_place(&book->probes[i], ITER_LOOKED_AT, &offset, &width))
            continue;
        crosscheck_state(check, subject, witness, iter_names[i], QUANTITY_OFFSET, offset);
        crosscheck_state(check, subject, witness, iter_names[i], QUANTITY_FIELD_SIZE, width);
    }
    free(book);
}

void witness_memory(struct crosscheck *check, size_t witness)
{
    observe_header(check, witness);
    observe_iterator(check, witness);
    for (const struct bucket_case *c = bucket_cases; c->subject; c++)
        witness_memory_bucket(check, witness, c);
}
