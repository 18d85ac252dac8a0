// SPDX-License-Identifier: MIT
// Better orders of members, for people and for machines.
#ifndef STRATA_REPORT_PACK_H
#define STRATA_REPORT_PACK_H

#include "layout/pack.h"
#include "report/report.h"

// What an allocator gives for one object, before and after.
struct report_heap {
    const char *allocator; // "glibc malloc", "Go"; NULL: no allocator is known
    uint64_t was_bytes, bytes;
};

// One type. All is borrowed until the item is encoded.
struct report_pack {
    const char *name;      // qualified, without keyword; NULL: anonymous
    const char *kind_word; // "struct", "class", ...
    const char *language;  // NULL: unknown
    const char *declared_file;
    uint64_t declared_line;
    const struct pack *pack;
    struct source source; // of no lines when nothing is saved, and it was not asked for
    bool is_asked;        // the order is not the best but one that a person asked for
    struct report_heap heap;
};

// The formats, pack_writers, write struct report_pack: text as comments of the language with the source below
// them, so that the whole can be pasted, or piped into a compiler; and JSON (strata.pack/1).

// "the best order b, c, a needs 16 bytes (strata pack FILE TYPE)"; nothing when nothing is saved. `name` is
// the type's, as it can be asked for.
void pack_hint(struct output *output, const struct report_document *document, const struct pack *pack,
               const char *name);

#endif
