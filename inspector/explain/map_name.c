// SPDX-License-Identifier: MIT
#include "explain/map_name.h"

#include <string.h>

// --- Types by the debug information ---

struct type_reader {
    const struct program *program;
    struct type_index *index;
    struct type_maker *maker;
};

static struct error *index_of(const struct program *program, const char *name, struct type_index **index)
{
    const struct type_source_index_options options = {.threads = 1};
    *index = NULL;
    return program->source ? type_source_find_names(program->source, &name, 1, &options, index) : NULL;
}

// The struct of that name; NULL in *type where there is none, or several. Go has a typedef of the same name besides.
static struct error *type_named(struct type_reader *reader, const char *name, const struct type **type)
{
    const struct type_index_entry *found = NULL;
    *type = NULL;
    RETURN_IF_ERROR(index_of(reader->program, name, &reader->index));
    for (size_t i = 0; reader->index && i < reader->index->entries_count; i++) {
        const struct type_index_entry *entry = &reader->index->entries[i];
        if (entry->kind != TYPE_STRUCT || strcmp(entry->name, name) != 0)
            continue;
        if (found)
            return NULL;
        found = entry;
    }
    if (!found)
        return NULL;
    RETURN_IF_ERROR(type_source_make(reader->program->source, NULL, &reader->maker));
    return type_maker_build(reader->maker, found, type);
}

static void type_reader_close(struct type_reader *reader)
{
    type_maker_close(reader->maker);
    type_index_free(reader->index);
    *reader = (struct type_reader){0};
}

// What is broken in the debug information leaves a name unknown; only memory that is short is an error.
static struct error *forgiven(struct error *error)
{
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        return error;
    error_free(error);
    return NULL;
}

struct error *map_type_is_known(const struct program *program, const char *type, bool *is_known)
{
    struct type_index *index;
    struct error *error = forgiven(index_of(program, type, &index));
    *is_known = index && index->entries_count > 0;
    type_index_free(index);
    return error;
}

static const struct member *member_at(const struct type *type, uint64_t offset_bytes)
{
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (member->name && member->offset_known && member->size_known && member->offset_bits % 8 == 0 &&
            offset_bytes >= member->offset_bits / 8 &&
            offset_bytes - member->offset_bits / 8 < (member->size_bits ? (member->size_bits + 7) / 8 : 0))
            return member;
    }
    return NULL;
}

static bool is_go_map(const struct type *type)
{
    enum { GO_KIND_MAP = 21 };
    for (int i = 0; type && i < 8; i++) {
        if (type->go_kind == GO_KIND_MAP)
            return true;
        if (type->kind != TYPE_TYPEDEF)
            return false;
        type = type->target;
    }
    return false;
}

// --- A path of loads through types ---

// "main.cache" and the loads from its beginning on: "main.cache.items". False: they do not end at a map.
static struct error *field_path(struct type_reader *reader, const struct type *type, const char *type_name,
                                const int64_t *offsets, size_t count, struct arena *arena, const char **name)
{
    *name = NULL;
    const char *path = type_name;
    for (size_t i = 0; i < count && type; i++) {
        uint64_t offset = offsets[i] < 0 ? UINT64_MAX : (uint64_t)offsets[i];
        type = type_strip(type);
        RETURN_IF_ERROR(forgiven(type_maker_whole(reader->maker, type, &type)));
        const struct member *member = NULL;
        while (type && type_has_members(type) && (member = member_at(type, offset))) {
            path = arena_format(arena, "%s.%s", path, member->name);
            if (!path)
                return &error_out_of_memory;
            offset -= member->offset_bits / 8;
            if (is_go_map(member->type) || type_strip(member->type)->kind == TYPE_POINTER)
                break;
            RETURN_IF_ERROR(forgiven(type_maker_whole(reader->maker, type_strip(member->type), &type)));
        }
        if (!member || offset)
            return NULL;
        if (i + 1 == count) {
            *name = is_go_map(member->type) ? path : NULL;
            return NULL;
        }
        const struct type *pointer = type_strip(member->type);
        type = pointer->kind == TYPE_POINTER ? pointer->target : NULL;
        if (type && type->name)
            path = type->name;
    }
    return NULL;
}

static struct error *field_of_named(const struct program *program, const char *type_name,
                                    const int64_t *offsets, size_t count, struct arena *arena,
                                    const char **name)
{
    struct type_reader reader = {.program = program};
    const struct type *type = NULL;
    *name = NULL;
    struct error *error = forgiven(type_named(&reader, type_name, &type));
    if (!error && type)
        error = field_path(&reader, type, type_name, offsets, count, arena, name);
    type_reader_close(&reader);
    return error;
}

// --- Variables ---

struct place_search {
    const char *name;
    uint64_t address; // of the variable
    struct type_id type;
    bool is_found;
};

static struct error *match_variable(void *context, const struct type_source_variable *variable)
{
    struct place_search *search = context;
    if (variable->address_known && variable->address == search->address) {
        search->name = variable->name;
        search->type = variable->type;
        search->is_found = true;
    }
    return NULL;
}

static struct error *name_variable(const struct program *program, const struct code_value *value,
                                   struct arena *arena, struct map_name *name)
{
    int64_t offsets[CODE_LOADS_MOST];
    const uint64_t address = value->number + (uint64_t)value->loads[0];
    uint64_t into = 0;
    const char *symbol = program_symbol_at(program, address, &into);
    name->place = PLACE_VARIABLE;
    if (!symbol) {
        name->how = arena_format(
            arena, "It is %s the package variable at 0x%llx, whose name the program does not tell.",
            value->loads_count == 1 ? "in" : "reached from", (unsigned long long)address);
        return name->how ? NULL : &error_out_of_memory;
    }
    if (value->loads_count == 1 && !into) {
        name->name = arena_copy_text(arena, symbol, strlen(symbol));
        name->how = "The code loads the map from this variable.";
        return name->name ? NULL : &error_out_of_memory;
    }
    memcpy(offsets, value->loads, sizeof(offsets));
    offsets[0] = (int64_t)into;
    name->how = arena_format(arena, "It is reached from the variable %s.", symbol);
    if (!name->how)
        return &error_out_of_memory;
    struct place_search search = {.address = address - into};
    if (program->source)
        RETURN_IF_ERROR(forgiven(type_source_variables(program->source, match_variable, &search)));
    if (!search.is_found)
        return NULL;
    struct type_reader reader = {.program = program};
    const struct type *type = NULL;
    const struct type_index_entry entry = {.id = search.type};
    struct error *error = forgiven(type_source_make(program->source, NULL, &reader.maker));
    if (!error && reader.maker)
        error = forgiven(type_maker_build(reader.maker, &entry, &type));
    const char *path = arena_copy_text(arena, symbol, strlen(symbol));
    size_t first = 0;
    // A variable that is a pointer: its first load is of itself.
    const struct type *stripped = type ? type_strip(type) : NULL;
    if (stripped && stripped->kind == TYPE_POINTER && !into && stripped->target) {
        first = 1;
        type = stripped->target;
        path = type->name ? type->name : path;
    }
    if (!error && type && path)
        error =
            field_path(&reader, type, path, offsets + first, value->loads_count - first, arena, &name->name);
    if (name->name && (first || value->loads_count > 1))
        name->place = PLACE_FIELD;
    type_reader_close(&reader);
    return error;
}

// --- Arguments ---

// "main.cache" of "main.(*cache).put" and of "main.labels.get"; closures of a method have the receiver captured.
static const char *receiver_of(const char *function, struct arena *arena, bool *is_pointer)
{
    const char *slash = strrchr(function, '/');
    const char *dot = strchr(slash ? slash : function, '.');
    if (!dot)
        return NULL;
    *is_pointer = !strncmp(dot, ".(*", 3);
    const char *start = dot + (*is_pointer ? 3 : 1);
    const char *end = *is_pointer ? strchr(start, ')') : strchr(start, '.');
    if (!end || memchr(start, '[', (size_t)(end - start)))
        return NULL;
    const char *method = end + (*is_pointer ? 2 : 1);
    if (strchr(method, '.') || !*method || !strncmp(method, "func", 4))
        return NULL;
    return arena_format(arena, "%.*s.%.*s", (int)(dot - function), function, (int)(end - start), start);
}

// Words that the members of a struct take in registers, in their order (cmd/compile/abi-internal.md): the member that is
// word `wanted`. Structs with arrays or floats are left alone.
static bool count_words(const struct type *type, uint64_t wanted, uint64_t *count,
                        const struct member **member, unsigned depth)
{
    enum { GO_STRING = 24, GO_SLICE = 23, GO_INTERFACE = 20 };
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *each = &type->members[i];
        const struct type *stripped = type_strip(each->type);
        uint64_t words = 1;
        if (is_go_map(each->type) || stripped->kind == TYPE_POINTER || stripped->kind == TYPE_FUNCTION) {
            words = 1;
        } else if (each->type->go_kind == GO_STRING || stripped->go_kind == GO_STRING ||
                   each->type->go_kind == GO_INTERFACE || stripped->go_kind == GO_INTERFACE) {
            words = 2;
        } else if (each->type->go_kind == GO_SLICE || stripped->go_kind == GO_SLICE) {
            words = 3;
        } else if (type_has_members(stripped)) {
            if (depth > 4 || !count_words(stripped, wanted, count, member, depth + 1))
                return false;
            continue;
        } else if (stripped->kind != TYPE_BASE || stripped->encoding == ENCODING_FLOAT ||
                   stripped->encoding == ENCODING_COMPLEX_FLOAT) {
            return false;
        }
        if (wanted >= *count && wanted < *count + words && !*member)
            *member = words == 1 ? each : NULL;
        *count += words;
    }
    return true;
}

static struct error *name_word(const struct program *program, const char *type_name, uint64_t word,
                               struct arena *arena, const char **name)
{
    struct type_reader reader = {.program = program};
    const struct type *type = NULL;
    const struct member *member = NULL;
    uint64_t count = 0;
    struct error *error = forgiven(type_named(&reader, type_name, &type));
    if (!error && type && type_has_members(type_strip(type)) &&
        count_words(type_strip(type), word, &count, &member, 0) && member && member->name &&
        is_go_map(member->type)) {
        *name = arena_format(arena, "%s.%s", type_name, member->name);
        error = *name ? NULL : &error_out_of_memory;
    }
    type_reader_close(&reader);
    return error;
}

static struct error *name_argument(const struct program *program, const char *function,
                                   const struct code_value *value, struct arena *arena, struct map_name *name)
{
    bool is_pointer = false;
    const char *receiver = receiver_of(function, arena, &is_pointer);
    if (receiver && is_pointer && value->number == 0 && value->loads_count) {
        name->place = PLACE_FIELD;
        name->how = arena_format(arena, "The code loads it from the receiver, a *%s.", receiver);
        RETURN_IF_ERROR(
            field_of_named(program, receiver, value->loads, value->loads_count, arena, &name->name));
        if (!name->name && value->loads_count == 1)
            name->how = arena_format(
                arena,
                "The code loads it from byte %lld of the receiver, a *%s; the field's name takes "
                "debug information.",
                (long long)value->loads[0], receiver);
        return name->how ? NULL : &error_out_of_memory;
    }
    if (receiver && !is_pointer && !value->loads_count) {
        // In registers member by member; on the stack as it lies in memory.
        const int64_t offset = (int64_t)value->number * program->facts.pointer_bytes;
        RETURN_IF_ERROR(program->facts.pointer_bytes == 8
                            ? name_word(program, receiver, value->number, arena, &name->name)
                            : field_of_named(program, receiver, &offset, 1, arena, &name->name));
        if (name->name) {
            name->place = PLACE_FIELD;
            name->how = arena_format(
                arena, "It came in with the receiver, a %s, which is a copy that shares its map.", receiver);
            return name->how ? NULL : &error_out_of_memory;
        }
    }
    name->how = value->loads_count == 0
                    ? arena_format(arena, "It came in as an argument of %s: the caller knows more.", function)
                : value->loads_count == 1
                    ? arena_format(arena, "It is loaded from where an argument of %s points to.", function)
                    : arena_format(arena, "It is reached from an argument of %s.", function);
    return name->how ? NULL : &error_out_of_memory;
}

// --- The whole ---

static struct error *name_result(const struct program *program, const struct code_call *call,
                                 struct arena *arena, struct map_name *name)
{
    const struct code_value *value = &call->map;
    if (!call->maker)
        return NULL;
    if (call->made_type && value->loads_count) {
        name->place = PLACE_FIELD;
        name->how = arena_format(arena, "The function made the %s itself.", call->made_type);
        RETURN_IF_ERROR(
            field_of_named(program, call->made_type, value->loads, value->loads_count, arena, &name->name));
        if (!name->name && !strncmp(call->made_type, "map[", 4)) {
            name->place = PLACE_UNKNOWN;
            name->how =
                "It is a variable of this function that outlives it: a closure or a pointer holds on to it.";
        }
        return name->how ? NULL : &error_out_of_memory;
    }
    if (value->loads_count || !strncmp(call->maker, "runtime.", 8)) {
        name->how = arena_format(arena, "It is reached from what %s returned.", call->maker);
        return name->how ? NULL : &error_out_of_memory;
    }
    name->place = PLACE_RESULT;
    name->name = call->maker;
    name->how = "The map is what this function returned.";
    return NULL;
}

struct error *map_name_find(const struct program *program, const char *function, const struct code_call *call,
                            struct arena *arena, struct map_name *name)
{
    const struct code_value *value = &call->map;
    *name = (struct map_name){0};
    if (value->addend && value->root != ROOT_UNKNOWN)
        return NULL;
    switch (value->root) {
    case ROOT_NUMBER:
        if (value->loads_count)
            return name_variable(program, value, arena, name);
        if (!value->number) {
            name->place = PLACE_CONSTANT;
            name->how = "The compiler wrote nil itself: nothing is assigned to the variable on any path to "
                        "this line.";
        }
        return NULL;
    case ROOT_ARGUMENT:
        return name_argument(program, function, value, arena, name);
    case ROOT_CONTEXT:
        name->place = PLACE_CAPTURED;
        name->how = arena_format(arena, "The closure %s captured it from the function around it.", function);
        return name->how ? NULL : &error_out_of_memory;
    case ROOT_RESULT:
        return name_result(program, call, arena, name);
    case ROOT_STACK:
    case ROOT_UNKNOWN:
        break;
    }
    name->how = "The code does not show on every path where it came from.";
    return NULL;
}
