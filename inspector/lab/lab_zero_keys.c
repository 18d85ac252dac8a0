// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <math.h>
#include <string.h>

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    double plus = 0.0, minus = -0.0, kept = 1;
    int64_t one = 1, two = 2, elem = 0;
    if (!lab_map_open(notebook, &m, &hmap_kind_float64, &hmap_kind_int64, 0, 2))
        return;
    bool works = hmap_store(&m.context, m.map, &plus, &one) == HMAP_OK &&
                 hmap_store(&m.context, m.map, &minus, &two) == HMAP_OK &&
                 hmap_load(&m.context, m.map, &plus, &elem) == HMAP_OK;
    struct hiter iter;
    if (works && hmap_iter_start(&m.context, m.map, &iter) == HMAP_OK && iter.key) {
        memcpy(&kept, iter.key, sizeof(kept));
        hmap_iter_stop(&iter);
    }
    lab_note(notebook, "m[+0] = 1, m[-0] = 2: len %lld, m[+0] is %lld", (long long)hmap_length(m.map),
             (long long)elem);
    lab_note(notebook, "the key that is stored has the sign of the %s", signbit(kept) ? "second" : "first");
    if (works && hmap_length(m.map) == 1 && elem == 2)
        lab_conclude(notebook, LAB_HOLDS,
                     "they are equal and hash alike; the later one also replaces the stored key's bytes");
    else
        lab_conclude(notebook, LAB_REFUTED, "they are two keys");
    lab_map_close(&m);
}

const struct lab_experiment lab_zero_keys = {
    .name = "zero-keys", .source = "runtime/alg.go, f64hash", .claim = "+0 and -0 are one key", .run = run};
