// SPDX-License-Identifier: MIT
#include "explain/log_encoding.h"

void log_utf8(struct output *to, unsigned character)
{
    if (character >= 0xd800 && character < 0xe000) // half of a pair: neither Go's stacks nor paths need it
        character = 0xfffd;
    if (character == 0)
        character = '?';
    if (character < 0x80) {
        output_char(to, (char)character);
    } else if (character < 0x800) {
        output_char(to, (char)(0xc0 | character >> 6));
        output_char(to, (char)(0x80 | (character & 0x3f)));
    } else if (character < 0x10000) {
        output_char(to, (char)(0xe0 | character >> 12));
        output_char(to, (char)(0x80 | (character >> 6 & 0x3f)));
        output_char(to, (char)(0x80 | (character & 0x3f)));
    } else {
        output_char(to, (char)(0xf0 | character >> 18));
        output_char(to, (char)(0x80 | (character >> 12 & 0x3f)));
        output_char(to, (char)(0x80 | (character >> 6 & 0x3f)));
        output_char(to, (char)(0x80 | (character & 0x3f)));
    }
}

static void add_unit(struct log_encoding *encoding, uint16_t unit)
{
    const uint16_t high = encoding->high;
    encoding->high = 0;
    if (high && unit >= 0xdc00 && unit < 0xe000) {
        log_utf8(&encoding->text, 0x10000 + ((high & 0x3ffu) << 10 | (unit & 0x3ffu)));
        return;
    }
    if (high)
        log_utf8(&encoding->text, 0xfffd);
    if (unit >= 0xd800 && unit < 0xdc00)
        encoding->high = unit;
    else
        log_utf8(&encoding->text, unit);
}

// A byte behind the mark.
static void add_byte(struct log_encoding *encoding, uint8_t byte)
{
    if (encoding->kind == LOG_BYTES) {
        output_char(&encoding->text, (char)byte);
        return;
    }
    encoding->held[encoding->held_bytes++] = byte;
    if (encoding->held_bytes < 2)
        return;
    const uint8_t *held = encoding->held;
    encoding->held_bytes = 0;
    add_unit(encoding, encoding->kind == LOG_UTF16_LITTLE ? (uint16_t)(held[0] | held[1] << 8)
                                                          : (uint16_t)(held[0] << 8 | held[1]));
}

// With the first bytes: is there a mark?
static void decide(struct log_encoding *encoding, bool is_end)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf}; // of UTF-8
    const uint8_t *held = encoding->held;
    const size_t count = encoding->held_bytes;
    size_t fits = 0, skipped = 0;
    while (fits < count && held[fits] == mark[fits])
        fits++;
    if (fits == sizeof(mark))
        skipped = sizeof(mark);
    else if (fits == count && !is_end)
        return;
    else if (count >= 2 && held[0] == 0xff && held[1] == 0xfe)
        encoding->kind = LOG_UTF16_LITTLE, skipped = 2;
    else if (count >= 2 && held[0] == 0xfe && held[1] == 0xff)
        encoding->kind = LOG_UTF16_BIG, skipped = 2;
    else if (count == 1 && held[0] >= 0xfe && !is_end)
        return;
    if (encoding->kind == LOG_UNDECIDED)
        encoding->kind = LOG_BYTES;
    const uint8_t rest[sizeof(encoding->held)] = {held[0], held[1], held[2]};
    encoding->held_bytes = 0;
    for (size_t i = skipped; i < count; i++)
        add_byte(encoding, rest[i]);
}

bool log_encoding_add(struct log_encoding *encoding, const char *data, size_t size_bytes)
{
    size_t at = 0;
    encoding->text.length = 0;
    while (at < size_bytes && encoding->kind == LOG_UNDECIDED) {
        encoding->held[encoding->held_bytes++] = (uint8_t)data[at++];
        decide(encoding, false);
    }
    if (encoding->kind == LOG_BYTES)
        output_bytes(&encoding->text, data + at, size_bytes - at);
    else
        for (; at < size_bytes; at++)
            add_byte(encoding, (uint8_t)data[at]);
    return !encoding->text.out_of_memory;
}

bool log_encoding_end(struct log_encoding *encoding)
{
    encoding->text.length = 0;
    if (encoding->kind == LOG_UNDECIDED)
        decide(encoding, true);
    else if (encoding->held_bytes || encoding->high)
        log_utf8(&encoding->text, 0xfffd);
    return !encoding->text.out_of_memory;
}

void log_encoding_free(struct log_encoding *encoding)
{
    output_free(&encoding->text);
}
