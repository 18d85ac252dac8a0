// SPDX-License-Identifier: MIT
// Tests of the events of both kinds of maps. Included once by test_hmap_view.c and once by test_hmap_swiss_view.c, which say
// before what the names are: MAP(ring_init), MAP_EVENT(NONE), and the types EVENT, EVENT_KIND, RING and SINK.
#ifndef MAP
#error "test_hmap_events.h is for test_hmap_view.c and test_hmap_swiss_view.c"
#endif

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
