// SPDX-License-Identifier: MIT
#include "lab/experiments.h"
#include "lab/lab_map.h"

enum { ENTRIES = 30000 };

static void run(struct lab_notebook *notebook)
{
    struct lab_map m;
    bool works = true, exact = true;
    unsigned growths = 0;
    double least = 1e9, most = 0;
    if (!lab_map_open(notebook, &m, &hmap_kind_int64, &hmap_kind_int64, 0, 5))
        return;
    uint64_t buckets = 1;
    int64_t single_bucket_entries = 0;
    for (int64_t key = 0; key < ENTRIES && works; key++) {
        works = lab_put(&m, key, key) == HMAP_OK;
        struct hmap_header_view header = lab_header(&m);
        if (header.buckets == buckets) {
            double bytes = (double)(header.array_buckets * header.bucket_bytes) / (double)header.count;
            least = key > 100 && bytes < least ? bytes : least;
            most = key > 100 && bytes > most ? bytes : most;
            continue;
        }
        // This entry found `count - 1` others and made the map grow.
        uint64_t before = (uint64_t)header.count - 1;
        if (buckets == 1)
            single_bucket_entries = header.count - 1;
        else // 6.5 a bucket: 13 / 2
            exact &= 2 * before == 13 * buckets;
        growths++;
        if (growths <= 4 || header.B == 12)
            lab_note(notebook, "entry %lld: %llu bucket%s -> %llu (load was %.2f)", (long long)header.count,
                     (unsigned long long)buckets, buckets == 1 ? "" : "s", (unsigned long long)header.buckets,
                     (double)before / (double)buckets);
        buckets = header.buckets;
    }
    lab_note(notebook,
             "up to %d entries of map[int64]int64, %llu buckets at the end; bytes an entry, buckets only: "
             "%.0f just "
             "before a growth, %.0f just after",
             ENTRIES, (unsigned long long)buckets, least, most);
    if (works && growths > 8 && exact && single_bucket_entries == 8)
        lab_conclude(
            notebook, LAB_HOLDS,
            "the entry that would make it more than 6.5 a bucket starts it; only the single bucket is "
            "filled with 8");
    else
        lab_conclude(notebook, LAB_REFUTED, "growth started at other counts");
    lab_map_close(&m);
}

const struct lab_experiment lab_load_factor = {.name = "load-factor",
                                               .source = "runtime/map.go, overLoadFactor",
                                               .claim = "growth starts when count > 6.5 × buckets",
                                               .run = run};
