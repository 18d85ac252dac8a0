// SPDX-License-Identifier: MIT
#include "query/member_names.h"

#include <string.h>

static size_t names_bytes(const struct member *members, size_t count, unsigned depth)
{
    size_t bytes = 0;
    for (size_t i = 0; i < count; i++) {
        const struct type *type = type_strip(members[i].type);
        if (members[i].name)
            bytes += strlen(members[i].name) + 1;
        else if (depth && type_has_members(type))
            bytes += names_bytes(type->members, type->members_count, depth - 1);
    }
    return bytes;
}

static char *names_write(char *to, const struct member *members, size_t count, unsigned depth)
{
    for (size_t i = 0; i < count; i++) {
        const struct type *type = type_strip(members[i].type);
        if (members[i].name)
            to = stpcpy(to, members[i].name) + 1;
        else if (depth && type_has_members(type))
            to = names_write(to, type->members, type->members_count, depth - 1);
    }
    return to;
}

const char *member_names(const struct type *type, struct arena *arena)
{
    enum { NAMELESS_DEPTH = 4 };
    char *names = arena_alloc(arena, names_bytes(type->members, type->members_count, NAMELESS_DEPTH) + 1);
    if (names)
        *names_write(names, type->members, type->members_count, NAMELESS_DEPTH) = '\0';
    return names;
}
