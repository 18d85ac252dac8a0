// SPDX-License-Identifier: MIT
// The player: keys in, text out; the same screen whichever way a position was come to.
#include "player_under_test.h"

static const struct watch_setup story = {.seed = 0x5eed, .flavour = HMAP_GO_1_22, .hint = 52, .few = 4};

// What the story promises, within half a minute of its own time: an overflow chain, a growth's start, each of
// the old buckets moved in a frame of its own, to X and Y, and the end.
static void the_story_shows_all(void **state)
{
    (void)state;
    enum { STEP_MS = 20, MOST_MS = 30000, OLD_BUCKETS = 8 };
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    bool saw_chain = false, saw_start = false, saw_end = false, saw_both = false;
    unsigned moved_seen = 0, ms = 0;
    player->is_playing = true;
    for (; ms < MOST_MS && player->is_playing; ms += STEP_MS) {
        bool changed;
        must(player_advance(player, STEP_MS * 1000000ull, 1000000000, &changed));
        if (!changed)
            continue;
        char *text = screen(player, 24, 80);
        saw_chain |= strstr(text, "──▶│") && strstr(text, "2:1");
        saw_start |= saw_chain && strstr(text, "growth starts: doubling 8");
        saw_both |= strstr(text, "→ X") && strstr(text, "→ Y");
        saw_end |= saw_start && strstr(text, "growth ends");
        free(text);
        const struct watch_model *model = player->session.model;
        if (model->ring[model->events % SESSION_RING].event.kind == HMAP_EVENT_EVACUATE)
            moved_seen++;
    }
    assert_true(saw_chain);
    assert_true(saw_start);
    assert_true(saw_both);
    assert_true(saw_end);
    assert_int_equal(moved_seen, OLD_BUCKETS);
    assert_between(ms, 8000, 29000);
    assert_false(player->is_playing);
    close_player(player);
}

static void same_screen_both_ways(void **state)
{
    (void)state;
    expect_same_both_ways(&story, "i30 5 o3 g i5 f r4 i4 R d2 D3 C i20");
}

static void all_sizes_and_zooms_hold(void **state)
{
    (void)state;
    static const int sizes[][2] = {{24, 80}, {30, 100}, {40, 120}, {60, 200}, {16, 60},
                                   {15, 59}, {1, 1},    {17, 300}, {100, 61}, {0, 0}};
    for (enum watch_key_kind kind = 0; kind < KEYS_KINDS; kind++) {
        struct watch_setup setup = story;
        setup.key_kind = kind;
        setup.elem_kind = (enum watch_elem_kind)(kind % ELEMS_KINDS);
        struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
        for (int round = 0; round < 6; round++) {
            press(player, round % 2 ? "i40 g s3 f F" : "o3 D5 r5 <Down>3 <End> .2 b");
            press(player, "Z5");
            for (int zoom = 0; zoom < ZOOMS; zoom++) {
                for (size_t i = 0; i < ARRAY_LENGTH(sizes); i++) {
                    must(view_stack_frame(&player->views, sizes[i][0], sizes[i][1]));
                    for (int row = 0; row < sizes[i][0]; row += 3)
                        for (int column = 0; column < sizes[i][1]; column += 7) {
                            enum hmap_zoom before = player->classic_view.zoom;
                            must(view_stack_click(&player->views, row, column));
                            player->classic_view.zoom = before;
                            player->is_playing = player->views.wants_quit = false;
                            view_close(&player->views, &player->help);
                            view_close(&player->views, &player->prompt);
                        }
                }
                press(player, "x z");
            }
            press(player, "?");
            must(view_stack_frame(&player->views, 24, 80));
            press(player, "<Esc> n");
            must(view_stack_frame(&player->views, 24, 80));
            press(player, "<Esc> e");
        }
        close_player(player);
    }
}

static void keys_do_what_they_say(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    assert_true(shows(player, "count      0"));
    press(player, "i100");
    assert_true(shows(player, "count      100"));
    press(player, "d1 D9");
    assert_true(shows(player, "count      9"));
    press(player, "C");
    assert_true(shows(player, "count      0"));
    press(player, "p17 /17");
    assert_true(shows(player, "m[17] found"));
    press(player, "/18");
    assert_true(shows(player, "m[18] not found"));
    press(player, "/ 1 7 <Enter>"); // and by the prompt
    assert_true(shows(player, "m[17] found"));
    press(player, "p n a n <Enter>");
    assert_true(shows(player, "keys of this type have no such value"));
    press(player, "i30 <Home> o9");
    assert_int_equal(player->session.model->latest_key.hash & 7, 0);
    press(player, "<Down>3 o1");
    assert_int_equal(player->session.model->latest_key.hash & ((1u << player->session.model->map->B) - 1), 3);
    press(player, "r");
    assert_true(shows(player, "range: from bucket"));
    press(player, "R");
    assert_false(shows(player, "range: from bucket"));
    press(player, "t5");
    assert_int_equal(player->session.model->events, 5);
    press(player, ">");
    assert_int_equal(player->session.model->events, session_end(&player->session));
    press(player, "b3 s2 b");
    assert_int_equal(player->session.model->events, session_end(&player->session) - 2);
    press(player, "q");
    assert_true(player->views.wants_quit);
    close_player(player);
}

// g stops where nothing is moved yet, from near and from far.
static void grow_stops_at_the_start(void **state)
{
    (void)state;
    static const uint64_t entries[] = {0, 10, 52, 1000, 50000};
    for (size_t i = 0; i < ARRAY_LENGTH(entries); i++) {
        struct watch_setup setup = story;
        setup.entries = entries[i];
        setup.hint = 0;
        struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
        press(player, "g");
        const struct watch_model *model = player->session.model;
        assert_int_equal(model->ring[model->events % SESSION_RING].event.kind, HMAP_EVENT_GROW_START);
        assert_true(model->is_inside);
        assert_int_equal(model->map->nevacuate, 0);
        assert_non_null(model->map->oldbuckets);
        close_player(player);
    }
}

static void unhashable_and_nan(void **state)
{
    (void)state;
    struct watch_setup setup = story;
    setup.key_kind = KEYS_INTERFACE;
    struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
    press(player, "p s l i c e <Enter>");
    assert_true(shows(player, "hash of unhashable type"));
    press(player, "p n a n <Enter> p n a n <Enter>");
    assert_true(shows(player, "count      2"));
    press(player, "/ n a n <Enter>");
    assert_true(shows(player, "m[float64(NaN)] not found"));
    close_player(player);
}

static void same_size_growth_happens(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_SAME_SIZE);
    bool saw = false;
    for (int i = 0; i < 4000 && !saw; i++) {
        press(player, ".");
        saw = player->session.model->map->flags & HMAP_SAME_SIZE_GROW;
    }
    assert_true(saw);
    assert_true(shows(player, "growing: same size"));
    close_player(player);
}

static void new_maps(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    must(view_stack_frame(&player->views, 24, 80));
    press(player, "n <Right>2 <Enter>");
    press(player, "n");
    must(view_stack_frame(&player->views, 24, 80));
    press(player, "<Right> <Right> <Down> <Right> <Right> <Enter> i20");
    assert_true(shows(player, "map[string][17]int64"));
    assert_true(shows(player, "count      20"));
    close_player(player);
}

// Frames of a large map look at what is on the screen, not at what the map holds: the buckets that a frame
// asks for are bounded by its cells.
static void frames_ask_for_what_they_show(void **state)
{
    (void)state;
    struct watch_setup setup = story;
    setup.entries = 200000;
    struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
    press(player, "g s5 Z5");
    for (int zoom = 0; zoom < ZOOMS; zoom++) {
        struct hmap_needs needs;
        uint64_t buckets = 0;
        classic_picture_header(player);
        hmap_view_needs(&player->classic_view, &player->classic_scene.map.header,
                        &player->classic_scene.map.touch, 60, 200, &needs);
        for (size_t i = 0; i < CLASSIC_WINDOWS; i++)
            buckets += needs.windows[i].count;
        assert_true(buckets + needs.old_cells + needs.new_cells <= 60 * 200);
        assert_true(buckets + needs.new_cells > 0);
        press(player, "z");
    }
    close_player(player);
}

// A key pressed in the middle of an operation: what is inserted is new, whatever was on its way in.
static void inserts_new_keys_from_anywhere(void **state)
{
    (void)state;
    static const char *const keys[] = {"i", "o", "I", "g", "3g"};
    for (size_t i = 0; i < ARRAY_LENGTH(keys); i++)
        for (int events = 1; events < 12; events++) {
            struct watch_player *player = open_player(&story, WORKLOAD_STORY);
            char script[32];
            snprintf(script, sizeof(script), ".%d", events);
            press(player, script);
            press(player, keys[i][0] == '3' ? "3 g" : keys[i]);
            press(player, "S");
            assert_int_equal(player->session.model->map->count, player->session.model->ops);
            close_player(player);
        }
}

static void counts_of_growths(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "1 4 g");
    const struct watch_model *model = player->session.model;
    assert_int_equal(model->ring[model->events % SESSION_RING].event.kind, HMAP_EVENT_GROW_START);
    assert_int_equal(model->map->B, 3 + 14);
    assert_int_equal(model->map->nevacuate, 0);
    close_player(player);
}

// Long work in slices of hardly any time comes to the same end as all at one go: the same screens, the same
// history. What is stopped stays stopped, and the map goes on from there.
static void slices_come_to_the_same(void **state)
{
    (void)state;
    static const char *const scripts[] = {"i40000",      "i20000 g2",    "i2000 o200",    "i3000 D2500",
                                          "i5000 f3000", "i900 r r2000", "s30000",        "S9000",
                                          ".7000",       "i60000 b2",    "i60000 B50000", "i70000 t123456"};
    for (size_t i = 0; i < ARRAY_LENGTH(scripts); i++) {
        char *screens[2];
        for (int sliced = 0; sliced < 2; sliced++) {
            struct watch_player *player = open_player(&story, WORKLOAD_CHURN);
            player->session.near_worth_events = 1 << 10;
            player->session.save_spacing_events = 1 << 12;
            player->views.slice_ns = (uint64_t)sliced;
            const char *script = scripts[i];
            struct key_press key;
            bool is_bad, changed, was_slow = false;
            while (key_script_next(&script, &key, &is_bad)) {
                must(view_stack_press(&player->views, key));
                for (; player->work.is_under_way; was_slow = true)
                    must(view_stack_advance(&player->views, 1, 1, &changed));
            }
            if (sliced)
                assert_true(was_slow);
            screens[sliced] = screen(player, 30, 100);
            close_player(player);
        }
        assert_string_equal(screens[0], screens[1]);
        free(screens[0]);
        free(screens[1]);
    }
}

static void long_work_stops(void **state)
{
    (void)state;
    for (int way = 0; way < 2; way++) {
        struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
        bool changed;
        player->views.slice_ns = 1;
        press(player, "5 0 0 0 0 0 0 i");
        for (int i = 0; i < 20; i++)
            must(view_stack_advance(&player->views, 1, 1, &changed));
        assert_true(shows(player, "inserting: "));
        assert_true(shows(player, " of 5000000   Esc stops"));
        press(player, "g g i i"); // are not kept for later
        if (way)
            assert_true(view_stack_interrupt(&player->views));
        else
            press(player, "<Esc>");
        assert_false(player->work.is_under_way);
        assert_false(view_stack_interrupt(&player->views));
        int64_t count = player->session.model->map->count;
        assert_between(count, 64, 100000);
        assert_int_equal(count, player->session.log.length);
        assert_true(shows(player, "stopped after"));
        press(player, "i");
        assert_int_equal(player->session.model->map->count, count + 1);
        close_player(player);
    }
}

// The last key of all: the keys that want more say so, and end.
static void says_that_keys_have_run_out(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    _Static_assert(KEY_NUMBER_MAX - 3 == 33554428, "the key that is put");
    press(player, "p 3 3 5 5 4 4 2 8 <Enter>");
    press(player, "i9");
    assert_int_equal(player->session.model->map->count, 3);
    assert_true(shows(player, "no more new keys"));
    press(player, "g");
    assert_true(shows(player, "no more new keys"));
    press(player, "o");
    assert_true(shows(player, "no more new keys") || shows(player, "no key falls into"));
    close_player(player);
}

// --- What is on the screen ---

static bool shows_at(struct watch_player *player, int rows, int columns, const char *wanted)
{
    char *text = screen(player, rows, columns);
    bool is_there = strstr(text, wanted) != NULL;
    free(text);
    return is_there;
}

// Counted over the old array itself, bucket by bucket.
static uint64_t count_moved(const struct watch_player *player)
{
    struct hmap_window window = {0};
    const struct watch_model *model = player->session.model;
    const struct hmap_window_request request = {
        .array = HMAP_ARRAY_OLD, .count = UINT64_MAX, .chain_limit = 1};
    uint64_t moved = 0;
    assert_true(hmap_snapshot_window(&model->context, model->map, &request, &window));
    for (size_t i = 0; i < window.length; i++)
        moved += window.buckets[i].evacuated;
    hmap_window_free(&window);
    return moved;
}

// Writes move buckets out of their order: nevacuate alone is fewer than are moved.
static void the_gauge_counts_what_is_moved(void **state)
{
    (void)state;
    bool was_ahead = false;
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i200 g");
    for (int i = 0; i < 20 && player->session.model->map->oldbuckets; i++) {
        char wanted[32];
        uint64_t moved = count_moved(player);
        snprintf(wanted, sizeof(wanted), " %llu of 32", (unsigned long long)moved);
        assert_true(shows(player, wanted));
        snprintf(wanted, sizeof(wanted), "nevacuate  %llu",
                 (unsigned long long)player->session.model->map->nevacuate);
        assert_true(shows_at(player, 40, 120, wanted));
        was_ahead |= moved > player->session.model->map->nevacuate;
        press(player, "S");
    }
    assert_true(was_ahead);
    close_player(player);
    player = open_player(&story, WORKLOAD_STORY);
    press(player, ".66");
    assert_true(shows(player, "██▒█░░█░ 4 of 8"));
    close_player(player);
}

// A click goes to where the cell was drawn: the last one is the last event, the first one the beginning.
static void the_time_line_goes_where_it_shows(void **state)
{
    (void)state;
    enum { ROWS = 24, COLUMNS = 80, START = 7, CELLS = COLUMNS - 24, TIME_ROW = ROWS - 2 };
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i777");
    uint64_t end = session_end(&player->session), before = 0;
    for (int cell = 0; cell < CELLS; cell++) {
        must(view_stack_frame(&player->views, ROWS, COLUMNS));
        must(view_stack_click(&player->views, TIME_ROW, START + cell));
        uint64_t at = player->session.model->events;
        assert_true(cell ? at > before : at == 0);
        before = at;
        must(view_stack_frame(&player->views, ROWS, COLUMNS));
        assert_true(canvas_at(&player->views.canvas, TIME_ROW, START + cell)->marks & MARK_REVERSE);
    }
    assert_int_equal(before, end);
    close_player(player);
}

static void half_done_operations_stay_in_reach(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i30 g s2");
    uint64_t position = player->session.model->events;
    assert_true(player->session.model->is_inside);
    char *before = screen(player, 30, 100);
    press(player, "< >");
    assert_int_equal(player->session.model->events, position);
    char *after = screen(player, 30, 100);
    assert_string_equal(before, after);
    free(before);
    free(after);
    close_player(player);
}

static void sizes_show_what_matters(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    press(player, ".66");
    // The bits that pick the bucket, and the panel's values, on the smallest screen.
    const struct watch_model *model = player->session.model;
    char bits[8];
    for (int i = 0; i < 7; i++)
        bits[i] = model->latest_key.hash >> (6 - i) & 1 ? '1' : '0';
    bits[7] = '\0';
    assert_true(shows_at(player, 16, 60, bits));
    assert_true(shows_at(player, 16, 60, "3.38 of 6.50"));
    assert_true(shows_at(player, 16, 60, "4 of 8"));
    // The chain that the story ends with.
    press(player, ".99");
    assert_true(shows_at(player, 24, 80, "──▶["));
    assert_true(shows_at(player, 30, 100, "──▶["));
    // Large: events as a column, entries beside the slots, the bucket's bytes.
    assert_true(shows_at(player, 60, 200, "┬── events"));
    assert_true(shows_at(player, 60, 200, "keys[0]"));
    close_player(player);
    // A tophash that was too small leaves its words room.
    player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i52 g");
    bool was_small = false;
    for (int i = 0; i < 4000 && !was_small; i++) {
        press(player, "s");
        if (model = player->session.model, model->latest_key.hash >> 56 < 5 && model->map->oldbuckets) {
            was_small = true;
            assert_true(shows_at(player, 24, 80, "(5 added)"));
            assert_true(shows_at(player, 24, 80, "  bit "));
        }
    }
    assert_true(was_small);
    close_player(player);
}

static void captions_are_the_storys_own(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    assert_true(shows(player, "pick the bucket"));
    press(player, ".");
    assert_true(shows(player, "1. key 1 is hashed"));
    press(player, ".");
    assert_true(shows(player, "2. the low 3 bits of the hash pick bucket"));
    press(player, ".");
    assert_true(shows(player, "3. the high 8 bits"));
    press(player, "i");
    assert_false(shows(player, "pick the bucket"));
    player->is_playing = true;
    must(view_stack_press(&player->views, (struct key_press){.code = 's'}));
    player->is_playing = true;
    press(player, "<Space>"); // pauses: at the end of an operation
    assert_false(player->session.model->is_inside);
    close_player(player);
}

// Long chains take rows: what is touched is in sight nevertheless.
static void what_is_touched_is_in_sight(void **state)
{
    (void)state;
    static const char *const zooms[] = {"", "Z"};
    for (size_t zoom = 0; zoom < ARRAY_LENGTH(zooms); zoom++) {
        struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
        must(view_stack_frame(&player->views, 30, 100));
        press(player, "i60 g");
        press(player, zooms[zoom]);
        for (int i = 0; i < 400; i++) {
            press(player, "s");
            must(view_stack_frame(&player->views, 30, 100));
            bool is_seen = false;
            for (int row = 0; row < 30; row++)
                for (int column = 0; column < 80; column++)
                    is_seen |= canvas_at(&player->views.canvas, row, column)->code == 0x25b8;
            if (!is_seen)
                fail_msg("event %llu: bucket %llu is out of sight",
                         (unsigned long long)player->session.model->events,
                         (unsigned long long)player->classic_view.selected);
        }
        close_player(player);
    }
}

// With the old half in sight, whichever bucket is touched.
static void the_old_half_follows(void **state)
{
    (void)state;
    struct watch_setup setup = story;
    setup.entries = 20000;
    struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
    must(view_stack_frame(&player->views, 24, 80));
    press(player, "z g");
    for (int i = 0; i < 60; i++) {
        press(player, "s");
        must(view_stack_frame(&player->views, 24, 80));
        const struct classic_touch *touch = &player->classic_scene.map.touch;
        const struct classic_window *old = &player->classic_scene.map.windows[CLASSIC_OLD];
        uint64_t wanted = player->classic_view.selected & (player->classic_scene.map.header.old_buckets - 1);
        bool is_seen = false;
        for (size_t k = 0; k < old->length; k++)
            is_seen |= old->buckets[k].index == wanted;
        assert_true(is_seen || touch->kind == TOUCH_NOTHING);
    }
    close_player(player);
}

// Tab comes to all fields of the header, says what each is for, and goes on to none.
static void tab_walks_the_fields(void **state)
{
    (void)state;
    static const char *const names[] = {"count",   "flags",      "B",         "noverflow", "hash0",
                                        "buckets", "oldbuckets", "nevacuate", "extra"};
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "i60");
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char wanted[64];
        press(player, "<Tab>");
        snprintf(wanted, sizeof(wanted), "hmap.%s = ", names[i]);
        assert_true(shows_at(player, 24, 80, wanted) && shows_at(player, 16, 60, wanted));
        snprintf(wanted, sizeof(wanted), "▸%s", names[i]);
        assert_true(shows_at(player, 24, 80, wanted));
        assert_true(shows_at(player, 24, 80, "next: "));
    }
    press(player, "<Tab>");
    assert_false(shows_at(player, 24, 80, "hmap."));
    close_player(player);
}

// The bytes on the screen are those of the map's memory.
static void a_buckets_true_bytes(void **state)
{
    (void)state;
    for (enum watch_key_kind kind = 0; kind < KEYS_KINDS; kind++) {
        struct watch_setup setup = story;
        setup.key_kind = kind;
        setup.elem_kind = (enum watch_elem_kind)(kind % ELEMS_KINDS);
        struct watch_player *player = open_player(&setup, WORKLOAD_INSERT);
        press(player, "i30 <Down>2 x x");
        char *text = screen(player, 60, 120);
        assert_non_null(strstr(text, "tophash"));
        assert_non_null(strstr(text, "overflow"));
        free(text);
        const struct hmap *map = player->session.model->map;
        const struct hmap_type *type = &player->session.keys.type;
        const uint8_t *memory =
            (const uint8_t *)map->buckets + player->classic_view.selected * type->bucket_bytes;
        const struct classic_bucket_bytes *bytes = &player->classic_scene.map.bucket_bytes;
        assert_int_equal(bytes->address, (uintptr_t)memory);
        assert_int_equal(bytes->whole_bytes, type->bucket_bytes);
        assert_memory_equal(bytes->bytes, memory, bytes->size_bytes);
        press(player, "x");
        assert_false(shows(player, "x closes"));
        close_player(player);
    }
}

static void other_keys(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_INSERT);
    press(player, "v");
    assert_true(shows(player, "v does nothing here: ? tells all keys"));
    press(player, "i5 h2 l");
    assert_int_equal(player->session.model->events, session_end(&player->session) - 1);
    press(player, "<F1>");
    assert_true(shows(player, "signs and keys"));
    press(player, "/ g r o w t h <Enter>");
    assert_true(shows(player, "insert until the next growth"));
    press(player, "<Esc> t 1 2 <Enter> t 7 <Enter> t <Up> <Up>");
    assert_true(shows(player, "go to event: 12"));
    press(player, "<Down>");
    assert_true(shows(player, "go to event: 7"));
    struct key_press erase = {.code = 'U' - '@'};
    must(view_stack_press(&player->views, erase));
    assert_true(shows(player, "go to event:  "));
    press(player, "3 <Enter>");
    assert_int_equal(player->session.model->events, 3);
    close_player(player);
}

// --- What a recording may cost ---

static struct error *replay(const struct watch_setup *setup, const struct watch_op *ops, size_t pieces,
                            size_t times)
{
    struct recording recording = {.setup = *setup};
    for (size_t i = 0; i < times; i++)
        for (size_t p = 0; p < pieces; p++) {
            struct watch_op op = ops[p];
            op.number = op.kind == OP_CLEAR ? 0 : (op.number + i) & KEY_NUMBER_MASK;
            assert_true(vec_push(&recording.ops, op));
        }
    struct watch_player *player = malloc(sizeof(*player));
    struct error *error = recording_limit(&recording, "r");
    if (!error)
        error = player_open(player, setup, WORKLOAD_INSERT);
    else
        *player = (struct watch_player){0};
    if (!error)
        error = player_replay(player, &recording, "r");
    recording_free(&recording);
    close_player(player);
    return error;
}

static void costs_too_much(struct error *error, const char *words)
{
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_UNSUPPORTED);
    if (!strstr(error->message, words))
        fail_msg("%s", error->message);
    error_free(error);
}

static const struct watch_op insertion = {.kind = OP_INSERT, .number = 1};

static void one_chain_of_all(void **state)
{
    (void)state;
    const struct watch_setup setup = {.seed = 1, .flavour = HMAP_GO_1_22, .hash = HMAP_HASH_FEW, .few = 1};
    must(replay(&setup, &insertion, 1, 5000));
    costs_too_much(replay(&setup, &insertion, 1, 40000), "r: it costs more than");
}

static void a_map_of_one_chain(void **state)
{
    (void)state;
    struct watch_setup setup = {.seed = 1, .flavour = HMAP_GO_1_22, .hash = HMAP_HASH_FEW, .few = 1};
    setup.entries = 1000000;
    costs_too_much(replay(&setup, &insertion, 1, 1), "takes too long with this hash");
    setup.hash = HMAP_HASH_IDENTITY;
    setup.key_kind = KEYS_STRING; // the first eight bytes, folded
    costs_too_much(replay(&setup, &insertion, 1, 1), "takes too long with this hash");
    setup.entries = RECORDING_ENTRIES_MOST + 1;
    costs_too_much(replay(&setup, &insertion, 1, 1), "--any-length");
}

// Clearing costs the buckets there are, which a hint of a few bytes makes.
static void a_large_map_cleared_often(void **state)
{
    (void)state;
    const struct watch_setup setup = {.seed = 1, .flavour = HMAP_GO_1_22, .hint = RECORDING_ENTRIES_MOST};
    const struct watch_op ops[] = {insertion, {.kind = OP_CLEAR}};
    costs_too_much(replay(&setup, ops, 2, 400), "r: it costs more than");
}

static void ordinary_sessions_are_replayed(void **state)
{
    (void)state;
    const struct watch_setup setup = {.seed = 1, .flavour = HMAP_GO_1_22, .hint = 52, .few = 4};
    const struct watch_op ops[] = {insertion,
                                   {.kind = OP_FIND, .number = 1},
                                   {.kind = OP_INSERT, .number = 1000000},
                                   {.kind = OP_RANGE_START},
                                   {.kind = OP_RANGE_NEXT},
                                   {.kind = OP_DELETE, .number = 1}};
    must(replay(&setup, ops, sizeof(ops) / sizeof(ops[0]), 100000));
}

// A new map that would take too long is said, and an empty one stands there.
static void a_new_map_that_takes_too_long(void **state)
{
    (void)state;
    struct watch_player *player = open_player(&story, WORKLOAD_STORY);
    uint8_t chosen[CHOICES_MAX] = {0};
    struct choice choices[CHOICES_MAX];
    size_t count = scene_choices(player, choices);
    for (size_t c = 0; c < count; c++)
        for (uint8_t i = 0; i < choices[c].count; i++)
            if (strstr(choices[c].names[i], "few distinct") || strstr(choices[c].names[i], "1 000 000"))
                chosen[c] = i;
    struct watch_setup setup = scene_setup(player, chosen);
    assert_int_equal(setup.hash, HMAP_HASH_FEW);
    assert_int_equal(setup.entries, 1000000);
    must(player_new_map(player, chosen));
    assert_true(shows(player, "takes too long"));
    assert_int_equal(player->session.model->map->count, 0);
    press(player, "i5");
    assert_int_equal(player->session.model->map->count, 5);
    close_player(player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_story_shows_all),
        cmocka_unit_test(same_screen_both_ways),
        cmocka_unit_test(all_sizes_and_zooms_hold),
        cmocka_unit_test(keys_do_what_they_say),
        cmocka_unit_test(grow_stops_at_the_start),
        cmocka_unit_test(unhashable_and_nan),
        cmocka_unit_test(same_size_growth_happens),
        cmocka_unit_test(new_maps),
        cmocka_unit_test(frames_ask_for_what_they_show),
        cmocka_unit_test(inserts_new_keys_from_anywhere),
        cmocka_unit_test(counts_of_growths),
        cmocka_unit_test(slices_come_to_the_same),
        cmocka_unit_test(long_work_stops),
        cmocka_unit_test(says_that_keys_have_run_out),
        cmocka_unit_test(the_gauge_counts_what_is_moved),
        cmocka_unit_test(the_time_line_goes_where_it_shows),
        cmocka_unit_test(half_done_operations_stay_in_reach),
        cmocka_unit_test(sizes_show_what_matters),
        cmocka_unit_test(captions_are_the_storys_own),
        cmocka_unit_test(what_is_touched_is_in_sight),
        cmocka_unit_test(the_old_half_follows),
        cmocka_unit_test(tab_walks_the_fields),
        cmocka_unit_test(a_buckets_true_bytes),
        cmocka_unit_test(other_keys),
        cmocka_unit_test(one_chain_of_all),
        cmocka_unit_test(a_map_of_one_chain),
        cmocka_unit_test(a_large_map_cleared_often),
        cmocka_unit_test(ordinary_sessions_are_replayed),
        cmocka_unit_test(a_new_map_that_takes_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
