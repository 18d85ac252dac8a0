// SPDX-License-Identifier: MIT
// Libraries that are loaded when they are asked for.
#include "base/late_library.h"
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void test_loads_once(void **state)
{
    (void)state;
    static struct {
        double (*root)(double);
        void (*none)(void);
    } functions = {.none = abort};
    static const struct late_function wanted[] = {{"sqrt", &functions.root, false},
                                                  {"strata_has_no_such_name", &functions.none, true}};
    static struct late_library library = LATE_LIBRARY("libm.so.6", "libc6", NULL, wanted);
    assert_null(late_library_load(&library));
    assert_true(functions.root(9.0) == 3.0);
    assert_null(functions.none);
    functions.root = NULL; // a second time does nothing
    assert_null(late_library_load(&library));
    assert_null(functions.root);
}

static void expect_error(struct late_library *library, const char *text)
{
    struct error *error CLEANUP(error_free_at) = late_library_load(library);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_UNSUPPORTED);
    assert_string_equal(error->message, text);
}

static void test_not_here(void **state)
{
    (void)state;
    void *place = NULL;
    const struct late_function wanted[] = {{"f", &place, false}};
    struct late_library bare = LATE_LIBRARY("libnone.so.7", "libnone7", NULL, wanted);
    struct late_library helped = LATE_LIBRARY("libnone.so.7", "libnone7", "walk", wanted);
    expect_error(&bare, "libnone.so.7 is not here: install it (Debian: libnone7)");
    expect_error(&helped, "libnone.so.7 is not here: install it (Debian: libnone7), or walk");
}

// Whatever of a library is missing, nothing of it is taken.
static void test_lacks_a_function(void **state)
{
    (void)state;
    void *root = NULL, *other = NULL;
    const struct late_function wanted[] = {{"sqrt", &root, false},
                                           {"strata_has_no_such_name", &other, false}};
    struct late_library library = LATE_LIBRARY("libm.so.6", "libc6", NULL, wanted);
    expect_error(&library, "libm.so.6 has no strata_has_no_such_name: another library of that name?");
    assert_null(root);
}

static void test_no_library(void **state)
{
    (void)state;
    char path[] = "/tmp/strata-late-XXXXXX";
    const int descriptor = mkstemp(path);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "text", 4), 4);
    close(descriptor);
    void *place = NULL;
    const struct late_function wanted[] = {{"f", &place, false}};
    struct late_library library = LATE_LIBRARY(path, "libnone7", NULL, wanted);
    struct error *error CLEANUP(error_free_at) = late_library_load(&library);
    unlink(path);
    assert_non_null(error);
    assert_non_null(strstr(error->message, " cannot be loaded: "));
}

enum { THREADS = 8 };
static double (*shared_root)(double);
static const struct late_function shared_wanted[] = {{"sqrt", &shared_root, false}};
static struct late_library shared = LATE_LIBRARY("libm.so.6", "libc6", NULL, shared_wanted);

static void *load_shared(void *argument)
{
    struct error *error = late_library_load(&shared);
    *(bool *)argument = !error && shared_root(4.0) == 2.0;
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    bool well[THREADS] = {false};
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, load_shared, &well[i]), 0);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_true(well[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loads_once),       cmocka_unit_test(test_not_here),
        cmocka_unit_test(test_lacks_a_function), cmocka_unit_test(test_no_library),
        cmocka_unit_test(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
