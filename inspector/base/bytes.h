// SPDX-License-Identifier: MIT
// A bounds-checked reader over bytes that nobody vouches for. A read past the end returns 0 and sets
// `failed`, which stays set: a caller reads a whole record and asks once. Thread-safe in the sense that a
// reader is a value of its owner.
#ifndef STRATA_BASE_BYTES_H
#define STRATA_BASE_BYTES_H

#include "base/attributes.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// A borrowed run of bytes.
struct bytes {
    const uint8_t *data;
    size_t size_bytes;
};

struct byte_reader {
    const uint8_t *start, *position, *end;
    bool big_endian;
    bool failed;
};

static inline struct byte_reader byte_reader_over(struct bytes bytes, bool big_endian)
{
    return (struct byte_reader){.start = bytes.data,
                                .position = bytes.data,
                                .end = bytes.data + bytes.size_bytes,
                                .big_endian = big_endian};
}

static inline size_t byte_reader_left(const struct byte_reader *reader)
{
    return (size_t)(reader->end - reader->position);
}

static inline size_t byte_reader_offset(const struct byte_reader *reader)
{
    return (size_t)(reader->position - reader->start);
}

// Moves to `offset` from the start; fails past the end.
void byte_reader_seek(struct byte_reader *reader, uint64_t offset);
void byte_reader_skip(struct byte_reader *reader, uint64_t count);

uint8_t byte_reader_u8(struct byte_reader *reader);
uint16_t byte_reader_u16(struct byte_reader *reader);
uint32_t byte_reader_u32(struct byte_reader *reader);
uint64_t byte_reader_u64(struct byte_reader *reader);
uint64_t byte_reader_sized(struct byte_reader *reader, unsigned size_bytes); // 1 to 8 bytes, else fails

// LEB128 (DWARF 5 section 7.6). Bits past 64 are dropped; more than 16 bytes is a failure.
uint64_t byte_reader_uleb(struct byte_reader *reader);
int64_t byte_reader_sleb(struct byte_reader *reader);

// A NUL-terminated text in place; "" and failed when no NUL comes before the end.
const char *byte_reader_text(struct byte_reader *reader);

// `count` bytes in place; an empty run and failed when there are fewer.
struct bytes byte_reader_block(struct byte_reader *reader, uint64_t count);

// The NUL-terminated text at `offset`; NULL when the offset or the text leaves the section.
const char *bytes_text_at(struct bytes section, uint64_t offset);

static inline bool bytes_hold(struct bytes section, uint64_t offset, uint64_t count)
{
    return offset <= section.size_bytes && count <= section.size_bytes - offset;
}

#endif
