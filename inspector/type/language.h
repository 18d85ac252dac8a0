// SPDX-License-Identifier: MIT
// Languages, and what they differ in. The only table of them: a reader of a debug format maps its numbers
// to these.
#ifndef STRATA_TYPE_LANGUAGE_H
#define STRATA_TYPE_LANGUAGE_H

#include <stdbool.h>
#include <stdint.h>

// Versions of one language are one: what strata says of a type does not depend on them.
enum language {
    LANGUAGE_UNSTATED, // the debug information does not say
    LANGUAGE_C,
    LANGUAGE_CPLUSPLUS,
    LANGUAGE_GO,
    LANGUAGE_RUST,
    LANGUAGE_ADA,
    LANGUAGE_ASSEMBLY,
    LANGUAGE_BLISS,
    LANGUAGE_COBOL,
    LANGUAGE_CRYSTAL,
    LANGUAGE_D,
    LANGUAGE_DYLAN,
    LANGUAGE_FORTRAN,
    LANGUAGE_HASKELL,
    LANGUAGE_HIP,
    LANGUAGE_JAVA,
    LANGUAGE_JULIA,
    LANGUAGE_KOTLIN,
    LANGUAGE_MODULA2,
    LANGUAGE_MODULA3,
    LANGUAGE_OBJECTIVE_C,
    LANGUAGE_OBJECTIVE_CPLUSPLUS,
    LANGUAGE_OCAML,
    LANGUAGE_OPENCL,
    LANGUAGE_PASCAL,
    LANGUAGE_PLI,
    LANGUAGE_PYTHON,
    LANGUAGE_RENDERSCRIPT,
    LANGUAGE_SWIFT,
    LANGUAGE_UPC,
    LANGUAGE_ZIG,
    LANGUAGE_OTHER, // stated, but none of these
    LANGUAGES
};

enum language_family {
    FAMILY_C, // also assemblers, and where no language is stated: keywords before names
    FAMILY_CPLUSPLUS,
    FAMILY_GO,
    FAMILY_RUST,
    FAMILY_OTHER, // written as C++ is
};

enum language_family language_family(enum language language);

// "c", "c++", "go", …: what documents and options call it. NULL for LANGUAGE_UNSTATED and LANGUAGE_OTHER.
const char *language_word(enum language language);

// The word that is meant, in any case, "cpp" and "cxx" too; NULL: there is no such language.
const char *language_word_named(const char *word);

// The index of an array's first element where the debug information does not say (DWARF 5, table 7.17).
int64_t language_lower_bound(enum language language);

// Whether a type's name includes the scopes around it. In C a struct declared within another is global; names
// of Go carry the package.
bool language_has_scopes(enum language language);

#endif
