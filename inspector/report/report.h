// A report is a document of types, written type by type: begin, one call a type, end. The parts are pure
// functions of their arguments, so that several threads may each write types into an output of their own;
// put together in order they are the document.
#ifndef STRATA_REPORT_REPORT_H
#define STRATA_REPORT_REPORT_H

#include "base/output.h"
#include "layout/pack.h"
#include "layout/rows.h"
#include "layout/sharing.h"

struct report_file {
    const char *path;
    const char *build_id; // hexadecimal; NULL: none
    const char *machine;  // "x86-64"
    unsigned bits;
    bool big_endian;
};

struct report_type {
    const char *name;      // qualified, without keyword; NULL: anonymous
    const char *kind_word; // "struct", "class", "union", "enum", "base", ...
    const char *language;  // "c", "c++", "go", "rust", ...; NULL: not told
    const char *target;    // of a typedef: the type that is shown; else NULL
    const struct layout *layout;
    struct rows rows;
    const struct pack *pack;       // the best order of members; NULL: not asked for
    const struct sharing *sharing; // false sharing; NULL: not asked for
    const char *declared_file;     // NULL: not told
    uint64_t declared_line;
    uint64_t copies;                               // definitions folded into this one
    unsigned definition_number, definitions_count; // of different ones of this name; 1 of 1 when alone
};

// How text is drawn. Other formats read nothing of it.
struct report_style {
    bool colour;
    bool ascii;             // no glyphs beyond ASCII
    bool hex;               // offsets and sizes in hexadecimal
    bool bytes;             // with a byte map
    unsigned bytes_per_row; // 8 or 16; 0: by the type's size
    unsigned width;         // cells of a line; 0 stands for 80
};

struct report_document {
    struct report_file file;
    struct report_style style;
    const char *source_root; // SARIF names files below it relative to it; NULL: none
};

struct report_format {
    const char *name; // "text", "json", "csv"
    void (*begin)(struct output *output, const struct report_document *document);
    // Fails only when memory is short.
    MUST_USE struct error *(*type)(struct output *output, const struct report_document *document,
                                   const struct report_type *type);
    const char *between; // separates types
    void (*end)(struct output *output, const struct report_document *document);
};

extern const struct report_format report_text, report_json, report_csv;

// The format of that name; NULL: there is none.
const struct report_format *report_format_named(const char *name);

#endif
