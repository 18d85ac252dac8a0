// SPDX-License-Identifier: MIT
// Maps of running Go programs, of both designs: what the program itself says of lengths and contents, against what is
// read from its memory by the shapes of its debug information. The program waits, so nothing changes meanwhile.
#include "map_subject.h"

#include "gomap/map_window.h"
#include "memory/target.h"
#include "source/source_open.h"

#include <inttypes.h>

struct bench {
    struct map_subject subject;
    struct memory_target *target;
    struct type_source *source;
    struct type_maker *maker;
    struct page_cache *pages;
    struct map_window *window;
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

static void swiss_sums(struct bench *bench, const struct map_shape *shape, uint64_t address,
                       struct sums *sums)
{
    struct swiss_picture picture = {0};
    uint64_t latest = UINT64_MAX, place = 0;
    do {
        const struct swiss_request request = {.tables_place = place,
                                              .tables = 1,
                                              .dir_cells = 7,
                                              .groups = 4096,
                                              .texts = true,
                                              .has_cursor = true,
                                              .has_bytes = true};
        fine(map_window_swiss_header(bench->window, shape, address, &picture));
        assert_false(picture.header.in_doubt);
        fine(map_window_swiss_chosen(bench->window, place, &picture));
        fine(map_window_swiss(bench->window, &request, &picture));
        assert_false(map_window_changed(bench->window));
        const struct swiss_placed_table *table = &picture.chosen;
        assert_int_equal(picture.overview.used, picture.header.used);
        if (picture.header.dir_length) {
            assert_int_equal(picture.tables[0].address, table->address);
            assert_true(table->first_place <= place && place < table->first_place + table->places);
        }
        if (!table->capacity || (table->address && table->address == latest))
            continue;
        latest = table->address;
        assert_false(table->in_doubt);
        assert_int_equal(picture.groups_count, table->groups);
        uint64_t live = 0, tombstones = 0;
        for (size_t i = 0; i < picture.groups_count * SWISS_SLOTS; i++) {
            const uint8_t control = picture.groups[i / SWISS_SLOTS].control[i % SWISS_SLOTS];
            tombstones += control == SWISS_MARK_DELETED;
            if (!swiss_is_live(control))
                continue;
            live++;
            sums->sum += hash_of(picture.entries[i].key, picture.entries[i].elem);
        }
        sums->count += live;
        assert_int_equal(live, table->used);
        assert_int_equal(tombstones, table->tombstones); // by the table's numbers, and by its control bytes
    } while (++place < picture.header.dir_length);
    assert_int_equal(sums->count, picture.header.used);
}

static void classic_sums(struct bench *bench, const struct map_shape *shape, uint64_t address,
                         struct sums *sums)
{
    struct classic_picture picture = {0};
    for (uint64_t first = 0, step = 1000;; first += step) {
        struct classic_wishes wishes = {
            .windows = {{.is_old = true, .first = first, .count = step, .chain_limit = 100, .texts = true},
                        {.first = first, .count = step, .chain_limit = 100, .texts = true}},
            .new_cells = 10,
            .old_cells = 3,
            .samples = 5,
            .has_bucket = true};
        fine(map_window_classic(bench->window, shape, address, &wishes, &picture));
        assert_false(map_window_changed(bench->window));
        for (size_t w = 0; w < 2; w++) {
            const struct classic_window *window = &picture.windows[w];
            for (size_t i = 0; i < window->length; i++)
                for (size_t slot = 0; slot < CLASSIC_SLOTS; slot++) {
                    const struct classic_entry *entry = &window->entries[i * CLASSIC_SLOTS + slot];
                    if (!classic_is_live(window->buckets[i].tophash[slot]))
                        continue;
                    sums->count++;
                    sums->sum += hash_of(entry->key, entry->elem);
                }
        }
        if (first + step >= picture.header.buckets)
            break;
    }
    assert_int_equal(sums->count, picture.header.count);
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
    if (shape.design == MAP_SWISS)
        swiss_sums(bench, &shape, address, &sums);
    else
        classic_sums(bench, &shape, address, &sums);
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
    fine(map_window_open(bench.pages, bench.maker, &bench.window));
    fine(type_source_variables(bench.source, check_variable, &bench));
    assert_true(bench.maps >= 36);
    assert_true(bench.sums >= 20);
    map_window_close(bench.window);
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
