// SPDX-License-Identifier: MIT
#include "base/bytes.h"

static void byte_reader_fail(struct byte_reader *reader)
{
    reader->failed = true;
    reader->position = reader->end;
}

void byte_reader_seek(struct byte_reader *reader, uint64_t offset)
{
    if (offset > (uint64_t)(reader->end - reader->start))
        byte_reader_fail(reader);
    else
        reader->position = reader->start + offset;
}

void byte_reader_skip(struct byte_reader *reader, uint64_t count)
{
    if (count > byte_reader_left(reader))
        byte_reader_fail(reader);
    else
        reader->position += count;
}

uint64_t byte_reader_sized(struct byte_reader *reader, unsigned size_bytes)
{
    if (size_bytes == 0 || size_bytes > 8 || size_bytes > byte_reader_left(reader)) {
        byte_reader_fail(reader);
        return 0;
    }
    const uint8_t *p = reader->position;
    reader->position += size_bytes;
    uint64_t value = 0;
    for (unsigned i = 0; i < size_bytes; i++) {
        unsigned from = reader->big_endian ? i : size_bytes - 1 - i;
        value = value << 8 | p[from];
    }
    return value;
}

uint8_t byte_reader_u8(struct byte_reader *reader)
{
    return (uint8_t)byte_reader_sized(reader, 1);
}

uint16_t byte_reader_u16(struct byte_reader *reader)
{
    return (uint16_t)byte_reader_sized(reader, 2);
}

uint32_t byte_reader_u32(struct byte_reader *reader)
{
    return (uint32_t)byte_reader_sized(reader, 4);
}

uint64_t byte_reader_u64(struct byte_reader *reader)
{
    return byte_reader_sized(reader, 8);
}

enum { LEB_LONGEST_BYTES = 16 };

// Reads the 7-bit groups; tells by `last` and `shift` what a signed value needs for its sign.
static uint64_t leb_groups(struct byte_reader *reader, uint8_t *last, unsigned *shift)
{
    uint64_t value = 0;
    *shift = 0;
    *last = 0;
    for (unsigned i = 0; i < LEB_LONGEST_BYTES; i++) {
        if (reader->position == reader->end)
            break;
        *last = *reader->position++;
        if (*shift < 64)
            value |= (uint64_t)(*last & 0x7f) << *shift;
        *shift += 7;
        if (!(*last & 0x80))
            return value;
    }
    byte_reader_fail(reader);
    return 0;
}

uint64_t byte_reader_uleb(struct byte_reader *reader)
{
    uint8_t last;
    unsigned shift;
    return leb_groups(reader, &last, &shift);
}

int64_t byte_reader_sleb(struct byte_reader *reader)
{
    uint8_t last;
    unsigned shift;
    uint64_t value = leb_groups(reader, &last, &shift);
    if (shift < 64 && (last & 0x40))
        value |= ~(uint64_t)0 << shift;
    return (int64_t)value;
}

const char *byte_reader_text(struct byte_reader *reader)
{
    const uint8_t *nul = memchr(reader->position, 0, byte_reader_left(reader));
    if (!nul) {
        byte_reader_fail(reader);
        return "";
    }
    const char *text = (const char *)reader->position;
    reader->position = nul + 1;
    return text;
}

struct bytes byte_reader_block(struct byte_reader *reader, uint64_t count)
{
    const uint8_t *data = reader->position;
    byte_reader_skip(reader, count);
    return reader->failed ? (struct bytes){0} : (struct bytes){data, (size_t)count};
}

const char *bytes_text_at(struct bytes section, uint64_t offset)
{
    if (offset >= section.size_bytes)
        return NULL;
    const char *text = (const char *)section.data + offset;
    return memchr(text, 0, section.size_bytes - offset) ? text : NULL;
}
