// SPDX-License-Identifier: MIT
// Compressed debug sections: SHF_COMPRESSED (gABI, zlib and zstd) and the older .zdebug_* of GNU.
//
//     SHF_COMPRESSED   Elf_Chdr in the file's byte order and class │ stream
//     .zdebug_*        "ZLIB" │ size, 8 bytes, always big-endian   │ zlib stream
#ifndef STRATA_OBJECT_INFLATE_H
#define STRATA_OBJECT_INFLATE_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>

enum inflate_method { INFLATE_COPY, INFLATE_ZLIB, INFLATE_ZSTD };

// What a section's bytes turn into.
struct inflate_plan {
    enum inflate_method method;
    struct bytes payload; // borrowed: the stream, or the plain bytes
    uint64_t size_bytes;  // when inflated; as the header claims, checked for being possible
    bool is_mapped; // the payload's pages are a file's: they can be let go, and come back when they are read
};

// Reads the header of a section with SHF_COMPRESSED (`elf_header`) or named .zdebug_* (not `elf_header`). The
// claimed size is refused when the stream cannot hold it (deflate expands at most 1032 times, zstd 32768) or
// beyond 16 GiB. Errors: ERROR_BAD_FORMAT, ERROR_UNSUPPORTED for an unknown method; without a prefix.
// Thread-safe.
MUST_USE struct error *inflate_plan_make(struct bytes section, bool elf_header, unsigned address_bits,
                                         bool big_endian, struct inflate_plan *plan);

// One section's way to its place.
struct inflate_job {
    struct inflate_plan plan;
    const char *name; // for messages
    uint8_t *target;  // plan.size_bytes writable bytes
    struct error *error;
};

// Runs all jobs on up to `threads` threads, the largest first. Returns the error of the first failing job in
// the order given, prefixed with the job's name: the same whatever the number of threads.
MUST_USE struct error *inflate_run(struct inflate_job *jobs, size_t count, unsigned threads);

struct inflate_stream; // of inflate_stream.h

// The same; one of the threads steps on the stream meanwhile, until the jobs are done or the stream has ended.
MUST_USE struct error *inflate_run_beside(struct inflate_job *jobs, size_t count, unsigned threads,
                                          struct inflate_stream *stream);

#endif
