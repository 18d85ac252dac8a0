// SPDX-License-Identifier: MIT
// The first witness: what the compiler of this file made of hmapcore's types.
#include "check/compiled_type.h"
#include "check/witnesses.h"

HMAP_BUCKET_OF(hmap_bucket_int8_bool, int8_t, bool);
HMAP_BUCKET_OF(hmap_bucket_string_string, struct hmap_string, struct hmap_string);
HMAP_BUCKET_OF(hmap_bucket_int64_large, int64_t, void *); // over 128 bytes: a pointer stands for it
HMAP_BUCKET_OF(hmap_bucket_large_int64, void *, int64_t);

// An array of 200 bytes is stored by pointer, as key and as element.
static const struct hmap_kind large_kind = {.name = "[200]uint8",
                                            .size_bytes = 200,
                                            .align_bytes = 1,
                                            .algorithm = HMAP_ALG_PLAIN,
                                            .printing = HMAP_PRINT_BYTES,
                                            .reflexive = true,
                                            .element = &hmap_kind_uint8,
                                            .count = 200};

const struct bucket_case bucket_cases[] = {
    {"bucket map[int8]bool", "hmap_bucket_int8_bool", &hmap_kind_int8, &hmap_kind_bool, NULL},
    {"bucket map[int32]int32", "hmap_bucket_int32_int32", &hmap_kind_int32, &hmap_kind_int32, NULL},
    {"bucket map[int64]int64", "hmap_bucket_int64_int64", &hmap_kind_int64, &hmap_kind_int64, NULL},
    {"bucket map[string]int64", "hmap_bucket_string_int64", &hmap_kind_string, &hmap_kind_int64, NULL},
    {"bucket map[string]string", "hmap_bucket_string_string", &hmap_kind_string, &hmap_kind_string, NULL},
    {"bucket map[float64]int64", "hmap_bucket_float64_int64", &hmap_kind_float64, &hmap_kind_int64, NULL},
    {"bucket map[any]int64", "hmap_bucket_interface_int64", &hmap_kind_interface, &hmap_kind_int64, NULL},
    {"bucket map[int64][200]uint8", "hmap_bucket_int64_large", &hmap_kind_int64, &large_kind, &large_kind},
    {"bucket map[[200]uint8]int64", "hmap_bucket_large_int64", &large_kind, &hmap_kind_int64, &large_kind},
    {0},
};

const char *const header_types[] = {"hmap", "mapextra", "bmap", "hiter", NULL};

static const struct compiled_field hmap_fields[] = {
    COMPILED_FIELD(hmap, count),      COMPILED_FIELD(hmap, flags),     COMPILED_FIELD(hmap, B),
    COMPILED_FIELD(hmap, noverflow),  COMPILED_FIELD(hmap, hash0),     COMPILED_FIELD(hmap, buckets),
    COMPILED_FIELD(hmap, oldbuckets), COMPILED_FIELD(hmap, nevacuate), COMPILED_FIELD(hmap, extra),
};
static const struct compiled_field mapextra_fields[] = {
    COMPILED_FIELD(mapextra, overflow),
    COMPILED_FIELD(mapextra, oldoverflow),
    COMPILED_FIELD(mapextra, nextOverflow),
};
static const struct compiled_field bmap_fields[] = {COMPILED_FIELD(bmap, tophash)};
static const struct compiled_field hiter_fields[] = {
    COMPILED_FIELD(hiter, key),      COMPILED_FIELD(hiter, elem),        COMPILED_FIELD(hiter, t),
    COMPILED_FIELD(hiter, h),        COMPILED_FIELD(hiter, buckets),     COMPILED_FIELD(hiter, bptr),
    COMPILED_FIELD(hiter, overflow), COMPILED_FIELD(hiter, oldoverflow), COMPILED_FIELD(hiter, startBucket),
    COMPILED_FIELD(hiter, offset),   COMPILED_FIELD(hiter, wrapped),     COMPILED_FIELD(hiter, B),
    COMPILED_FIELD(hiter, i),        COMPILED_FIELD(hiter, bucket),      COMPILED_FIELD(hiter, checkBucket),
};

#define BUCKET_FIELDS(type)                                                                                  \
    static const struct compiled_field type##_fields[] = {                                                   \
        COMPILED_FIELD(type, tophash), COMPILED_FIELD(type, keys), COMPILED_FIELD(type, elems),              \
        COMPILED_FIELD(type, overflow)}
BUCKET_FIELDS(hmap_bucket_int8_bool);
BUCKET_FIELDS(hmap_bucket_int32_int32);
BUCKET_FIELDS(hmap_bucket_int64_int64);
BUCKET_FIELDS(hmap_bucket_string_int64);
BUCKET_FIELDS(hmap_bucket_string_string);
BUCKET_FIELDS(hmap_bucket_float64_int64);
BUCKET_FIELDS(hmap_bucket_interface_int64);
BUCKET_FIELDS(hmap_bucket_int64_large);
BUCKET_FIELDS(hmap_bucket_large_int64);

static const struct compiled_type compiled_types[] = {
    COMPILED_TYPE("hmap", hmap, hmap_fields),
    COMPILED_TYPE("mapextra", mapextra, mapextra_fields),
    COMPILED_TYPE("bmap", bmap, bmap_fields),
    COMPILED_TYPE("hiter", hiter, hiter_fields),
    COMPILED_TYPE("bucket map[int8]bool", hmap_bucket_int8_bool, hmap_bucket_int8_bool_fields),
    COMPILED_TYPE("bucket map[int32]int32", hmap_bucket_int32_int32, hmap_bucket_int32_int32_fields),
    COMPILED_TYPE("bucket map[int64]int64", hmap_bucket_int64_int64, hmap_bucket_int64_int64_fields),
    COMPILED_TYPE("bucket map[string]int64", hmap_bucket_string_int64, hmap_bucket_string_int64_fields),
    COMPILED_TYPE("bucket map[string]string", hmap_bucket_string_string, hmap_bucket_string_string_fields),
    COMPILED_TYPE("bucket map[float64]int64", hmap_bucket_float64_int64, hmap_bucket_float64_int64_fields),
    COMPILED_TYPE("bucket map[any]int64", hmap_bucket_interface_int64, hmap_bucket_interface_int64_fields),
    COMPILED_TYPE("bucket map[int64][200]uint8", hmap_bucket_int64_large, hmap_bucket_int64_large_fields),
    COMPILED_TYPE("bucket map[[200]uint8]int64", hmap_bucket_large_int64, hmap_bucket_large_int64_fields),
};

// sizeof and offsetof alone leave a type out of the debug information; a variable of it does not. The second
// witness needs them there.
static NOINLINE const void *keep_in_debug_information(const void *memory)
{
    const struct hmap_bucket_int8_bool *a = memory;
    const struct hmap_bucket_int32_int32 *b = memory;
    const struct hmap_bucket_int64_int64 *c = memory;
    const struct hmap_bucket_string_int64 *d = memory;
    const struct hmap_bucket_string_string *e = memory;
    const struct hmap_bucket_float64_int64 *f = memory;
    const struct hmap_bucket_interface_int64 *g = memory;
    const struct hmap_bucket_int64_large *h = memory;
    const struct hmap_bucket_large_int64 *i = memory;
    const struct hiter *iter = memory;
    const struct mapextra *extra = memory;
    const struct bmap *bucket = memory;
    const struct hmap *map = memory;
    const void *const all[] = {a, b, c, d, e, f, g, h, i, iter, extra, bucket, map};
    return all[ARRAY_LENGTH(all) - 1];
}

void witness_compiler(struct crosscheck *check, size_t witness)
{
    if (!keep_in_debug_information(check))
        return;
    for (size_t i = 0; i < ARRAY_LENGTH(compiled_types); i++)
        compiled_type_state(check, witness, &compiled_types[i]);
}

void witness_map_type(struct crosscheck *check, size_t witness)
{
    for (const struct bucket_case *c = bucket_cases; c->subject; c++) {
        struct hmap_type type;
        if (hmap_type_make(&type, c->key, c->elem) != HMAP_OK)
            continue;
        size_t subject = crosscheck_subject(check, c->subject);
        uint64_t keys_bytes = (uint64_t)HMAP_BUCKET_SLOTS * type.key_slot_bytes;
        uint64_t elems_bytes = (uint64_t)HMAP_BUCKET_SLOTS * type.elem_slot_bytes;
        crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, type.bucket_bytes);
        crosscheck_state(check, subject, witness, "keys", QUANTITY_OFFSET, HMAP_DATA_OFFSET);
        crosscheck_state(check, subject, witness, "keys", QUANTITY_FIELD_SIZE, keys_bytes);
        crosscheck_state(check, subject, witness, "elems", QUANTITY_OFFSET, hmap_type_elems_offset(&type));
        crosscheck_state(check, subject, witness, "elems", QUANTITY_FIELD_SIZE, elems_bytes);
        crosscheck_state(check, subject, witness, "overflow", QUANTITY_OFFSET,
                         hmap_type_overflow_offset(&type));
    }
}

void witness_bucket_rule(struct crosscheck *check, size_t witness, const char *subject_name,
                         uint64_t key_bytes, uint64_t elem_bytes, uint64_t pointer_bytes)
{
    size_t subject = crosscheck_subject(check, subject_name);
    uint64_t key_slot_bytes = key_bytes > HMAP_MAX_INLINE_BYTES ? pointer_bytes : key_bytes;
    uint64_t elem_slot_bytes = elem_bytes > HMAP_MAX_INLINE_BYTES ? pointer_bytes : elem_bytes;
    uint64_t elems_offset = HMAP_DATA_OFFSET + HMAP_BUCKET_SLOTS * key_slot_bytes;
    uint64_t overflow_offset = elems_offset + HMAP_BUCKET_SLOTS * elem_slot_bytes;
    crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, overflow_offset + pointer_bytes);
    crosscheck_state(check, subject, witness, "keys", QUANTITY_OFFSET, HMAP_DATA_OFFSET);
    crosscheck_state(check, subject, witness, "keys", QUANTITY_FIELD_SIZE,
                     HMAP_BUCKET_SLOTS * key_slot_bytes);
    crosscheck_state(check, subject, witness, "elems", QUANTITY_OFFSET, elems_offset);
    crosscheck_state(check, subject, witness, "elems", QUANTITY_FIELD_SIZE,
                     HMAP_BUCKET_SLOTS * elem_slot_bytes);
    crosscheck_state(check, subject, witness, "overflow", QUANTITY_OFFSET, overflow_offset);
}
