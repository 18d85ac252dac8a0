// SPDX-License-Identifier: MIT
// The hot loop's heart: reads one DIE by its compiled abbrev.
//
// Safety: `p` never passes `end` unnoticed, as every instruction looks; single loads may reach up to 16 bytes
// behind the section, which the object layer keeps readable.

#ifndef STRATA_DWARF_DIE_DECODE_H
#define STRATA_DWARF_DIE_DECODE_H

#include "base/attributes.h"
#include "dwarf/abbrev.h"
#include "dwarf/abbrev_code.h"
#include <string.h>

struct die_stream {
    const uint8_t *section; // start of the section: offsets of texts and blocks count from here
    const uint8_t *end;     // of the unit
    bool big_endian;
};

static inline uint64_t load_u16(const uint8_t *p, bool big_endian)
{
    uint16_t value;
    memcpy(&value, p, sizeof(value));
    return big_endian ? __builtin_bswap16(value) : value;
}

static inline uint64_t load_u24(const uint8_t *p, bool big_endian)
{
    return big_endian ? (uint64_t)p[0] << 16 | (uint64_t)p[1] << 8 | p[2]
                      : (uint64_t)p[2] << 16 | (uint64_t)p[1] << 8 | p[0];
}

static inline uint64_t load_u32(const uint8_t *p, bool big_endian)
{
    uint32_t value;
    memcpy(&value, p, sizeof(value));
    return big_endian ? __builtin_bswap32(value) : value;
}

static inline uint64_t load_u64(const uint8_t *p, bool big_endian)
{
    uint64_t value;
    memcpy(&value, p, sizeof(value));
    return big_endian ? __builtin_bswap64(value) : value;
}

// Numbers of more bytes than this are cut there: what follows is then read wrong, but never far behind the
// section.
enum { LEB_LONGEST_BITS = 7 * 12 };

// Bits past 64 are dropped.
static inline const uint8_t *load_uleb(const uint8_t *p, uint64_t *value)
{
    uint64_t byte = *p++;
    if (LIKELY(byte < 0x80)) {
        *value = byte;
        return p;
    }
    uint64_t result = byte & 0x7f;
    unsigned shift = 7;
    do {
        byte = *p++;
        if (shift < 64)
            result |= (byte & 0x7f) << shift;
        shift += 7;
    } while (byte >= 0x80 && shift < LEB_LONGEST_BITS);
    *value = result;
    return p;
}

static inline const uint8_t *load_sleb(const uint8_t *p, uint64_t *value)
{
    uint64_t byte, result = 0;
    unsigned shift = 0;
    do {
        byte = *p++;
        if (shift < 64)
            result |= (byte & 0x7f) << shift;
        shift += 7;
    } while (byte >= 0x80 && shift < LEB_LONGEST_BITS);
    if (shift < 64 && (byte & 0x40))
        result |= ~UINT64_C(0) << shift;
    *value = result;
    return p;
}

static inline const uint8_t *skip_leb(const uint8_t *p)
{
    const uint8_t *const longest = p + LEB_LONGEST_BITS / 7;
    while (*p++ >= 0x80 && p < longest)
        ;
    return p;
}

// Behind the text's NUL; NULL when there is none before `end`. Texts in place are short (compilers share
// longer ones), so eight bytes at a time, with the classic test for a zero byte, beat a call.
static inline const uint8_t *pass_text(const uint8_t *p, const uint8_t *end)
{
    for (; p < end; p += 8) {
        uint64_t word;
        memcpy(&word, p, sizeof(word)); // may reach into the zero bytes behind the section
        if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__)
            word = __builtin_bswap64(word);
        uint64_t zeros = (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
        if (zeros) {
            p += __builtin_ctzll(zeros) / 8 + 1;
            return p <= end ? p : NULL;
        }
    }
    return NULL;
}

// Runs `code` at `p`, which is at most stream->end. Returns the position behind the DIE, or NULL when it
// leaves the unit.
static inline const uint8_t *die_run(const struct die_stream *stream, const uint8_t *code, const uint8_t *p,
                                     uint64_t *values)
{
    const bool big = stream->big_endian;
    const uint8_t *const end = stream->end;
    uint64_t n;

// One instruction that stores `expression` to its field, and the position behind what it read.
#define STORE(size_bytes, expression)                                                                        \
    values[code[1]] = (expression);                                                                          \
    p += (size_bytes);                                                                                       \
    code += 2;                                                                                               \
    break
#define STORE_TAGGED(size_bytes, expression)                                                                 \
    values[code[1]] = (uint64_t)code[2] << ID_TAG_SHIFT | ((expression)&ID_OFFSET_MASK);                     \
    p += (size_bytes);                                                                                       \
    code += 3;                                                                                               \
    break
#define SKIP_BLOCK                                                                                           \
    if (UNLIKELY(p > end || n > (uint64_t)(end - p)))                                                        \
        return NULL;                                                                                         \
    p += n
#define STORE_BLOCK                                                                                          \
    if (UNLIKELY(p > end || n > (uint64_t)(end - p)))                                                        \
        return NULL;                                                                                         \
    values[code[1]] =                                                                                        \
        (n < 0xffff ? n : UINT64_C(0xffff)) << BLOCK_LENGTH_SHIFT | (uint64_t)(p - stream->section);         \
    p += n;                                                                                                  \
    code += 2;                                                                                               \
    break

    for (;;) {
        switch ((enum abbrev_op)code[0]) {
        case OP_END:
            return p;
        case OP_SKIP:
            p += code[1];
            code += 2;
            break;
        case OP_SKIP_LEB:
            p = skip_leb(p);
            code++;
            break;
        case OP_SKIP_TEXT:
            p = pass_text(p, end);
            if (UNLIKELY(!p))
                return NULL;
            code++;
            break;
        case OP_SKIP_BLOCK1:
            n = *p++;
            SKIP_BLOCK;
            code++;
            break;
        case OP_SKIP_BLOCK2:
            n = load_u16(p, big);
            p += 2;
            SKIP_BLOCK;
            code++;
            break;
        case OP_SKIP_BLOCK4:
            n = load_u32(p, big);
            p += 4;
            SKIP_BLOCK;
            code++;
            break;
        case OP_SKIP_BLOCK_LEB:
            p = load_uleb(p, &n);
            SKIP_BLOCK;
            code++;
            break;
        case OP_U8:
            STORE(1, *p);
        case OP_U16:
            STORE(2, load_u16(p, big));
        case OP_U24:
            STORE(3, load_u24(p, big));
        case OP_U32:
            STORE(4, load_u32(p, big));
        case OP_U64:
            STORE(8, load_u64(p, big));
        case OP_ULEB:
            p = load_uleb(p, &values[code[1]]);
            code += 2;
            break;
        case OP_SLEB:
            p = load_sleb(p, &values[code[1]]);
            code += 2;
            break;
        case OP_CONSTANT:
            memcpy(&values[code[1]], code + 2, sizeof(uint64_t));
            code += 2 + sizeof(uint64_t);
            break;
        case OP_TAGGED_U8:
            STORE_TAGGED(1, (uint64_t)*p);
        case OP_TAGGED_U16:
            STORE_TAGGED(2, load_u16(p, big));
        case OP_TAGGED_U24:
            STORE_TAGGED(3, load_u24(p, big));
        case OP_TAGGED_U32:
            STORE_TAGGED(4, load_u32(p, big));
        case OP_TAGGED_U64:
            STORE_TAGGED(8, load_u64(p, big));
        case OP_TAGGED_ULEB:
            p = load_uleb(p, &n);
            STORE_TAGGED(0, n);
        case OP_TAGGED_TEXT:
            values[code[1]] = (uint64_t)TEXT_INLINE << ID_TAG_SHIFT | (uint64_t)(p - stream->section);
            p = pass_text(p, end);
            if (UNLIKELY(!p))
                return NULL;
            code += 2;
            break;
        case OP_BLOCK1:
            n = *p++;
            STORE_BLOCK;
        case OP_BLOCK2:
            n = load_u16(p, big);
            p += 2;
            STORE_BLOCK;
        case OP_BLOCK4:
            n = load_u32(p, big);
            p += 4;
            STORE_BLOCK;
        case OP_BLOCK_LEB:
            p = load_uleb(p, &n);
            STORE_BLOCK;
        }
        if (UNLIKELY(p > end))
            return NULL;
    }
#undef STORE
#undef STORE_TAGGED
#undef SKIP_BLOCK
#undef STORE_BLOCK
}

// No branch that depends on the data: which base, how wide and which tag are all numbers of the pick.
static inline uint64_t die_pick(const struct die_stream *stream, const struct abbrev_pick *pick,
                                const uint8_t *p)
{
    const uint8_t *base = pick->is_constant ? (const uint8_t *)&pick->constant : p;
    uint64_t value;
    memcpy(&value, base + pick->offset_bytes, sizeof(value));
    if (UNLIKELY(stream->big_endian) && !pick->is_constant)
        value = __builtin_bswap64(value) >> (64 - 8 * pick->width_bytes);
    value = value << pick->shift_bits >> pick->shift_bits;
    return value | (uint64_t)pick->tag << ID_TAG_SHIFT;
}

// Reads the DIE whose code ends at `p` (at most stream->end) into `values`. Returns the position behind it,
// or NULL when it leaves the unit.
static inline const uint8_t *die_read(const struct die_stream *stream, const struct abbrev *abbrev,
                                      const uint8_t *p, uint64_t *values)
{
    if (UNLIKELY(!abbrev->is_fixed))
        return die_run(stream, abbrev->program, p, values);
    if (UNLIKELY(abbrev->fixed_bytes > stream->end - p))
        return NULL;
    const struct abbrev_pick *pick = abbrev->picks;
    for (unsigned i = abbrev->picks_count; i > 0; i--, pick++)
        values[pick->field] = die_pick(stream, pick, p);
    return p + abbrev->fixed_bytes;
}

// Passes over the DIE. With a sibling, `*sibling` is it, else 0.
static inline const uint8_t *die_pass(const struct die_stream *stream, const struct abbrev *abbrev,
                                      const uint8_t *p, uint64_t *sibling)
{
    *sibling = 0;
    if (UNLIKELY(!abbrev->is_fixed)) {
        uint64_t values[FIELDS_COUNT];
        p = die_run(stream, abbrev->skip_program, p, values);
        if (p && abbrev->sibling_pick != NO_SIBLING)
            *sibling = values[FIELD_SIBLING];
        return p;
    }
    if (UNLIKELY(abbrev->fixed_bytes > stream->end - p))
        return NULL;
    if (abbrev->sibling_pick != NO_SIBLING)
        *sibling = die_pick(stream, abbrev->picks + abbrev->sibling_pick, p);
    return p + abbrev->fixed_bytes;
}

#endif
