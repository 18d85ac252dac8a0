// SPDX-License-Identifier: MIT
// An order of members that a person tries: the steps, what they give, and the way back.
#ifndef STRATA_BROWSE_BROWSE_TRIAL_H
#define STRATA_BROWSE_BROWSE_TRIAL_H

#include "browse/browse_page.h"

enum { TRIAL_PAST_MOST = 256 };

// Starts with {0}.
struct trial {
    bool is_active;
    struct layout_options options;
    struct layouter *layouter; // of the tried type alone
    struct arena arena;
    struct pack_trial now;
    struct layout_page page; // of the tried type
    const char *sentence;
    size_t fronts;                // members in front of those that can move
    const struct member *members; // of the page's type, which the steps point into
    // Earlier steps, the latest last; each a copy.
    struct trial_past {
        struct pack_step *steps;
        size_t count;
    } past[TRIAL_PAST_MOST];
    size_t past_count;
    char words[256]; // of the latest refusal
};

// Starts from the present order of the page's type. *refusal, in the trial's arena: why it cannot; NULL: it has.
MUST_USE struct error *trial_start(struct trial *trial, const struct layout_page *page,
                                   const struct layout_options *options, const char **refusal);
// Ends it; the page's type may go after this.
void trial_stop(struct trial *trial);

// Tries these steps instead; what was before can be undone. *refusal, until the next call: why they cannot be, and then nothing
// has changed. `page` is the type's own, for what differs.
MUST_USE struct error *trial_set(struct trial *trial, const struct layout_page *page,
                                 const struct page_options *options, const struct pack_step *steps,
                                 size_t count, const char **refusal);
// False: there is nothing to undo.
MUST_USE struct error *trial_undo(struct trial *trial, const struct layout_page *page,
                                  const struct page_options *options, bool *undone);
// The same steps anew: the type's graph has been built again, or lines have another size.
MUST_USE struct error *trial_again(struct trial *trial, const struct layout_page *page,
                                   const struct page_options *options);

// The step of a row of the trial's page; its count for a row that is no member that can move.
size_t trial_step_of(const struct trial *trial, const struct row *row);
// The row of a step.
size_t trial_row_of(const struct trial *trial, size_t step);

// The tried type as source. The caller's, to be freed; ends with a new line. `name` as pack_source has it. No control
// character of a name is left, other characters are as the file has them.
MUST_USE struct error *trial_source(const struct trial *trial, const char *name, char **text);
// As rules that pack --order-file and check --rules read. The caller's.
enum { TRIAL_RULES_LINES = 3 }; // and so many control characters, unless a name has some
MUST_USE struct error *trial_rules(const struct trial *trial, const char *name, char **text);

#endif
