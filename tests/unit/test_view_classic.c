// SPDX-License-Identifier: MIT
// A picture filled by hand and drawn: views need no map, only a picture of one. Nothing here includes
// hmapcore, and the shapes are some that it does not make: a header of 56 bytes, slots in doubt.
#include "cmocka_all.h"
#include "picture/swiss_picture.h"
#include "view/hmap_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 30, COLUMNS = 100, OLD_BUCKETS = 2, NEW_BUCKETS = 4, CHAINED = 3 };

static const struct picture_fields fields = {.list = {{"count", 0, 8, 0},
                                                      {"flags", 8, 1, 0},
                                                      {"B", 9, 1, 0},
                                                      {"noverflow", 10, 2, 0},
                                                      {"hash0", 12, 4, 0},
                                                      {"clearSeq", 40, 8, 0},
                                                      {"extra", 48, 8, 0},
                                                      {"beyond", 50, 8, 0}},
                                             .count = 8,
                                             .source = "a test"};

// Another program's map that doubles from two buckets to four: old bucket 0 is moved, 1 has a chain.
static void fill(struct hmap_scene *scene)
{
    static struct classic_bucket old[CHAINED], lower[OLD_BUCKETS], upper[OLD_BUCKETS];
    static struct classic_entry entries[CHAINED * CLASSIC_SLOTS];
    struct classic_picture *map = &scene->map;
    struct classic_header *header = &map->header;
    *scene = (struct hmap_scene){.now.origin = "AES   go1.24 noswissmap   seed 0x7"};
    *header = (struct classic_header){.count = 11,
                                      .B = 2,
                                      .flags = CLASSIC_WRITING | CLASSIC_OLD_ITERATOR,
                                      .noverflow = 1,
                                      .hash0 = 0xabcd,
                                      .buckets_address = 0xc000102000,
                                      .oldbuckets_address = 0xc000101000,
                                      .buckets = NEW_BUCKETS,
                                      .old_buckets = OLD_BUCKETS,
                                      .nevacuate = 1,
                                      .grows_above = 26,
                                      .grows_at_noverflow = 4,
                                      .is_growing = true};
    header->raw = (struct picture_header){
        .address = 0xc000100000,
        .size_bytes = 56,
        .bytes = {11, [8] = 6, [9] = 2, [10] = 1, [12] = 0xcd, [13] = 0xab, [40] = 0x34, [41] = 0x12},
        .key_type = "string",
        .elem_type = "*main.Session"};
    picture_header_lay(&header->raw, &fields);
    for (unsigned i = 0; i < OLD_BUCKETS; i++) {
        lower[i] = (struct classic_bucket){.address = 0xc000102000 + i * 0x100, .index = i};
        upper[i] = (struct classic_bucket){.address = 0xc000102200 + i * 0x100, .index = i + OLD_BUCKETS};
    }
    lower[0].tophash[0] = 0x9c;
    lower[0].in_doubt = 1 << 3;
    upper[0].tophash[0] = 0x4d;
    upper[0].tophash[1] = CLASSIC_EMPTY_ONE;
    upper[0].in_doubt = 1 << 2;
    old[0] = (struct classic_bucket){.address = 0xc000101000, .is_evacuated = true};
    for (unsigned slot = 0; slot < CLASSIC_SLOTS; slot++)
        old[0].tophash[slot] = slot == 0   ? CLASSIC_MOVED_X
                               : slot == 1 ? CLASSIC_MOVED_Y
                                           : CLASSIC_MOVED_EMPTY;
    old[1] = (struct classic_bucket){.address = 0xc000101100, .overflow_address = 0xc000101900, .index = 1};
    for (unsigned slot = 0; slot < CLASSIC_SLOTS; slot++)
        old[1].tophash[slot] = (uint8_t)(0xa0 + slot);
    old[2] = (struct classic_bucket){.address = 0xc000101900, .index = 1, .chain = 1};
    old[2].tophash[0] = 0xb5;
    map->windows[CLASSIC_OLD] = (struct classic_window){old, entries, CHAINED};
    map->windows[CLASSIC_NEW] = (struct classic_window){lower, entries, OLD_BUCKETS};
    map->windows[CLASSIC_UPPER] = (struct classic_window){upper, entries, OLD_BUCKETS};
    snprintf(entries[0].key, sizeof(entries[0].key), "\"k\xff\x1b[31m\""); // hostile
    snprintf(entries[0].elem, sizeof(entries[0].elem), "0xc0de");
    map->moved = (struct classic_moved){.parts = 2, .share = {255}, .moved = 1};
    map->survey = (struct classic_survey){.buckets = 4, .sampled = 4, .chains = {4}};
    map->touch = (struct classic_touch){
        .kind = TOUCH_MOVE, .in_old = true, .has_latest = true, .address = 0xc000101000};
    map->hash = (struct classic_hash){
        .is_known = true, .tophash = 0x08, .hash = 0x03ull << 56 | 0x5, .verb = "find", .key = "\"a\""};
    map->events[0] = (struct picture_event){41, TONE_MOVED, "old bucket 0 was moved between two frames"};
    map->events_count = 1;
    scene->now.position = scene->now.end = 41;
}

static char *drawn(struct hmap_view *view, const struct hmap_scene *scene, struct hits *hits)
{
    struct canvas canvas = {0};
    char *text;
    size_t size_bytes;
    struct hmap_needs needs;
    hmap_view_needs(view, &scene->map.header, &scene->map.touch, ROWS, COLUMNS, &needs);
    assert_true(canvas_reset(&canvas, ROWS, COLUMNS));
    hits->length = 0;
    hmap_view_draw(view, scene, &canvas, hits);
    FILE *to = open_memstream(&text, &size_bytes);
    canvas_write_text(&canvas, to);
    fclose(to);
    canvas_free(&canvas);
    return text;
}

static void expect(const char *text, const char *wanted)
{
    if (strstr(text, wanted))
        return;
    fputs(text, stderr);
    fail_msg("no \"%s\" in it", wanted);
}

static void a_growing_map_of_another_program(void **state)
{
    (void)state;
    static struct hmap_scene scene;
    static struct hits hits;
    struct hmap_view view;
    struct hmap_needs needs;
    fill(&scene);
    hmap_view_init(&view, &hmap_keymap);
    hmap_view_needs(&view, &scene.map.header, &scene.map.touch, ROWS, COLUMNS, &needs);
    assert_true(needs.windows[CLASSIC_OLD].is_old && needs.windows[CLASSIC_OLD].count > 0);
    assert_int_equal(needs.windows[CLASSIC_UPPER].first, OLD_BUCKETS);
    assert_true(needs.windows[CLASSIC_NEW].texts);
    char *text = drawn(&view, &scene, &hits);
    expect(text, "map[string]*main.Session");
    expect(text, "hmap  56 bytes @0xc000100000");
    expect(text, "count      11");
    expect(text, "-OW- writing");
    expect(text, "growing: doubling 2 → 4");
    expect(text, "moved █▒ 1 of 2");
    expect(text, "(→X│→Y│--│--│--│--│--│--)");
    expect(text, "[9c]");         // has just come
    expect(text, "[4d]__│??│··"); // and here; emptied, in doubt, empty
    expect(text, "└▶│b5│");       // the chain
    expect(text, "tophash 08 (5 added");
    expect(text, "bit 1 is 0: X");
    expect(text, "9c \"k\xef\xbf\xbd\xef\xbf\xbd[31m\"=0xc0de"); // the selected bucket; made safe
    expect(text, "41 old bucket 0 was moved between two frames");
    free(text);
    view.screen.shows_bytes = true;
    text = drawn(&view, &scene, &hits);
    expect(text, "fields by a test");
    expect(text, "│0b 00 00 00 00 00 00 00│");
    expect(text, "│06│02│01 00│cd ab 00 00│ flags B noverflow hash0");
    expect(text, "░░"); // no field there
    expect(text, "│34 12 00 00 00 00 00 00│ clearSeq");
    expect(text, "  48  │00 00 00 00 00 00 00 00│ extra"); // a seventh row
    free(text);
}

static void all_zooms(void **state)
{
    (void)state;
    static struct hmap_scene scene;
    static struct hits hits;
    static struct classic_density densities[2] = {{0, 2, 2, 9, 1, 1}, {2, 2, 2, 1, 0, 0}};
    struct hmap_view view;
    fill(&scene);
    scene.map.old_density = scene.map.new_density = densities;
    scene.map.old_density_count = 1;
    scene.map.new_density_count = 2;
    hmap_view_init(&view, &hmap_keymap);
    for (int zoom = 0; zoom < ZOOMS; zoom++) {
        view.zoom = (enum hmap_zoom)zoom;
        char *text = drawn(&view, &scene, &hits);
        static const char *const wanted[] = {"│a0 =", "[4d]__│??│··", "▪··?····", "░+",
                                             "density: oldbuckets: 2"};
        expect(text, wanted[zoom]);
        free(text);
        assert_true(hits.length > 0);
    }
    // A glyph a bucket: its level counts live slots and no marks.
    static const uint8_t marks[CLASSIC_SLOTS] = {4, 3, 2, 1, 0, 4, 4, 4},
                         lives[CLASSIC_SLOTS] = {5, 0x80, 0xff, 4, 127, 6, 0, 1};
    memcpy(scene.map.windows[CLASSIC_NEW].buckets[0].tophash, marks, sizeof(marks));
    memcpy(scene.map.windows[CLASSIC_NEW].buckets[1].tophash, lives, sizeof(lives));
    view.zoom = ZOOM_MAP;
    char *text = drawn(&view, &scene, &hits);
    expect(text, "  0 ·▅");
    free(text);
}

// A click on a bucket selects it, one on the time line seeks, by the hits of the frame.
static void clicks(void **state)
{
    (void)state;
    static struct hmap_scene scene;
    static struct hits hits;
    struct hmap_view view;
    struct intents intents = {.length = 0};
    fill(&scene);
    scene.now.loads_count = 42;
    hmap_view_init(&view, &hmap_keymap);
    free(drawn(&view, &scene, &hits));
    size_t buckets = 0, times = 0;
    for (size_t i = 0; i < hits.length; i++) {
        uint64_t value;
        const struct hit *hit = hits_find(&hits, hits.list[i].row, hits.list[i].column, &value);
        if (hit->kind < HIT_OWN)
            continue;
        intents.length = 0;
        hmap_view_click(&view, hit, value, &intents);
        times += intents.length == 1 && intents.list[0].kind == INTENT_SEEK;
        buckets += !intents.length && view.selected == value && !view.screen.follows;
    }
    assert_int_equal(times, 1);
    assert_true(buckets >= OLD_BUCKETS + NEW_BUCKETS);
    hmap_view_click(&view, NULL, 0, &intents); // elsewhere: nothing
}

static void fields_have_values(void **state)
{
    (void)state;
    static struct hmap_scene scene;
    fill(&scene);
    const struct picture_header *raw = &scene.map.header.raw;
    assert_int_equal(raw->fields_count, 7); // one leaves the header
    assert_int_equal(raw->fields[0].value, 11);
    assert_int_equal(raw->fields[3].value, 1);
    assert_int_equal(raw->fields[4].value, 0xabcd);
    assert_int_equal(raw->fields[5].value, 0x1234);
    // A Swiss map's header is laid the same way.
    static const struct picture_fields swiss = {
        .list = {{"used", 0, 8, 0}, {"dirLen", 24, 8, 0}, {"globalDepth", 32, 1, 0}},
        .count = 3,
        .source = "a test"};
    struct swiss_picture picture = {.header.raw = {.size_bytes = 48, .bytes = {9, [24] = 4, [32] = 2}}};
    picture_header_lay(&picture.header.raw, &swiss);
    assert_int_equal(picture.header.raw.fields[1].value, 4);
    assert_true(swiss_is_live(0x7f) && !swiss_is_live(SWISS_MARK_EMPTY) &&
                !swiss_is_live(SWISS_MARK_DELETED));
    for (unsigned tophash = 0; tophash < 256; tophash++) {
        assert_int_equal(classic_is_live((uint8_t)tophash), tophash >= 5);
        assert_int_equal(classic_mark_of((uint8_t)tophash), tophash < 5 ? tophash : 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_growing_map_of_another_program),
        cmocka_unit_test(all_zooms),
        cmocka_unit_test(clicks),
        cmocka_unit_test(fields_have_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
