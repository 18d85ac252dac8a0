// SPDX-License-Identifier: MIT
// Sessions: every state of a history can be gone to, and is then what it was the first time.
#include "cmocka_all.h"
#include "errors_expected.h"
#include "hmapcore/hmap_check.h"
#include "hmapcore/swiss_check.h"
#include "watch/watch_session.h"
#include <string.h>
#include <xxhash.h>

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 29;
}

// All the bytes of the model but pointers to functions, which are the same anyway: the heap as it lies in
// memory. Shares nothing with how states are saved.
static uint64_t fingerprint(const struct watch_session *session)
{
    return XXH64(session->heap.base, heap_used_bytes(&session->heap), 0);
}

static struct watch_op random_op(const struct watch_session *session, uint64_t *random)
{
    uint64_t chance = next_random(random) % 100, number = 1 + next_random(random) % 400;
    enum watch_op_kind kind = chance < 45   ? OP_INSERT
                              : chance < 65 ? OP_DELETE
                              : chance < 85 ? OP_FIND
                              : chance < 88 ? OP_RANGE_START
                              : chance < 97 ? OP_RANGE_NEXT
                              : chance < 99 ? OP_RANGE_STOP
                                            : OP_CLEAR;
    if (kind == OP_RANGE_NEXT && !session->model->is_ranging)
        kind = OP_INSERT;
    if (kind == OP_CLEAR && next_random(random) % 4)
        kind = OP_INSERT;
    if (chance % 10 == 3 && watch_key_exists(&session->keys, KEY_NUMBER_NAN))
        number = KEY_NUMBER_NAN;
    if (chance % 10 == 4 && watch_key_exists(&session->keys, KEY_NUMBER_SLICE))
        number = KEY_NUMBER_SLICE;
    return (struct watch_op){.kind = kind & 0xff, .number = number};
}

enum { OPS = 600, STATES = 20000 };

// Every invariant of the map.
static void check_map(struct watch_session *session)
{
    struct hmap_check check;
    struct swiss_check swiss_checked;
    if (session->swiss ? !swiss_check(&session->swiss->context, session->swiss->map, &swiss_checked)
                       : !hmap_check(&session->model->context, session->model->map, &check))
        fail_msg("after operation %llu: %s", (unsigned long long)session->model->ops,
                 session->swiss ? swiss_checked.problem : check.problem);
}

static void any_state_comes_back(const struct watch_setup *setup)
{
    static uint64_t seen[STATES];
    struct watch_session session;
    uint64_t random = 7 + setup->key_kind;
    must(session_open(&session, setup));
    session.save_spacing_events = setup->elem_kind == ELEMS_INT64 ? 20 : 500;
    seen[0] = fingerprint(&session);
    for (int i = 0; i < OPS; i++) {
        must(session_append(&session, random_op(&session, &random)));
        while (session_has_future(&session)) {
            must(session_step(&session));
            assert_between(session.model->events, 1, STATES - 1);
            seen[session.model->events] = fingerprint(&session);
        }
    }
    uint64_t end = session_end(&session);
    assert_true(end > OPS);
    // Each state once backwards, then a lot of jumps. Some more saved states on the way must not matter.
    for (uint64_t position = end + 1; position-- > 0; position -= position > 40 ? 17 : 0) {
        must(session_seek(&session, position));
        assert_int_equal(session.model->events, position);
        if (fingerprint(&session) != seen[position])
            fail_msg("position %llu of %llu is not what it was", (unsigned long long)position,
                     (unsigned long long)end);
    }
    session.near_ops = 20;
    session.near_worth_events = 100;
    for (int i = 0; i < 600; i++) {
        uint64_t position = next_random(&random) % (end + 1);
        must(session_seek(&session, position));
        assert_int_equal(session.model->events, position);
        assert_true(fingerprint(&session) == seen[position]);
    }
    assert_false(session.has_diverged);
    // Every invariant after each operation. (Last, because the check allocates from the session's heap.)
    must(session_seek(&session, 0));
    while (session_has_future(&session)) {
        must(session_step_op(&session));
        check_map(&session);
    }
    session_close(&session);
}

static void classic_states(enum watch_key_kind key_kind, enum watch_elem_kind elem_kind,
                           enum hmap_flavour flavour)
{
    const struct watch_setup setup = {
        .key_kind = key_kind, .elem_kind = elem_kind, .flavour = flavour, .seed = 99, .hint = 20, .few = 4};
    any_state_comes_back(&setup);
}

static void swiss_states(enum watch_key_kind key_kind, enum watch_elem_kind elem_kind,
                         enum swiss_flavour flavour, enum hmap_hash_algorithm hash)
{
    const struct watch_setup setup = {.key_kind = key_kind,
                                      .elem_kind = elem_kind,
                                      .hash = hash,
                                      .map_kind = WATCH_SWISS,
                                      .swiss_flavour = flavour,
                                      .seed = 99,
                                      .few = 4};
    any_state_comes_back(&setup);
}

static void int_keys(void **state)
{
    (void)state;
    classic_states(KEYS_INT64, ELEMS_INT64, HMAP_GO_1_22);
    classic_states(KEYS_INT32, ELEMS_NOTHING, HMAP_GO_1_19);
}

static void other_keys(void **state)
{
    (void)state;
    classic_states(KEYS_STRING, ELEMS_BIG, HMAP_GO_1_22);
    classic_states(KEYS_FLOAT64, ELEMS_INT64, HMAP_GO_1_23);
    classic_states(KEYS_INTERFACE, ELEMS_INT32, HMAP_GO_1_19);
}

// With few hashes groups fill up, and deleting leaves tombstones.
static void swiss_maps(void **state)
{
    (void)state;
    swiss_states(KEYS_INT64, ELEMS_INT64, SWISS_GO_1_24, HMAP_HASH_FEW);
    swiss_states(KEYS_INT32, ELEMS_NOTHING, SWISS_GO_1_27, HMAP_HASH_AES);
    swiss_states(KEYS_STRING, ELEMS_BIG, SWISS_GO_1_25, HMAP_HASH_AES);
    swiss_states(KEYS_FLOAT64, ELEMS_INT64, SWISS_GO_1_26, HMAP_HASH_AES);
    swiss_states(KEYS_INTERFACE, ELEMS_INT32, SWISS_GO_1_26, HMAP_HASH_AES);
}

// Over a split and a doubled directory, forwards and back, with a table's key for each group asked for.
static void forced_keys_of_a_swiss_map(void **state)
{
    (void)state;
    struct watch_session session;
    const struct watch_setup setup = {
        .seed = 77, .entries = 3000, .map_kind = WATCH_SWISS, .swiss_flavour = SWISS_GO_1_26, .few = 4};
    must(session_open(&session, &setup));
    for (uint64_t place = 0; place < 4; place++) {
        const struct watch_spot spot = {.place = place, .bucket = 17 * place + 5};
        uint64_t number, tried = 0, first = 0;
        assert_true(session_number_for(&session, &spot, &tried, &number) == FOUND);
        must(session_do(&session, (struct watch_op){.kind = OP_INSERT, .number = number}));
        const struct watch_model *model = session.model;
        // The event that begins the search says where: the table of that place, and the group.
        for (size_t i = 0; i < SESSION_RING; i++)
            if (model->ring[i].swiss.kind == SWISS_EVENT_ASSIGN && model->ring[i].op.number == number)
                first = 1 + model->ring[i].swiss.group;
        assert_int_equal(first, 1 + spot.bucket);
        assert_true(session_live_number(&session, &spot, 0, &number));
    }
    check_map(&session);
    session_close(&session);
}

// session_go_to_op comes to the same states as steps do, wherever it comes from.
static void operations_can_be_gone_to(void **state)
{
    (void)state;
    enum { COUNT = 300, JUMPS = 200 };
    static uint64_t seen[COUNT + 1];
    for (int kind = 0; kind < WATCH_KINDS; kind++) {
        struct watch_session session;
        const struct watch_setup setup = {.seed = 5, .map_kind = (enum watch_map_kind)kind, .few = 4};
        uint64_t random = 3;
        must(session_open(&session, &setup));
        for (int i = 0; i < COUNT; i++)
            must(session_append(&session, random_op(&session, &random)));
        for (uint64_t i = 0; i <= COUNT; i++) { // operations that have never run
            must(session_go_to_op(&session, i));
            assert_int_equal(session.model->ops, i);
            assert_false(session.model->is_inside);
            seen[i] = fingerprint(&session);
        }
        for (int i = 0; i < JUMPS; i++) {
            uint64_t to = next_random(&random) % (COUNT + 1);
            must(session_step(&session)); // into an operation
            must(session_go_to_op(&session, to));
            assert_int_equal(session.model->ops, to);
            assert_true(fingerprint(&session) == seen[to]);
        }
        session_close(&session);
    }
}

// What has been done is dropped when something else is done in the past, and only then.
static void another_history(void **state)
{
    (void)state;
    struct watch_session session;
    struct watch_setup setup = {.seed = 1, .hint = 52, .flavour = HMAP_GO_1_22, .few = 4};
    must(session_open(&session, &setup));
    for (uint64_t i = 1; i <= 100; i++)
        must(session_do(&session, (struct watch_op){.kind = OP_INSERT, .number = i & 0xff}));
    uint64_t end = session_end(&session);
    assert_int_equal(session.model->map->count, 100);
    must(session_seek(&session, end / 2)); // most likely inside an operation
    must(session_seek(&session, end));
    assert_int_equal(session.model->map->count, 100);
    must(session_seek(&session, end / 2 + 1));
    must(session_do(&session, (struct watch_op){.kind = OP_CLEAR}));
    assert_int_equal(session.model->map->count, 0);
    assert_true(session_end(&session) < end);
    assert_false(session_has_future(&session));
    uint64_t now = session_end(&session);
    must(session_seek(&session, 0));
    assert_int_equal(session.model->map->count, 0);
    must(session_seek(&session, now));
    assert_int_equal(session.model->map->count, 0);
    assert_true(session.model->map->B >= 3);
    session_close(&session);
}

// One evacuated bucket is one step: between two steps of a growth the map tells exactly one more old bucket
// as evacuated.
static void growth_goes_by_steps(void **state)
{
    (void)state;
    struct watch_session session;
    struct watch_setup setup = {.seed = 5, .hint = 52, .flavour = HMAP_GO_1_22, .few = 4};
    must(session_open(&session, &setup));
    unsigned evacuations = 0, starts = 0, finishes = 0;
    for (uint64_t i = 1; i <= 60; i++) {
        must(session_append(&session, (struct watch_op){.kind = OP_INSERT, .number = i}));
        while (session_has_future(&session)) {
            const struct watch_model *model = session.model;
            must(session_step(&session));
            const struct hmap_event *event = &model->ring[model->events % SESSION_RING].event;
            const struct hmap *map = model->map;
            starts += event->kind == HMAP_EVENT_GROW_START;
            finishes += event->kind == HMAP_EVENT_GROW_FINISH;
            if (event->kind == HMAP_EVENT_EVACUATE) {
                evacuations++;
                unsigned evacuated = 0;
                for (unsigned b = 0; b < 8; b++) {
                    const uint8_t *bucket =
                        (const uint8_t *)map->oldbuckets + b * model->context.type->bucket_bytes;
                    evacuated += bucket[0] >= HMAP_EVACUATED_X && bucket[0] <= HMAP_EVACUATED_EMPTY;
                }
                assert_int_equal(evacuated, evacuations);
                assert_true(map->flags & HMAP_HASH_WRITING);
            }
        }
    }
    assert_int_equal(starts, 1);
    assert_int_equal(finishes, 1);
    assert_int_equal(evacuations, 8);
    session_close(&session);
}

// However long the session, what has to run again to come to a position stays a small part of it, and the
// states that are kept stay few.
static void saved_states_are_few_and_close(void **state)
{
    (void)state;
    enum { LONG_OPS = 150000, STATES_MOST = 65, PARTS = 8 };
    struct watch_session session;
    struct watch_setup setup = {.seed = 3, .flavour = HMAP_GO_1_22, .few = 4};
    must(session_open(&session, &setup));
    session.save_spacing_events = 64;
    for (uint64_t i = 0; i < LONG_OPS; i++) {
        enum watch_op_kind kind = i % 3 ? OP_INSERT : OP_DELETE;
        must(session_append(&session, (struct watch_op){.kind = kind & 0xff, .number = i / 2 % 5000}));
        if (i % 1000 == 999)
            must(session_run(&session));
        assert_true(session.saved.length <= STATES_MOST);
    }
    uint64_t end = session_end(&session);
    assert_int_equal(session.saved.data[0].events, 0);
    for (size_t i = 0; i < session.saved.length; i++) {
        uint64_t next = i + 1 < session.saved.length ? session.saved.data[i + 1].events : end;
        assert_between(next - session.saved.data[i].events, 1, end / PARTS);
    }
    session_close(&session);
}

static void forced_keys_fall_where_asked(void **state)
{
    (void)state;
    struct watch_session session;
    struct watch_setup setup = {.seed = 77, .entries = 3000, .flavour = HMAP_GO_1_22, .few = 4};
    must(session_open(&session, &setup));
    for (uint64_t bucket = 3; bucket < 400; bucket += 57) {
        const struct watch_spot spot = {.bucket = bucket};
        uint64_t number, tried = 0;
        assert_true(session_number_for(&session, &spot, &tried, &number) == FOUND);
        must(session_do(&session, (struct watch_op){.kind = OP_INSERT, .number = number}));
        const struct watch_model *model = session.model;
        uint64_t found = 0;
        // The insertion's own event says where it went.
        for (size_t i = 0; i < SESSION_RING; i++)
            if (model->ring[i].event.kind == HMAP_EVENT_INSERT && model->ring[i].op.number == number)
                found = model->ring[i].event.bucket;
        assert_int_equal(found, bucket);
        assert_true(session_live_number(&session, &spot, 0, &number));
    }
    session_close(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(int_keys),
        cmocka_unit_test(other_keys),
        cmocka_unit_test(swiss_maps),
        cmocka_unit_test(forced_keys_of_a_swiss_map),
        cmocka_unit_test(operations_can_be_gone_to),
        cmocka_unit_test(another_history),
        cmocka_unit_test(growth_goes_by_steps),
        cmocka_unit_test(forced_keys_fall_where_asked),
        cmocka_unit_test(saved_states_are_few_and_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
