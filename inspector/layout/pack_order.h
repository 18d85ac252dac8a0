// SPDX-License-Identifier: MIT
// Orders of members as text: what a person types, and what files of rules hold.
//
//     b, c@64, +8, a        b; c, whose declaration asks for alignment 64; 8 bytes of padding; a
//     #2, x                 the second member without a name
#ifndef STRATA_LAYOUT_PACK_ORDER_H
#define STRATA_LAYOUT_PACK_ORDER_H

#include "base/output.h"
#include "layout/pack.h"

// One of the parts between the commas.
struct order_part {
    const char *name; // borrowed; `length` bytes. NULL: padding, or a nameless member
    size_t length;
    size_t nameless;        // its number, from 1 on; 0: it has a name
    uint64_t padding_bytes; // 0: a member
    uint64_t align_bytes;   // 0: none is said
};

// Takes the next part off *text, whose end is `end`. False at the end. ERROR_USAGE when it is none.
MUST_USE struct error *order_part_next(const char **text, const char *end, struct order_part *part,
                                       bool *found);

// The steps that the text means for the type of `present` (pack_try without steps): the members that it names, in its order, then
// all others as they stand. *steps lives in `arena`. ERROR_USAGE names what the type does not have.
MUST_USE struct error *order_steps(const struct pack_trial *present, const char *text, size_t length,
                                   struct arena *arena, struct pack_step **steps, size_t *count);

// The steps that put each of the named members (commas between) on cache lines of its own: nothing else lies there. In C and C++ by
// alignment, in Go and Rust by padding. `steps` as pack_try takes them.
MUST_USE struct error *order_separate(struct layouter *layouter, const struct layout *layout,
                                      const struct pack_options *options, const char *names,
                                      struct arena *arena, struct pack_step **steps, size_t *count);

// "order(b, c@64, +8, a)": what trial->steps are.
void order_write(struct output *output, const struct pack_trial *trial);

#endif
