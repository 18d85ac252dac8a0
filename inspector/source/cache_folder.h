// SPDX-License-Identifier: MIT
// The folder of cached indexes and what was computed from them: $XDG_CACHE_HOME/strata, or ~/.cache/strata. Private to source/.
//
// It and its files must be ours alone (owner, no right for anybody else), or they are not touched. Files are replaced as
// a whole, so that writers at the same time do each other no harm, and the oldest go where all together are too large.
#ifndef STRATA_SOURCE_CACHE_FOLDER_H
#define STRATA_SOURCE_CACHE_FOLDER_H

#include "base/bytes.h"
#include "base/error.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// How the names of its files end: of what was computed from an index; an index's in ".index".
#define CACHE_PART_ENDING ".part"

// Its path, to be freed; NULL where no home is known.
char *cache_folder_path(void);

// Opens the folder, made where it is missing and `make`. *descriptor is the caller's, -1 where there is none.
// ERROR_BAD_FORMAT: it is not ours alone, or no folder.
MUST_USE struct error *cache_folder_open(const char *path, bool make, int *descriptor);

// All bytes of the file, mapped; no data where there is none. It counts as used just now. ERROR_BAD_FORMAT: it is not ours
// alone, no file, empty, or too large. As files are replaced as a whole, the bytes stay what they are.
MUST_USE struct error *cache_file_map(int folder, const char *name, struct bytes *bytes);
void cache_file_unmap(struct bytes *bytes); // without data, too; empty afterwards

// Writes the file, in place of another of its name, and removes the files that were not used for longest until all
// together have at most `most_bytes`; the new one stays.
MUST_USE struct error *cache_file_write(int folder, const char *name, const char *data, size_t size_bytes,
                                        uint64_t most_bytes);

#endif
