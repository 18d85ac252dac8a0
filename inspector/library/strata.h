/* SPDX-License-Identifier: MIT */
/* libstrata: the layouts of the types that a compiled file's debug information describes.
 *
 *     strata_file ─► strata_types (what there is) ─► strata_layout (where every bit of one type goes)
 *
 *     struct strata_file *file; struct strata_types *types; const struct strata_layout *layout;
 *     struct strata_error *error = strata_open("a.out", NULL, &file);
 *     if (!error) error = strata_find(file, "Demo", &types);
 *     if (!error) error = strata_layout_of(types, 0, &layout);
 *
 * Functions that can fail return NULL, or an error that is the caller's (strata_error_free). Texts are UTF-8 as the file has
 * them, not made safe for a terminal. Handles are not thread-safe: each belongs to one thread at a time. Freeing NULL is fine.
 *
 * The ABI: structs that the library fills only grow at their end; a struct that callers fill begins with its own size. */
#ifndef STRATA_H
#define STRATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined __GNUC__
#define STRATA_API __attribute__((visibility("default")))
#else
#define STRATA_API
#endif

/* "0.1.0": of the library that runs. */
STRATA_API const char *strata_version(void);

/* ---- errors */

enum strata_error_code {
    STRATA_OUT_OF_MEMORY = 1,
    STRATA_SYSTEM,      /* the operating system refused; the message says why */
    STRATA_USAGE,       /* an argument that makes no sense */
    STRATA_NOT_FOUND,   /* the file is fine, what was asked for is not in it */
    STRATA_BAD_FORMAT,  /* the file breaks the rules of its format */
    STRATA_UNSUPPORTED, /* the file is fine, strata cannot read it */
    STRATA_NO_DEBUG,    /* the file holds no debug information */
};

struct strata_error;

STRATA_API int strata_error_code(const struct strata_error *error);
/* One line: file, section and offset where they are known. Lives as long as the error. */
STRATA_API const char *strata_error_message(const struct strata_error *error);
STRATA_API void strata_error_free(struct strata_error *error);

/* ---- files */

struct strata_options {
    size_t struct_bytes;      /* sizeof(struct strata_options) */
    unsigned threads;         /* 0: one for each processor */
    const char *format;       /* "dwarf", "btf"; NULL: the richest that the file holds */
    uint64_t cacheline_bytes; /* 0: 64 */
};

struct strata_file;

/* Opens a file; *file is the caller's. `options` may be NULL. Opening two files at the same time by two threads is not safe. */
STRATA_API struct strata_error *strata_open(const char *path, const struct strata_options *options, struct strata_file **file);
STRATA_API void strata_close(struct strata_file *file); /* after all its types were freed */

STRATA_API const char *strata_file_format(const struct strata_file *file);   /* "DWARF", "BTF" */
STRATA_API const char *strata_file_build_id(const struct strata_file *file); /* hexadecimal; NULL: none */
STRATA_API uint16_t strata_file_machine(const struct strata_file *file);     /* EM_* of <elf.h>; 0: unknown */
STRATA_API unsigned strata_file_address_bits(const struct strata_file *file); /* 0: unknown */
STRATA_API bool strata_file_is_big_endian(const struct strata_file *file);

/* ---- types */

struct strata_types;

/* All types that the file defines, each truly different definition once, in the order of the file; the result is the same for
 * any number of threads. *types is the caller's. */
STRATA_API struct strata_error *strata_all(struct strata_file *file, struct strata_types **types);
/* Those of one qualified name, keyword left off ("ns::Outer<int>"). STRATA_NOT_FOUND when there is none. */
STRATA_API struct strata_error *strata_find(struct strata_file *file, const char *name, struct strata_types **types);
STRATA_API void strata_types_free(struct strata_types *types);

STRATA_API size_t strata_types_count(const struct strata_types *types);

struct strata_type {
    const char *name; /* qualified; never NULL */
    const char *kind; /* "struct", "class", "union", "interface", "enum", "base", "typedef" */
    bool size_known;
    uint64_t size_bytes;
    uint32_t members_count; /* direct ones, without bases and static members */
    uint32_t copies;        /* definitions of the same shape in the file */
};

/* `number` below strata_types_count; false and nothing written where it is not. Texts live as long as `types`. */
STRATA_API bool strata_type_at(const struct strata_types *types, size_t number, struct strata_type *type);

/* What was skipped because the file is damaged there: a line each; NULL past the last. */
STRATA_API const char *strata_problem_at(const struct strata_types *types, size_t number);

/* ---- layouts */

struct strata_row {
    const char *kind;  /* "field", "bit-field", "base", "vptr", "hole", "bit hole", "padding", "variant", …; what JSON calls it */
    const char *name;  /* NULL: anonymous, or a gap */
    const char *type;  /* as the language spells it; NULL: a gap */
    bool is_gap;       /* no member lies here */
    bool offset_known; /* false: found at run time (a virtual base) */
    bool size_known;
    uint64_t offset_bits; /* from the start of the type */
    uint64_t size_bits;
    uint64_t align_bytes; /* 0: unknown */
};

struct strata_layout {
    const char *name, *kind; /* as in strata_type */
    const char *language;    /* "c", "c++", "go", "rust", …; NULL: not stated */
    const char *declared_file;
    uint64_t declared_line; /* 0: unknown */
    bool size_known;
    uint64_t size_bits;
    uint64_t align_bytes;     /* 0: unknown */
    const char *align_source; /* "abi", "declared", "proven", "bound", "unknown" */
    bool is_packed;
    uint64_t own_waste_bits, deep_waste_bits; /* holes and padding of the type itself; with those of its members */
    uint64_t cache_lines;
    size_t rows_count;
    const struct strata_row *rows; /* members and gaps in the order of addresses */
};

/* The layout of type `number`. It lives until strata_types_free. STRATA_BAD_FORMAT when the type cannot be read: others still can. */
STRATA_API struct strata_error *strata_layout_of(struct strata_types *types, size_t number, const struct strata_layout **layout);

#ifdef __cplusplus
}
#endif
#endif
