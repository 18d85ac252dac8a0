// What the families of languages differ in, by DW_LANG_*.
#ifndef STRATA_TYPE_LANGUAGE_H
#define STRATA_TYPE_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

enum language_family {
    LANGUAGE_C, // also assemblers and whatever does not say: keywords before names, no scopes
    LANGUAGE_CPLUSPLUS,
    LANGUAGE_GO,
    LANGUAGE_RUST,
    LANGUAGE_OTHER, // written as C++ is
};

enum language_family language_family(uint16_t language);

// The index of an array's first element where the debug information does not say (DWARF 5, table 7.17).
int64_t language_lower_bound(uint16_t language);

#endif
