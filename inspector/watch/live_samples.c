// SPDX-License-Identifier: MIT
#include "watch/live_samples.h"

#include "gomap/map_entries.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNKS_MOST = 4096, REGION_BYTES_MOST = 4 << 20, PLACE_STEP = 8 };

static bool take_key(struct live_samples *samples, const struct map_entry *entry, struct live_sample *sample)
{
    const struct map_key_form *form = &samples->hasher->form;
    sample->mark = entry->mark;
    if (!samples->hasher->is_plain)
        return live_key_import_string(samples->hasher, entry->key, sample->key, samples->memory, sample->text,
                                      sizeof(sample->text));
    memcpy(sample->key, entry->key, (size_t)form->size_bytes);
    return true;
}

static bool visit(void *context, const struct map_entry *entry)
{
    struct live_samples *samples = context;
    uint64_t hash;
    if (take_key(samples, entry, &samples->list[samples->count]) &&
        live_hash(samples->hasher, samples->list[samples->count].key, 0, &hash))
        samples->count++;
    return samples->count < LIVE_SAMPLES_MOST;
}

void live_samples_take(struct live_samples *samples, const struct map_survey *survey,
                       struct page_cache *pages)
{
    const struct live_hasher *hasher = samples->hasher;
    uint64_t chunks_left = CHUNKS_MOST;
    samples->count = 0;
    if (hasher->is_ready && !samples->shape->key.is_indirect &&
        hasher->form.size_bytes <= MAP_INDIRECT_ABOVE &&
        (hasher->is_plain || hasher->form.kind == MAP_KEY_STRING))
        (void)map_entries_each(survey, pages, &chunks_left, visit, samples);
}

bool live_samples_fit(struct live_samples *samples, uint64_t seed)
{
    for (size_t i = 0; i < samples->count; i++) {
        uint64_t hash;
        if (!live_hash(samples->hasher, samples->list[i].key, seed, &hash) ||
            live_hash_mark(samples->shape, hash) != samples->list[i].mark)
            return false;
    }
    return true;
}

// ---- the schedule of a stripped program -----------------------------------------------------------------

struct schedule_search {
    struct live_schedule *schedule; // tried
    struct live_samples samples;
    uint64_t seed;
    const uint8_t *bytes;
    size_t size_bytes;
};

// Every place of the region in turn, as what the algorithm starts from.
static bool try_places(struct schedule_search *search, unsigned word_bytes)
{
    struct live_schedule *schedule = search->schedule;
    struct live_hasher *hasher = search->samples.hasher;
    const bool is_aes =
        schedule->algorithm != HMAP_HASH_FALLBACK && schedule->algorithm != HMAP_HASH_FALLBACK_32;
    const size_t length = (is_aes ? (size_t)16 : (size_t)4) * word_bytes;
    for (size_t at = 0; at + length <= search->size_bytes; at += is_aes ? PLACE_STEP : word_bytes) {
        uint64_t first;
        memcpy(&first, search->bytes + at, sizeof(first));
        if (!first)
            continue; // random numbers are not that
        if (is_aes)
            memcpy(schedule->aes, search->bytes + at, length);
        else
            for (unsigned i = 0; i < 4; i++)
                schedule->key[i] = map_number(search->bytes + at + (size_t)i * word_bytes, word_bytes, false);
        live_hasher_schedule(hasher, schedule);
        if (live_samples_fit(&search->samples, search->seed))
            return true;
    }
    return false;
}

static struct error *try_algorithm(struct schedule_search *search, const struct go_program *program,
                                   const struct map_survey *survey, struct page_cache *pages, bool *is_found)
{
    struct live_hasher *hasher = calloc(1, sizeof(*hasher));
    struct arena arena;
    if (!hasher)
        return &error_out_of_memory;
    arena_init(&arena);
    struct error *error = live_hasher_open(hasher, search->schedule, program->maker, survey->shape, &arena);
    search->samples =
        (struct live_samples){.shape = survey->shape, .hasher = hasher, .memory = program->target->memory};
    if (!error) {
        live_samples_take(&search->samples, survey, pages);
        *is_found = search->samples.count >= LIVE_SAMPLES_LEAST &&
                    try_places(search, go_runtime_facts(program->runtime)->word_bytes);
    }
    arena_free(&arena);
    free(hasher);
    return error;
}

struct error *live_schedule_search(struct live_schedule *schedule, const struct go_program *program,
                                   const struct map_shape *shape, uint64_t address, struct page_cache *pages)
{
    const struct go_runtime_facts *facts = program->runtime ? go_runtime_facts(program->runtime) : NULL;
    enum hmap_hash_algorithm algorithms[2];
    const size_t count = facts && !facts->big_endian ? live_algorithms(program, algorithms) : 0;
    const struct go_region region = facts ? facts->regions[GO_NOPTRBSS] : (struct go_region){0};
    const uint64_t size_bytes = region.end - region.begin;
    struct map_survey survey;
    bool is_found = false;
    if (!count || region.end <= region.begin || size_bytes > REGION_BYTES_MOST)
        return NULL;
    for (bool more = map_survey_start(&survey, pages, shape, address); more;)
        more = map_survey_step(&survey, pages, UINT64_C(1) << 20);
    uint8_t *bytes = malloc((size_t)size_bytes);
    struct live_schedule tried = {.is_known = true, .version = schedule->version};
    struct schedule_search *search = calloc(1, sizeof(*search));
    struct error *error = !bytes || !search
                              ? &error_out_of_memory
                              : memory_read(program->target->memory, region.begin, bytes, (size_t)size_bytes);
    if (error && error->code != ERROR_OUT_OF_MEMORY) { // what cannot be read has no schedule
        error_free(error);
        free(bytes);
        free(search);
        return NULL;
    }
    for (size_t i = 0; !error && i < count && !is_found; i++) {
        tried.algorithm = algorithms[i];
        *search =
            (struct schedule_search){.schedule = &tried, .bytes = bytes, .size_bytes = (size_t)size_bytes};
        search->seed = map_field_number(
            shape, shape->design == MAP_SWISS ? shape->swiss.seed : shape->classic.hash0, survey.header);
        error = try_algorithm(search, program, &survey, pages, &is_found);
    }
    if (!error && is_found)
        *schedule = tried;
    free(bytes);
    free(search);
    return error;
}
