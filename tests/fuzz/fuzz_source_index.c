// SPDX-License-Identifier: MIT
// Files of the cache, as any bytes whose checksum and key fit: an index that is not refused is read to its end.
#include "source/index_file.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

enum { CHECKSUM_AT = 16, CHECKED_FROM = 24, KEY_AT = 32, UNITS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

static void read_index(struct bytes file, const struct unit_table *table)
{
    static const char *const names[] = {"", "a", "one"};
    static volatile size_t seen;
    if (index_file_units_count(file) > INDEX_FILE_UNITS_MOST)
        abort();
    for (size_t count = 0; count <= 3; count += 3) {
        struct type_index *index;
        struct error *error = index_file_read(file, table->units, count ? names : NULL, count, &index);
        if (error) {
            error_free(error);
            continue;
        }
        for (size_t i = 0; i < index->entries_count; i++)
            seen += strlen(index->entries[i].name);
        type_index_free(index);
    }
    seen += index_file_fits(file, table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static struct unit units[UNITS];
    struct unit_table table = {.units = units, .units_count = UNITS};
    const struct index_key key = {.size_bytes = 1};
    struct bytes part;
    uint8_t *aligned = malloc(size_bytes + 1);
    if (!aligned)
        return 0;
    memcpy(aligned, data, size_bytes);
    if (size_bytes > KEY_AT + sizeof(key)) {
        memcpy(aligned + KEY_AT, &key, sizeof(key));
        const uint64_t checksum = XXH3_64bits(aligned + CHECKED_FROM, size_bytes - CHECKED_FROM);
        memcpy(aligned + CHECKSUM_AT, &checksum, sizeof(checksum));
    }
    const struct bytes file = {aligned, size_bytes};
    if (index_file_judge(file, &key) == INDEX_FILE_GOOD)
        read_index(file, &table);
    if (part_file_judge(file, &key, 7, &part) == INDEX_FILE_GOOD &&
        (part.data < aligned || part.data + part.size_bytes != aligned + size_bytes))
        abort();
    free(aligned);
    return 0;
}
