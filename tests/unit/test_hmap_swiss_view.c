// SPDX-License-Identifier: MIT
// What others build on, of Swiss maps: layouts, control words, events, the ring, snapshots, explanations, and
// that swiss_check notices what is broken. A second reader (this file's own walk over the public layout) is the
// witness for the snapshots.
#include "cmocka_all.h"
#include "hmapcore/swiss_check.h"
#include "hmapcore/swiss_group.h"
#include "hmapcore/swiss_snapshot.h"
#include "test_hmap_keys.h"

#define MAP(name) swiss_##name
#define MAP_STRUCT struct swiss_map
#define TYPE struct swiss_type
#define CONTEXT struct swiss_context
#define EVENTS 4096
#define MAP_EVENT(name) SWISS_EVENT_##name
#define EVENT struct swiss_event
#define EVENT_KIND enum swiss_event_kind
#define RING struct swiss_ring
#define SINK struct swiss_sink
#include "test_hmap_events.h"

static struct watched *open_watched(const struct hmap_kind *key, enum swiss_flavour flavour, int64_t hint)
{
    struct watched *w = calloc(1, sizeof *w);
    assert_int_equal(swiss_type_make(&w->type, key, &hmap_kind_int64), HMAP_OK);
    swiss_context_init(&w->context, &w->type, flavour, HMAP_HASH_AES, 0x5eed);
    begin_watching(w, hint);
    return w;
}

static bool drop(struct watched *w, int64_t key)
{
    struct hmap_result result = swiss_delete(&w->context, w->map, &key);
    assert_int_equal(result.status, HMAP_OK);
    return result.found;
}

static struct swiss_table *the_table(const struct swiss_map *map, int64_t entry)
{
    return ((struct swiss_table **)map->dirPtr)[entry];
}

// ---- layout --------------------------------------------------------------------------

// The compiler's group structs against what swiss_type_make computes, and against real memory.
static void test_groups_are_what_the_compiler_makes(void **state)
{
    (void)state;
#define CASE(name, key_kind, elem_kind)                                                                      \
    {&(key_kind), &(elem_kind), sizeof(struct name), sizeof(((struct name *)0)->slots[0]),                   \
     offsetof(struct name, slots[0].elem) - offsetof(struct name, slots)}
    SWISS_GROUP_OF(group_int64_int8, int64_t, int8_t);
    SWISS_GROUP_OF(group_int8_int64, int8_t, int64_t);
    SWISS_GROUP_OF(group_int16_int8, int16_t, int8_t);
    SWISS_GROUP_OF(group_int32_string, int32_t, struct hmap_string);
    const struct {
        const struct hmap_kind *key, *elem;
        size_t group_bytes, slot_bytes, elem_offset;
    } cases[] = {
        CASE(swiss_group_int32_int32, hmap_kind_int32, hmap_kind_int32),
        CASE(swiss_group_int64_int64, hmap_kind_int64, hmap_kind_int64),
        CASE(swiss_group_string_int64, hmap_kind_string, hmap_kind_int64),
        CASE(swiss_group_interface_int64, hmap_kind_interface, hmap_kind_int64),
        CASE(group_int64_int8, hmap_kind_int64, hmap_kind_int8),
        CASE(group_int8_int64, hmap_kind_int8, hmap_kind_int64),
        CASE(group_int16_int8, hmap_kind_int16, hmap_kind_int8),
        CASE(group_int32_string, hmap_kind_int32, hmap_kind_string),
    };
    struct swiss_type type;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(swiss_type_make(&type, cases[i].key, cases[i].elem), HMAP_OK);
        assert_int_equal(type.group_bytes, cases[i].group_bytes);
        assert_int_equal(type.slot_bytes, cases[i].slot_bytes);
        assert_int_equal(type.elem_offset, cases[i].elem_offset);
    }
    // What C cannot say: a last field without a size. The numbers are a live Go program's.
    assert_int_equal(swiss_type_make(&type, &hmap_kind_string, &hmap_kind_empty_struct), HMAP_OK);
    assert_int_equal(type.slot_bytes, 24);
    assert_int_equal(type.group_bytes, 200);
    static struct hmap_kind bytes128, bytes129;
    assert_int_equal(hmap_kind_make_array(&bytes128, "[128]byte", &hmap_kind_uint8, 128), HMAP_OK);
    assert_int_equal(hmap_kind_make_array(&bytes129, "[129]byte", &hmap_kind_uint8, 129), HMAP_OK);
    assert_int_equal(swiss_type_make(&type, &bytes128, &bytes128), HMAP_OK);
    assert_int_equal(type.group_bytes, 2056);
    assert_int_equal(swiss_type_make(&type, &bytes129, &bytes129), HMAP_OK);
    assert_int_equal(type.group_bytes, 136);
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    put(w, 0x0122334455667788);
    const struct swiss_group_int64_int64 *group = w->map->dirPtr;
    assert_true(group->slots[0].key == 0x0122334455667788);
    assert_true(group->slots[0].elem == 10 * 0x0122334455667788);
    assert_true(group->ctrl >> 8 == UINT64_C(0x80808080808080));
    assert_true((group->ctrl & 0xff) < 0x80);
    close_watched(w);
}

// The machine's way of looking at eight control bytes against a loop over them, for every byte in every place.
static void test_control_words(void **state)
{
    (void)state;
    uint64_t random = 8;
    for (int round = 0; round < 20000; round++) {
        uint64_t word = 0;
        for (int slot = 0; slot < 8; slot++) {
            uint64_t dice = next_random(&random);
            uint8_t ctrl = dice % 4 == 0   ? SWISS_EMPTY
                           : dice % 4 == 1 ? SWISS_DELETED
                                           : (uint8_t)(dice >> 8 & (dice & 16 ? 0x7f : 3));
            word |= (uint64_t)ctrl << (8 * slot);
        }
        uint8_t h2 = (uint8_t)(next_random(&random) & (round & 1 ? 0x7f : 3));
        uint64_t same = 0, empty = 0, deleted = 0, full = 0;
        for (int slot = 0; slot < 8; slot++) {
            uint8_t ctrl = (uint8_t)(word >> (8 * slot));
            uint64_t bit = UINT64_C(0x80) << (8 * slot);
            same |= ctrl == h2 ? bit : 0;
            empty |= ctrl == SWISS_EMPTY ? bit : 0;
            deleted |= ctrl == SWISS_DELETED ? bit : 0;
            full |= ctrl < SWISS_EMPTY ? bit : 0;
        }
        assert_true(match_h2(word, h2) == same);
        assert_true(portable_match_h2(word, h2) == same);
        assert_true(match_empty(word) == empty);
        assert_true(match_deleted(word) == deleted);
        assert_true(match_empty_or_deleted(word) == (empty | deleted));
        assert_true(match_full(word) == full);
    }
}

// Triangular steps come to every group once.
static void test_a_search_sees_every_group_once(void **state)
{
    (void)state;
    for (uint64_t groups = 1; groups <= 128; groups *= 2) {
        struct swiss_table table = {.groups = {NULL, groups - 1}};
        for (uint64_t start = 0; start < groups; start++) {
            uint8_t seen[128] = {0};
            struct probe_sequence at = probe_start(&table, start << 7 | 0x55);
            assert_int_equal(at.group, start);
            for (uint64_t i = 0; i < groups; i++, probe_next(&at, &table)) {
                assert_int_equal(at.group, (start + i * (i + 1) / 2) % groups);
                assert_int_equal(seen[at.group]++, 0);
            }
        }
    }
}

// ---- events --------------------------------------------------------------------------

static void test_each_operation_tells_its_steps(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    int64_t key = 7;
    EXPECT(w, 1, SWISS_EVENT_MAKE);
    put(w, key);
    EXPECT(w, 2, SWISS_EVENT_HASHED, SWISS_EVENT_ASSIGN, SWISS_EVENT_GROUP, SWISS_EVENT_INSERT);
    put(w, key);
    EXPECT(w, 6, SWISS_EVENT_HASHED, SWISS_EVENT_ASSIGN, SWISS_EVENT_OVERWRITE);
    assert_true(swiss_find(&w->context, w->map, &key).found);
    EXPECT(w, 9, SWISS_EVENT_FIND_HIT);
    const struct swiss_event *hit = swiss_ring_at(&w->ring, 9);
    assert_int_equal(hit->key_head, 7);
    assert_int_equal(hit->h2, ctrl_word(w->map->dirPtr) & 0xff);
    assert_int_equal(hit->address, (uintptr_t)w->map->dirPtr);
    assert_int_equal(hit->used, 1);
    assert_true(hit->detail & SWISS_DETAIL_SMALL);
    assert_true(drop(w, key));
    EXPECT(w, 10, SWISS_EVENT_HASHED, SWISS_EVENT_REMOVE, SWISS_EVENT_DELETE, SWISS_EVENT_RESEED);
    assert_int_equal(swiss_assign(&w->context, NULL, &key).status, HMAP_NIL_MAP);
    EXPECT(w, 14, SWISS_EVENT_FAULT);
    char text[160];
    assert_string_equal(swiss_event_describe(swiss_ring_at(&w->ring, 14), text, sizeof text),
                        "fault: assignment to entry in nil map");
    for (int64_t n = 0; n < 8; n++)
        put(w, n);
    uint64_t before = w->ring.emitted;
    put(w, 8);
    EXPECT(w, before + 1, SWISS_EVENT_HASHED, SWISS_EVENT_ASSIGN, SWISS_EVENT_TO_TABLE, SWISS_EVENT_INSERT);
    assert_string_equal(swiss_event_describe(swiss_ring_at(&w->ring, before + 3), text, sizeof text),
                        "the group is full: a table of 16 slots, 8 entries moved");
    close_watched(w);
}

// What the events say moved must be what has moved, up to splits and doubled directories: from the events alone,
// the tables that there are now.
static void test_growth_is_told_completely(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_26, 0);
    uint64_t capacity = 0, length = 0, tables = 0, seen = 0;
    for (int64_t key = 0; key < 6000; key++) {
        put(w, key);
        for (; seen < w->ring.emitted; seen++) {
            const struct swiss_event *event = swiss_ring_at(&w->ring, seen + 1);
            assert_non_null(event);
            switch ((enum swiss_event_kind)event->kind) {
            case SWISS_EVENT_TO_TABLE:
                assert_int_equal(event->count_a, 8);
                capacity = event->count_b;
                length = tables = 1;
                break;
            case SWISS_EVENT_GROW:
                assert_int_equal(event->hash, 2 * capacity);
                assert_int_equal(event->count_a, key);
                capacity = event->hash;
                break;
            case SWISS_EVENT_SPLIT:
                tables++;
                assert_int_equal(event->count_a + event->count_b, 896);
                assert_int_equal(event->depth >= event->local_depth, true);
                break;
            case SWISS_EVENT_DIRECTORY:
                assert_int_equal(event->count_a, length);
                length = event->count_b;
                break;
            default:
                break;
            }
        }
        uint64_t found = 0;
        for (int64_t i = 0; i < w->map->dirLen; i++)
            found += the_table(w->map, i)->index == i;
        assert_int_equal(found, tables);
        assert_int_equal(w->map->dirLen, length);
    }
    assert_int_equal(capacity, 1024);
    assert_true(tables > 4);
    close_watched(w);
}

static void test_tombstones_are_told(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    int64_t tombstones = 0, pruned = 0;
    uint64_t seen = 0, random = 3;
    struct swiss_check check;
    for (int64_t n = 0; n < 30000; n++) {
        put(w, n);
        if (n >= 100)
            drop(w, n - 100);
        for (; seen < w->ring.emitted; seen++) {
            const struct swiss_event *event = swiss_ring_at(&w->ring, seen + 1);
            if (event->detail & SWISS_DETAIL_TOMBSTONE)
                tombstones += event->kind == SWISS_EVENT_DELETE ? 1 : -1;
            if (event->kind == SWISS_EVENT_GROW) {
                assert_int_equal(event->count_b, tombstones);
                tombstones = 0;
            }
            if (event->kind == SWISS_EVENT_PRUNE) {
                assert_int_equal(event->count_a + event->count_b, tombstones);
                tombstones -= event->count_a;
                pruned += event->count_a;
            }
        }
        if (next_random(&random) % 50 == 0) {
            assert_true(swiss_check(&w->context, w->map, &check));
            assert_int_equal(check.tombstones, tombstones);
        }
    }
    assert_true(pruned > 100);
    close_watched(w);
}

// With a sink and without, with the AES instruction and without, the same seed makes the same map.
static void test_listening_changes_nothing(void **state)
{
    (void)state;
    enum { WAYS = 3 };
    struct watched *ways[WAYS];
    for (int i = 0; i < WAYS; i++)
        ways[i] = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    ways[1]->context.sink.emit = NULL;
    ways[2]->context.base.aes_instructions = false;
    uint64_t random = 4;
    for (int step = 0; step < 20000; step++) {
        int64_t key = (int64_t)(next_random(&random) % 3000);
        bool remove = next_random(&random) % 3 == 0;
        for (int i = 0; i < WAYS; i++) {
            if (remove)
                drop(ways[i], key);
            else
                put(ways[i], key);
            assert_memory_equal(ways[0]->map, ways[i]->map, 16); // used, seed
            assert_memory_equal(&ways[0]->map->dirLen, &ways[i]->map->dirLen, 24);
        }
    }
    assert_true(ways[0]->map->dirLen > 1);
    for (int64_t entry = 0; entry < ways[0]->map->dirLen; entry++) {
        for (int i = 1; i < WAYS; i++) {
            const struct swiss_table *left = the_table(ways[0]->map, entry),
                                     *right = the_table(ways[i]->map, entry);
            assert_memory_equal(left, right, 16); // all but the place of the groups
            assert_memory_equal(left->groups.data, right->groups.data, left->capacity / 8u * 136u);
        }
    }
    for (int i = 0; i < WAYS; i++)
        close_watched(ways[i]);
}

// ---- snapshots -----------------------------------------------------------------------

static void test_a_window_is_what_lies_there(void **state)
{
    (void)state;
    for (int64_t entries = 5; entries <= 5000; entries *= 10) {
        struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
        w->context.sink.emit = NULL;
        for (int64_t i = 0; i < entries; i++)
            put(w, i);
        for (int64_t i = 0; i < entries; i += 3)
            drop(w, i);
        struct swiss_window window = {0};
        struct swiss_window_request request = {.count = UINT64_MAX, .texts = true, .raw = true};
        struct swiss_table_view table;
        uint64_t live = 0, tombstones = 0, tables = 0;
        for (; swiss_snapshot_table(&w->context, w->map, request.entry, &table);
             request.entry = table.entry + table.entries) {
            assert_true(swiss_snapshot_window(&w->context, w->map, &request, &window));
            assert_int_equal(window.length, table.groups);
            uint64_t live_here = 0, tombstones_here = 0;
            for (size_t i = 0; i < window.length; i++) {
                const struct swiss_group_view *view = &window.groups[i];
                const struct swiss_group_int64_int64 *group = (const void *)(uintptr_t)view->address;
                assert_int_equal(view->address, table.groups_address + 136 * i);
                assert_memory_equal(window.raw + i * 136, group, 136);
                for (int slot = 0; slot < 8; slot++) {
                    uint8_t ctrl = (uint8_t)(group->ctrl >> (8 * slot));
                    assert_int_equal(view->slots[slot].ctrl, ctrl);
                    tombstones_here += ctrl == 0xfe;
                    if (!view->slots[slot].live) {
                        assert_string_equal(view->slots[slot].key, "");
                        continue;
                    }
                    expect_number(view->slots[slot].key, group->slots[slot].key);
                    expect_number(view->slots[slot].elem, group->slots[slot].elem);
                    live_here++;
                }
            }
            assert_int_equal(live_here, table.used);
            assert_int_equal(tombstones_here, table.tombstones);
            live += live_here;
            tombstones += tombstones_here;
            tables++;
        }
        assert_int_equal(live, swiss_length(w->map));
        assert_true(entries < 5000 || (tables > 4 && tombstones > 0));
        request = (struct swiss_window_request){.first = 0, .count = 1};
        assert_true(swiss_snapshot_window(&w->context, w->map, &request, &window));
        assert_int_equal(window.length, 1);
        assert_null(window.raw);
        request.first = UINT64_MAX;
        assert_true(swiss_snapshot_window(&w->context, w->map, &request, &window));
        assert_int_equal(window.length, 0);
        request.entry = UINT64_MAX;
        assert_true(swiss_snapshot_window(&w->context, w->map, &request, &window));
        assert_int_equal(window.length, 0);
        swiss_window_free(&window);
        close_watched(w);
    }
}

// growth_left of a table says exactly when it is full.
static void test_tables_say_when_they_grow(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    struct swiss_header_view header;
    swiss_snapshot_header(&w->context, NULL, &header);
    assert_true(header.is_nil);
    for (int64_t key = 0; key < 4000; key++) {
        struct swiss_explanation explanation;
        struct swiss_table_view table;
        swiss_snapshot_header(&w->context, w->map, &header);
        assert_memory_equal(header.bytes, w->map, sizeof *w->map);
        assert_int_equal(header.used, key);
        assert_int_equal(header.small, key <= 8);
        swiss_explain(&w->context, w->map, &key, &explanation);
        bool has = swiss_snapshot_table(&w->context, w->map, explanation.entry, &table);
        assert_int_equal(has, key > 0);
        uint64_t before = w->ring.emitted;
        put(w, key);
        bool grown = false;
        for (uint64_t serial = before + 1; serial <= w->ring.emitted; serial++) {
            uint8_t kind = swiss_ring_at(&w->ring, serial)->kind;
            grown |= kind == SWISS_EVENT_TO_TABLE || kind == SWISS_EVENT_GROW || kind == SWISS_EVENT_SPLIT;
        }
        assert_int_equal(grown, has && table.growth_left == 0);
    }
    close_watched(w);
}

static void test_density_and_survey_count_right(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    w->context.sink.emit = NULL;
    for (int64_t i = 0; i < 20000; i++)
        put(w, i);
    for (int64_t i = 0; i < 20000; i += 2)
        drop(w, i);
    struct swiss_density cells[37];
    struct swiss_survey survey;
    struct swiss_check check;
    assert_true(swiss_check(&w->context, w->map, &check));
    assert_true(check.tombstones > 0);
    for (size_t count = 1; count <= 37; count += 9) {
        uint64_t live = 0, slots = 0, tombstones = 0, entries = 0;
        size_t made = swiss_snapshot_directory_density(&w->context, w->map, cells, count);
        for (size_t i = 0; i < made; i++) {
            assert_int_equal(cells[i].first, entries);
            entries += cells[i].count;
            live += cells[i].live;
            slots += cells[i].slots;
            tombstones += cells[i].tombstones;
        }
        assert_int_equal(entries, w->map->dirLen);
        assert_int_equal(live, check.entries);
        assert_int_equal(slots, check.slots);
        assert_int_equal(tombstones, check.tombstones);
        made = swiss_snapshot_density(&w->context, w->map, 0, cells, count);
        assert_int_equal(made, count);
        live = tombstones = 0;
        for (size_t i = 0; i < made; i++) {
            live += cells[i].live;
            tombstones += cells[i].tombstones;
        }
        const struct swiss_table *table = the_table(w->map, 0);
        assert_int_equal(live, table->used);
        assert_int_equal(live + tombstones + table->growthLeft, 896);
    }
    swiss_snapshot_survey(&w->context, w->map, 0, &survey);
    uint64_t searches = 0, fill = 0;
    for (int i = 0; i < 16; i++)
        searches += survey.searches[i];
    for (int i = 0; i <= 8; i++)
        fill += (uint64_t)i * survey.fill[i];
    assert_int_equal(survey.tables, check.tables);
    assert_int_equal(survey.slots, check.slots);
    assert_int_equal(survey.live, check.entries);
    assert_int_equal(survey.tombstones, check.tombstones);
    assert_int_equal(searches, check.entries);
    assert_int_equal(fill, check.entries);
    assert_true(check.longest_search > 1);
    assert_true(survey.searches[check.longest_search - 1] > 0);
    assert_int_equal(check.longest_search < 16 ? survey.searches[check.longest_search] : 0, 0);
    swiss_snapshot_survey(&w->context, w->map, 100, &survey);
    assert_int_equal(survey.sampled, 100);
    assert_int_equal(survey.live, check.entries);
    swiss_snapshot_survey_some(&w->context, w->map, 100, &survey); // a small directory: all of it
    assert_false(survey.is_part);
    assert_int_equal(survey.live, check.entries);
    close_watched(w);
}

// Of a large directory some tables are looked at, each once; what they hold is close to what all hold.
static void test_a_survey_of_some(void **state)
{
    (void)state;
    enum { HINT = 1 << 21, ENTRIES = 200000, LOOKED_AT = 64 };
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, HINT);
    struct swiss_survey all, some;
    w->context.sink.emit = NULL;
    for (int64_t i = 0; i < ENTRIES; i++)
        put(w, i);
    assert_true(w->map->dirLen > SWISS_SURVEYED_PLACES);
    swiss_snapshot_survey(&w->context, w->map, 1, &all);
    swiss_snapshot_survey_some(&w->context, w->map, LOOKED_AT, &some);
    assert_true(some.is_part);
    assert_int_equal(some.tables, LOOKED_AT);
    assert_int_equal(some.sampled, LOOKED_AT);
    assert_int_equal(some.places, LOOKED_AT); // made by a hint: each table has one
    assert_between(some.live * all.tables / some.tables, ENTRIES * 9 / 10, ENTRIES * 11 / 10);
    uint64_t searches = 0, live = 0;
    for (int i = 0; i < 16; i++)
        searches += some.searches[i];
    for (int i = 0; i <= 8; i++)
        live += (uint64_t)i * some.fill[i];
    assert_int_equal(searches, live);
    close_watched(w);
}

// ---- one key -------------------------------------------------------------------------

static void test_explanations_come_true(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    uint64_t taken = 0, far = 0;
    for (int64_t i = 0; i < 6000; i++) {
        struct swiss_explanation before, after;
        swiss_explain(&w->context, w->map, &i, &before);
        assert_false(before.found);
        put(w, i);
        swiss_explain(&w->context, w->map, &i, &after);
        assert_true(after.found);
        assert_int_equal(before.hash, after.hash);
        const struct swiss_event *insert = last_of(w, SWISS_EVENT_INSERT);
        assert_int_equal(insert->hash, before.hash);
        assert_int_equal(insert->h2, before.hash & 0x7f);
        assert_int_equal(insert->table, after.table);
        assert_int_equal(insert->group, after.found_group);
        assert_int_equal(insert->address, after.group_address);
        assert_int_equal(insert->slot, after.slot);
        assert_int_equal(insert->probes, after.probes);
        assert_int_equal(after.path[0], after.group);
        if (after.probes <= SWISS_EXPLAINED_GROUPS)
            assert_int_equal(after.path[after.probes - 1], after.found_group);
        if (insert->detail & SWISS_DETAIL_TOMBSTONE) {
            assert_true(before.takes_tombstone);
            assert_int_equal(before.tombstone_group, after.found_group);
            taken++;
        }
        far += after.probes > 1;
        if (i >= 500)
            drop(w, i - 500);
    }
    assert_true(taken > 0 && far > 0);
    struct swiss_explanation nil;
    swiss_explain(&w->context, NULL, &(int64_t){1}, &nil);
    assert_false(nil.found);
    close_watched(w);
}

static void test_a_crowded_group_on_purpose(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 2000);
    int64_t key;
    uint64_t attempt = 0;
    for (int added = 0; added < 9; attempt++) {
        struct swiss_explanation explanation;
        int64_t proposed = (int64_t)attempt;
        swiss_explain(&w->context, w->map, &proposed, &explanation);
        if (explanation.table != 1 || explanation.group != 3)
            continue;
        if (added == 0) {
            assert_true(swiss_key_for_group(&w->context, w->map, 1, 3, 1000000, propose_number, NULL, &key));
            assert_int_equal(key, proposed); // the first one there is
        }
        put(w, proposed);
        added++;
    }
    const struct swiss_event *insert = last_of(w, SWISS_EVENT_INSERT);
    assert_int_equal(insert->probes, 2);
    assert_int_equal(insert->group, 4);
    assert_false(swiss_key_for_group(&w->context, w->map, 77, 3, 1000, propose_number, NULL, &key));
    close_watched(w);
}

// ---- the check -----------------------------------------------------------------------

// Each of these breaks one invariant of a map that was whole; swiss_check must say so, and nothing worse happen.
static void break_and_check(const char *expected, void (*breaks)(struct watched *w))
{
    struct watched *w = open_watched(&hmap_kind_int64, SWISS_GO_1_25, 0);
    w->context.sink.emit = NULL;
    for (int64_t i = 0; i < 6000; i++)
        put(w, i);
    struct swiss_check check;
    assert_true(swiss_check(&w->context, w->map, &check));
    struct swiss_map header = *w->map;
    struct swiss_table *table = the_table(w->map, 0), saved = *table, *first = table;
    uint8_t *groups = malloc(128 * 136);
    memcpy(groups, table->groups.data, 128 * 136);
    breaks(w);
    assert_false(swiss_check(&w->context, w->map, &check));
    if (!strstr(check.problem, expected))
        fail_msg("'%s', expected '%s'", check.problem, expected);
    *w->map = header;
    ((struct swiss_table **)w->map->dirPtr)[0] = first;
    *first = saved;
    memcpy(first->groups.data, groups, 128 * 136);
    free(groups);
    close_watched(w);
}

static struct swiss_group_int64_int64 *first_groups(struct watched *w)
{
    return the_table(w->map, 0)->groups.data;
}

// A slot of the first table that is live, or empty.
static unsigned find_slot(struct watched *w, bool live, uint64_t *group)
{
    for (*group = 0;; ++*group) {
        uint64_t word = first_groups(w)[*group].ctrl, mask = live ? match_full(word) : match_empty(word);
        if (mask)
            return first_slot(mask);
    }
}

static void break_used(struct watched *w)
{
    w->map->used++;
}

static void break_writing(struct watched *w)
{
    w->map->writing = 1;
}

static void break_shift(struct watched *w)
{
    w->map->globalShift--;
}

static void break_directory(struct watched *w)
{
    ((struct swiss_table **)w->map->dirPtr)[0] = (struct swiss_table *)(uintptr_t)0x1000;
}

static void break_directory_inside(struct watched *w)
{
    ((struct swiss_table **)w->map->dirPtr)[0] = the_table(w->map, 0)->groups.data;
}

static void break_index(struct watched *w)
{
    the_table(w->map, 0)->index = 1;
}

static void break_depth(struct watched *w)
{
    the_table(w->map, 0)->localDepth = 60;
}

static void break_mask(struct watched *w)
{
    the_table(w->map, 0)->groups.lengthMask = UINT64_MAX;
}

static void break_capacity(struct watched *w)
{
    the_table(w->map, 0)->capacity = 512;
}

static void break_growth_left(struct watched *w)
{
    the_table(w->map, 0)->growthLeft++;
}

static void break_table_used(struct watched *w)
{
    the_table(w->map, 0)->used--;
}

static void break_ctrl(struct watched *w)
{
    uint64_t group;
    unsigned slot = find_slot(w, false, &group);
    set_ctrl(&first_groups(w)[group], first_groups(w)[group].ctrl, slot, 0x81);
}

static void break_h2(struct watched *w)
{
    uint64_t group;
    unsigned slot = find_slot(w, true, &group);
    first_groups(w)[group].ctrl ^= UINT64_C(1) << (8 * slot);
}

static void break_tombstone(struct watched *w)
{
    uint64_t group;
    unsigned slot = find_slot(w, false, &group);
    if (slot == 7)
        slot = 6;
    set_ctrl(&first_groups(w)[group], first_groups(w)[group].ctrl, slot, SWISS_DELETED);
    set_ctrl(&first_groups(w)[group], first_groups(w)[group].ctrl, 7, SWISS_EMPTY);
}

// The entry moves to a group where no search for it comes.
static void break_place(struct watched *w)
{
    uint64_t from, to;
    unsigned slot = find_slot(w, true, &from);
    struct swiss_group_int64_int64 *groups = first_groups(w);
    uint8_t h2 = (uint8_t)(groups[from].ctrl >> (8 * slot));
    for (to = from + 5; !match_empty(groups[to].ctrl); to++)
        ;
    unsigned free_slot = first_slot(match_empty(groups[to].ctrl));
    groups[to].slots[free_slot] = groups[from].slots[slot];
    set_ctrl(&groups[to], groups[to].ctrl, free_slot, h2);
    set_ctrl(&groups[from], groups[from].ctrl, slot, SWISS_EMPTY);
}

static void break_twice(struct watched *w)
{
    for (uint64_t group = 0;; group++) {
        struct swiss_group_int64_int64 *at = &first_groups(w)[group];
        if (!match_full(at->ctrl) || !match_empty(at->ctrl))
            continue;
        unsigned from = first_slot(match_full(at->ctrl)), to = first_slot(match_empty(at->ctrl));
        at->slots[to] = at->slots[from];
        set_ctrl(at, at->ctrl, to, (uint8_t)(at->ctrl >> (8 * from)));
        return;
    }
}

static void test_what_is_broken_is_noticed(void **state)
{
    (void)state;
    break_and_check("used 6001, but 6000 entries", break_used);
    break_and_check("writing is 1 at rest", break_writing);
    break_and_check("globalShift", break_shift);
    break_and_check("no table of this map", break_directory);
    break_and_check("no table of this map", break_directory_inside);
    break_and_check("its table's index is 1", break_index);
    break_and_check("localDepth 60 above globalDepth", break_depth);
    break_and_check("its groups are not its own", break_mask);
    break_and_check("no table of this map", break_capacity);
    break_and_check("growthLeft", break_growth_left);
    break_and_check("but", break_table_used);
    break_and_check("means nothing", break_ctrl);
    break_and_check("not its key's h2", break_h2);
    break_and_check("tombstone beside an empty slot", break_tombstone);
    break_and_check("a search for its key ends before it", break_place);
    break_and_check("twice", break_twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups_are_what_the_compiler_makes),
        cmocka_unit_test(test_control_words),
        cmocka_unit_test(test_a_search_sees_every_group_once),
        cmocka_unit_test(test_each_operation_tells_its_steps),
        cmocka_unit_test(test_growth_is_told_completely),
        cmocka_unit_test(test_tombstones_are_told),
        cmocka_unit_test(test_the_ring_keeps_the_last),
        cmocka_unit_test(test_every_kind_has_a_name_and_a_line),
        cmocka_unit_test(test_listening_changes_nothing),
        cmocka_unit_test(test_a_window_is_what_lies_there),
        cmocka_unit_test(test_tables_say_when_they_grow),
        cmocka_unit_test(test_density_and_survey_count_right),
        cmocka_unit_test(test_a_survey_of_some),
        cmocka_unit_test(test_explanations_come_true),
        cmocka_unit_test(test_a_crowded_group_on_purpose),
        cmocka_unit_test(test_what_is_broken_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
