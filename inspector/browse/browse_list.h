// SPDX-License-Identifier: MIT
// Which types the list shows, in which order, or in groups with sums.
#ifndef STRATA_BROWSE_BROWSE_LIST_H
#define STRATA_BROWSE_BROWSE_LIST_H

#include "browse/browse_filter.h"
#include "browse/browse_model.h"

enum list_kind { LIST_RECORDS, LIST_STRUCTS, LIST_CLASSES, LIST_UNIONS, LIST_ENUMS, LIST_ALL, LIST_KINDS };

enum list_grouping { LIST_BY_TYPE, LIST_BY_NAMESPACE, LIST_BY_FILE, LIST_GROUPINGS };

struct list_group {
    uint32_t number; // of the model's groups
    uint32_t types;
    uint64_t size_bytes, waste_bytes, savings_bytes;
};

struct list {
    const struct model *model;
    // What a person has chosen:
    const struct column *sort;
    bool is_reverse;
    struct filter filter;
    enum list_kind kind;
    const char *language; // static; NULL: all
    bool hides_library, changed_only;
    enum list_grouping grouping;
    bool is_in_group; // of `grouping`
    uint32_t in_group;
    // What follows from it: types, or groups.
    uint32_t *order; // all types, sorted
    uint32_t *shown;
    uint32_t *spare;
    uint64_t *keys;           // by type, as the next two
    uint8_t *is_meant, *fits; // what the list is about; how well it fits the filter
    uint32_t capacity, shown_count, total;
    struct list_group *groups;
    uint32_t groups_count, groups_capacity;
    bool is_sorted; // `order` and is_meant are up to date
};

// Starts with {.model = …, .sort = …}. Sorts where that is wanted, and filters. Fails only when memory is short. Costs a few
// milliseconds for 50 000 types.
MUST_USE struct error *list_refresh(struct list *list);
void list_free(struct list *list);

bool list_shows_groups(const struct list *list);
size_t list_count(const struct list *list);          // of lines
bool list_sorts_groups(const struct column *column); // whether groups have sums of it, or are called by it

// "records", "structs", …
const char *list_kind_word(enum list_kind kind);

#endif
