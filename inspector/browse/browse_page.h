// SPDX-License-Identifier: MIT
// The layout of one type as the screen has it: rows, marks, phrases. Built from a graph; what it holds lives in its own arena,
// but for names and members, which are the graph's.
#ifndef STRATA_BROWSE_BROWSE_PAGE_H
#define STRATA_BROWSE_BROWSE_PAGE_H

#include "layout/diff.h"
#include "layout/pack.h"
#include "layout/sharing.h"
#include "view/browse_scene.h"

// A member that is shown with its own members below it, wherever the graph lies now.
struct unfolded {
    unsigned depth;
    uint64_t offset_bits;
    uint64_t name_hash;
};

struct unfolded_list {
    struct unfolded *data;
    size_t length, capacity;
};

struct page_options {
    const struct unfolded_list *unfolded; // NULL: none
    bool has_map;
    const struct abi *abi;
    const char *name; // the type's, as the index has it
    const char *heading;
    uint64_t copies;
    unsigned definition, definitions;
};

struct layout_page {
    struct arena arena;
    const struct type *type; // as it was asked for
    const struct layout *layout;
    struct rows rows;
    struct byte_runs runs;
    struct sharing sharing;
    uint8_t *marks;
    enum browse_change *changes;
    int64_t *was_bytes;
    char *letters;
    struct browse_page scene; // what is drawn; cursor and scroll are the session's
};

// Builds it anew from the type; what it held before is gone. The type's graph, and the layouter, must not forget it while it is
// used. Fails only when memory is short.
MUST_USE struct error *page_build(struct layout_page *page, struct layouter *layouter,
                                  const struct type *type, const struct page_options *options);
void page_free(struct layout_page *page);

// Marks what differs from an older layout: rows that moved or grew are lit, and say where they were. *sentence, in the page's
// arena, is what strata diff says of it; NULL: nothing differs.
MUST_USE struct error *page_compare(struct layout_page *page, const struct layout_page *older,
                                    const char **sentence);
// Marks rows that the newer one changes or has no more.
MUST_USE struct error *page_compare_older(struct layout_page *older, const struct layout_page *newer);

// A line below the rows. The text lives as long as the page; NULL means that memory was short for it.
void page_add_note(struct layout_page *page, const char *text);

// Whether the row's member can be unfolded, and the list of what is.
bool page_can_unfold(const struct row *row);
MUST_USE struct error *unfolded_toggle(struct unfolded_list *list, const struct row *row, bool *is_open);
bool unfolded_holds(const struct unfolded_list *list, const struct row *row);

// The type that the row's member leads to: its own, or what it points to or is an array of. NULL: none with anything to see.
const struct type *page_leads_to(const struct row *row);

#endif
