// SPDX-License-Identifier: MIT
// A source whose index is kept between runs. Private to source/.
#ifndef STRATA_SOURCE_SOURCE_CACHED_H
#define STRATA_SOURCE_SOURCE_CACHED_H

#include "base/error.h"
#include "base/notices.h"
#include "source/type_source.h"

enum { CACHE_BYTES_MOST = 512 << 20 }; // of all files in the folder

// Wraps a source of DWARF, which *source takes over: its index is read from the cache where that has it, else kept there
// once it is made. Only that of one file with a build-id is kept (no archive, no split or alternate file), and only one
// without problems. What is in the way of the cache is a notice, and nothing else. Fails only when memory is short;
// then *source is as it was.
MUST_USE struct error *source_cached_wrap(struct type_source **source, struct notice_sink *notices);

#endif
