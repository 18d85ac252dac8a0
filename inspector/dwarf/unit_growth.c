// SPDX-License-Identifier: MIT
#include "dwarf/unit_growth.h"

#include "base/vec.h"
#include "dwarf/abbrev_table.h"
#include "dwarf/constants.h"
#include "dwarf/unit_root.h"
#include "dwarf/unit_table_parts.h"
#include "dwarf/unit_view.h"
#include "object/growth.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum {
    HEADER_BYTES_MOST = 48,  // of a unit, in DWARF64 with a signature
    OVERRUN_BYTES = 16,      // readers look so far behind a unit, see object.h
    UNIT_BYTES_LIKELY = 512, // units that are smaller on average do not find room
    UNITS_LEAST = 1024,
    ABBREV_TIMES = 2, // of .debug_abbrev may be read for the ends of its tables
};

struct unit_growth {
    struct object *object;
    struct unit_table *table;
    struct unit *units; // they are known by their addresses: there is room for all that may come
    size_t units_most;
    struct header_source source;
    uint64_t offset;       // of the next header
    uint64_t abbrev_bytes; // that may still be read
    atomic_size_t count;   // of the units that are there
    atomic_bool is_over, is_odd;
    pthread_mutex_t lock;
    pthread_cond_t moved; // count or is_over
};

static void table_free(struct unit_table *table)
{
    if (!table)
        return;
    problems_free(&table->problems);
    free(table->by_signature);
    free(table->units);
    if (table->all) {
        abbrev_kept_free(table->all->kept);
        vec_free(table->all);
    }
    free(table->all);
    free(table);
}

static struct error *table_create(struct unit_growth *growth)
{
    struct unit_table *table = growth->table = calloc(1, sizeof(*table));
    if (!table)
        return &error_out_of_memory;
    table->object = growth->object;
    table->growth = growth;
    table->all = calloc(1, sizeof(*table->all));
    if (!table->all || !vec_push(table->all, table))
        return &error_out_of_memory;
    return unit_signatures_build(table); // none
}

// What else the program's units might stand in, or refer to.
static bool is_alone(const struct object *object)
{
    const struct bytes *sections = object->sections;
    return !object->alternate && !object->is_split && !object->has_both &&
           !sections[SECTION_TYPES].size_bytes && !sections[SECTION_CU_INDEX].size_bytes &&
           !sections[SECTION_TU_INDEX].size_bytes;
}

static void growth_free(struct unit_growth *growth)
{
    pthread_cond_destroy(&growth->moved);
    pthread_mutex_destroy(&growth->lock);
    free(growth);
}

struct error *unit_growth_begin(struct object *object, struct unit_growth **result)
{
    *result = NULL;
    if (!is_alone(object))
        return NULL;
    const struct bytes info = object->sections[SECTION_INFO];
    const size_t units_most = UNITS_LEAST + (size_t)(info.size_bytes / UNIT_BYTES_LIKELY);
    // Pages that no unit comes to are never touched.
    struct unit *units = calloc(units_most, sizeof(*units));
    if (!units)
        return NULL;
    struct unit_growth *growth = calloc(1, sizeof(*growth));
    if (!growth) {
        free(units);
        return &error_out_of_memory;
    }
    growth->object = object;
    growth->units_most = units_most;
    growth->abbrev_bytes = ABBREV_TIMES * object->sections[SECTION_ABBREV].size_bytes;
    pthread_mutex_init(&growth->lock, NULL);
    pthread_cond_init(&growth->moved, NULL);
    struct error *error = table_create(growth);
    if (error) {
        free(units);
        table_free(growth->table);
        growth_free(growth);
        return error;
    }
    growth->table->units = growth->units = units;
    growth->source = (struct header_source){.table = growth->table, .section = SECTION_INFO, .bytes = info};
    *result = growth;
    return NULL;
}

const struct unit_table *unit_growth_table(const struct unit_growth *growth)
{
    return growth->table;
}

static void growth_tell(struct unit_growth *growth, size_t count, bool is_over)
{
    pthread_mutex_lock(&growth->lock);
    atomic_store(&growth->count, count);
    atomic_store(&growth->is_over, is_over);
    pthread_cond_broadcast(&growth->moved);
    pthread_mutex_unlock(&growth->lock);
}

// Where the unit's table of abbrevs may end is known when all units are (unit_abbrev_ends_set). Until then it is where it does end;
// unit_growth_end compares.
static bool abbrev_end_set(struct unit_growth *growth, struct unit *unit, size_t count)
{
    const struct unit *before = count ? &growth->units[count - 1] : NULL;
    if (before && before->abbrev_offset == unit->abbrev_offset) {
        unit->abbrev_end = before->abbrev_end;
        return true;
    }
    unit->abbrev_end = growth->object->sections[SECTION_ABBREV].size_bytes;
    if (unit->abbrev_end - unit->abbrev_offset > growth->abbrev_bytes)
        unit->abbrev_end = unit->abbrev_offset + growth->abbrev_bytes;
    unit->abbrev_end = abbrev_table_end(unit);
    if (!unit->abbrev_end)
        return false;
    growth->abbrev_bytes -= unit->abbrev_end - unit->abbrev_offset;
    return true;
}

// Takes the unit, all of which is there, in behind the others.
static bool unit_take(struct unit_growth *growth, const struct unit *unit, size_t count)
{
    struct unit *taken = &growth->units[count];
    struct error *error = NULL;
    if (count == growth->units_most || unit_is_type_unit(unit))
        return false;
    *taken = *unit;
    taken->number = (uint32_t)count;
    if (!abbrev_end_set(growth, taken, count))
        return false;
    unit_roots_read(&taken, 1, 1, &error);
    const bool is_odd = error || taken->dwo_name;
    error_free(error);
    return !is_odd;
}

// Takes in the units that lie in the first `ready_bytes` bytes.
static void growth_advance(void *context, uint64_t ready_bytes)
{
    struct unit_growth *growth = context;
    const uint64_t size_bytes = growth->source.bytes.size_bytes;
    const bool is_all = ready_bytes >= size_bytes;
    size_t count = atomic_load(&growth->count);
    while (!atomic_load(&growth->is_odd) && growth->offset < size_bytes) {
        struct unit unit;
        bool is_usable;
        if (!is_all && ready_bytes < growth->offset + HEADER_BYTES_MOST)
            break;
        const uint64_t next = unit_header_read(&growth->source, growth->offset, &unit, &is_usable);
        if (next <= growth->offset || growth->table->problems.length ||
            growth->table->problems.is_incomplete) {
            atomic_store(&growth->is_odd, true);
            break;
        }
        if (!is_all && ready_bytes < next + OVERRUN_BYTES)
            break;
        if (is_usable && !unit_take(growth, &unit, count++))
            atomic_store(&growth->is_odd, true);
        growth->offset = next;
    }
    if (atomic_load(&growth->is_odd))
        growth_tell(growth, 0, true);
    else if (count != atomic_load(&growth->count))
        growth_tell(growth, count, false);
}

void unit_growth_run(struct unit_growth *growth)
{
    object_grow(growth->object, growth_advance, growth);
    if (growth->offset < growth->source.bytes.size_bytes)
        atomic_store(&growth->is_odd, true); // the stream is damaged
    growth_tell(growth, atomic_load(&growth->is_odd) ? 0 : atomic_load(&growth->count), true);
}

const struct unit *unit_growth_unit(struct unit_growth *growth, size_t number)
{
    if (atomic_load(&growth->count) <= number) {
        pthread_mutex_lock(&growth->lock);
        while (atomic_load(&growth->count) <= number && !atomic_load(&growth->is_over))
            pthread_cond_wait(&growth->moved, &growth->lock);
        pthread_mutex_unlock(&growth->lock);
    }
    return atomic_load(&growth->count) > number ? &growth->units[number] : NULL;
}

static bool growth_reaches(struct unit_growth *growth, uint64_t offset)
{
    const size_t count = atomic_load(&growth->count);
    return atomic_load(&growth->is_over) || (count && growth->units[count - 1].end_offset > offset);
}

size_t unit_growth_reach(struct unit_growth *growth, uint64_t offset)
{
    if (!growth_reaches(growth, offset)) {
        pthread_mutex_lock(&growth->lock);
        while (!growth_reaches(growth, offset))
            pthread_cond_wait(&growth->moved, &growth->lock);
        pthread_mutex_unlock(&growth->lock);
    }
    return atomic_load(&growth->count);
}

// Now that all units are known: is each table of abbrevs within the limits that it has as one of the whole file?
static struct error *growth_confirm(struct unit_growth *growth)
{
    struct unit_table *table = growth->table;
    uint64_t *ends = calloc(table->units_count + 1, sizeof(*ends));
    if (!ends)
        return &error_out_of_memory;
    for (size_t i = 0; i < table->units_count; i++)
        ends[i] = table->units[i].abbrev_end;
    struct error *error = unit_abbrev_ends_set(table);
    for (size_t i = 0; i < table->units_count && !error; i++)
        if (ends[i] > table->units[i].abbrev_end)
            atomic_store(&growth->is_odd, true);
    free(ends);
    return error;
}

struct error *unit_growth_end(struct unit_growth *growth, struct unit_table **result)
{
    struct unit_table *table = growth->table;
    struct error *error = NULL;
    table->units_count = table->info_units_count = atomic_load(&growth->count);
    table->growth = NULL;
    if (table->units_count == 0)
        atomic_store(&growth->is_odd, true);
    if (!atomic_load(&growth->is_odd))
        error = growth_confirm(growth);
    const bool is_kept = !error && !atomic_load(&growth->is_odd);
    *result = is_kept ? table : NULL;
    if (!is_kept)
        table_free(table);
    growth_free(growth);
    return error;
}
