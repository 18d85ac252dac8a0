// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

static void run(struct lab_notebook *notebook)
{
    struct hmap_kind at_limit, above;
    struct hmap_type keys_at, keys_above, elems_at, elems_above;
    bool works = hmap_kind_make_array(&at_limit, "[128]uint8", &hmap_kind_uint8, 128) == HMAP_OK &&
                 hmap_kind_make_array(&above, "[129]uint8", &hmap_kind_uint8, 129) == HMAP_OK &&
                 hmap_type_make(&keys_at, &at_limit, &hmap_kind_bool) == HMAP_OK &&
                 hmap_type_make(&keys_above, &above, &hmap_kind_bool) == HMAP_OK &&
                 hmap_type_make(&elems_at, &hmap_kind_int64, &at_limit) == HMAP_OK &&
                 hmap_type_make(&elems_above, &hmap_kind_int64, &above) == HMAP_OK;
    if (!works) {
        lab_conclude(notebook, LAB_UNDECIDED, "the types could not be made");
        return;
    }
    lab_note(notebook, "key of 128 bytes: %u bytes a slot; of 129: %u", keys_at.key_slot_bytes,
             keys_above.key_slot_bytes);
    lab_note(notebook, "value of 128 bytes: %u bytes a slot; of 129: %u", elems_at.elem_slot_bytes,
             elems_above.elem_slot_bytes);
    lab_note(notebook, "a bucket of map[int64][128]uint8 has %u bytes, of map[int64][129]uint8 %u",
             elems_at.bucket_bytes, elems_above.bucket_bytes);
    if (keys_at.key_slot_bytes == 128 && elems_at.elem_slot_bytes == 128 && keys_above.key_slot_bytes == 8 &&
        elems_above.elem_slot_bytes == 8)
        lab_conclude(notebook, LAB_HOLDS, "128 bytes are still stored in the bucket, 129 by pointer");
    else
        lab_conclude(notebook, LAB_REFUTED, "the limit is another");
}

const struct lab_experiment lab_indirect = {.name = "indirect",
                                            .source =
                                                "cmd/compile/internal/reflectdata/reflect.go, MapBucketType",
                                            .claim = "keys or values over 128 bytes are stored as pointers",
                                            .run = run};
