// SPDX-License-Identifier: MIT
// cmocka wants these four before its own header.
#ifndef STRATA_TESTS_CMOCKA_ALL_H
#define STRATA_TESTS_CMOCKA_ALL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Ends the test; the reason is for whoever runs the tests: scripts/test.sh lists such lines at its end.
#define skip_because(reason)                                                                                 \
    do {                                                                                                     \
        print_message("SKIPPED: %s\n", reason);                                                              \
        skip();                                                                                              \
    } while (0)

// cmocka 2 has two of these, for signed and unsigned numbers, and deprecates the old one.
#ifdef assert_uint_in_range
#define assert_between(value, least, most) assert_uint_in_range(value, least, most)
#else
#define assert_between(value, least, most) assert_in_range(value, least, most)
#endif

#endif
