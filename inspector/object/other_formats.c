// SPDX-License-Identifier: MIT
#include "object/other_formats.h"

#include <string.h>

static bool has_prefix(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

const char *other_formats_words(const struct image *image)
{
    static const struct {
        const char *section; // or what its name begins with
        const char *words;
    } formats[] = {
        {".stab", "stabs (.stab), which strata cannot read: compile with -gdwarf-4"},
        {".ctf", "CTF (.ctf), which strata cannot read: compile with -g instead of -gctf"},
        {".SUNW_ctf", "CTF (.SUNW_ctf), which strata cannot read: compile with -g"},
        {".gnu.lto_",
         "code for -flto (.gnu.lto_*): name the linked program, or compile with -g and without -flto"},
        {".llvm.lto", "LLVM bitcode (.llvm.lto): compile with -g and without -flto"},
        {".llvmbc", "LLVM bitcode (.llvmbc): compile with -g"},
        {".debug", "DWARF 1 (.debug), which strata cannot read: compile with -gdwarf-4"},
        {".gosymtab", "Go's symbols without DWARF: build without -ldflags=-w and -s"},
    };
    for (size_t f = 0; f < ARRAY_LENGTH(formats); f++)
        for (size_t i = 0; i < image->sections_count; i++) {
            const char *name = image->sections[i].name;
            const bool is_exact = !strcmp(formats[f].section, ".debug");
            if (image->sections[i].size_bytes > 0 &&
                (is_exact ? !strcmp(name, ".debug") : has_prefix(name, formats[f].section)))
                return formats[f].words;
        }
    return NULL;
}
