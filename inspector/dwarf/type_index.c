#include "dwarf/type_index.h"

#include <stdlib.h>

void type_index_free(struct type_index *index)
{
    if (!index)
        return;
    problems_free(&index->problems);
    arena_free(&index->arena);
    free(index->entries);
    free(index);
}
