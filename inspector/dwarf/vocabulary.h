// SPDX-License-Identifier: MIT
// DWARF's numbers in the words of the model.
#ifndef STRATA_DWARF_VOCABULARY_H
#define STRATA_DWARF_VOCABULARY_H

#include "type/language.h"
#include "type/type.h"

// DW_LANG_*; 0 stands for no DW_AT_language.
enum language vocabulary_language(uint64_t number);

// DW_ATE_*; 0 stands for no DW_AT_encoding.
enum encoding vocabulary_encoding(uint64_t number);

// DW_TAG_*: TYPE_OTHER for those that are no type, or none that strata knows.
enum type_kind vocabulary_kind(uint16_t tag);

#endif
