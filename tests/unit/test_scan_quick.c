// SPDX-License-Identifier: MIT
// The quick pass of the scan (quick_unit.h) against the general way, which shares none of its code: on every
// fixture, whatever the compiler, the version and the machine, on damaged ones, and on real libraries, both give the same index.
#include "dwarf/unit_table.h"
#include "dwarf_assembler.h"
#include "object/object.h"
#include "scan/quick_unit.h"
#include "scan/scan.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static struct type_index *scan(const struct unit_table *table, unsigned threads, enum scan_way way)
{
    const struct scan_options options = {.threads = threads, .way = way};
    struct type_index *index = NULL;
    assert_null(scan_all(table, &options, &index));
    return index;
}

static void assert_same(const struct type_index *quick, const struct type_index *general)
{
    assert_int_equal(quick->entries_count, general->entries_count);
    assert_int_equal(quick->items_count, general->items_count);
    assert_int_equal(quick->problems.length, general->problems.length);
    for (size_t i = 0; i < quick->entries_count; i++) {
        const struct type_index_entry *a = &quick->entries[i], *b = &general->entries[i];
        assert_true(type_id_equal(a->id, b->id));
        assert_string_equal(a->name, b->name);
        assert_int_equal(a->kind, b->kind);
        assert_int_equal(a->size_known, b->size_known);
        assert_int_equal(a->size_bytes, b->size_bytes);
        assert_int_equal(a->copies, b->copies);
        assert_int_equal(a->members_count, b->members_count);
        assert_int_equal(a->named_by_typedef, b->named_by_typedef);
        assert_int_equal(a->declared_file, b->declared_file);
        assert_int_equal(a->declared_line, b->declared_line);
        assert_true(a->shape == b->shape);
        assert_true(a->outline == b->outline);
        assert_int_equal(a->unknown_sizes, b->unknown_sizes);
        assert_int_equal(a->has_variants, b->has_variants);
    }
}

// How many types the file has; 0 where it has no debug information to read.
static size_t compare_file(const char *path)
{
    static const char *const folders[] = {"/usr/lib/debug", NULL};
    const struct object_options options = {.debug_folders = folders, .threads = 1};
    struct object *object = NULL;
    struct unit_table *table = NULL;
    size_t types = 0;
    struct error *error = object_open(path, &options, &object);
    if (!error)
        error = unit_table_open(object, &table);
    error_free(error);
    if (table) {
        type_index_free(
            scan(table, 1, SCAN_GENERAL)); // which alone tells of a supplement: the abbrevs are kept
        struct type_index *general = scan(table, 1, SCAN_GENERAL);
        // On several threads the first definition of a key is met by one and identified by another, each time otherwise.
        static const struct {
            unsigned threads;
            enum scan_way way;
        } ways[] = {{1, SCAN_QUICK}, {2, SCAN_QUICK}, {4, SCAN_QUICK}, {4, SCAN_AS_PAYS}};
        for (size_t i = 0; i < ARRAY_LENGTH(ways); i++) {
            struct type_index *quick = scan(table, ways[i].threads, ways[i].way);
            assert_same(quick, general);
            type_index_free(quick);
        }
        types = general->entries_count;
        type_index_free(general);
    }
    unit_table_free(table);
    object_close(object);
    return types;
}

static void test_all_fixtures_give_the_same_index_either_way(void **state)
{
    (void)state;
    glob_t files;
    size_t with_types = 0;
    assert_int_equal(glob(FIXTURES_BINARY "/*/*", 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++)
        with_types += compare_file(files.gl_pathv[i]) > 0;
    globfree(&files);
    print_message("%zu fixtures compared\n", with_types);
    assert_true(with_types > 20);
}

static void test_real_libraries_give_the_same_index_either_way(void **state)
{
    (void)state;
    assert_true(compare_file("/proc/self/exe") > 0);
    compare_file("/lib/x86_64-linux-gnu/libc.so.6");
    compare_file("/usr/lib/x86_64-linux-gnu/debug/libstdc++.so.6.0.30");
}

// An assembled program, scanned both ways, which agree.
struct both_ways {
    struct object object;
    struct unit_table *table;
    struct type_index *quick, *general;
};

// The table points to both->object, which stays where it is.
static void both_ways_scan(struct assembler *as, struct both_ways *both)
{
    both->object = assembler_finish(as);
    assert_null(unit_table_open(&both->object, &both->table));
    both->quick = scan(both->table, 1, SCAN_QUICK);
    both->general = scan(both->table, 1, SCAN_GENERAL);
    assert_same(both->quick, both->general);
}

static void both_ways_free(struct both_ways *both)
{
    type_index_free(both->quick);
    type_index_free(both->general);
    unit_table_free(both->table);
}

// Function types of six bytes, each with two parameters of the next one's type: the parameters stand so near that
// a type's place in the map is taken. Unless each key is made once, 2^34 are.
static void test_function_types_of_function_types_end(void **state)
{
    (void)state;
    enum { C11 = 0x1d, CODE_FUNCTION = 2, CODE_PARAMETER, CODE_LAST, FUNCTIONS = 34 };
    static const uint8_t abbrevs[] = {
        CODE_FUNCTION,  TAG_subroutine_type,  1, 0,       0, //
        CODE_PARAMETER, TAG_formal_parameter, 0, AT_type, FORM_ref1, 0, 0,
        CODE_LAST,      TAG_unspecified_type, 0, 0,       0,
    };
    struct assembler as = {0};
    assembler_begin(&as, C11);
    for (size_t i = 0; i < sizeof(abbrevs); i++)
        put_abbrev_uleb(&as, abbrevs[i]);
    for (int i = 0; i < FUNCTIONS; i++) {
        const uint32_t next = (uint32_t)as.info.length + 6;
        assert_in_range(next, 0, UINT8_MAX);
        put_info(&as, CODE_FUNCTION, 1);
        for (int parameter = 0; parameter < 2; parameter++) {
            put_info(&as, CODE_PARAMETER, 1);
            put_info(&as, next, 1);
        }
        children_end(&as);
    }
    put_info(&as, CODE_LAST, 1);
    struct both_ways both;
    both_ways_scan(&as, &both);
    assert_int_equal(both.quick->items_count, 1 + 3 * FUNCTIONS + 1);
    both_ways_free(&both);
    assembler_free(&as);
}

// Both complete one declaration and are called by a name of their own that lacks the argument, which alone tells them apart.
static void test_instances_that_complete_a_declaration_are_told_apart(void **state)
{
    (void)state;
    enum { CPP14 = 0x21 };
    static const char *const arguments[] = {"int", "unsigned"};
    struct assembler as = {0};
    uint32_t types[ARRAY_LENGTH(arguments)];
    assembler_begin(&as, CPP14);
    for (size_t i = 0; i < ARRAY_LENGTH(arguments); i++) {
        types[i] = die_begin(&as, TAG_base_type, false);
        die_text(&as, AT_name, arguments[i]);
        die_byte(&as, AT_byte_size, 4);
        die_end(&as);
    }
    const uint32_t declaration = die_begin(&as, TAG_structure_type, false);
    die_text(&as, AT_name, "Box");
    put_abbrev_uleb(&as, AT_declaration);
    put_abbrev_uleb(&as, FORM_flag_present);
    die_end(&as);
    for (size_t i = 0; i < ARRAY_LENGTH(arguments); i++) {
        die_begin(&as, TAG_structure_type, true);
        die_text(&as, AT_name, "Box");
        die_byte(&as, AT_byte_size, 4);
        die_reference(&as, AT_specification, declaration);
        die_end(&as);
        die_begin(&as, TAG_template_type_parameter, false);
        die_text(&as, AT_name, "T");
        die_reference(&as, AT_type, types[i]);
        die_end(&as);
        children_end(&as);
    }
    struct both_ways both;
    both_ways_scan(&as, &both);
    assert_int_equal(both.quick->entries_count, 4);
    both_ways_free(&both);
    assembler_free(&as);
}

// The same struct in a nameless struct and in a nameless namespace: two names, by which each is to be found.
static void test_scopes_without_names_are_told_apart(void **state)
{
    (void)state;
    enum { CPP14 = 0x21 };
    static const uint16_t scopes[] = {TAG_structure_type, TAG_namespace};
    struct assembler as = {0};
    assembler_begin(&as, CPP14);
    for (size_t i = 0; i < ARRAY_LENGTH(scopes); i++) {
        die_begin(&as, scopes[i], true);
        die_end(&as);
        die_begin(&as, TAG_structure_type, false);
        die_text(&as, AT_name, "inner");
        die_byte(&as, AT_byte_size, 4);
        die_end(&as);
        children_end(&as);
    }
    struct both_ways both;
    both_ways_scan(&as, &both);
    assert_int_equal(both.quick->entries_count, 2);
    assert_string_equal(both.quick->entries[0].name, "(anonymous)::inner");
    assert_string_equal(both.quick->entries[1].name, "(anonymous namespace)::inner");
    both_ways_free(&both);
    assembler_free(&as);
}

// Each member is of a type behind namespaces that lie in each other, and the way up through them is long. A unit whose members ask
// for it over and over is given up: it would cost a thousand steps a member.
static void test_a_long_way_up_is_not_gone_with_every_member(void **state)
{
    (void)state;
    enum { CPP14 = 0x21, DEPTH = 500, MEMBERS_FEW = 2, MEMBERS_MANY = 1000 };
    static const uint32_t counts[] = {MEMBERS_FEW, MEMBERS_MANY};
    for (size_t k = 0; k < ARRAY_LENGTH(counts); k++) {
        struct assembler as = {0};
        assembler_begin(&as, CPP14);
        for (int i = 0; i < DEPTH; i++) {
            die_begin(&as, TAG_namespace, true);
            die_end(&as);
        }
        for (int i = 0; i < DEPTH; i++)
            children_end(&as);
        const uint32_t target = die_begin(&as, TAG_unspecified_type, false);
        die_end(&as);
        die_begin(&as, TAG_structure_type, true);
        die_text(&as, AT_name, "many");
        die_byte(&as, AT_byte_size, 8);
        die_end(&as);
        for (uint32_t i = 0; i < counts[k]; i++) {
            die_begin(&as, TAG_member, false);
            die_reference(&as, AT_type, target);
            die_end(&as);
        }
        children_end(&as);
        struct object object = assembler_finish(&as);
        struct unit_table *table;
        assert_null(unit_table_open(&object, &table));
        struct abbrev_cache abbrevs = {0};
        struct quick_unit unit = {.secret = quick_secret_draw()};
        struct unit_view view;
        assert_null(unit_view_open(&abbrevs, &table->units[0], &view));
        assert_int_equal(quick_unit_read(&unit, &view), counts[k] == MEMBERS_FEW);
        quick_unit_free(&unit);
        abbrev_cache_free(&abbrevs);
        struct type_index *quick = scan(table, 1, SCAN_QUICK), *general = scan(table, 1, SCAN_GENERAL);
        assert_same(quick, general);
        assert_int_equal(quick->entries_count, 1);
        type_index_free(quick);
        type_index_free(general);
        unit_table_free(table);
        assembler_free(&as);
    }
}

// A file in memory that is damaged over and over.
struct damaged {
    uint8_t *bytes;
    size_t size;
    uint64_t state;            // of what chance does
    size_t info_at, info_size; // where the sections stand
    size_t abbrev_at, abbrev_size;
};

static uint64_t chance(struct damaged *file)
{
    file->state = file->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return file->state >> 33;
}

static bool section_find(const struct damaged *file, const struct object *object, enum section_id which,
                         size_t *at, size_t *size)
{
    const struct bytes section = object->sections[which];
    const uint8_t *found =
        section.size_bytes ? memmem(file->bytes, file->size, section.data, section.size_bytes) : NULL;
    *at = found ? (size_t)(found - file->bytes) : 0;
    *size = section.size_bytes;
    return found; // compressed or relocated sections stand nowhere in the file
}

// Some bytes become others: any ones, or some that stand elsewhere in the section.
static void damage(struct damaged *file)
{
    const unsigned times = 1 + (unsigned)(chance(file) % 3);
    for (unsigned i = 0; i < times; i++) {
        const bool is_abbrev = chance(file) % 8 == 0;
        const size_t start = is_abbrev ? file->abbrev_at : file->info_at;
        const size_t size = is_abbrev ? file->abbrev_size : file->info_size;
        const size_t length = chance(file) % 2 ? 1 : 4;
        const size_t to = chance(file) % (size - 8), from = chance(file) % (size - 8);
        if (chance(file) % 2)
            memmove(file->bytes + start + to, file->bytes + start + from, length);
        else
            file->bytes[start + to] = (uint8_t)chance(file);
    }
}

static size_t compare_bytes(const uint8_t *bytes, size_t size)
{
    char path[32];
    const int descriptor = memfd_create("damaged", MFD_CLOEXEC);
    assert_true(descriptor >= 0 && write(descriptor, bytes, size) == (ssize_t)size);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", descriptor);
    const size_t types = compare_file(path);
    close(descriptor);
    return types;
}

// How many of so many damaged copies of the file still have types.
static size_t compare_damaged(const char *path, unsigned times)
{
    const struct object_options options = {.debug_folders = (const char *const[]){NULL}, .threads = 1};
    struct damaged file = {.state = 1};
    struct object *object = NULL;
    struct stat status;
    size_t readable = 0;
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0 && fstat(descriptor, &status) == 0);
    file.size = (size_t)status.st_size;
    file.bytes = malloc(file.size);
    uint8_t *const whole = malloc(file.size);
    assert_true(file.bytes && whole && read(descriptor, whole, file.size) == status.st_size);
    close(descriptor);
    memcpy(file.bytes, whole, file.size);
    assert_null(object_open(path, &options, &object));
    const bool is_found = section_find(&file, object, SECTION_INFO, &file.info_at, &file.info_size) &&
                          section_find(&file, object, SECTION_ABBREV, &file.abbrev_at, &file.abbrev_size);
    object_close(object);
    for (unsigned i = 0; is_found && i < times; i++) {
        damage(&file);
        readable += compare_bytes(file.bytes, file.size) > 0;
        memcpy(file.bytes, whole, file.size);
    }
    free(file.bytes);
    free(whole);
    return readable;
}

static void test_damaged_programs_give_the_same_index_either_way(void **state)
{
    (void)state;
    static const char *const names[] = {"cpp/gcc-dwarf5",   "cpp/gcc-dwarf4", "cpp/clang-dwarf5",
                                        "cpp/clang-dwarf4", "cpp/gcc-m32",    "c/gcc-dwarf5"};
    enum { TIMES = 40 };
    size_t readable = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        char path[512];
        snprintf(path, sizeof(path), FIXTURES_BINARY "/%s", names[i]);
        if (access(path, R_OK) == 0)
            readable += compare_damaged(path, TIMES);
    }
    print_message("%zu damaged files with types compared\n", readable);
    assert_true(readable > TIMES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_fixtures_give_the_same_index_either_way),
        cmocka_unit_test(test_damaged_programs_give_the_same_index_either_way),
        cmocka_unit_test(test_function_types_of_function_types_end),
        cmocka_unit_test(test_instances_that_complete_a_declaration_are_told_apart),
        cmocka_unit_test(test_scopes_without_names_are_told_apart),
        cmocka_unit_test(test_a_long_way_up_is_not_gone_with_every_member),
        cmocka_unit_test(test_real_libraries_give_the_same_index_either_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
