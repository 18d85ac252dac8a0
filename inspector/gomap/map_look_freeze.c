// SPDX-License-Identifier: MIT
// The part of a look that is read while the process stands still.
#include "gomap/map_look_parts.h"

#include <stdlib.h>

enum { FROZEN_PLACES = 1 << 18 }; // of directories, a map

// All that the figures need is brought with a few calls: headers, then what they point to.
static void bring(struct page_cache *pages, const struct map_look *look, const uint32_t *numbers,
                  size_t count, struct pages_place *places)
{
    for (size_t i = 0; i < count; i++) {
        const struct map_survey *survey = &look->maps.data[numbers[i]].survey;
        places[i] = (struct pages_place){survey->address, survey->shape->header_bytes};
    }
    pages_bring(pages, places, count);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++) {
        const struct map_survey *survey = &look->maps.data[numbers[i]].survey;
        const struct map_shape *shape = survey->shape;
        uint8_t header[PICTURE_HEADER_BYTES];
        if (!pages_read(pages, survey->address, header, shape->header_bytes))
            continue;
        if (shape->design == MAP_CLASSIC)
            places[wanted++] = (struct pages_place){map_field_number(shape, shape->classic.extra, header),
                                                    shape->classic.extra_bytes};
        else if (survey->figures.places)
            places[wanted++] = (struct pages_place){map_field_number(shape, shape->swiss.dir_address, header),
                                                    survey->figures.places * shape->address_bytes};
    }
    pages_bring(pages, places, wanted);
}

struct error *map_looker_freeze(struct map_looker *looker, struct map_look *look, const uint32_t *numbers,
                                size_t count, struct freeze_report *report)
{
    struct freeze *freeze;
    struct pages_place *places = reallocarray(NULL, count + 1, sizeof(*places));
    *report = (struct freeze_report){0};
    if (!places)
        return &error_out_of_memory;
    pages_forget(looker->pages);
    struct error *error = freeze_take(looker->target->pid, &freeze);
    if (error) {
        free(places);
        return error;
    }
    bring(looker->pages, look, numbers, count, places);
    for (size_t i = 0; i < count; i++) {
        struct map_found *found = &look->maps.data[numbers[i]];
        const struct map_shape *shape = found->survey.shape;
        const uint64_t address = found->survey.address;
        bool more = map_survey_start(&found->survey, looker->pages, shape, address);
        if (more)
            (void)map_survey_step(&found->survey, looker->pages, FROZEN_PLACES);
    }
    freeze_thaw(freeze, report);
    free(places);
    for (size_t i = 0; i < count; i++) {
        struct map_found *found = &look->maps.data[numbers[i]];
        look->changed -= found->has_changed;
        found->has_changed = found->survey.figures.is_torn; // freed since, or in the middle of a write
        look->changed += found->has_changed;
    }
    return NULL;
}
