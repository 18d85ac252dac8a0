// SPDX-License-Identifier: MIT
#include "recording.h"
#include <stdarg.h>
#include <sys/mman.h>

// ---- the stream ----------------------------------------------------------------------

struct recording_place at = {.letter = ' '};

void differ(const char *format, ...)
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

void get(void *to, size_t size_bytes)
{
    if (fread(to, 1, size_bytes, stdin) != size_bytes)
        differ("the stream ends early");
}

uint8_t get8(void)
{
    int byte = getchar();
    if (byte == EOF)
        differ("the stream ends early");
    return (uint8_t)byte;
}

uint16_t get16(void)
{
    uint16_t value;
    get(&value, sizeof value);
    return value;
}

uint32_t get32(void)
{
    uint32_t value;
    get(&value, sizeof value);
    return value;
}

uint64_t get64(void)
{
    uint64_t value;
    get(&value, sizeof value);
    return value;
}

void must(enum hmap_status status, const char *what)
{
    if (status != HMAP_OK)
        differ("%s: %s", what, hmap_status_text(status));
}

// ---- random draws: those of the recording --------------------------------------------

uint64_t draws_next(void *state)
{
    struct draws *draws = state;
    if (draws->used == draws->count)
        differ("hmapcore draws a random number more than Go's %u", draws->count);
    return draws->values[draws->used++];
}

void get_draws(struct draws *draws)
{
    draws->count = get16();
    draws->used = 0;
    if (draws->count > sizeof draws->values / sizeof draws->values[0])
        differ("%u draws", draws->count);
    get(draws->values, draws->count * sizeof draws->values[0]);
}

void all_drawn(const struct draws *draws)
{
    if (draws->used != draws->count)
        differ("hmapcore drew %u random numbers, Go %u", draws->used, draws->count);
}

// ---- keys and elements, as in values.go ----------------------------------------------

// Where the recorder has it too: a pointer key is hashed by its value.
#define ARENA_ADDRESS ((void *)UINT64_C(0x551000000000))
enum { ARENA_BYTES = 512 << 20 };

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

static struct hmap_kind kind_bytes16, kind_bytes24, kind_bytes200, kind_pair, kind_padded, kind_uint16x2,
    kind_inner, kind_inners, kind_turn, kind_turns, kind_nested;
static struct hmap_field pair_fields[] = {{.name = "a", .kind = &hmap_kind_int32},
                                          {.name = "b", .kind = &hmap_kind_string}};
static struct hmap_field padded_fields[] = {{.name = "a", .kind = &hmap_kind_int8},
                                            {.name = "b", .kind = &hmap_kind_int32},
                                            {.name = "c", .kind = &hmap_kind_float64},
                                            {.name = "d", .kind = &kind_uint16x2},
                                            {.name = "e", .kind = &hmap_kind_int64}};
static struct hmap_field inner_fields[] = {{.name = "a", .kind = &hmap_kind_int32},
                                           {.name = "f", .kind = &hmap_kind_float32},
                                           {.name = "b", .kind = &hmap_kind_int32}};
static struct hmap_field turn_fields[] = {{.name = "f", .kind = &hmap_kind_float32},
                                          {.name = "i", .kind = &hmap_kind_int32}};
static struct hmap_field nested_fields[] = {
    {.name = "x", .kind = &hmap_kind_int32}, {.name = "in", .kind = &kind_inner},
    {.name = "y", .kind = &hmap_kind_int32}, {.name = "two", .kind = &kind_inners},
    {.name = "z", .kind = &hmap_kind_int16}, {.name = "turns", .kind = &kind_turns}};
static const struct hmap_kind *const dynamic_kinds[] = {
    NULL, &hmap_kind_int32, &hmap_kind_int64, &hmap_kind_string, &hmap_kind_float64, &hmap_kind_pointer};

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

void arena_open(struct arena *arena)
{
    must(hmap_kind_make_array(&kind_bytes16, "[16]uint8", &hmap_kind_uint8, 16), "kind");
    must(hmap_kind_make_array(&kind_bytes24, "[24]uint8", &hmap_kind_uint8, 24), "kind");
    must(hmap_kind_make_array(&kind_bytes200, "main.big", &hmap_kind_uint8, 200), "kind");
    must(hmap_kind_make_array(&kind_uint16x2, "[2]uint16", &hmap_kind_uint16, 2), "kind");
    must(hmap_kind_make_struct(&kind_pair, "main.pair", pair_fields, 2), "kind");
    must(hmap_kind_make_struct(&kind_padded, "main.padded", padded_fields, 5), "kind");
    must(hmap_kind_make_struct(&kind_inner, "main.inner", inner_fields, 3), "kind");
    must(hmap_kind_make_array(&kind_inners, "[2]main.inner", &kind_inner, 2), "kind");
    must(hmap_kind_make_struct(&kind_turn, "main.turn", turn_fields, 2), "kind");
    must(hmap_kind_make_array(&kind_turns, "[9]main.turn", &kind_turn, 9), "kind");
    must(hmap_kind_make_struct(&kind_nested, "main.nested", nested_fields, 6), "kind");
    arena->memory = mmap(ARENA_ADDRESS, ARENA_BYTES, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (arena->memory != ARENA_ADDRESS)
        differ("no memory at the arena's address");
}

void arena_close(struct arena *arena)
{
    munmap(arena->memory, ARENA_BYTES);
}

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
    {"[24]byte:int64", &kind_bytes24, &hmap_kind_int64, PLAIN, PLAIN, BYTES16, INT64, HMAP_VARIANT_GENERIC},
    {"nested:int64", &kind_nested, &hmap_kind_int64, PLAIN, PLAIN, NESTED, INT64, HMAP_VARIANT_GENERIC},
};

static struct inner make_inner(uint32_t n)
{
    return (struct inner){(int32_t)n, (float)(n % 1000), (int32_t)(n >> 4)};
}

static void make_nested(uint32_t n, struct nested *nested)
{
    nested->x = (int32_t)n;
    nested->in = make_inner(n + 1);
    nested->y = (int32_t)(n % 7);
    nested->two[0] = make_inner(n + 2);
    nested->two[1] = make_inner(n + 3);
    nested->z = (int16_t)n;
    for (uint32_t i = 0; i < 9; i++) {
        nested->turns[i].f = (float)(n % 100 + i);
        nested->turns[i].i = (int32_t)(n + i);
    }
}

union value make_value(struct arena *arena, enum made made, uint64_t number, uint8_t variant, bool is_key)
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
    case NESTED:
        make_nested(n, &value.nested);
        break;
    case UINT8:
        value.bytes[0] = (uint8_t)number;
        break;
    case NOTHING:
        break;
    }
    return value;
}

const struct subject *subject_at(uint8_t number)
{
    if (number >= sizeof subjects / sizeof subjects[0])
        differ("subject %u", number);
    return &subjects[number];
}

// ---- what a dump is made of ----------------------------------------------------------

void put(struct buffer *buffer, const void *data, size_t size_bytes)
{
    if (buffer->used + size_bytes > buffer->capacity) {
        buffer->capacity = 2 * (buffer->used + size_bytes);
        buffer->bytes = realloc(buffer->bytes, buffer->capacity);
    }
    if (size_bytes)
        memcpy(buffer->bytes + buffer->used, data, size_bytes);
    buffer->used += size_bytes;
}

void put8(struct buffer *buffer, uint8_t value)
{
    put(buffer, &value, sizeof value);
}

void put16(struct buffer *buffer, uint16_t value)
{
    put(buffer, &value, sizeof value);
}

void put32(struct buffer *buffer, uint32_t value)
{
    put(buffer, &value, sizeof value);
}

void put64(struct buffer *buffer, uint64_t value)
{
    put(buffer, &value, sizeof value);
}

static const void *pointer_at(const char *place)
{
    const void *pointer;
    memcpy(&pointer, place, sizeof pointer);
    return pointer;
}

void put_value(struct buffer *out, const struct arena *arena, const char *place, uint64_t size_bytes,
               enum written_form form, bool evacuated)
{
    struct hmap_string string;
    struct hmap_interface any;
    uint8_t number = 0xee;
    switch (form) {
    case PLAIN:
        put(out, place, size_bytes);
        return;
    case POINTER:
        put64(out, offset_of(arena, pointer_at(place)));
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
        put8(out, pointer_at(place) != NULL);
        if (pointer_at(place) && !evacuated)
            put(out, pointer_at(place), size_bytes);
    }
}

bool same_dump(const struct buffer *ours, struct buffer *theirs, size_t *first)
{
    uint32_t size_bytes = get32();
    if (size_bytes > theirs->capacity) {
        theirs->capacity = 2 * (size_t)size_bytes;
        theirs->bytes = realloc(theirs->bytes, theirs->capacity);
    }
    theirs->used = size_bytes;
    get(theirs->bytes, size_bytes);
    at.dumps++;
    at.dump_bytes += size_bytes;
    *first = 0;
    if (ours->used == size_bytes && memcmp(ours->bytes, theirs->bytes, size_bytes) == 0)
        return true;
    while (*first < size_bytes && *first < ours->used && ours->bytes[*first] == theirs->bytes[*first])
        ++*first;
    return false;
}

struct recorded_head get_head(void)
{
    char magic[8];
    get(magic, sizeof magic);
    if (memcmp(magic, "MAPDUMP2", sizeof magic) != 0)
        differ("not a recording");
    const uint8_t flavour = get8();
    return (struct recorded_head){flavour, get8()};
}

enum hmap_hash_algorithm replayed_hash(const struct recorded_head *head, bool portable)
{
    return !head->aes ? HMAP_HASH_FALLBACK : portable ? HMAP_HASH_AES_PORTABLE : HMAP_HASH_AES;
}

const char *hash_word(const struct recorded_head *head, bool portable)
{
    return !head->aes ? "fallback" : portable ? "portable AES" : "AES";
}

void expect_seen(const struct seen *seen, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%12llu %s\n", (unsigned long long)seen[i].count, seen[i].what);
        if (!seen[i].count)
            differ("no %s came up: the recording proves too little", seen[i].what);
    }
}
