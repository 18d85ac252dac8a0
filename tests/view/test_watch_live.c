// SPDX-License-Identifier: MIT
// Another program's map, watched while it writes to it. The program keeps v == 7*k, so a pair that never was in the map
// shows itself; its own words say what it holds when it is still; its look-ups by its own hashes are what ours must be.
#include "map_subject.h"

#include "memory/freeze.h"
#include "watch/live_session.h"

#include <inttypes.h>

static void fine(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

struct bench {
    struct map_subject subject;
    struct live_session *session;
};

static bool bench_open(struct bench *bench, const char *name, const char *map)
{
    char pid[16];
    if (!subject_start(&bench->subject, name)) {
        print_message("[  SKIPPED ] %s is not here\n", name);
        return false;
    }
    snprintf(pid, sizeof(pid), "%d", (int)bench->subject.pid);
    const struct live_options options = {.name = pid, .map = map, .program.debug = {.threads = 1}};
    bench->session = calloc(1, sizeof(*bench->session));
    assert_non_null(bench->session);
    fine(live_session_open(bench->session, &options, NULL));
    live_view_open(bench->session);
    return true;
}

static void bench_close(struct bench *bench)
{
    live_session_close(bench->session);
    free(bench->session);
    subject_stop(&bench->subject);
}

static const char *ask(struct bench *bench, const char *line)
{
    assert_true(write(bench->subject.obeys, line, strlen(line)) == (ssize_t)strlen(line));
    subject_line(&bench->subject);
    return bench->subject.truth;
}

// ---- pairs ----------------------------------------------------------------------------------------------

// A writer with a longer pause between two writes than it had; none that is a second long.
static void slow_down(struct bench *bench, uint64_t *pause_ns)
{
    char line[48];
    assert_true(*pause_ns <= 1000000000);
    snprintf(line, sizeof(line), "write %" PRIu64 "\n", *pause_ns);
    ask(bench, "still\n");
    ask(bench, line);
    *pause_ns *= 10;
}

struct pairs {
    uint64_t shown, wrong, doubts, frames, accepted;
};

static void add_pair(struct pairs *pairs, const char *key, const char *elem)
{
    pairs->shown++;
    pairs->wrong += strtoll(elem, NULL, 10) != 7 * strtoll(key, NULL, 10);
}

static void add_classic(struct pairs *pairs, const struct classic_picture *map)
{
    for (size_t w = 0; w < CLASSIC_WINDOWS; w++)
        for (size_t i = 0; i < map->windows[w].length; i++)
            for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
                const struct classic_bucket *bucket = &map->windows[w].buckets[i];
                if (!classic_is_live(bucket->tophash[slot]))
                    continue;
                if (bucket->in_doubt >> slot & 1)
                    pairs->doubts++;
                else
                    add_pair(pairs, map->windows[w].entries[i * CLASSIC_SLOTS + slot].key,
                             map->windows[w].entries[i * CLASSIC_SLOTS + slot].elem);
            }
}

static void add_swiss(struct pairs *pairs, const struct swiss_picture *map)
{
    for (size_t i = 0; i < map->groups_count; i++)
        for (size_t slot = 0; slot < SWISS_SLOTS; slot++) {
            const struct swiss_group *group = &map->groups[i];
            if (!swiss_is_live(group->control[slot]))
                continue;
            if (group->in_doubt >> slot & 1)
                pairs->doubts++;
            else
                add_pair(pairs, map->entries[i * SWISS_SLOTS + slot].key,
                         map->entries[i * SWISS_SLOTS + slot].elem);
        }
}

// A screenful of the map from a place that goes round it.
static void look_once(struct live_session *session, uint64_t number, uint64_t count, struct pairs *pairs)
{
    struct live_reader *reader = &session->reader;
    if (session->is_swiss) {
        struct swiss_picture *map = &session->swiss.map;
        assert_true(live_swiss_header(reader, &map->header));
        fine(live_swiss_choose(reader, number % map->header.dir_length, map));
        const struct swiss_needs needs = {.groups_first =
                                              map->chosen.groups ? number * 40 % map->chosen.groups : 0,
                                          .groups = count,
                                          .texts = true};
        fine(live_swiss_fill(reader, &needs, map));
        if (reader->verdict.is_accepted && pairs)
            add_swiss(pairs, map);
    } else {
        struct classic_picture *map = &session->classic.map;
        assert_true(live_classic_header(reader, &map->header));
        const struct hmap_needs needs = {
            .windows = {[CLASSIC_NEW] = {.first = number * 40 % map->header.buckets,
                                         .count = count,
                                         .chain_limit = 32,
                                         .texts = true}}};
        fine(live_classic_fill(reader, &needs, map));
        if (reader->verdict.is_accepted && pairs)
            add_classic(pairs, map);
    }
    if (pairs) {
        pairs->frames++;
        pairs->accepted += reader->verdict.is_accepted;
    }
}

// How many frames of a loop of writes are accepted depends on the machine: a writer that leaves no moment between two
// writes is slowed down until enough of them are.
static void pairs_are_true(struct bench *bench, const char *command, const char *what)
{
    enum { PAIRS = 100000, FRAMES_MOST = 60000 };
    struct pairs pairs = {0};
    uint64_t pause_ns = 1000;
    ask(bench, command);
    for (uint64_t number = 0; pairs.shown < PAIRS && pairs.frames < FRAMES_MOST; number++)
        look_once(bench->session, number, 40, &pairs);
    while (pairs.shown < PAIRS / 10) {
        slow_down(bench, &pause_ns);
        for (uint64_t number = 0; pairs.shown < PAIRS / 10 && number < FRAMES_MOST / 10; number++)
            look_once(bench->session, number, 40, &pairs);
    }
    ask(bench, "still\n");
    print_message("%s, %s: %" PRIu64 " pairs, %" PRIu64 " wrong, %" PRIu64 " in doubt; %" PRIu64
                  " of %" PRIu64 " frames accepted (%.1f %%)\n",
                  bench->subject.path, what, pairs.shown, pairs.wrong, pairs.doubts, pairs.accepted,
                  pairs.frames, 100.0 * (double)pairs.accepted / (double)pairs.frames);
    assert_true(pairs.shown >= PAIRS / 10);
    assert_true(pairs.wrong * 1000 <= pairs.shown);
}

static void accepted_frames_are_true(void **state)
{
    static const char *const names[] = {"live-go1.22", "live-go1.24", "live-go1.27"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct bench bench;
        if (!bench_open(&bench, names[i], "main.Numbers"))
            continue;
        pairs_are_true(&bench, "write 100000\n", "a write each 0.1 ms");
        pairs_are_true(&bench, "write 0\n", "a loop of writes");
        bench_close(&bench);
    }
}

// ---- frozen ---------------------------------------------------------------------------------------------

// All of the map at once: the entries are as many as the header says.
static uint64_t count_all(struct live_session *session, uint64_t *says)
{
    struct live_reader *reader = &session->reader;
    uint64_t live = 0;
    if (session->is_swiss) {
        struct swiss_picture *map = &session->swiss.map;
        assert_true(live_swiss_header(reader, &map->header));
        for (uint64_t place = 0; place < map->header.dir_length; place += map->chosen.places) {
            const struct swiss_needs needs = {.groups = 4096};
            fine(live_swiss_choose(reader, place, map));
            fine(live_swiss_fill(reader, &needs, map));
            for (size_t i = 0; i < map->groups_count * SWISS_SLOTS; i++)
                live += swiss_is_live(map->groups[i / SWISS_SLOTS].control[i % SWISS_SLOTS]);
        }
        *says = map->header.used;
        return live;
    }
    struct classic_picture *map = &session->classic.map;
    assert_true(live_classic_header(reader, &map->header));
    const struct hmap_needs needs = {.windows = {{.is_old = true, .count = 1 << 20, .chain_limit = 64},
                                                 {.count = 1 << 20, .chain_limit = 64}}};
    fine(live_classic_fill(reader, &needs, map));
    for (size_t w = 0; w < CLASSIC_WINDOWS; w++)
        for (size_t i = 0; i < map->windows[w].length * CLASSIC_SLOTS; i++)
            live += classic_is_live(map->windows[w].buckets[i / CLASSIC_SLOTS].tophash[i % CLASSIC_SLOTS]);
    *says = (uint64_t)map->header.count;
    return live;
}

static void frozen_maps_are_exact(void **state)
{
    static const char *const names[] = {"live-go1.22", "live-go1.24", "live-go1.25", "live-go1.27"};
    enum { EXACT_WANTED = 5, FREEZES_IN_WRITES = 500 };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct bench bench;
        unsigned in_writes = 0, exact = 0;
        uint64_t pause_ns = 1000;
        if (!bench_open(&bench, names[i], "main.Numbers"))
            continue;
        ask(&bench, "write 0\n");
        bench.session->reader.is_frozen = true;
        while (exact <
               EXACT_WANTED) { // most are in a write: the program does nothing else, until it is slowed down
            struct freeze *freeze;
            uint64_t says;
            struct error *error = freeze_take(bench.subject.pid, &freeze);
            if (error &&
                strstr(error->message, "come to a stop")) { // no processor was free for half a second
                error_free(error);
                continue;
            }
            fine(error);
            const uint64_t live = count_all(bench.session, &says);
            const bool is_writing = bench.session->is_swiss
                                        ? bench.session->swiss.map.header.is_writing
                                        : bench.session->classic.map.header.flags & CLASSIC_WRITING;
            freeze_thaw(freeze, NULL);
            if (is_writing) {
                if (++in_writes % FREEZES_IN_WRITES == 0)
                    slow_down(&bench, &pause_ns);
                continue;
            }
            assert_int_equal(live, says);
            exact++;
        }
        ask(&bench, "still\n");
        print_message("%s: %u freezes in a write, %u not: those are exact\n", names[i], in_writes, exact);
        bench_close(&bench);
    }
}

// ---- keys -----------------------------------------------------------------------------------------------

// The way that was found ends at the key: the screen's event says its value.
static bool finds(struct live_session *session, const char *key, const char *value)
{
    char wanted[64];
    fine(view_stack_frame(&session->views, 30, 100));
    live_find(session, key);
    assert_true(session->search.is_on);
    const struct picture_event *event = &session->events[(session->events_count - 1) % PICTURE_EVENTS_MOST];
    snprintf(wanted, sizeof(wanted), ": %s;", value);
    return strstr(event->text, "found in slot") && strstr(event->text, wanted);
}

static void keys_are_found_by_the_programs_own_hash(void **state)
{
    static const char *const names[] = {"live-go1.22", "live-go1.24", "live-go1.25", "live-go1.27"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct bench bench;
        if (!bench_open(&bench, names[i], "main.Numbers"))
            continue;
        struct live_session *session = bench.session;
        for (int64_t key = 0; key < 20000; key += 577) {
            char text[24], value[24];
            snprintf(text, sizeof(text), "%" PRId64, key);
            snprintf(value, sizeof(value), "%" PRId64, 7 * key);
            assert_true(finds(session, text, value));
        }
        assert_false(finds(session, "20001", "140007"));
        live_find(session, "word");
        assert_true(strstr(session->views.message, "no key"));
        fine(live_open_map(session, live_program_find(&session->program, "main.Points")));
        assert_true(finds(session, "{7, -7}", "\"point 7\""));
        assert_false(finds(session, "{7, 7}", "\"point 7\""));
        fine(live_open_map(session, live_program_find(&session->program, "main.Few")));
        assert_true(finds(session, "2", "\"two\""));
        ask(&bench, "names 3000\n");
        fine(live_program_look(&session->program));
        fine(live_open_map(session, live_program_find(&session->program, "main.Names")));
        for (int key = 0; key < 3000; key += 271) {
            char text[24], value[24];
            snprintf(text, sizeof(text), "name-%d", key);
            snprintf(value, sizeof(value), "%d", key);
            assert_true(finds(session, text, value));
        }
        assert_false(finds(session, "nobody", "0"));
        bench_close(&bench);
    }
}

// ---- events ---------------------------------------------------------------------------------------------

static unsigned events_of(const struct live_session *session, const char *words)
{
    unsigned count = 0;
    for (uint64_t i =
             session->events_count > PICTURE_EVENTS_MOST ? session->events_count - PICTURE_EVENTS_MOST : 0;
         i < session->events_count; i++)
        count += strstr(session->events[i % PICTURE_EVENTS_MOST].text, words) != NULL;
    return count;
}

static void frame(struct live_session *session)
{
    session->wants_frame = true;
    fine(view_stack_frame(&session->views, 30, 100));
}

// What a frame shows of the map, to be compared with what it shows when one goes back to it.
struct shown {
    uint64_t count;
    uint8_t marks[64 * 8];
};

static struct shown shown_now(const struct live_session *session)
{
    struct shown shown = {0};
    if (session->is_swiss) {
        shown.count = session->swiss.map.header.used;
        for (size_t i = 0; i < session->swiss.map.groups_count && i < 64; i++)
            memcpy(shown.marks + 8 * i, session->swiss.map.groups[i].control, 8);
        return shown;
    }
    shown.count = (uint64_t)session->classic.map.header.count;
    const struct classic_window *window = &session->classic.map.windows[CLASSIC_NEW];
    for (size_t i = 0; i < window->length && i < 64; i++)
        memcpy(shown.marks + 8 * i, window->buckets[i].tophash, 8);
    return shown;
}

static void growth_is_seen(void **state)
{
    enum { FRAMES = 100 };
    static struct shown shown[FRAMES + 2];
    static const char *const names[] = {"live-go1.22", "live-go1.24", "live-go1.25"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct bench bench;
        if (!bench_open(&bench, names[i], "main.Numbers"))
            continue;
        struct live_session *session = bench.session;
        ask(&bench, "grow 200\n");
        fine(live_program_look(&session->program));
        fine(live_open_map(session, live_program_find(&session->program, "main.Grown")));
        frame(session);
        session->classic_view.screen.follows = session->swiss_view.screen.follows = false;
        for (unsigned n = 0; n < FRAMES; n++) { // to 5200 entries
            ask(&bench, "grow 50\n");
            frame(session);
            assert_true(session->reader.verdict.is_accepted);
            shown[session->frames] = shown_now(session);
        }
        const uint64_t events = session->events_count, frames = session->frames;
        for (uint64_t n = frames; n > 2; n -= 7 < n - 2 ? 7 : 1) {
            live_go(session, n - 1);
            fine(view_stack_frame(&session->views, 30, 100));
            const struct shown again = shown_now(session);
            assert_memory_equal(&again, &shown[n - 1], sizeof(again));
        }
        live_go(session, frames);
        assert_int_equal(session->shown, 0);
        assert_int_equal(session->events_count, events);
        assert_int_equal(session->frames, frames);
        frame(session);
        if (session->is_swiss) {
            assert_true(events_of(session, "a table split") >= 1);
            assert_true(session->swiss.map.header.dir_length >= 8);
        } else {
            assert_true(events_of(session, "old buckets moved") + events_of(session, "growth") >= 1);
        }
        assert_true(events_of(session, "50 more entries") >= 1);
        ask(&bench, "clear\n");
        frame(session);
        assert_int_equal(events_of(session, "cleared"), 1 + (events_of(session, "was cleared")));
        bench_close(&bench);
    }
}

// ---- values ---------------------------------------------------------------------------------------------

static bool detail_says(const struct picture_detail *detail, const char *words)
{
    for (size_t i = 0; i < detail->lines_count; i++)
        if (strstr(detail->lines[i], words))
            return true;
    return false;
}

// A struct behind a pointer, in an interface, and in the slot: what the program's source says of it.
static void values_are_opened_by_their_types(void **state)
{
    static const struct {
        const char *map, *words[5];
    } wanted[] = {
        {"main.Sessions",
         {"\"ann\"", "*main.Session at 0x", "User             \"Ann Lee\"", "At.Y             -4",
          "Admin            true"}},
        {"main.Anything",
         {"\"here\"", "main.Session in an interface", "User             \"Bob\"", "Seen             7",
          "Admin            false"}},
        {"main.Records",
         {"key     8", "main.Session", "User             \"Cid\"", "At.X             5",
          "Seen             99"}},
    };
    static const char *const programs[] = {"live-go1.22", "live-go1.24"};
    (void)state;
    for (size_t p = 0; p < ARRAY_LENGTH(programs); p++) {
        struct bench bench;
        if (!bench_open(&bench, programs[p], "main.Numbers"))
            continue;
        struct live_session *session = bench.session;
        for (size_t i = 0; i < ARRAY_LENGTH(wanted); i++) {
            fine(live_open_map(session, live_program_find(&session->program, wanted[i].map)));
            session->swiss_view.screen.is_open = session->classic_view.screen.is_open = true;
            session->swiss_view.group = session->swiss_view.slot = 0;
            session->classic_view.selected = session->classic_view.slot = 0;
            frame(session);
            const struct picture_detail *detail =
                session->is_swiss ? &session->swiss.map.detail : &session->classic.map.detail;
            for (size_t k = 0; k < ARRAY_LENGTH(wanted[i].words); k++)
                if (!detail_says(detail, wanted[i].words[k]))
                    fail_msg("%s, %s: nothing says %s", programs[p], wanted[i].map, wanted[i].words[k]);
        }
        bench_close(&bench);
    }
}

// Each entry of each chain of a classic map can be opened, also while the map grows and half of the entries are in the
// old buckets: main.Grown holds 0 … count - 1, each seven times itself.
static void all_slots_of_chains_can_be_opened(void **state)
{
    enum { ENTRIES = 420 }; // behind a growth that has just begun
    static bool seen[ENTRIES];
    struct bench bench;
    (void)state;
    if (!bench_open(&bench, "live-go1.22", "main.Numbers"))
        return;
    struct live_session *session = bench.session;
    char line[32];
    snprintf(line, sizeof(line), "grow %d\n", ENTRIES);
    ask(&bench, line);
    fine(live_program_look(&session->program));
    fine(live_open_map(session, live_program_find(&session->program, "main.Grown")));
    session->classic_view.screen.is_open = true;
    session->classic_view.screen.follows = false;
    frame(session);
    const struct classic_picture *map = &session->classic.map;
    assert_true(map->header.is_growing);
    for (uint64_t bucket = 0; bucket < map->header.buckets; bucket++) {
        session->classic_view.selected = bucket;
        session->classic_view.slot = 0;
        do {
            frame(session);
            const char *key = map->detail.lines[1];
            if (map->detail.lines_count == 3) {
                const long number = strtol(key + strlen("key"), NULL, 10);
                assert_in_range(number, 0, ENTRIES - 1);
                assert_int_equal(strtol(map->detail.lines[2] + strlen("value   int64"), NULL, 10),
                                 7 * number);
                seen[number] = true;
            }
            fine(view_stack_press(&session->views, (struct key_press){.code = PRESS_RIGHT}));
        } while (session->classic_view.slot);
    }
    for (int i = 0; i < ENTRIES; i++)
        if (!seen[i])
            fail_msg("key %d cannot be opened", i);
    fine(view_stack_press(&session->views, (struct key_press){.code = PRESS_ENTER}));
    assert_false(session->classic_view.screen.is_open);
    bench_close(&bench);
}

// ---- the end --------------------------------------------------------------------------------------------

static void a_program_that_ends_leaves_its_picture(void **state)
{
    struct bench bench;
    (void)state;
    if (!bench_open(&bench, "live-go1.24", "main.Numbers"))
        return;
    struct live_session *session = bench.session;
    frame(session);
    const uint64_t used = session->swiss.map.header.used;
    kill(bench.subject.pid, SIGKILL);
    waitpid(bench.subject.pid, NULL, 0);
    frame(session);
    assert_true(session->has_ended);
    assert_int_equal(session->swiss.map.header.used, used);
    assert_true(strstr(session->note, "ended "));
    fine(view_stack_press(&session->views, (struct key_press){.code = 'f'}));
    fine(view_stack_press(&session->views, (struct key_press){.code = 'j'}));
    frame(session);
    bench_close(&bench);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(accepted_frames_are_true),
        cmocka_unit_test(frozen_maps_are_exact),
        cmocka_unit_test(keys_are_found_by_the_programs_own_hash),
        cmocka_unit_test(growth_is_seen),
        cmocka_unit_test(values_are_opened_by_their_types),
        cmocka_unit_test(all_slots_of_chains_can_be_opened),
        cmocka_unit_test(a_program_that_ends_leaves_its_picture),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
