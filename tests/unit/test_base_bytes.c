// SPDX-License-Identifier: MIT
// The bounds-checked reader: every read that would leave the section fails, sticks, and returns zero.
#include "base/bytes.h"
#include "cmocka_all.h"

static struct byte_reader reader_over(const char *data, size_t size_bytes, bool big_endian)
{
    return byte_reader_over((struct bytes){(const uint8_t *)data, size_bytes}, big_endian);
}

static void test_numbers_follow_the_byte_order(void **state)
{
    (void)state;
    struct byte_reader little = reader_over("\x01\x02\x03\x04\x05\x06\x07\x08", 8, false);
    struct byte_reader big = reader_over("\x01\x02\x03\x04\x05\x06\x07\x08", 8, true);
    assert_int_equal(byte_reader_u16(&little), 0x0201);
    assert_int_equal(byte_reader_u16(&big), 0x0102);
    assert_int_equal(byte_reader_sized(&little, 3), 0x050403);
    assert_int_equal(byte_reader_sized(&big, 3), 0x030405);
}

static void test_a_read_past_the_end_fails_and_sticks(void **state)
{
    (void)state;
    struct byte_reader reader = reader_over("\x01\x02\x03", 3, false);
    assert_int_equal(byte_reader_u32(&reader), 0);
    assert_true(reader.failed);
    assert_int_equal(byte_reader_u8(&reader), 0);
    assert_true(reader.failed);
}

// Values and bytes of DWARF 5, section 7.6, figures 22 and 23.
static void test_leb128_follows_the_standards_examples(void **state)
{
    (void)state;
    struct byte_reader u = reader_over("\x02\x7f\x80\x01\x81\x01\x82\x01\xb9\x64", 10, false);
    const uint64_t unsigned_values[] = {2, 127, 128, 129, 130, 12857};
    for (size_t i = 0; i < ARRAY_LENGTH(unsigned_values); i++)
        assert_int_equal(byte_reader_uleb(&u), unsigned_values[i]);
    struct byte_reader s = reader_over("\x02\x7e\xff\x00\x81\x7f\x80\x01\x80\x7f\x81\x01\xff\x7e", 14, false);
    const int64_t signed_values[] = {2, -2, 127, -127, 128, -128, 129, -129};
    for (size_t i = 0; i < ARRAY_LENGTH(signed_values); i++)
        assert_true(byte_reader_sleb(&s) == signed_values[i]);
    assert_false(u.failed || s.failed);
}

static void test_leb128_without_an_end_fails(void **state)
{
    (void)state;
    struct byte_reader cut = reader_over("\x80\x80", 2, false);
    byte_reader_uleb(&cut);
    assert_true(cut.failed);
    struct byte_reader endless =
        reader_over("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 18, false);
    byte_reader_uleb(&endless);
    assert_true(endless.failed);
}

static void test_texts_end_inside_the_section(void **state)
{
    (void)state;
    struct bytes section = {(const uint8_t *)"ab\0cd", 5};
    assert_string_equal(bytes_text_at(section, 1), "b");
    assert_null(bytes_text_at(section, 3));
    assert_null(bytes_text_at(section, 5));
    assert_null(bytes_text_at(section, UINT64_MAX));
    assert_false(bytes_hold(section, 3, UINT64_MAX));
    assert_true(bytes_hold(section, 3, 2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_follow_the_byte_order),
        cmocka_unit_test(test_a_read_past_the_end_fails_and_sticks),
        cmocka_unit_test(test_leb128_follows_the_standards_examples),
        cmocka_unit_test(test_leb128_without_an_end_fails),
        cmocka_unit_test(test_texts_end_inside_the_section),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
