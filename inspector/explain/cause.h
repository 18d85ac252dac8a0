// SPDX-License-Identifier: MIT
// A death with its cause, as far as log and program tell it. Plain data: what documents are written of.
//
// All texts are borrowed from the log, the program, or the arena that it was made in.
#ifndef STRATA_EXPLAIN_CAUSE_H
#define STRATA_EXPLAIN_CAUSE_H

#include "explain/core_maps.h"
#include "explain/death.h"
#include "explain/go_log.h"

enum design_told { DESIGN_UNKNOWN, DESIGN_CLASSIC, DESIGN_SWISS };

// Who told something.
enum told_by { TOLD_BY_NOBODY, TOLD_BY_LOG, TOLD_BY_PROGRAM };

struct suspect {
    const struct log_goroutine *goroutine;
    size_t frame;       // of it, which is in map code or nearest to it
    unsigned score;     // the higher, the likelier
    const char *reason; // in words
};

typedef VEC(struct suspect) suspects_vec;

struct cause {
    const char *
        why_other_build; // the program given is not the one that died so, in words; NULL: it fits, or none was given
    const struct log_death *death;
    enum death_kind kind;
    const struct log_goroutine *goroutine; // that died; NULL: the log has none
    // Frames of it: the innermost that is not the runtime's, and the innermost of the program's own code. Numbers of
    // frames; frames_count: none.
    size_t site, own;
    const char *source; // the line of `own`; NULL: the file is not at hand
    const char *call;   // "runtime.mapassign_faststr"; NULL: not known
    enum told_by call_told_by;
    enum design_told design;
    unsigned go_minor;      // 1.22 is 22; 0: not known
    unsigned pointer_bytes; // 0: not known
    const char *map_type;   // "map[string]int"; NULL: not known
    bool type_in_debug_information;
    enum map_place place;
    const char *map_name;      // "main.cache.items"; NULL: not known
    const char *how_named;     // the way from code to name, in words; NULL: none
    const char *why_not_named; // in words; NULL: nobody looked
    bool by_decoder;           // the function calls a decoder before
    uint64_t
        variable_address;   // of the variable that the code loads the map from, in the program; 0: not known
    struct core_maps *core; // of a core, when one was given; owned
    suspects_vec suspects;  // the likeliest first
    size_t others_waiting;  // goroutines of the log that were waiting for something else
    size_t goroutines_seen; // of the log, beside the one that died
};

void cause_free(struct cause *cause);

// The likeliest first.
void cause_order_suspects(struct cause *cause);

// By the log alone; *is_of_map is false when it is none of a map, as far as the log tells: a nil dereference
// somewhere, a race elsewhere. Texts that are made go into the arena.
MUST_USE struct error *cause_of_death(const struct log_death *death, struct arena *arena, struct cause *cause,
                                      bool *is_of_map);

#endif
