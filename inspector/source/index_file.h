// SPDX-License-Identifier: MIT
// An index of everything as bytes, and back, for the cache. Private to source/.
//
//     ┌ head: what the file was, how long the parts are, checksum ┬ records, one a type ┬ names ┐
//
// What is read back is not trusted: the checksum finds damage, and behind it every number is judged again, so that the
// worst that forged bytes can do is to name types wrongly.
#ifndef STRATA_SOURCE_INDEX_FILE_H
#define STRATA_SOURCE_INDEX_FILE_H

#include "base/error.h"
#include "base/output.h"
#include "dwarf/unit.h"
#include "type/type_index.h"

// What an index belongs to: the file with the debug information, as it was, and the program that made the index.
struct index_key {
    uint64_t size_bytes;
    int64_t modified_s;
    uint32_t modified_ns;
    uint32_t build_id_bytes;
    uint8_t build_id[64];
    uint64_t program; // changes with every build of strata: what is counted in an index may have changed
};

enum index_file_state {
    INDEX_FILE_GOOD,
    INDEX_FILE_OLD, // of another file, another time or another program: to be made again
    INDEX_FILE_DAMAGED,
};

// Appends the bytes to `output`. The index is one of `table` alone, without problems.
void index_file_write(const struct type_index *index, const struct unit_table *table,
                      const struct index_key *key, struct output *output);

// Judges the bytes, which must be aligned as by malloc.
enum index_file_state index_file_judge(const uint8_t *data, size_t size_bytes, const struct index_key *key,
                                       const struct unit_table *table);

// The index of bytes that were judged good; its names are theirs, so that they must outlive it. With `names` only the
// types of those names. It is not `is_valid`: whoever builds types validates their units.
MUST_USE struct error *index_file_read(const uint8_t *data, const struct unit_table *table,
                                       const char *const *names, size_t names_count,
                                       struct type_index **index);

#endif
