// SPDX-License-Identifier: MIT
// The witness that looks at live Swiss maps from outside; see witness_memory.c for the way of it.
//
// Its book follows one map from the empty one through tables and splits, by what was done and what events told;
// the places of the header, of a table and of an iterator that always held what the book says are the fields'.
// In groups it looks for keys and elements that it knows.
#include "check/memory_log.h"
#include "check/probe.h"
#include "check/witnesses.h"

#include <stdlib.h>
#include <string.h>

enum { MAP_LOOKED_AT = 48, TABLE_LOOKED_AT = 32, ITER_LOOKED_AT = 96, WORD = 8, ENTRIES = 6000, ROUNDS = 3 };

enum map_field { USED, SEED, DIRLEN, DEPTH, SHIFT, WRITING, TOMBSTONES, CLEARS, MAP_FIELDS };
static const char *const map_names[MAP_FIELDS] = {
    "used", "seed", "dirLen", "globalDepth", "globalShift", "writing", "tombstonePossible", "clearSeq"};

enum table_field { T_USED, T_CAPACITY, T_GROWTH, T_DEPTH, T_INDEX, T_DATA, T_MASK, TABLE_FIELDS };

enum iter_field {
    I_KEY,
    I_ELEM,
    I_TYPE,
    I_MAP,
    I_ENTRY,
    I_DIRECTORY,
    I_CLEARS,
    I_DEPTH,
    I_TABLE,
    I_GROUP,
    ITER_FIELDS
};
static const char *const iter_names[ITER_FIELDS] = {
    "key", "elem", "typ", "m", "entryOffset", "dirOffset", "clearSeq", "globalDepth", "tab", "group"};

// A field that is looked for, and the largest value it had.
struct watched_field {
    struct probe probe;
    uint64_t largest;
};

static void field_see(struct watched_field *field, const uint8_t *bytes, size_t size_bytes, uint64_t expected)
{
    probe_see(&field->probe, bytes, size_bytes, expected);
    if (expected > field->largest)
        field->largest = expected;
}

struct swiss_book {
    struct memory_log log;
    struct swiss_context context;
    const void *map, *type;
    uint64_t used, length, depth, shift, clears, directory_draw;
    bool tombstone_possible;
    // The only table, as long as there is one.
    bool has_table;
    uint64_t table, capacity, table_used, tombstones;
    uint64_t split_left, split_depth, split_index; // of the split that the last insert did; 0: it did none
    // Of the last insert and of the iterator.
    uint64_t group_address, group_number, slot, h2, entry_offset, iter_table, iter_group;
    uint64_t stride, group_0; // of groups in memory: 0 until two of one table were seen
    uint64_t seen_address, seen_number, seen_table;
    struct watched_field map_fields[MAP_FIELDS], table_fields[TABLE_FIELDS], iter_fields[ITER_FIELDS];
    bool directory_has_fallen[MAP_LOOKED_AT / WORD];
    unsigned directory_changes;
};

static void see_map(struct swiss_book *book, enum map_field field, uint64_t expected)
{
    uint8_t bytes[MAP_LOOKED_AT];
    memcpy(bytes, book->map, sizeof(bytes));
    field_see(&book->map_fields[field], bytes, sizeof(bytes), expected);
}

static void forget_table(struct swiss_book *book)
{
    book->has_table = false;
    book->stride = 0;
}

static void on_table(struct swiss_book *book, uint64_t address, uint64_t capacity, uint64_t entries)
{
    // A table of its own address space: what was learned of groups is of another.
    book->table = address;
    book->capacity = capacity;
    book->table_used = entries;
    book->tombstones = 0;
    book->seen_address = 0;
    book->stride = 0;
}

static void on_insert(struct swiss_book *book, const struct swiss_event *event)
{
    bool was_tombstone = event->detail & SWISS_DETAIL_TOMBSTONE;
    book->group_address = event->address;
    book->group_number = event->group;
    book->slot = event->slot;
    book->h2 = event->h2;
    book->tombstones -= was_tombstone;
    book->table_used++;
    if (book->seen_address && event->table == book->seen_table && event->group != book->seen_number) {
        int64_t distance = (int64_t)(event->address - book->seen_address);
        book->stride = (uint64_t)(distance / ((int64_t)event->group - (int64_t)book->seen_number));
        book->group_0 = event->address - event->group * book->stride;
    }
    book->seen_address = event->address;
    book->seen_number = event->group;
    book->seen_table = event->table;
}

static void on_event(void *state, const struct swiss_event *event)
{
    struct swiss_book *book = state;
    switch ((enum swiss_event_kind)event->kind) {
    case SWISS_EVENT_ASSIGN:
    case SWISS_EVENT_REMOVE:
        see_map(book, WRITING, 1); // inside of a write
        break;
    case SWISS_EVENT_TO_TABLE:
        on_table(book, event->address, event->count_b, event->count_a);
        book->has_table = true;
        book->length = 1;
        book->shift = 64;
        break;
    case SWISS_EVENT_GROW:
        on_table(book, event->address, event->hash, event->count_a);
        break;
    case SWISS_EVENT_DIRECTORY:
        book->length = event->count_b;
        book->depth++;
        book->shift--;
        break;
    case SWISS_EVENT_SPLIT:
        forget_table(book);
        book->split_left = event->address;
        book->split_depth = event->local_depth;
        book->split_index = event->table;
        break;
    case SWISS_EVENT_PRUNE:
        book->tombstones -= event->count_a;
        break;
    case SWISS_EVENT_INSERT:
        on_insert(book, event);
        break;
    case SWISS_EVENT_DELETE:
        book->table_used--;
        book->tombstones += (event->detail & SWISS_DETAIL_TOMBSTONE) != 0;
        book->tombstone_possible |= (event->detail & SWISS_DETAIL_TOMBSTONE) != 0;
        break;
    case SWISS_EVENT_ITER_START:
        book->entry_offset = event->hash;
        break;
    case SWISS_EVENT_ITER_TABLE:
        book->iter_table = event->address;
        break;
    case SWISS_EVENT_ITER_STEP:
        book->iter_group = event->address;
        book->slot = event->slot;
        break;
    default:
        break;
    }
}

// The directory: the header's pointer that leads to the only table's address.
static void see_directory(struct swiss_book *book)
{
    for (size_t h = 0; h < MAP_LOOKED_AT / WORD; h++) {
        uint64_t pointer, word;
        memcpy(&pointer, (const uint8_t *)book->map + h * WORD, WORD);
        if (!memory_log_word(&book->log, pointer, &word) || word != book->table)
            book->directory_has_fallen[h] = true;
    }
    book->directory_changes++;
}

static void see_table(struct swiss_book *book)
{
    uint8_t bytes[TABLE_LOOKED_AT];
    if (!book->has_table || !memory_log_holds(&book->log, book->table, TABLE_LOOKED_AT))
        return;
    memcpy(bytes, (const void *)(uintptr_t)book->table, sizeof(bytes));
    const struct {
        enum table_field field;
        uint64_t expected;
    } facts[] = {
        {T_USED, book->table_used},
        {T_CAPACITY, book->capacity},
        {T_GROWTH, book->capacity / 8 * 7 - book->table_used - book->tombstones},
        {T_MASK, book->capacity / 8 - 1},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(facts); i++)
        field_see(&book->table_fields[facts[i].field], bytes, sizeof(bytes), facts[i].expected);
    if (book->stride)
        field_see(&book->table_fields[T_DATA], bytes, sizeof(bytes), book->group_0);
    see_directory(book);
}

// The left one of the two that a split has just made.
static void see_split(struct swiss_book *book)
{
    uint8_t bytes[TABLE_LOOKED_AT];
    if (!book->split_left || !memory_log_holds(&book->log, book->split_left, TABLE_LOOKED_AT))
        return;
    memcpy(bytes, (const void *)(uintptr_t)book->split_left, sizeof(bytes));
    field_see(&book->table_fields[T_DEPTH], bytes, sizeof(bytes), book->split_depth);
    field_see(&book->table_fields[T_INDEX], bytes, sizeof(bytes), book->split_index);
    book->split_left = 0;
}

static void see_all(struct swiss_book *book)
{
    const uint64_t expected[MAP_FIELDS] = {
        [USED] = book->used,
        [SEED] = book->log.last_draw,
        [DIRLEN] = book->length,
        [DEPTH] = book->depth,
        [SHIFT] = book->shift,
        [WRITING] = 0,
        [TOMBSTONES] = book->tombstone_possible,
        [CLEARS] = book->clears,
    };
    for (int field = 0; field < MAP_FIELDS; field++)
        see_map(book, (enum map_field)field, expected[field]);
    see_table(book);
    see_split(book);
}

// ---- the iterator --------------------------------------------------------------------

// Where in the group, whose bytes the witness knows, these 8 bytes lie.
static uint64_t address_of_number(const struct swiss_book *book, uint64_t group, uint64_t number)
{
    uint64_t word;
    for (uint64_t at = group; at + WORD <= group + 8 + 8 * 16; at += WORD)
        if (memory_log_word(&book->log, at, &word) && word == number)
            return at;
    return 0;
}

static uint64_t elem_of(uint64_t key)
{
    return ~key;
}

static void walk_and_see(struct swiss_book *book, struct swiss_map *map)
{
    struct swiss_iter iter;
    uint64_t seed = book->log.last_draw;
    enum hmap_status status = swiss_iter_start(&book->context, map, &iter);
    book->directory_draw = book->log.last_draw;
    for (int step = 0; status == HMAP_OK && iter.key && step < 5; step++) {
        uint64_t key;
        memcpy(&key, iter.key, sizeof(key)); // which entry it is; its address comes from the group
        const uint64_t expected[ITER_FIELDS] = {
            [I_KEY] = address_of_number(book, book->iter_group, key),
            [I_ELEM] = address_of_number(book, book->iter_group, elem_of(key)),
            [I_TYPE] = (uintptr_t)book->type,
            [I_MAP] = (uintptr_t)map,
            [I_ENTRY] = book->entry_offset,
            [I_DIRECTORY] = book->directory_draw,
            [I_CLEARS] = book->clears,
            [I_DEPTH] = book->depth,
            [I_TABLE] = book->iter_table,
            [I_GROUP] = book->iter_group,
        };
        uint8_t bytes[ITER_LOOKED_AT];
        memcpy(bytes, &iter, sizeof(bytes));
        for (int i = 0; i < ITER_FIELDS; i++) // a start between two entries of one table moves the offset
            if (i != I_DIRECTORY || book->length == 1)
                field_see(&book->iter_fields[i], bytes, sizeof(bytes), expected[i]);
        status = swiss_iter_next(&book->context, &iter);
    }
    swiss_iter_stop(&iter);
    book->log.last_draw = seed; // the header's
}

// ---- rounds --------------------------------------------------------------------------

static bool put(struct swiss_book *book, struct swiss_map *map, uint64_t key)
{
    struct hmap_result slot = swiss_assign(&book->context, map, &key);
    if (slot.status != HMAP_OK)
        return false;
    uint64_t elem = elem_of(key);
    memcpy(slot.elem, &elem, sizeof(elem));
    book->used += !slot.found;
    see_all(book);
    return true;
}

// Fills a map through splits, with a clear at the end. Keys come and go on the way, so that there are tombstones.
static void one_round(struct swiss_book *book, struct swiss_map *map, uint64_t first)
{
    for (uint64_t i = 0; i < ENTRIES; i++) {
        uint64_t key = first + i * 0x9e3779b97f4a7c15;
        if (!put(book, map, key))
            return;
        if (i % 4 == 3 && swiss_delete(&book->context, map, &key).found) {
            book->used--;
            see_all(book);
        }
        if (i % 60 == 13 && i < 900)
            walk_and_see(book, map);
    }
    walk_and_see(book, map);
    if (swiss_clear(&book->context, map) != HMAP_OK)
        return;
    book->used = 0;
    book->clears++;
    book->tombstone_possible = false;
    forget_table(book);
    see_all(book);
}

// States where the fields are. How wide one is shows by what follows it: another field, or bytes that are not
// zero. Where its values were all below 256, a hole behind it would look like more of it: then the place alone is
// stated.
static void state_fields(struct crosscheck *check, size_t witness, const char *subject_name,
                         const char *const *names, const struct watched_field *fields, size_t count,
                         size_t size_bytes)
{
    size_t subject = crosscheck_subject(check, subject_name);
    for (size_t i = 0; i < count; i++) {
        uint64_t offset, width, other, other_width;
        if (!probe_place(&fields[i].probe, size_bytes, &offset, &width))
            continue;
        for (size_t k = 0; k < count; k++)
            if (k != i && probe_place(&fields[k].probe, size_bytes, &other, &other_width) && other > offset &&
                other - offset < width)
                width = other - offset;
        crosscheck_state(check, subject, witness, names[i], QUANTITY_OFFSET, offset);
        if (width == 1 || fields[i].largest > UINT8_MAX)
            crosscheck_state(check, subject, witness, names[i], QUANTITY_FIELD_SIZE, width);
    }
}

static void state_book(const struct swiss_book *book, struct crosscheck *check, size_t witness)
{
    static const char *const table_names[] = {"used", "capacity", "growthLeft", "localDepth", "index"};
    uint64_t data, mask, width;
    size_t places = 0, place = 0;
    state_fields(check, witness, "Map", map_names, book->map_fields, MAP_FIELDS, MAP_LOOKED_AT);
    for (size_t h = 0; h < MAP_LOOKED_AT / WORD; h++) {
        if (book->directory_has_fallen[h])
            continue;
        places++;
        place = h;
    }
    if (book->directory_changes > 1 && places == 1) {
        size_t map = crosscheck_subject(check, "Map");
        crosscheck_state(check, map, witness, "dirPtr", QUANTITY_OFFSET, place * WORD);
        crosscheck_state(check, map, witness, "dirPtr", QUANTITY_FIELD_SIZE, WORD);
    }
    state_fields(check, witness, "table", table_names, book->table_fields, ARRAY_LENGTH(table_names),
                 TABLE_LOOKED_AT);
    // The two words of groups are known by where they are in the table, and in the struct by their distance.
    if (probe_place(&book->table_fields[T_DATA].probe, TABLE_LOOKED_AT, &data, &width) &&
        probe_place(&book->table_fields[T_MASK].probe, TABLE_LOOKED_AT, &mask, &width) && mask > data) {
        size_t table = crosscheck_subject(check, "table"),
               groups = crosscheck_subject(check, "groupsReference");
        crosscheck_state(check, table, witness, "groups", QUANTITY_OFFSET, data);
        crosscheck_state(check, groups, witness, "data", QUANTITY_OFFSET, 0);
        crosscheck_state(check, groups, witness, "lengthMask", QUANTITY_OFFSET, mask - data);
    }
    state_fields(check, witness, "Iter", iter_names, book->iter_fields, ITER_FIELDS, ITER_LOOKED_AT);
}

static void observe_rounds(struct swiss_book *book, struct swiss_map *map, const struct swiss_type *type,
                           uint64_t round)
{
    book->map = map;
    book->type = type;
    book->used = book->length = book->depth = book->shift = book->clears = 0;
    book->tombstone_possible = false;
    book->iter_table = book->split_left = book->seen_address = 0;
    forget_table(book);
    book->context.sink = (struct swiss_sink){.emit = on_event, .state = book};
    see_all(book);
    for (uint64_t again = 0; again < 2; again++) // a cleared map, too
        one_round(book, map, 1 + round * 1000 + again);
    book->context.sink = (struct swiss_sink){.emit = NULL};
}

static void observe_map(struct crosscheck *check, size_t witness)
{
    struct swiss_book *book = calloc(1, sizeof(*book));
    struct swiss_type types[ROUNDS]; // each at an address of its own
    if (!book) {
        check->out_of_memory = true;
        return;
    }
    for (int round = 0; round < ROUNDS; round++) {
        struct swiss_map *map;
        if (swiss_type_make(&types[round], &hmap_kind_int64, &hmap_kind_int64) != HMAP_OK)
            break;
        swiss_context_init(&book->context, &types[round], SWISS_GO_1_25, HMAP_HASH_AES_PORTABLE,
                           0x5eed + (uint64_t)round);
        memory_log_attach(&book->log, &book->context.base, 0x5eed + (uint64_t)round);
        book->context.sink = (struct swiss_sink){.emit = NULL};
        struct swiss_map *spares[ROUNDS] = {NULL}; // so that each round's map has another address
        for (int i = 0; i < round; i++)
            if (swiss_make(&book->context, 0, &spares[i]) != HMAP_OK)
                break;
        if (swiss_make(&book->context, 0, &map) != HMAP_OK)
            map = NULL;
        if (map)
            observe_rounds(book, map, &types[round], (uint64_t)round);
        const bool is_full = book->log.is_full || !map;
        swiss_destroy(&book->context, map);
        for (int i = 0; i < round; i++)
            swiss_destroy(&book->context, spares[i]);
        if (is_full)
            break;
        if (round == ROUNDS - 1)
            state_book(book, check, witness);
    }
    free(book);
}

// ---- groups --------------------------------------------------------------------------

enum { SIGHTINGS = 40, VALUE_MOST = 16 };

struct group_sighting {
    uint8_t key[VALUE_MOST], elem[VALUE_MOST];
    uint64_t address, number;
    unsigned slot;
    uint8_t h2;
};

struct group_book {
    struct memory_log log;
    struct group_sighting sightings[SIGHTINGS];
    size_t count;
    int64_t boxes[2 * SIGHTINGS]; // what interfaces and strings point at
    size_t boxes_used;
};

static void on_group_event(void *state, const struct swiss_event *event)
{
    struct group_book *book = state;
    if (event->kind != SWISS_EVENT_INSERT)
        return;
    struct group_sighting *sighting = &book->sightings[book->count];
    sighting->address = event->address;
    sighting->number = event->group;
    sighting->slot = event->slot;
    sighting->h2 = event->h2;
}

// A Go value that no other call gave: `number` shows in it.
static void make_value(struct group_book *book, const struct hmap_kind *kind, uint64_t number,
                       uint8_t value[VALUE_MOST])
{
    memset(value, 0, VALUE_MOST);
    int64_t *box = &book->boxes[book->boxes_used++ % ARRAY_LENGTH(book->boxes)];
    *box = (int64_t)(number * 0x0101010101010101);
    struct hmap_string text = {(const char *)box, 1 + (int64_t)(number % 8)};
    struct hmap_interface any = {&hmap_kind_int64, box};
    double real = 0.5 + (double)number;
    uint64_t mixed = number * 0x9e3779b97f4a7c15 | 1;
    if (kind->algorithm == HMAP_ALG_STRING)
        memcpy(value, &text, sizeof(text));
    else if (kind->algorithm == HMAP_ALG_INTERFACE)
        memcpy(value, &any, sizeof(any));
    else if (kind->algorithm == HMAP_ALG_FLOAT64)
        memcpy(value, &real, sizeof(real));
    else if (kind->size_bytes == 1)
        value[0] = kind->printing == HMAP_PRINT_BOOL ? number & 1 : (uint8_t)number;
    else
        memcpy(value, &mixed, kind->size_bytes < 8 ? kind->size_bytes : 8);
}

// The distance between groups of the table: 0 when two pairs do not agree.
static uint64_t stride_of(const struct group_book *book)
{
    uint64_t stride = 0;
    const struct group_sighting *a = &book->sightings[0];
    for (size_t i = 1; i < book->count; i++) {
        const struct group_sighting *b = &book->sightings[i];
        int64_t steps = (int64_t)(b->number - a->number);
        if (!steps)
            continue;
        uint64_t found = (uint64_t)((int64_t)(b->address - a->address) / steps);
        if (stride && found != stride)
            return 0;
        stride = found;
    }
    return stride;
}

static bool all_are_at(const struct group_book *book, uint64_t offset, uint64_t slot_bytes, bool is_key,
                       uint64_t value_bytes)
{
    for (size_t i = 0; i < book->count; i++) {
        const struct group_sighting *sighting = &book->sightings[i];
        uint64_t address = sighting->address + offset + sighting->slot * slot_bytes;
        if (!memory_log_holds(&book->log, address, value_bytes) ||
            memcmp((const void *)(uintptr_t)address, is_key ? sighting->key : sighting->elem, value_bytes) !=
                0)
            return false;
    }
    return book->count > 1;
}

// The one place and distance at which every known value is found again.
static bool find_slots(const struct group_book *book, bool is_key, uint64_t value_bytes, uint64_t stride,
                       uint64_t *offset_bytes, uint64_t *slot_bytes)
{
    size_t places = 0;
    for (uint64_t slot = 1; slot <= stride / SWISS_GROUP_SLOTS && places < 2; slot++) {
        for (uint64_t offset = 0; offset + slot <= stride; offset++) {
            if (!all_are_at(book, offset, slot, is_key, value_bytes))
                continue;
            *offset_bytes = offset;
            *slot_bytes = slot;
            places++;
        }
    }
    return places == 1;
}

static bool find_ctrl(const struct group_book *book, uint64_t stride, uint64_t *found)
{
    size_t places = 0;
    for (uint64_t offset = 0; offset < stride; offset++) {
        bool fits = book->count > 1;
        for (size_t i = 0; i < book->count && fits; i++) {
            const struct group_sighting *sighting = &book->sightings[i];
            uint64_t address = sighting->address + offset + sighting->slot;
            fits = memory_log_holds(&book->log, address, 1) &&
                   *(const uint8_t *)(uintptr_t)address == sighting->h2;
        }
        if (!fits)
            continue;
        *found = offset;
        places++;
    }
    return places == 1;
}

static void state_group(const struct group_book *book, const struct group_case *c, struct crosscheck *check,
                        size_t witness)
{
    uint64_t stride = stride_of(book), ctrl, key, elem, key_distance, elem_distance;
    size_t group = crosscheck_subject(check, c->group_subject),
           slot = crosscheck_subject(check, c->slot_subject);
    if (book->log.is_full || !stride || stride > 1024)
        return;
    crosscheck_state(check, group, witness, NULL, QUANTITY_SIZE, stride);
    if (find_ctrl(book, stride, &ctrl))
        crosscheck_state(check, group, witness, "ctrl", QUANTITY_OFFSET, ctrl);
    if (!find_slots(book, true, c->key->size_bytes, stride, &key, &key_distance))
        return;
    crosscheck_state(check, group, witness, "slots", QUANTITY_OFFSET, key);
    crosscheck_state(check, slot, witness, NULL, QUANTITY_SIZE, key_distance);
    crosscheck_state(check, slot, witness, "key", QUANTITY_OFFSET, 0);
    if (find_slots(book, false, c->elem->size_bytes, stride, &elem, &elem_distance) && elem >= key &&
        elem_distance == key_distance)
        crosscheck_state(check, slot, witness, "elem", QUANTITY_OFFSET, elem - key);
}

static void observe_group(struct crosscheck *check, size_t witness, const struct group_case *c)
{
    struct swiss_type type;
    struct swiss_context context;
    struct swiss_map *map;
    struct group_book *book = calloc(1, sizeof(*book));
    if (!book || swiss_type_make(&type, c->key, c->elem) != HMAP_OK) {
        check->out_of_memory |= !book;
        free(book);
        return;
    }
    swiss_context_init(&context, &type, SWISS_GO_1_25, HMAP_HASH_AES_PORTABLE, 0xb0c);
    memory_log_attach(&book->log, &context.base, 0xb0c);
    context.sink = (struct swiss_sink){.emit = on_group_event, .state = book};
    if (swiss_make(&context, SIGHTINGS, &map) == HMAP_OK) { // a table at once, which does not grow
        for (size_t n = 0; n < SIGHTINGS; n++) {
            struct group_sighting *sighting = &book->sightings[book->count];
            make_value(book, c->key, 1 + n, sighting->key);
            make_value(book, c->elem, 101 + n * 7, sighting->elem);
            if (swiss_store(&context, map, sighting->key, sighting->elem) != HMAP_OK)
                break;
            book->count++;
        }
        state_group(book, c, check, witness);
        swiss_destroy(&context, map);
    }
    free(book);
}

void witness_swiss_memory(struct crosscheck *check, size_t witness)
{
    observe_map(check, witness);
    for (const struct group_case *c = group_cases; c->group_subject; c++)
        observe_group(check, witness, c);
}
