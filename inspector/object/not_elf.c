// SPDX-License-Identifier: MIT
#include "object/not_elf.h"

#include <string.h>

struct error *not_elf_error(const char *path, struct bytes start)
{
    static const struct {
        const char *magic;
        size_t magic_bytes;
        const char *words;
    } formats[] = {
        {"BC\xc0\xde", 4,
         ", but LLVM bitcode: compile with -g and without -flto, or name the linked program"},
        {"\xde\xc0\x17\x0b", 4, ", but LLVM bitcode: compile with -g and without -flto"},
        {"\0asm", 4, ", but WebAssembly"},
        {"MZ", 2, ", but a program of Windows (PE)"},
        {"\xcf\xfa\xed\xfe", 4, ", but a program of macOS (Mach-O)"},
        {"\xca\xfe\xba\xbe", 4, ", but a program of macOS or Java"},
        {"/* GNU ld script", 16, ", but a script for the linker: it names the library"},
    };
    const char *words = "";
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (start.size_bytes >= formats[i].magic_bytes &&
            memcmp(start.data, formats[i].magic, formats[i].magic_bytes) == 0)
            words = formats[i].words;
    return error_create(ERROR_BAD_FORMAT, "%s: not an ELF file%s", path, words);
}
