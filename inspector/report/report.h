// SPDX-License-Identifier: MIT
// What documents have in common: the file they are about, and how text is drawn. How they are written:
// writer.h.
#ifndef STRATA_REPORT_REPORT_H
#define STRATA_REPORT_REPORT_H

#include "base/output.h"
#include "query/described.h"
#include "report/source_path.h"

// As documents name a file. Texts are borrowed, of a command from its input.
struct report_file {
    const char *path;
    const char *build_id; // hexadecimal; NULL: none
    const char *machine;  // "x86-64"
    unsigned bits;
    bool big_endian;
    const char *
        stamp; // size, time and format of what was read, as text: the same file has the same; NULL: not known
};

// How text is drawn. Other formats read nothing of it.
struct report_style {
    bool colour;
    bool ascii;             // no glyphs beyond ASCII
    bool hex;               // offsets and sizes in hexadecimal
    bool bytes;             // with a byte map
    unsigned bytes_per_row; // 8 or 16; 0: by the type's size
    bool spreadsheet;       // CSV has no cell that a spreadsheet runs
    unsigned width;         // cells of a line; 0 stands for 80
};

// What a document says of the file that its items are of, and how it looks. The first member of what some
// kinds of documents want to know besides (diff, check, verify, lab: see there). All texts are borrowed: they
// must live until end_file of the document, since what is encoded is a function of them.
struct report_document {
    struct report_file file;
    struct report_style style;
    const struct source_root
        *source_root; // machines get the names of files below it relative to it; NULL: none
};

#endif
