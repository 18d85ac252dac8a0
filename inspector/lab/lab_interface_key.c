// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    char fault[128];
    int64_t slice[3] = {0}, one = 1, elem = 5;
    int32_t one_32 = 1;
    if (!lab_map_open(notebook, &m, &hmap_kind_interface, &hmap_kind_int64, 0, 2))
        return;
    struct hmap_interface a_slice = {&hmap_kind_slice, slice};
    struct hmap_interface int64_1 = {&hmap_kind_int64, &one}, int32_1 = {&hmap_kind_int32, &one_32};
    struct hmap_result empty = hmap_find(&m.context, m.map, &a_slice);
    enum hmap_status stored = hmap_store(&m.context, m.map, &a_slice, &elem);
    lab_note(notebook, "m[any([]int{})] = 5: %s",
             hmap_fault_describe(&m.context, stored, &a_slice, fault, sizeof(fault)));
    lab_note(notebook, "m[any([]int{})] read from an empty map: %s", hmap_status_text(empty.status));
    bool works = hmap_store(&m.context, m.map, &int64_1, &elem) == HMAP_OK;
    bool other = hmap_find(&m.context, m.map, &int32_1).found;
    works = works && hmap_store(&m.context, m.map, &int32_1, &elem) == HMAP_OK;
    lab_note(notebook, "m[any(int64(1))] is set, m[any(int32(1))] is %s; with both set len is %lld",
             other ? "there, too" : "missing", (long long)hmap_length(m.map));
    if (works && stored == HMAP_UNHASHABLE && empty.status == HMAP_UNHASHABLE && !other &&
        hmap_length(m.map) == 2)
        lab_conclude(
            notebook, LAB_HOLDS,
            "the dynamic type decides whether it can be hashed, and is compared; even reading an empty "
            "map fails");
    else
        lab_conclude(notebook, LAB_REFUTED, "interface keys behave in another way");
    lab_map_close(&m);
}

const struct lab_experiment lab_interface_key = {.name = "interface-key",
                                                 .source = "runtime/alg.go, nilinterhash",
                                                 .claim =
                                                     "an interface key of an unhashable type fails when "
                                                     "hashed; equal values of different types are different "
                                                     "keys",
                                                 .run = run};
