// SPDX-License-Identifier: MIT
// The player with a Swiss map, and with both kinds beside each other.
#include "hmapcore/hmap_check.h"
#include "hmapcore/swiss_check.h"
#include "player_under_test.h"

static const struct watch_setup story = {.seed = 0x5eed,
                                         .map_kind = WATCH_SWISS,
                                         .flavour = HMAP_GO_1_22,
                                         .swiss_flavour = SWISS_GO_1_26,
                                         .few = 4};

// What the story promises, within half a minute of its own time: the small map, its first table, a full group that a
// search goes past, a tombstone that is left and taken, tables of twice the size, the split.
static void the_story_shows_all(void **state)
{
    (void)state;
    enum { STEP_MS = 20, MOST_MS = 30000, WANTED = 9 };
    static const char *const wanted[WANTED] = {"entry 9: a table of 16",
                                               "a directory of one table of 16 slots",
                                               "full → ",
                                               "††",
                                               "in place of a tombstone",
                                               "replaced by one of 64 slots",
                                               "replaced by one of 1024 slots",
                                               "the directory doubles: 1 → 2",
                                               "splits in two"};
    bool saw[WANTED] = {false};
    for (enum swiss_flavour flavour = SWISS_GO_1_24; flavour <= SWISS_GO_1_27; flavour++) {
        struct watch_setup setup = story;
        setup.swiss_flavour = flavour;
        struct watch_player *player = open_player(&setup, WORKLOAD_STORY);
        unsigned ms = 0;
        memset(saw, 0, sizeof(saw));
        player->is_playing = true;
        for (; ms < MOST_MS && player->is_playing; ms += STEP_MS) {
            bool changed;
            must(player_advance(player, STEP_MS * 1000000ull, 1000000000, &changed));
            if (!changed)
                continue;
            char *text = screen(player, 30, 100);
            for (int i = 0; i < WANTED; i++)
                saw[i] |= strstr(text, wanted[i]) != NULL;
            free(text);
        }
        for (int i = 0; i < WANTED; i++)
            if (!saw[i])
                fail_msg("the story has not shown \"%s\"", wanted[i]);
        assert_between(ms, 8000, 29000);
        assert_false(player->is_playing);
        close_player(player);
    }
}

static void same_screen_both_ways(void **state)
{
    (void)state;
    expect_same_both_ways(&story, "i20 5 o9 d g2 i5 f F r4 i4 R d2 D3 C i20 r9");
}

static void all_sizes_and_zooms_hold(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {30, 100}, {60, 200}, {16, 60},
                                   {15, 59}, {1, 1},    {100, 61}, {0, 0}};
    for (enum watch_key_kind kind = 0; kind < KEYS_KINDS; kind++) {
        struct watch_setup setup = story;
        setup.key_kind = kind;
        setup.elem_kind = (enum watch_elem_kind)(kind % ELEMS_KINDS);
        struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
        for (int round = 0; round < 6; round++) {
            press(player, round % 2 ? "i400 g s3 f F" : "o3 D5 r5 <Down>3 ] [ <End> .2 b");
            press(player, "Z5");
            for (int zoom = 0; zoom < SWISS_ZOOMS; zoom++) {
                for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
                    must(view_stack_frame(&player->views, sizes[i][0], sizes[i][1]));
                    for (int row = 0; row < sizes[i][0]; row += 3)
                        for (int column = 0; column < sizes[i][1]; column += 7) {
                            enum swiss_zoom before = player->swiss_view.zoom;
                            must(view_stack_click(&player->views, row, column));
                            player->swiss_view.zoom = before;
                            player->is_playing = player->views.wants_quit = false;
                            view_close(&player->views, &player->help);
                            view_close(&player->views, &player->prompt);
                        }
                }
                press(player, "x z");
            }
            press(player, "? <Esc> n <Esc> e c");
            for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++)
                must(view_stack_frame(&player->views, sizes[i][0], sizes[i][1]));
        }
        close_player(player);
    }
}

static void keys_do_what_they_say(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    const struct swiss_map *map = player->session.swiss->map;
    press(player, "i8");
    assert_int_equal(map->used, 8);
    assert_int_equal(map->dirLen, 0);
    press(player, "g"); // stays in the insertion that makes the first table
    assert_true(shows(player, "a directory of one table of 16 slots"));
    assert_int_equal(map->dirLen, 1);
    press(player, "S g"); // from 16 slots to 32
    const struct swiss_table *table = ((struct swiss_table **)map->dirPtr)[0];
    assert_int_equal(table->capacity, 32);
    press(player, "S <Home> <Down>2 o6"); // group 2, six more
    const struct watch_model *model = player->session.model;
    unsigned begun = 0;
    for (size_t i = 0; i < SESSION_RING; i++)
        begun += model->ring[i].swiss.kind == SWISS_EVENT_ASSIGN && model->ring[i].swiss.group == 2 &&
                 model->ops - 6 < model->events;
    assert_true(begun >= 6);
    press(player, "i3000");
    assert_int_equal(map->dirLen, 4);
    press(player, "<Home> ]"); // the second table's
    assert_true(shows(player, "table 1: depth 2"));
    press(player, "d");
    for (size_t i = 0; i < SESSION_RING; i++)
        if (model->ring[i].swiss.kind == SWISS_EVENT_DELETE)
            assert_int_equal(model->ring[i].swiss.table, 1);
    press(player, "<Enter>");
    assert_true(shows(player, "Enter closes"));
    press(player, "<Enter>");
    assert_false(shows(player, "Enter closes"));
    press(player, "C");
    assert_int_equal(map->used, 0);
    assert_int_equal(map->dirLen, 4); // never less
    assert_true(shows(player, "tables and directory stay"));
    press(player, "q");
    assert_true(player->views.wants_quit);
    close_player(player);
}

// A frame looks for what is followed, in the table that it is in.
static void what_is_touched_is_in_sight(void **state)
{
    (void)state;
    static const int sizes[][2] = {{16, 60}, {24, 80}, {30, 100}, {60, 200}};
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i5000");
    for (int i = 0; i < 40; i++) {
        press(player, i % 3 ? "f" : "i");
        for (size_t k = 0; k < ARRAY_LENGTH(sizes); k++) {
            char *text = screen(player, sizes[k][0], sizes[k][1]);
            if (!strchr(text, '[') || !strstr(text, "▸"))
                fail_msg("nothing is touched in\n%s", text);
            const struct swiss_picture *map = &player->swiss_scene.map;
            assert_int_equal(map->touch.place, map->chosen.first_place);
            assert_true(map->touch.group - player->swiss_view.screen.first < player->swiss_view.screen.page);
            free(text);
        }
    }
    close_player(player);
}

// The bytes shown are those that lie in memory; likewise the header's.
static void a_groups_true_bytes(void **state)
{
    (void)state;
    for (enum watch_key_kind kind = 0; kind < KEYS_KINDS; kind++) {
        struct watch_setup setup = story;
        setup.key_kind = kind;
        setup.elem_kind = (enum watch_elem_kind)(kind % ELEMS_KINDS);
        struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
        press(player, "i100 x x");
        free(screen(player, 60, 200));
        const struct swiss_picture *map = &player->swiss_scene.map;
        const struct swiss_type *type = &player->session.keys.swiss_type;
        const struct swiss_map *real = player->session.swiss->map;
        const struct swiss_table *table = ((struct swiss_table **)real->dirPtr)[map->chosen.first_place];
        const uint8_t *memory = (const uint8_t *)table->groups.data + map->cursor.index * type->group_bytes;
        assert_int_equal(map->group_bytes.address, (uintptr_t)memory);
        assert_int_equal(map->group_bytes.whole_bytes, type->group_bytes);
        assert_memory_equal(map->group_bytes.bytes, memory, map->group_bytes.size_bytes);
        assert_memory_equal(map->header.raw.bytes, real, sizeof(*real));
        close_player(player);
    }
}

// --- Both kinds ---

// The same keys with the same elements are in both, and both are as they must be.
static void expect_alike(struct watch_player *player)
{
    struct watch_session *own = &player->session, *peer = &player->compare.peer;
    struct watch_session *classic = own->swiss ? peer : own, *swiss = own->swiss ? own : peer;
    struct hmap_check check;
    struct swiss_check checked;
    assert_int_equal(session_count(own), session_count(peer));
    assert_int_equal(own->model->ops + own->model->is_inside, peer->model->ops);
    for (uint64_t number = 0; number < 300; number++) {
        union watch_key key;
        watch_key_make(&own->keys, number, &key);
        own->ops->listen(own, false);
        peer->ops->listen(peer, false);
        struct hmap_result here = own->ops->find(own, &key), there = peer->ops->find(peer, &key);
        own->ops->listen(own, true);
        peer->ops->listen(peer, true);
        assert_int_equal(here.found, there.found);
        if (here.found)
            assert_memory_equal(here.elem, there.elem, sizeof(int64_t));
    }
    assert_true(hmap_check(&classic->model->context, classic->model->map, &check));
    assert_true(swiss_check(&swiss->swiss->context, swiss->swiss->map, &checked));
}

static void both_kinds_hold_the_same(void **state)
{
    (void)state;
    static const char *const scripts[] = {"c i30 D5 r3 i9 f b20 i4 B2 c c i5 > C i7 <  > d",
                                          "i200 b300 c i3 , , ; i40 D30 b b b S S i"};
    for (int kind = 0; kind < WATCH_KINDS; kind++)
        for (size_t i = 0; i < ARRAY_LENGTH(scripts); i++) {
            struct watch_setup setup = story;
            setup.map_kind = (enum watch_map_kind)kind;
            setup.hint = kind == WATCH_CLASSIC ? 52 : 0;
            struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
            const char *rest = scripts[i];
            struct key_press key;
            bool is_bad;
            while (key_script_next(&rest, &key, &is_bad)) {
                must(view_stack_press(&player->views, key));
                free(screen(player, 30, 100));
                if (player->compare.is_open && !player->session.model->is_inside)
                    expect_alike(player);
            }
            assert_true(player->compare.is_open);
            assert_true(shows(player, "classic, Go 1.22"));
            assert_true(shows(player, "Swiss, Go 1.26"));
            press(player, "c");
            assert_false(player->compare.is_open);
            close_player(player);
        }
}

// What comes to both by another way is the same: comparing from the start, or only at the end.
static void when_it_begins_does_not_matter(void **state)
{
    (void)state;
    char *screens[2];
    for (int i = 0; i < 2; i++) {
        struct watch_player *player = open_player(&story, WORKLOAD_CHURN);
        press(player, i ? "i50 c D20 i300 b100 S3" : "i50 D20 i300 b100 S3 c");
        player->views.message[0] = '\0';
        screens[i] = screen(player, 40, 120);
        close_player(player);
    }
    assert_string_equal(screens[0], screens[1]);
    free(screens[0]);
    free(screens[1]);
}

// A long history is caught up with in slices, a frame each, and keys work meanwhile: the screen comes to be the same.
static void catching_up_takes_slices(void **state)
{
    (void)state;
    char *screens[2];
    for (int sliced = 0; sliced < 2; sliced++) {
        struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
        unsigned frames = 0;
        press(player, "i20000 D500");
        player->views.slice_ns = (uint64_t)sliced;
        press(player, "c");
        do {
            must(view_stack_frame(&player->views, 40, 120));
            frames++;
            bool changed;
            if (compare_is_behind(player)) {
                assert_true(shows(player, "catching up: operation"));
                assert_int_equal(player_wait_ms(player), 0);
                must(player_advance(player, 1, 1, &changed));
                assert_true(changed);
            }
            if (sliced && frames == 5) { // back in time, and on again, while it is behind
                player->views.slice_ns = 0;
                must(session_seek(&player->session, 30000));
                player->views.slice_ns = 1;
                must(view_stack_frame(&player->views, 40, 120));
                must(session_seek(&player->session, session_end(&player->session)));
            }
        } while (compare_is_behind(player));
        assert_true(sliced ? frames > 5 : frames == 1);
        expect_alike(player);
        player->views.slice_ns = 0;
        screens[sliced] = screen(player, 40, 120);
        close_player(player);
    }
    assert_string_equal(screens[0], screens[1]);
    free(screens[0]);
    free(screens[1]);
}

static void tombstones_come_and_are_pruned(void **state)
{
    (void)state;
    for (enum swiss_flavour flavour = SWISS_GO_1_24; flavour <= SWISS_GO_1_27; flavour++) {
        struct watch_setup setup = story;
        setup.swiss_flavour = flavour;
        struct watch_player *player = open_player(&setup, WORKLOAD_TURNOVER);
        uint64_t prunes = 0;
        bool has_tombstones = false;
        for (int i = 0; i < 2000; i++) { // no more events at a time than are kept
            press(player, ".10");
            if (i % 20 == 0)
                free(screen(player, 24, 80));
            has_tombstones |= player->swiss_scene.map.overview.tombstones > 20;
            for (size_t k = 0; k < SESSION_RING; k++) {
                const struct swiss_event *event = &player->session.model->ring[k].swiss;
                prunes += event->kind == SWISS_EVENT_PRUNE && event->count_a;
            }
            assert_between(player->session.swiss->map->used, 0, 101);
        }
        assert_true(has_tombstones);
        // Go 1.24 does not prune: a window of 100 keys ends with a table of 1024 slots there, golang/go#70886.
        const struct swiss_table *table = ((struct swiss_table **)player->session.swiss->map->dirPtr)[0];
        assert_int_equal(prunes > 0, flavour > SWISS_GO_1_24);
        assert_true(flavour == SWISS_GO_1_24 ? table->capacity >= 512 : table->capacity == 256);
        close_player(player);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_shows_all),         cmocka_unit_test(same_screen_both_ways),
        cmocka_unit_test(all_sizes_and_zooms_hold),    cmocka_unit_test(keys_do_what_they_say),
        cmocka_unit_test(what_is_touched_is_in_sight), cmocka_unit_test(a_groups_true_bytes),
        cmocka_unit_test(both_kinds_hold_the_same),    cmocka_unit_test(when_it_begins_does_not_matter),
        cmocka_unit_test(catching_up_takes_slices),    cmocka_unit_test(tombstones_come_and_are_pruned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
