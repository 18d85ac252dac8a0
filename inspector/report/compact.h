// A type as one array of JSON, for readers of ours: the HTML page and the SQLite report. Positions stand for
// keys, because a page of ten thousand types carries a hundred thousand rows. The array, by position:
//
//      0 name        4 align_bytes    8 decl line        12 cache_lines     16 definition number
//      1 kind        5 align source   9 copies           13 straddlers      17 definitions count
//      2 language    6 packed (0, 1) 10 own_waste_bits   14 holes           18 bits by class (enum
//      layout_class) 3 size_bytes  7 decl file     11 deep_waste_bits  15 members         19 align from (a
//      member's name)
//                                                                           20 rows
//                                                                           21 best order
//                                                                           22 false sharing
//
// The best order is null when no other is smaller, or none may be suggested; else [size_bytes, proof,
// places], a place being [name, offset_bits, size_bits], in the order of addresses.
//
// and a row of a member, a variant, a gap, or what was cut:
//
//      0 kind word   2 offset_bits   4 name              6 member: align_bytes;  variant: waste_bits;  cut:
//      count 1 depth       3 size_bits     5 type; variant:    7 member: data_bits
//                                      its values        8 flags, see below
//                    of a gap 4 and 5 are the neighbours' names
//                                                        9 member: null, or the record that its type leads
//                                                        to:
//                                                          [name, size_bytes, decl line, 1 when it is held by
//                                                          value]
//
// False sharing is null when there is none, else [size_bytes when parted, runs], a run being [first line,
// last line, name of a hot member, name of the next or null: elements of the first, number of hot members, 1
// when there is a next].
//
// What is not known is null.
#ifndef STRATA_REPORT_COMPACT_H
#define STRATA_REPORT_COMPACT_H

#include "report/report.h"

enum compact_flag {
    COMPACT_STRADDLES = 1,
    COMPACT_IN_ALTERNATIVE = 2,
    COMPACT_FLEXIBLE = 4,
    COMPACT_OPENED = 8, // rows of what is inside follow
    COMPACT_REUSED = 16,
    COMPACT_IS_GAP = 32,
};

void compact_type(struct output *output, const struct report_type *type);

#endif
