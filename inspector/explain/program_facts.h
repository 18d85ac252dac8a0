// SPDX-License-Identifier: MIT
// What is known of the program that a log is explained with. Plain data.
#ifndef STRATA_EXPLAIN_PROGRAM_FACTS_H
#define STRATA_EXPLAIN_PROGRAM_FACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct program_facts {
    const char *path;
    const char *go_version;  // "go1.23.5"; NULL: not told
    const char *go_build_id; // NULL: none
    const char *build_id;    // of the linker, hexadecimal; NULL: none
    const char *machine;     // "amd64"
    unsigned pointer_bytes;
    bool has_symbols, has_debug_information;
    bool has_code_reader; // its machine code is read: calls, the map's type and name
    // Frames of the log with an offset, and how many of them the program has at the same file and line.
    size_t frames_compared, frames_fit;
};

#endif
