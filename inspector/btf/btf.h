// SPDX-License-Identifier: MIT
// A BTF as it was read and found to keep the rules: records by number, names, sizes.
//
//     numbers   0 │ 1 … n │ n + 1 … m          0 is void
//               void│ base │ the file's own
//
// Of a plain BTF there is one part, of a split one two. Everything is read-only
// once it is open and may be shared by threads.
#ifndef STRATA_BTF_BTF_H
#define STRATA_BTF_BTF_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include "btf/btf_format.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { BTF_PARTS_MOST = 2 };

static const uint64_t BTF_SIZE_UNKNOWN = UINT64_MAX;

// The records of one file or section. Words are in the byte order of this machine: a foreign one was turned
// around in a copy.
struct btf_part {
    const char *path;    // of its file, for messages; borrowed from the BTF
    const char *section; // ".BTF", ".BTF.base", "BTF" of a file that is nothing else
    struct bytes types;
    struct bytes strings; // of offsets from strings_first
    uint32_t strings_first;
    struct bytes strings_before; // of offsets below strings_first: the base's
    uint32_t first_id, count;
    uint32_t *offsets; // of each record in `types`
    uint64_t types_at; // where `types` begin in the section, for messages
    bool is_distilled; // records stand for types of a base that is not at hand: no members, sizes only
    bool
        has_bitfield_integers; // some are as wide as a bit-field, which was their purpose before there was another way
    bool is_foreign;           // of the other byte order
    uint32_t *types_copy; // where `types` are no slice of the file
};

struct btf {
    char *path; // as it was named
    struct btf_part parts[BTF_PARTS_MOST];
    size_t parts_count;
    uint32_t end_id;       // one past the last number
    uint64_t *sizes_bytes; // by number; BTF_SIZE_UNKNOWN
    bool big_endian;
    unsigned address_bytes; // as large as its own `long`, else as its ELF class says; 0: unknown
    uint16_t machine;       // EM_* of the ELF file that holds it, or of the running kernel; 0: unknown
    uint8_t build_id[64];
    size_t build_id_size_bytes; // 0: none
    struct btf_files *files;    // what the parts borrow from: btf_open.c's own
};

struct btf_record {
    uint32_t id;
    uint32_t name, info;
    uint32_t size_or_type;
    const uint8_t *more; // what the kind adds
    const struct btf_part *part;
};

// One member, parameter, enumerator or array word: `index` counts 32-bit words behind the record's first
// three. Within the record, as btf_part_read has found.
static inline uint32_t btf_word(const struct btf_record *record, size_t index)
{
    uint32_t word;
    memcpy(&word, record->more + index * sizeof(word), sizeof(word));
    return word;
}

static inline enum btf_kind btf_kind_of(const struct btf_record *record)
{
    return (enum btf_kind)btf_info_kind(record->info);
}

static inline uint32_t btf_vlen(const struct btf_record *record)
{
    return btf_info_vlen(record->info);
}

static inline struct btf_record btf_record_at(const struct btf_part *part, uint32_t id)
{
    const uint8_t *at = part->types.data + part->offsets[id - part->first_id];
    uint32_t words[3];
    memcpy(words, at, sizeof(words));
    return (struct btf_record){id, words[0], words[1], words[2], at + sizeof(words), part};
}

// The record of a number from 1 to end_id - 1.
static inline struct btf_record btf_record(const struct btf *btf, uint32_t id)
{
    const struct btf_part *part = btf->parts;
    while (id - part->first_id >= part->count)
        part++;
    return btf_record_at(part, id);
}

// The part that the file itself is, without its base.
static inline const struct btf_part *btf_own_part(const struct btf *btf)
{
    return &btf->parts[btf->parts_count - 1];
}

// A name by its offset; "" for 0. Within the strings, as btf_part_read has found.
static inline const char *btf_text(const struct btf_part *part, uint32_t offset)
{
    return offset >= part->strings_first ? (const char *)part->strings.data + (offset - part->strings_first)
                                         : (const char *)part->strings_before.data + offset;
}

static inline const char *btf_name(const struct btf_record *record)
{
    return btf_text(record->part, record->name);
}

// How many types the record refers to, and which they are: a pointer's target; an array's element; members; a
// function's result, then its parameters. 0 is void.
uint32_t btf_references_count(const struct btf_record *record);

static inline uint32_t btf_reference(const struct btf_record *record, uint32_t index)
{
    switch (btf_kind_of(record)) {
    case BTF_ARRAY:
        return btf_word(record, 0);
    case BTF_STRUCT:
    case BTF_UNION:
        return btf_word(record, 3 * (size_t)index + 1);
    case BTF_FUNC_PROTO:
        return index ? btf_word(record, 2 * (size_t)index - 1) : record->size_or_type;
    default:
        return record->size_or_type;
    }
}

// Only forward: a union or an enumeration that has a name and no more.
static inline bool btf_is_declaration(const struct btf_record *record)
{
    const enum btf_kind kind = btf_kind_of(record);
    return kind == BTF_FWD || ((kind == BTF_ENUM || kind == BTF_ENUM64) && btf_vlen(record) == 0);
}

// Through type tags, which say nothing of a layout, to the type that is tagged. BTF_TAGS_MOST in a row are
// followed; what is behind more is `btf->end_id`, no type.
enum { BTF_TAGS_MOST = 32 };
uint32_t btf_skip_tags(const struct btf *btf, uint32_t id);

// Through type tags, typedefs and qualifiers, 64 of them at most.
uint32_t btf_strip(const struct btf *btf, uint32_t id);

void btf_close(struct btf *btf); // NULL is fine

#endif
