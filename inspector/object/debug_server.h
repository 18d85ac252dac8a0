// SPDX-License-Identifier: MIT
// Debug files from debuginfod servers, through libdebuginfod, which is loaded when it is asked for and only then. The servers are those of
// DEBUGINFOD_URLS; the library keeps what it fetches in its cache, and its other variables hold (DEBUGINFOD_TIMEOUT: seconds without progress
// until a server is given up; 90 when not set).
#ifndef STRATA_OBJECT_DEBUG_SERVER_H
#define STRATA_OBJECT_DEBUG_SERVER_H

#include "base/bytes.h"
#include "base/error.h"
#include "base/progress.h"

// Fetches the debug file of a build-id: *path is its copy in the cache, the caller's (free). Errors say why in one line: no servers are
// named, no library, no server has it, none answers; what comes back is not looked at. `progress`: in bytes; NULL: nobody asks.
// Thread-safe: one fetches at a time.
MUST_USE struct error *debug_server_fetch(struct bytes build_id, struct progress_sink *progress, char **path);

// Whether servers are named.
bool debug_server_is_named(void);

#endif
