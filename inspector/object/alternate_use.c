// SPDX-License-Identifier: MIT
#include "object/alternate_use.h"

// DWARF 5 section 7.5.6, and GNU's older ones.
enum {
    DW_FORM_ref_sup4 = 0x1c,
    DW_FORM_strp_sup = 0x1d,
    DW_FORM_implicit_const = 0x21,
    DW_FORM_ref_sup8 = 0x24,
    DW_FORM_GNU_ref_alt = 0x1f20,
    DW_FORM_GNU_strp_alt = 0x1f21,
};

static bool is_of_alternate(uint64_t form)
{
    return form == DW_FORM_ref_sup4 || form == DW_FORM_strp_sup || form == DW_FORM_ref_sup8 ||
           form == DW_FORM_GNU_ref_alt || form == DW_FORM_GNU_strp_alt;
}

// Passes over attributes as long as name and form are one byte each and the form needs no second look, as nearly all
// are: a kernel's declarations have five megabytes, which are read before anything else.
static const uint8_t *plain_attributes_pass(const uint8_t *p, const uint8_t *end)
{
    while (end - p >= 2) {
        const unsigned name = p[0], form = p[1];
        if ((name | form) >= 0x80 || form == DW_FORM_implicit_const || form == 0 || is_of_alternate(form))
            break;
        p += 2;
    }
    return p;
}

bool abbrevs_use_alternate(struct bytes abbrevs)
{
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
