// SPDX-License-Identifier: MIT
// Maps of running Go programs, of both designs: what the program itself says of lengths and contents, against what is
// read from its memory by the shapes of its debug information. The program waits, so nothing changes meanwhile.
#include "map_subject.h"

#include "gomap/map_entries.h"
#include "gomap/map_text.h"
#include "memory/target.h"
#include "source/source_open.h"

#include <inttypes.h>

struct bench {
    struct map_subject subject;
    struct memory_target *target;
    struct type_source *source;
    struct type_maker *maker;
    struct page_cache *pages;
    struct map_texts *texts;
    unsigned maps, sums;
};

static void fine(struct error *error)
{
    if (error)
        fail_msg("%s", error->message);
}

static uint64_t hash_of(const char *key, const char *elem)
{
    char line[200];
    uint64_t hash = 0xcbf29ce484222325;
    snprintf(line, sizeof(line), "%s=%s", key, elem);
    for (const char *c = line; *c; c++) // FNV-1a, as the subject does it
        hash = (hash ^ (unsigned char)*c) * 0x100000001b3;
    return hash;
}

struct sums {
    uint64_t count, sum;
};

// An entry's texts, which are whole when map_texts_finish has read what they need.
struct texts {
    char key[PICTURE_TEXT_BYTES], elem[PICTURE_TEXT_BYTES];
};

struct collecting {
    struct bench *bench;
    const struct map_shape *shape;
    struct texts *list;
    uint64_t count, most;
};

static bool collect(void *context, const struct map_entry *entry)
{
    struct collecting *all = context;
    const struct map_shape *shape = all->shape;
    if (all->count == all->most)
        return false;
    struct texts *to = &all->list[all->count++];
    assert_true(
        map_texts_add(all->bench->texts, shape, &shape->key, entry->key, to->key, sizeof(to->key)) &&
        map_texts_add(all->bench->texts, shape, &shape->elem, entry->elem, to->elem, sizeof(to->elem)));
    return true;
}

static void sum_entries(struct bench *bench, const struct map_survey *survey, struct sums *sums)
{
    uint64_t chunks_left = 1 << 20;
    struct collecting all = {.bench = bench, .shape = survey->shape, .most = survey->figures.count};
    all.list = calloc(all.most + 1, sizeof(*all.list));
    assert_non_null(all.list);
    const struct map_entries walked = map_entries_each(survey, bench->pages, &chunks_left, collect, &all);
    assert_false(walked.is_cut || walked.is_stopped);
    assert_true(map_texts_finish(bench->texts, bench->pages));
    for (uint64_t i = 0; i < all.count; i++)
        sums->sum += hash_of(all.list[i].key, all.list[i].elem);
    sums->count = walked.visited;
    free(all.list);
}

static struct error *check_variable(void *context, const struct type_source_variable *variable)
{
    struct bench *bench = context;
    const struct type_index_entry entry = {.id = variable->type};
    const struct type *type;
    const long double count = subject_number(&bench->subject, variable->name, "count");
    if (count < 0)
        return NULL;
    fine(type_maker_build(bench->maker, &entry, &type));
    if (!type_is_go_map(type))
        return NULL;
    struct map_shape shape;
    fine(map_shape_read(bench->maker, type, &shape));
    uint8_t word[8];
    fine(memory_read(bench->target->memory, variable->address + bench->target->bias, word,
                     shape.address_bytes));
    const uint64_t address = map_address_number(&shape, word);
    struct map_survey survey;
    for (bool more = map_survey_start(&survey, bench->pages, &shape, address); more;)
        more = map_survey_step(&survey, bench->pages, 100);
    assert_false(survey.figures.is_torn || survey.figures.is_cut);
    if ((long double)survey.figures.count != count)
        fail_msg("%s: %" PRIu64 " entries, and %.0Lf as it says", variable->name, survey.figures.count,
                 count);
    bench->maps++;
    if (!address)
        return NULL;
    struct sums sums = {0};
    sum_entries(bench, &survey, &sums);
    assert_int_equal(sums.count, survey.figures.count);
    const long double sum = subject_number(&bench->subject, variable->name, "sum");
    if (sum > 0 && (long double)sums.sum != sum)
        fail_msg("%s: another content than the program says", variable->name);
    bench->sums += sum > 0;
    return NULL;
}

static void subject_is_read(const char *name)
{
    struct bench bench = {0};
    const struct target_options target_options = {0};
    const struct type_source_options source_options = {.threads = 1};
    char pid[16];
    if (!subject_start(&bench.subject, name)) {
        print_message("[  SKIPPED ] %s is not here\n", name);
        return;
    }
    snprintf(pid, sizeof(pid), "%d", (int)bench.subject.pid);
    fine(memory_target_open(pid, &target_options, &bench.target));
    fine(type_source_open(bench.target->executable, &source_options, NULL, &bench.source));
    fine(type_source_make(bench.source, NULL, &bench.maker));
    fine(pages_open(bench.target->memory, 1 << 24, &bench.pages));
    fine(map_texts_open(bench.maker, &bench.texts));
    fine(type_source_variables(bench.source, check_variable, &bench));
    assert_true(bench.maps >= 36);
    assert_true(bench.sums >= 20);
    map_texts_close(bench.texts);
    pages_close(bench.pages);
    type_maker_close(bench.maker);
    type_source_close(bench.source);
    memory_target_close(bench.target);
    subject_stop(&bench.subject);
}

static void classic_maps_are_read(void **state)
{
    (void)state;
    subject_is_read("go1.22");
    subject_is_read("go1.23");
}

static void swiss_maps_are_read(void **state)
{
    (void)state;
    subject_is_read("go1.24");
    subject_is_read("go1.25");
    subject_is_read("go1.26");
    subject_is_read("go1.27");
}

static void experiments_and_pies_are_read(void **state)
{
    (void)state;
    subject_is_read("go1.24-noswissmap");
    subject_is_read("go1.22-pie");
    subject_is_read("go1.26-pie");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classic_maps_are_read),
        cmocka_unit_test(swiss_maps_are_read),
        cmocka_unit_test(experiments_and_pies_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
