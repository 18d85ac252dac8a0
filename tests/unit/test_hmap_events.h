// SPDX-License-Identifier: MIT
// A map that is listened to, and the tests of the events of both kinds of maps. Included once by test_hmap_view.c and once by
// test_hmap_swiss_view.c, which say before what the names are: MAP(ring_init), MAP_EVENT(NONE), and the types MAP_STRUCT, TYPE,
// CONTEXT, EVENT, EVENT_KIND, RING and SINK; EVENTS is how many are kept.
#ifndef MAP
#error "test_hmap_events.h is for test_hmap_view.c and test_hmap_swiss_view.c"
#endif

struct watched {
    TYPE type;
    CONTEXT context;
    MAP_STRUCT *map;
    RING ring;
    EVENT events[EVENTS];
};

// The rest of opening, once the type and the context are made.
static void begin_watching(struct watched *w, int64_t hint)
{
    MAP(ring_init)(&w->ring, w->events, EVENTS);
    w->context.sink = MAP(ring_sink)(&w->ring);
    assert_int_equal(MAP(make)(&w->context, hint, &w->map), HMAP_OK);
}

static void close_watched(struct watched *w)
{
    MAP(destroy)(&w->context, w->map);
    free(w);
}

static void put(struct watched *w, int64_t key)
{
    int64_t elem = 10 * key;
    assert_int_equal(MAP(store)(&w->context, w->map, &key, &elem), HMAP_OK);
}

// For keys that are searched for: one number after the other.
static bool propose_number(void *state, uint64_t attempt, void *key)
{
    (void)state;
    int64_t number = (int64_t)attempt;
    memcpy(key, &number, sizeof number);
    return true;
}

static void expect_number(const char *text, int64_t number)
{
    char wanted[32];
    snprintf(wanted, sizeof wanted, "%lld", (long long)number);
    assert_string_equal(text, wanted);
}

static const EVENT *last_of(const struct watched *w, EVENT_KIND kind)
{
    for (uint64_t serial = w->ring.emitted; serial >= MAP(ring_oldest)(&w->ring) && serial; serial--) {
        const EVENT *event = MAP(ring_at)(&w->ring, serial);
        if (event->kind == kind)
            return event;
    }
    return NULL;
}

static void expect_kinds(struct watched *w, uint64_t from, const EVENT_KIND *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const EVENT *event = MAP(ring_at)(&w->ring, from + i);
        assert_non_null(event);
        assert_string_equal(MAP(event_name)((EVENT_KIND)event->kind), MAP(event_name)(kinds[i]));
        assert_int_equal(event->serial, from + i);
    }
    assert_int_equal(w->ring.emitted, from + count - 1);
}

// These kinds and no more, from this serial on.
#define EXPECT(w, from, ...)                                                                                 \
    expect_kinds((w), (from), (const EVENT_KIND[]){__VA_ARGS__},                                             \
                 sizeof((const EVENT_KIND[]){__VA_ARGS__}) / sizeof(EVENT_KIND))

static void test_the_ring_keeps_the_last(void **state)
{
    (void)state;
    EVENT events[4];
    RING ring;
    MAP(ring_init)(&ring, events, 4);
    SINK sink = MAP(ring_sink)(&ring);
    assert_null(MAP(ring_at)(&ring, 1));
    for (uint64_t i = 1; i <= 10; i++) {
        sink.emit(sink.state, &(EVENT){.hash = i});
        assert_int_equal(MAP(ring_oldest)(&ring), i <= 4 ? 1 : i - 3);
    }
    assert_null(MAP(ring_at)(&ring, 6));
    for (uint64_t i = 7; i <= 10; i++)
        assert_int_equal(MAP(ring_at)(&ring, i)->hash, i);
    assert_null(MAP(ring_at)(&ring, 11));
}

static void test_every_kind_has_a_name_and_a_line(void **state)
{
    (void)state;
    char text[160], none[160];
    MAP(event_describe)(&(EVENT){.kind = MAP_EVENT(NONE)}, none, sizeof none);
    for (int kind = MAP_EVENT(NONE) + 1; kind < MAP_EVENT(KINDS); kind++) {
        EVENT event = {.kind = (uint8_t)kind};
        assert_string_not_equal(MAP(event_name)((EVENT_KIND)kind), "?");
        assert_string_not_equal(MAP(event_describe)(&event, text, sizeof text), none);
        assert_int_equal(strlen(MAP(event_describe)(&event, text, 8)), strlen(text) < 8 ? strlen(text) : 7);
    }
    assert_string_equal(MAP(event_name)(MAP_EVENT(KINDS)), "?");
}
