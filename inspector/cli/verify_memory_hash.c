// SPDX-License-Identifier: MIT
// Where a map's seed lies, by its own keys: each key is hashed with every number of the header in turn, and only with
// the seed do all of them get the tophash, or the seven bits of the control byte, that their slots have.
#include "cli/verify_memory_parts.h"
#include "watch/live_samples.h"

#include <stdlib.h>

static bool is_seed(const struct memory_maps *maps, uint64_t number, uint64_t unused)
{
    (void)unused;
    return live_samples_fit(maps->samples, number);
}

void memory_seed_look(struct memory_maps *maps, const struct map_survey *survey,
                      const struct numbers *numbers)
{
    const struct map_shape *shape = survey->shape;
    struct arena arena;
    struct live_samples *samples = calloc(1, sizeof(*samples));
    struct live_hasher *hasher = calloc(1, sizeof(*hasher));
    if (samples && hasher) {
        arena_init(&arena);
        samples->shape = shape;
        samples->hasher = hasher;
        samples->memory = maps->program->target->memory;
        struct error *error =
            live_hasher_open(hasher, &maps->schedule, go_types_maker(maps->program->types), shape, &arena);
        if (!error)
            live_samples_take(samples, survey, maps->pages);
        maps->samples = samples;
        // hash0 has 32 bits of the classic map's header, whatever a word is.
        if (samples->count >= LIVE_SAMPLES_LEAST)
            places_narrow(&maps->seed, numbers, shape->design == MAP_SWISS ? shape->address_bytes : 4,
                          is_seed, 0);
        maps->samples = NULL;
        error_free(error);
        arena_free(&arena);
    }
    free(hasher);
    free(samples);
}
