// SPDX-License-Identifier: MIT
// What the type browser knows of its files: the types, and numbers for each. A thread of its own finds them out while
// the browser is used already.
//
//     open ─► some types of the first file ─► all types of all files ─► their numbers, one after the other ─► done
//             (at once)                       by_name, groups, pairs      is_known
//
// Types are numbered through all files, from 0 on. The numbers change once: when all types are there (MODEL_INDEXED).
#ifndef STRATA_BROWSE_BROWSE_MODEL_H
#define STRATA_BROWSE_BROWSE_MODEL_H

#include "query/columns.h"
#include "query/select.h"
#include "query/walk.h"

#include <pthread.h>
#include <stdatomic.h>

enum model_stage { MODEL_OPENED, MODEL_INDEXED, MODEL_COMPUTED };

// Groups of types, see model_group.
enum model_grouping { GROUP_NAMESPACE, GROUP_FILE, GROUPINGS };

#define TYPE_NONE UINT32_MAX

struct model_file {
    struct query query; // the source is borrowed
    struct type_index *index;
    bool index_is_full;
    size_t *numbers; // of entries of the index
    size_t count;
    uint32_t first; // number of its first type
    // By type, from the file's first on:
    struct type_summary *summaries;
    const char **members; // names of members, each ended by NUL, an empty one at the end
    atomic_uchar *is_known;
    struct walk walk;
    struct selection selection; // what the walk goes by: index and numbers as above
};

enum pair_change { PAIR_ALIKE, PAIR_CHANGED, PAIR_ADDED, PAIR_REMOVED };

struct model {
    struct model_file *files;
    size_t files_count;
    bool compares; // two files: of one program, older and newer
    // Of this stage, for the browser's own thread:
    enum model_stage stage;
    uint32_t count; // of types
    uint32_t *by_name;
    const char **
        names; // by type; the texts lie one behind the other, by name: to look at all of them is quick. NULL: not yet
    uint32_t *groups[GROUPINGS]; // by type; NULL: not yet
    const char **group_names[GROUPINGS];
    uint32_t groups_count[GROUPINGS];
    uint32_t *counterparts; // comparing: by type, the one in the other file, or TYPE_NONE
    uint8_t *changes;       // comparing: enum pair_change by type

    struct model_work *work; // the thread's
};

// Takes over the queries, whose sources are borrowed, and starts. The first types of the first file are there when it
// returns. To be closed also when this fails.
MUST_USE struct error *model_open(struct model *model, const struct query *queries, size_t count,
                                  bool compares);
// Stops the thread and waits for it.
void model_close(struct model *model);

// Takes what the thread has found since. *changed: types or numbers have come. *error: it has failed.
MUST_USE struct error *model_poll(struct model *model, bool *changed);
// Waits until all is known.
MUST_USE struct error *model_wait(struct model *model);
// What is under way, and how far: 0 to 100. NULL: nothing.
const char *model_progress(struct model *model, unsigned *percent);
// What was passed over: calls each(context, line) for each notice so far.
void model_notices(struct model *model, void (*each)(void *context, const char *line), void *context);

// NULL: not known yet.
static inline const struct type_summary *model_file_summary(const struct model_file *file, size_t position)
{
    const bool is_known =
        file->is_known && atomic_load_explicit(&file->is_known[position], memory_order_acquire);
    return is_known ? &file->summaries[position] : NULL;
}

// Of a type below `count`.
size_t model_file_of(const struct model *model, uint32_t type);
const struct type_index_entry *model_entry(const struct model *model, uint32_t type);
const char *model_name(const struct model *model, uint32_t type);
// NULL: not known yet.
const struct type_summary *model_summary(const struct model *model, uint32_t type);
// The type of this identity; TYPE_NONE.
uint32_t model_find(const struct model *model, size_t file, struct type_id id);

// What the thread puts into it; for browse_index.c.
struct model_index {
    uint32_t *by_name, *groups, *counterparts;
    const char **names;
    char *names_text;
    const char **group_names;
    uint32_t groups_count;
    uint8_t *changes;
};

#endif
