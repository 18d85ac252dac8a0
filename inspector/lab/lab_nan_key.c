// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <math.h>

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    double nan_key = (double)NAN;
    int64_t elem = 5;
    bool works = true;
    if (!lab_map_open(notebook, &m, &hmap_kind_float64, &hmap_kind_int64, 0, 2))
        return;
    for (int i = 0; i < 3; i++)
        works &= hmap_store(&m.context, m.map, &nan_key, &elem) == HMAP_OK;
    long long inserted = hmap_length(m.map);
    bool found = hmap_find(&m.context, m.map, &nan_key).found;
    bool deleted = hmap_delete(&m.context, m.map, &nan_key).found;
    long long left = hmap_length(m.map);
    unsigned seen = 0;
    struct hiter iter;
    enum hmap_status status = hmap_iter_start(&m.context, m.map, &iter);
    for (; status == HMAP_OK && iter.key; status = hmap_iter_next(&m.context, &iter))
        seen++;
    hmap_iter_stop(&iter);
    works &= status == HMAP_OK && hmap_clear(&m.context, m.map) == HMAP_OK;
    lab_note(notebook, "m[NaN] = 5 three times: len %lld; m[NaN] is %s; after delete(m, NaN) len is %lld",
             inserted, found ? "there" : "missing", left);
    lab_note(notebook, "a range sees %u of them; after clear len is %lld", seen,
             (long long)hmap_length(m.map));
    if (works && inserted == 3 && !found && !deleted && left == 3 && seen == 3 && hmap_length(m.map) == 0)
        lab_conclude(notebook, LAB_HOLDS, "a NaN equals nothing, so its hash may be drawn by chance, and is");
    else
        lab_conclude(notebook, LAB_REFUTED, "NaN keys behave in another way");
    lab_map_close(&m);
}

const struct lab_experiment lab_nan_key = {
    .name = "nan-key",
    .source = "runtime/alg.go, f64hash",
    .claim = "each NaN inserts a new entry which no lookup finds and only clear removes",
    .run = run};
