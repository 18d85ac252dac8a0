// SPDX-License-Identifier: MIT
#include "scan/judged_names.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS_COUNT = 1024 };
#define FITS ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1)) // no pointer of a program has it

static size_t slot_for(const struct judged_names *judged, uintptr_t place)
{
    size_t i = (size_t)(((uint64_t)place * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (judged->slots_count - 1);
    while (judged->slots[i] && (judged->slots[i] & ~FITS) != place)
        i = (i + 1) & (judged->slots_count - 1);
    return i;
}

static bool grow(struct judged_names *judged)
{
    struct judged_names grown = {.slots_count =
                                     judged->slots_count ? 2 * judged->slots_count : FIRST_SLOTS_COUNT,
                                 .used = judged->used};
    grown.slots = calloc(grown.slots_count, sizeof(*grown.slots));
    if (!grown.slots)
        return false;
    for (size_t i = 0; i < judged->slots_count; i++)
        if (judged->slots[i])
            grown.slots[slot_for(&grown, judged->slots[i] & ~FITS)] = judged->slots[i];
    free(judged->slots);
    *judged = grown;
    return true;
}

static uint64_t short_text(const char *name, size_t length)
{
    uint64_t text = 0;
    memcpy(&text, name, length);
    return text & (UINT64_MAX >> 8);
}

static uint64_t *short_name(struct judged_names *judged, const char *name, size_t length)
{
    return &judged->short_names[judged_short_slot(short_text(name, length))];
}

struct error *judged_names_fit(struct judged_names *judged, const char *name, name_rule *fits, void *context,
                               bool *result)
{
    const uintptr_t place = (uintptr_t)name;
    const size_t length = strnlen(name, SHORT_MOST + 1);
    if (length <= SHORT_MOST) {
        uint64_t *const known = short_name(judged, name, length);
        const uint64_t text = short_text(name, length) << 8, yes = text | SHORT_FITS, no = text | SHORT_UNFIT;
        if (*known != yes && *known != no)
            *known = fits(context, name) != NAME_UNFIT ? yes : no;
        *result = *known == yes;
        return NULL;
    }
    if (judged->used >= judged->slots_count / 2 && !grow(judged))
        return &error_out_of_memory;
    uintptr_t *slot = &judged->slots[slot_for(judged, place)];
    if (!*slot) {
        *slot = place | (fits(context, name) != NAME_UNFIT ? FITS : 0);
        judged->used++;
    }
    *result = *slot & FITS;
    return NULL;
}

void judged_names_refuse(struct judged_names *judged, const char *name)
{
    const size_t length = strnlen(name, SHORT_MOST + 1);
    if (length <= SHORT_MOST)
        *short_name(judged, name, length) = short_text(name, length) << 8 | SHORT_UNFIT;
    else if (judged->slots_count)
        judged->slots[slot_for(judged, (uintptr_t)name)] &= ~FITS;
}

void judged_names_free(struct judged_names *judged)
{
    free(judged->slots);
    *judged = (struct judged_names){0};
}
