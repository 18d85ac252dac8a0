// SPDX-License-Identifier: MIT
// A type with its layout and what was asked for besides: plain data, for documents.
#ifndef STRATA_QUERY_DESCRIBED_H
#define STRATA_QUERY_DESCRIBED_H

#include "layout/pack.h"
#include "layout/rows.h"
#include "layout/sharing.h"

// What costs something and not everybody wants: bits of a mask.
enum describe_part {
    DESCRIBE_ROWS = 1,    // rows, and the target of a typedef
    DESCRIBE_PACK = 2,    // the best order of members
    DESCRIBE_SHARING = 4, // who shares cache lines
    DESCRIBE_TRIAL = 8,   // what is needed to try other orders
};

// Texts, the layout and what it points to are borrowed: from the graph, the layouter and an arena. Of a walk
// they live until the visit ends.
struct described_type {
    const char *name;      // qualified, without keyword; NULL: anonymous
    const char *kind_word; // "struct", "class", "union", "enum", "base", ...
    const char *language;  // "c", "c++", "go", "rust", ...; NULL: unknown
    const char *target;    // of a typedef: the type that is shown; else NULL
    const struct layout *layout;
    struct rows rows;               // none: not asked for
    const struct pack *pack;        // NULL: not asked for
    const struct sharing *sharing;  // NULL: not asked for
    const struct pack_trial *trial; // of the present order; NULL: not asked for
    const char *declared_file;      // NULL: unknown
    const char *declared_folder;    // that it is relative to; NULL: unknown
    uint64_t declared_line;         // 0: unknown
    uint64_t copies;                // definitions folded into this one
    const char *in_path;            // of several files the first that has it; NULL: there is one
    uint64_t in_files;              // how many of the files have it; 0: there is one
    unsigned definition_number, definitions_count; // of different ones of this name; 1 of 1 when alone
};

#endif
