// Decodes rtypes (Go 1.19 to 1.27, internal/abi/type.go; runtime/type.go before):
//
//     word 0  size          word 1  bytes that hold pointers
//     2       hash u32, flags u8, align u8, field align u8, kind u8 (5 bits)
//     3       equal         4       gcdata
//     5       name i32 (an offset from the types region), pointer to this i32
//     then    what its kind needs: key, element, fields …
#include "gomap/rtype_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    FLAG_EXTRA_STAR = 2,
    FLAG_NAMED = 4,
    KIND_MASK = 31,
    NAME_EMBEDDED = 8,
    NAME_FLAGS = 15, // all that there are
    NAME_BYTES_MOST = 1 << 16,
    FIELDS_MOST = 1 << 16,
    REGION_BYTES_MOST = 512 << 20,
    INDIRECT_ABOVE = 128, // bytes: larger keys and elements are kept behind pointers (MapMaxKeyBytes)
};
#define SIZE_MOST (UINT64_C(1) << 47)

// ---- tables -----------------------------------------------------------------------------------------------

static size_t place_of(const struct address_table *table, uint64_t address)
{
    size_t at = (size_t)((address >> 3) * 0x9e3779b97f4a7c15u >> 20) & (table->capacity - 1);
    while (table->places[at].address && table->places[at].address != address)
        at = (at + 1) & (table->capacity - 1);
    return at;
}

void *address_table_find(const struct address_table *table, uint64_t address)
{
    return table->capacity && address ? table->places[place_of(table, address)].value : NULL;
}

bool address_table_put(struct address_table *table, uint64_t address, void *value)
{
    if (2 * (table->length + 1) > table->capacity) {
        struct address_table grown = {.capacity = table->capacity ? 2 * table->capacity : 64};
        grown.places = calloc(grown.capacity, sizeof(*grown.places));
        if (!grown.places)
            return false;
        for (size_t i = 0; i < table->capacity; i++) {
            if (table->places[i].address)
                grown.places[place_of(&grown, table->places[i].address)] = table->places[i];
        }
        grown.length = table->length;
        free(table->places);
        *table = grown;
    }
    size_t at = place_of(table, address);
    table->places[at].address = address;
    table->places[at].value = value;
    table->length++;
    return true;
}

void address_table_free(struct address_table *table)
{
    free(table->places);
    *table = (struct address_table){.length = 0};
}

// ---- bytes and names --------------------------------------------------------------------------------------

const uint8_t *types_read(struct go_types *types, uint64_t address, uint64_t size_bytes)
{
    const struct go_region *region = &types->region;
    if (address >= region->begin && address < region->end && size_bytes <= region->end - address)
        return types->bytes + (address - region->begin);
    if (size_bytes > (1 << 20))
        return NULL;
    uint8_t *copy = arena_alloc(&types->arena, size_bytes); // a type made at run time: few are
    return copy && runtime_try(types->runtime, address, copy, size_bytes) ? copy : NULL;
}

bool types_read_name(struct go_types *types, uint64_t address, struct rtype_name *name)
{
    enum { HEAD = 4 }; // flags, and a length of at most 3 bytes
    const uint8_t *head = types_read(types, address, HEAD);
    size_t length = 0, at = 1;
    *name = (struct rtype_name){.text = ""};
    if (!head || head[0] & ~NAME_FLAGS)
        return false;
    for (unsigned shift = 0;; shift += 7, at++) {
        if (at >= HEAD)
            return false;
        length |= (size_t)(head[at] & 0x7f) << shift;
        if (!(head[at] & 0x80))
            break;
    }
    const uint8_t *text = types_read(types, address + at + 1, length);
    if (!text || length > NAME_BYTES_MOST)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] == 0x7f)
            return false;
    }
    name->is_embedded = head[0] & NAME_EMBEDDED;
    name->text = arena_copy_text(&types->arena, (const char *)text, length);
    return name->text != NULL;
}

// ---- one type ---------------------------------------------------------------------------------------------

// The part that all types have.
struct raw_type {
    uint64_t size_bytes, pointer_bytes;
    uint32_t hash;
    uint8_t flags, align_bytes, field_align_bytes, kind;
    int32_t name;
};

static bool is_power(uint64_t number)
{
    return number && !(number & (number - 1));
}

static unsigned raw_bytes(const struct go_types *types)
{
    return 4 * types->runtime->facts.word_bytes + 16;
}

// Whether a type of the kind can have the size.
static bool is_size_right(const struct raw_type *raw, unsigned word)
{
    static const uint8_t fixed[] = {
        [GO_BOOL] = 1,    [GO_INT8] = 1,      [GO_INT16] = 2,      [GO_INT32] = 4,  [GO_INT64] = 8,
        [GO_UINT8] = 1,   [GO_UINT16] = 2,    [GO_UINT32] = 4,     [GO_UINT64] = 8, [GO_FLOAT32] = 4,
        [GO_FLOAT64] = 8, [GO_COMPLEX64] = 8, [GO_COMPLEX128] = 16};
    switch (raw->kind) {
    case GO_INT:
    case GO_UINT:
    case GO_UINTPTR:
    case GO_CHAN:
    case GO_FUNC:
    case GO_MAP:
    case GO_POINTER:
    case GO_UNSAFE_POINTER:
        return raw->size_bytes == word;
    case GO_INTERFACE:
    case GO_STRING:
        return raw->size_bytes == 2 * (uint64_t)word;
    case GO_SLICE:
        return raw->size_bytes == 3 * (uint64_t)word;
    case GO_ARRAY:
    case GO_STRUCT:
        return raw->size_bytes <= SIZE_MOST;
    default:
        return raw->size_bytes == fixed[raw->kind];
    }
}

// Reads the common part; false: this is no type.
static bool read_raw(struct go_types *types, uint64_t address, struct raw_type *raw)
{
    unsigned word = types->runtime->facts.word_bytes;
    const uint8_t *bytes = address % word ? NULL : types_read(types, address, raw_bytes(types));
    if (!bytes)
        return false;
    raw->size_bytes = types_word(types, bytes);
    raw->pointer_bytes = types_word(types, bytes + word);
    raw->hash = (uint32_t)runtime_number(types->runtime, bytes + 2 * word, 4);
    raw->flags = bytes[2 * word + 4];
    raw->align_bytes = bytes[2 * word + 5];
    raw->field_align_bytes = bytes[2 * word + 6];
    raw->kind = bytes[2 * word + 7] & KIND_MASK;
    raw->name = (int32_t)runtime_number(types->runtime, bytes + 4 * word + 8, 4);
    return raw->kind >= GO_BOOL && raw->kind <= GO_UNSAFE_POINTER && is_power(raw->align_bytes) &&
           is_power(raw->field_align_bytes) && raw->align_bytes <= 64 &&
           raw->field_align_bytes <= raw->align_bytes && raw->size_bytes % raw->align_bytes == 0 &&
           raw->pointer_bytes <= raw->size_bytes && is_size_right(raw, word);
}

static struct error *no_type(uint64_t address, const char *what)
{
    return error_create(ERROR_BAD_FORMAT, "no Go type at 0x%" PRIx64 ": %s", address, what);
}

// Word number `index` behind the common part; 0 where it cannot be read.
static uint64_t extra_word(struct go_types *types, uint64_t address, unsigned index)
{
    unsigned word = types->runtime->facts.word_bytes;
    const uint8_t *bytes = types_read(types, address + raw_bytes(types) + (uint64_t)index * word, word);
    return bytes ? types_word(types, bytes) : 0;
}

static struct error *read_text(struct go_types *types, const struct raw_type *raw, struct rtype *rtype)
{
    struct rtype_name name;
    // A type made at run time has its name elsewhere: its offset is negative.
    if (raw->name < 0) {
        rtype->text = "(a type made at run time)";
        return NULL;
    }
    if ((uint64_t)raw->name >= types->region.end - types->region.begin ||
        !types_read_name(types, types->region.begin + (uint64_t)raw->name, &name) || !*name.text)
        return no_type(rtype->address, "it has no name");
    if (raw->flags & FLAG_EXTRA_STAR && *name.text != '*')
        return no_type(rtype->address, "its name should begin with a star");
    rtype->text = name.text + (raw->flags & FLAG_EXTRA_STAR ? 1 : 0);
    return NULL;
}

// Fields: a slice of {name, type, offset}.
static struct error *read_fields(struct go_types *types, struct rtype *rtype)
{
    unsigned word = types->runtime->facts.word_bytes;
    uint64_t at = extra_word(types, rtype->address, 1), count = extra_word(types, rtype->address, 2);
    if (count > FIELDS_MOST)
        return no_type(rtype->address, "a struct of too many fields");
    const uint8_t *bytes = count ? types_read(types, at, count * 3 * word) : NULL;
    rtype->fields = arena_alloc_array(&types->arena, count, sizeof(*rtype->fields));
    if (!rtype->fields)
        return &error_out_of_memory;
    if (count && !bytes)
        return no_type(rtype->address, "a struct whose fields cannot be read");
    for (uint64_t i = 0; i < count; i++, bytes += 3 * word) {
        struct rtype_name name;
        struct raw_type raw;
        uint64_t type = types_word(types, bytes + word), offset = types_word(types, bytes + 2 * word);
        if (!types_read_name(types, types_word(types, bytes), &name) || !read_raw(types, type, &raw) ||
            offset > rtype->size_bytes || raw.size_bytes > rtype->size_bytes - offset)
            return no_type(rtype->address, "a struct with a field that cannot be");
        rtype->fields[rtype->fields_count++] = (struct rtype_field){
            .name = name.text, .type = type, .offset_bytes = offset, .is_embedded = name.is_embedded};
    }
    return NULL;
}

// A group has a control word and slots, a bucket tophash bytes, keys, elements and an overflow pointer: the first
// field tells by its kind.
static struct error *read_map(struct go_types *types, struct rtype *rtype)
{
    const struct rtype *slots;
    struct raw_type key, elem;
    rtype->key = extra_word(types, rtype->address, 0);
    rtype->elem = extra_word(types, rtype->address, 1);
    rtype->slots = extra_word(types, rtype->address, 2);
    if (!read_raw(types, rtype->key, &key) || !read_raw(types, rtype->elem, &elem))
        return no_type(rtype->address, "a map without a key or an element type");
    struct error *error = rtype_at(types, rtype->slots, &slots);
    if (error)
        return error;
    if (slots->kind != GO_STRUCT || slots->fields_count < 2 || slots->fields[0].offset_bytes != 0)
        return no_type(rtype->address, "a map whose group or bucket is none");
    const char *first = slots->fields[0].name;
    rtype->is_swiss = !strcmp(first, "ctrl");
    if (!rtype->is_swiss && (strcmp(first, "topbits") != 0 || slots->fields_count != 4))
        return no_type(rtype->address, "a map whose group or bucket is none");
    rtype->is_key_indirect = key.size_bytes > INDIRECT_ABOVE;
    rtype->is_elem_indirect = elem.size_bytes > INDIRECT_ABOVE;
    return NULL;
}

static struct error *read_by_kind(struct go_types *types, struct rtype *rtype)
{
    struct raw_type elem;
    switch (rtype->kind) {
    case GO_ARRAY:
    case GO_CHAN:
    case GO_POINTER:
    case GO_SLICE:
        rtype->elem = extra_word(types, rtype->address, 0);
        if (!read_raw(types, rtype->elem, &elem))
            return no_type(rtype->address, "it has no element type");
        if (rtype->kind != GO_ARRAY)
            return NULL;
        rtype->length = extra_word(types, rtype->address, 2);
        if (elem.size_bytes
                ? rtype->size_bytes / elem.size_bytes != rtype->length || rtype->size_bytes % elem.size_bytes
                : rtype->size_bytes != 0)
            return no_type(rtype->address, "an array of another size than its elements");
        return NULL;
    case GO_INTERFACE:
        rtype->has_methods = extra_word(types, rtype->address, 2) != 0;
        return NULL;
    case GO_MAP:
        return read_map(types, rtype);
    case GO_STRUCT:
        return read_fields(types, rtype);
    default:
        return NULL;
    }
}

static struct error *decode(struct go_types *types, uint64_t address, struct rtype **result)
{
    struct raw_type raw;
    if (!address || !read_raw(types, address, &raw))
        return no_type(address, "its kind, size and alignment do not go together");
    struct rtype *rtype = arena_alloc(&types->arena, sizeof(*rtype));
    if (!rtype)
        return &error_out_of_memory;
    *rtype = (struct rtype){.address = address,
                            .size_bytes = raw.size_bytes,
                            .kind = raw.kind,
                            .align_bytes = raw.align_bytes,
                            .is_named = raw.flags & FLAG_NAMED,
                            .has_pointers = raw.pointer_bytes != 0,
                            .hash = raw.hash};
    *result = rtype;
    RETURN_IF_ERROR(read_text(types, &raw, rtype));
    RETURN_IF_ERROR(read_by_kind(types, rtype));
    return rtype_name_fill(types, rtype);
}

struct error *rtype_at(struct go_types *types, uint64_t address, const struct rtype **result)
{
    *result = address_table_find(&types->rtypes, address);
    if (*result)
        return NULL;
    // A type is made of others and never of itself, but by a name or a pointer that is not followed here.
    for (unsigned i = 0; i < types->depth; i++) {
        if (types->decoding[i] == address)
            return no_type(address, "it is made of itself");
    }
    if (types->depth == RTYPE_DEPTH_MOST)
        return no_type(address, "it is made of too many others");
    struct rtype *rtype = NULL;
    types->decoding[types->depth++] = address;
    struct error *error = decode(types, address, &rtype);
    types->depth--;
    if (error)
        return error;
    if (!address_table_put(&types->rtypes, address, rtype))
        return &error_out_of_memory;
    *result = rtype;
    return NULL;
}

uint64_t go_types_dynamic(struct go_types *types, uint64_t first_word, bool has_methods)
{
    uint8_t bytes[8];
    unsigned word = types->runtime->facts.word_bytes;
    if (!first_word || !has_methods)
        return first_word;
    // itab: the interface's type, then the value's (internal/abi/iface.go).
    return runtime_try(types->runtime, first_word + word, bytes, word) ? types_word(types, bytes) : 0;
}

// ---- all maps ---------------------------------------------------------------------------------------------

// Most places are no map: this is asked of each, and is cheap.
static bool may_be_map(const struct go_types *types, const uint8_t *bytes)
{
    unsigned word = types->runtime->facts.word_bytes;
    return (bytes[2 * word + 7] & KIND_MASK) == GO_MAP && types_word(types, bytes) == word &&
           types_word(types, bytes + word) == word && bytes[2 * word + 5] == word &&
           bytes[2 * word + 6] == word;
}

static int map_compare(const void *left, const void *right)
{
    const struct rtype *a = *(const struct rtype *const *)left, *b = *(const struct rtype *const *)right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->address > b->address) - (a->address < b->address);
}

static struct error *index_slots(struct go_types *types)
{
    // Named map types share the group of the unnamed one: that comes first.
    for (int named = 0; named < 2; named++) {
        for (size_t i = 0; i < types->maps_count; i++) {
            const struct rtype *map = types->maps[i];
            if (map->is_named == (named != 0) && !address_table_find(&types->by_slots, map->slots) &&
                !address_table_put(&types->by_slots, map->slots, (void *)map))
                return &error_out_of_memory;
        }
    }
    return NULL;
}

static struct error *find_maps(struct go_types *types)
{
    unsigned word = types->runtime->facts.word_bytes;
    uint64_t size_bytes = types->region.end - types->region.begin;
    VEC(const struct rtype *) maps = {0};
    struct error *error = NULL;
    for (uint64_t at = (word - types->region.begin % word) % word;
         !error && at + raw_bytes(types) <= size_bytes; at += word) {
        const struct rtype *rtype;
        if (!may_be_map(types, types->bytes + at))
            continue;
        struct error *none = rtype_at(types, types->region.begin + at, &rtype);
        if (none && none->code == ERROR_OUT_OF_MEMORY)
            error = none;
        else if (none)
            error_free(none);
        else if (!vec_push(&maps, rtype))
            error = &error_out_of_memory;
    }
    if (!error && maps.length) {
        qsort(maps.data, maps.length, sizeof(*maps.data), map_compare);
        types->maps = arena_alloc_array(&types->arena, maps.length, sizeof(*types->maps));
        if (types->maps)
            memcpy(types->maps, maps.data, maps.length * sizeof(*maps.data));
        else
            error = &error_out_of_memory;
        types->maps_count = error ? 0 : maps.length;
    }
    vec_free(&maps);
    return error ? error : index_slots(types);
}

struct error *go_types_maps(struct go_types *types, const struct rtype *const **maps, size_t *count)
{
    if (!types->are_maps_known)
        RETURN_IF_ERROR(find_maps(types));
    types->are_maps_known = true;
    *maps = types->maps;
    *count = types->maps_count;
    return NULL;
}

const struct rtype *go_types_map_of_slots(struct go_types *types, uint64_t slots)
{
    const struct rtype *const *maps;
    size_t count;
    struct error *error = go_types_maps(types, &maps, &count);
    if (error) {
        error_free(error);
        return NULL;
    }
    return address_table_find(&types->by_slots, slots);
}

// ---- opening ----------------------------------------------------------------------------------------------

// Reads all of the region, in pieces: a core that was cut short has a part of it.
static void read_region(struct go_types *types, size_t size_bytes)
{
    enum { PIECE = 4096 };
    if (runtime_try(types->runtime, types->region.begin, types->bytes, size_bytes))
        return;
    for (size_t at = 0; at < size_bytes; at += PIECE) {
        size_t length = size_bytes - at < PIECE ? size_bytes - at : PIECE;
        if (!runtime_try(types->runtime, types->region.begin + at, types->bytes + at, length))
            memset(types->bytes + at, 0, length);
    }
}

static void maker_forget(struct type_maker *maker)
{
    (void)maker;
}

static size_t maker_graph_bytes(const struct type_maker *maker)
{
    return ((const struct go_types *)maker)->arena.allocated_bytes;
}

static void maker_close(struct type_maker *maker)
{
    (void)maker; // it belongs to the go_types
}

struct error *go_types_open(const struct go_runtime *runtime, struct go_types **result)
{
    static const struct type_maker_ops ops = {.build = rtype_graph_build,
                                              .forget = maker_forget,
                                              .graph_bytes = maker_graph_bytes,
                                              .close = maker_close};
    *result = NULL;
    struct go_types *types = calloc(1, sizeof(*types));
    if (!types)
        return &error_out_of_memory;
    arena_init(&types->arena);
    types->maker.ops = &ops;
    types->runtime = runtime;
    types->region = runtime->facts.regions[GO_TYPES];
    uint64_t size_bytes = types->region.end - types->region.begin;
    types->bytes = size_bytes <= REGION_BYTES_MOST ? malloc(size_bytes ? size_bytes : 1) : NULL;
    if (!types->bytes) {
        go_types_close(types);
        return size_bytes <= REGION_BYTES_MOST
                   ? &error_out_of_memory
                   : error_create(ERROR_UNSUPPORTED, "%s: 0x%" PRIx64 " bytes of types",
                                  runtime->target->name, size_bytes);
    }
    read_region(types, (size_t)size_bytes);
    *result = types;
    return NULL;
}

void go_types_close(struct go_types *types)
{
    if (!types)
        return;
    for (int role = 0; role < ROLES; role++) {
        address_table_free(&types->stubs[role]);
        address_table_free(&types->wholes[role]);
    }
    address_table_free(&types->rtypes);
    address_table_free(&types->by_slots);
    arena_free(&types->arena);
    free(types->bytes);
    free(types);
}

struct type_maker *go_types_maker(struct go_types *types)
{
    return &types->maker;
}
