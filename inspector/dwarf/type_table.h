// The definitions found so far, each truly different one once: where copies are folded.
#ifndef STRATA_DWARF_TYPE_TABLE_H
#define STRATA_DWARF_TYPE_TABLE_H

#include "base/arena.h"
#include "dwarf/type_index.h"

// Belongs to one thread. Zeroes are an empty table.
struct type_table {
    struct type_index_entry *entries;
    uint64_t *identities; // of the entries
    size_t count, capacity;
    uint32_t *slots; // open addressing; 0: free, else index + 1
    size_t slots_count;
    struct arena names;
};

// The entry of that identity, which is a new one (*is_new, zeroed) when there was none. NULL when memory is
// short. The pointer holds until the next call.
struct type_index_entry *type_table_get(struct type_table *table, uint64_t identity, bool *is_new);

// Folds all of `from` into `into`: copies add up, the definition that comes first in the file stands for all.
// The result is the same in whatever order tables are merged. The names of `from` go to `into`.
MUST_USE struct error *type_table_merge(struct type_table *into, struct type_table *from);

// Entries in the order of the file: the index. It takes the table's entries and names.
void type_table_finish(struct type_table *table, struct type_index *index);

void type_table_free(struct type_table *table);

#endif
