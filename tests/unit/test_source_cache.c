// SPDX-License-Identifier: MIT
// The cache of indexes: what is read back is what was kept; bytes that are changed are found out, or, where the checksum
// is made to fit, harm nobody; the folder stays within its bounds, whoever writes to it at once.
#include "cmocka_all.h"
#include "source/cache_folder.h"
#include "source/index_file.h"
#include "source/source_dwarf.h"
#include "source/source_open.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHECKSUM_AT = 16, CHECKED_FROM = 24, ROUNDS = 600 };

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

struct opened {
    struct type_source *source;
    const struct unit_table *table;
    struct type_index *index;
    struct output file;
};

static const struct index_key some_key = {
    .size_bytes = 12, .modified_s = 34, .build_id_bytes = 2, .program = 56};

static const struct index_facts some_facts = {
    .machine = 62, .platform = PLATFORM_ELF, .address_bits = 64, .is_alone = 1};

static void open_fixture(const char *name, struct opened *opened)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", FIXTURES_BINARY, name);
    *opened = (struct opened){0};
    assert_null(type_source_open(path, &(struct type_source_options){0}, NULL, &opened->source));
    opened->table = source_dwarf_single(opened->source);
    assert_non_null(opened->table);
    assert_null(
        type_source_index(opened->source, &(struct type_source_index_options){.threads = 1}, &opened->index));
    index_file_write(opened->index, opened->table, &some_key, &some_facts, &opened->file);
    assert_null(output_finish(&opened->file));
}

static void close_fixture(struct opened *opened)
{
    output_free(&opened->file);
    type_index_free(opened->index);
    type_source_close(opened->source);
}

static void test_what_is_read_is_what_was_kept(void **state)
{
    (void)state;
    static const char *const fixtures[] = {"c/gcc-two-units", "c/gcc-dwarf4", "c/gcc-types5",
                                           "cpp/gcc-dwarf5"};
    for (size_t f = 0; f < ARRAY_LENGTH(fixtures); f++) {
        struct opened opened;
        struct type_index *read;
        open_fixture(fixtures[f], &opened);
        const struct bytes file = {(const uint8_t *)opened.file.data, opened.file.length};
        assert_int_equal(index_file_judge(file, &some_key), INDEX_FILE_GOOD);
        assert_true(index_file_fits(file, opened.table));
        assert_int_equal(index_file_units_count(file), opened.table->units_count);
        assert_memory_equal(index_file_facts(file), &some_facts, sizeof(some_facts));
        assert_null(index_file_read(file, opened.table->units, NULL, 0, &read));
        assert_int_equal(read->entries_count, opened.index->entries_count);
        assert_true(read->entries_count > 20);
        for (size_t i = 0; i < read->entries_count; i++) {
            const struct type_index_entry *a = &opened.index->entries[i], *b = &read->entries[i];
            assert_true(type_id_equal(a->id, b->id));
            assert_string_equal(a->name, b->name);
            assert_true(a->name_hash == b->name_hash && a->kind == b->kind && a->size_known == b->size_known);
            assert_true(a->has_variants == b->has_variants && a->named_by_typedef == b->named_by_typedef);
            assert_true(a->size_bytes == b->size_bytes && a->declared_file == b->declared_file);
            assert_true(a->declared_line == b->declared_line && a->members_count == b->members_count);
            assert_true(a->copies == b->copies && a->shape == b->shape && a->outline == b->outline);
        }
        type_index_free(read);
        struct index_key other = some_key;
        other.modified_ns = 1;
        assert_int_equal(index_file_judge(file, &other), INDEX_FILE_OLD);
        close_fixture(&opened);
    }
}

// By names it is what is picked from all.
static void test_names_are_picked(void **state)
{
    (void)state;
    struct opened opened;
    struct type_index *read;
    open_fixture("c/gcc-two-units", &opened);
    const struct bytes file = {(const uint8_t *)opened.file.data, opened.file.length};
    const struct type_index_entry *wanted = &opened.index->entries[opened.index->entries_count / 2];
    const char *const names[] = {"nothing is called so", wanted->name};
    assert_null(index_file_read(file, opened.table->units, names, 2, &read));
    size_t count = 0;
    for (size_t i = 0; i < opened.index->entries_count; i++) {
        if (strcmp(opened.index->entries[i].name, wanted->name) != 0)
            continue;
        assert_true(count < read->entries_count);
        assert_true(type_id_equal(read->entries[count++].id, opened.index->entries[i].id));
    }
    assert_int_equal(read->entries_count, count);
    assert_true(count > 0);
    type_index_free(read);
    assert_null(index_file_read(file, opened.table->units, names, 1, &read));
    assert_int_equal(read->entries_count, 0);
    type_index_free(read);
    close_fixture(&opened);
}

// What was computed from an index belongs to that one, and is found out when it was changed.
static void test_a_part_is_of_its_index(void **state)
{
    (void)state;
    static const char text[] = "what was computed";
    struct output file = {0};
    struct bytes part;
    struct index_key other = some_key;
    other.program = 57;
    part_file_write((struct bytes){(const uint8_t *)text, sizeof(text)}, &some_key, 99, &file);
    assert_null(output_finish(&file));
    struct bytes bytes = {(const uint8_t *)file.data, file.length};
    assert_int_equal(part_file_judge(bytes, &some_key, 99, &part), INDEX_FILE_GOOD);
    assert_int_equal(part.size_bytes, sizeof(text));
    assert_memory_equal(part.data, text, sizeof(text));
    assert_int_equal(part_file_judge(bytes, &some_key, 98, &part), INDEX_FILE_OLD);
    assert_int_equal(part_file_judge(bytes, &other, 99, &part), INDEX_FILE_OLD);
    for (size_t size_bytes = 0; size_bytes < file.length; size_bytes++) {
        uint8_t *cut = malloc(size_bytes + 1);
        memcpy(cut, file.data, size_bytes);
        assert_int_equal(part_file_judge((struct bytes){cut, size_bytes}, &some_key, 99, &part),
                         INDEX_FILE_DAMAGED);
        free(cut);
    }
    for (size_t at = 0; at < file.length; at++) {
        file.data[at] ^= 4;
        assert_int_not_equal(part_file_judge(bytes, &some_key, 99, &part), INDEX_FILE_GOOD);
        file.data[at] ^= 4;
    }
    output_free(&file);
}

static void build_all(const struct type_source *source, const struct type_index *index)
{
    struct type_maker *maker;
    assert_null(type_source_make(source, index, &maker));
    for (size_t i = 0; i < index->entries_count; i += 1 + i / 16) {
        const struct type *type;
        error_free(type_maker_build(maker, &index->entries[i], &type)); // may say that there is no type
    }
    type_maker_close(maker);
}

// Bytes are changed, the file is cut; with and without a checksum that fits.
static void test_changed_bytes_harm_nobody(void **state)
{
    (void)state;
    struct opened opened;
    uint32_t random = 5, good = 0;
    open_fixture("c/gcc-two-units", &opened);
    for (int round = 0; round < ROUNDS; round++) {
        const bool is_forged = round % 4 != 0;
        size_t size_bytes = opened.file.length;
        if (next_random(&random) % 8 == 0)
            size_bytes = next_random(&random) % size_bytes;
        uint8_t *data = malloc(size_bytes + 1); // as large as it is: the address sanitizer watches its end
        memcpy(data, opened.file.data, size_bytes);
        const unsigned changes = 1 + next_random(&random) % 4;
        for (unsigned i = 0; i < changes && size_bytes; i++) {
            // Mostly where lengths and records are.
            const size_t within = next_random(&random) % 3 ? size_bytes : size_bytes < 400 ? size_bytes : 400;
            const size_t at = next_random(&random) % within;
            static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
            data[at] = next_random(&random) % 2 ? (uint8_t)next_random(&random)
                                                : values[next_random(&random) % sizeof(values)];
        }
        if (is_forged && size_bytes > CHECKED_FROM) {
            const uint64_t checksum = XXH3_64bits(data + CHECKED_FROM, size_bytes - CHECKED_FROM);
            memcpy(data + CHECKSUM_AT, &checksum, sizeof(checksum));
        }
        const bool is_same = size_bytes == opened.file.length && !memcmp(data, opened.file.data, size_bytes);
        const struct bytes file = {data, size_bytes};
        if (index_file_judge(file, &some_key) == INDEX_FILE_GOOD) {
            assert_true(is_forged || is_same);
            struct type_index *index;
            // Nobody has looked into the file yet: its units are addresses.
            assert_null(index_file_read(file, opened.table->units, NULL, 0, &index));
            for (size_t i = 0; i < index->entries_count; i++)
                assert_true(strlen(index->entries[i].name) < size_bytes);
            if (index_file_fits(file, opened.table))
                build_all(opened.source, index);
            type_index_free(index);
            good++;
        }
        free(data);
    }
    assert_true(good > 10); // forged ones get through, and name what is no type
    close_fixture(&opened);
}

static char folder_name[] = "/tmp/strata-cache-XXXXXX";

static size_t files_in(int folder)
{
    size_t count = 0;
    for (int i = 0; i < 40; i++) {
        char name[32];
        struct stat status;
        snprintf(name, sizeof(name), "%02d.index", i);
        count += fstatat(folder, name, &status, 0) == 0;
    }
    return count;
}

static void test_the_oldest_go_and_the_folder_stays_small(void **state)
{
    (void)state;
    int folder;
    static char kilobyte[1024];
    assert_null(cache_folder_open(folder_name, false, &folder));
    for (int i = 0; i < 20; i++) {
        char name[32];
        snprintf(name, sizeof(name), "%02d.index", i);
        assert_null(cache_file_write(folder, name, kilobyte, sizeof(kilobyte), 8 * sizeof(kilobyte)));
        const struct timespec times[2] = {{.tv_sec = 1000 + i}, {.tv_sec = 1000 + i}};
        assert_int_equal(utimensat(folder, name, times, 0), 0);
    }
    assert_int_equal(files_in(folder), 8);
    struct bytes bytes;
    assert_null(cache_file_map(folder, "12.index", &bytes)); // used: it is the youngest now
    assert_int_equal(bytes.size_bytes, sizeof(kilobyte));
    cache_file_unmap(&bytes);
    assert_null(cache_file_write(folder, "20.index", kilobyte, sizeof(kilobyte), 2 * sizeof(kilobyte)));
    assert_int_equal(files_in(folder), 2);
    assert_null(cache_file_map(folder, "12.index", &bytes));
    assert_non_null(bytes.data);
    cache_file_unmap(&bytes);
    assert_null(cache_file_write(folder, "21.index", kilobyte, sizeof(kilobyte), 10)); // the new one stays
    assert_int_equal(files_in(folder), 1);
    // What was computed from an index counts, too.
    assert_null(cache_file_write(folder, "22.index-lines.part", kilobyte, sizeof(kilobyte), 10));
    assert_int_equal(files_in(folder), 0);
    assert_null(cache_file_write(folder, "22.index", kilobyte, sizeof(kilobyte), 10));
    assert_null(cache_file_map(folder, "22.index-lines.part", &bytes));
    assert_null(bytes.data);
    close(folder);
}

static void test_what_is_not_ours_alone_is_not_read(void **state)
{
    (void)state;
    int folder, again;
    struct bytes bytes;
    assert_null(cache_folder_open(folder_name, false, &folder));
    assert_null(cache_file_write(folder, "30.index", "text", 4, 1000));
    assert_int_equal(fchmodat(folder, "30.index", 0640, 0), 0);
    struct error *error = cache_file_map(folder, "30.index", &bytes);
    assert_non_null(error);
    assert_null(bytes.data);
    error_free(error);
    assert_int_equal(symlinkat("30.index", folder, "31.index"), 0);
    assert_int_equal(fchmodat(folder, "30.index", 0600, 0), 0);
    error = cache_file_map(folder, "31.index", &bytes);
    assert_non_null(error);
    error_free(error);
    assert_int_equal(mkfifoat(folder, "32.index", 0600), 0);
    error = cache_file_map(folder, "32.index", &bytes);
    assert_non_null(error);
    error_free(error);
    unlinkat(folder, "31.index", 0);
    unlinkat(folder, "32.index", 0);
    assert_int_equal(chmod(folder_name, 0755), 0);
    error = cache_folder_open(folder_name, true, &again);
    assert_non_null(error);
    assert_int_equal(again, -1);
    error_free(error);
    assert_int_equal(chmod(folder_name, 0700), 0);
    close(folder);
}

// Several processes write one name while others read it: each reads one of the texts, whole.
static void test_writers_at_once_leave_one_whole_file(void **state)
{
    (void)state;
    enum { WRITERS = 4, TIMES = 60, BYTES = 40000 };
    pid_t writers[WRITERS];
    int folder;
    assert_null(cache_folder_open(folder_name, false, &folder));
    for (int w = 0; w < WRITERS; w++) {
        writers[w] = fork();
        if (writers[w] == 0) {
            static char text[BYTES];
            memset(text, 'a' + w, sizeof(text));
            for (int i = 0; i < TIMES; i++) {
                struct error *error = cache_file_write(folder, "33.index", text, sizeof(text), 1 << 20);
                if (error)
                    _exit(1);
            }
            _exit(0);
        }
    }
    for (int i = 0; i < TIMES; i++) {
        struct bytes bytes;
        assert_null(cache_file_map(folder, "33.index", &bytes));
        if (!bytes.data)
            continue; // not there yet
        assert_int_equal(bytes.size_bytes, BYTES);
        for (size_t k = 1; k < bytes.size_bytes; k++)
            assert_int_equal(bytes.data[k], bytes.data[0]);
        cache_file_unmap(&bytes);
    }
    for (int w = 0; w < WRITERS; w++) {
        int status;
        assert_int_equal(waitpid(writers[w], &status, 0), writers[w]);
        assert_int_equal(status, 0);
    }
    close(folder);
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder_name) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    for (int i = 0; i < 40; i++) {
        char path[64];
        snprintf(path, sizeof(path), "%s/%02d.index", folder_name, i);
        unlink(path);
    }
    return rmdir(folder_name); // which fails where a writer has left something
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_read_is_what_was_kept),
        cmocka_unit_test(test_names_are_picked),
        cmocka_unit_test(test_a_part_is_of_its_index),
        cmocka_unit_test(test_changed_bytes_harm_nobody),
        cmocka_unit_test(test_the_oldest_go_and_the_folder_stays_small),
        cmocka_unit_test(test_what_is_not_ours_alone_is_not_read),
        cmocka_unit_test(test_writers_at_once_leave_one_whole_file),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
