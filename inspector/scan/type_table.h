// SPDX-License-Identifier: MIT
// The definitions found so far, each truly different one once: where copies are folded.
#ifndef STRATA_SCAN_TYPE_TABLE_H
#define STRATA_SCAN_TYPE_TABLE_H

#include "base/arena.h"
#include "scan/copy_table.h"
#include "type/type_index.h"

// Belongs to one thread. Zeroes are an empty table.
struct type_table {
    struct type_index_entry *entries; // by number; their copies stand in the slots
    struct copy_table identities;     // by keys that are made of them and of the seed
    uint64_t seed; // set while the table is empty; tables that are to be merged have the same
    struct arena names;
};

// Brings the place of the identity on its way into the caches.
void type_table_prefetch(const struct type_table *table, uint64_t identity);

// Whether the table holds a definition of that identity.
bool type_table_has(const struct type_table *table, uint64_t identity);

// Counts one more copy of the definition; false when the table does not have it.
bool type_table_count(struct type_table *table, uint64_t identity);

// Counts `copies` more of a definition that the table has.
void type_table_count_more(struct type_table *table, uint64_t identity, uint32_t copies);

// Where a definition stands and is declared.
struct type_place {
    struct type_id id;
    uint64_t declared_file, declared_line;
};

// Counts copies of a definition that the table has, the first of which stands there.
void type_table_count_at(struct type_table *table, uint64_t identity, uint32_t copies,
                         const struct type_place *first);

// Adds a definition that the table does not have, with entry->copies of it. False when memory is short.
MUST_USE bool type_table_add(struct type_table *table, uint64_t identity,
                             const struct type_index_entry *entry);

// Folds all of `from` into `into`: copies add up, the definition that comes first in the file stands for all.
// The result is the same in whatever order tables are merged. The names of `from` go to `into`.
MUST_USE struct error *type_table_merge(struct type_table *into, struct type_table *from);

// Entries in the order of the file: the index. It takes the table's entries and names. A definition that does
// not tell all sizes of its members' types is a copy of another one that agrees in all that both tell; where
// that could be several, which differ, it stays by itself. False when memory is short.
MUST_USE bool type_table_finish(struct type_table *table, struct type_index *index);

void type_table_free(struct type_table *table);

#endif
