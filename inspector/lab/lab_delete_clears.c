// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

#include <string.h>

// The raw bytes of the map's only bucket.
static bool raw_bucket(struct lab_map *m, uint8_t *bytes, size_t size_bytes)
{
    struct hmap_window window = {0};
    const struct hmap_window_request request = {
        .array = HMAP_ARRAY_NEW, .first = 0, .count = 1, .chain_limit = 1, .raw = true};
    bool works = hmap_snapshot_window(&m->context, m->map, &request, &window) && window.length == 1 &&
                 window.bucket_bytes <= size_bytes;
    if (works)
        memcpy(bytes, window.raw, window.bucket_bytes);
    hmap_window_free(&window);
    return works;
}

struct remains {
    bool works, key_pointer_zero, key_rest_zero, elem_zero;
};

// Puts one entry in and takes it out again: what is left in its slot.
static struct remains put_and_delete(struct lab_notebook *notebook, const struct hmap_kind *key_kind,
                                     const struct hmap_kind *elem_kind, const void *key, const void *elem)
{
    static const uint8_t zeros[64];
    uint8_t bytes[512];
    struct lab_map m;
    struct remains remains = {0};
    if (!lab_map_open(notebook, &m, key_kind, elem_kind, 0, 2))
        return remains;
    remains.works = hmap_store(&m.context, m.map, key, elem) == HMAP_OK &&
                    hmap_delete(&m.context, m.map, key).found && raw_bucket(&m, bytes, sizeof(bytes));
    const uint8_t *key_left = bytes + HMAP_DATA_OFFSET;
    const uint8_t *elem_left = bytes + hmap_type_elems_offset(&m.type);
    remains.key_pointer_zero = !memcmp(key_left, zeros, 8);
    remains.key_rest_zero = !memcmp(key_left + 8, zeros, key_kind->size_bytes - 8);
    remains.elem_zero = !memcmp(elem_left, zeros, elem_kind->size_bytes);
    lab_map_close(&m);
    return remains;
}

static const char *zeroed(bool is_zero)
{
    return is_zero ? "zeroed" : "still there";
}

static void run(struct lab_notebook *notebook)
{
    const struct hmap_string text = {"captured", 8};
    const int64_t number = 0x1122334455667788;
    struct remains of_string = put_and_delete(notebook, &hmap_kind_string, &hmap_kind_string, &text, &text);
    struct remains of_number = put_and_delete(notebook, &hmap_kind_int64, &hmap_kind_int64, &number, &number);
    lab_note(notebook, "string key: its pointer is %s, its length %s; the string value is %s",
             zeroed(of_string.key_pointer_zero), zeroed(of_string.key_rest_zero),
             zeroed(of_string.elem_zero));
    lab_note(notebook, "int64 key: %s; the int64 value is %s", zeroed(of_number.key_pointer_zero),
             zeroed(of_number.elem_zero));
    if (!of_string.works || !of_number.works)
        lab_conclude(notebook, LAB_UNDECIDED, "the slot could not be looked at");
    else if (of_string.key_pointer_zero && of_string.elem_zero && of_number.elem_zero)
        lab_conclude(notebook, LAB_HOLDS,
                     "no pointer is left for the collector to follow; a number as key is left where it was");
    else
        lab_conclude(notebook, LAB_REFUTED, "a pointer is left in the slot");
}

const struct lab_experiment lab_delete_clears = {.name = "delete-clears",
                                                 .source = "runtime/map.go, mapdelete",
                                                 .claim =
                                                     "delete zeroes the slot's key and value where they hold "
                                                     "pointers, so what they referred to can be freed",
                                                 .run = run};
