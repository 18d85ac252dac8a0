// SPDX-License-Identifier: MIT
// Each experiment has one verdict, whatever else changes. An experiment without a line here fails the test.
#include "cmocka_all.h"
#include "emulated.h"
#include "lab/lab.h"

#include <string.h>

static const struct {
    const char *name;
    enum lab_verdict verdict;
} expected[] = {
    {"nil-assign", LAB_HOLDS},
    {"nil-pointer", LAB_HOLDS},
    {"zero-value", LAB_HOLDS},
    {"json-null", LAB_HOLDS},
    {"pass-map", LAB_REFUTED},
    {"pass-pointer", LAB_HOLDS},
    {"shallow-copy", LAB_HOLDS},
    {"concurrent-write", LAB_PARTLY},
    {"concurrent-read", LAB_PARTLY},
    {"range-grow", LAB_REFUTED},
    {"range-insert", LAB_HOLDS},
    {"range-delete", LAB_HOLDS},
    {"range-order", LAB_HOLDS},
    {"two-arrays", LAB_REFUTED},
    {"grow-atomic", LAB_REFUTED},
    {"header-fields", LAB_REFUTED},
    {"bucket-packing", LAB_PARTLY},
    {"demo-struct", LAB_HOLDS},
    {"load-factor", LAB_HOLDS},
    {"same-size-grow", LAB_HOLDS},
    {"shrink", LAB_HOLDS},
    {"delete-clears", LAB_HOLDS},
    {"closure-leak", LAB_REFUTED},
    {"interface-key", LAB_HOLDS},
    {"key-drift", LAB_REFUTED},
    {"nan-key", LAB_HOLDS},
    {"zero-keys", LAB_HOLDS},
    {"indirect", LAB_HOLDS},
    {"deferred-write", LAB_REFUTED},
    {"cost", LAB_HOLDS},
    {"sync-map", LAB_REFUTED},
    {"swiss-load-factor", LAB_HOLDS},
    {"swiss-split", LAB_HOLDS},
    {"swiss-at-once", LAB_REFUTED},
    {"swiss-tombstones", LAB_PARTLY},
    {"swiss-turnover", LAB_PARTLY},
    {"swiss-prune", LAB_PARTLY},
    {"swiss-hint", LAB_PARTLY},
    {"swiss-clear", LAB_REFUTED},
    {"swiss-shrink", LAB_REFUTED},
    {"swiss-clone", LAB_PARTLY},
    {"swiss-range-grow", LAB_REFUTED},
};

static enum lab_verdict expected_of(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(expected); i++)
        if (!strcmp(expected[i].name, name))
            return expected[i].verdict;
    fail_msg("%s has no expected verdict", name);
    return LAB_UNDECIDED;
}

static void verdicts(void **state)
{
    (void)state;
    size_t count = 0, reading = 0;
    for (; lab_experiments[count]; count++) {
        const struct lab_experiment *experiment = lab_experiments[count];
        struct lab_notebook notebook;
        if (!experiment->run) { // reads a Go program: tests/oracle/lab.py has some
            assert_non_null(experiment->run_on);
            reading++;
            continue;
        }
        lab_notebook_init(&notebook);
        experiment->run(&notebook);
        bool says_nothing = is_emulated() && !strcmp(experiment->name, "cost"); // the times of an emulator
        if (notebook.verdict != expected_of(experiment->name) && !says_nothing)
            fail_msg("%s: %s (%s)", experiment->name, lab_verdict_word(notebook.verdict),
                     notebook.reason ? notebook.reason : "no reason");
        assert_non_null(notebook.reason);
        assert_true(notebook.evidence.length > 0);
        assert_false(notebook.out_of_memory);
        lab_notebook_free(&notebook);
        assert_ptr_equal(lab_find(experiment->name), experiment);
    }
    assert_int_equal(count - reading, ARRAY_LENGTH(expected));
    assert_null(lab_find("no-such-thing"));
}

// Evidence is drawn from what the seeds determine: a second run writes the same lines (but for times and
// addresses).
static void runs_repeat(void **state)
{
    (void)state;
    static const char *const steady[] = {"range-grow", "range-insert", "range-order", "load-factor"};
    for (size_t i = 0; i < ARRAY_LENGTH(steady); i++) {
        struct lab_notebook first, second;
        lab_notebook_init(&first);
        lab_notebook_init(&second);
        lab_find(steady[i])->run(&first);
        lab_find(steady[i])->run(&second);
        assert_int_equal(first.evidence.length, second.evidence.length);
        for (size_t n = 0; n < first.evidence.length; n++)
            assert_string_equal(first.evidence.data[n], second.evidence.data[n]);
        lab_notebook_free(&first);
        lab_notebook_free(&second);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(verdicts), cmocka_unit_test(runs_repeat)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
