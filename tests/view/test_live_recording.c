// SPDX-License-Identifier: MIT
// A recording of another program's map: what its frames show when the program is gone is what they showed while it ran,
// and a file that somebody has altered is refused, or read without harm.
#include "map_subject.h"

#include "memory/target_recording.h"
#include "watch/live_session.h"

#include <sys/stat.h>
#include <xxhash.h>

enum { FRAMES = 24, ROWS = 30, COLUMNS = 100, HEAD_BYTES = 16 };

static const char *const names[] = {"live-go1.22", "live-go1.24"};

static void fine(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

// All that a frame shows of the map, texts too.
static uint64_t shown_now(const struct live_session *session)
{
    const XXH64_hash_t none = 0;
    uint64_t sum;
    if (session->is_swiss) {
        const struct swiss_picture *map = &session->swiss.map;
        sum = XXH64(&map->header.used, sizeof(map->header.used), none);
        for (size_t i = 0; i < map->groups_count; i++) {
            sum = XXH64(map->groups[i].control, 8, sum);
            for (size_t slot = 0; map->entries && slot < SWISS_SLOTS; slot++) {
                const struct swiss_entry *entry = &map->entries[i * SWISS_SLOTS + slot];
                sum = XXH64(entry->key, strlen(entry->key), sum);
                sum = XXH64(entry->elem, strlen(entry->elem), sum);
            }
        }
        return sum;
    }
    const struct classic_picture *map = &session->classic.map;
    sum = XXH64(&map->header.count, sizeof(map->header.count), none);
    for (size_t w = 0; w < CLASSIC_WINDOWS; w++)
        for (size_t i = 0; i < map->windows[w].length; i++)
            sum = XXH64(map->windows[w].buckets[i].tophash, 8, sum);
    return sum;
}

static void frame(struct live_session *session)
{
    session->wants_frame = true;
    fine(view_stack_frame(&session->views, ROWS, COLUMNS));
}

static struct error *open_session(const char *name, bool is_replay, const char *executable, bool salvages,
                                  struct live_session **session)
{
    const struct live_options options = {.name = name,
                                         .map = is_replay ? NULL : "main.Grown",
                                         .is_core = is_replay,
                                         .record = is_replay ? NULL : "record",
                                         .program = {.executable = executable,
                                                     .is_recorded = !is_replay,
                                                     .salvages = salvages,
                                                     .debug = {.threads = 1}}};
    *session = calloc(1, sizeof(**session));
    assert_non_null(*session);
    struct error *error = live_session_open(*session, &options, NULL);
    if (!error)
        live_view_open(*session);
    return error;
}

static void close_session(struct live_session *session)
{
    live_session_close(session);
    free(session);
}

static void ask(struct map_subject *subject, const char *line)
{
    assert_true(write(subject->obeys, line, strlen(line)) == (ssize_t)strlen(line));
    subject_line(subject);
}

struct record {
    char path[64], executable[512];
    uint64_t shown[FRAMES + 1], frames, events, accepted;
};

static bool record(const char *name, struct record *record)
{
    struct map_subject subject;
    struct live_session *session;
    char pid[16];
    memset(record, 0, sizeof(*record));
    if (!subject_start(&subject, name)) {
        print_message("[  SKIPPED ] %s is not here\n", name);
        return false;
    }
    ask(&subject, "grow 200\n");
    snprintf(pid, sizeof(pid), "%d", (int)subject.pid);
    snprintf(record->path, sizeof(record->path), "live-recording.%d", (int)getpid());
    snprintf(record->executable, sizeof(record->executable), "%s", subject.path);
    fine(open_session(pid, false, NULL, false, &session));
    frame(session);
    while (session->frames < FRAMES) {
        ask(&subject, "grow 50\n");
        if (session->frames > 12 &&
            session->frames % 5 == 0) // the person looks elsewhere; before, the view follows
            fine(view_stack_press(&session->views, (struct key_press){.code = PRESS_DOWN, .count = 3}));
        frame(session);
        record->shown[session->frames] = shown_now(session);
    }
    record->frames = session->frames;
    record->events = session->events_count;
    record->accepted = session->accepted;
    fine(memory_recording_write(session->program.program->target, session->reader.address, record->path));
    close_session(session);
    subject_stop(&subject);
    return true;
}

static void frames_are_those_that_were_recorded(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct record made;
        struct live_session *session;
        struct stat status;
        if (!record(names[i], &made))
            continue;
        assert_false(stat(made.path, &status));
        assert_int_equal(status.st_mode & 0777, 0600); // it is memory of a program
        fine(open_session(made.path, true, NULL, false, &session));
        frame(session);
        assert_int_equal(session->frames, made.frames);
        assert_int_equal(session->accepted, made.accepted);
        assert_int_equal(session->events_count, made.events);
        for (uint64_t n = made.frames; n >= 2; n--) {
            live_go(session, n);
            frame(session);
            assert_int_equal(session->shown, n);
            assert_true(shown_now(session) == made.shown[n]);
        }
        assert_true(made.shown[2] != made.shown[made.frames]);
        // Playing goes on frame by frame, and holds at the end.
        session->is_held = false;
        for (uint64_t n = 3; n <= made.frames; n++) {
            live_replay_step(session);
            assert_int_equal(session->shown, n);
            assert_int_equal(session->is_held, n == made.frames);
        }
        close_session(session);
        unlink(made.path);
    }
}

// ---- files of others ------------------------------------------------------------------------------------

struct file {
    uint8_t *data;
    size_t size_bytes;
};

static struct file load(const char *path)
{
    struct file file = {0};
    struct stat status;
    FILE *from = fopen(path, "rb");
    assert_non_null(from);
    assert_false(fstat(fileno(from), &status));
    file.size_bytes = (size_t)status.st_size;
    file.data = malloc(file.size_bytes);
    assert_non_null(file.data);
    assert_int_equal(fread(file.data, 1, file.size_bytes, from), file.size_bytes);
    fclose(from);
    return file;
}

static void store(const char *path, const uint8_t *data, size_t size_bytes)
{
    FILE *to = fopen(path, "wb");
    assert_non_null(to);
    assert_int_equal(fwrite(data, 1, size_bytes, to), size_bytes);
    fclose(to);
}

// The checksums made right again, as somebody would who means harm.
static void seal(uint8_t *data, size_t size_bytes)
{
    uint64_t sum = 0;
    for (size_t at = 16; at + HEAD_BYTES <= size_bytes;) {
        const size_t payload = (size_t)data[at + 4] | (size_t)data[at + 5] << 8 | (size_t)data[at + 6] << 16 |
                               (size_t)data[at + 7] << 24;
        if (payload > size_bytes - at - HEAD_BYTES)
            return;
        sum = XXH64(data + at + HEAD_BYTES, payload, XXH64(data + at, 4, sum));
        for (size_t i = 0; i < 8; i++)
            data[at + 8 + i] = (uint8_t)(sum >> (8 * i));
        at += HEAD_BYTES + payload;
    }
}

// Opens it and goes through it. Whatever is in it, an error is one line that names the file.
static bool is_readable(const struct record *made, bool salvages)
{
    struct live_session *session;
    struct error *error = open_session(made->path, true, made->executable, salvages, &session);
    for (uint64_t n = 0; !error && n < 4; n++) {
        error = view_stack_frame(&session->views, ROWS, COLUMNS);
        live_go(session, n + 1);
        session->wants_frame = true;
    }
    const bool is_fine = !error;
    if (error) {
        assert_null(strchr(error->message, '\n'));
        if (!strstr(error->message, made->path) && !strstr(error->message, "recorded memory"))
            fail_msg("no file is named: %s", error->message);
    }
    error_free(error);
    close_session(session);
    return is_fine;
}

static uint32_t next_random(uint32_t *state)
{
    return *state = *state * 1664525u + 1013904223u;
}

static void altered_files_do_no_harm(void **state)
{
    enum { TIMES = 40, HEAD_SWEPT_BYTES = 900 };
    (void)state;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        struct record made;
        uint32_t chance = 7;
        if (!record(names[i], &made))
            continue;
        struct file file = load(made.path);
        uint8_t *copy = malloc(file.size_bytes);
        assert_non_null(copy);
        assert_true(is_readable(&made, false));
        for (unsigned n = 0; n < TIMES; n++) {
            const size_t at = 16 + next_random(&chance) % (file.size_bytes - 16);
            // A byte is another one: the checksum says so.
            memcpy(copy, file.data, file.size_bytes);
            copy[at] ^= (uint8_t)(1 + (next_random(&chance) >> 24) % 255);
            store(made.path, copy, file.size_bytes);
            assert_false(is_readable(&made, false));
            // The same with a right checksum, among the first bytes and anywhere; several bytes at once.
            memcpy(copy, file.data, file.size_bytes);
            for (unsigned times = 0; times < 1 + n; times++) {
                const size_t most = n % 2 ? 600 : file.size_bytes - 16;
                copy[16 + next_random(&chance) % most] = (uint8_t)(next_random(&chance) >> 24);
            }
            seal(copy, file.size_bytes);
            store(made.path, copy, file.size_bytes);
            (void)is_readable(&made, false);
            // Cut short.
            store(made.path, file.data, at);
            assert_false(is_readable(&made, false));
            (void)is_readable(&made, true);
        }
        // Each byte of the head in turn: the vector that says where the program was, the mappings' count, names. One
        // recording is enough, the head is the same in all.
        for (size_t at = 16; i == 0 && at < HEAD_SWEPT_BYTES && at < file.size_bytes; at++) {
            memcpy(copy, file.data, file.size_bytes);
            copy[at] ^= at % 2 ? 0xff : 0x01;
            seal(copy, file.size_bytes);
            store(made.path, copy, file.size_bytes);
            (void)is_readable(&made, false);
        }
        // Every frame shows a place that is nowhere.
        memcpy(copy, file.data, file.size_bytes);
        for (size_t at = 16; at + HEAD_BYTES + 32 <= file.size_bytes;) {
            if (!memcmp(copy + at, "LOOK", 4))
                memset(copy + at + HEAD_BYTES, 0xff, 32);
            at +=
                HEAD_BYTES + ((size_t)copy[at + 4] | (size_t)copy[at + 5] << 8 | (size_t)copy[at + 6] << 16);
        }
        seal(copy, file.size_bytes);
        store(made.path, copy, file.size_bytes);
        assert_true(is_readable(&made, false));
        store(made.path, file.data, file.size_bytes - 1); // only the END lacks
        assert_false(is_readable(&made, false));
        assert_true(is_readable(&made, true));
        free(copy);
        free(file.data);
        unlink(made.path);
    }
}

static void other_files_stay(void **state)
{
    char path[64];
    (void)state;
    snprintf(path, sizeof(path), "live-recording-other.%d", (int)getpid());
    store(path, (const uint8_t *)"letter", 6);
    struct error *error = memory_recording_may_write(path);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "left as it is"));
    error_free(error);
    unlink(path);
    assert_null(memory_recording_may_write(path));
    error = memory_recording_may_write("/dev/null");
    assert_non_null(error);
    error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_those_that_were_recorded),
        cmocka_unit_test(altered_files_do_no_harm),
        cmocka_unit_test(other_files_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
