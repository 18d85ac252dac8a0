// SPDX-License-Identifier: MIT
// Recordings: they come back as they were, and whatever is done to the file is noticed.
#include "cmocka_all.h"
#include "errors_expected.h"
#include "watch/watch_recording.h"
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[] = "/tmp/strata-recording-XXXXXX";

static const struct watch_setup setup = {.key_kind = KEYS_FLOAT64,
                                         .elem_kind = ELEMS_BIG,
                                         .hash = HMAP_HASH_FEW,
                                         .flavour = HMAP_GO_1_19,
                                         .few = 7,
                                         .seed = UINT64_C(0xfedcba9876543210),
                                         .entries = 12,
                                         .hint = 52};

static struct watch_op op_number(uint64_t i)
{
    uint64_t numbers[] = {i, i * 1000 % KEY_NUMBER_MAX, KEY_NUMBER_MAX, KEY_NUMBER_NAN};
    return (struct watch_op){.kind = i % OP_KINDS & 0xff, .number = numbers[i % 4] & KEY_NUMBER_MASK};
}

static void write_all(const uint8_t *data, size_t size_bytes)
{
    int fd = open(path, O_WRONLY | O_TRUNC);
    assert_int_equal(write(fd, data, size_bytes), size_bytes);
    close(fd);
}

static void write_recording(uint64_t ops, bool ends)
{
    struct watch_recorder recorder;
    if (!ends)
        write_all(NULL, 0); // what a crash leaves of one that replaces none
    must(recorder_open(&recorder, path, &setup));
    for (uint64_t i = 0; i < ops; i++) {
        recorder_op(&recorder, op_number(i));
        if (i % 10 == 9)
            must(recorder_flush(&recorder));
    }
    if (ends) {
        must(recorder_close(&recorder, ops, 5 * ops));
        return;
    }
    must(recorder_flush(&recorder));
    close(recorder.fd); // as a crash leaves it
    free(recorder.pending);
}

static size_t read_all(uint8_t **data)
{
    struct stat status;
    int fd = open(path, O_RDONLY);
    assert_int_equal(fstat(fd, &status), 0);
    *data = malloc((size_t)status.st_size + 1);
    assert_int_equal(read(fd, *data, (size_t)status.st_size), status.st_size);
    close(fd);
    return (size_t)status.st_size;
}

static void comes_back(void **state)
{
    (void)state;
    for (uint64_t ops = 0; ops < 20000; ops = ops * 3 + 1) {
        struct recording recording;
        write_recording(ops, true);
        must(recording_read(&recording, path, false));
        assert_true(recording.is_whole);
        assert_memory_equal(&recording.setup.seed, &setup.seed, sizeof(setup.seed));
        assert_int_equal(recording.setup.key_kind, setup.key_kind);
        assert_int_equal(recording.setup.elem_kind, setup.elem_kind);
        assert_int_equal(recording.setup.hash, setup.hash);
        assert_int_equal(recording.setup.flavour, setup.flavour);
        assert_int_equal(recording.setup.few, setup.few);
        assert_int_equal(recording.setup.entries, setup.entries);
        assert_int_equal(recording.setup.hint, setup.hint);
        assert_int_equal(recording.end_events, 5 * ops);
        assert_int_equal(recording.ops.length, ops);
        for (uint64_t i = 0; i < ops; i++) {
            assert_int_equal(recording.ops.data[i].kind, op_number(i).kind);
            assert_int_equal(recording.ops.data[i].number, op_number(i).number);
        }
        recording_free(&recording);
    }
}

// The kind of map and its version, of all that there are; the other kind's version is its default.
static void kinds_of_maps_come_back(void **state)
{
    (void)state;
    for (unsigned i = 0; i <= HMAP_GO_1_23 + SWISS_GO_1_27 + 1; i++) {
        bool is_swiss = i > HMAP_GO_1_23;
        struct watch_setup written = setup;
        struct watch_recorder recorder;
        struct recording recording;
        written.map_kind = is_swiss ? WATCH_SWISS : WATCH_CLASSIC;
        written.flavour = is_swiss ? HMAP_GO_1_22 : (enum hmap_flavour)i;
        written.swiss_flavour = is_swiss ? (enum swiss_flavour)(i - HMAP_GO_1_23 - 1) : SWISS_GO_1_26;
        must(recorder_open(&recorder, path, &written));
        must(recorder_close(&recorder, 0, 0));
        must(recording_read(&recording, path, false));
        assert_int_equal(recording.setup.map_kind, written.map_kind);
        assert_int_equal(recording.setup.flavour, written.flavour);
        assert_int_equal(recording.setup.swiss_flavour, written.swiss_flavour);
        assert_int_equal(recording.setup.seed, written.seed);
        recording_free(&recording);
    }
}

static void dropped_operations_are_gone(void **state)
{
    (void)state;
    struct watch_recorder recorder;
    struct recording recording;
    must(recorder_open(&recorder, path, &setup));
    for (uint64_t i = 0; i < 30; i++)
        recorder_op(&recorder, op_number(i));
    recorder_drop(&recorder, 10);
    recorder_op(&recorder, op_number(40));
    must(recorder_close(&recorder, 11, 100));
    must(recording_read(&recording, path, false));
    assert_int_equal(recording.ops.length, 11);
    assert_int_equal(recording.ops.data[9].number, op_number(9).number);
    assert_int_equal(recording.ops.data[10].number, op_number(40).number);
    recording_free(&recording);
}

// Cut at each byte: told to be cut short; what is whole can be salvaged.
static void cut_short(void **state)
{
    (void)state;
    uint8_t *data;
    write_recording(35, true);
    size_t size_bytes = read_all(&data), salvaged_before = 0;
    for (size_t length = 0; length < size_bytes; length++) {
        struct recording recording;
        write_all(data, length);
        struct error *error = recording_read(&recording, path, false);
        assert_non_null(error);
        assert_int_equal(error->code, ERROR_BAD_FORMAT);
        error_free(error);
        recording_free(&recording);
        error = recording_read(&recording, path, true);
        if (!error) {
            assert_true(recording.ops.length >= salvaged_before);
            salvaged_before = recording.ops.length;
        }
        error_free(error);
        recording_free(&recording);
    }
    assert_int_equal(salvaged_before, 35);
    free(data);
}

// Each bit of the file altered: noticed, with or without salvaging.
static void altered(void **state)
{
    (void)state;
    uint8_t *data;
    write_recording(35, true);
    size_t size_bytes = read_all(&data);
    for (size_t bit = 0; bit < 8 * size_bytes; bit += 3) {
        struct recording recording;
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        write_all(data, size_bytes);
        data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        struct error *error = recording_read(&recording, path, false);
        assert_non_null(error);
        error_free(error);
        recording_free(&recording);
    }
    free(data);
}

static void without_an_end(void **state)
{
    (void)state;
    struct recording recording;
    write_recording(25, false);
    struct error *error = recording_read(&recording, path, false);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "cut short after 25 operations"));
    error_free(error);
    recording_free(&recording);
    must(recording_read(&recording, path, true));
    assert_int_equal(recording.ops.length, 25);
    assert_false(recording.is_whole);
    recording_free(&recording);
}

static void other_files_stay(void **state)
{
    (void)state;
    struct watch_recorder recorder;
    struct recording recording;
    static const uint8_t text[] = "a letter to a friend";
    write_all(text, sizeof(text));
    struct error *error = recorder_open(&recorder, path, &setup);
    assert_non_null(error);
    error_free(error);
    uint8_t *data;
    assert_int_equal(read_all(&data), sizeof(text));
    assert_memory_equal(data, text, sizeof(text));
    free(data);
    error = recording_read(&recording, path, false);
    assert_non_null(strstr(error->message, "not a recording"));
    error_free(error);
    recording_free(&recording);
    error = recording_read(&recording, "/nonexistent", false);
    assert_int_equal(error->code, ERROR_SYSTEM);
    error_free(error);
    recording_free(&recording);
    write_all(NULL, 0); // an empty file may be written to
    write_recording(1, true);
}

// --- A disk that is full ---

// An older recording is there after whatever happens to a newer one: its file cannot grow beyond `most` bytes.
static void record_with_limit(rlim_t most)
{
    struct rlimit before, limit;
    struct watch_recorder recorder;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){most, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct error *error = recorder_open(&recorder, path, &setup);
    for (uint64_t i = 0; !error && i < 100000; i++)
        recorder_op(&recorder, op_number(i)); // more than the buffer holds, and nobody flushes
    if (!error)
        error = recorder_close(&recorder, 100000, 1);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_SYSTEM);
    assert_non_null(strstr(error->message, path));
    error_free(error);
}

static void an_older_one_survives(void **state)
{
    (void)state;
    static const rlim_t limits[] = {0, 10, 60, 5000, 70000, 150000};
    signal(SIGXFSZ, SIG_IGN);
    write_recording(25, true);
    for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
        struct recording recording;
        record_with_limit(limits[i]);
        must(recording_read(&recording, path, false));
        assert_int_equal(recording.ops.length, 25);
        recording_free(&recording);
    }
}

// What lies beside it after a failure can be salvaged, and nothing lies there after none.
static size_t remove_neighbours(uint64_t *salvaged)
{
    char pattern[sizeof(path) + 8];
    glob_t found;
    snprintf(pattern, sizeof(pattern), "%s.??????", path);
    *salvaged = 0;
    size_t count = glob(pattern, 0, NULL, &found) ? 0 : found.gl_pathc;
    for (size_t i = 0; i < count; i++) {
        struct recording recording;
        must(recording_read(&recording, found.gl_pathv[i], true));
        *salvaged += recording.ops.length;
        recording_free(&recording);
        unlink(found.gl_pathv[i]);
    }
    if (count)
        globfree(&found);
    return count;
}

static void what_lies_beside(void **state)
{
    (void)state;
    uint64_t salvaged;
    signal(SIGXFSZ, SIG_IGN);
    remove_neighbours(&salvaged);
    write_recording(25, true);
    record_with_limit(150000);
    assert_int_equal(remove_neighbours(&salvaged), 1);
    assert_true(salvaged > 10000);
    record_with_limit(10);
    assert_int_equal(remove_neighbours(&salvaged), 0);
    write_recording(30, true);
    assert_int_equal(remove_neighbours(&salvaged), 0);
}

// --- Files that are no recordings, and those that cost much ---

static void write_recording_head_only(void)
{
    uint8_t *data;
    read_all(&data);
    write_all(data, 16);
    free(data);
}

static void is_refused(const char *words)
{
    struct recording recording;
    struct error *error = recording_read(&recording, path, true);
    assert_non_null(error);
    if (!strstr(error->message, words))
        fail_msg("%s", error->message);
    error_free(error);
    recording_free(&recording);
}

// A terabyte of nothing behind it.
static void junk_is_not_read_whole(void **state)
{
    (void)state;
    write_recording(1, true);
    assert_int_equal(truncate(path, (off_t)1 << 40), 0);
    is_refused("something follows the end");
    write_recording(1, true);
    write_recording_head_only();
    assert_int_equal(truncate(path, (off_t)1 << 40), 0);
    is_refused("altered at byte 16");
    unlink(path);
}

static void a_fifo_is_not_waited_for(void **state)
{
    (void)state;
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    is_refused("not a regular file");
    unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back),
        cmocka_unit_test(kinds_of_maps_come_back),
        cmocka_unit_test(dropped_operations_are_gone),
        cmocka_unit_test(cut_short),
        cmocka_unit_test(altered),
        cmocka_unit_test(without_an_end),
        cmocka_unit_test(other_files_stay),
        cmocka_unit_test(an_older_one_survives),
        cmocka_unit_test(what_lies_beside),
        cmocka_unit_test(junk_is_not_read_whole),
        cmocka_unit_test(a_fifo_is_not_waited_for),
    };
    int fd = mkstemp(path);
    close(fd);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    unlink(path);
    return failed;
}
