// SPDX-License-Identifier: MIT
// One face for everything that knows types: DWARF, BTF, a table in a test. Nothing above source/ knows which it
// is.
//
//     index or names ─► struct type_index (what there is)
//     type_maker_build(entry) ─► struct type (how it is made): members, targets, sizes
//
// A source is read-only once open and may be shared by threads. A maker belongs to one thread. Implementers embed
// the struct as the first member of their own and fill `ops`; users call the functions below.
#ifndef STRATA_SOURCE_TYPE_SOURCE_H
#define STRATA_SOURCE_TYPE_SOURCE_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/platform.h"
#include "base/progress.h"
#include "type/name_fit.h"
#include "type/type.h"
#include "type/type_index.h"

struct type_source;
struct type_maker; // of one thread: builds the graphs of a source's types

// What a source says of its file. Texts live as long as the source.
struct type_source_facts {
    const char *path;       // as it was named
    const char *debug_path; // where the debug information stands: another file, or `path`
    const char *format;     // "DWARF", "BTF"
    const char *build_id;   // hexadecimal; NULL: none
    uint16_t machine;       // EM_*; 0: unknown
    enum platform platform; // the systems that it is for
    unsigned address_bits;  // 0: unknown
    bool big_endian;
};

// A variable at a fixed place. Borrowed: for the call only.
struct type_source_variable {
    const char *name; // qualified
    struct type_id type;
    bool address_known;
    uint64_t address;
    const char *section; // NULL: unknown
};

typedef struct error *(*type_source_each_variable)(void *context,
                                                   const struct type_source_variable *variable);

// What will be asked first. All borrowed, for the opening only.
struct type_source_ahead {
    bool index;               // type_source_index for everything
    const char *const *names; // type_source_find_names for these; NULL: not that
    size_t names_count;
    bool first; // as in type_source_index_options
    uint64_t
        from_bytes_test; // of tests: what .debug_info must have to be read while it is inflated; 0 stands for what pays
};

// How a file is opened, see source_open.h.
struct type_source_options {
    const char *const *debug_folders; // NULL-terminated; NULL stands for the system's
    const char *const *dwo_folders;   // NULL-terminated: where .dwo files are besides; NULL: none
    bool any_expansion;               // read compressed sections that grow more than compilers make them
    bool stay;                        // look into the file itself only, follow no link
    bool fetch;                       // ask debuginfod's servers for debug files that are not here
    struct progress_sink *progress;   // of fetching; NULL: nobody asks
    const char *slice; // of a universal (Mach-O) file: "arm64"; NULL: this machine's, else the first
    unsigned threads;  // 0 stands for 1
    bool first; // what is asked first is a name's first definition: nothing is read that this does not need
    bool
        cache; // keep indexes between runs, see source_cached.h: what these options point to lives as long as the source then
    const char *format;    // one of type_source_formats; NULL: the richest that the file holds
    const char *base_path; // what a split BTF continues; NULL: found where it can be
    struct type_source_ahead
        ahead; // a source may find the answer while it still reads the file; it is the same
};

struct type_source_index_options {
    unsigned threads;               // at least 1
    struct progress_sink *progress; // the caller starts and stops it; NULL: none
    bool first;                     // of each name that is asked for the first definition is enough
    size_t enough; // a source may stop once it has found so many types: for a first screen; 0: all
};

struct type_source_ops {
    void (*close)(struct type_source *source);
    MUST_USE struct error *(*index)(const struct type_source *source,
                                    const struct type_source_index_options *options,
                                    struct type_index **index);
    MUST_USE struct error *(*find_names)(const struct type_source *source, const char *const *names,
                                         size_t count, const struct type_source_index_options *options,
                                         struct type_index **index);
    // May be NULL: the index of everything is as good.
    MUST_USE struct error *(*find_fitting)(const struct type_source *source, name_rule *fits, void *context,
                                           const struct type_source_index_options *options,
                                           struct type_index **index, bool *is_all);
    MUST_USE struct error *(*make)(const struct type_source *source, const struct type_index *index,
                                   struct type_maker **maker);
    // These two may be NULL.
    MUST_USE struct error *(*variables)(const struct type_source *source, type_source_each_variable each,
                                        void *context);
    const char *(*symbol_at)(const struct type_source *source, uint64_t address, uint64_t *offset_bytes);
    // NULL, all three: nothing is kept between runs.
    bool (*keeps)(const struct type_source *source);
    struct bytes (*kept)(const struct type_source *source, const char *part);
    void (*keep)(const struct type_source *source, const char *part, struct bytes bytes);
};

struct type_source {
    const struct type_source_ops *ops;
    struct type_source_facts facts;
};

struct type_maker_ops {
    MUST_USE struct error *(*build)(struct type_maker *maker, const struct type_index_entry *entry,
                                    const struct type **type);
    void (*forget)(struct type_maker *maker);
    size_t (*graph_bytes)(const struct type_maker *maker);
    void (*layouts_only)(struct type_maker *maker); // NULL: it makes no difference
    void (*close)(struct type_maker *maker);
    void (*skip_names)(struct type_maker *maker); // NULL: names cost nothing
};

struct type_maker {
    const struct type_maker_ops *ops;
};

static inline void type_source_close(struct type_source *source) // NULL is fine
{
    if (source)
        source->ops->close(source);
}

// All types, each truly different definition once, ordered by the place of their first one. The index is the
// caller's (type_index_free) and borrows from the source. What was skipped stands in (*index)->problems. The
// result does not depend on the number of threads.
static inline MUST_USE struct error *type_source_index(const struct type_source *source,
                                                       const struct type_source_index_options *options,
                                                       struct type_index **index)
{
    return source->ops->index(source, options, index);
}

// Only the types of these qualified names, keywords taken off: equal to picking them from the index of all, and
// faster where the source can.
static inline MUST_USE struct error *type_source_find_names(const struct type_source *source,
                                                            const char *const *names, size_t count,
                                                            const struct type_source_index_options *options,
                                                            struct type_index **index)
{
    return source->ops->find_names(source, names, count, options, index);
}

// At least the types whose qualified names `fits` accepts: all, and *is_all, where the source is no faster so. Several
// threads may call `fits` at once.
static inline MUST_USE struct error *type_source_find_fitting(const struct type_source *source,
                                                              name_rule *fits, void *context,
                                                              const struct type_source_index_options *options,
                                                              struct type_index **index, bool *is_all)
{
    *is_all = true;
    return source->ops->find_fitting
               ? source->ops->find_fitting(source, fits, context, options, index, is_all)
               : source->ops->index(source, options, index);
}

// `index`: of everything, borrowed until the maker is closed, or NULL; it spares the maker searches.
static inline MUST_USE struct error *
type_source_make(const struct type_source *source, const struct type_index *index, struct type_maker **maker)
{
    return source->ops->make(source, index, maker);
}

// Calls each(context, variable) for the variables at fixed places, in the order of the debug information, until
// one returns an error, which is returned. ERROR_UNSUPPORTED where the source knows none.
static inline MUST_USE struct error *type_source_variables(const struct type_source *source,
                                                           type_source_each_variable each, void *context)
{
    if (!source->ops->variables)
        return error_create(ERROR_UNSUPPORTED, "%s: %s holds no variables", source->facts.path,
                            source->facts.format);
    return source->ops->variables(source, each, context);
}

// The symbol that holds the program's address, and how far into it; NULL when there is none or the source knows
// no symbols. Not fast: it walks the table. Thread-safe.
static inline const char *type_source_symbol_at(const struct type_source *source, uint64_t address,
                                                uint64_t *offset_bytes)
{
    return source->ops->symbol_at ? source->ops->symbol_at(source, address, offset_bytes) : NULL;
}

// Whether what is computed from the index of everything, which has been made or read, can be kept for later runs of this
// program on this file, with the index. Thread-safe, as the next two.
static inline bool type_source_keeps(const struct type_source *source)
{
    return source->ops->keeps && source->ops->keeps(source);
}

// What an earlier run has kept under this name (letters, digits, '-'): of the same index, entry for entry. No data: nothing.
// Aligned as by malloc; lives as long as the source. Nobody vouches for it: the reader judges every number.
static inline struct bytes type_source_kept(const struct type_source *source, const char *part)
{
    return type_source_keeps(source) ? source->ops->kept(source, part) : (struct bytes){0};
}

// Keeps it, in place of what was kept. What stands in the way is a notice.
static inline void type_source_keep(const struct type_source *source, const char *part, struct bytes bytes)
{
    if (type_source_keeps(source))
        source->ops->keep(source, part, bytes);
}

// The type of the entry and all that it needs; of an entry only `id` must be there. The result is a function of
// the entry alone. ERROR_BAD_FORMAT when it cannot be read: later calls still work. Lives until
// type_maker_forget or _close.
static inline MUST_USE struct error *
type_maker_build(struct type_maker *maker, const struct type_index_entry *entry, const struct type **type)
{
    return maker->ops->build(maker, entry, type);
}

// The whole of a type of this maker that was met behind a pointer; `type` itself when it is whole. Errors as
// above.
static inline MUST_USE struct error *type_maker_whole(struct type_maker *maker, const struct type *type,
                                                      const struct type **result)
{
    const struct type_index_entry entry = {.id = type->id};
    *result = type;
    return type->by_name_only ? type_maker_build(maker, &entry, result) : NULL;
}

// From here on nobody asks what the parts of types are called: the maker may leave out scopes and template arguments, of the languages
// whose layouts do not depend on them. Types that are asked for have their names. Before the first is built.
static inline void type_maker_skip_names(struct type_maker *maker)
{
    if (maker->ops->skip_names)
        maker->ops->skip_names(maker);
}

// Frees all graphs and keeps what makes reading fast.
static inline void type_maker_forget(struct type_maker *maker)
{
    maker->ops->forget(maker);
}

// From now on what the maker's types point to, take or return need not be told where that decides nothing of a layout: no
// spelling of such a type is right then.
static inline void type_maker_layouts_only(struct type_maker *maker)
{
    if (maker->ops->layouts_only)
        maker->ops->layouts_only(maker);
}

// What the types built so far take: a measure of what building them again would cost.
static inline size_t type_maker_graph_bytes(const struct type_maker *maker)
{
    return maker->ops->graph_bytes(maker);
}

static inline void type_maker_close(struct type_maker *maker) // NULL is fine
{
    if (maker)
        maker->ops->close(maker);
}

#endif
