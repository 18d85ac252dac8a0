// SPDX-License-Identifier: MIT
// One zlib stream, inflated piece by piece: what has come out can be read while the rest is still on its way.
//
//     target   │ final: read by whoever is told │ being written │ nothing yet │
//                                         done_bytes
//
// ISA-L does it, as libdeflate has no pieces: on the .debug_info of a large C++ library it takes 1.05 to 1.1 times libdeflate's time,
// zlib 2.3 times (doc/figures.md).
#ifndef STRATA_OBJECT_INFLATE_STREAM_H
#define STRATA_OBJECT_INFLATE_STREAM_H

#include "object/inflate.h"
#include "object/inflate_pages.h"

struct inflate_stream; // of one thread at a time

// Begins on plan's stream; `target` as in struct inflate_job, with IMAGE_OVERRUN_BYTES more behind it. NULL: another method, no library,
// no memory; inflate_run does it then.
struct inflate_stream *inflate_stream_open(const struct inflate_plan *plan, uint8_t *target);

enum inflate_step {
    INFLATE_GOES_ON,
    INFLATE_DONE,  // all of plan.size_bytes are there, and the stream's checksum fits them
    INFLATE_FAILED // what is wrong is inflate_run's to say, as everywhere
};

// Inflates some more; the first *done_bytes bytes of the target will not change any more. Once it has ended it says so again.
enum inflate_step inflate_stream_step(struct inflate_stream *stream, uint64_t *done_bytes);

// What it has found out of pages, for those who inflate other sections beside it.
struct inflate_pages *inflate_stream_pages(struct inflate_stream *stream);

void inflate_stream_free(struct inflate_stream *stream); // NULL is fine

#endif
