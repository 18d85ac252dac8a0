// SPDX-License-Identifier: MIT
#include "dwarf/unit_later.h"

#include "base/slices.h"
#include "dwarf/unit_root.h"
#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>

// Written under the lock, and read without it: whoever sees ROOT_READ sees what the root has filled in, too.
enum root_state { ROOT_UNREAD, ROOT_READ, ROOT_BAD };

struct units_later {
    pthread_mutex_t lock;
    struct root_reader reader; // of those that are read one by one
    size_t problems_told;
    bool is_settled, out_of_memory;
};

static enum root_state state_of(const struct unit *unit)
{
    return __atomic_load_n(&unit->root_state, __ATOMIC_ACQUIRE);
}

// Notes how reading the root went; takes the error.
static void root_note(struct unit_table *table, struct unit *unit, struct error *error)
{
    if (error && error->code == ERROR_OUT_OF_MEMORY)
        table->later->out_of_memory = true;
    if (error)
        unit_root_tell(table, unit, error);
    __atomic_store_n(&unit->root_state, error ? ROOT_BAD : ROOT_READ, __ATOMIC_RELEASE);
    error_free(error);
}

bool unit_make_ready(const struct unit *unit)
{
    // Tables are handed about as read-only, and what is written here nobody reads before the state says so.
    struct unit_table *table = (struct unit_table *)unit->table;
    enum root_state state = state_of(unit);
    if (state == ROOT_UNREAD) {
        pthread_mutex_lock(&table->later->lock);
        struct unit *own = &table->units[unit->number];
        if (state_of(own) == ROOT_UNREAD)
            root_note(table, own, unit_root_read(&table->later->reader, own));
        state = state_of(own);
        pthread_mutex_unlock(&table->later->lock);
    }
    return state == ROOT_READ;
}

struct error *units_later_begin(struct unit_table *table)
{
    struct units_later *later = calloc(1, sizeof(*later));
    if (!later)
        return &error_out_of_memory;
    pthread_mutex_init(&later->lock, NULL);
    later->problems_told = table->problems.length;
    for (size_t i = 0; i < table->units_count; i++) {
        table->units[i].number = (uint32_t)i;
        table->units[i].root_state = ROOT_UNREAD;
        table->info_units_count += table->units[i].section == SECTION_INFO;
    }
    table->later = later;
    return NULL;
}

void units_later_free(struct units_later *later)
{
    if (!later)
        return;
    pthread_mutex_destroy(&later->lock);
    root_reader_free(&later->reader);
    free(later);
}

struct error *units_later_settle(struct unit_table *table)
{
    if (units_later_is_settled(table))
        return NULL;
    struct error **errors = calloc(table->units_count + 1, sizeof(*errors));
    struct unit **unread = calloc(table->units_count + 1, sizeof(struct unit *));
    size_t count = 0, ready = 0;
    if (errors && unread) {
        for (size_t i = 0; i < table->units_count; i++)
            if (state_of(&table->units[i]) == ROOT_UNREAD)
                unread[count++] = &table->units[i];
        unit_roots_read(unread, count, table->object->threads, errors);
        for (size_t i = 0; i < count; i++)
            root_note(table, unread[i], errors[i]);
        for (size_t i = 0; i < table->units_count; i++)
            ready += state_of(&table->units[i]) == ROOT_READ;
    }
    const bool is_short = !errors || !unread || table->later->out_of_memory;
    free(errors);
    free(unread);
    if (is_short)
        return &error_out_of_memory;
    table->later->is_settled = true;
    return ready ? NULL : unit_table_refuse(table);
}

bool units_later_is_settled(const struct unit_table *table)
{
    return !table->later || table->later->is_settled;
}

void units_later_tell(const struct unit_table *table, struct problems *problems)
{
    struct units_later *later = table->later;
    problems->is_incomplete |= later && later->out_of_memory; // a unit that is there was skipped
    for (; later && later->problems_told < table->problems.length; later->problems_told++)
        problems_add(problems, table->problems.data[later->problems_told].order, "%s",
                     table->problems.data[later->problems_told].text);
}
