// SPDX-License-Identifier: MIT
// The pages of both sides of a stream: made before they are written, let go when they have been read.
#ifndef STRATA_OBJECT_INFLATE_PAGES_H
#define STRATA_OBJECT_INFLATE_PAGES_H

#include "object/inflate.h"
#include <stdatomic.h>

// Lets go of the pages that lie wholly in `used`, a part of the payload that will hardly be read again, where they are a file's.
void inflate_plan_drop(const struct inflate_plan *plan, struct bytes used);

// What was found out of the system's huge pages, by those who make pages for the sections of one file.
struct inflate_pages {
    atomic_int_least64_t small_left; // bytes that are made of small pages before huge ones are tried again
    atomic_int_least64_t small_last; // how many those were at first
};

// Clears and maps the pages of [at, at + size_bytes) that are about to be written: in one go it costs a quarter of what the faults do, one by
// one amid the inflating. Changes nothing but which pages those are: huge ones, which cost a fifth of small ones, unless they turn out to cost
// several times as much: then small ones for a while, twice as long each time. A virtual machine may have given its free huge pages back to the
// host, which finds them anew one small page at a time, while the small ones that it uses all the time are there. False: the system (Linux before 5.14) does not do it. Thread-safe.
bool inflate_pages_make(struct inflate_pages *pages, uint8_t *at, uint64_t size_bytes);

// How many of its bytes an honest stream is likely to fill: so many may be made ahead. A damaged one may claim a thousand times its size.
uint64_t inflate_plan_likely_bytes(const struct inflate_plan *plan);

#endif
