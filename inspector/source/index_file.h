// SPDX-License-Identifier: MIT
// An index of everything as bytes, and back, for the cache; and what was computed from it. Private to source/.
//
//     index   ┌ head: what the file was, how long the parts are, checksum ┬ records, one a type ┬ names ┐
//     part    ┌ head: the same, and the checksum of its index             ┬ bytes of whoever computed it ┐
//
// What is read back is not trusted: the checksum finds damage, and behind it every number is judged again, so that the
// worst that forged bytes can do is to name types wrongly.
#ifndef STRATA_SOURCE_INDEX_FILE_H
#define STRATA_SOURCE_INDEX_FILE_H

#include "base/bytes.h"
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

// What is to be known of the file where the index is used without it.
struct index_facts {
    uint16_t machine; // EM_*
    uint8_t platform; // enum platform
    uint8_t address_bits;
    uint8_t big_endian;
    uint8_t any_expansion; // it was read with this option
    uint8_t
        is_alone; // an ELF file that holds all of its debug information itself, of which nothing was to be noticed
    uint8_t unused;
};

enum { INDEX_FILE_UNITS_MOST = 1 << 22 };

enum index_file_state {
    INDEX_FILE_GOOD,
    INDEX_FILE_OLD, // of another file, another time or another program: to be made again
    INDEX_FILE_DAMAGED,
};

// Appends the bytes to `output`. The index is one of `table` alone, without problems.
void index_file_write(const struct type_index *index, const struct unit_table *table,
                      const struct index_key *key, const struct index_facts *facts, struct output *output);

// Judges the bytes, which must be aligned as by malloc, for themselves.
enum index_file_state index_file_judge(struct bytes file, const struct index_key *key);

// Of bytes that were judged good:

const struct index_facts *index_file_facts(struct bytes file); // borrowed from them
size_t index_file_units_count(struct bytes file);              // at most INDEX_FILE_UNITS_MOST
uint64_t index_file_checksum(struct bytes file);

// Whether all records lie in these units.
bool index_file_fits(struct bytes file, const struct unit_table *table);

// The index; its names are the bytes', so that they must outlive it. `units` are those of the table: nothing but their
// addresses is used. With `names` only the types of those names. It is not `is_valid`: whoever builds types validates their units.
MUST_USE struct error *index_file_read(struct bytes file, const struct unit *units, const char *const *names,
                                       size_t names_count, struct type_index **index);

// The same for a part: it belongs to the index of that checksum, too.
void part_file_write(struct bytes part, const struct index_key *key, uint64_t index_checksum,
                     struct output *output);
// *part: the bytes that were written, aligned as those of the file.
enum index_file_state part_file_judge(struct bytes file, const struct index_key *key, uint64_t index_checksum,
                                      struct bytes *part);

#endif
