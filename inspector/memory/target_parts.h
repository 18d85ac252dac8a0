// SPDX-License-Identifier: MIT
// What opening a process and opening a core share; private to memory/.
#ifndef STRATA_MEMORY_TARGET_PARTS_H
#define STRATA_MEMORY_TARGET_PARTS_H

#include "base/bytes.h"
#include "memory/target.h"

enum target_belonging { TARGET_BELONGS, TARGET_ANOTHER, TARGET_UNKNOWN };

// What a program file is, and where in memory it lies.
struct target_file {
    enum target_belonging belonging; // do its notes equal those in memory
    uint64_t bias;
    uint16_t machine;
    unsigned address_bits;
    bool big_endian;
};

// `vector`: the auxiliary vector, pairs of words (getauxval(3)). `name`: what the memory is of (a process, a core, a
// recording), for messages.
MUST_USE struct error *target_compare_file(const char *path, const char *name, struct bytes vector,
                                           struct memory *memory, struct target_file *file);
MUST_USE struct error *target_not_what_runs(const char *path, const char *name);

// Fills a target whose name is the core's path.
MUST_USE struct error *target_open_core(struct memory_target *target, const struct target_options *options);

// The same for a recording (target_recording.c).
MUST_USE struct error *target_open_recording(struct memory_target *target,
                                             const struct target_options *options);

#endif
