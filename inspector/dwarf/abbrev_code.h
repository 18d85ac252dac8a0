// SPDX-License-Identifier: MIT
// The instructions of compiled abbrevs. Internal to abbrev.c (which writes them) and die_decode.h (which runs
// them).
#ifndef STRATA_DWARF_ABBREV_CODE_H
#define STRATA_DWARF_ABBREV_CODE_H

enum abbrev_op {
    OP_END,
    OP_SKIP, // n
    OP_SKIP_LEB,
    OP_SKIP_TEXT,
    OP_SKIP_BLOCK1,
    OP_SKIP_BLOCK2,
    OP_SKIP_BLOCK4,
    OP_SKIP_BLOCK_LEB,
    OP_U8, // field
    OP_U16,
    OP_U24,
    OP_U32,
    OP_U64,
    OP_ULEB,
    OP_SLEB,
    OP_CONSTANT,  // field, 8 bytes of value in this machine's order; nothing is read
    OP_TAGGED_U8, // field, tag
    OP_TAGGED_U16,
    OP_TAGGED_U24,
    OP_TAGGED_U32,
    OP_TAGGED_U64,
    OP_TAGGED_ULEB,
    OP_TAGGED_TEXT, // field; the text itself, in place
    OP_BLOCK1,      // field
    OP_BLOCK2,
    OP_BLOCK4,
    OP_BLOCK_LEB,
};

#endif
