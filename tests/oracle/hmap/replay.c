// Replays what fixtures/go/mapdump did to a real Go map, in hmapcore, from standard input: the same
// operations, the same random draws; then results, iterations and the memory of the map must be the same to
// the byte (pointers by what they name).
//
// It also counts what it came across, and fails when something that matters never came up.
#include "hmapcore/hmap.h"
#include "hmapcore/hmap_check.h"
#include "hmapcore/hmap_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

// ---- the stream ----------------------------------------------------------------------

static struct {
    uint64_t records, dumps, dump_bytes;
    int letter;
    const char *scenario;
} at = {.letter = ' '};

static __attribute__((noreturn, format(printf, 1, 2))) void differ(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "replay: %s, record %llu '%c': ", at.scenario ? at.scenario : "start",
            (unsigned long long)at.records, at.letter);
    vfprintf(stderr, format, arguments);
    fprintf(stderr, "\n");
    va_end(arguments);
    exit(1);
}

static void get(void *to, size_t size_bytes)
{
    if (fread(to, 1, size_bytes, stdin) != size_bytes)
        differ("the stream ends early");
}

static uint8_t get8(void)
{
    int byte = getchar();
    if (byte == EOF)
        differ("the stream ends early");
    return (uint8_t)byte;
}

static uint16_t get16(void)
{
    uint16_t value;
    get(&value, sizeof value);
    return value;
}

static uint32_t get32(void)
{
    uint32_t value;
    get(&value, sizeof value);
    return value;
}

static uint64_t get64(void)
{
    uint64_t value;
    get(&value, sizeof value);
    return value;
}

// ---- random draws: those of the recording --------------------------------------------

struct draws {
    uint64_t values[65536];
    unsigned count, used;
};

static uint64_t draws_next(void *state)
{
    struct draws *draws = state;
    if (draws->used == draws->count)
        differ("hmapcore draws a random number more than Go's %u", draws->count);
    return draws->values[draws->used++];
}

static void get_draws(struct draws *draws)
{
    draws->count = get16();
    draws->used = 0;
    if (draws->count > sizeof draws->values / sizeof draws->values[0])
        differ("%u draws", draws->count);
    get(draws->values, draws->count * sizeof draws->values[0]);
}

static void all_drawn(const struct draws *draws)
{
    if (draws->used != draws->count)
        differ("hmapcore drew %u random numbers, Go %u", draws->used, draws->count);
}

// ---- keys and elements, as in values.go ----------------------------------------------

// Where the recorder has it too: a pointer key is hashed by its value.
#define ARENA_ADDRESS ((void *)UINT64_C(0x551000000000))
enum { ARENA_BYTES = 512 << 20 };

struct arena {
    char *memory;
    size_t used;
};

static void *take(struct arena *arena, size_t size_bytes, size_t align)
{
    arena->used = (arena->used + align - 1) / align * align;
    void *place = arena->memory + arena->used;
    arena->used += size_bytes;
    if (arena->used > ARENA_BYTES)
        differ("the arena is full");
    return place;
}

static uint64_t offset_of(const struct arena *arena, const void *pointer)
{
    if (!pointer)
        return UINT64_MAX;
    uint64_t offset = (uintptr_t)pointer - (uintptr_t)arena->memory;
    return offset < ARENA_BYTES ? offset : UINT64_MAX - 1;
}

static struct hmap_string make_text(struct arena *arena, uint32_t n)
{
    char digits[16] = "";
    size_t head = n ? (size_t)snprintf(digits, sizeof digits, "%u", n) : 0;
    size_t length = head + n % 7 * (n % 23);
    char *text = take(arena, length + 1, 1);
    memset(text, 'x', length);
    memcpy(text, digits, head);
    return (struct hmap_string){text, (int64_t)length};
}

static double make_float(uint32_t n, uint8_t variant)
{
    if (n == 0 && variant & 1)
        return -0.0;
    double number = n / 4.0;
    if (n % 50 == 7) {
        uint64_t bits = UINT64_C(0x7ff8000000000000) | n;
        memcpy(&number, &bits, sizeof bits);
    }
    return number;
}

struct pair {
    int32_t a;
    struct hmap_string b;
};

struct padded {
    int8_t a;
    int32_t b;
    double c;
    uint16_t d[2];
    int64_t e;
};

static struct hmap_kind kind_bytes16, kind_bytes200, kind_pair, kind_padded, kind_uint16x2;
static struct hmap_field pair_fields[] = {{.name = "a", .kind = &hmap_kind_int32},
                                          {.name = "b", .kind = &hmap_kind_string}};
static struct hmap_field padded_fields[] = {{.name = "a", .kind = &hmap_kind_int8},
                                            {.name = "b", .kind = &hmap_kind_int32},
                                            {.name = "c", .kind = &hmap_kind_float64},
                                            {.name = "d", .kind = &kind_uint16x2},
                                            {.name = "e", .kind = &hmap_kind_int64}};
static const struct hmap_kind *const dynamic_kinds[] = {
    NULL, &hmap_kind_int32, &hmap_kind_int64, &hmap_kind_string, &hmap_kind_float64, &hmap_kind_pointer};

union value {
    _Alignas(16) uint8_t bytes[256];
    int32_t int32;
    int64_t int64;
    uint64_t word;
    double float64;
    void *pointer;
    struct hmap_string string;
    struct hmap_interface interface;
    struct pair pair;
    struct padded padded;
};

static struct hmap_interface make_any(struct arena *arena, uint32_t n, uint8_t variant)
{
    struct hmap_interface any = {0};
    union value value = {0};
    switch (n % 5) {
    case 0:
        value.int32 = (int32_t)n;
        any.data = memcpy(take(arena, 4, 8), &value, 4);
        break;
    case 1:
        value.int64 = n;
        any.data = memcpy(take(arena, 8, 8), &value, 8);
        break;
    case 2:
        value.string = make_text(arena, n);
        any.data = memcpy(take(arena, 16, 8), &value, 16);
        break;
    case 3:
        value.float64 = make_float(n - 3, variant);
        any.data = memcpy(take(arena, 8, 8), &value, 8);
        break;
    default:
        if (n == 4)
            return any;
        any.data = arena->memory + (size_t)8 * n;
    }
    any.kind = dynamic_kinds[n % 5 + 1];
    return any;
}

// ---- subjects, as in subject.go ------------------------------------------------------

enum form { PLAIN, POINTER, STRING, INTERFACE, STRING_AT_8, INDIRECT };

enum made { INT32, INT64, TEXT, ADDRESS, FLOAT, ANY, BYTES16, BIG, PAIR, PADDED, NOTHING, UINT8, SHORT_TEXT };

struct subject {
    const char *name;
    const struct hmap_kind *key, *elem;
    enum form key_form, elem_form;
    enum made key_made, elem_made;
    enum hmap_variant variant; // what the compiler chose: see the calls in the recorder's code
};

static const struct subject subjects[] = {
    {"int32:int32", &hmap_kind_int32, &hmap_kind_int32, PLAIN, PLAIN, INT32, INT32, HMAP_VARIANT_FAST32},
    {"int64:int64", &hmap_kind_int64, &hmap_kind_int64, PLAIN, PLAIN, INT64, INT64, HMAP_VARIANT_FAST64},
    {"int64:nothing", &hmap_kind_int64, &hmap_kind_empty_struct, PLAIN, PLAIN, INT64, NOTHING,
     HMAP_VARIANT_FAST64},
    {"string:int64", &hmap_kind_string, &hmap_kind_int64, STRING, PLAIN, TEXT, INT64, HMAP_VARIANT_FASTSTR},
    {"int64:string", &hmap_kind_int64, &hmap_kind_string, PLAIN, STRING, INT64, SHORT_TEXT,
     HMAP_VARIANT_FAST64},
    {"pointer:uint8", &hmap_kind_pointer, &hmap_kind_uint8, POINTER, PLAIN, ADDRESS, UINT8,
     HMAP_VARIANT_FAST64},
    {"float64:int64", &hmap_kind_float64, &hmap_kind_int64, PLAIN, PLAIN, FLOAT, INT64, HMAP_VARIANT_GENERIC},
    {"any:int64", &hmap_kind_interface, &hmap_kind_int64, INTERFACE, PLAIN, ANY, INT64, HMAP_VARIANT_GENERIC},
    {"[16]byte:int64", &kind_bytes16, &hmap_kind_int64, PLAIN, PLAIN, BYTES16, INT64, HMAP_VARIANT_GENERIC},
    {"[200]byte:int64", &kind_bytes200, &hmap_kind_int64, INDIRECT, PLAIN, BIG, INT64, HMAP_VARIANT_GENERIC},
    {"int64:[200]byte", &hmap_kind_int64, &kind_bytes200, PLAIN, INDIRECT, INT64, BIG, HMAP_VARIANT_GENERIC},
    {"pair:uint8", &kind_pair, &hmap_kind_uint8, STRING_AT_8, PLAIN, PAIR, UINT8, HMAP_VARIANT_GENERIC},
    {"padded:int64", &kind_padded, &hmap_kind_int64, PLAIN, PLAIN, PADDED, INT64, HMAP_VARIANT_GENERIC},
    {"string:string", &hmap_kind_string, &hmap_kind_string, STRING, STRING, TEXT, SHORT_TEXT,
     HMAP_VARIANT_FASTSTR},
};

static union value make_value(struct arena *arena, enum made made, uint64_t number, uint8_t variant,
                              bool is_key)
{
    union value value;
    uint32_t n = (uint32_t)number;
    memset(&value, 0, sizeof value);
    switch (made) {
    case INT32:
        value.int32 = (int32_t)(is_key ? n * 2654435761u : n);
        break;
    case INT64:
        value.word = number * UINT64_C(0x9e3779b97f4a7c15);
        break;
    case TEXT:
        value.string = make_text(arena, n);
        break;
    case SHORT_TEXT:
        value.string = make_text(arena, n % 1000);
        break;
    case ADDRESS:
        value.pointer = arena->memory + (size_t)8 * n;
        break;
    case FLOAT:
        value.float64 = make_float(n, variant);
        break;
    case ANY:
        value.interface = make_any(arena, n, variant);
        break;
    case BYTES16:
        memcpy(value.bytes + 5, &n, sizeof n);
        break;
    case BIG:
        memcpy(value.bytes, &number, 8);
        memcpy(value.bytes + 192, &number, 8);
        break;
    case PAIR:
        value.pair.a = (int32_t)(n % 3);
        value.pair.b = make_text(arena, n);
        break;
    case PADDED:
        value.padded.a = (int8_t)n;
        value.padded.b = (int32_t)n;
        value.padded.c = make_float(n, variant);
        value.padded.d[0] = (uint16_t)n;
        value.padded.d[1] = (uint16_t)(n >> 3);
        value.padded.e = n;
        break;
    case UINT8:
        value.bytes[0] = (uint8_t)number;
        break;
    case NOTHING:
        break;
    }
    return value;
}

// ---- the dump, as in dump.go ---------------------------------------------------------

struct buffer {
    uint8_t *bytes;
    size_t used, capacity;
};

static void put(struct buffer *buffer, const void *data, size_t size_bytes)
{
    if (buffer->used + size_bytes > buffer->capacity) {
        buffer->capacity = 2 * (buffer->used + size_bytes);
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
    }
    if (size_bytes)
        memcpy(buffer->bytes + buffer->used, data, size_bytes);
    buffer->used += size_bytes;
}

static void put8(struct buffer *buffer, uint8_t value)
{
    put(buffer, &value, sizeof value);
}

static void put32(struct buffer *buffer, uint32_t value)
{
    put(buffer, &value, sizeof value);
}

static void put64(struct buffer *buffer, uint64_t value)
{
    put(buffer, &value, sizeof value);
}

static void put_value(struct buffer *out, const struct arena *arena, const char *place, uint64_t size_bytes,
                      enum form form, bool evacuated)
{
    struct hmap_string string;
    struct hmap_interface any;
    uint8_t number = 0xee;
    switch (form) {
    case PLAIN:
        put(out, place, size_bytes);
        return;
    case POINTER:
        put64(out, offset_of(arena, load_pointer(place)));
        return;
    case STRING_AT_8:
        put(out, place, 4);
        place += 8;
        // fall through
    case STRING:
        memcpy(&string, place, sizeof string);
        put64(out, offset_of(arena, string.data));
        put64(out, (uint64_t)string.len);
        return;
    case INTERFACE:
        memcpy(&any, place, sizeof any);
        for (uint8_t i = 0; i < sizeof dynamic_kinds / sizeof dynamic_kinds[0]; i++)
            if (dynamic_kinds[i] == any.kind)
                number = i;
        put8(out, number);
        put64(out, offset_of(arena, any.data));
        return;
    case INDIRECT:
        put8(out, load_pointer(place) != NULL);
        if (load_pointer(place) && !evacuated)
            put(out, load_pointer(place), size_bytes);
    }
}

struct named {
    const struct bmap *bucket;
    uint32_t name;
};

struct array {
    const struct hmap_type *type;
    void *start;
    uint64_t count, total;
    struct named *outside; // in order of their names; then sorted by address
    uint32_t outside_count, outside_capacity;
};

static bool array_holds(const struct array *array, const struct bmap *bucket)
{
    return (uintptr_t)bucket >= (uintptr_t)array->start &&
           (uintptr_t)bucket < (uintptr_t)bucket_at(array->type, array->start, array->total);
}

static int compare_named(const void *left, const void *right)
{
    const struct named *a = left, *b = right;
    return (a->bucket > b->bucket) - (a->bucket < b->bucket);
}

static struct array array_make(const struct hmap_context *context, void *start, uint8_t B)
{
    struct array array = {.type = context->type, .start = start, .count = bucket_count(B)};
    array.total = hmap_array_buckets(context->type, context->flavour, B);
    for (uint64_t i = 0; i < array.count; i++) {
        for (struct bmap *bucket = overflow_of(array.type, bucket_at(array.type, start, i)); bucket;
             bucket = overflow_of(array.type, bucket)) {
            if (array_holds(&array, bucket))
                continue;
            if (array.outside_count == array.outside_capacity) {
                array.outside_capacity = array.outside_capacity ? 2 * array.outside_capacity : 64;
                array.outside = realloc(array.outside, array.outside_capacity * sizeof array.outside[0]);
            }
            array.outside[array.outside_count] = (struct named){bucket, 0x80000000u + array.outside_count};
            array.outside_count++;
        }
    }
    return array;
}

static uint32_t array_name(const struct array *array, const struct named *sorted, const struct bmap *bucket)
{
    if (!bucket)
        return 0;
    if (array_holds(array, bucket))
        return (uint32_t)(((uintptr_t)bucket - (uintptr_t)array->start) / array->type->bucket_bytes) + 1;
    struct named wanted = {bucket, 0};
    const struct named *found =
        array->outside_count ? bsearch(&wanted, sorted, array->outside_count, sizeof wanted, compare_named)
                             : NULL;
    return found ? found->name : 0x7fffffff;
}

static struct named *array_sorted(const struct array *array)
{
    struct named *sorted = malloc((array->outside_count + 1) * sizeof *sorted);
    if (array->outside_count) {
        memcpy(sorted, array->outside, array->outside_count * sizeof *sorted);
        qsort(sorted, array->outside_count, sizeof *sorted, compare_named);
    }
    return sorted;
}

struct replay {
    struct arena arena;
    struct draws draws;
    struct hmap_context context;
    struct hmap_type type;
    const struct subject *subject;
    struct hmap *map;
    struct hiter iter;
    bool in_range, range_fresh;
    struct buffer ours, theirs;
    uint64_t events[HMAP_EVENT_KINDS], same_size, relookups, skips_of_others, estimated;
};

static void put_bucket(struct replay *replay, const struct array *array, const struct named *sorted,
                       struct bmap *bucket)
{
    const struct hmap_type *type = array->type;
    struct buffer *out = &replay->ours;
    put(out, bucket->tophash, sizeof bucket->tophash);
    for (unsigned i = 0; i < HMAP_BUCKET_SLOTS; i++)
        put_value(out, &replay->arena, key_slot(type, bucket, i), type->key->size_bytes,
                  replay->subject->key_form, bucket->tophash[i] > 1 && bucket->tophash[i] < 5);
    for (unsigned i = 0; i < HMAP_BUCKET_SLOTS; i++)
        put_value(out, &replay->arena, elem_slot(type, bucket, i), type->elem->size_bytes,
                  replay->subject->elem_form, bucket->tophash[i] > 1 && bucket->tophash[i] < 5);
    put32(out, array_name(array, sorted, overflow_of(type, bucket)));
}

static void put_array(struct replay *replay, const struct array *array, const struct named *sorted)
{
    put64(&replay->ours, array->total);
    for (uint64_t i = 0; i < array->total; i++)
        put_bucket(replay, array, sorted, bucket_at(array->type, array->start, i));
    put32(&replay->ours, array->outside_count);
    for (uint32_t i = 0; i < array->outside_count; i++)
        put_bucket(replay, array, sorted, (struct bmap *)(uintptr_t)array->outside[i].bucket);
}

static void put_list(struct buffer *out, const struct array *array, const struct named *sorted,
                     const struct hmap_bucket_slice *list)
{
    put64(out, list ? (uint64_t)list->len : UINT64_MAX);
    for (int64_t i = 0; list && i < list->len; i++)
        put32(out, array_name(array, sorted, list->array[i]));
}

static void dump(struct replay *replay)
{
    const struct hmap *map = replay->map;
    struct buffer *out = &replay->ours;
    struct array current = {0}, old = {0};
    out->used = 0;
    put(out, &map->count, 8);
    put8(out, map->flags);
    put8(out, map->B);
    put(out, &map->noverflow, 2);
    put32(out, map->hash0);
    put64(out, map->nevacuate);
    put8(out, (uint8_t)((map->buckets ? 1 : 0) | (map->oldbuckets ? 2 : 0) | (map->extra ? 4 : 0)));
    if (map->buckets)
        current = array_make(&replay->context, map->buckets, map->B);
    if (map->oldbuckets)
        old = array_make(&replay->context, map->oldbuckets,
                         map->flags & HMAP_SAME_SIZE_GROW ? map->B : (uint8_t)(map->B - 1));
    struct named *current_sorted = array_sorted(&current), *old_sorted = array_sorted(&old);
    if (map->buckets)
        put_array(replay, &current, current_sorted);
    if (map->oldbuckets)
        put_array(replay, &old, old_sorted);
    if (map->extra) {
        put_list(out, &current, current_sorted, map->extra->overflow);
        put_list(out, &old, old_sorted, map->extra->oldoverflow);
        put32(out, array_name(&current, current_sorted, map->extra->nextOverflow));
    }
    free(current.outside);
    free(old.outside);
    free(current_sorted);
    free(old_sorted);
}

static void compare_dump(struct replay *replay)
{
    uint32_t size_bytes = get32();
    if (size_bytes > replay->theirs.capacity) {
        replay->theirs.capacity = 2 * (size_t)size_bytes;
        replay->theirs.bytes = realloc(replay->theirs.bytes, replay->theirs.capacity);
    }
    get(replay->theirs.bytes, size_bytes);
    dump(replay);
    at.dumps++;
    at.dump_bytes += size_bytes;
    const struct hmap *map = replay->map;
    struct hmap_check check;
    if (!hmap_check(&replay->context, replay->map, &check))
        differ("hmap_check: %s", check.problem);
    if (replay->ours.used == size_bytes && memcmp(replay->ours.bytes, replay->theirs.bytes, size_bytes) == 0)
        return;
    size_t i = 0;
    while (i < size_bytes && i < replay->ours.used && replay->ours.bytes[i] == replay->theirs.bytes[i])
        i++;
    struct hmap go;
    memcpy(&go, replay->theirs.bytes, 16);
    fprintf(stderr, "Go:       count %lld flags %x B %u noverflow %u hash0 %08x\n", (long long)go.count,
            go.flags, go.B, go.noverflow, go.hash0);
    fprintf(stderr, "hmapcore: count %lld flags %x B %u noverflow %u hash0 %08x\n", (long long)map->count,
            map->flags, map->B, map->noverflow, map->hash0);
    differ("the memory differs at byte %zu of %u (ours has %zu): Go %02x, ours %02x; header 25 bytes, "
           "buckets %u",
           i, size_bytes, replay->ours.used, i < size_bytes ? replay->theirs.bytes[i] : 0,
           i < replay->ours.used ? replay->ours.bytes[i] : 0, replay->type.bucket_bytes);
}

// ---- operations ----------------------------------------------------------------------

static void must(enum hmap_status status, const char *what)
{
    if (status != HMAP_OK)
        differ("%s: %s", what, hmap_status_text(status));
}

static void count_event(void *state, const struct hmap_event *event)
{
    struct replay *replay = state;
    replay->events[event->kind]++;
    if (event->kind == HMAP_EVENT_OVERFLOW && event->B >= 16)
        replay->estimated++;
    if (event->kind == HMAP_EVENT_GROW_START && event->detail & HMAP_DETAIL_SAME_SIZE)
        replay->same_size++;
    if (event->kind == HMAP_EVENT_ITER_STEP && event->detail & HMAP_DETAIL_RELOOKUP)
        replay->relookups++;
    if (event->kind == HMAP_EVENT_ITER_SKIP && !(event->detail & HMAP_DETAIL_RELOOKUP))
        replay->skips_of_others++;
}

static void start_subject(struct replay *replay)
{
    uint8_t number = get8();
    uint32_t hint = get32();
    if (number >= sizeof subjects / sizeof subjects[0])
        differ("subject %u", number);
    hmap_destroy(&replay->context, replay->map);
    replay->map = NULL;
    replay->subject = &subjects[number];
    at.scenario = replay->subject->name;
    must(hmap_type_make(&replay->type, replay->subject->key, replay->subject->elem), "type");
    if (replay->type.variant != replay->subject->variant)
        differ("the compiler serves this map with variant %d, hmapcore with %d", replay->subject->variant,
               replay->type.variant);
    replay->context.type = &replay->type;
    get_draws(&replay->draws);
    must(hmap_make(&replay->context, hint, &replay->map), "make");
    all_drawn(&replay->draws);
}

static void replay_assign(struct replay *replay)
{
    uint32_t n = get32();
    uint8_t variant = get8();
    uint64_t number = get64();
    get_draws(&replay->draws);
    union value key = make_value(&replay->arena, replay->subject->key_made, n, variant, true);
    union value elem = make_value(&replay->arena, replay->subject->elem_made, number, 0, false);
    must(hmap_store(&replay->context, replay->map, &key, &elem), "assign");
    all_drawn(&replay->draws);
}

static void replay_key(struct replay *replay, bool remove)
{
    uint32_t n = get32();
    uint8_t variant = get8();
    bool found = remove ? false : get8();
    get_draws(&replay->draws);
    union value key = make_value(&replay->arena, replay->subject->key_made, n, variant, true);
    struct hmap_result result = remove ? hmap_delete(&replay->context, replay->map, &key)
                                       : hmap_find(&replay->context, replay->map, &key);
    must(result.status, remove ? "delete" : "find");
    if (!remove && result.found != found)
        differ("key %u: Go %s it", n, found ? "finds" : "does not find");
    all_drawn(&replay->draws);
}

static void compare_part(struct replay *replay, const void *value, const struct hmap_kind *kind,
                         enum form form, const char *what)
{
    uint16_t size_bytes = get16();
    uint8_t theirs[1024];
    if (size_bytes > sizeof theirs)
        differ("%s of %u bytes", what, size_bytes);
    get(theirs, size_bytes);
    replay->ours.used = 0;
    put_value(&replay->ours, &replay->arena, value, kind->size_bytes, form == INDIRECT ? PLAIN : form, false);
    if (replay->ours.used != size_bytes || memcmp(replay->ours.bytes, theirs, size_bytes) != 0)
        differ("range: Go yields another %s here", what);
}

static void range_advance(struct replay *replay)
{
    if (!replay->in_range)
        differ("a step of no range");
    if (!replay->range_fresh)
        must(hmap_iter_next(&replay->context, &replay->iter), "range");
    replay->range_fresh = false;
}

static void replay_range(struct replay *replay, uint8_t letter)
{
    switch (letter) {
    case 'R':
        get_draws(&replay->draws);
        must(hmap_iter_start(&replay->context, replay->map, &replay->iter), "range");
        all_drawn(&replay->draws);
        replay->in_range = replay->range_fresh = true;
        break;
    case 'r':
        range_advance(replay);
        if (!replay->iter.key)
            differ("range: Go yields one more");
        compare_part(replay, replay->iter.key, replay->type.key, replay->subject->key_form, "key");
        compare_part(replay, replay->iter.elem, replay->type.elem, replay->subject->elem_form, "element");
        break;
    case 'e':
        range_advance(replay);
        if (replay->iter.key)
            differ("range: Go ends here");
        replay->in_range = false;
        break;
    default:
        hmap_iter_stop(&replay->iter);
        replay->in_range = false;
    }
}

static void replay_clone(struct replay *replay)
{
    struct hmap *clone;
    get_draws(&replay->draws);
    must(hmap_clone(&replay->context, replay->map, &clone), "clone");
    all_drawn(&replay->draws);
    hmap_destroy(&replay->context, replay->map);
    replay->map = clone;
}

static void replay_header(struct replay *replay, bool portable)
{
    char magic[8];
    get(magic, sizeof magic);
    if (memcmp(magic, "MAPDUMP1", sizeof magic) != 0)
        differ("not a recording");
    uint8_t flavour = get8();
    bool aes = get8();
    static struct hmap_type any_type;
    must(hmap_type_make(&any_type, &hmap_kind_int64, &hmap_kind_int64), "type");
    hmap_context_init(&replay->context, &any_type, (enum hmap_flavour)flavour,
                      !aes       ? HMAP_HASH_FALLBACK
                      : portable ? HMAP_HASH_AES_PORTABLE
                                 : HMAP_HASH_AES,
                      0);
    get(replay->context.aes_schedule, sizeof replay->context.aes_schedule);
    get(replay->context.hash_key, sizeof replay->context.hash_key);
    replay->context.random = (struct hmap_random){draws_next, &replay->draws};
    replay->context.sink = (struct hmap_sink){count_event, replay};
    printf("flavour %d, %s hash\n", flavour, !aes ? "fallback" : portable ? "portable AES" : "AES");
}

// Agreement about what never happened proves nothing.
static void must_have_seen(const struct replay *replay)
{
    const struct {
        const char *what;
        uint64_t count;
    } seen[] = {
        {"insertions", replay->events[HMAP_EVENT_INSERT]},
        {"overwrites", replay->events[HMAP_EVENT_OVERWRITE]},
        {"deletions", replay->events[HMAP_EVENT_DELETE]},
        {"empty-rest runs", replay->events[HMAP_EVENT_EMPTY_REST]},
        {"reseeds", replay->events[HMAP_EVENT_RESEED]},
        {"overflow buckets", replay->events[HMAP_EVENT_OVERFLOW]},
        {"overflow buckets counted by chance", replay->estimated},
        {"growths", replay->events[HMAP_EVENT_GROW_START]},
        {"same-size growths", replay->same_size},
        {"evacuations", replay->events[HMAP_EVENT_EVACUATE]},
        {"clears", replay->events[HMAP_EVENT_CLEAR]},
        {"clones", replay->context.flavour == HMAP_GO_1_19 ? 1 : replay->events[HMAP_EVENT_CLONE]},
        {"iterator steps", replay->events[HMAP_EVENT_ITER_STEP]},
        {"entries looked up again by iterators", replay->relookups},
        {"entries iterators leave to the other half", replay->skips_of_others},
        {"dumps", at.dumps},
    };
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++) {
        printf("%12llu %s\n", (unsigned long long)seen[i].count, seen[i].what);
        if (!seen[i].count)
            differ("no %s came up: the recording proves too little", seen[i].what);
    }
}

int main(int argc, char **argv)
{
    static struct replay replay;
    bool portable = argc > 1 && strcmp(argv[1], "--portable-aes") == 0;
    must(hmap_kind_make_array(&kind_bytes16, "[16]uint8", &hmap_kind_uint8, 16), "kind");
    must(hmap_kind_make_array(&kind_bytes200, "main.big", &hmap_kind_uint8, 200), "kind");
    must(hmap_kind_make_array(&kind_uint16x2, "[2]uint16", &hmap_kind_uint16, 2), "kind");
    must(hmap_kind_make_struct(&kind_pair, "main.pair", pair_fields, 2), "kind");
    must(hmap_kind_make_struct(&kind_padded, "main.padded", padded_fields, 5), "kind");
    replay.arena.memory = mmap(ARENA_ADDRESS, ARENA_BYTES, PROT_READ | PROT_WRITE,
                               MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (replay.arena.memory != ARENA_ADDRESS)
        differ("no memory at the arena's address");
    replay_header(&replay, portable);
    for (;;) {
        uint8_t letter = get8();
        at.records++;
        at.letter = letter;
        if (letter == 'Z')
            break;
        if (letter != 'S' && !replay.map)
            differ("an operation on no map");
        switch (letter) {
        case 'S':
            start_subject(&replay);
            break;
        case 'A':
            replay_assign(&replay);
            break;
        case 'D':
        case 'F':
            replay_key(&replay, letter == 'D');
            break;
        case 'C':
            get_draws(&replay.draws);
            must(hmap_clear(&replay.context, replay.map), "clear");
            all_drawn(&replay.draws);
            break;
        case 'K':
            replay_clone(&replay);
            break;
        case 'P':
            compare_dump(&replay);
            break;
        default:
            if (!strchr("Rreb", letter))
                differ("a record '%c'", letter);
            replay_range(&replay, letter);
        }
    }
    hmap_destroy(&replay.context, replay.map);
    munmap(replay.arena.memory, ARENA_BYTES);
    free(replay.ours.bytes);
    free(replay.theirs.bytes);
    must_have_seen(&replay);
    printf("%llu records and %llu MB of map memory agree\n", (unsigned long long)at.records,
           (unsigned long long)(at.dump_bytes >> 20));
    return 0;
}
