// SPDX-License-Identifier: MIT
// DWARF's numbers in the words of the model. Languages come by numbers of dwarfstd.org/languages.html, which had
// drifted apart in three tables; names of encodings by libdwarf.
#include "base/attributes.h"
#include "cmocka_all.h"
#include "dwarf/vocabulary.h"

#include <dwarf.h>
#include <libdwarf.h>
#include <string.h>

static void test_languages(void **state)
{
    (void)state;
    static const struct {
        uint16_t number;
        const char *word;
        int lower_bound;
        bool has_scopes;
    } languages[] = {
        {DW_LANG_C89, "c", 0, false},
        {DW_LANG_C11, "c", 0, false},
        {DW_LANG_C_plus_plus_14, "c++", 0, true},
        {0x2a, "c++", 0, true}, // C++17
        {0x2b, "c++", 0, true}, // C++20
        {0x2c, "c", 0, false},  // C17
        {DW_LANG_Fortran08, "fortran", 1, true},
        {0x2d, "fortran", 1, true}, // Fortran 2018
        {DW_LANG_Ada95, "ada", 1, true},
        {0x2e, "ada", 1, true}, // Ada 2005
        {0x2f, "ada", 1, true}, // Ada 2012
        {0x3a, "c++", 0, true}, // C++23
        {0x3e, "c", 0, false},  // C23
        {DW_LANG_Go, "go", 0, false},
        {DW_LANG_Rust, "rust", 0, true},
        {DW_LANG_Mips_Assembler, "assembly", 0, false},
        {0, NULL, 0, true},
        {0xfffe, NULL, 0, true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(languages); i++) {
        const enum language language = vocabulary_language(languages[i].number);
        const char *word = language_word(language);
        if (!word || !languages[i].word)
            assert_ptr_equal(word, languages[i].word);
        else
            assert_string_equal(word, languages[i].word);
        assert_int_equal(language_lower_bound(language), languages[i].lower_bound);
        assert_int_equal(language_has_scopes(language), languages[i].has_scopes);
    }
    assert_int_equal(vocabulary_language(0), LANGUAGE_UNSTATED);
    assert_int_equal(vocabulary_language(0xfffe), LANGUAGE_OTHER);
}

static void test_words_of_languages(void **state)
{
    (void)state;
    for (enum language language = LANGUAGE_UNSTATED; language < LANGUAGES; language++)
        if (language_word(language))
            assert_ptr_equal(language_word_named(language_word(language)), language_word(language));
    assert_string_equal(language_word_named("CPP"), "c++");
    assert_string_equal(language_word_named("Rust"), "rust");
    assert_null(language_word_named("klingon"));
}

static void test_encodings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum encoding encoding;
    } encodings[] = {
        {"DW_ATE_boolean", ENCODING_BOOLEAN},   {"DW_ATE_complex_float", ENCODING_COMPLEX_FLOAT},
        {"DW_ATE_float", ENCODING_FLOAT},       {"DW_ATE_signed", ENCODING_SIGNED},
        {"DW_ATE_unsigned", ENCODING_UNSIGNED}, {"DW_ATE_signed_char", ENCODING_SIGNED_CHARACTER},
        {"DW_ATE_UTF", ENCODING_UNICODE},       {"DW_ATE_decimal_float", ENCODING_DECIMAL_FLOAT},
    };
    enum { LAST_OF_DWARF5 = 0x12 };
    unsigned met = 0;
    for (unsigned number = 1; number <= LAST_OF_DWARF5; number++) {
        const char *name;
        assert_int_equal(dwarf_get_ATE_name(number, &name), DW_DLV_OK);
        assert_int_not_equal(vocabulary_encoding(number), ENCODING_OTHER);
        for (size_t i = 0; i < ARRAY_LENGTH(encodings); i++)
            if (strcmp(name, encodings[i].name) == 0) {
                assert_int_equal(vocabulary_encoding(number), encodings[i].encoding);
                met++;
            }
    }
    assert_int_equal(met, ARRAY_LENGTH(encodings));
    assert_int_equal(vocabulary_encoding(0), ENCODING_UNSTATED);
    assert_int_equal(vocabulary_encoding(LAST_OF_DWARF5 + 1), ENCODING_OTHER);
}

// A type by any of its tags has a kind; what is no type has none.
static void test_kinds(void **state)
{
    (void)state;
    assert_int_equal(vocabulary_kind(DW_TAG_structure_type), TYPE_STRUCT);
    assert_int_equal(vocabulary_kind(DW_TAG_template_alias), TYPE_TYPEDEF);
    assert_int_equal(vocabulary_kind(DW_TAG_typedef), TYPE_TYPEDEF);
    assert_int_equal(vocabulary_kind(DW_TAG_atomic_type), TYPE_ATOMIC);
    assert_int_equal(vocabulary_kind(DW_TAG_variable), TYPE_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_words_of_languages),
        cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
