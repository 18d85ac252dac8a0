// SPDX-License-Identifier: MIT
// The index of a package: where a unit's parts begin, and the limit of its 32 bits.
#include "cmocka_all.h"
#include "dwarf/package.h"

#include <string.h>

// DWARF 5, section 7.3.5.3: a header, four slots of signatures and of rows, then two rows of three columns.
static const uint32_t index_words[] = {
    5,    3,     2,    4,                                   // version, columns, units, slots
    0x11, 0,     0x22, 0,    0,     0,    0, 0, 1, 2, 0, 0, // signatures, rows
    1,    3,     6,                                         // DW_SECT_INFO, _ABBREV, _STR_OFFSETS
    0,    0,     0,    0x40, 0x100, 0x80,                   // where the parts begin
    0x40, 0x100, 0x80, 0x30, 0x100, 0x80,                   // their sizes
};

static struct object object_with(uint64_t abbrev_bytes)
{
    static char path[] = "x.dwp";
    struct object object = {.path = path, .debug_path = path};
    object.sections[SECTION_CU_INDEX] = (struct bytes){(const uint8_t *)index_words, sizeof(index_words)};
    object.sections[SECTION_INFO].size_bytes = 0x70;
    object.sections[SECTION_ABBREV].size_bytes = abbrev_bytes;
    object.sections[SECTION_STR_OFFSETS].size_bytes = 0x100;
    return object;
}

static void test_parts(void **state)
{
    (void)state;
    const struct object object = object_with(0x200);
    struct problems problems = {0};
    CLEANUP(package_free_at) struct package *package = NULL;
    assert_null(package_read(&object, &problems, &package));
    assert_non_null(package);
    assert_int_equal(problems.length, 0);
    struct unit first = {.section = SECTION_INFO, .offset = 0, .abbrev_offset = 4};
    package_place(package, &first);
    assert_int_equal(first.abbrev_offset, 4);
    struct unit second = {.section = SECTION_INFO, .offset = 0x40, .abbrev_offset = 4};
    package_place(package, &second);
    assert_int_equal(second.abbrev_offset, 0x104);
    assert_int_equal(second.str_offsets_part, 0x80);
    struct unit behind = {.section = SECTION_INFO, .offset = 0x70, .abbrev_offset = 4};
    package_place(package, &behind); // which the index does not know
    assert_int_equal(behind.abbrev_offset, 4);
}

static void test_too_large(void **state)
{
    (void)state;
    struct problems problems = {0};
    struct package *package = NULL;
    const struct object largest = object_with(UINT32_MAX);
    assert_null(package_read(&largest, &problems, &package));
    package_free_at(&package);
    const struct object object = object_with(UINT64_C(0x100000000));
    struct error *error = package_read(&object, &problems, &package);
    assert_non_null(error);
    assert_null(package);
    assert_int_equal(error->code, ERROR_UNSUPPORTED);
    assert_non_null(strstr(error->message, "x.dwp: .debug_abbrev has 0x100000000 bytes"));
    error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
