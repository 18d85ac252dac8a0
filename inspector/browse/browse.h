// SPDX-License-Identifier: MIT
// The session of the type browser: what a person has chosen, and what is shown of it. A view on the stack of views; the loop, or a
// script, drives it.
//
//     model ─► list ─► the chosen type ─► page (its layout) ─► trial (the same, as the person orders it)
//                                          └ comparing: the older one beside it
//
// Belongs to one thread, but for the model's own.
#ifndef STRATA_BROWSE_BROWSE_H
#define STRATA_BROWSE_BROWSE_H

#include "browse/browse_holders.h"
#include "browse/browse_list.h"
#include "browse/browse_page.h"
#include "browse/browse_trial.h"
#include "layout/other_abi.h"
#include "view/help.h"
#include "view/prompt.h"
#include "view/share.h"

enum { BROWSE_LINES_MOST = 1024 };

// A type, and where in it a person is.
struct browse_place {
    size_t file;
    struct type_id id;      // group NULL: none
    char *name;             // its own
    size_t first, selected; // rows
    struct unfolded_list unfolded;
};

// Reads types for the screen.
struct browse_reader {
    struct type_maker *maker;
    struct layouter *layouter;
};

struct browse {
    struct view_stack views;
    struct model model;
    struct browse_reader *readers; // by file
    struct list list;
    size_t list_first, list_selected;
    uint64_t listed_ns; // when the list was last filled anew
    struct holders holders;
    size_t list_first_before, list_selected_before; // while the list shows holders
    enum browse_focus focus;
    struct browse_place here; // of `page`
    struct {
        struct browse_place *data;
        size_t length, capacity;
    } past;
    struct layout_page page;
    struct layout_page older;  // comparing: its counterpart
    struct layout_page relaid; // by the rules of another machine
    bool has_page, has_older, has_relaid;
    struct other_abi other_abi; // name NULL: none is asked for
    struct layouter *relaid_layouter;
    struct arena relaid_arena;
    const char *page_problem; // why there is none; in `problem_text`
    char problem_text[256];
    struct trial trial;
    bool has_map;
    uint64_t cacheline_bytes;
    uint64_t count; // typed before a key
    bool prints_source;
    bool is_hex;   // as browse_options has it
    char *printed; // what is to be printed on leaving; NULL: nothing
    // Views on top:
    struct help_page help;
    struct share share;
    struct prompt filter_prompt, save_prompt;
    enum theme theme;
    // Of the latest frame:
    int rows, columns;
    struct browse_scene scene;
    struct browse_line lines[BROWSE_LINES_MOST];
    struct browse_column columns_shown[BROWSE_COLUMNS_MOST];
    const struct column *columns_of[BROWSE_COLUMNS_MOST]; // NULL: the count of a group
    struct arena frame;                                   // texts of the frame
    // Numbers of the first types, for the screen alone, while the thread has none: by type.
    struct early_summary {
        bool is_known;
        struct type_summary summary;
    } * early;
    struct arena early_arena;
    unsigned looked_percent; // of the search for holders, as it is drawn
    char title[256], status[128], list_title[160];
};

struct browse_options {
    bool compares;
    uint64_t cacheline_bytes;
    enum theme theme;
    bool is_hex;                // the rows' offsets and sizes are hexadecimal
    struct other_abi other_abi; // that layouts are shown by, too; name NULL: none
};

// Opens it on its own stack of views. To be closed also when this fails; it must not move. The sources of the queries are borrowed.
MUST_USE struct error *browse_open(struct browse *browse, const struct query *queries, size_t count,
                                   const struct browse_options *options);
void browse_close(struct browse *browse);

// Puts it on its stack of views.
void browse_view_open(struct browse *browse);

// Opens the layout of a type of a file.
MUST_USE struct error *browse_show(struct browse *browse, size_t file, const struct type_index_entry *entry);
// Waits until all is known: for scripts.
MUST_USE struct error *browse_wait(struct browse *browse);

// --- Between the files of browse/ ---

// Builds the page of `here` anew; and whatever is beside it.
MUST_USE struct error *browse_rebuild(struct browse *browse);
// Goes to another type; `remembers`: Backspace comes back.
MUST_USE struct error *browse_go(struct browse *browse, size_t file, struct type_id id, const char *name,
                                 bool remembers);
MUST_USE struct error *browse_go_back(struct browse *browse);
// The type that the list's cursor is on; TYPE_NONE.
uint32_t browse_selected_type(const struct browse *browse);
// The page that the cursor is in: the trial's, that by another ABI, or the type's own. NULL: there is none.
struct layout_page *browse_cursor_page(struct browse *browse);
// The numbers of a type of the first screen. NULL: they cannot be told, or all types are there.
const struct type_summary *browse_early_summary(struct browse *browse, uint32_t type);
// Fills in what a frame of this size shows.
MUST_USE struct error *browse_fill(struct browse *browse, int rows, int cells);
// The trial, by keys.
MUST_USE struct error *browse_try(struct browse *browse, unsigned action, uint64_t count);
void browse_drop_trial(struct browse *browse);
MUST_USE struct error *browse_try_again(struct browse *browse); // the type's graph is another one
// The type that the list's cursor is on; group NULL: none. And the cursor on a type, if it is in the list.
struct type_id browse_selected_id(const struct browse *browse);
void browse_select_id(struct browse *browse, struct type_id id);
// Sorts and filters anew; the cursor goes where `was` is now, unless it is at the top.
MUST_USE struct error *browse_refresh_list(struct browse *browse, struct type_id was);
// Cache lines of another size, or another graph: all that is read is read again.
MUST_USE struct error *browse_reread(struct browse *browse);

#endif
