// SPDX-License-Identifier: MIT
#include "base/round_up.h"
#include "lab/experiments.h"
#include "lab/lab_map.h"

// struct { K; V } eight times, and the same head and tail.
static uint64_t pairs_bytes(const struct hmap_kind *key, const struct hmap_kind *elem)
{
    uint64_t align_bytes = key->align_bytes > elem->align_bytes ? key->align_bytes : elem->align_bytes;
    uint64_t pair_bytes =
        round_up(round_up(key->size_bytes, elem->align_bytes) + elem->size_bytes, align_bytes);
    return round_up(HMAP_BUCKET_SLOTS + HMAP_BUCKET_SLOTS * pair_bytes, sizeof(void *)) + sizeof(void *);
}

static void run(struct lab_notebook *notebook)
{
    static const struct {
        const struct hmap_kind *key, *elem;
    } cases[] = {
        {&hmap_kind_int64, &hmap_kind_bool},  {&hmap_kind_int64, &hmap_kind_int8},
        {&hmap_kind_int8, &hmap_kind_int64},  {&hmap_kind_string, &hmap_kind_bool},
        {&hmap_kind_int32, &hmap_kind_int64}, {&hmap_kind_int16, &hmap_kind_uint8},
        {&hmap_kind_int64, &hmap_kind_int64}, {&hmap_kind_string, &hmap_kind_int64},
    };
    unsigned saving = 0, nothing = 0, worse = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        struct hmap_type type;
        if (hmap_type_make(&type, cases[i].key, cases[i].elem) != HMAP_OK)
            return;
        uint64_t pairs = pairs_bytes(cases[i].key, cases[i].elem);
        lab_note(notebook, "map[%s]%s: %u bytes a bucket, as pairs %llu: %lld saved", cases[i].key->name,
                 cases[i].elem->name, type.bucket_bytes, (unsigned long long)pairs,
                 (long long)pairs - (long long)type.bucket_bytes);
        saving += pairs > type.bucket_bytes;
        nothing += pairs == type.bucket_bytes;
        worse += pairs < type.bucket_bytes;
    }
    if (saving && nothing && !worse)
        lab_conclude(
            notebook, LAB_PARTLY,
            "it saves the padding inside of pairs, up to half a bucket; where key and value align alike "
            "there was none");
    else if (saving && !worse)
        lab_conclude(notebook, LAB_HOLDS, "each case saves");
    else
        lab_conclude(notebook, LAB_REFUTED, "it does not save");
}

const struct lab_experiment lab_bucket_packing = {
    .name = "bucket-packing",
    .source = "runtime/map.go, type bmap",
    .claim = "a bucket keeps keys together, then values, which saves padding",
    .run = run};
