// SPDX-License-Identifier: MIT
// A source whose index is kept between runs, and what others compute from it. Private to source/.
//
//     FILE ─► its build-id ─► the cache has its index ─► the source; FILE is opened when a graph is asked for
//                         └─► it has none ─► FILE is opened; its index is kept once it is made
#ifndef STRATA_SOURCE_SOURCE_CACHED_H
#define STRATA_SOURCE_SOURCE_CACHED_H

#include "base/error.h"
#include "base/notices.h"
#include "source/type_source.h"

enum { CACHE_BYTES_MOST = 512 << 20 }; // of all files in the folder

// Opens a source of DWARF as source_dwarf_open does, and with the same errors. Its index is read from the cache where that has it, else
// kept there once it is made. Only that of one file with a build-id is kept (no archive, no split or alternate file), and only
// one without problems. What is in the way of the cache is a notice, and nothing else. Options and notices are borrowed until the
// source is closed.
MUST_USE struct error *source_cached_open(const char *path, const struct type_source_options *options,
                                          struct notice_sink *notices, struct type_source **source);

#endif
