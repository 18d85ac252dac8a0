// SPDX-License-Identifier: MIT
// The program whose maps are watched, and the list of its maps: what `strata maps` shows, the largest first.
#ifndef STRATA_WATCH_LIVE_PROGRAM_H
#define STRATA_WATCH_LIVE_PROGRAM_H

#include "base/arena.h"
#include "base/vec.h"
#include "gomap/go_program.h"
#include "gomap/map_look.h"
#include "watch/live_hash.h"

struct live_map_row {
    const char *path, *type_name; // in the program's arena, until the next look
    const struct type *type;
    uint64_t address;
    struct map_figures figures;
};

struct live_program {
    struct go_program *program;
    struct map_looker *looker;
    struct live_schedule schedule;
    struct arena names; // of the rows
    VEC(struct live_map_row) rows;
    VEC(uint64_t) untyped;   // addresses of maps whose type is not known, which cannot be shown
    bool is_core, is_replay; // is_replay: of a process that was recorded
    char name[64];           // "pid 4711", or the core's path
};

// Opens a process or a core and looks for its maps. `name` is all digits for a process.
MUST_USE struct error *live_program_open(struct live_program *live, const char *name, bool is_core,
                                         const struct go_program_options *options,
                                         struct notice_sink *notices);
void live_program_close(struct live_program *live);

// Looks again. What rows said before is gone; on an error they are empty.
MUST_USE struct error *live_program_look(struct live_program *live);

// The row of a map by its path or its address ("0xc000123456"); SIZE_MAX: there is none.
size_t live_program_find(const struct live_program *live, const char *path);

// Whether the address ("0xc000123456") is that of a map whose type is not known.
bool live_program_has_untyped(const struct live_program *live, const char *path);

// The row of the map at the address; SIZE_MAX: none.
size_t live_program_at(const struct live_program *live, uint64_t address);

// Whether the program still runs; of a core always true.
bool live_program_runs(const struct live_program *live);

#endif
