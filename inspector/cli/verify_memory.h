// SPDX-License-Identifier: MIT
// What the memory of a running Go program says of its maps to who does not read the debug information: the witness that
// `strata verify PID` lays beside it.
//
// Maps are read by the types that the program carries and by the layout of headers in Go's source. Neither is taken
// for true: a word of the header counts as `dirPtr`, say, when it is the only one that is, in every map, the
// allocator's object of the size that the directory needs. So a layout that is not this program's makes the witness
// silent, never wrong.
#ifndef STRATA_CLI_VERIFY_MEMORY_H
#define STRATA_CLI_VERIFY_MEMORY_H

#include "base/error.h"
#include "check/crosscheck.h"

#include <stdint.h>

struct memory_maps;

// Opens the process once more. NULL in *maps: its runtime's own data cannot be read, so its memory says nothing.
MUST_USE struct error *memory_maps_open(const char *name, const char *executable, struct memory_maps **maps);
void memory_maps_close(struct memory_maps *maps); // NULL is fine

// Looks at the map whose header lies at the address and whose type has that name. Returns how far apart its groups or
// buckets are, where the structure allows one answer only; else 0. NULL as the name: 0.
uint64_t memory_maps_look(struct memory_maps *maps, uint64_t address, const char *type_name);

// Looks at the headers that change once more, and states what all maps that were looked at allow: of the header, of the tables, and of the allocator's object that a
// header lies in (which `debug` says, too: header_bytes rounded up to a size class).
void memory_maps_state(struct memory_maps *maps, struct crosscheck *check, size_t memory, size_t debug,
                       uint16_t header_bytes);

uint64_t memory_maps_counted(const struct memory_maps *maps); // maps whose entries were counted; of NULL: 0

#endif
