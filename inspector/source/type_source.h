// One face for everything that tells of types: DWARF, BTF, a table in a test. Nothing above source/ knows
// which it is.
//
//     index or names ─► struct type_index (what there is)
//     type_maker_build(entry) ─► struct type (how it is made): members, targets, sizes
//
// A source is read-only once open and may be shared by threads. A maker belongs to one thread.
#ifndef STRATA_SOURCE_TYPE_SOURCE_H
#define STRATA_SOURCE_TYPE_SOURCE_H

#include "base/error.h"
#include "type/type.h"
#include "type/type_index.h"

struct type_source;
struct type_maker; // of one thread: builds the graphs of a source's types

// What a source says of its file. Texts are borrowed from the source.
struct type_source_facts {
    const char *path;       // as it was named
    const char *debug_path; // where the debug information stands: another file, or `path`
    const char *format;     // "DWARF", "BTF"
    const char *build_id;   // hexadecimal; NULL: none
    uint16_t machine;       // EM_*; 0: unknown
    unsigned address_bits;  // 0: unknown
    bool big_endian;
};

struct type_source_variable {
    const char *name; // qualified
    struct type_id type;
    bool address_known;
    uint64_t address;
    const char *section; // NULL: unknown
};

struct index_options {
    unsigned threads;               // at least 1
    struct progress_sink *progress; // NULL: none
};

struct type_source_ops {
    void (*close)(struct type_source *source);
    // All types, each truly different definition once; the caller frees the index, which borrows from the
    // source. What was skipped stands in index->problems. The result does not depend on the number of
    // threads.
    MUST_USE struct error *(*index)(const struct type_source *source, const struct index_options *options,
                                    struct type_index **index);
    // Only the types of these qualified names: equal to picking them from `index`, and faster where the
    // source can.
    MUST_USE struct error *(*find_names)(const struct type_source *source, const char *const *names,
                                         size_t count, const struct index_options *options,
                                         struct type_index **index);
    // `index`: of everything, borrowed, or NULL; it spares the maker searches.
    MUST_USE struct error *(*make)(const struct type_source *source, const struct type_index *index,
                                   struct type_maker **maker);
    // May be NULL: the source knows no variables, no symbols.
    MUST_USE struct error *(*variables)(const struct type_source *source,
                                        struct error *(*each)(void *context,
                                                              const struct type_source_variable *variable),
                                        void *context);
    const char *(*symbol_at)(const struct type_source *source, uint64_t address, uint64_t *offset_bytes);
};

struct type_source {
    const struct type_source_ops *ops;
    struct type_source_facts facts;
};

struct type_maker_ops {
    // The type at the entry and all that it needs. The result is a function of the entry alone.
    // ERROR_BAD_FORMAT when it cannot be read: later calls still work. Lives until forget or close.
    MUST_USE struct error *(*build)(struct type_maker *maker, const struct type_index_entry *entry,
                                    const struct type **type);
    void (*forget)(struct type_maker *maker); // frees all graphs, keeps what makes reading fast
    size_t (*graph_bytes)(const struct type_maker *maker);
    void (*close)(struct type_maker *maker);
};

struct type_maker {
    const struct type_maker_ops *ops;
};

#endif
