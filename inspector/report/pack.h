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

struct report_pack {
    const char *name;      // qualified, without keyword; NULL: anonymous
    const char *kind_word; // "struct", "class", ...
    const char *language;  // NULL: not told
    const char *declared_file;
    uint64_t declared_line;
    const struct pack *pack;
    struct source source; // of no lines when nothing is saved
    struct report_heap heap;
};

// Comments of the language with the source below them: the whole can be pasted, or piped into a compiler.
extern const struct report_pack_format {
    void (*begin)(struct output *output, const struct report_document *document);
    void (*type)(struct output *output, const struct report_document *document,
                 const struct report_pack *type);
    const char *between;
    void (*end)(struct output *output, const struct report_document *document);
} report_pack_text, report_pack_json; // strata.pack/1

// "the best order b, c, a needs 16 bytes (strata pack FILE TYPE)"; nothing when nothing is saved. `name` is
// the type's, as it can be asked for.
void pack_hint(struct output *output, const struct report_document *document, const struct pack *pack,
               const char *name);

#endif
