// SPDX-License-Identifier: MIT
// Opens what a file holds: a source of types, whatever the format.
#ifndef STRATA_SOURCE_SOURCE_OPEN_H
#define STRATA_SOURCE_SOURCE_OPEN_H

#include "base/error.h"
#include "base/notices.h"
#include "source/type_source.h"

// "dwarf", "btf": what debug information can be, the richest first; NULL-terminated.
extern const char *const type_source_formats[];

// The types of the running kernel, by itself: a BTF, where the kernel is built with it.
extern const char type_source_kernel[];

// Whether the file is one format and nothing else (a BTF without an ELF file around it): it has no second one.
bool type_source_is_alone(const char *path);

// The folder in which indexes are kept where options ask for it, made where it is missing; NULL: it cannot be had. The
// caller's, to be freed.
char *type_source_cache_folder(void);

// Opens `path` ("-": standard input); *source is the caller's (type_source_close). What is worth saying and did
// not stop the opening goes to `notices` (may be NULL), also when it fails later. Errors as of object_open, and
// what the format's reader says. ERROR_NO_DEBUG when the file holds no format, or not the one that was asked for. Thread-safe but for "-".
MUST_USE struct error *type_source_open(const char *path, const struct type_source_options *options,
                                        struct notice_sink *notices, struct type_source **source);

#endif
