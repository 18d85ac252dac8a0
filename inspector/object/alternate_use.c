// SPDX-License-Identifier: MIT
#include "object/alternate_use.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

enum { DW_FORM_implicit_const = 0x21, DW_FORM_GNU_ref_alt = 0x1f20, DW_FORM_GNU_strp_alt = 0x1f21 };

static bool is_of_alternate(uint64_t form)
{
    return form == DW_FORM_GNU_ref_alt || form == DW_FORM_GNU_strp_alt;
}

// Both are two bytes as LEB128s: 0xa0 or 0xa1, then 0x3e. A kernel's declarations have five megabytes, which are looked at before
// anything else, and nearly no file has those two bytes anywhere. (Whoever pads such a number to three bytes goes unwarned.)
static bool may_be_there(struct bytes abbrevs)
{
    const uint8_t *p = abbrevs.data, *const end = abbrevs.data + abbrevs.size_bytes;
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8((char)0xa1), second = _mm_set1_epi8(0x3e), one = _mm_set1_epi8(1);
    for (; end - p >= 17; p += 16) {
        const __m128i here = _mm_loadu_si128((const __m128i *)(const void *)p);
        const __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(p + 1));
        if (_mm_movemask_epi8(
                _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(here, one), first), _mm_cmpeq_epi8(next, second))))
            return true;
    }
#endif
    for (; end - p >= 2; p++)
        if ((p[0] | 1) == 0xa1 && p[1] == 0x3e)
            return true;
    return false;
}

// Passes over attributes as long as name and form are one byte each and the form needs no second look, as nearly all are.
static const uint8_t *plain_attributes_pass(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 2) {
        const unsigned name = p[0], form = p[1];
        if ((name | form) >= 0x80 || form == DW_FORM_implicit_const || form == 0)
            break;
        p += 2;
    }
    return p;
}

bool abbrevs_use_alternate(struct bytes abbrevs)
{
    if (!may_be_there(abbrevs))
        return false;
    struct byte_reader reader = byte_reader_over(abbrevs, false); // bytes and LEB128 only
    while (byte_reader_left(&reader) && !reader.failed) {
        const uint8_t *const p = reader.position;
        if (reader.end - p >= 3 && p[0] && p[0] < 0x80 && p[1] < 0x80) {
            reader.position += 3;
        } else {
            if (!byte_reader_uleb(&reader))
                continue;              // the end of one table
            byte_reader_uleb(&reader); // tag
            byte_reader_u8(&reader);   // has children
        }
        for (;;) {
            reader.position = plain_attributes_pass(reader.position, reader.end);
            const uint8_t *const at = reader.position;
            if (reader.end - at >= 2 && !at[0] && !at[1]) {
                reader.position += 2;
                break;
            }
            // One attribute with longer numbers, or whatever is odd: by the careful reader.
            const uint64_t name = byte_reader_uleb(&reader), form = byte_reader_uleb(&reader);
            if (form == DW_FORM_implicit_const)
                byte_reader_uleb(&reader); // its value: as many bytes, whatever the sign
            if (is_of_alternate(form) && !reader.failed)
                return true;
            if (reader.failed || (!name && !form))
                break;
        }
    }
    return false;
}
