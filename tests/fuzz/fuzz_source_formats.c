// SPDX-License-Identifier: MIT
// Any bytes as a file of another format than ELF: Mach-O, universal, PE, COFF, WebAssembly, and archives of such.
#include "fuzz_file.h"
#include "fuzz_source.h"

static void exercise(const char *path)
{
    exercise_source(path, NULL);
    exercise_source(path, "arm64"); // the other part of a universal file
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    return 0;
}
