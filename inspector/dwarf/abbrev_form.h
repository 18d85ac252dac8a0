// SPDX-License-Identifier: MIT
// What attributes and forms mean to the compiler of abbrevs: which field they fill, how wide they are.
// For abbrev*.c, and for whoever must know where values stand without decoding.
#ifndef STRATA_DWARF_ABBREV_FORM_H
#define STRATA_DWARF_ABBREV_FORM_H

#include "dwarf/abbrev.h"

enum { ATTRIBUTES_MOST = 200 }; // an abbrev with more is refused: see the notes on hostile input

#define BIT(field) (UINT32_C(1) << (field))

// How many bytes the value of a form takes: a number up to 16, or one of these.
enum {
    WIDTH_LEB = 100,
    WIDTH_TEXT,
    WIDTH_BLOCK1,
    WIDTH_BLOCK2,
    WIDTH_BLOCK4,
    WIDTH_BLOCK_LEB,
    WIDTH_UNKNOWN
};

enum { NO_FIELD = -1 };

struct attribute {
    uint64_t name;
    uint16_t form;
    uint8_t width; // of its form in this unit
    int16_t field; // that it fills when asked for, or NO_FIELD
    uint8_t tag;   // of texts and references
    int64_t implicit_value;
};

struct declaration {
    uint64_t code, tag;
    bool has_children;
    bool is_fixed;   // no attribute of variable length
    bool big_endian; // its DIEs
    uint32_t wanted; // the fields that its DIEs are asked for
    unsigned attributes_count;
    struct attribute attributes[ATTRIBUTES_MOST];
};

// Which of the wanted fields the attribute fills, its form considered: sets `field` and `tag`.
void attribute_classify(struct attribute *attribute, uint32_t wanted, const struct unit *unit);

unsigned width_of_form(uint64_t form, const struct unit *unit);

enum die_role role_of_tag(uint64_t tag);

// The fields that DIEs of the role are asked for, and those of the root DIE.
uint32_t fields_of_role(enum die_role role);
#define FIELDS_OF_ROOT                                                                                       \
    (BIT(FIELD_DWO_ID) | BIT(FIELD_NAME) | BIT(FIELD_LANGUAGE) | BIT(FIELD_FOLDER) | BIT(FIELD_LINE_TABLE) | \
     BIT(FIELD_STR_OFFSETS_BASE) | BIT(FIELD_DWO_NAME))

// Whether values of the form, a known one, are read by die_value.c: numbers, flags, references and texts.
// Addresses, blocks and expressions are libdwarf's.
bool form_is_plain(uint64_t form);

#endif
