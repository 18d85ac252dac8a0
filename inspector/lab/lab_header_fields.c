// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#define FIELD(name)                                                                                          \
    {                                                                                                        \
#name, offsetof(struct hmap, name), sizeof(((struct hmap *)0)->name)                                 \
    }

static void run(struct lab_notebook *notebook)
{
    static const struct {
        const char *name;
        size_t offset_bytes, size_bytes;
    } fields[] = {FIELD(count),   FIELD(flags),      FIELD(B),         FIELD(noverflow), FIELD(hash0),
                  FIELD(buckets), FIELD(oldbuckets), FIELD(nevacuate), FIELD(extra)};
    size_t end_bytes = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
        lab_note(notebook, "%2zu +%zu  %s", fields[i].offset_bytes, fields[i].size_bytes, fields[i].name);
        end_bytes = fields[i].offset_bytes + fields[i].size_bytes;
    }
    lab_note(notebook, "%zu fields, %zu bytes (strata verify FILE asks a Go program)", ARRAY_LENGTH(fields),
             sizeof(struct hmap));
    if (sizeof(struct hmap) == 40)
        lab_conclude(notebook, LAB_HOLDS, "it has 40 bytes");
    else if (end_bytes == sizeof(struct hmap))
        lab_conclude(notebook, LAB_REFUTED, "extra is the ninth: it keeps the overflow buckets");
}

const struct lab_experiment lab_header_fields = {.name = "header-fields",
                                                 .source = "runtime/map.go, type hmap",
                                                 .claim = "hmap has eight fields, 40 bytes",
                                                 .run = run};
