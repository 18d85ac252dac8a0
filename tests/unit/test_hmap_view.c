// SPDX-License-Identifier: MIT
// What others build on: layouts, events, the ring, snapshots, explanations, texts. A second reader (this
// file's own walk over the public layout) is the witness for the snapshots, and a bounded one for their
// cost.
#include "cmocka_all.h"
#include "hmapcore/hmap_form.h"
#include "hmapcore/hmap_snapshot.h"
#include "test_hmap_keys.h"

#define MAP(name) hmap_##name
#define MAP_STRUCT struct hmap
#define TYPE struct hmap_type
#define CONTEXT struct hmap_context
#define EVENTS 1024
#define MAP_EVENT(name) HMAP_EVENT_##name
#define EVENT struct hmap_event
#define EVENT_KIND enum hmap_event_kind
#define RING struct hmap_ring
#define SINK struct hmap_sink
#include "test_hmap_events.h"

static struct watched *open_watched(const struct hmap_kind *key, enum hmap_hash_algorithm algorithm)
{
    struct watched *w = calloc(1, sizeof *w);
    assert_int_equal(hmap_type_make(&w->type, key, &hmap_kind_int64), HMAP_OK);
    hmap_context_init(&w->context, &w->type, HMAP_GO_1_22, algorithm, 0x5eed);
    begin_watching(w, 0);
    return w;
}

// ---- eight at once -------------------------------------------------------------------

// The comparisons of eight tophashes, and of eight keys, at once say what one after the other says; with the
// machine's instructions and without. Keys that differ in one half only, and equal keys in empty slots, are among them.
static void test_eight_at_once(void **state)
{
    (void)state;
    uint64_t random = 19;
    struct {
        struct bmap bucket;
        uint64_t keys[HMAP_BUCKET_SLOTS];
    } place;
    for (int round = 0; round < 20000; round++) {
        const uint64_t wanted = next_random(&random);
        const uint8_t tophash = (uint8_t)(next_random(&random) % (round & 1 ? 256 : 8));
        uint64_t same = 0;
        unsigned equal32 = 0, equal64 = 0;
        uint32_t words[HMAP_BUCKET_SLOTS];
        for (unsigned slot = 0; slot < HMAP_BUCKET_SLOTS; slot++) {
            const uint64_t dice = next_random(&random);
            const uint8_t mark = (uint8_t)(dice >> 8) % (round & 1 ? 255 : 8);
            place.bucket.tophash[slot] = mark;
            place.keys[slot] = wanted ^ (dice & 1) ^ (dice & 2) << 39;
            words[slot] = (uint32_t)place.keys[slot];
            same |= (uint64_t)(mark == tophash) << (8 * slot + 7);
            equal64 |= (unsigned)(place.keys[slot] == wanted && mark > HMAP_EMPTY_ONE) << slot;
            equal32 |= (unsigned)(words[slot] == (uint32_t)wanted && mark > HMAP_EMPTY_ONE) << slot;
        }
        assert_true(slots_equal(tophash_word(&place.bucket), tophash) == same);
        assert_true(portable_slots_equal(tophash_word(&place.bucket), tophash) == same);
        assert_int_equal(live_equal(&place.bucket, FORM_WORD64, wanted), equal64);
        assert_int_equal(portable_live_equal(&place.bucket, FORM_WORD64, wanted), equal64);
        memcpy(place.keys, words, sizeof words);
        assert_int_equal(live_equal(&place.bucket, FORM_WORD32, wanted), equal32);
        assert_int_equal(portable_live_equal(&place.bucket, FORM_WORD32, wanted), equal32);
    }
}

// ---- layout --------------------------------------------------------------------------

// The compiler's bucket structs against what hmap_type_make computes, and against real memory.
static void test_buckets_are_what_the_compiler_makes(void **state)
{
    (void)state;
    const struct {
        const struct hmap_kind *key, *elem;
        size_t size_bytes, elems_offset, overflow_offset;
    } cases[] = {
        {&hmap_kind_int32, &hmap_kind_int32, sizeof(struct hmap_bucket_int32_int32),
         offsetof(struct hmap_bucket_int32_int32, elems), offsetof(struct hmap_bucket_int32_int32, overflow)},
        {&hmap_kind_int64, &hmap_kind_int64, sizeof(struct hmap_bucket_int64_int64),
         offsetof(struct hmap_bucket_int64_int64, elems), offsetof(struct hmap_bucket_int64_int64, overflow)},
        {&hmap_kind_string, &hmap_kind_int64, sizeof(struct hmap_bucket_string_int64),
         offsetof(struct hmap_bucket_string_int64, elems),
         offsetof(struct hmap_bucket_string_int64, overflow)},
        {&hmap_kind_interface, &hmap_kind_int64, sizeof(struct hmap_bucket_interface_int64),
         offsetof(struct hmap_bucket_interface_int64, elems),
         offsetof(struct hmap_bucket_interface_int64, overflow)},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hmap_type type;
        assert_int_equal(hmap_type_make(&type, cases[i].key, cases[i].elem), HMAP_OK);
        assert_int_equal(type.bucket_bytes, cases[i].size_bytes);
        assert_int_equal(hmap_type_elems_offset(&type), cases[i].elems_offset);
        assert_int_equal(hmap_type_overflow_offset(&type), cases[i].overflow_offset);
    }
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    put(w, 0x0122334455667788);
    const struct hmap_bucket_int64_int64 *bucket = w->map->buckets;
    assert_true(bucket->keys[0] == 0x0122334455667788);
    assert_true(bucket->elems[0] == 10 * 0x0122334455667788);
    assert_between(bucket->tophash[0], HMAP_MIN_TOPHASH, 255);
    assert_null(bucket->overflow);
    close_watched(w);
}

// reference: 144-byte buckets at B = 4: 2448 bytes are asked for, 2688 come, so there are 18 buckets
static void test_arrays_fill_their_size_class(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    struct hmap *map;
    struct hmap_header_view header;
    assert_int_equal(hmap_make(&w->context, 100, &map), HMAP_OK);
    hmap_snapshot_header(&w->context, map, &header);
    assert_int_equal(header.buckets, 16);
    assert_int_equal(header.array_buckets, 18);
    assert_int_equal(header.next_overflow_address - header.buckets_address, 16 * 144);
    hmap_destroy(&w->context, map);
    close_watched(w);
}

// ---- events --------------------------------------------------------------------------

static void test_each_operation_tells_its_steps(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    int64_t key = 7;
    EXPECT(w, 1, HMAP_EVENT_MAKE);
    put(w, key);
    EXPECT(w, 2, HMAP_EVENT_HASHED, HMAP_EVENT_ASSIGN, HMAP_EVENT_ARRAY, HMAP_EVENT_INSERT);
    put(w, key);
    EXPECT(w, 6, HMAP_EVENT_HASHED, HMAP_EVENT_ASSIGN, HMAP_EVENT_OVERWRITE);
    assert_true(hmap_find(&w->context, w->map, &key).found);
    EXPECT(w, 9, HMAP_EVENT_FIND_HIT);
    const struct hmap_event *hit = hmap_ring_at(&w->ring, 9);
    assert_int_equal(hit->key_head, 7);
    assert_int_equal(hit->tophash, ((struct bmap *)w->map->buckets)->tophash[0]);
    assert_int_equal(hit->address, (uintptr_t)w->map->buckets);
    assert_int_equal(hit->count, 1);
    assert_true(hmap_delete(&w->context, w->map, &key).found);
    EXPECT(w, 10, HMAP_EVENT_HASHED, HMAP_EVENT_REMOVE, HMAP_EVENT_DELETE, HMAP_EVENT_EMPTY_REST,
           HMAP_EVENT_RESEED);
    assert_int_equal(hmap_assign(&w->context, NULL, &key).status, HMAP_NIL_MAP);
    EXPECT(w, 15, HMAP_EVENT_FAULT);
    char text[160];
    assert_string_equal(hmap_event_describe(hmap_ring_at(&w->ring, 15), text, sizeof text),
                        "fault: assignment to entry in nil map");
    close_watched(w);
}

// What the events say moved must be what has moved: entries per array, summed from the events alone.
static void test_growth_is_told_completely(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    int64_t key = 0;
    while (w->map->B < 4)
        put(w, key++);
    const struct hmap_event *start = last_of(w, HMAP_EVENT_GROW_START);
    assert_true(start->detail & HMAP_DETAIL_DOUBLING);
    assert_int_equal(start->bucket, 8);
    int64_t at_start = (int64_t)start->count;
    uint64_t from = start->serial, moved = 0, buckets = 0;
    while (w->map->oldbuckets)
        put(w, key++);
    for (uint64_t serial = from; serial <= w->ring.emitted; serial++) {
        const struct hmap_event *event = hmap_ring_at(&w->ring, serial);
        assert_non_null(event);
        if (event->kind != HMAP_EVENT_EVACUATE)
            continue;
        moved += event->moved_x + event->moved_y;
        buckets++;
    }
    assert_int_equal(buckets, 8);
    assert_int_equal(moved, at_start);
    assert_int_equal(last_of(w, HMAP_EVENT_GROW_FINISH)->bucket, 8);
    close_watched(w);
}

// With a sink and without, the same seed makes the same map.
static void test_listening_changes_nothing(void **state)
{
    (void)state;
    struct watched *heard = open_watched(&hmap_kind_int64, HMAP_HASH_AES),
                   *silent = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    silent->context.sink.emit = NULL;
    uint64_t random = 4;
    for (int step = 0; step < 5000; step++) {
        int64_t key = (int64_t)(next_random(&random) % 300);
        bool remove = next_random(&random) % 3 == 0;
        struct watched *both[] = {heard, silent};
        for (int i = 0; i < 2; i++) {
            if (remove)
                assert_int_equal(hmap_delete(&both[i]->context, both[i]->map, &key).status, HMAP_OK);
            else
                put(both[i], key);
        }
        assert_memory_equal(heard->map, silent->map, 16); // count, flags, B, noverflow, hash0
    }
    for (uint64_t i = 0; i < UINT64_C(1) << heard->map->B; i++) // the heads' tophashes, keys and elements
        assert_memory_equal((char *)heard->map->buckets + 144 * i, (char *)silent->map->buckets + 144 * i,
                            136);
    close_watched(heard);
    close_watched(silent);
}

// ---- snapshots -----------------------------------------------------------------------

static void test_a_window_is_what_lies_there(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_FEW);
    for (int64_t i = 0; i < 60; i++)
        put(w, i);
    struct hmap_window window = {0};
    struct hmap_window_request request = {
        .count = UINT64_MAX, .chain_limit = 100, .texts = true, .raw = true};
    unsigned live = 0, chained = 0;
    for (int array = HMAP_ARRAY_NEW; array <= HMAP_ARRAY_OLD; array++) {
        request.array = (enum hmap_array)array;
        assert_true(hmap_snapshot_window(&w->context, w->map, &request, &window));
        assert_false(window.cut);
        for (size_t i = 0; i < window.length; i++) {
            const struct hmap_bucket_view *view = &window.buckets[i];
            const struct hmap_bucket_int64_int64 *bucket = (const void *)(uintptr_t)view->address;
            assert_memory_equal(window.raw + i * 144, bucket, 144);
            assert_int_equal(view->overflow_address, (uintptr_t)bucket->overflow);
            if (view->chain == 0)
                assert_int_equal(view->address - (uintptr_t)(array ? w->map->oldbuckets : w->map->buckets),
                                 144 * view->index);
            else
                assert_int_equal(window.buckets[i - 1].overflow_address, view->address);
            chained += view->chain > 0;
            for (int slot = 0; slot < 8; slot++) {
                assert_int_equal(view->slots[slot].tophash, bucket->tophash[slot]);
                if (!view->slots[slot].live) {
                    assert_string_equal(view->slots[slot].key, "");
                    continue;
                }
                expect_number(view->slots[slot].key, bucket->keys[slot]);
                expect_number(view->slots[slot].elem, bucket->elems[slot]);
                live++;
            }
        }
    }
    assert_int_equal(live, 60);
    assert_true(chained > 0);
    request = (struct hmap_window_request){.array = HMAP_ARRAY_NEW, .first = 1, .count = 2, .chain_limit = 1};
    assert_true(hmap_snapshot_window(&w->context, w->map, &request, &window));
    assert_int_equal(window.length, 2);
    assert_true(window.cut);
    assert_null(window.raw);
    request.first = UINT64_MAX;
    assert_true(hmap_snapshot_window(&w->context, w->map, &request, &window));
    assert_int_equal(window.length, 0);
    hmap_window_free(&window);
    close_watched(w);
}

static void test_header_says_when_it_grows(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    struct hmap_header_view header;
    hmap_snapshot_header(&w->context, NULL, &header);
    assert_true(header.is_nil);
    for (int64_t key = 0; key < 3000; key++) {
        hmap_snapshot_header(&w->context, w->map, &header);
        assert_memory_equal(header.bytes, w->map, sizeof *w->map);
        assert_int_equal(header.count, key);
        assert_true(header.growing == (w->map->oldbuckets != NULL));
        uint8_t B = w->map->B;
        bool due = !header.growing && (uint64_t)key >= header.grows_above;
        bool crowded = !header.growing && header.noverflow >= header.grows_at_noverflow;
        put(w, key);
        assert_true(crowded || (w->map->B > B) == due);
    }
    close_watched(w);
}

static void test_density_and_survey_count_right(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    w->context.sink.emit = NULL;
    for (int64_t i = 0; i < 5000 || w->map->oldbuckets; i++)
        put(w, i);
    struct hmap_density cells[37];
    struct hmap_survey survey;
    struct hmap_check check;
    assert_true(hmap_check(&w->context, w->map, &check));
    uint64_t live = 0, buckets = 0, overflow = 0;
    assert_int_equal(hmap_snapshot_density(&w->context, w->map, HMAP_ARRAY_NEW, cells, 37, 0), 37);
    for (int i = 0; i < 37; i++) {
        assert_int_equal(cells[i].first, buckets);
        buckets += cells[i].count;
        live += cells[i].live;
        overflow += cells[i].overflow;
    }
    assert_int_equal(buckets, UINT64_C(1) << w->map->B);
    assert_int_equal(live, hmap_length(w->map));
    assert_int_equal(overflow, check.overflow_buckets);
    hmap_snapshot_survey(&w->context, w->map, HMAP_ARRAY_NEW, 0, &survey);
    assert_int_equal(survey.live, hmap_length(w->map));
    assert_int_equal(survey.sampled, buckets);
    hmap_snapshot_density(&w->context, w->map, HMAP_ARRAY_NEW, cells, 37, 3);
    for (int i = 0; i < 37; i++)
        assert_int_equal(cells[i].sampled, 3);
    hmap_snapshot_survey(&w->context, w->map, HMAP_ARRAY_NEW, 100, &survey);
    assert_int_equal(survey.sampled, 100);
    assert_int_equal(hmap_snapshot_density(&w->context, w->map, HMAP_ARRAY_OLD, cells, 37, 0), 0);
    close_watched(w);
}

// ---- one key -------------------------------------------------------------------------

static void test_explanations_come_true(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    for (int64_t i = 0; i < 400; i++) {
        struct hmap_explanation before, after;
        hmap_explain(&w->context, w->map, &i, &before);
        assert_false(before.found);
        put(w, i);
        hmap_explain(&w->context, w->map, &i, &after);
        assert_true(after.found);
        assert_int_equal(before.hash, after.hash);
        const struct hmap_event *insert = last_of(w, HMAP_EVENT_INSERT);
        assert_int_equal(insert->hash, before.hash);
        assert_int_equal(insert->tophash, before.tophash);
        assert_int_equal(insert->bucket, after.bucket);
        assert_int_equal(insert->address, after.bucket_address);
        assert_int_equal(insert->chain, after.chain);
        assert_int_equal(insert->slot, after.slot);
        if (before.growing && !before.old_waiting)
            assert_int_equal(after.bucket,
                             before.old_bucket + (before.goes_to_y ? UINT64_C(1) << before.xy_bit : 0));
    }
    struct hmap_explanation nil;
    hmap_explain(&w->context, NULL, &(int64_t){1}, &nil);
    assert_false(nil.found);
    close_watched(w);
}

static void test_a_chain_on_purpose(void **state)
{
    (void)state;
    struct watched *w = open_watched(&hmap_kind_int64, HMAP_HASH_AES);
    for (int64_t i = -50; i < 0; i++)
        put(w, i);
    while (w->map->oldbuckets) // settle, so that the next entries do not move
        put(w, INT64_MIN + hmap_length(w->map));
    uint64_t noverflow = w->map->noverflow, attempt = 0;
    for (int added = 0; added < 9 && !w->map->oldbuckets; added++) {
        int64_t key;
        do { // each proposal only once
            key = (int64_t)attempt++;
            struct hmap_explanation explanation;
            hmap_explain(&w->context, w->map, &key, &explanation);
            if (explanation.bucket == 3)
                break;
        } while (true);
        int64_t found;
        assert_true(hmap_key_for_bucket(&w->context, w->map, 3, 100000, propose_number, NULL, &found));
        assert_true(found <= key); // the first one there is
        put(w, key);
    }
    assert_true(w->map->noverflow > noverflow || w->map->oldbuckets);
    int64_t key;
    assert_false(
        hmap_key_for_bucket(&w->context, w->map, UINT64_C(1) << 40, 1000, propose_number, NULL, &key));
    close_watched(w);
}

static void assert_text(const struct hmap_kind *kind, const void *value, const char *expected)
{
    char text[64];
    assert_string_equal(hmap_kind_format(kind, value, text, sizeof text), expected);
}

static void test_texts(void **state)
{
    (void)state;
    const int64_t five = 5;
    const struct hmap_string quoted = {"a\"b\n", 4};
    const double third = 1.0 / 3;
    const float half = -0.5f;
    const struct hmap_interface any = {&hmap_kind_int64, &five};
    assert_text(&hmap_kind_int8, &(int8_t){-128}, "-128");
    assert_text(&hmap_kind_uint8, &(uint8_t){200}, "200");
    assert_text(&hmap_kind_int64, &(int64_t){INT64_MIN}, "-9223372036854775808");
    assert_text(&hmap_kind_bool, &(bool){true}, "true");
    assert_text(&hmap_kind_string, &quoted, "\"a\\\"b\\x0a\"");
    assert_text(&hmap_kind_float64, &third, "0.333333333");
    assert_text(&hmap_kind_float64, &(double){__builtin_nan("")}, "NaN");
    assert_text(&hmap_kind_float64, &(double){-0.0}, "-0");
    assert_text(&hmap_kind_float32, &half, "-0.5");
    assert_text(&hmap_kind_interface, &any, "int64(5)");
    assert_text(&hmap_kind_interface, &(struct hmap_interface){0}, "nil");
    char cut[6];
    assert_string_equal(hmap_kind_format(&hmap_kind_int64, &(int64_t){123456789}, cut, sizeof cut), "12345");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eight_at_once),
        cmocka_unit_test(test_buckets_are_what_the_compiler_makes),
        cmocka_unit_test(test_arrays_fill_their_size_class),
        cmocka_unit_test(test_each_operation_tells_its_steps),
        cmocka_unit_test(test_growth_is_told_completely),
        cmocka_unit_test(test_the_ring_keeps_the_last),
        cmocka_unit_test(test_every_kind_has_a_name_and_a_line),
        cmocka_unit_test(test_listening_changes_nothing),
        cmocka_unit_test(test_a_window_is_what_lies_there),
        cmocka_unit_test(test_header_says_when_it_grows),
        cmocka_unit_test(test_density_and_survey_count_right),
        cmocka_unit_test(test_explanations_come_true),
        cmocka_unit_test(test_a_chain_on_purpose),
        cmocka_unit_test(test_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
