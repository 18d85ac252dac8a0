// SPDX-License-Identifier: MIT
// A unit of DWARF 5 put together byte by byte, in memory, without a file around it: for graphs that no
// compiler would write. Offsets of DIEs are known as soon as they are begun; a reference may be patched
// later.
#ifndef STRATA_TESTS_DWARF_ASSEMBLER_H
#define STRATA_TESTS_DWARF_ASSEMBLER_H

#include "base/vec.h"
#include "cmocka_all.h"
#include "dwarf/constants.h"
#include "dwarf/unit.h"
#include "object/object.h"

struct assembler {
    VEC(uint8_t) info, abbrev;
    uint32_t abbrevs;
};

enum { ASSEMBLER_ZEROS = 32 };

static inline void put_info(struct assembler *as, uint64_t value, unsigned size_bytes)
{
    for (unsigned i = 0; i < size_bytes; i++)
        assert_true(vec_push(&as->info, (uint8_t)(value >> 8 * i)));
}

static inline void put_abbrev_uleb(struct assembler *as, uint64_t value)
{
    do {
        assert_true(vec_push(&as->abbrev, (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0))));
        value >>= 7;
    } while (value);
}

static inline void put_info_text(struct assembler *as, const char *text)
{
    do
        put_info(as, (uint8_t)*text, 1);
    while (*text++);
}

// Begins a DIE with a fresh abbrev; attributes follow, then die_end. Returns the DIE's offset.
static inline uint32_t die_begin(struct assembler *as, uint16_t tag, bool has_children)
{
    uint32_t offset = (uint32_t)as->info.length;
    uint64_t code = ++as->abbrevs;
    put_abbrev_uleb(as, code);
    put_abbrev_uleb(as, tag);
    put_abbrev_uleb(as, has_children);
    do {
        put_info(as, (code & 0x7f) | (code > 0x7f ? 0x80 : 0), 1);
        code >>= 7;
    } while (code);
    return offset;
}

static inline void die_number(struct assembler *as, uint16_t attribute, uint64_t value)
{
    put_abbrev_uleb(as, attribute);
    put_abbrev_uleb(as, FORM_data8);
    put_info(as, value, 8);
}

static inline void die_byte(struct assembler *as, uint16_t attribute, uint8_t value)
{
    put_abbrev_uleb(as, attribute);
    put_abbrev_uleb(as, FORM_data1);
    put_info(as, value, 1);
}

static inline void die_text(struct assembler *as, uint16_t attribute, const char *text)
{
    put_abbrev_uleb(as, attribute);
    put_abbrev_uleb(as, FORM_string);
    put_info_text(as, text);
}

// Returns where the reference stands, for patch_reference.
static inline uint32_t die_reference(struct assembler *as, uint16_t attribute, uint32_t offset)
{
    put_abbrev_uleb(as, attribute);
    put_abbrev_uleb(as, FORM_ref4);
    put_info(as, offset, 4);
    return (uint32_t)as->info.length - 4;
}

static inline void die_block(struct assembler *as, uint16_t attribute, const char *bytes, uint8_t size_bytes)
{
    put_abbrev_uleb(as, attribute);
    put_abbrev_uleb(as, FORM_exprloc);
    put_info(as, size_bytes, 1);
    for (uint8_t i = 0; i < size_bytes; i++)
        put_info(as, (uint8_t)bytes[i], 1);
}

static inline void die_end(struct assembler *as)
{
    put_abbrev_uleb(as, 0);
    put_abbrev_uleb(as, 0);
}

static inline void children_end(struct assembler *as)
{
    put_info(as, 0, 1);
}

static inline void patch_reference(struct assembler *as, uint32_t place, uint32_t offset)
{
    for (unsigned i = 0; i < 4; i++)
        as->info.data[place + i] = (uint8_t)(offset >> 8 * i);
}

// Begins the unit: header and root DIE.
static inline void assembler_begin(struct assembler *as, uint16_t language)
{
    put_info(as, 0, 4); // unit_length, filled in at the end
    put_info(as, 5, 2);
    put_info(as, 0x01, 1); // DW_UT_compile
    put_info(as, 8, 1);
    put_info(as, 0, 4);
    die_begin(as, TAG_compile_unit, true);
    die_number(as, AT_language, language);
    die_text(as, AT_name, "made.c");
    die_end(as);
}

// Ends the unit. The object borrows from the assembler.
static inline struct object assembler_finish(struct assembler *as)
{
    static char path[] = "made-up";
    children_end(as);
    uint32_t length = (uint32_t)as->info.length - 4;
    patch_reference(as, 0, length);
    put_abbrev_uleb(as, 0);
    struct object object = {
        .path = path, .debug_path = path, .elf_machine = 62, .elf_type = 3, .address_bits = 64};
    object.sections[SECTION_INFO].size_bytes = as->info.length;
    object.sections[SECTION_ABBREV].size_bytes = as->abbrev.length;
    for (int i = 0; i < ASSEMBLER_ZEROS; i++) { // as object.h promises
        put_info(as, 0, 1);
        put_abbrev_uleb(as, 0);
    }
    static const uint8_t nothing[ASSEMBLER_ZEROS];
    for (int i = 0; i < SECTION_COUNT; i++)
        object.sections[i].data = nothing;
    object.sections[SECTION_INFO].data = as->info.data;
    object.sections[SECTION_ABBREV].data = as->abbrev.data;
    return object;
}

static inline void assembler_free(struct assembler *as)
{
    vec_free(&as->info);
    vec_free(&as->abbrev);
}

#endif
