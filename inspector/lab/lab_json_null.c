// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

// What a decoder does with a map field, as encoding/json's documentation has it: null sets the field to nil, an object
// makes a map where there is none. A field that the input does not mention is left alone.
static void decode(const char *value, struct hmap *fresh, struct hmap **field)
{
    if (value && !strcmp(value, "null"))
        *field = NULL;
    else if (value && !*field)
        *field = fresh;
}

static void run(struct lab_notebook *notebook)
{
    static const char *const values[] = {NULL, "{}", "null"};
    enum hmap_status seen[ARRAY_LENGTH(values)];
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(values); i++) {
        struct hmap *limits = m.map; // config{Limits: make(map[int64]int64)}: the defaults before decoding
        int64_t key = 7;
        decode(values[i], m.map, &limits);
        struct hmap_result found = hmap_find(&m.context, limits, &key);
        struct hmap_result written = hmap_assign(&m.context, limits, &key);
        seen[i] = written.status;
        lab_note(notebook, "%s%s%s: the map that was made before is %s; reading: %s; writing: %s",
                 values[i] ? "{\"limits\": " : "{", values[i] ? values[i] : "", "}",
                 limits ? "still there" : "nil now", hmap_status_text(found.status),
                 hmap_status_text(written.status));
    }
    if (seen[0] == HMAP_OK && seen[1] == HMAP_OK && seen[2] == HMAP_NIL_MAP)
        lab_conclude(notebook, LAB_HOLDS,
                     "null is a value, and for a map it is nil; only what the input does not mention keeps "
                     "its default");
    else
        lab_conclude(notebook, LAB_REFUTED, "null does not end so");
    lab_map_close(&m);
}

const struct lab_experiment lab_json_null = {
    .name = "json-null",
    .source = "encoding/json/decode.go, literalStore",
    .claim = "a decoder that meets null for a map leaves the map nil, also one that was made before",
    .run = run};
