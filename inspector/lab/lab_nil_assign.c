// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 1))
        return;
    int64_t key = 7;
    struct hmap *nil = NULL;
    struct hiter iter;
    struct hmap_result found = hmap_find(&m.context, nil, &key);
    struct hmap_result deleted = hmap_delete(&m.context, nil, &key);
    enum hmap_status ranged = hmap_iter_start(&m.context, nil, &iter);
    struct hmap_result assigned = hmap_assign(&m.context, nil, &key);
    lab_note(notebook, "len(nil) = %lld", (long long)hmap_length(nil));
    lab_note(notebook, "nil[7]: %s, %s", hmap_status_text(found.status), found.found ? "found" : "not there");
    lab_note(notebook, "delete(nil, 7): %s", hmap_status_text(deleted.status));
    lab_note(notebook, "range nil: %s, %s", hmap_status_text(ranged), iter.key ? "an entry" : "no entry");
    lab_note(notebook, "nil[7] = 1: %s", hmap_status_text(assigned.status));
    bool reads = found.status == HMAP_OK && !found.found && deleted.status == HMAP_OK && ranged == HMAP_OK &&
                 !iter.key;
    if (reads && assigned.status == HMAP_NIL_MAP)
        lab_conclude(notebook, LAB_HOLDS,
                     "there are no buckets to write to, and every read treats no buckets as empty");
    else
        lab_conclude(notebook, LAB_REFUTED, "a nil map does not behave so");
    lab_map_close(&m);
}

const struct lab_experiment lab_nil_assign = {
    .name = "nil-assign",
    .source = "runtime/map.go, mapassign",
    .claim = "writing to a nil map panics; reading, len, delete and range of a nil map do not",
    .run = run};
