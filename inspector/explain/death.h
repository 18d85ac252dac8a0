// SPDX-License-Identifier: MIT
// What each death means, in plain words: a table.
#ifndef STRATA_EXPLAIN_DEATH_H
#define STRATA_EXPLAIN_DEATH_H

#include <stdbool.h>

enum death_kind {
    DEATH_NIL_ASSIGN,
    DEATH_CONCURRENT_WRITES,
    DEATH_CONCURRENT_READ,
    DEATH_CONCURRENT_ITERATION,
    DEATH_CONCURRENT_CLONE,
    DEATH_UNHASHABLE,
    DEATH_UNCOMPARABLE,
    DEATH_NIL_POINTER, // of a *map
    DEATH_FAULT,       // inside of the runtime's map code
    DEATH_RACE,
    DEATH_KINDS,
};

// What kind of place holds the map, as far as it is known: advice depends on it.
enum map_place {
    PLACE_UNKNOWN,
    PLACE_VARIABLE, // of a package
    PLACE_FIELD,    // of a struct
    PLACE_CAPTURED, // a variable of a function that a closure uses
    PLACE_CONSTANT, // nil, written out by the compiler: a local variable that nothing was ever assigned to
    PLACE_RESULT,   // of a call
    MAP_PLACES,
};

enum { DEATH_ADVICE_MOST = 3, DEATH_EXPERIMENTS_MOST = 3 };

struct death {
    const char *name;  // "nil-assign"
    const char *title; // "assignment to entry in nil map"
    const char *what;  // happened
    const char *classic_test,
        *swiss_test;      // what the runtime's call tests; the same for both where they are equal
    const char *compiler; // why none finds it
    const char *experiments[DEATH_EXPERIMENTS_MOST + 1]; // of strata lab
    bool needs_others;                                   // other goroutines had a part in it
};

extern const struct death death_table[DEATH_KINDS];

// Up to three lines on what to change. `advice` ends with NULL where there are fewer. "%T" in a line stands for the map's
// type, "%N" for its name, "%S" for the name's last part.
void death_advice(enum death_kind kind, enum map_place place, bool by_decoder,
                  const char *advice[DEATH_ADVICE_MOST + 1]);

// "variable", "field", …; "unknown".
const char *map_place_word(enum map_place place);

#endif
