// SPDX-License-Identifier: MIT
#include "cli/verify_memory_parts.h"

void places_narrow(struct place_counts *places, const struct numbers *numbers, unsigned size_bytes,
                   number_test test, uint64_t wanted)
{
    const unsigned align = size_bytes < numbers->word_bytes ? size_bytes : numbers->word_bytes;
    for (size_t at = 0; at < BYTES_MOST; at++) {
        const bool fits =
            at % align == 0 && at + size_bytes <= numbers->length &&
            test(numbers->maps, map_number(numbers->bytes + at, size_bytes, numbers->big_endian), wanted);
        places->is_possible[at] = fits && (!places->times || places->is_possible[at]);
    }
    places->times++;
}

struct place_counts places_left(const struct place_counts *places, unsigned size_bytes,
                                const bool is_placed[BYTES_MOST])
{
    struct place_counts left = *places;
    for (size_t at = 0; at < BYTES_MOST; at++)
        for (size_t byte = at; byte < at + size_bytes && byte < BYTES_MOST; byte++)
            left.is_possible[at] &= !is_placed[byte];
    return left;
}

size_t places_only(const struct place_counts *places)
{
    size_t found = PLACE_NONE;
    for (size_t at = 0; places->times && at < BYTES_MOST; at++) {
        if (!places->is_possible[at])
            continue;
        if (found != PLACE_NONE)
            return PLACE_NONE;
        found = at;
    }
    return found;
}
