// SPDX-License-Identifier: MIT
// What can be known of formats and paths without opening a file. Apart from type_source_open, in whose place a test
// puts its own.
#include "btf/btf_open.h"
#include "source/source_open.h"

const char *const type_source_formats[] = {"dwarf", "btf", NULL};

const char type_source_kernel[] = "/sys/kernel/btf/vmlinux";

bool type_source_is_alone(const char *path)
{
    return btf_path_is_raw(path);
}
