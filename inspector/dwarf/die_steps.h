// SPDX-License-Identifier: MIT
// Passing over many DIEs of which only the length matters, by the steps of their abbrevs.
#ifndef STRATA_DWARF_DIE_STEPS_H
#define STRATA_DWARF_DIE_STEPS_H

#include "dwarf/die_decode.h"

// What passing over DIEs in a row by their steps has met.
struct passed {
    const uint8_t *last; // the last DIE: it is to blame when the position behind lies behind the unit's end
    uint64_t count;
    int depth;
};

// The last DIE that was passed over by its step and has no children. Where the next one has the same code, as members often have, the
// processor guesses so before it has read that code and its step, and is ahead: a chain of reads, each of which has to wait for
// the one before, becomes one of additions.
struct same_again {
    unsigned code; // in one byte; 256: none
    unsigned bytes;
};

#define SAME_AS_NONE ((struct same_again){.code = 256})

static inline bool is_same_again(const struct same_again *again, const uint8_t *p)
{
    if (*p != again->code)
        return false;
    __asm__ volatile(""); // a branch, which can be guessed, no conditional move
    return true;
}

static inline void same_again_note(struct same_again *again, uint64_t code, struct abbrev_step step)
{
    if (step.levels_deeper == 0 && code < 0x80)
        *again = (struct same_again){(unsigned)code, step.fixed_bytes + 1u};
}

// Passes over DIEs of which no record is made, into and out of their children. Returns the position of the
// first other one, or one behind the unit's end. Stops where `depth` passes `deepest`.
static inline const uint8_t *dies_pass(const struct die_stream *stream, const struct abbrev_table *table,
                                       const uint8_t *p, int deepest, struct passed *passed)
{
    while (p < stream->end) {
        uint64_t code;
        const uint8_t *behind = load_uleb(p, &code);
        if (code > table->dense_count || !table->steps[code].is_passable || passed->depth > deepest)
            break;
        passed->last = p;
        passed->count += code != 0;
        passed->depth += table->steps[code].levels_deeper;
        if (UNLIKELY(passed->depth < 0)) // padding behind the last list
            passed->depth = 0;
        p = behind + table->steps[code].fixed_bytes;
    }
    return p;
}

// The same for DIEs without children only, which leave the depth alone.
static inline const uint8_t *leaves_pass(const struct die_stream *stream, const struct abbrev_table *table,
                                         const uint8_t *p, struct passed *passed)
{
    while (p < stream->end) {
        uint64_t code;
        const uint8_t *behind = load_uleb(p, &code);
        if (code > table->dense_count || !table->steps[code].is_passable ||
            table->steps[code].levels_deeper != 0)
            break;
        passed->last = p;
        passed->count++;
        p = behind + table->steps[code].fixed_bytes;
    }
    return p;
}

// Passes over a DIE that is not fixed, by the parts of fixed length between its texts and expressions where those are known.
// Returns the position behind it; NULL where it leaves the unit.
static inline const uint8_t *die_parts_pass(const struct die_stream *stream, const struct abbrev *abbrev,
                                            const uint8_t *p, uint64_t *sibling)
{
    const struct quick_abbrev *const quick = &abbrev->quick;
    if (!quick->parts_count)
        return die_pass(stream, abbrev, p, sibling);
    p += quick->gaps[0];
    for (unsigned i = 0; i < quick->parts_count; i++) {
        uint64_t length = 0;
        if (UNLIKELY(p >= stream->end))
            return NULL;
        p = quick->part_is_text[i] ? pass_text(p, stream->end) : load_uleb(p, &length);
        if (UNLIKELY(!p || p > stream->end || length > (uint64_t)(stream->end - p)))
            return NULL;
        p += length + quick->gaps[i + 1];
    }
    return p;
}

#endif
