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

bool abbrevs_use_alternate(struct bytes abbrevs)
{
    struct byte_reader reader = byte_reader_over(abbrevs, false); // bytes and LEB128 only
    while (byte_reader_left(&reader) && !reader.failed) {
        if (!byte_reader_uleb(&reader))
            continue;              // the end of one table
        byte_reader_uleb(&reader); // tag
        byte_reader_u8(&reader);   // has children
        for (uint64_t name = 1, form = 1; (name || form) && !reader.failed;) {
            name = byte_reader_uleb(&reader);
            form = byte_reader_uleb(&reader);
            if (form == DW_FORM_implicit_const)
                byte_reader_uleb(&reader); // its value: as many bytes, whatever the sign
            if (is_of_alternate(form) && !reader.failed)
                return true;
        }
    }
    return false;
}
