// SPDX-License-Identifier: MIT
// What a test expects of a struct error: none, or one line that holds these words.
#ifndef STRATA_TESTS_ERRORS_EXPECTED_H
#define STRATA_TESTS_ERRORS_EXPECTED_H

#include "base/error.h"
#include "cmocka_all.h"
#include <string.h>

// A macro, so that the line is the test's.
#define must(call)                                                                                           \
    do {                                                                                                     \
        struct error *must_error_ = (call);                                                                  \
        if (must_error_)                                                                                     \
            fail_msg("%s", must_error_->message);                                                            \
    } while (0)

static inline void must_fail(struct error *error, const char *words)
{
    assert_non_null(error);
    if (!strstr(error->message, words))
        fail_msg("\"%s\" does not hold \"%s\"", error->message, words);
    assert_null(strchr(error->message, '\n'));
    error_free(error);
}

#endif
