// SPDX-License-Identifier: MIT
// Figures that were kept are those that are computed, column by column; and bytes that nobody has checked can make them wrong, but no more.
#include "cmocka_all.h"
#include "query/figures.h"
#include "query/member_names.h"
#include "query/summarize.h"
#include "source/source_open.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALL_PARTS = DESCRIBE_PACK | DESCRIBE_SHARING, ROUNDS = 1500 };

// A source that keeps what it is given, in memory; the rest is another one's.
struct keeping_source {
    struct type_source source; // first
    struct type_source *inner;
    struct type_source_ops ops;
    uint8_t *bytes;
    size_t size_bytes;
    char part[32];
    unsigned times;
};

static struct keeping_source *keeping_of(const struct type_source *source)
{
    return (struct keeping_source *)(uintptr_t)source;
}

static struct error *keeping_index(const struct type_source *source,
                                   const struct type_source_index_options *options, struct type_index **index)
{
    return type_source_index(keeping_of(source)->inner, options, index);
}

static struct error *keeping_make(const struct type_source *source, const struct type_index *index,
                                  struct type_maker **maker)
{
    return type_source_make(keeping_of(source)->inner, index, maker);
}

static bool keeps(const struct type_source *source)
{
    (void)source;
    return true;
}

static struct bytes kept(const struct type_source *source, const char *part)
{
    const struct keeping_source *keeping = keeping_of(source);
    return strcmp(part, keeping->part) != 0 ? (struct bytes){0}
                                            : (struct bytes){keeping->bytes, keeping->size_bytes};
}

static void keep(const struct type_source *source, const char *part, struct bytes bytes)
{
    struct keeping_source *keeping = keeping_of(source);
    free(keeping->bytes);
    keeping->bytes = malloc(bytes.size_bytes);
    memcpy(keeping->bytes, bytes.data, bytes.size_bytes);
    keeping->size_bytes = bytes.size_bytes;
    snprintf(keeping->part, sizeof(keeping->part), "%s", part);
    keeping->times++;
}

struct fixture {
    struct keeping_source keeping;
    struct query query;
    struct selection selection;
};

static void open_fixture(const char *name, struct fixture *fixture)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", FIXTURES_BINARY, name);
    *fixture = (struct fixture){0};
    struct keeping_source *keeping = &fixture->keeping;
    assert_null(type_source_open(path, &(struct type_source_options){0}, NULL, &keeping->inner));
    keeping->ops = (struct type_source_ops){
        .index = keeping_index, .make = keeping_make, .keeps = keeps, .kept = kept, .keep = keep};
    keeping->source = (struct type_source){.ops = &keeping->ops, .facts = keeping->inner->facts};
    fixture->query = (struct query){.source = &keeping->source, .threads = 2};
    assert_null(select_types(&fixture->query, NULL, 0, SELECT_ENUMERATIONS, &fixture->selection));
    assert_true(fixture->selection.count > 10);
}

static void close_fixture(struct fixture *fixture)
{
    selection_free(&fixture->selection);
    type_source_close(fixture->keeping.inner);
    free(fixture->keeping.bytes);
}

struct collecting {
    const struct figures *figures; // NULL: computed without them
    struct type_summary *summaries;
    const char **members;
    bool *is_visited;
    unsigned parts;
};

static struct error *collect(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct collecting *collecting = context;
    struct type_summary *summary = &collecting->summaries[item->position];
    collecting->is_visited[item->position] = true;
    RETURN_IF_ERROR(collecting->figures
                        ? figures_summarize(collecting->figures, worker, item, collecting->parts, summary)
                        : summary_of_item(worker, item, collecting->parts, summary));
    RETURN_IF_ERROR(summary_keep(summary, worker->kept));
    collecting->members[item->position] = member_names(item->layout->type, worker->kept);
    return NULL;
}

static void collecting_make(struct collecting *collecting, size_t count)
{
    collecting->summaries = calloc(count + 1, sizeof(*collecting->summaries));
    collecting->members = calloc(count + 1, sizeof(*collecting->members));
    collecting->is_visited = calloc(count + 1, sizeof(*collecting->is_visited));
}

static void collecting_free(struct collecting *collecting)
{
    free(collecting->summaries);
    free(collecting->members);
    free(collecting->is_visited);
}

static void walk_over(struct fixture *fixture, struct collecting *collecting, struct walk *walk)
{
    *walk = (struct walk){.query = &fixture->query,
                          .selection = &fixture->selection,
                          .visit = collect,
                          .context = collecting,
                          .progress_label = "",
                          .passes_over = collecting->figures ? collecting->figures->is_known : NULL};
    assert_null(walk_types(walk));
}

static void texts_equal(const char *a, const char *b)
{
    assert_int_equal(a == NULL, b == NULL);
    if (a)
        assert_string_equal(a, b);
}

static void lists_equal(const char *a, const char *b)
{
    for (; *a; a += strlen(a) + 1, b += strlen(b) + 1)
        assert_string_equal(a, b);
    assert_int_equal(*b, '\0');
}

static void summaries_equal(const struct type_summary *a, const struct type_summary *b)
{
    assert_int_equal(a->size_known, b->size_known);
    texts_equal(a->declared_folder, b->declared_folder);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (columns[i].is_text)
            texts_equal(column_text(&columns[i], a), column_text(&columns[i], b));
        else if (column_kept(&columns[i], a) != column_kept(&columns[i], b))
            fail_msg("%s: %s is %llu instead of %llu", a->name, columns[i].name,
                     (unsigned long long)column_kept(&columns[i], a),
                     (unsigned long long)column_kept(&columns[i], b));
    }
}

static void keep_all(struct fixture *fixture)
{
    struct figures figures;
    struct walk walk;
    struct collecting noting = {.figures = &figures, .parts = DESCRIBE_PACK};
    assert_null(figures_open(&fixture->query, &fixture->selection, &figures));
    assert_true(figures.are_kept);
    collecting_make(&noting, fixture->selection.count);
    walk_over(fixture, &noting, &walk);
    figures_keep(&figures);
    walk_free(&walk);
    figures_close(&figures);
    collecting_free(&noting);
}

static const char *const fixtures[] = {"c/gcc-two-units", "c/gcc-dwarf4", "cpp/gcc-dwarf5",
                                       "cpp/clang-dwarf4"};

static void test_what_is_kept_is_what_is_computed(void **state)
{
    (void)state;
    for (size_t f = 0; f < ARRAY_LENGTH(fixtures); f++) {
        struct fixture fixture;
        open_fixture(fixtures[f], &fixture);
        keep_all(&fixture);
        for (unsigned parts = 0; parts <= ALL_PARTS; parts += 2) {
            struct collecting plain = {.parts = parts};
            struct figures figures;
            struct walk walk;
            collecting_make(&plain, fixture.selection.count);
            walk_over(&fixture, &plain, &walk);
            assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
            for (size_t i = 0; i < fixture.selection.count; i++) {
                struct type_summary summary;
                const char *members;
                assert_int_equal(figures_take(&figures, i, parts, &summary, &members), plain.is_visited[i]);
                if (!plain.is_visited[i])
                    continue;
                summaries_equal(&summary, &plain.summaries[i]);
                lists_equal(members, plain.members[i]);
            }
            figures_keep(&figures); // nothing is new
            figures_close(&figures);
            walk_free(&walk);
            collecting_free(&plain);
        }
        assert_int_equal(fixture.keeping.times, 1);
        close_fixture(&fixture);
    }
}

// A list of some types keeps what it has computed; one of all computes the rest, and then all is there.
static void test_what_is_missing_is_added(void **state)
{
    (void)state;
    struct fixture fixture;
    struct figures figures;
    struct walk walk;
    open_fixture("cpp/gcc-dwarf5", &fixture);
    const size_t all = fixture.selection.count;
    fixture.selection.count = all / 3;
    keep_all(&fixture);
    fixture.selection.count = all;
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    struct collecting rest = {.figures = &figures, .parts = ALL_PARTS};
    collecting_make(&rest, all);
    walk_over(&fixture, &rest, &walk);
    for (size_t i = 0; i < all / 3; i++)
        assert_false(rest.is_visited[i]);
    assert_true(rest.is_visited[all - 1]);
    figures_keep(&figures);
    walk_free(&walk);
    figures_close(&figures);
    collecting_free(&rest);
    assert_int_equal(fixture.keeping.times, 2);
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    for (size_t i = 0; i < all; i++)
        assert_true(figures.is_known[i]);
    figures_close(&figures);
    close_fixture(&fixture);
}

// Of lines of another size, another ABI, another index, or only a part of it, they are others.
static void test_others_figures_are_not_taken(void **state)
{
    (void)state;
    struct fixture fixture;
    struct figures figures;
    open_fixture("c/gcc-two-units", &fixture);
    keep_all(&fixture);
    fixture.query.layout.cacheline_bytes = 128;
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    assert_null(figures.is_known);
    figures_close(&figures);
    fixture.query.layout.cacheline_bytes = 64; // 0 stands for it
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    assert_non_null(figures.is_known);
    figures_close(&figures);
    fixture.query.layout.abi = abi_of_platform(3, 32, PLATFORM_ELF); // EM_386
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    assert_null(figures.is_known);
    figures_close(&figures);
    fixture.query.layout.abi = NULL;
    fixture.selection.index_is_full = false;
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    assert_false(figures.are_kept);
    figures_close(&figures);
    fixture.selection.index_is_full = true;
    fixture.selection.index->entries_count--;
    assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
    assert_null(figures.is_known);
    figures_close(&figures);
    fixture.selection.index->entries_count++;
    close_fixture(&fixture);
}

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

static size_t read_all(const struct fixture *fixture, const struct figures *figures)
{
    size_t bytes = 0;
    for (size_t i = 0; i < fixture->selection.count; i++) {
        struct type_summary summary;
        const char *members;
        if (!figures_take(figures, i, ALL_PARTS, &summary, &members))
            continue;
        assert_non_null(summary.kind);
        for (size_t c = 0; c < COLUMNS; c++)
            if (columns[c].is_text && column_text(&columns[c], &summary))
                bytes += strlen(column_text(&columns[c], &summary));
        for (; *members; members += strlen(members) + 1)
            bytes++;
    }
    return bytes;
}

// No checksum stands before them here: whatever they say, reading stays within them.
static void test_changed_bytes_harm_nobody(void **state)
{
    (void)state;
    struct fixture fixture;
    uint32_t random = 7, read = 0;
    open_fixture("c/gcc-two-units", &fixture);
    keep_all(&fixture);
    struct keeping_source *keeping = &fixture.keeping;
    uint8_t *const whole = keeping->bytes;
    const size_t whole_bytes = keeping->size_bytes;
    for (int round = 0; round < ROUNDS; round++) {
        struct figures figures;
        keeping->size_bytes = next_random(&random) % 8 ? whole_bytes : next_random(&random) % whole_bytes;
        keeping->bytes = malloc(keeping->size_bytes + 1); // the address sanitizer watches its end
        memcpy(keeping->bytes, whole, keeping->size_bytes);
        const unsigned changes = 1 + next_random(&random) % 6;
        for (unsigned i = 0; i < changes && keeping->size_bytes; i++) {
            static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
            const size_t within =
                next_random(&random) % 8 || keeping->size_bytes < 64 ? keeping->size_bytes : 64;
            keeping->bytes[next_random(&random) % within] =
                next_random(&random) % 2 ? (uint8_t)next_random(&random)
                                         : values[next_random(&random) % sizeof(values)];
        }
        assert_null(figures_open(&fixture.query, &fixture.selection, &figures));
        read += figures.is_known && read_all(&fixture, &figures) > 0;
        figures_close(&figures);
        free(keeping->bytes);
    }
    assert_true(read > 100); // many get through
    keeping->bytes = whole;
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_kept_is_what_is_computed),
        cmocka_unit_test(test_what_is_missing_is_added),
        cmocka_unit_test(test_others_figures_are_not_taken),
        cmocka_unit_test(test_changed_bytes_harm_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
