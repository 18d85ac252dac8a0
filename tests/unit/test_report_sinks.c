// SPDX-License-Identifier: MIT
// Reports as files, over a type made by hand whose names are hostile: jansson reads what is JSON, and nothing
// replaces an old report before its time.
#include "cmocka_all.h"
#include "layout_bench.h"
#include "report/compact.h"
#include "report/out_file.h"
#include "report/writers.h"

#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOSTILE "</script>\xe2\x80\xa8<b>&\"|`\n\xff"

static const struct document_about about = {.version = "1.2.3", .cacheline_bytes = 64};

struct fixture {
    struct layout_bench bench;
    struct member members[2];
    struct type type;
    struct report_document document;
    struct described_type report;
    char folder[32];
    char path[64]; // of the report, in the folder
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    layout_bench_open(&fixture->bench);
    const struct member members[] = {FIELD_AT("a", type_bool, 0), FIELD_AT(HOSTILE, type_long, 8)};
    memcpy(fixture->members, members, sizeof(members));
    fixture->type = (struct type)RECORD(HOSTILE, 16, fixture->members);
    fixture->document = (struct report_document){.file = {.path = HOSTILE, .machine = "x86-64", .bits = 64}};
    const struct layout *layout;
    assert_null(layout_compute(fixture->bench.layouter, &fixture->type, &layout));
    fixture->report = (struct described_type){.name = HOSTILE,
                                              .kind_word = "struct",
                                              .language = "c",
                                              .layout = layout,
                                              .declared_file = HOSTILE,
                                              .declared_line = 7,
                                              .copies = 1,
                                              .definition_number = 1,
                                              .definitions_count = 1};
    assert_null(
        rows_build(fixture->bench.layouter, layout, NULL, &fixture->bench.arena, &fixture->report.rows));
    strcpy(fixture->folder, "/tmp/strata-sinks-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    *state = fixture;
    return 0;
}

static size_t files_in(const char *folder)
{
    DIR *stream = opendir(folder);
    size_t count = 0;
    for (struct dirent *entry; (entry = readdir(stream));)
        count += entry->d_name[0] != '.' || (entry->d_name[1] && entry->d_name[1] != '.');
    closedir(stream);
    return count;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    rmdir(fixture->folder);
    layout_bench_close(&fixture->bench);
    free(fixture);
    return 0;
}

// The caller frees the result.
static char *read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *text = calloc(1, 1 << 20);
    size_t length = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    text[length] = '\0';
    return text;
}

static struct document *feed(struct fixture *fixture, const struct writer *writer, const char *name,
                             unsigned files)
{
    snprintf(fixture->path, sizeof(fixture->path), "%s/%s", fixture->folder, name);
    struct document *document;
    assert_null(writer_open(writer, &(struct document_place){.path = fixture->path}, &about, &document));
    for (unsigned i = 0; i < files; i++) {
        assert_null(writer_begin_file(document, &fixture->document));
        for (int twice = 0; twice < 2; twice++)
            assert_null(writer_add(document, &fixture->document, &fixture->report));
        assert_null(writer_end_file(document, &fixture->document));
    }
    return document;
}

// The text of a finished report. The caller frees it.
static char *made(struct fixture *fixture, const struct writer *writer, unsigned files)
{
    struct document *document = feed(fixture, writer, "report", files);
    assert_int_not_equal(access(fixture->path, F_OK), 0);
    assert_null(writer_finish(document));
    assert_int_equal(files_in(fixture->folder), 1);
    return read_file(fixture->path);
}

static json_t *parsed(const char *text, size_t length)
{
    json_error_t error;
    json_t *root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!root)
        fail_msg("%s at %d", error.text, error.position);
    return root;
}

static void test_kinds_go_by_ending_or_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const struct writer *writer;
        const char *path;
    } cases[] = {
        {"a.html", &report_html, "a.html"},
        {"a.HTM", &report_html, "a.HTM"},
        {"dir.md/a.json", &report_json, "dir.md/a.json"},
        {"a.sarif.json", &report_sarif, "a.sarif.json"},
        {"a.db", &report_sqlite, "a.db"},
        {"a.ndjson", &report_ndjson, "a.ndjson"},
        {"postgresql:host=a dbname=b.db", &report_postgresql, "host=a dbname=b.db"},
        {"postgresql://a/b.db", &report_postgresql, "//a/b.db"},
        {"json:-", &report_json, "-"},
        {"md:x.html", &report_markdown, "x.html"},
        {"c:x.csv", &report_csv, "c:x.csv"},
    };
    const struct writer *writer;
    const char *path;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        assert_null(writer_of_path(report_writers, cases[i].text, &writer, &path));
        assert_ptr_equal(writer, cases[i].writer);
        assert_string_equal(path, cases[i].path);
    }
    static const char *const wrong[] = {"", ".html", "html", "html:", "a.pdf", "pdf:-"};
    for (size_t i = 0; i < ARRAY_LENGTH(wrong); i++) {
        struct error *error = writer_of_path(report_writers, wrong[i], &writer, &path);
        assert_non_null(error);
        assert_int_equal(error->code, ERROR_USAGE);
        error_free(error);
    }
}

static void test_no_name_ends_the_block_of_data(void **state)
{
    char *text = made(*state, &report_html, 2);
    const char *start = strstr(text, "id=\"data\">");
    assert_non_null(start);
    start += strlen("id=\"data\">");
    const char *end = strstr(start, "</script>");
    assert_non_null(end);
    for (const char *c = start; c < end; c++)
        assert_null(memchr("<>&", *c, 3));
    json_t *root = parsed(start, (size_t)(end - start));
    json_t *files = json_object_get(root, "files");
    assert_int_equal(json_array_size(files), 2);
    json_t *types = json_object_get(json_array_get(files, 1), "types");
    assert_int_equal(json_array_size(types), 2);
    const char *name = json_string_value(json_array_get(json_array_get(types, 1), 0));
    assert_string_equal(name, "</script>\xe2\x80\xa8<b>&\"|`\n\xef\xbf\xbd");
    json_decref(root);
    free(text);
}

static void test_one_document_or_several(void **state)
{
    char *one = made(*state, &report_json, 1);
    json_t *root = parsed(one, strlen(one));
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "strata.layout/1");
    json_decref(root);
    free(one);
    unlink(((struct fixture *)*state)->path);
    char *three = made(*state, &report_json, 3);
    root = parsed(three, strlen(three));
    assert_string_equal(json_string_value(json_object_get(root, "schema")), "strata.layouts/1");
    assert_int_equal(json_array_size(json_object_get(root, "documents")), 3);
    json_decref(root);
    free(three);
}

static void test_sarif_has_a_result_for_each_hole(void **state)
{
    char *text = made(*state, &report_sarif, 1);
    json_t *root = parsed(text, strlen(text));
    json_t *run = json_array_get(json_object_get(root, "runs"), 0);
    json_t *results = json_object_get(run, "results");
    assert_int_equal(json_array_size(results), 2);
    json_t *result = json_array_get(results, 0);
    assert_string_equal(json_string_value(json_object_get(result, "ruleId")), "hole");
    json_decref(root);
    assert_null(strchr(text, (char)0xff));
    free(text);
}

// A name may bring bars, backticks and line ends: the rows of the table stay rows.
static void test_a_row_stays_a_row(void **state)
{
    char *text = made(*state, &report_markdown, 1);
    size_t rows = 0;
    for (char *line = strtok(text, "\n"); line && strcmp(line, "~~~~text") != 0; line = strtok(NULL, "\n")) {
        if (strncmp(line, "| 7 | 16 | ", 11) != 0)
            continue;
        size_t bars = 0;
        for (const char *c = line; *c; c++)
            bars += *c == '|' && (c == line || c[-1] != '\\');
        assert_int_equal(bars, 10);
        rows++;
    }
    assert_int_equal(rows, 2);
    free(text);
}

static void test_what_is_discarded_leaves_no_trace(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; report_writers[i]; i++) {
        if (report_writers[i]->server) // tests/fleet has one
            continue;
        writer_discard(feed(fixture, report_writers[i], "discarded", 1));
        assert_int_equal(files_in(fixture->folder), 0);
    }
}

// A format needs no more than a word and how an item is written: the rest is as for all documents.
static struct error *count_encode(struct output *chunk, const struct report_document *document,
                                  const void *item)
{
    (void)document;
    if (*(const unsigned *)item)
        output_u64(chunk, *(const unsigned *)item);
    return NULL;
}

static void test_a_writer_of_one_function(void **state)
{
    struct fixture *fixture = *state;
    static const struct writer writer = {
        .name = "count", .first = "<", .between = "|", .encode = count_encode};
    static const unsigned items[] = {3, 0, 14};
    struct document *document;
    snprintf(fixture->path, sizeof(fixture->path), "%s/counts", fixture->folder);
    assert_null(writer_open(&writer, &(struct document_place){.path = fixture->path}, &about, &document));
    for (int file = 0; file < 2; file++) {
        assert_null(writer_begin_file(document, &fixture->document));
        for (size_t i = 0; i < ARRAY_LENGTH(items); i++)
            assert_null(writer_add(document, &fixture->document, &items[i]));
        assert_null(writer_end_file(document, &fixture->document));
    }
    assert_null(writer_finish(document));
    char *text = read_file(fixture->path);
    assert_string_equal(text, "<3|14<3|14");
    free(text);
}

// What one thread writes at once, several may encode: the document is the same, and an item that one document
// has nothing of leaves it alone.
static void test_chunks_come_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct described_type other = fixture->report;
    other.name = "second";
    struct output outputs[2] = {{0}, {0}}, direct = {0}, chunks = {0};
    struct document *documents[2], *alone;
    for (int i = 0; i < 2; i++)
        assert_null(writer_open(i ? &show_csv : &show_json, &(struct document_place){.output = &outputs[i]},
                                &about, &documents[i]));
    assert_null(writer_open(&show_json, &(struct document_place){.output = &direct}, &about, &alone));
    const struct described_type *types[] = {&fixture->report, &other};
    for (int i = 0; i < 2; i++)
        assert_null(writer_begin_file(documents[i], &fixture->document));
    assert_null(writer_begin_file(alone, &fixture->document));
    for (int i = 0; i < 2; i++) {
        assert_null(chunks_encode(&chunks, documents, 2, &fixture->document, types[i]));
        assert_null(writer_add(alone, &fixture->document, types[i]));
    }
    assert_null(chunks_take(&chunks, documents));
    for (int i = 0; i < 2; i++) {
        assert_null(writer_end_file(documents[i], &fixture->document));
        assert_null(writer_finish(documents[i]));
    }
    assert_null(writer_end_file(alone, &fixture->document));
    assert_null(writer_finish(alone));
    assert_int_equal(outputs[0].length, direct.length);
    assert_memory_equal(outputs[0].data, direct.data, direct.length);
    output_char(&outputs[1], '\0');
    assert_non_null(strstr(outputs[1].data, "second"));
    output_free(&outputs[0]);
    output_free(&outputs[1]);
    output_free(&direct);
    output_free(&chunks);
}

static void test_the_old_file_stays_until_the_end(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
    struct out_file *file;
    assert_null(out_file_open(fixture->path, &file));
    assert_int_equal(out_file_write(file, "old", 3), 0);
    assert_null(out_file_commit(file));
    assert_null(out_file_open(fixture->path, &file));
    assert_int_equal(out_file_write(file, "new", 3), 0);
    char *text = read_file(fixture->path);
    assert_string_equal(text, "old");
    free(text);
    assert_null(out_file_commit(file));
    text = read_file(fixture->path);
    assert_string_equal(text, "new");
    free(text);
    assert_int_equal(files_in(fixture->folder), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_kinds_go_by_ending_or_by_name),
        TEST(test_no_name_ends_the_block_of_data),
        TEST(test_one_document_or_several),
        TEST(test_sarif_has_a_result_for_each_hole),
        TEST(test_a_row_stays_a_row),
        TEST(test_what_is_discarded_leaves_no_trace),
        TEST(test_a_writer_of_one_function),
        TEST(test_chunks_come_in_order),
        TEST(test_the_old_file_stays_until_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
