// SPDX-License-Identifier: MIT
// The filter of the list, as a person types it: it is applied after each character, so what is not whole yet is no error.
//
//     words        all of them are in the name, in any case unless one has a capital
//     /regex/      POSIX extended; the second slash may be missing
//     .member      has a member whose name begins so
//     size > 64    the language of strata list --where
#ifndef STRATA_BROWSE_BROWSE_FILTER_H
#define STRATA_BROWSE_BROWSE_FILTER_H

#include "query/pattern.h"
#include "query/where.h"

enum { FILTER_BYTES = 256, FILTER_WORDS = 16 };

enum filter_kind { FILTER_NONE, FILTER_NAME, FILTER_PATTERN, FILTER_MEMBER, FILTER_WHERE };

struct filter {
    char text[FILTER_BYTES];    // as typed
    char problem[FILTER_BYTES]; // why it is not applied as typed: what was before still is. "": it is
    // What is applied:
    enum filter_kind kind;
    char words_text[FILTER_BYTES]; // cut into words, in lower case unless `minds_case`
    const char *words[FILTER_WORDS];
    size_t words_count;
    bool minds_case;
    struct pattern *pattern;
    struct where *where;
};

// Takes a text; fails only when memory is short. Starts with {0}.
MUST_USE struct error *filter_set(struct filter *filter, const char *text);
void filter_free(struct filter *filter);

// How well a type fits.
enum filter_fit { FIT_NOT, FIT_EXACT, FIT_PREFIX, FIT_WITHIN, FITS };

// `summary` and `members` (see struct model_file) are NULL while they are not known: what asks for them does not fit then.
enum filter_fit filter_fit(const struct filter *filter, const char *name, const struct type_summary *summary,
                           const char *members);

#endif
