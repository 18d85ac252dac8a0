// SPDX-License-Identifier: MIT
// A session as a view: its keys, clicks, time and frames, and the views that it opens on top.
#include "watch/watch_player.h"

static struct map_screen *screen_of(struct watch_player *player)
{
    return player->session.swiss ? &player->swiss_view.screen : &player->classic_view.screen;
}

// Brings the view of this kind of map to the present state. The needs of the other kind stay as they are.
static void measure(struct watch_player *player, int rows, int columns, struct hmap_needs *needs,
                    struct swiss_needs *swiss_needs)
{
    screen_of(player)->has_caption = player_tells_story(player);
    if (player->session.swiss) {
        swiss_picture_header(player);
        swiss_view_needs(&player->swiss_view, &player->swiss_scene.map, rows, columns, swiss_needs);
        return;
    }
    classic_picture_header(player);
    hmap_view_needs(&player->classic_view, &player->classic_scene.map.header,
                    &player->classic_scene.map.touch, rows, columns, needs);
}

// The map's view follows what has happened before the key, whether or not a frame has shown it: what a key
// does must not depend on the screen's pace.
static void follow(struct watch_player *player)
{
    struct hmap_needs ignored;
    struct swiss_needs ignored_too;
    struct map_screen *screen = screen_of(player);
    measure(player, screen->rows, screen->columns, &ignored, &ignored_too);
    screen->position = player->session.model->events;
    screen->end = session_end(&player->session);
}

// --- Views on top ---

static void open_help(struct watch_player *player)
{
    bool is_swiss = player->session.swiss;
    help_open(&player->help, &player->views, is_swiss ? &swiss_keymap : &hmap_keymap,
              is_swiss ? swiss_legend : hmap_legend);
}

static struct error *apply_all(struct watch_player *player, const struct intents *intents);

static struct error *on_answer(void *state, const char *text)
{
    struct watch_player *player = state;
    struct intents intents = {.length = 0};
    follow(player);
    map_screen_answer(screen_of(player), player->asks, text, &intents);
    return apply_all(player, &intents);
}

static void open_prompt(struct watch_player *player, enum map_question asks)
{
    enum { ANSWER_BYTES = 23 }; // more than any number has
    static const char *const labels[] = {[ASK_FIND] = "find the key of number (or nan): ",
                                         [ASK_PUT] = "put the key of number (or nan, slice): ",
                                         [ASK_TIME] = "go to event: "};
    const struct prompt_request request = {.label = labels[asks],
                                           .bytes_most = ANSWER_BYTES,
                                           .is_word = true,
                                           .state = player,
                                           .answered = on_answer};
    player->asks = asks;
    prompt_open(&player->prompt, &player->views, &request);
}

static struct error *on_chosen(void *state, const uint8_t chosen[CHOICES_MAX])
{
    return player_new_map(state, chosen);
}

static void open_chooser(struct watch_player *player)
{
    struct chooser_request request = {.title = "a new map",
                                      .enter = "make",
                                      .stay = "stay",
                                      .closing_key = 'n',
                                      .state = player,
                                      .done = on_chosen};
    request.choices_count = scene_choices(player, request.choices);
    chooser_open(&player->chooser, &player->views, &request);
}

// --- Intents ---

static struct error *apply(struct watch_player *player, const struct intent *intent)
{
    switch (intent->kind) {
    case INTENT_HELP:
        open_help(player);
        return NULL;
    case INTENT_ASK:
        open_prompt(player, intent->asks);
        return NULL;
    case INTENT_CHOOSE:
        open_chooser(player);
        return NULL;
    default:
        return player_apply(player, intent);
    }
}

static struct error *apply_all(struct watch_player *player, const struct intents *intents)
{
    for (size_t i = 0; i < intents->length; i++)
        RETURN_IF_ERROR(apply(player, &intents->list[i]));
    return NULL;
}

// --- The view ---

static struct error *watch_needs(void *state, int rows, int columns)
{
    struct watch_player *player = state;
    struct hmap_needs needs;
    struct swiss_needs swiss_needs;
    measure(player, rows, columns, &needs, &swiss_needs);
    if (player->compare.is_open && rows >= HMAP_ROWS_MIN && columns >= HMAP_COLUMNS_MIN) {
        struct compare_needs compare_needs;
        compare_view_needs(rows, columns, &compare_needs);
        return compare_scene_fill(player, &compare_needs);
    }
    return player->session.swiss ? swiss_scene_fill(player, &swiss_needs)
                                 : classic_scene_fill(player, &needs);
}

static void draw_compared(struct watch_player *player, struct canvas *canvas, struct hits *hits)
{
    const struct map_moment *now = &player->compare.scene.now;
    bool is_swiss = player->session.swiss;
    // A click on the time line is the view's of this kind of map.
    screen_of(player)->time_cells = now->loads_count;
    compare_view_draw(&player->compare.scene, is_swiss ? &swiss_keymap : &hmap_keymap,
                      screen_of(player)->count, is_swiss ? SWISS_VIEW_HIT_TIME : HMAP_VIEW_HIT_TIME, canvas,
                      hits);
}

static void watch_draw(void *state, struct canvas *canvas, struct hits *hits)
{
    struct watch_player *player = state;
    if (player->compare.is_open)
        draw_compared(player, canvas, hits);
    else if (player->session.swiss)
        swiss_view_draw(&player->swiss_view, &player->swiss_scene, canvas, hits);
    else
        hmap_view_draw(&player->classic_view, &player->classic_scene, canvas, hits);
}

static struct error *watch_press(void *state, struct key_press press, bool *passes)
{
    (void)passes;
    struct watch_player *player = state;
    struct intents intents = {.length = 0};
    follow(player);
    if (player->session.swiss)
        swiss_view_press(&player->swiss_view, press, &intents);
    else
        hmap_view_press(&player->classic_view, press, &intents);
    return apply_all(player, &intents);
}

static struct error *watch_click(void *state, const struct hit *hit, uint64_t value)
{
    struct watch_player *player = state;
    struct intents intents = {.length = 0};
    if (player->session.swiss)
        swiss_view_click(&player->swiss_view, hit, value, &intents);
    else
        hmap_view_click(&player->classic_view, hit, value, &intents);
    return apply_all(player, &intents);
}

static bool watch_interrupt(void *state)
{
    return work_stop(state);
}

static struct error *watch_wheel(void *state, int rows)
{
    struct watch_player *player = state;
    if (player->session.swiss)
        swiss_view_wheel(&player->swiss_view, rows);
    else
        hmap_view_wheel(&player->classic_view, rows);
    return NULL;
}

static struct error *watch_advance(void *state, uint64_t elapsed_ns, uint64_t budget_ns, bool *changed)
{
    return player_advance(state, elapsed_ns, budget_ns, changed);
}

static int watch_wait(const void *state)
{
    return player_wait_ms(state);
}

static const struct view_ops watch_ops = {.title = "strata watch",
                                          .rows_min = HMAP_ROWS_MIN,
                                          .columns_min = HMAP_COLUMNS_MIN,
                                          .needs = watch_needs,
                                          .draw = watch_draw,
                                          .press = watch_press,
                                          .click = watch_click,
                                          .interrupt = watch_interrupt,
                                          .wheel = watch_wheel,
                                          .advance = watch_advance,
                                          .wait = watch_wait};

struct error *player_open(struct watch_player *player, const struct watch_setup *setup,
                          enum workload workload)
{
    RETURN_IF_ERROR(player_start(player, setup, workload));
    hmap_view_init(&player->classic_view, &hmap_keymap);
    swiss_view_init(&player->swiss_view, &swiss_keymap);
    view_open(&player->views, &watch_ops, player);
    return NULL;
}
