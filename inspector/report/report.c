#include "report/report.h"

#include <string.h>
#include <strings.h>

// DWARF 5 table 7.17, and the numbers given out since (dwarfstd.org/languages.html).
static const struct {
    uint16_t number;
    const char *word;
} languages[] = {
    {0x01, "c"},
    {0x02, "c"},
    {0x0c, "c"},
    {0x1d, "c"},
    {0x2c, "c"},
    {0x3e, "c"},
    {0x04, "c++"},
    {0x19, "c++"},
    {0x1a, "c++"},
    {0x21, "c++"},
    {0x2b, "c++"},
    {0x2e, "c++"},
    {0x3a, "c++"},
    {0x16, "go"},
    {0x1c, "rust"},
    {0x03, "ada"},
    {0x0d, "ada"},
    {0x2d, "ada"},
    {0x05, "cobol"},
    {0x06, "cobol"},
    {0x07, "fortran"},
    {0x08, "fortran"},
    {0x0e, "fortran"},
    {0x22, "fortran"},
    {0x23, "fortran"},
    {0x2f, "fortran"},
    {0x09, "pascal"},
    {0x0a, "modula2"},
    {0x17, "modula3"},
    {0x0b, "java"},
    {0x0f, "pli"},
    {0x10, "objective-c"},
    {0x11, "objective-c++"},
    {0x12, "upc"},
    {0x13, "d"},
    {0x14, "python"},
    {0x15, "opencl"},
    {0x18, "haskell"},
    {0x1b, "ocaml"},
    {0x1e, "swift"},
    {0x1f, "julia"},
    {0x20, "dylan"},
    {0x24, "renderscript"},
    {0x25, "bliss"},
    {0x26, "kotlin"},
    {0x27, "zig"},
    {0x28, "crystal"},
    {0x31, "assembly"},
    {0x8001, "assembly"},
};

const char *report_language(uint16_t language)
{
    for (size_t i = 0; i < ARRAY_LENGTH(languages); i++)
        if (languages[i].number == language)
            return languages[i].word;
    return NULL;
}

const char *report_language_named(const char *word)
{
    if (!strcasecmp(word, "cpp") || !strcasecmp(word, "cxx"))
        return "c++";
    for (size_t i = 0; i < ARRAY_LENGTH(languages); i++)
        if (!strcasecmp(languages[i].word, word))
            return languages[i].word;
    return NULL;
}
