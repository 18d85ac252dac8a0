// SPDX-License-Identifier: MIT
// Where a map's seed lies, by its own keys: each key is hashed with every number of the header in turn, and only with
// the seed do all of them get the tophash, or the seven bits of the control byte, that their slots have.
#include "cli/verify_memory_parts.h"
#include "gomap/map_entries.h"

#include <stdlib.h>
#include <string.h>

enum {
    SAMPLES_MOST = 24,
    SAMPLES_LEAST = 6, // of 7 bits each: by chance one number of 2^42 fits
    TEXT_BYTES_MOST = 256,
    CHUNKS_MOST = 4096,
};

struct hash_sample {
    _Alignas(16) uint8_t key[MAP_INDIRECT_ABOVE];
    uint8_t mark;
    char text[TEXT_BYTES_MOST]; // of a string
};

struct hash_samples {
    struct memory_maps *maps;
    const struct map_shape *shape;
    struct live_hasher hasher;
    struct hash_sample list[SAMPLES_MOST];
    size_t count;
};

static bool take_key(struct hash_samples *samples, const struct map_entry *entry, struct hash_sample *sample)
{
    const struct map_key_form *form = &samples->hasher.form;
    sample->mark = entry->mark;
    if (!samples->hasher.is_plain)
        return live_key_import_string(&samples->hasher, entry->key, sample->key,
                                      samples->maps->program->target->memory, sample->text,
                                      sizeof(sample->text));
    memcpy(sample->key, entry->key, (size_t)form->size_bytes);
    return true;
}

static bool visit(void *context, const struct map_entry *entry)
{
    struct hash_samples *samples = context;
    uint64_t hash;
    if (take_key(samples, entry, &samples->list[samples->count]) &&
        live_hash(&samples->hasher, samples->list[samples->count].key, 0, &hash))
        samples->count++;
    return samples->count < SAMPLES_MOST;
}

static bool is_seed(const struct memory_maps *maps, uint64_t number, uint64_t unused)
{
    struct hash_samples *samples = maps->samples;
    (void)unused;
    for (size_t i = 0; i < samples->count; i++) {
        uint64_t hash;
        if (!live_hash(&samples->hasher, samples->list[i].key, number, &hash))
            return false;
        if (live_hash_mark(samples->shape, hash) != samples->list[i].mark)
            return false;
    }
    return true;
}

void memory_seed_look(struct memory_maps *maps, const struct map_survey *survey,
                      const struct numbers *numbers)
{
    const struct map_shape *shape = survey->shape;
    uint64_t chunks_left = CHUNKS_MOST;
    struct arena arena;
    struct hash_samples *samples = calloc(1, sizeof(*samples));
    if (!samples)
        return;
    arena_init(&arena);
    samples->maps = maps;
    samples->shape = shape;
    struct error *error = live_hasher_open(&samples->hasher, &maps->schedule,
                                           go_types_maker(maps->program->types), shape, &arena);
    const struct map_key_form *form = &samples->hasher.form;
    if (!error && samples->hasher.is_ready && !shape->key.is_indirect &&
        form->size_bytes <= MAP_INDIRECT_ABOVE &&
        (samples->hasher.is_plain || form->kind == MAP_KEY_STRING)) {
        (void)map_entries_each(survey, maps->pages, &chunks_left, visit, samples);
        maps->samples = samples;
        // hash0 has 32 bits of the classic map's header, whatever a word is.
        if (samples->count >= SAMPLES_LEAST)
            places_narrow(&maps->seed, numbers, shape->design == MAP_SWISS ? shape->address_bytes : 4,
                          is_seed, 0);
        maps->samples = NULL;
    }
    error_free(error);
    arena_free(&arena);
    free(samples);
}
