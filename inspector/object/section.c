// SPDX-License-Identifier: MIT
#include "object/section.h"

// One name table: the joined sections, the messages and the search in the file use the same words.
static const char *const section_names[SECTION_COUNT] = {
    [SECTION_INFO] = ".debug_info",         [SECTION_TYPES] = ".debug_types",
    [SECTION_ABBREV] = ".debug_abbrev",     [SECTION_STR] = ".debug_str",
    [SECTION_LINE_STR] = ".debug_line_str", [SECTION_STR_OFFSETS] = ".debug_str_offsets",
    [SECTION_ADDR] = ".debug_addr",         [SECTION_LINE] = ".debug_line",
    [SECTION_CU_INDEX] = ".debug_cu_index", [SECTION_TU_INDEX] = ".debug_tu_index",
};

const char *section_name(enum section_id id)
{
    return section_names[id];
}
