// SPDX-License-Identifier: MIT
#include "gomap/walk_type.h"

#include "base/arena.h"
#include "base/slots.h"
#include "base/vec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    GO_KIND_INTERFACE = 20,
    GO_KIND_SLICE = 23,
    GO_KIND_STRING = 24,
    TYPES_MOST = 1 << 20,
};

struct walk_types {
    const struct type_source *source;
    struct type_maker *maker;
    struct arena arena;
    struct walk_slot {
        struct type_id id; // of types without one: their address
        struct walk_type *type;
    } * slots;
    size_t slots_count, used;
};

struct error *walk_types_open(const struct type_source *source, struct type_maker *maker,
                              struct walk_types **result)
{
    struct walk_types *types = calloc(1, sizeof(*types));
    *result = NULL;
    if (!types)
        return &error_out_of_memory;
    types->source = source;
    types->maker = maker;
    types->slots_count = 1024;
    types->slots = slots_alloc(types->slots_count, sizeof(*types->slots));
    arena_init(&types->arena);
    if (!types->slots) {
        walk_types_close(types);
        return &error_out_of_memory;
    }
    *result = types;
    return NULL;
}

void walk_types_close(struct walk_types *types)
{
    if (!types)
        return;
    arena_free(&types->arena);
    free(types->slots);
    free(types);
}

// ---- the table ------------------------------------------------------------------------------------------

static struct walk_slot *slot_of(const struct walk_types *types, struct type_id id)
{
    const uint64_t hash = ((uint64_t)(uintptr_t)id.group ^ id.number) * 0x9e3779b97f4a7c15u;
    size_t at = (size_t)(hash >> 32) & (types->slots_count - 1);
    while (types->slots[at].type && !type_id_equal(types->slots[at].id, id))
        at = (at + 1) & (types->slots_count - 1);
    return &types->slots[at];
}

static bool grow(struct walk_types *types)
{
    struct walk_types grown = *types;
    grown.slots_count *= 2;
    grown.slots = slots_alloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < types->slots_count; i++)
        if (types->slots[i].type)
            *slot_of(&grown, types->slots[i].id) = types->slots[i];
    free(types->slots);
    *types = grown;
    return true;
}

// The type's place, not compiled when it is new; NULL when memory is short.
static struct walk_type *place_of(struct walk_types *types, const struct type *type)
{
    struct type_id id = type->id;
    if (!id.group)
        id = (struct type_id){types, (uint64_t)(uintptr_t)type};
    struct walk_slot *slot = slot_of(types, id);
    if (slot->type)
        return slot->type;
    if (types->used >= TYPES_MOST || (2 * types->used >= types->slots_count && !grow(types)))
        return NULL;
    slot = slot_of(types, id);
    struct walk_type *made = arena_alloc(&types->arena, sizeof(*made));
    if (!made)
        return NULL;
    made->type = type;
    made->number = (uint32_t)++types->used;
    *slot = (struct walk_slot){id, made};
    return made;
}

// ---- compiling ------------------------------------------------------------------------------------------

static const struct member *member_named(const struct type *type, const char *name)
{
    for (size_t i = 0; i < type->members_count; i++)
        if (type->members[i].name && !strcmp(type->members[i].name, name))
            return &type->members[i];
    return NULL;
}

static bool starts_with(const char *text, const char *start)
{
    return text && !strncmp(text, start, strlen(start));
}

// Names of fields within these are no part of a path: nobody wrote them.
static bool is_inner(const char *name)
{
    return name &&
           (!strcmp(name, "sync.Map") || !strcmp(name, "sync.readOnly") || !strcmp(name, "sync.entry") ||
            starts_with(name, "internal/sync.") || starts_with(name, "sync/atomic.Pointer["));
}

static bool whole(struct walk_types *types, const struct type *type, const struct type **result)
{
    struct error *error = type_maker_whole(types->maker, type, result);
    const bool is_fine = !error;
    error_free(error);
    return is_fine;
}

// atomic.Pointer[T] keeps its pointer as an unsafe.Pointer; a member [0]*T says what it points to.
static void compile_atomic(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    const struct member *v = member_named(type, "v");
    const struct type *array, *pointer;
    for (size_t i = 0; v && v->offset_known && i < type->members_count; i++) {
        if (!whole(types, type->members[i].type, &array) || array->kind != TYPE_ARRAY || !array->target ||
            !whole(types, array->target, &pointer) || pointer->kind != TYPE_POINTER)
            continue;
        struct walk_field *field = arena_alloc(&types->arena, sizeof(*field));
        struct walk_type *target = place_of(types, pointer);
        if (!field || !target)
            return;
        *field = (struct walk_field){NULL, v->offset_bits / 8, target};
        to->kind = WALK_STRUCT;
        to->fields = field;
        to->fields_count = 1;
        return;
    }
}

static const struct type *type_named(struct walk_types *types, const char *name)
{
    const struct type_source_index_options options = {.threads = 1};
    struct type_index *index = NULL;
    const struct type *type = NULL;
    struct error *error =
        types->source ? type_source_find_names(types->source, &name, 1, &options, &index) : NULL;
    if (!error && index && index->entries_count)
        error = type_maker_build(types->maker, &index->entries[0], &type);
    error_free(error);
    type_index_free(index);
    return type;
}

// The type with another word in place of "node": internal/sync.entry[K,V] of internal/sync.node[K,V]. The linker keeps
// some of them only for what all interfaces share.
static struct walk_type *sibling(struct walk_types *types, const char *name, const char *word)
{
    static const char node[] = "internal/sync.node", plain[] = "[interface {},interface {}]";
    const char *arguments = name + strlen(node);
    const char *wanted = arena_format(&types->arena, "internal/sync.%s%s", word, arguments);
    const struct type *type = wanted ? type_named(types, wanted) : NULL;
    if (!type && !strcmp(arguments, plain)) {
        wanted = arena_format(&types->arena, "internal/sync.%s[go.shape.interface {},go.shape.interface {}]",
                              word);
        type = wanted ? type_named(types, wanted) : NULL;
    }
    return type ? place_of(types, type) : NULL;
}

// The keys of a trie, as those of a map.
static void trie_key(struct walk_types *types, struct walk_type *to)
{
    const struct type *entry, *key;
    struct map_shape *shape = arena_alloc(&types->arena, sizeof(*shape));
    if (!shape || !to->entry || !whole(types, to->entry->type, &entry))
        return;
    const struct member *member = member_named(entry, "key");
    if (!member || !member->offset_known || !whole(types, member->type, &key) || !key->size_known ||
        key->size_bytes > MAP_CHUNK_BYTES_MOST)
        return;
    shape->address_bytes = entry->address_bytes;
    shape->big_endian = entry->big_endian;
    shape->key = (struct map_part){
        .stored_bytes = (uint32_t)key->size_bytes, .size_bytes = key->size_bytes, .type = key};
    to->shape = shape;
    to->key_offset = member->offset_bits / 8;
}

static void compile_struct(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    if (starts_with(type->name, "sync/atomic.Pointer[")) {
        compile_atomic(types, to, type);
        return;
    }
    if (starts_with(type->name, "internal/sync.node[")) {
        to->entry = sibling(types, type->name, "entry");
        to->indirect = sibling(types, type->name, "indirect");
        to->kind = to->entry && to->indirect ? WALK_TRIE_NODE : WALK_NOTHING;
        trie_key(types, to);
        return;
    }
    const bool hides = is_inner(type->name), is_trie = starts_with(type->name, "internal/sync.");
    to->fields = arena_alloc_array(&types->arena, type->members_count, sizeof(*to->fields));
    if (!to->fields)
        return;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        // The way back up, and the node that was just passed through.
        if (is_trie && member->name && (!strcmp(member->name, "parent") || !strcmp(member->name, "node")))
            continue;
        if (!member->offset_known || member->offset_bits % 8 || member->kind != MEMBER_FIELD)
            continue;
        struct walk_type *part = place_of(types, member->type);
        if (!part)
            return;
        // sync.Map up to Go 1.23 has a second map, which is nil most of the time.
        const bool is_named = !hides || (member->name && !strcmp(member->name, "dirty"));
        to->fields[to->fields_count++] = (struct walk_field){
            is_named ? member->name ? member->name : "?" : NULL, member->offset_bits / 8, part};
    }
    to->kind = WALK_STRUCT;
}

static void compile_slice(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    const struct member *array = member_named(type, "array");
    const struct type *pointer, *elem;
    if (!array || array->offset_bits || !whole(types, array->type, &pointer) ||
        pointer->kind != TYPE_POINTER || !pointer->target || !whole(types, pointer->target, &elem) ||
        !elem->size_known || type->size_bytes != 3u * type->address_bytes)
        return;
    to->target = place_of(types, elem);
    to->stride_bytes = elem->size_bytes;
    to->kind = to->target && to->stride_bytes ? WALK_SLICE : WALK_NOTHING;
}

static void compile_array(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    const struct type *elem;
    uint64_t count = 1;
    for (size_t i = 0; i < type->dimensions_count; i++)
        if (!type->dimensions[i].count_known ||
            __builtin_mul_overflow(count, type->dimensions[i].count, &count))
            return;
    if (!type->dimensions_count || !type->target || !whole(types, type->target, &elem) || !elem->size_known)
        return;
    to->target = place_of(types, elem);
    to->hides_index = starts_with(elem->name, "sync/atomic.Pointer[internal/sync.");
    to->count = count;
    to->stride_bytes = type->stride_bits ? type->stride_bits / 8 : elem->size_bytes;
    to->kind = to->target && to->stride_bytes && count ? WALK_ARRAY : WALK_NOTHING;
}

static void compile_map(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    struct map_shape *shape = arena_alloc(&types->arena, sizeof(*shape));
    struct error *error = shape ? map_shape_read(types->maker, type, shape) : NULL;
    if (shape && !error) {
        to->shape = shape;
        to->key = place_of(types, shape->key.type);
        to->target = place_of(types, shape->elem.type);
        to->kind = to->key && to->target ? WALK_MAP : WALK_NOTHING;
    }
    error_free(error);
}

// Interfaces without methods begin with the type itself.
static void compile_interface(struct walk_types *types, struct walk_type *to, const struct type *type)
{
    const struct type *header = type;
    for (int steps = 0; steps < 8 && header && header->kind == TYPE_TYPEDEF; steps++)
        if (!header->target || !whole(types, header->target, &header))
            return;
    if (!header || !type_has_members(header))
        return;
    to->has_methods = member_named(header, "tab") != NULL;
    to->size_bytes = header->size_bytes;
    if (to->has_methods || member_named(header, "_type"))
        to->kind = WALK_INTERFACE;
}

static void compile(struct walk_types *types, struct walk_type *to)
{
    const struct type *type;
    to->is_compiled = true;
    to->kind = WALK_NOTHING;
    if (!whole(types, to->type, &type))
        return;
    // "any" is a typedef of "interface {}" that says nothing of its own.
    for (int steps = 0; steps < 8 && type->kind == TYPE_TYPEDEF && !type->go_kind; steps++)
        if (!type->target || !whole(types, type->target, &type))
            return;
    to->type = type;
    to->size_bytes = type->size_known ? type->size_bytes : 0;
    if (type_is_go_map(type)) {
        compile_map(types, to, type);
        to->size_bytes = type->address_bytes;
        return;
    }
    if (type->go_kind == GO_KIND_INTERFACE) {
        compile_interface(types, to, type);
        return;
    }
    const struct type *under = type;
    for (int steps = 0; steps < 8 && under->kind == TYPE_TYPEDEF; steps++)
        if (!under->target || !whole(types, under->target, &under))
            return;
    to->size_bytes = under->size_known ? under->size_bytes : 0;
    if (under->go_kind == GO_KIND_STRING || type->go_kind == GO_KIND_STRING || !to->size_bytes)
        return;
    if (under->go_kind == GO_KIND_SLICE) {
        compile_slice(types, to, under);
    } else if (under->kind == TYPE_POINTER) {
        to->target = under->target ? place_of(types, under->target) : NULL;
        to->kind = to->target ? WALK_POINTER : WALK_NOTHING;
    } else if (under->kind == TYPE_ARRAY) {
        compile_array(types, to, under);
    } else if (type_has_members(under)) {
        compile_struct(types, to, under);
    }
}

struct walk_type *walk_type_of(struct walk_types *types, const struct type *type)
{
    struct walk_type *found = place_of(types, type);
    if (found && !found->is_compiled)
        compile(types, found);
    return found;
}

// ---- what leads to a map --------------------------------------------------------------------------------

static struct walk_type *next_of(const struct walk_type *type, size_t number)
{
    struct walk_type *const parts[] = {type->target, type->key, type->entry, type->indirect};
    if (number < type->fields_count)
        return type->fields[number].type;
    number -= type->fields_count;
    return number < ARRAY_LENGTH(parts) ? parts[number] : NULL;
}

static size_t nexts(const struct walk_type *type)
{
    return type->fields_count + 4;
}

// Depth-first over all that the type reaches. When nothing is found, nothing that was visited leads anywhere; when
// something is, all on the way there do.
bool walk_type_leads(struct walk_types *types, struct walk_type *start)
{
    struct walk_step {
        struct walk_type *type;
        size_t next;
    };
    VEC(struct walk_step) way = {0};
    VEC(struct walk_type *) visited = {0};
    bool is_found = false, is_short = false;
    if (!start->is_compiled)
        compile(types, start);
    if (start->leads != LEADS_UNKNOWN)
        return start->leads == LEADS_ON;
    is_short = !vec_push(&way, (struct walk_step){start, 0}) || !vec_push(&visited, start);
    start->is_visiting = true;
    while (way.length && !is_found && !is_short) {
        struct walk_step *last = &way.data[way.length - 1];
        struct walk_type *type = last->type;
        if (type->kind == WALK_MAP || type->kind == WALK_INTERFACE || type->leads == LEADS_ON) {
            is_found = true;
            break;
        }
        struct walk_type *next = NULL;
        while (last->next < nexts(type) && !next)
            next = next_of(type, last->next++);
        if (!next) {
            way.length--;
            continue;
        }
        if (!next->is_compiled)
            compile(types, next);
        if (next->is_visiting || next->leads == LEADS_NOWHERE)
            continue;
        next->is_visiting = true;
        is_short = !vec_push(&visited, next) || !vec_push(&way, (struct walk_step){next, 0});
    }
    vec_foreach (struct walk_type **, type, &visited) {
        (*type)->is_visiting = false;
        if (!is_found && !is_short)
            (*type)->leads = LEADS_NOWHERE;
    }
    vec_foreach (struct walk_step *, step, &way)
        if (is_found)
            step->type->leads = LEADS_ON;
    vec_free(&way);
    vec_free(&visited);
    return is_found;
}

bool walk_type_is_direct(struct walk_types *types, const struct type *type)
{
    for (int steps = 0; steps < 32; steps++) {
        const struct type *at;
        if (!whole(types, type, &at))
            return false;
        if (at->kind == TYPE_POINTER || at->kind == TYPE_FUNCTION)
            return true;
        if (at->kind == TYPE_TYPEDEF && at->target)
            type = at->target;
        else if (type_has_members(at) && at->members_count == 1 && at->size_bytes == at->address_bytes)
            type = at->members[0].type;
        else if (at->kind == TYPE_ARRAY && at->target && at->dimensions_count == 1 &&
                 at->dimensions[0].count == 1)
            type = at->target;
        else
            return false;
    }
    return false;
}
