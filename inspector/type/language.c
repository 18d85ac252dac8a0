#include "type/language.h"

#include <stddef.h>
#include <strings.h>

static const struct {
    const char *word;
    enum language_family family;
    uint8_t lower_bound;
    bool has_no_scopes;
} languages[LANGUAGES] = {
    [LANGUAGE_UNSTATED] = {NULL, FAMILY_C},
    [LANGUAGE_C] = {"c", FAMILY_C, .has_no_scopes = true},
    [LANGUAGE_CPLUSPLUS] = {"c++", FAMILY_CPLUSPLUS},
    [LANGUAGE_GO] = {"go", FAMILY_GO, .has_no_scopes = true},
    [LANGUAGE_RUST] = {"rust", FAMILY_RUST},
    [LANGUAGE_ADA] = {"ada", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_ASSEMBLY] = {"assembly", FAMILY_C, .has_no_scopes = true},
    [LANGUAGE_BLISS] = {"bliss", FAMILY_OTHER},
    [LANGUAGE_COBOL] = {"cobol", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_CRYSTAL] = {"crystal", FAMILY_OTHER},
    [LANGUAGE_D] = {"d", FAMILY_OTHER},
    [LANGUAGE_DYLAN] = {"dylan", FAMILY_OTHER},
    [LANGUAGE_FORTRAN] = {"fortran", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_HASKELL] = {"haskell", FAMILY_OTHER},
    [LANGUAGE_HIP] = {"hip", FAMILY_CPLUSPLUS},
    [LANGUAGE_JAVA] = {"java", FAMILY_OTHER},
    [LANGUAGE_JULIA] = {"julia", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_KOTLIN] = {"kotlin", FAMILY_OTHER},
    [LANGUAGE_MODULA2] = {"modula2", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_MODULA3] = {"modula3", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_OBJECTIVE_C] = {"objective-c", FAMILY_C},
    [LANGUAGE_OBJECTIVE_CPLUSPLUS] = {"objective-c++", FAMILY_CPLUSPLUS},
    [LANGUAGE_OCAML] = {"ocaml", FAMILY_OTHER},
    [LANGUAGE_OPENCL] = {"opencl", FAMILY_C},
    [LANGUAGE_PASCAL] = {"pascal", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_PLI] = {"pli", FAMILY_OTHER, .lower_bound = 1},
    [LANGUAGE_PYTHON] = {"python", FAMILY_OTHER},
    [LANGUAGE_RENDERSCRIPT] = {"renderscript", FAMILY_OTHER},
    [LANGUAGE_SWIFT] = {"swift", FAMILY_OTHER},
    [LANGUAGE_UPC] = {"upc", FAMILY_C},
    [LANGUAGE_ZIG] = {"zig", FAMILY_OTHER},
    [LANGUAGE_OTHER] = {NULL, FAMILY_OTHER},
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
