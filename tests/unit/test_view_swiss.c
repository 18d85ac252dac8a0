// SPDX-License-Identifier: MIT
// Pictures of Swiss maps filled by hand and drawn: the view needs no map, only a picture of one. Some are such as
// another program's memory gives them: slots in doubt, groups that could not be read, hostile texts and numbers.
#include "cmocka_all.h"
#include "view/swiss_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 40, COLUMNS = 110, TABLES = 6, PLACES = 8, GROUPS = 16, CELLS = 128 };

static struct swiss_scene scene;
static struct hits hits;
static struct swiss_view view;
static struct swiss_placed_table tables[TABLES];
static struct swiss_group groups[GROUPS];
static struct swiss_entry entries[GROUPS * SWISS_SLOTS];
static struct swiss_dir_cell cells[CELLS];

// Depth 3: tables of depth 3, 3, 2 (places 2 and 3), 3, 3, 2.
static void fill_tables(void)
{
    static const uint8_t depths[TABLES] = {3, 3, 2, 3, 3, 2};
    uint64_t place = 0;
    for (unsigned i = 0; i < TABLES; i++) {
        tables[i] = (struct swiss_placed_table){.address = 0xc000010000 + i * 0x20,
                                                .groups_address = 0xc000100000 + i * 0x1000,
                                                .first_place = place,
                                                .places = 1ull << (3 - depths[i]),
                                                .groups = GROUPS,
                                                .capacity = GROUPS * SWISS_SLOTS,
                                                .used = 20 * i,
                                                .tombstones = i == 2 ? 9 : 0,
                                                .growth_left = 112 - 20 * i - (i == 2 ? 9 : 0),
                                                .local_depth = depths[i]};
        place += tables[i].places;
    }
    assert_int_equal(place, PLACES);
}

static void fill(void)
{
    struct swiss_picture *map = &scene.map;
    memset(&scene, 0, sizeof(scene));
    fill_tables();
    map->header = (struct swiss_header){.used = 300,
                                        .seed = 0x1234567890abcdef,
                                        .dir_address = 0xc000008000,
                                        .dir_length = PLACES,
                                        .global_depth = 3,
                                        .global_shift = 61,
                                        .has_tombstone_flag = true,
                                        .tombstone_possible = true,
                                        .clear_sequence = 2};
    map->header.raw = (struct picture_header){.address = 0xc000004000,
                                              .size_bytes = 48,
                                              .bytes = {44, 1, [24] = 8, [32] = 3, 61, 0, 1},
                                              .fields_source = "a test",
                                              .key_type = "string",
                                              .elem_type = "*main.Session"};
    static const struct picture_fields fields = {.list = {{"used", 0, 8, 0},
                                                          {"dirLen", 24, 8, 0},
                                                          {"globalDepth", 32, 1, 0},
                                                          {"globalShift", 33, 1, 0}},
                                                 .count = 4,
                                                 .source = "a test"};
    picture_header_lay(&map->header.raw, &fields);
    for (unsigned g = 0; g < GROUPS; g++) {
        groups[g] = (struct swiss_group){.address = 0xc000102000 + g * 0xc8, .index = g};
        for (unsigned slot = 0; slot < SWISS_SLOTS; slot++)
            groups[g].control[slot] = slot < g % 9 ? (uint8_t)(g * 8 + slot) % 128 : SWISS_MARK_EMPTY;
    }
    groups[8].control[3] = SWISS_MARK_DELETED;
    groups[3].in_doubt = 1 << 1;
    groups[4].is_missing = true;
    groups[5].control[7] = 0xc1; // no control byte of Go's
    snprintf(entries[8 * SWISS_SLOTS].key, PICTURE_TEXT_BYTES, "\"k\xff\x1b[31m\""); // hostile
    snprintf(entries[8 * SWISS_SLOTS].elem, PICTURE_TEXT_BYTES, "0xc0de");
    map->tables = tables;
    map->tables_count = TABLES;
    map->groups = groups;
    map->entries = entries;
    map->groups_count = GROUPS;
    map->chosen = tables[2];
    map->cursor = groups[8];
    memcpy(map->cursor_entries, &entries[8 * SWISS_SLOTS], sizeof(map->cursor_entries));
    map->touch = (struct swiss_touch){.kind = SWISS_TOUCH_GROUPS,
                                      .has_slot = true,
                                      .slot = 2,
                                      .place = 2,
                                      .probes = 3,
                                      .first_group = 5,
                                      .group = 8,
                                      .has_latest = true,
                                      .latest_place = 2,
                                      .latest_group = 8};
    // Place 3 (011), h1 ends in 5, h2 42. Its search goes 5, 6, 8.
    map->probe = (struct swiss_probe){.is_known = true,
                                      .h2 = 0x42,
                                      .outcome = SWISS_FOUND,
                                      .slot = 2,
                                      .depth = 3,
                                      .local_depth = 2,
                                      .hash = 0x7ull << 60 | 5 << 7 | 0x42,
                                      .place = 3,
                                      .table = 2,
                                      .groups = GROUPS,
                                      .probes = 3,
                                      .same_h2 = 1,
                                      .verb = "find",
                                      .key = "\"alice\""};
    map->overview = (struct swiss_overview){.tables = TABLES,
                                            .tables_seen = TABLES,
                                            .slots = 768,
                                            .used = 300,
                                            .tombstones = 9,
                                            .next_place = 6,
                                            .next_left = 12,
                                            .next_capacity = 1024,
                                            .groups = 96,
                                            .sampled = 96,
                                            .full_groups = 4,
                                            .searches = {280, 15, 5},
                                            .held_bytes = 19600};
    map->events[0] = (struct picture_event){41, TONE_WARN, "table 2 was changed between two frames"};
    map->events_count = 1;
    snprintf(scene.now.origin, sizeof(scene.now.origin), "pid 4711   go1.26.1");
    scene.now.position = scene.now.end = 41;
    scene.now.loads_count = 30;
    swiss_view_init(&view, &swiss_keymap);
}

static char *drawn_at(int rows, int columns, struct swiss_needs *needs)
{
    struct canvas canvas = {0};
    char *text;
    size_t size_bytes;
    swiss_view_choose(&view, &scene.map.header, &scene.map.touch);
    swiss_view_needs(&view, &scene.map, rows, columns, needs);
    assert_true(canvas_reset(&canvas, rows, columns));
    hits.length = 0;
    swiss_view_draw(&view, &scene, &canvas, &hits);
    FILE *to = open_memstream(&text, &size_bytes);
    canvas_write_text(&canvas, to);
    fclose(to);
    canvas_free(&canvas);
    return text;
}

static char *drawn(void)
{
    struct swiss_needs needs;
    return drawn_at(ROWS, COLUMNS, &needs);
}

static void expect(const char *text, const char *wanted)
{
    if (strstr(text, wanted))
        return;
    fputs(text, stderr);
    fail_msg("no \"%s\" in it", wanted);
}

static void expect_not(const char *text, const char *unwanted)
{
    if (!strstr(text, unwanted))
        return;
    fputs(text, stderr);
    fail_msg("\"%s\" is in it", unwanted);
}

static void a_directory_of_tables(void **state)
{
    (void)state;
    struct swiss_needs needs;
    fill();
    char *text = drawn_at(ROWS, COLUMNS, &needs);
    assert_int_equal(needs.tables, PLACES);
    assert_int_equal(needs.groups, GROUPS);
    assert_true(needs.has_cursor && !needs.texts && needs.cursor == 8);
    expect(text, "map[string]*main.Session   pid 4711");
    expect(text, "Map  48 bytes @0xc000004000");
    expect(text, "globalDepth 3");
    expect(text, "tombstonePossible true");
    expect(text, "39 % of 768 slots");
    expect(text, "tombstones 9  holds 19.6 kB");
    expect(text, "table 6 splits after 12");
    expect(text, "in group 1:280  2:15  3:5");
    expect(text, "4 of 96 groups: searches go on");
    expect(text, "find key \"alice\"  hash 0x70000000000002c2");
    expect(text, "place 3, of table 2");
    expect(text, "group 5 of 16, h2 42 ");
    expect(text, "way  group 5 full → 6 full → 8: slot 2; 1 other key had this h2 and was compared");
    expect(text, "directory: 8 places, 6 tables; a wide box");
    expect(text, "001");
    expect(text, "01·");
    expect(text, "table 2: depth 2, used 40, left 63, † 9");
    expect(text, "▸ 8 (40│41[42]††│44│45│46│47)");
    expect(text, "5 (28│29│2a│2b│2c│··│··│c1)");
    expect(text, "3 │18│??│1a│");
    expect(text, "4 │??│??│??│??│??│??│??│??│");
    expect(text, "group 8 @0xc000102640   h2 key=value");
    expect(text, "│40 \"k\xef\xbf\xbd\xef\xbf\xbd[31m\"=0xc0de"); // made safe
    expect(text, "41 table 2 was changed between two frames");
    free(text);
}

// A table in two places is one box of twice the width; a line of the list says which bits its keys share.
static void boxes_are_as_wide_as_places(void **state)
{
    (void)state;
    fill();
    free(drawn());
    int narrow = 0, wide = 0, rows[2] = {0, 0};
    for (size_t i = 0; i < hits.length; i++) {
        const struct hit *hit = &hits.list[i];
        if (hit->kind != HIT_OWN || hit->column == 0) // the list's begin at the left edge
            continue;
        narrow = hit->value == 1 ? hit->columns : narrow;
        wide = hit->value == 2 ? hit->columns : wide;
        rows[0] = hit->value == 0 ? hit->row : rows[0];
        rows[1] = hit->value == 6 ? hit->row : rows[1];
    }
    assert_true(narrow >= 3);
    assert_int_equal(wide, 2 * narrow);
    assert_int_equal(rows[0], rows[1]);
}

static void what_could_not_be_read(void **state)
{
    (void)state;
    fill();
    tables[4].is_missing = true;
    tables[1].in_doubt = true;
    tables[3].change = SWISS_SPLIT;
    scene.map.overview.tables_seen = 4;
    scene.map.header.in_doubt = true;
    snprintf(scene.notes[0], sizeof(scene.notes[0]), "since start: +812 -655   splits 2");
    char *text = drawn();
    expect(text, "not readable");
    expect(text, "in doubt: changed while it was read");
    expect(text, "has split");
    expect(text, "tables 6 (4 seen)");
    expect(text, "about 39 %");
    expect(text, "each table at its own limit");
    expect(text, " in doubt ");
    expect(text, "since start: +812 -655   splits 2");
    expect_not(text, "in group 1:");
    free(text);
    scene.map.chosen.is_missing = true;
    scene.map.groups_count = 0;
    text = drawn();
    expect(text, "table 2: not readable");
    free(text);
}

static void small_and_empty(void **state)
{
    (void)state;
    fill();
    scene.map.header.dir_length = 0;
    scene.map.header.global_depth = 0;
    scene.map.chosen = (struct swiss_placed_table){.places = 1, .groups = 1, .capacity = 8, .used = 3};
    scene.map.groups_count = 1;
    scene.map.groups = &groups[3];
    scene.map.cursor = groups[3];
    groups[3].index = scene.map.cursor.index = 0;
    scene.map.touch.latest_place = scene.map.touch.latest_group = 0;
    char *text = drawn();
    expect(text, "small: one group");
    expect(text, "entry 9: a table of 16 slots");
    expect(text, "the only group: slots");
    expect(text, "0 │18│??│1a│··│");
    expect_not(text, "directory:");
    free(text);
    scene.map.header.dir_address = 0;
    scene.map.chosen = (struct swiss_placed_table){.places = 1};
    scene.map.groups_count = 0;
    scene.map.probe.is_known = false;
    text = drawn();
    expect(text, "No group yet: the first insertion allocates one of 8 slots.");
    expect(text, "Its top bits pick a place of the directory");
    free(text);
    scene.map.header.raw.address = 0;
    text = drawn();
    expect(text, "a nil map");
    free(text);
}

static void all_zooms(void **state)
{
    (void)state;
    static const char *const wanted[] = {"entries: groups 5 to 9 of 16", "slots: groups 0 to 15 of 16",
                                         "glyphs: groups 0 to 15 of 16", "hash begins", "8 places, 6 tables"};
    fill();
    for (int zoom = 0; zoom < SWISS_ZOOMS; zoom++) {
        view.zoom = (enum swiss_zoom)zoom;
        char *text = drawn();
        expect(text, wanted[zoom]);
        free(text);
        assert_true(hits.length > 0);
    }
    view.zoom = SWISS_ZOOM_GLYPHS;
    char *text = drawn();
    expect(text, "▪▪▪†▪▪▪▪");
    expect(text, "▪?▪·····");
    expect(text, "????????");
    expect(text, "▪▪▪▪▪··!");
    free(text);
}

static void bytes_and_an_opened_slot(void **state)
{
    (void)state;
    fill();
    struct swiss_group_bytes *bytes = &scene.map.group_bytes;
    *bytes = (struct swiss_group_bytes){.address = 0xc000102640,
                                        .whole_bytes = 264,
                                        .size_bytes = 264,
                                        .key_bytes = 16,
                                        .elem_bytes = 1,
                                        .slot_bytes = 32,
                                        .elem_offset = 16,
                                        .bytes = {0x40, 0x80}};
    view.screen.shows_place = true;
    char *text = drawn();
    expect(text, "group 8 @0xc000102640  264 bytes");
    expect(text, "control bytes");
    expect(text, "padding");
    expect(text, "k0 \"k");
    free(text);
    view.screen.shows_place = false;
    struct intents intents = {.length = 0};
    view.zoom = SWISS_ZOOM_SLOTS;
    view.screen.is_open = true;
    snprintf(scene.map.detail.title, sizeof(scene.map.detail.title), "\"alice\" *main.Session");
    snprintf(scene.map.detail.lines[0], sizeof(scene.map.detail.lines[0]), "Name string = \"al\x1b\"");
    scene.map.detail.lines_count = 1;
    struct swiss_needs needs;
    text = drawn_at(ROWS, COLUMNS, &needs);
    assert_true(needs.has_detail && needs.has_cursor && needs.slot == 2 && !needs.groups);
    expect(text, "── \"alice\" *main.Session ──");
    expect(text, "Name string = \"al\xef\xbf\xbd\"");
    free(text);
    swiss_view_press(&view, (struct key_press){.code = PRESS_ESCAPE}, &intents);
    assert_false(view.screen.is_open);
}

// Whatever the size and whatever a hostile program says, nothing is drawn outside and it ends.
static void any_size_any_numbers(void **state)
{
    (void)state;
    static const int sizes[][2] = {{16, 60}, {22, 80}, {24, 80}, {30, 100}, {40, 149}, {60, 200}, {150, 400}};
    struct swiss_needs needs;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        for (int zoom = 0; zoom < SWISS_ZOOMS; zoom++)
            for (int how = 0; how < 6; how++) {
                fill();
                view.zoom = (enum swiss_zoom)zoom;
                view.screen.has_caption = how & 1;
                view.screen.shows_bytes = how == 2;
                view.screen.shows_more_events = how == 3;
                if (how == 4) {
                    scene.map.header.dir_length = 1ull << 40;
                    scene.map.header.global_depth = 40;
                    scene.map.dir_cells = cells;
                    scene.map.dir_cells_count = CELLS;
                    for (unsigned k = 0; k < CELLS; k++)
                        cells[k] = (struct swiss_dir_cell){k, 1, 1024, 8 * k, k};
                }
                if (how == 5) {
                    scene.map.header.dir_length = UINT64_MAX;
                    scene.map.header.global_depth = 255;
                    scene.map.chosen.groups = UINT64_MAX;
                    scene.map.chosen.places = UINT64_MAX;
                    scene.map.probe.depth = 64;
                    scene.map.probe.groups = UINT64_MAX;
                    scene.map.probe.probes = UINT32_MAX;
                    scene.map.touch.probes = UINT32_MAX;
                    scene.map.touch.latest_place = scene.map.touch.latest_group = UINT64_MAX - 1;
                    tables[5].places = UINT64_MAX;
                    tables[5].local_depth = 255;
                    tables[5].used = tables[5].tombstones = UINT32_MAX;
                }
                char *text = drawn_at(sizes[i][0], sizes[i][1], &needs);
                assert_true(needs.groups <= 400 * 64 && needs.dir_cells <= 150 * 400);
                assert_true(needs.tables <= 150 * 400);
                free(text);
                struct intents intents = {.length = 0};
                static const uint32_t keys[] = {PRESS_DOWN, ']',           PRESS_END,  ']',
                                                '[',        PRESS_PAGE_UP, PRESS_HOME, '['};
                for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
                    swiss_view_press(&view, (struct key_press){.code = keys[k]}, &intents);
                swiss_view_wheel(&view, 3);
                swiss_view_wheel(&view, -3);
                free(drawn_at(sizes[i][0], sizes[i][1], &needs));
            }
}

// By the hits of the frame: a box chooses its table, a row of slots its group, the time line seeks.
static void clicks_and_keys(void **state)
{
    (void)state;
    struct intents intents = {.length = 0};
    size_t seeks = 0, chosen_tables = 0, chosen_groups = 0;
    fill();
    free(drawn());
    for (size_t i = 0; i < hits.length; i++) {
        uint64_t value;
        const struct hit *hit = hits_find(&hits, hits.list[i].row, hits.list[i].column, &value);
        if (hit->kind < HIT_OWN)
            continue;
        intents.length = 0;
        view.place = view.group = UINT64_MAX;
        swiss_view_click(&view, hit, value, &intents);
        seeks += intents.length == 1 && intents.list[0].kind == INTENT_SEEK;
        chosen_tables += view.place == value && view.place != UINT64_MAX;
        chosen_groups += view.place == UINT64_MAX && view.group == value;
    }
    assert_int_equal(seeks, 1);
    assert_true(chosen_tables >= 2 * TABLES); // as boxes and in the list
    assert_true(chosen_groups >= GROUPS);
    swiss_view_click(&view, NULL, 0, &intents); // elsewhere: nothing

    fill();
    free(drawn());
    intents.length = 0;
    swiss_view_press(&view, (struct key_press){.code = ']'}, &intents);
    assert_int_equal(view.place, 4); // behind both places of table 2
    assert_false(view.screen.follows);
    scene.map.chosen = tables[3];
    free(drawn());
    swiss_view_press(&view, (struct key_press){.code = '['}, &intents);
    assert_int_equal(view.place, 3); // of table 2 again
    swiss_view_press(&view, (struct key_press){.code = 'o', .count = 3}, &intents);
    assert_int_equal(intents.length, 1);
    assert_int_equal(intents.list[0].kind, INTENT_FORCE);
    assert_int_equal(intents.list[0].number, 3);
    assert_int_equal(intents.list[0].place, 4); // of the latest frame
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_of_tables),
        cmocka_unit_test(boxes_are_as_wide_as_places),
        cmocka_unit_test(what_could_not_be_read),
        cmocka_unit_test(small_and_empty),
        cmocka_unit_test(all_zooms),
        cmocka_unit_test(bytes_and_an_opened_slot),
        cmocka_unit_test(any_size_any_numbers),
        cmocka_unit_test(clicks_and_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
