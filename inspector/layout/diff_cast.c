// SPDX-License-Identifier: MIT
// Enumerators among template arguments, which g++ writes as a cast of their number:
//
//     g++       Paint<(Color)1>       Paint<(ns::Shade)2>
//     clang++   Paint<green>          Paint<ns::Shade::dark>
#include "layout/diff.h"

#include <stdlib.h>
#include <string.h>

bool diff_cast_next(const char *text, struct diff_cast_place *place)
{
    for (const char *at = strchr(text, '('); at; at = strchr(at + 1, '(')) {
        const size_t name_length = strcspn(at + 1, "(),<> ");
        const char *const number = at + 1 + name_length + 1;
        if (!name_length || number[-1] != ')')
            continue;
        const size_t digits = strspn(number + (*number == '-'), "0123456789");
        if (!digits)
            continue;
        *place = (struct diff_cast_place){.start = at,
                                          .length = (size_t)(number - at) + (*number == '-') + digits,
                                          .type = at + 1,
                                          .type_length = name_length,
                                          .is_negative = *number == '-'};
        const uint64_t magnitude = strtoull(number + (*number == '-'), NULL, 10);
        place->value = place->is_negative ? -magnitude : magnitude;
        return true;
    }
    return false;
}

static const char *name_of(const struct diff_casts *casts, const struct diff_cast_place *place)
{
    for (size_t i = 0; i < casts->count; i++)
        if (strlen(casts->data[i].cast) == place->length &&
            !memcmp(casts->data[i].cast, place->start, place->length))
            return casts->data[i].name;
    return NULL;
}

const char *diff_cast_replace(const char *text, const struct diff_casts *casts, struct arena *arena)
{
    struct diff_cast_place place;
    for (const char *at = text; casts && casts->count && text && diff_cast_next(at, &place);) {
        const char *name = name_of(casts, &place);
        const size_t done = (size_t)(place.start - text);
        if (!name) {
            at = place.start + place.length;
            continue;
        }
        text = arena_format(arena, "%.*s%s%s", (int)done, text, name, place.start + place.length);
        at = text ? text + done + strlen(name) : NULL;
    }
    return text;
}
