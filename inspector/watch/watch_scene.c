// What the view sees of a session beside the picture of its map: where it stands in time, its load over time,
// and what there is to choose.
#include "watch/watch_player.h"

#include <stdio.h>
#include <string.h>

// --- What there is to choose ---

enum { CHOICE_KEY, CHOICE_ELEM, CHOICE_HASH, CHOICE_FLAVOUR, CHOICE_SIZE, CHOICE_SEED, CHOICES };

static const char *const key_names[] = {"int64", "int32", "string", "float64 (with NaN)", "interface"};
static const char *const elem_names[] = {"int64", "int32", "[17]int64 (stored indirect)", "struct{}"};
static const char *const hash_names[] = {"AES", "AES without the CPU's", "fallback (no AES)",
                                         "few distinct values", "identity"};
static const char *const flavour_names[] = {"Go 1.19", "Go 1.22", "Go 1.23"};
static const char *const size_names[] = {"empty", "8 buckets", "1 000 entries", "100 000 entries",
                                         "1 000 000 entries"};
static const char *const seed_names[] = {"the same", "another"};

static const uint64_t size_entries[] = {0, 0, 1000, 100000, 1000000};
enum { HINT_8_BUCKETS = 52 };

static uint8_t size_choice(const struct watch_setup *setup)
{
    for (size_t i = 2; i < ARRAY_LENGTH(size_entries); i++)
        if (setup->entries == size_entries[i])
            return (uint8_t)i;
    return setup->hint > HMAP_BUCKET_SLOTS;
}

struct watch_setup scene_setup(const struct watch_player *player, const uint8_t chosen[CHOICES_MAX])
{
    struct watch_setup setup = player->session.setup;
    setup.key_kind = (enum watch_key_kind)chosen[CHOICE_KEY];
    setup.elem_kind = (enum watch_elem_kind)chosen[CHOICE_ELEM];
    setup.hash = (enum hmap_hash_algorithm)chosen[CHOICE_HASH];
    setup.flavour = (enum hmap_flavour)chosen[CHOICE_FLAVOUR];
    setup.entries = size_entries[chosen[CHOICE_SIZE]];
    setup.hint = chosen[CHOICE_SIZE] ? HINT_8_BUCKETS : 0;
    if (chosen[CHOICE_SEED])
        setup.seed = (setup.seed * UINT64_C(6364136223846793005) + 1) & 0xffffff;
    return setup;
}

size_t scene_choices(const struct watch_player *player, struct choice choices[CHOICES_MAX])
{
    const struct watch_setup *setup = &player->shown_setup;
    const struct choice all[CHOICES] = {
        [CHOICE_KEY] = {"keys", key_names, ARRAY_LENGTH(key_names), (uint8_t)setup->key_kind},
        [CHOICE_ELEM] = {"values", elem_names, ARRAY_LENGTH(elem_names), (uint8_t)setup->elem_kind},
        [CHOICE_HASH] = {"hash", hash_names, ARRAY_LENGTH(hash_names), (uint8_t)setup->hash},
        [CHOICE_FLAVOUR] = {"behaves as", flavour_names, ARRAY_LENGTH(flavour_names),
                            (uint8_t)setup->flavour},
        [CHOICE_SIZE] = {"size", size_names, ARRAY_LENGTH(size_names), size_choice(setup)},
        [CHOICE_SEED] = {"seed", seed_names, ARRAY_LENGTH(seed_names), 0},
    };
    _Static_assert((int)CHOICES <= (int)CHOICES_MAX, "there is room for them");
    memcpy(choices, all, sizeof(all));
    return CHOICES;
}

// --- Filling ---

// One cell for each stretch of the history: the load at its end.
static void fill_loads(struct watch_player *player, size_t cells)
{
    const struct watch_session *session = &player->session;
    struct hmap_scene *scene = &player->scene;
    uint64_t end = session_end(session);
    double most_milli = 1000.0 * HMAP_LOAD_FACTOR_NUM / HMAP_LOAD_FACTOR_DEN;
    size_t at = 0;
    scene->loads_count = cells < SCENE_LOADS ? cells : SCENE_LOADS;
    for (size_t i = 0; i < scene->loads_count; i++) {
        struct scene_load *load = &scene->loads[i];
        uint64_t position = scene->loads_count > 1
                                ? (uint64_t)((double)end * (double)i / (double)(scene->loads_count - 1) + 0.5)
                                : end;
        *load = (struct scene_load){0};
        while (at + 1 < session->loads.length && session->loads.data[at + 1].position <= position)
            load->has_grown |= session->loads.data[++at].has_grown;
        const struct load_sample *sample = &session->loads.data[at];
        double level = 8 * sample->load_milli / most_milli;
        load->level = level > 8 ? 8 : level > 0 && level < 1 ? 1 : (uint8_t)(level + 0.5);
        load->is_growing = sample->is_growing;
    }
}

static void speed_text(const struct watch_player *player, char *text, size_t size_bytes)
{
    if (player->speed >= SPEED_MOST)
        snprintf(text, size_bytes, "%s, full speed", workload_name(player->scenario.workload));
    else
        snprintf(text, size_bytes, "%s %llu/s",
                 player->is_replay && session_has_future(&player->session)
                     ? "recorded"
                     : workload_name(player->scenario.workload),
                 1ull << player->speed);
}

static void fill_state(struct watch_player *player)
{
    const struct watch_session *session = &player->session;
    const struct watch_model *model = session->model;
    struct hmap_scene *scene = &player->scene;
    scene->position = model->events;
    scene->end = session_end(session);
    scene->op = model->ops + model->is_inside;
    scene->is_playing = player->is_playing;
    scene->is_replay = player->is_replay;
    scene->is_recording = player->recorder != NULL;
    speed_text(player, scene->speed, sizeof(scene->speed));
    *scene->caption = '\0';
    if (player_tells_story(player))
        scenario_caption(&player->scenario, session, scene->caption, sizeof(scene->caption));
    snprintf(scene->message, sizeof(scene->message), "%s", player->views.message);
    scene->message_is_bad = player->views.message_is_bad;
    char work[MESSAGE_BYTES];
    work_text(player, work, sizeof(work));
    if (*work) {
        memcpy(scene->message, work, sizeof(work));
        scene->message_is_bad = true;
    }
    scene->is_ranging = model->is_ranging;
    scene->range_start = model->iter.startBucket;
    scene->range_offset = model->iter.offset;
    scene->range_wrapped = model->iter.wrapped;
    scene->range_bucket = (model->iter.bucket ? model->iter.bucket : UINT64_C(1) << model->iter.B) - 1;
    player->shown_setup = session->setup;
    scene->hash_name = hash_names[session->setup.hash];
    scene->flavour_name = flavour_names[session->setup.flavour];
    scene->seed = session->setup.seed;
}

struct error *scene_fill(struct watch_player *player, const struct hmap_needs *needs)
{
    RETURN_IF_ERROR(picture_fill(player, needs));
    fill_state(player);
    fill_loads(player, needs->loads);
    return NULL;
}
