// SPDX-License-Identifier: MIT
#include "type/type_index.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

uint64_t type_index_name_hash(const char *name)
{
    return XXH3_64bits(name, strlen(name));
}

void type_index_free(struct type_index *index)
{
    if (!index)
        return;
    problems_free(&index->problems);
    arena_free(&index->arena);
    free(index->entries);
    free(index);
}
