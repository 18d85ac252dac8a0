// SPDX-License-Identifier: MIT
#include "type/language.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *word;
    enum language_family family;
    uint8_t lower_bound;
    bool has_no_scopes;
} languages[LANGUAGES] = {
    [LANGUAGE_UNSTATED] = {.word = NULL, .family = FAMILY_C},
    [LANGUAGE_C] = {.word = "c", .family = FAMILY_C, .has_no_scopes = true},
    [LANGUAGE_CPLUSPLUS] = {.word = "c++", .family = FAMILY_CPLUSPLUS},
    [LANGUAGE_GO] = {.word = "go", .family = FAMILY_GO, .has_no_scopes = true},
    [LANGUAGE_RUST] = {.word = "rust", .family = FAMILY_RUST},
    [LANGUAGE_ADA] = {.word = "ada", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_ASSEMBLY] = {.word = "assembly", .family = FAMILY_C, .has_no_scopes = true},
    [LANGUAGE_BLISS] = {.word = "bliss", .family = FAMILY_OTHER},
    [LANGUAGE_COBOL] = {.word = "cobol", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_CRYSTAL] = {.word = "crystal", .family = FAMILY_OTHER},
    [LANGUAGE_D] = {.word = "d", .family = FAMILY_OTHER},
    [LANGUAGE_DYLAN] = {.word = "dylan", .family = FAMILY_OTHER},
    [LANGUAGE_FORTRAN] = {.word = "fortran", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_HASKELL] = {.word = "haskell", .family = FAMILY_OTHER},
    [LANGUAGE_HIP] = {.word = "hip", .family = FAMILY_CPLUSPLUS},
    [LANGUAGE_JAVA] = {.word = "java", .family = FAMILY_OTHER},
    [LANGUAGE_JULIA] = {.word = "julia", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_KOTLIN] = {.word = "kotlin", .family = FAMILY_OTHER},
    [LANGUAGE_MODULA2] = {.word = "modula2", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_MODULA3] = {.word = "modula3", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_OBJECTIVE_C] = {.word = "objective-c", .family = FAMILY_C},
    [LANGUAGE_OBJECTIVE_CPLUSPLUS] = {.word = "objective-c++", .family = FAMILY_CPLUSPLUS},
    [LANGUAGE_OCAML] = {.word = "ocaml", .family = FAMILY_OTHER},
    [LANGUAGE_OPENCL] = {.word = "opencl", .family = FAMILY_C},
    [LANGUAGE_PASCAL] = {.word = "pascal", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_PLI] = {.word = "pli", .family = FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_PYTHON] = {.word = "python", .family = FAMILY_OTHER},
    [LANGUAGE_RENDERSCRIPT] = {.word = "renderscript", .family = FAMILY_OTHER},
    [LANGUAGE_SWIFT] = {.word = "swift", .family = FAMILY_OTHER},
    [LANGUAGE_UPC] = {.word = "upc", .family = FAMILY_C},
    [LANGUAGE_ZIG] = {.word = "zig", .family = FAMILY_OTHER},
    [LANGUAGE_OTHER] = {.word = NULL, .family = FAMILY_OTHER},
};

enum language_family language_family(enum language language)
{
    return languages[language].family;
}

const char *language_word(enum language language)
{
    return languages[language].word;
}

const char *language_word_named(const char *word)
{
    if (!strcasecmp(word, "cpp") || !strcasecmp(word, "cxx"))
        return languages[LANGUAGE_CPLUSPLUS].word;
    for (size_t i = 0; i < LANGUAGES; i++)
        if (languages[i].word && !strcasecmp(languages[i].word, word))
            return languages[i].word;
    return NULL;
}

int64_t language_lower_bound(enum language language)
{
    return languages[language].lower_bound;
}

bool language_has_scopes(enum language language)
{
    return !languages[language].has_no_scopes;
}
