// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct in_order {
        bool a;
        int64_t b;
        int32_t c;
    };
    struct reordered {
        int64_t b;
        int32_t c;
        bool a;
    };
    lab_note(notebook, "struct { bool; int64; int32 }: %zu bytes, the int64 at %zu, the int32 at %zu",
             sizeof(struct in_order), offsetof(struct in_order, b), offsetof(struct in_order, c));
    lab_note(notebook, "struct { int64; int32; bool }: %zu bytes", sizeof(struct reordered));
    if (sizeof(struct in_order) == 24 && offsetof(struct in_order, c) == 16)
        lab_conclude(notebook, LAB_HOLDS,
                     "7 bytes before the int64 and 4 at the end are padding; the largest first needs 16");
    else
        lab_conclude(notebook, LAB_REFUTED, "this machine lays it out in another way");
}

const struct lab_experiment lab_demo_struct = {
    .name = "demo-struct",
    .claim = "struct { bool; int64; int32 } is 24 bytes with the int32 at 16",
    .run = run};
