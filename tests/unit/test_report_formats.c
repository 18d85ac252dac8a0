// SPDX-License-Identifier: MIT
// The formats of reports over types made by hand: jansson parses the JSON, and names that a hostile binary
// chose do no harm in any of them.
#include "cmocka_all.h"
#include "layout_bench.h"
#include "report/check.h"
#include "report/csv.h"
#include "report/list.h"
#include "report/safe_text.h"
#include "report/writers.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define HOSTILE "a\033]0;x\007\"\xe2\x80\xae\xff\\,<b>\xf0\x9d\x84\x9e"

struct fixture {
    struct layout_bench bench;
    struct member members[4];
    struct type type;
    struct report_document document;
    struct described_type report;
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    layout_bench_open(&fixture->bench);
    const struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT(HOSTILE, type_long, 8),
                                     FIELD_AT(NULL, type_int, 16), BITS_AT("flags", type_int, 163, 3)};
    memcpy(fixture->members, members, sizeof(members));
    fixture->type = (struct type)RECORD("demo", 24, fixture->members);
    fixture->document = (struct report_document){
        .file = {.path = HOSTILE, .build_id = "00ff", .machine = "x86-64", .bits = 64}};
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    layout_bench_close(&fixture->bench);
    free(fixture);
    return 0;
}

static struct document *document_into(const struct writer *writer, struct output *output)
{
    static const struct document_about about = {.version = "1.2.3", .cacheline_bytes = 64};
    struct document *document;
    assert_null(writer_open(writer, &(struct document_place){.output = output}, &about, &document));
    return document;
}

// The caller frees the result.
static char *render(struct fixture *fixture, const struct writer *writer)
{
    const struct layout *layout;
    assert_null(layout_compute(fixture->bench.layouter, &fixture->type, &layout));
    fixture->report = (struct described_type){.name = fixture->type.name,
                                              .kind_word = "struct",
                                              .language = "c",
                                              .layout = layout,
                                              .declared_file = HOSTILE,
                                              .declared_line = 7,
                                              .copies = 2,
                                              .definition_number = 1,
                                              .definitions_count = 1};
    assert_null(
        rows_build(fixture->bench.layouter, layout, NULL, &fixture->bench.arena, &fixture->report.rows));
    struct output output = {0};
    struct document *document = document_into(writer, &output);
    assert_null(writer_begin_file(document, &fixture->document));
    for (int twice = 0; twice < 2; twice++)
        assert_null(writer_add(document, &fixture->document, &fixture->report));
    assert_null(writer_end_file(document, &fixture->document));
    assert_null(writer_finish(document));
    output_char(&output, '\0');
    assert_null(output_finish(&output));
    return output.data;
}

// No byte that a terminal obeys, and no character that reorders text.
static void assert_harmless(const char *text)
{
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c >= 0x20 || *c == '\n');
    assert_null(strstr(text, "\xe2\x80\xae"));
    assert_null(strchr(text, 0x7f));
    assert_null(strchr(text, (char)0xff));
}

static json_int_t at(json_t *object, const char *key)
{
    json_t *value = json_object_get(object, key);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void test_json_says_what_the_layout_says(void **state)
{
    struct fixture *fixture = *state;
    char *text = render(fixture, &show_json);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "strata.layout/1");
    json_t *types = json_object_get(root, "types");
    assert_int_equal(json_array_size(types), 2);
    json_t *type = json_array_get(types, 1);
    assert_int_equal(at(type, "size_bytes"), 24);
    assert_int_equal(at(type, "own_waste_bytes"), (24 * 8 - 8 - 64 - 32 - 3 + 7) / 8);
    json_t *members = json_object_get(type, "members");
    assert_int_equal(json_array_size(members), 4);
    for (size_t i = 0; i < 4; i++) {
        json_t *member = json_array_get(members, i);
        assert_int_equal(at(member, "offset_bits"), fixture->members[i].offset_bits);
        assert_int_equal(at(member, "size_bits"), fixture->members[i].size_bits);
    }
    assert_true(json_is_null(json_object_get(json_array_get(members, 2), "name")));
    const char *hostile = json_string_value(json_object_get(json_array_get(members, 1), "name"));
    assert_string_equal(hostile, "a\033]0;x\007\"\xe2\x80\xae\xef\xbf\xbd\\,<b>\xf0\x9d\x84\x9e");
    json_int_t sum = 0;
    const char *key;
    json_t *value;
    json_object_foreach(json_object_get(type, "accounting"), key, value) sum += json_integer_value(value);
    assert_int_equal(sum, 24 * 8);
    json_decref(root);
    assert_harmless(text);
    free(text);
}

static void test_json_keeps_large_numbers(void **state)
{
    struct fixture *fixture = *state;
    fixture->members[3].offset_bits = (UINT64_C(1) << 60) + 1;
    char *text = render(fixture, &show_json);
    assert_non_null(strstr(text, "\"offset_bits\":1152921504606846977,"));
    free(text);
}

static void test_large_discriminants_are_hexadecimal(void **state)
{
    struct fixture *fixture = *state;
    const struct layout *layout;
    assert_null(layout_compute(fixture->bench.layouter, &fixture->type, &layout));
    static const struct {
        const char *values, *drawn;
    } cases[] = {
        {"9223372036854775809", "= 0x8000000000000001\n"},
        {"7", "= 7\n"},
        {"-9223372036854775807", "= -9223372036854775807\n"},
        {"9223372036854775808, 7", "= 9223372036854775808, 7\n"},
        {"340282366920938463463374607431768211455", "= 340282366920938463463374607431768211455\n"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct row row = {.kind = ROW_VARIANT, .name = "Some", .values_text = cases[i].values};
        struct described_type report = {
            .name = "e", .kind_word = "enum", .layout = layout, .rows = {.data = &row, .count = 1}};
        struct output output = {0};
        assert_null(show_text.encode(&output, &fixture->document, &report));
        output_char(&output, '\0');
        assert_non_null(strstr(output.data, cases[i].drawn));
        output_free(&output);
    }
}

static void test_what_has_no_name_is_spoken_of_all_the_same(void **state)
{
    struct fixture *fixture = *state;
    struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT(NULL, type_long, 8)};
    fixture->type = (struct type)RECORD("demo", 16, members);
    char *text = render(fixture, &show_text);
    assert_non_null(strstr(text, "align 8 (from an anonymous member)"));
    assert_non_null(strstr(text, "hole before (anonymous)\n"));
    free(text);
}

static void test_text_draws_the_table(void **state)
{
    char *text = render(*state, &show_text);
    assert_harmless(text);
    assert_non_null(strstr(text, "24 bytes, align 8"));
    assert_non_null(strstr(text, "       1     7         ░░░  "));
    assert_non_null(strstr(text, "    20:3    :3      4  flags  "));
    assert_non_null(strstr(text, "(anonymous)"));
    assert_non_null(strstr(text, "a\\x1b]0;x\\x07\"\\u{202e}\\xff\\,<b>"));
    free(text);
}

static void test_text_is_plain_ascii_when_asked(void **state)
{
    struct fixture *fixture = *state;
    fixture->document.style = (struct report_style){.ascii = true, .bytes = true};
    char *text = render(fixture, &show_text);
    for (const char *c = text; *c; c++)
        assert_true((unsigned char)*c < 0x7f);
    free(text);
}

static void test_colour_only_adds(void **state)
{
    struct fixture *fixture = *state;
    fixture->document.style.bytes = true;
    char *plain = render(fixture, &show_text);
    fixture->document.style.colour = true;
    char *coloured = render(fixture, &show_text);
    char *out = coloured;
    for (const char *c = coloured; *c; c++) {
        if (*c == '\033')
            c = strchr(c, 'm');
        else
            *out++ = *c;
    }
    *out = '\0';
    assert_string_equal(plain, coloured);
    free(plain);
    free(coloured);
}

// A size of 2^60 is drawn in a few lines.
static void test_the_byte_map_folds(void **state)
{
    struct fixture *fixture = *state;
    fixture->document.style.bytes = true;
    fixture->type.size_bytes = UINT64_C(1) << 60;
    fixture->members[3].kind = MEMBER_FIELD;
    fixture->members[3].offset_bits = 32 * 8;
    fixture->members[3].size_bits = UINT64_C(1) << 62;
    char *text = render(fixture, &show_text);
    assert_true(strlen(text) < 6000);
    assert_non_null(strstr(text, "more rows of f"));
    assert_non_null(strstr(text, "0   a ░ ░ ░"));
    free(text);
}

static void test_csv_quotes(void **state)
{
    const struct report_style exact = {0};
    struct output output = {0};
    csv_text(&output, &exact, "plain");
    output_char(&output, ';');
    csv_text(&output, &exact, "pair<int, char>");
    output_char(&output, ';');
    csv_text(&output, &exact, "say \"hi\"\n");
    output_char(&output, ';');
    csv_text(&output, &exact, NULL);
    csv_text(&output, &exact, "\xff");
    output_char(&output, '\0');
    assert_string_equal(output.data, "plain;\"pair<int, char>\";\"say \"\"hi\"\"\n\";\xef\xbf\xbd");
    output_free(&output);
    char *text = render(*state, &show_csv);
    assert_non_null(strstr(text, "demo,struct,24,8,hole,0,,,8,56,,"));
    free(text);
}

static void test_cells_are_counted_as_a_terminal_does(void **state)
{
    (void)state;
    assert_int_equal(safe_text(NULL, "ab", false), 2);
    assert_int_equal(safe_text(NULL, "日本", false), 4);
    assert_int_equal(safe_text(NULL, "é", false), 1);
    assert_int_equal(safe_text(NULL, "\033", false), 4);
    assert_int_equal(safe_text(NULL, "é", true), 6);
}

static int full_disk(void *context, const char *data, size_t size_bytes)
{
    (void)data;
    *(size_t *)context += size_bytes;
    return 28; // ENOSPC
}

static void test_a_failed_write_is_told_once_at_the_end(void **state)
{
    (void)state;
    size_t written = 0;
    struct output output = {.write = full_disk, .context = &written};
    for (int i = 0; i < 1000000; i++)
        output_u64(&output, UINT64_MAX);
    struct error *error = output_finish(&output);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_SYSTEM);
    assert_true(written < 2000000);
    error_free(error);
    output_free(&output);
}

// A list of two lines. The output is terminated.
static void list_whole(struct output *output, const struct report_document *document, const char *word,
                       const struct type_summary *a, const struct type_summary *b)
{
    const struct list_document about = {.document = *document, .lines_count = 2};
    const struct writer *writer = writer_named(list_writers, word);
    assert_non_null(writer);
    output->length = 0;
    struct document *list = document_into(writer, output);
    assert_null(writer_begin_file(list, &about.document));
    assert_null(writer_add(list, &about.document, a));
    assert_null(writer_add(list, &about.document, b));
    assert_null(writer_end_file(list, &about.document));
    assert_null(writer_finish(list));
    output_char(output, '\0');
}

// What rules came to, with names and messages that a hostile binary chose. The caller frees the result.
static char *check_whole(const char *word, const struct check_result *results, size_t count)
{
    const struct check_document about = {
        .document = {.file = {.path = HOSTILE, .machine = "x86-64", .bits = 64}},
        .rules_path = "layout.rules",
        .results = results,
        .count = count};
    struct output output = {0};
    struct document *document = document_into(writer_named(check_writers, word), &output);
    assert_null(writer_begin_file(document, &about.document));
    for (size_t i = 0; i < count; i++)
        assert_null(writer_add(document, &about.document, &results[i]));
    assert_null(writer_end_file(document, &about.document));
    assert_null(writer_finish(document));
    output_char(&output, '\0');
    assert_null(output_finish(&output));
    return output.data;
}

static const struct check_result results[] = {
    {.type_name = HOSTILE "[x](y)",
     .kind_word = "struct",
     .declared_file = "a b.c",
     .declared_line = 7,
     .rule_text = "max_size 16",
     .rule_id = "size",
     .rule_line = 3,
     .message = "the size is 24"},
    {.type_name = "kept", .rule_text = "no_holes", .rule_id = "holes"},
    {.type_name = "known",
     .rule_text = "max_size 1",
     .rule_id = "size",
     .message = "the size is 2",
     .is_blessed = true},
    {.type_name = "gone", .rule_text = "", .rule_id = "no-type", .rule_line = 9, .message = "no such type"},
};

static const char *text_at(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

// One SARIF: what a report's log has, that of a check has, too.
static void test_sarif_of_a_check(void **state)
{
    (void)state;
    char *text = check_whole("sarif", results, ARRAY_LENGTH(results));
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver");
    assert_string_equal(text_at(driver, "version"), "1.2.3");
    assert_int_equal(json_array_size(json_object_get(driver, "rules")), 2); // size once, no-type
    json_t *found = json_object_get(run, "results");
    assert_int_equal(json_array_size(found), 3);
    json_t *first = json_array_get(found, 0), *place = json_array_get(json_object_get(first, "locations"), 0);
    json_t *artifact = json_object_get(json_object_get(place, "physicalLocation"), "artifactLocation");
    assert_string_equal(text_at(artifact, "uri"), "a%20b.c");
    assert_non_null(strstr(text_at(json_object_get(first, "message"), "text"), "\\[x\\](y)"));
    assert_non_null(
        strstr(text_at(json_object_get(first, "partialFingerprints"), "strata/v1"), "max_size 16"));
    assert_null(json_object_get(first, "suppressions"));
    assert_non_null(json_object_get(json_array_get(found, 1), "suppressions"));
    // What is not there is shown where its rule stands.
    place = json_array_get(json_object_get(json_array_get(found, 2), "locations"), 0);
    artifact = json_object_get(json_object_get(place, "physicalLocation"), "artifactLocation");
    assert_string_equal(text_at(artifact, "uri"), "layout.rules");
    json_decref(root);
    assert_harmless(text);
    free(text);
    // Without results it is a log all the same.
    text = check_whole("sarif", results + 1, 1);
    root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_decref(root);
    free(text);
}

static void test_checks_for_people_and_tools(void **state)
{
    (void)state;
    static const char *const words[] = {"text", "junit", "github"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++) {
        char *text = check_whole(words[i], results, ARRAY_LENGTH(results));
        assert_harmless(text);
        assert_non_null(strstr(text, "the size is 24"));
        free(text);
    }
    char *text = check_whole("text", results, ARRAY_LENGTH(results));
    assert_non_null(strstr(text, "2 of 4 checks broken, 1 more blessed\n"));
    free(text);
    text = check_whole("junit", results, ARRAY_LENGTH(results));
    assert_non_null(strstr(text, "tests=\"4\" failures=\"2\" skipped=\"1\""));
    free(text);
}

// A word that two formats of one kind of document share could be asked for, but one of them never given.
static void test_each_format_has_a_word_of_its_own(void **state)
{
    (void)state;
    const struct writer *const *const tables[] = {show_writers, report_writers, list_writers,   pack_writers,
                                                  diff_writers, check_writers,  verify_writers, lab_writers};
    for (size_t t = 0; t < ARRAY_LENGTH(tables); t++)
        for (size_t i = 0; tables[t][i]; i++)
            assert_ptr_equal(writer_named(tables[t], tables[t][i]->name), tables[t][i]);
    assert_null(writer_named(show_writers, "sarif"));
    assert_null(writer_named(show_writers, ""));
}

static void test_list_formats(void **state)
{
    (void)state;
    struct type_summary summaries[] = {
        {.name = HOSTILE,
         .kind = "struct",
         .language = "c",
         .size_known = true,
         .size_bytes = 24,
         .align_bytes = 8,
         .members = 3,
         .holes = 1,
         .own_waste_bits = 88,
         .deep_waste_bits = 88,
         .cache_lines = 1,
         .copies = 1,
         .declared_file = "demo.c",
         .declared_line = 7},
        {.name = "b", .kind = "union", .copies = 4},
    };
    struct report_document document = {.file = {.path = "p", .machine = "x86-64", .bits = 64}};
    struct output output = {0};
    list_whole(&output, &document, "json", &summaries[0], &summaries[1]);
    json_t *root = json_loads(output.data, JSON_REJECT_DUPLICATES, NULL);
    assert_non_null(root);
    json_t *first = json_array_get(json_object_get(root, "types"), 0);
    assert_int_equal(at(first, "own_waste_bytes"), 11);
    assert_true(
        json_is_null(json_object_get(json_array_get(json_object_get(root, "types"), 1), "size_bytes")));
    json_decref(root);
    list_whole(&output, &document, "text", &summaries[0], &summaries[1]);
    assert_harmless(output.data);
    assert_non_null(strstr(
        output.data, "      24      8        3      1     11     11      0      1       1  struct a\\x1b"));
    list_whole(&output, &document, "csv", &summaries[0], &summaries[1]);
    assert_non_null(strstr(output.data, "struct,c,24,8,3,1,11,11,0,1,0,0,0,1,demo.c,7\r\n"));
    output_free(&output);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_json_says_what_the_layout_says),
        TEST(test_json_keeps_large_numbers),
        TEST(test_text_draws_the_table),
        TEST(test_large_discriminants_are_hexadecimal),
        TEST(test_what_has_no_name_is_spoken_of_all_the_same),
        TEST(test_text_is_plain_ascii_when_asked),
        TEST(test_colour_only_adds),
        TEST(test_the_byte_map_folds),
        TEST(test_csv_quotes),
        TEST(test_cells_are_counted_as_a_terminal_does),
        TEST(test_a_failed_write_is_told_once_at_the_end),
        TEST(test_list_formats),
        TEST(test_sarif_of_a_check),
        TEST(test_checks_for_people_and_tools),
        TEST(test_each_format_has_a_word_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
