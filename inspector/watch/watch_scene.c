// SPDX-License-Identifier: MIT
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
// The classic map's first, then the Swiss one's: the kind of map goes by it.
static const char *const flavour_names[] = {"Go 1.19",         "Go 1.22",         "Go 1.23",
                                            "Go 1.24 (Swiss)", "Go 1.25 (Swiss)", "Go 1.26 (Swiss)",
                                            "Go 1.27 (Swiss)"};
static const char *const swiss_names[] = {"Swiss, Go 1.24", "Swiss, Go 1.25", "Swiss, Go 1.26",
                                          "Swiss, Go 1.27"};
enum { CLASSIC_FLAVOURS = HMAP_GO_1_23 + 1 };
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
    uint8_t flavour = chosen[CHOICE_FLAVOUR];
    setup.map_kind = flavour < CLASSIC_FLAVOURS ? WATCH_CLASSIC : WATCH_SWISS;
    if (setup.map_kind == WATCH_SWISS)
        setup.swiss_flavour = (enum swiss_flavour)(flavour - CLASSIC_FLAVOURS);
    else
        setup.flavour = (enum hmap_flavour)flavour;
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
                            (uint8_t)(setup->map_kind == WATCH_SWISS
                                          ? CLASSIC_FLAVOURS + (unsigned)setup->swiss_flavour
                                          : (unsigned)setup->flavour)},
        [CHOICE_SIZE] = {"size", size_names, ARRAY_LENGTH(size_names), size_choice(setup)},
        [CHOICE_SEED] = {"seed", seed_names, ARRAY_LENGTH(seed_names), 0},
    };
    _Static_assert((int)CHOICES <= (int)CHOICES_MAX, "there is room for them");
    memcpy(choices, all, sizeof(all));
    return CHOICES;
}

// --- Filling ---

// One cell for each stretch of the history: the load at its end.
static void fill_loads(struct watch_player *player, struct map_moment *now, size_t cells)
{
    const struct watch_session *session = &player->session;
    uint64_t end = session_end(session);
    size_t at = 0;
    now->loads_count = cells < SCENE_LOADS ? cells : SCENE_LOADS;
    for (size_t i = 0; i < now->loads_count; i++) {
        struct scene_load *load = &now->loads[i];
        uint64_t position = now->loads_count > 1
                                ? (uint64_t)((double)end * (double)i / (double)(now->loads_count - 1) + 0.5)
                                : end;
        *load = (struct scene_load){0};
        while (at + 1 < session->loads.length && session->loads.data[at + 1].position <= position)
            load->has_grown |= session->loads.data[++at].has_grown;
        const struct load_sample *sample = &session->loads.data[at];
        double level = 8 * sample->load.share;
        load->level = level > 8 ? 8 : level > 0 && level < 1 ? 1 : (uint8_t)(level + 0.5);
        load->is_growing = sample->load.is_growing;
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

static void fill_titles(struct watch_player *player, struct map_moment *now)
{
    const struct watch_session *session = &player->session;
    const struct watch_setup *setup = &session->setup;
    char speed[32] = "paused";
    if (player->is_playing)
        speed_text(player, speed, sizeof(speed));
    snprintf(now->name, sizeof(now->name), "%s", setup->map_kind == WATCH_SWISS ? "Swiss" : "");
    snprintf(now->origin, sizeof(now->origin), "%s   %s   seed 0x%llx", hash_names[setup->hash],
             setup->map_kind == WATCH_SWISS ? swiss_names[setup->swiss_flavour]
                                            : flavour_names[setup->flavour],
             (unsigned long long)setup->seed);
    snprintf(now->status, sizeof(now->status), "%s%s%s %s   op %llu   event %llu/%llu ",
             player->recorder ? "rec   " : "", player->is_replay ? "replay   " : "",
             player->is_playing ? "▶" : "■", speed,
             (unsigned long long)(session->model->ops + session->model->is_inside),
             (unsigned long long)now->position, (unsigned long long)now->end);
}

static void fill_moment(struct watch_player *player, struct map_moment *now)
{
    const struct watch_session *session = &player->session;
    now->position = session->model->events;
    now->end = session_end(session);
    now->is_playing = player->is_playing;
    now->is_ranging = session->model->is_ranging;
    player->shown_setup = session->setup;
    fill_titles(player, now);
    *now->caption = '\0';
    if (player_tells_story(player))
        scenario_caption(&player->scenario, session, now->caption, sizeof(now->caption));
    snprintf(now->message, sizeof(now->message), "%s", player->views.message);
    now->message_is_bad = player->views.message_is_bad;
    char work[MESSAGE_BYTES];
    work_text(player, work, sizeof(work));
    if (*work) {
        memcpy(now->message, work, sizeof(work));
        now->message_is_bad = true;
    }
}

static void fill_state(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct hmap_scene *scene = &player->classic_scene;
    fill_moment(player, &scene->now);
    scene->range_start = model->iter.startBucket;
    scene->range_offset = model->iter.offset;
    scene->range_wrapped = model->iter.wrapped;
    scene->range_bucket = (model->iter.bucket ? model->iter.bucket : UINT64_C(1) << model->iter.B) - 1;
}

struct error *classic_scene_fill(struct watch_player *player, const struct hmap_needs *needs)
{
    RETURN_IF_ERROR(classic_picture_fill(player, needs));
    fill_state(player);
    fill_loads(player, &player->classic_scene.now, needs->loads);
    return NULL;
}

// --- A Swiss map's ---

static void range_text(const struct swiss_model *model, char *text, size_t size_bytes)
{
    const struct swiss_iter *iter = &model->iter;
    if (iter->dirIdx < 0)
        snprintf(text, size_bytes, "range: from slot %llu, %llu slots passed",
                 (unsigned long long)(iter->entryOffset % SWISS_GROUP_SLOTS),
                 (unsigned long long)iter->entryIdx);
    else
        snprintf(text, size_bytes, "range: %lld of %llu places passed, slot %llu of the table%s",
                 (long long)iter->dirIdx, 1ull << iter->globalDepth, (unsigned long long)iter->entryIdx,
                 iter->tab && iter->tab->index < 0 ? ", which was replaced since" : "");
}

struct error *swiss_scene_fill(struct watch_player *player, const struct swiss_needs *needs)
{
    struct swiss_scene *scene = &player->swiss_scene;
    RETURN_IF_ERROR(swiss_picture_fill(player, needs));
    fill_moment(player, &scene->now);
    fill_loads(player, &scene->now, needs->loads);
    *scene->range = '\0';
    if (player->session.model->is_ranging)
        range_text(player->session.swiss, scene->range, sizeof(scene->range));
    return NULL;
}

struct error *compare_scene_fill(struct watch_player *player, const struct compare_needs *needs)
{
    struct map_moment *now = &player->compare.scene.now;
    RETURN_IF_ERROR(compare_fill(player, needs));
    fill_moment(player, now);
    fill_loads(player, now, needs->loads);
    *now->name = '\0'; // both kinds
    snprintf(now->origin, sizeof(now->origin), "the same operations   %s   seed 0x%llx",
             hash_names[player->session.setup.hash], (unsigned long long)player->session.setup.seed);
    return NULL;
}
