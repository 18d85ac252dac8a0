// SPDX-License-Identifier: MIT
#include "query/casts.h"

#include <string.h>

enum { CASTS_MOST = 4096, IN_NAME_MOST = 4 }; // each of those in a name is read in two ways

static bool is_known(const struct diff_casts *casts, const struct diff_cast_place *place)
{
    for (size_t i = 0; i < casts->count; i++)
        if (strlen(casts->data[i].cast) == place->length &&
            !memcmp(casts->data[i].cast, place->start, place->length))
            return true;
    return false;
}

static const struct type_index_entry *enumeration_named(const struct type_index *index, const char *name)
{
    const uint64_t name_hash = type_index_name_hash(name);
    for (size_t i = 0; i < index->entries_count; i++)
        if (index->entries[i].kind == TYPE_ENUM && index->entries[i].name_hash == name_hash &&
            !strcmp(index->entries[i].name, name))
            return &index->entries[i];
    return NULL;
}

static const char *enumerator_of(const struct type *type, const struct diff_cast_place *place)
{
    for (size_t i = 0; i < type->enumerators_count; i++)
        if (type->enumerators[i].value == place->value &&
            (type->enumerators[i].is_negative || !place->is_negative))
            return type->enumerators[i].name;
    return NULL;
}

// "ns::green" for an enumeration ns::Color, and "ns::Color::green" when it is a class.
static const char *spelling_of(const char *type, const char *enumerator, bool is_class, struct arena *arena)
{
    const char *last = type;
    for (const char *at = strstr(type, "::"); at; at = strstr(at + 2, "::"))
        last = at + 2;
    return is_class ? arena_format(arena, "%s::%s", type, enumerator)
                    : arena_format(arena, "%.*s%s", (int)(last - type), type, enumerator);
}

// *name stays NULL where the enumeration, or one of that value, is not in the file.
static struct error *name_of(struct type_maker *maker, const struct type_index *index,
                             const struct diff_cast_place *place, bool is_class, struct arena *arena,
                             const char **name)
{
    const struct type *type;
    const char *type_name = arena_copy_text(arena, place->type, place->type_length);
    if (!type_name)
        return &error_out_of_memory;
    const struct type_index_entry *entry = enumeration_named(index, type_name);
    if (!entry)
        return NULL;
    struct error *error = type_maker_build(maker, entry, &type);
    if (error && error->code != ERROR_OUT_OF_MEMORY) {
        error_free(error);
        return NULL;
    }
    if (error)
        return error;
    const char *enumerator = enumerator_of(type, place);
    *name = enumerator ? spelling_of(type_name, enumerator, is_class, arena) : NULL;
    return enumerator && !*name ? &error_out_of_memory : NULL;
}

// All casts in the name; bit i of `classes`: the enumeration of the i-th is a class. found->count 0: none is known.
static struct error *read_as(struct type_maker *maker, const struct type_index *index, const char *text,
                             unsigned classes, struct arena *arena, struct diff_casts *found)
{
    struct diff_cast_place place;
    found->count = 0;
    for (const char *at = text; found->count < IN_NAME_MOST && diff_cast_next(at, &place);
         at = place.start + place.length) {
        if (is_known(found, &place))
            continue;
        const char *name = NULL, *cast = arena_copy_text(arena, place.start, place.length);
        const bool is_class = classes >> found->count & 1;
        RETURN_IF_ERROR(name_of(maker, index, &place, is_class, arena, &name));
        if (!cast)
            return &error_out_of_memory;
        if (name)
            found->data[found->count++] = (struct diff_cast){cast, name};
    }
    return NULL;
}

struct error *casts_find(struct type_maker *maker, const struct type_index *index, const char *name,
                         casts_has_name *has_name, const void *context, struct arena *arena,
                         struct diff_casts *casts)
{
    struct diff_cast in_name[IN_NAME_MOST];
    struct diff_cast_place place;
    if (!diff_cast_next(name, &place) || casts->count + IN_NAME_MOST > CASTS_MOST)
        return NULL;
    if (!casts->data)
        casts->data = arena_alloc_array(arena, CASTS_MOST, sizeof(*casts->data));
    if (!casts->data)
        return &error_out_of_memory;
    struct diff_casts found = {.data = in_name};
    for (unsigned classes = 0; !classes || classes < 1u << found.count; classes++) {
        RETURN_IF_ERROR(read_as(maker, index, name, classes, arena, &found));
        const char *plain = diff_cast_replace(name, &found, arena);
        if (!plain)
            return &error_out_of_memory;
        if (!found.count || !has_name(context, plain))
            continue;
        for (size_t i = 0; i < found.count; i++) {
            const struct diff_cast_place own = {.start = found.data[i].cast,
                                                .length = strlen(found.data[i].cast)};
            if (!is_known(casts, &own))
                casts->data[casts->count++] = found.data[i];
        }
        return NULL;
    }
    return NULL;
}
