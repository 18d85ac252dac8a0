// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { PLACES = 100 };

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    int64_t places[PLACES], elem = 5;
    unsigned same_hash = 0, found = 0;
    if (!lab_map_open(notebook, &m, &hmap_kind_interface, &hmap_kind_int64, 0, 2))
        return;
    uint64_t first_hash = 0;
    bool works = true;
    for (int i = 0; i < PLACES && works; i++) {
        uint64_t hash = 0;
        places[i] = 12345;
        struct hmap_interface key = {&hmap_kind_int64, &places[i]};
        works = hmap_hash(&m.context, &key, 77, &hash) == HMAP_OK;
        if (i == 0) {
            first_hash = hash;
            works = works && hmap_store(&m.context, m.map, &key, &elem) == HMAP_OK;
        }
        same_hash += hash == first_hash;
        found += hmap_find(&m.context, m.map, &key).found;
    }
    lab_note(notebook, "int64(12345) boxed at %d addresses: the hash is the same %u times, found %u times",
             PLACES, same_hash, found);
    if (works && same_hash == PLACES && found == PLACES)
        lab_conclude(notebook, LAB_REFUTED, "the value behind the pointer is hashed, the pointer is not");
    else
        lab_conclude(notebook, LAB_HOLDS, "the address plays a part");
    lab_map_close(&m);
}

const struct lab_experiment lab_key_drift = {
    .name = "key-drift",
    .source = "runtime/alg.go, nilinterhash",
    .claim = "an interface key hashes its data pointer, so moving it would change the hash",
    .run = run};
