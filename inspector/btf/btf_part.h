// SPDX-License-Identifier: MIT
// Reads one BTF, as it stands in a section or a file, into a part.
#ifndef STRATA_BTF_PART_H
#define STRATA_BTF_PART_H

#include "btf/btf.h"

// Bytes that hold a BTF, and what messages call them. All borrowed.
struct btf_input {
    const char *path, *section;
    struct bytes bytes;
};

// Whether the bytes begin as a BTF does, in either byte order.
bool btf_has_magic(struct bytes bytes);

// Whether the BTF goes on where another ends: its strings do not begin with the empty one. False for what
// cannot be read at all: btf_part_read tells why.
bool btf_is_split(const struct btf_input *input);

// Reads and checks the BTF: header, extents of all records, numbers and names that they refer to. `base`: the
// part whose numbers and strings it continues; NULL: none, and then numbers begin with 1. The part borrows
// from the input and from the base; btf_part_free it in any case. Names have less than BTF_NAME_BYTES_MOST
// bytes. Errors name file, section and offset: ERROR_BAD_FORMAT; ERROR_UNSUPPORTED for a version, flags or a
// kind of type that is not known, whose size nobody can tell.
enum { BTF_NAME_BYTES_MOST = 32 << 10 };
MUST_USE struct error *btf_part_read(const struct btf_input *input, const struct btf_part *base,
                                     struct btf_part *part);

void btf_part_free(struct btf_part *part);

// An error at an offset of the part's types.
COLD struct error *btf_part_error(const struct btf_part *part, size_t types_offset, const char *format, ...)
    PRINTF_LIKE(3, 4);

// Where a record stands in its part's types.
static inline size_t btf_record_offset(const struct btf_record *record)
{
    return record->part->offsets[record->id - record->part->first_id];
}

// What stands behind the first three words of a kind: `fixed` words once and `each` words a vlen; which of
// those words are a name and a type (-1: none); whether the third word of all is a type.
struct btf_kind_words {
    uint8_t fixed, each;
    int8_t name_word, type_word;
    bool has_type;
};

// NULL for a kind that is not known.
const struct btf_kind_words *btf_kind_words(uint32_t kind);

#endif
