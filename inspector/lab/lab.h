// SPDX-License-Identifier: MIT
// Experiments on what people say of Go's map. Each runs on hmapcore, writes down what it saw, and judges the
// claim by that. Each is a file of its own, lab_NAME.c.
#ifndef STRATA_LAB_LAB_H
#define STRATA_LAB_LAB_H

#include "base/arena.h"
#include "base/attributes.h"
#include "base/vec.h"

enum lab_verdict {
    LAB_UNDECIDED, // the experiment could not be done
    LAB_HOLDS,
    LAB_REFUTED,
    LAB_PARTLY,
    LAB_VERDICTS,
};

// "undecided", "holds", "refuted", "partly".
const char *lab_verdict_word(enum lab_verdict verdict);

typedef VEC(const char *) lab_lines;

// What one run writes down. Texts live in the arena. Belongs to one thread.
struct lab_notebook {
    struct arena arena;
    lab_lines evidence;
    enum lab_verdict verdict;
    const char *reason; // one sentence; NULL until concluded
    bool out_of_memory;
};

void lab_notebook_init(struct lab_notebook *notebook);
void lab_notebook_free(struct lab_notebook *notebook);

// One line of evidence.
void lab_note(struct lab_notebook *notebook, const char *format, ...) PRINTF_LIKE(2, 3);

// The verdict and why, in one sentence without a full stop. The last one counts.
void lab_conclude(struct lab_notebook *notebook, enum lab_verdict verdict, const char *format, ...)
    PRINTF_LIKE(3, 4);

struct lab_experiment {
    const char *name;
    const char *claim; // as people make it, true or not
    const char
        *source; // where Go 1.23's source decides it: "runtime/map.go, mapassign"; NULL: the language does
    void (*run)(struct lab_notebook *notebook);
    // Instead of `run`: it reads a compiled Go program.
    void (*run_on)(struct lab_notebook *notebook, const char *path);
};

// All of them, in the order of their interest; ends with NULL.
extern const struct lab_experiment *const lab_experiments[];

// NULL: there is none of that name.
const struct lab_experiment *lab_find(const char *name);

#endif
