// SPDX-License-Identifier: MIT
#include "scan/scan.h"

#include "base/slices.h"
#include "base/vec.h"
#include "dwarf/unit_growth.h"
#include "object/object.h"
#include "scan/name_search.h"
#include "scan/scan_quick.h"
#include "scan/scan_unit.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// What the workers share. Units are handed out one by one in the order of the file; each worker folds what it
// finds into a table of its own, and the tables are merged at the end: no locks on the way.
struct scan {
    const struct unit_table *table;
    const struct unit **units;
    size_t units_count;
    struct unit_growth *growth;       // it has the units, however many they become; NULL: `units` has them
    const struct name_search *search; // NULL: all names
    const struct wanted_names *wanted;
    struct progress_sink *progress;
    struct worker *workers;
    pthread_mutex_t progress_lock;
    atomic_size_t next_unit;
    size_t units_end; // of those that are handed out for now
    atomic_uint_least64_t bytes_done;
    atomic_bool failed;
    atomic_size_t types_found; // counted where `enough` asks for it
    size_t enough;             // 0: all
    atomic_bool *met;          // by wanted name: it has a definition that is no typedef; NULL: nobody asks
    atomic_size_t unmet;       // names that have none
    uint64_t bytes_total;
};

struct worker {
    struct scan *scan;
    struct scanner scanner;
    struct name_hits hits;
    struct error *error;
};

static void worker_report(struct scan *scan, const struct unit *unit)
{
    uint64_t done = atomic_fetch_add(&scan->bytes_done, unit->end_offset - unit->offset) + unit->end_offset -
                    unit->offset;
    if (!scan->progress || pthread_mutex_trylock(&scan->progress_lock) != 0)
        return; // another worker is telling the same news
    progress_update(scan->progress, done, scan->bytes_total);
    pthread_mutex_unlock(&scan->progress_lock);
}

static struct error *worker_scan(struct worker *worker, const struct unit *unit)
{
    const struct bytes *sections = unit->table->object->sections;
    const bool is_searched = worker->scan->search != NULL;
    // A search by bytes needs nothing of the root, but for indexed names.
    if ((!is_searched || sections[SECTION_STR_OFFSETS].size_bytes) && !unit_is_ready(unit))
        return NULL;
    if (worker->scan->wanted && worker->scan->wanted->fits)
        return scan_unit_fitting(&worker->scanner, unit);
    if (!is_searched) {
        const struct walk_plan plan = {.extent = WALK_BETWEEN_STRUCTS};
        return scan_unit(&worker->scanner, unit, &plan);
    }
    RETURN_IF_ERROR(name_search_unit(worker->scan->search, unit, &worker->hits));
    if (!(worker->hits.everything || worker->hits.positions.length > 0) || !unit_is_ready(unit))
        return NULL;
    if (!worker->hits.everything)
        RETURN_IF_ERROR(scan_unit_hits(&worker->scanner, unit, &worker->hits));
    const enum walk_extent extent = worker->hits.everything ? WALK_ALL : WALK_TO_HITS;
    const struct walk_plan plan = {extent, worker->hits.positions.data, worker->hits.positions.length,
                                   .may_stop = true};
    return extent == WALK_ALL || plan.hits_count > 0 ? scan_unit(&worker->scanner, unit, &plan) : NULL;
}

// Notes which wanted names the definitions from `first` on have.
static void worker_note(struct scan *scan, const struct type_table *table, size_t first)
{
    for (size_t i = first; i < table->identities.count; i++)
        for (size_t k = 0; k < scan->wanted->count && table->entries[i].kind != TYPE_TYPEDEF; k++)
            if (!strcmp(scan->wanted->names[k], table->entries[i].name) &&
                !atomic_exchange(&scan->met[k], true))
                atomic_fetch_sub(&scan->unmet, 1);
}

// NULL: there is none any more.
static const struct unit *scan_unit_number(const struct scan *scan, size_t number)
{
    if (scan->growth)
        return unit_growth_unit(scan->growth, number);
    return number < scan->units_end ? scan->units[number] : NULL;
}

static void worker_run(void *context, size_t number)
{
    struct scan *scan = context;
    struct worker *worker = &scan->workers[number];
    if (number == 0 && scan->growth)
        unit_growth_run(scan->growth); // no worker waits for what a later slice has to do
    while (!worker->error && !atomic_load(&scan->failed)) {
        if (scan->enough && atomic_load(&scan->types_found) >= scan->enough)
            break;
        if (scan->met && atomic_load(&scan->unmet) == 0)
            break; // units are handed out in order, and those that are in hands are read to their end
        const struct unit *unit = scan_unit_number(scan, atomic_fetch_add(&scan->next_unit, 1));
        if (!unit)
            break;
        const size_t before = worker->scanner.table.identities.count;
        worker->error = worker_scan(worker, unit);
        if (scan->enough)
            atomic_fetch_add(&scan->types_found, worker->scanner.table.identities.count - before);
        if (scan->met)
            worker_note(scan, &worker->scanner.table, before);
        worker_report(scan, unit);
    }
    if (worker->error)
        atomic_store(&scan->failed, true);
    scan_quick_finish(&worker->scanner);
}

// Units of all tables, by rank.
static struct error *scan_list_units(struct scan *scan)
{
    const struct unit_tables *all = scan->table->all;
    if (scan->growth) {
        scan->units_count = SIZE_MAX; // not known yet
        scan->bytes_total = scan->table->object->sections[SECTION_INFO].size_bytes;
        return NULL;
    }
    for (size_t t = 0; t < all->length; t++)
        scan->units_count += all->data[t]->units_count;
    scan->units = calloc(scan->units_count + 1, sizeof(struct unit *));
    if (!scan->units)
        return &error_out_of_memory;
    size_t count = 0;
    for (size_t t = 0; t < all->length; t++) {
        const struct unit_table *table = all->data[t];
        for (size_t i = 0; i < table->units_count; i++) {
            scan->units[count++] = &table->units[i];
            scan->bytes_total += table->units[i].end_offset - table->units[i].offset;
        }
    }
    return NULL;
}

// By the type, typedefs first, then by the place in the file.
static int signed_name_compare(const void *a, const void *b)
{
    const struct signed_name *left = a, *right = b;
    const struct die_ref left_type = {left->type_unit, 0}, right_type = {right->type_unit, 0};
    const struct die_ref left_at = {left->unit, left->position}, right_at = {right->unit, right->position};
    if (left->type_unit != right->type_unit)
        return die_ref_before(left_type, right_type) ? -1 : 1;
    if (left->is_variable != right->is_variable)
        return left->is_variable ? 1 : -1;
    return die_ref_before(left_at, right_at) ? -1 : die_ref_before(right_at, left_at);
}

// The nameless types of type units get their names, each the first one that the file has.
static struct error *workers_name_signed(struct worker *workers, unsigned count)
{
    struct signed_names all = {0};
    struct error *error = NULL;
    for (unsigned i = 0; i < count && !error; i++)
        vec_foreach (const struct signed_name *, name, &workers[i].scanner.signed_names)
            if (!vec_push(&all, *name))
                error = &error_out_of_memory;
    if (all.length > 1)
        qsort(all.data, all.length, sizeof(*all.data), signed_name_compare);
    for (size_t i = 0; i < all.length && !error; i++)
        if (!i || all.data[i].type_unit != all.data[i - 1].type_unit)
            error = scan_signed(&workers[0].scanner, &all.data[i]);
    vec_free(&all);
    return error;
}

static int problem_compare(const void *a, const void *b)
{
    const struct problem *left = a, *right = b;
    if (left->order != right->order)
        return left->order < right->order ? -1 : 1;
    return strcmp(left->text, right->text);
}

// No damage: what is read is valid, and something beside it is missing.
static void workers_tell_unlinked(const struct worker *workers, unsigned count, struct problems *problems)
{
    const struct object *unlinked = NULL; // the first by its path, whoever met it
    for (unsigned i = 0; i < count; i++) {
        const struct object *object = workers[i].scanner.abbrevs.unlinked;
        if (object && (!unlinked || strcmp(object->debug_path, unlinked->debug_path) < 0))
            unlinked = object;
    }
    if (unlinked)
        problems_add(problems, PROBLEM_LAST, OBJECT_LACKS_LINK, unlinked->debug_path);
}

// Copies of what another worker has identified. All are in the table of the first one.
static void workers_join_elsewhere(struct worker *workers, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const struct scanner *scanner = &workers[i].scanner;
        vec_foreach (const struct quick_elsewhere *, elsewhere, &scanner->quick_elsewhere) {
            uint64_t identity;
            unsigned k = 0;
            while (k < count && !scan_quick_identity(&workers[k].scanner, elsewhere->key, &identity))
                k++;
            if (k < count) // as nobody has failed
                type_table_count_at(&workers[0].scanner.table, identity,
                                    scan_quick_copies(scanner, elsewhere->key), &elsewhere->place);
        }
    }
}

static struct error *workers_collect(struct worker *workers, unsigned count, struct type_index *index)
{
    struct type_table *table = &workers[0].scanner.table;
    for (unsigned i = 0; i < count; i++) {
        if (i > 0)
            RETURN_IF_ERROR(type_table_merge(table, &workers[i].scanner.table));
        index->items_count += workers[i].scanner.dies_count;
        vec_foreach (const struct problem *, problem, &workers[i].scanner.problems)
            problems_add(&index->problems, problem->order, "%s", problem->text);
        index->problems.is_incomplete |= workers[i].scanner.problems.is_incomplete;
    }
    workers_join_elsewhere(workers, count);
    if (index->problems.is_incomplete)
        return &error_out_of_memory;
    index->is_valid = !workers[0].scan->wanted && !workers[0].scan->enough && index->problems.length == 0;
    if (index->problems.length > 1)
        qsort(index->problems.data, index->problems.length, sizeof(*index->problems.data), problem_compare);
    workers_tell_unlinked(workers, count, &index->problems);
    if (index->problems.is_incomplete)
        return &error_out_of_memory;
    return type_table_finish(table, index) ? NULL : &error_out_of_memory;
}

static struct error *workers_run(struct scan *scan, unsigned count)
{
    enum { ALONE_MOST = 16 }; // what is met in the first units is there before another thread has started
    if (scan->met && !scan->growth && scan->units_count > ALONE_MOST) {
        scan->units_end = ALONE_MOST;
        worker_run(scan, 0);
        atomic_store(&scan->next_unit, ALONE_MOST);
    }
    scan->units_end = scan->units_count;
    if (!scan->met || atomic_load(&scan->unmet))
        slices_run(count, count, worker_run, scan);
    struct error *first = NULL;
    for (unsigned i = 0; i < count; i++) {
        if (!first)
            first = scan->workers[i].error;
        else
            error_free(scan->workers[i].error);
    }
    return first;
}

static unsigned threads_of(const struct scan_options *options, size_t units_count)
{
    unsigned threads = options && options->threads ? options->threads : threads_available();
    if (threads > units_count)
        threads = units_count ? (unsigned)units_count : 1;
    return threads > THREADS_MOST ? THREADS_MOST : threads;
}

// Of few units each definition is the first, or nearly so.
static enum scan_way way_of(const struct scan_options *options, size_t units_count)
{
    enum { UNITS_FEW = 8 };
    const enum scan_way way = options ? options->way : SCAN_AS_PAYS;
    return way == SCAN_AS_PAYS && units_count < UNITS_FEW ? SCAN_GENERAL : way;
}

// A scan of everything is followed by building types of all units. A growing table that is given up takes along what was kept.
static bool scan_keeps(const struct scan *scan)
{
    return !scan->wanted && !scan->enough;
}

// Where all is asked for: else each worker has to know what it has met.
static bool scan_shares(const struct scan *scan, unsigned workers_count)
{
    return workers_count > 1 && !scan->wanted && !scan->enough;
}

static void workers_keep(struct worker *workers, unsigned count)
{
    struct abbrev_cache *caches[THREADS_MOST];
    for (unsigned i = 0; i < count; i++)
        caches[i] = &workers[i].scanner.abbrevs;
    abbrev_caches_keep(workers[0].scan->table->all, caches, count);
}

static struct error *scan_run(struct scan *scan, const struct scan_options *options, struct type_index *index)
{
    RETURN_IF_ERROR(scan_list_units(scan));
    unsigned count = threads_of(options, scan->units_count);
    struct worker *workers = calloc(count, sizeof(*workers));
    if (!workers)
        return &error_out_of_memory;
    scan->workers = workers;
    struct error *error = NULL;
    const struct quick_secret secret = quick_secret_draw();
    struct shared_keys *shared_keys = scan_shares(scan, count) ? calloc(1, sizeof(*shared_keys)) : NULL;
    for (unsigned i = 0; i < count && !error; i++) {
        workers[i].scan = scan;
        error = scanner_init(&workers[i].scanner, scan->wanted, &secret);
        workers[i].scanner.abbrevs.keeps = scan_keeps(scan);
        workers[i].scanner.shared_keys = shared_keys; // when memory is short each is on its own
        workers[i].scanner.way = way_of(options, scan->units_count);
    }
    if (!error)
        error = workers_run(scan, count);
    if (!error)
        error = workers_name_signed(workers, count);
    if (!error)
        error = workers_collect(workers, count, index);
    if (!error && scan_keeps(scan))
        workers_keep(workers, count);
    for (unsigned i = 0; i < count; i++) {
        scanner_free(&workers[i].scanner);
        vec_free(&workers[i].hits.positions);
    }
    free(workers);
    free(shared_keys);
    return error;
}

// ---- units that are done with --------------------------------------------------------------------------

enum { UNITS_A_SLICE = 64 };

struct release {
    const struct unit_table *table;
    bool *is_first; // by unit: the index has a definition that stands there
};

static void slice_release(void *context, size_t slice)
{
    const struct release *release = context;
    const struct unit_table *table = release->table;
    const size_t end =
        (slice + 1) * UNITS_A_SLICE < table->units_count ? (slice + 1) * UNITS_A_SLICE : table->units_count;
    for (size_t i = slice * UNITS_A_SLICE, next; i < end; i = next + 1) {
        for (next = i; next < end && !release->is_first[next] && table->units[next].section == SECTION_INFO;)
            next++;
        if (next > i)
            object_let_go(table->object, SECTION_INFO, table->units[i].offset,
                          table->units[next - 1].end_offset - table->units[i].offset);
    }
}

// Types are built of their first definitions. Units that have none were read for the last time, and are a large part of a program's
// debug information: without their pages what is built fits in.
static void units_release(const struct unit_table *table, const struct type_index *index, unsigned threads)
{
    static const uint64_t SECTION_LEAST_BYTES = 64u << 20;
    struct release release = {.table = table};
    if (table->object->sections[SECTION_INFO].size_bytes < SECTION_LEAST_BYTES ||
        !(release.is_first = calloc(table->units_count + 1, sizeof(*release.is_first))))
        return;
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct unit *unit = index->entries[i].id.group;
        if (unit->table == table)
            release.is_first[unit - table->units] = true;
    }
    slices_run((table->units_count + UNITS_A_SLICE - 1) / UNITS_A_SLICE, threads, slice_release, &release);
    free(release.is_first);
}

static struct error *scan_start(struct scan *scan, const struct scan_options *options,
                                struct type_index **result)
{
    struct type_index *index = calloc(1, sizeof(*index));
    if (!index)
        return &error_out_of_memory;
    scan->progress = options ? options->progress : NULL;
    scan->enough = options ? options->enough : 0;
    pthread_mutex_init(&scan->progress_lock, NULL);
    vec_foreach (struct unit_table **, one, scan->table->all)
        if (!scan->met && (*one)->later) // else it was done when the headers were read
            object_populate((*one)->object, SECTION_INFO);
    struct error *error = scan_run(scan, options, index);
    pthread_mutex_destroy(&scan->progress_lock);
    if (!error && scan_keeps(scan) && !scan->growth) // what grows is no file's pages, and its units are not counted yet
        units_release(scan->table, index, threads_of(options, scan->units_count));
    free(scan->units);
    if (error) {
        type_index_free(index);
        return error;
    }
    *result = index;
    return NULL;
}

struct error *scan_all(const struct unit_table *table, const struct scan_options *options,
                       struct type_index **index)
{
    struct scan scan = {.table = table};
    return scan_start(&scan, options, index);
}

static struct error *scan_names_start(struct scan *scan, const char *const *names, size_t names_count,
                                      const struct scan_options *options, struct type_index **index)
{
    const struct unit_table *table = scan->table;
    const struct wanted_names wanted = {.names = names, .count = names_count};
    struct name_search *search CLEANUP(name_search_free_at) = NULL;
    RETURN_IF_ERROR(
        name_search_create(table, names, names_count, threads_of(options, table->all->length), &search));
    scan->wanted = &wanted;
    scan->search = search;
    if (!options || !options->first)
        return scan_start(scan, options, index);
    scan->met = calloc(names_count + 1, sizeof(*scan->met));
    if (!scan->met)
        return &error_out_of_memory;
    atomic_init(&scan->unmet, names_count);
    struct error *error = scan_start(scan, options, index);
    free(scan->met);
    return error;
}

struct error *scan_names(const struct unit_table *table, const char *const *names, size_t names_count,
                         const struct scan_options *options, struct type_index **index)
{
    struct scan scan = {.table = table};
    return scan_names_start(&scan, names, names_count, options, index);
}

struct error *scan_growing(struct unit_growth *growth, const char *const *names, size_t names_count,
                           const struct scan_options *options, struct type_index **index)
{
    struct scan scan = {.table = unit_growth_table(growth), .growth = growth};
    return names ? scan_names_start(&scan, names, names_count, options, index)
                 : scan_start(&scan, options, index);
}

// Whether what is said of a name may depend on types of other names: on the enum that a variant of Rust's lies in.
static bool needs_index(enum language language)
{
    return language_has_scopes(language) && language_family(language) != FAMILY_CPLUSPLUS;
}

struct error *scan_fitting(const struct unit_table *table, name_rule *fits, void *context,
                           const struct scan_options *options, struct type_index **index, bool *is_all)
{
    const struct wanted_names wanted = {.fits = fits, .context = context};
    struct scan scan = {.table = table, .wanted = &wanted};
    *is_all = false;
    for (size_t t = 0; t < table->all->length; t++)
        for (size_t i = 0; i < table->all->data[t]->units_count; i++)
            *is_all |= needs_index(table->all->data[t]->units[i].language);
    return *is_all ? scan_all(table, options, index) : scan_start(&scan, options, index);
}
