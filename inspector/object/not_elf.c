// SPDX-License-Identifier: MIT
#include "object/not_elf.h"

#include "object/container.h"

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
        {"Microsoft C/C++ MSF", 19,
         ", but a PDB, which strata cannot read: compile with clang -gdwarf or with gcc, and name the "
         "program"},
        {"\xca\xfe\xba\xbe", 4, ", but a class of Java"},
        {"/* GNU ld script", 16, ", but a script for the linker: it names the library"},
    };
    const struct container *container = container_of_start(start);
    if (container) // where only ELF will do
        return error_create(ERROR_BAD_FORMAT, "%s: not an ELF file, but %s", path, container->name);
    const char *words = ", nor Mach-O, PE or WebAssembly";
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++)
        if (start.size_bytes >= formats[i].magic_bytes &&
            memcmp(start.data, formats[i].magic, formats[i].magic_bytes) == 0)
            words = formats[i].words;
    return error_create(ERROR_BAD_FORMAT, "%s: not an ELF file%s", path, words);
}
