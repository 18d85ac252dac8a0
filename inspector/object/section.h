// SPDX-License-Identifier: MIT
// The debug sections that strata reads, by name.
#ifndef STRATA_OBJECT_SECTION_H
#define STRATA_OBJECT_SECTION_H

// The sections that layouts need. Others (locations, ranges, frames, macros, indexes) are never read.
enum section_id {
    SECTION_INFO,
    SECTION_TYPES, // DWARF 4 type units
    SECTION_ABBREV,
    SECTION_STR,
    SECTION_LINE_STR,
    SECTION_STR_OFFSETS,
    SECTION_ADDR,
    SECTION_LINE,
    SECTION_CU_INDEX, // of a .dwp: which part of each section is a unit's
    SECTION_TU_INDEX, // the same of its type units
    SECTION_COUNT
};

// ".debug_info" and so on: the name for messages, without ".dwo" and ".zdebug_".
const char *section_name(enum section_id id);

#endif
