// What the view sees of a session.
#include "cli/watch_fields.h"
#include "watch/watch_player.h"
#include "watch/watch_text.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SURVEY_BUCKETS = 512 };

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

struct watch_setup scene_setup(const struct watch_player *player, const uint8_t choices[CHOICES_MAX])
{
    struct watch_setup setup = player->session.setup;
    setup.key_kind = (enum watch_key_kind)choices[CHOICE_KEY];
    setup.elem_kind = (enum watch_elem_kind)choices[CHOICE_ELEM];
    setup.hash = (enum hmap_hash_algorithm)choices[CHOICE_HASH];
    setup.flavour = (enum hmap_flavour)choices[CHOICE_FLAVOUR];
    setup.entries = size_entries[choices[CHOICE_SIZE]];
    setup.hint = choices[CHOICE_SIZE] ? HINT_8_BUCKETS : 0;
    if (choices[CHOICE_SEED])
        setup.seed = (setup.seed * UINT64_C(6364136223846793005) + 1) & 0xffffff;
    return setup;
}

static void fill_choices(struct watch_player *player)
{
    struct hmap_scene *scene = &player->scene;
    const struct watch_setup *setup = &player->session.setup;
    const struct scene_choice choices[CHOICES] = {
        [CHOICE_KEY] = {"keys", key_names, ARRAY_LENGTH(key_names), (uint8_t)setup->key_kind},
        [CHOICE_ELEM] = {"values", elem_names, ARRAY_LENGTH(elem_names), (uint8_t)setup->elem_kind},
        [CHOICE_HASH] = {"hash", hash_names, ARRAY_LENGTH(hash_names), (uint8_t)setup->hash},
        [CHOICE_FLAVOUR] = {"behaves as", flavour_names, ARRAY_LENGTH(flavour_names),
                            (uint8_t)setup->flavour},
        [CHOICE_SIZE] = {"size", size_names, ARRAY_LENGTH(size_names), size_choice(setup)},
        [CHOICE_SEED] = {"seed", seed_names, ARRAY_LENGTH(seed_names), 0},
    };
    memcpy(scene->choices, choices, sizeof(choices));
    scene->choices_count = CHOICES;
    scene->hash_name = hash_names[setup->hash];
    scene->flavour_name = flavour_names[setup->flavour];
    scene->seed = setup->seed;
}

// --- Opening and closing ---

// The header's fields by the compiler that built hmapcore.
static const struct scene_field compiled_fields[] = {
#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(struct hmap, name), sizeof(((struct hmap *)NULL)->name)                              \
    }
    FIELD(count),   FIELD(flags),      FIELD(B),         FIELD(noverflow), FIELD(hash0),
    FIELD(buckets), FIELD(oldbuckets), FIELD(nevacuate), FIELD(extra),
#undef FIELD
};

struct error *scene_open(struct watch_player *player)
{
    struct hmap_scene *scene = &player->scene;
    scene->old_density = calloc(SCENE_DENSITY, sizeof(*scene->old_density));
    scene->new_density = calloc(SCENE_DENSITY, sizeof(*scene->new_density));
    if (!scene->old_density || !scene->new_density)
        return &error_out_of_memory;
    memcpy(player->fields, compiled_fields, sizeof(compiled_fields));
    player->fields_count = ARRAY_LENGTH(compiled_fields);
    player->fields_source = "offsetof";
    return NULL;
}

void scene_close(struct watch_player *player)
{
    struct hmap_scene *scene = &player->scene;
    for (size_t i = 0; i < SCENE_WINDOWS; i++)
        hmap_window_free(&scene->windows[i]);
    free(scene->old_density);
    free(scene->new_density);
    *scene = (struct hmap_scene){0};
}

// --- Filling ---

static bool has_place(const struct hmap_event *event)
{
    switch ((enum hmap_event_kind)event->kind) {
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
    case HMAP_EVENT_INSERT:
    case HMAP_EVENT_OVERWRITE:
    case HMAP_EVENT_DELETE:
    case HMAP_EVENT_DELETE_MISS:
    case HMAP_EVENT_FIND_HIT:
    case HMAP_EVENT_FIND_MISS:
    case HMAP_EVENT_OVERFLOW:
    case HMAP_EVENT_EVACUATE:
    case HMAP_EVENT_ITER_BUCKET:
    case HMAP_EVENT_ITER_STEP:
    case HMAP_EVENT_ITER_SKIP:
        return true;
    default:
        return false;
    }
}

void scene_header(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct hmap_scene *scene = &player->scene;
    struct watch_event events[SESSION_RING];
    hmap_snapshot_header(&model->context, model->map, &scene->header);
    // Of the operation under way, or of the one that has just returned.
    size_t count = session_events(&player->session, events, SESSION_RING);
    scene->touched = (struct hmap_event){0};
    for (size_t i = count; i-- > 0;) {
        bool is_end = events[i].event.kind == EVENT_RETURN && i + 1 < count;
        if (is_end)
            break;
        if (has_place(&events[i].event)) {
            scene->touched = events[i].event;
            break;
        }
    }
}

static void fill_events(struct watch_player *player, size_t most)
{
    struct hmap_scene *scene = &player->scene;
    struct watch_event events[SESSION_RING];
    scene->events_count = session_events(&player->session, events, most < SCENE_EVENTS ? most : SCENE_EVENTS);
    for (size_t i = 0; i < scene->events_count; i++) {
        struct scene_event *to = &scene->events[i];
        to->position = events[i].event.serial;
        to->kind = events[i].event.kind;
        watch_event_text(&player->session, &events[i], to->text, sizeof(to->text));
    }
}

static void fill_hash(struct watch_player *player)
{
    const struct watch_model *model = player->session.model;
    struct hmap_scene *scene = &player->scene;
    scene->hashed = model->latest_key;
    scene->hashed_verb = watch_op_name(model->latest_key_op.kind);
    if (scene->hashed.kind)
        watch_key_text(&player->session.keys, model->latest_key_op.number, scene->hashed_key,
                       sizeof(scene->hashed_key));
}

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

// Debug information is asked when it is first needed.
static void fill_fields(struct watch_player *player)
{
    struct hmap_scene *scene = &player->scene;
    if (player->view.shows_bytes && !player->has_read_fields) {
        player->has_read_fields = true;
        if (watch_fields_read(player->fields, &player->fields_count))
            player->fields_source = "DWARF";
    }
    memcpy(scene->fields, player->fields, sizeof(scene->fields));
    scene->fields_count = player->fields_count;
    scene->fields_source = player->fields_source;
}

static void fill_state(struct watch_player *player)
{
    const struct watch_session *session = &player->session;
    const struct watch_model *model = session->model;
    struct hmap_scene *scene = &player->scene;
    scene->position = model->events;
    scene->end = session_end(session);
    scene->op = model->ops + model->is_inside;
    scene->op_end = session->log.length;
    scene->is_playing = player->is_playing;
    scene->is_inside = model->is_inside;
    scene->is_replay = player->is_replay;
    scene->is_recording = player->recorder != NULL;
    scene->workload = workload_name(player->scenario.workload);
    speed_text(player, scene->speed, sizeof(scene->speed));
    snprintf(scene->caption, sizeof(scene->caption), "%s", scenario_caption(&player->scenario, session));
    snprintf(scene->message, sizeof(scene->message), "%s", player->message);
    scene->message_is_bad = player->message_is_bad;
    scene->is_ranging = model->is_ranging;
    scene->range_start = model->iter.startBucket;
    scene->range_offset = model->iter.offset;
    scene->range_wrapped = model->iter.wrapped;
    scene->range_bucket = (model->iter.bucket ? model->iter.bucket : UINT64_C(1) << model->iter.B) - 1;
    fill_fields(player);
    fill_choices(player);
}

struct error *scene_fill(struct watch_player *player, const struct hmap_needs *needs)
{
    const struct watch_model *model = player->session.model;
    struct hmap_scene *scene = &player->scene;
    for (size_t i = 0; i < SCENE_WINDOWS; i++)
        if (!hmap_snapshot_window(&model->context, model->map, &needs->windows[i], &scene->windows[i]))
            return &error_out_of_memory;
    size_t old_cells = needs->old_cells < SCENE_DENSITY ? needs->old_cells : SCENE_DENSITY;
    size_t new_cells = needs->new_cells < SCENE_DENSITY ? needs->new_cells : SCENE_DENSITY;
    scene->old_density_count = hmap_snapshot_density(&model->context, model->map, HMAP_ARRAY_OLD,
                                                     scene->old_density, old_cells, needs->samples);
    scene->new_density_count = hmap_snapshot_density(&model->context, model->map, HMAP_ARRAY_NEW,
                                                     scene->new_density, new_cells, needs->samples);
    hmap_snapshot_survey(&model->context, model->map, HMAP_ARRAY_NEW, SURVEY_BUCKETS, &scene->survey);
    fill_state(player);
    fill_events(player, needs->events);
    fill_hash(player);
    fill_loads(player, needs->loads);
    return NULL;
}
