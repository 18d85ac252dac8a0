// SPDX-License-Identifier: MIT
// What experiments on the Swiss map (Go 1.24 on) share: a map of one version's behaviour with its events.
#ifndef STRATA_LAB_LAB_SWISS_H
#define STRATA_LAB_LAB_SWISS_H

#include "hmapcore/swiss.h"
#include "hmapcore/swiss_snapshot.h"
#include "lab/lab.h"

enum { LAB_SWISS_FLAVOURS = SWISS_GO_1_27 + 1 };

struct lab_swiss {
    struct swiss_type type;
    struct swiss_context context;
    struct swiss_map *map;
    struct swiss_ring ring;
    struct swiss_event *events;
};

// "Go 1.24"
const char *lab_swiss_version(enum swiss_flavour flavour);

// A map[key]int64, the key an int64 or a float64; equal runs are equal. False, with the verdict undecided, when
// it cannot be made.
bool lab_swiss_open(struct lab_notebook *notebook, struct lab_swiss *map, const struct hmap_kind *key,
                    int64_t hint, enum swiss_flavour flavour);
void lab_swiss_close(struct lab_swiss *map);

// m[key] = key, delete(m, key); of a float64 map with the key as one.
bool lab_swiss_put(struct lab_swiss *map, int64_t key);
bool lab_swiss_drop(struct lab_swiss *map, int64_t key);

// Tables, slots, live entries and tombstones of the whole map.
struct swiss_survey lab_swiss_survey(struct lab_swiss *map);

// The last event of this kind since lab_swiss_forget; NULL: there was none.
const struct swiss_event *lab_swiss_last(const struct lab_swiss *map, enum swiss_event_kind kind);
void lab_swiss_forget(struct lab_swiss *map);

#endif
