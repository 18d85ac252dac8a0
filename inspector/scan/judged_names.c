// SPDX-License-Identifier: MIT
#include "scan/judged_names.h"

#include <stdlib.h>

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

struct error *judged_names_fit(struct judged_names *judged, const char *name,
                               bool (*fits)(void *context, const char *name), void *context, bool *result)
{
    const uintptr_t place = (uintptr_t)name;
    if (judged->used >= judged->slots_count / 2 && !grow(judged))
        return &error_out_of_memory;
    uintptr_t *slot = &judged->slots[slot_for(judged, place)];
    if (!*slot) {
        *slot = place | (fits(context, name) ? FITS : 0);
        judged->used++;
    }
    *result = *slot & FITS;
    return NULL;
}

void judged_names_free(struct judged_names *judged)
{
    free(judged->slots);
    *judged = (struct judged_names){0};
}
