// SPDX-License-Identifier: MIT
// Files that are compressed as a whole: a kernel module's .ko.xz, a core.zst, a vmlinux.gz.
#ifndef STRATA_OBJECT_PACKED_H
#define STRATA_OBJECT_PACKED_H

#include "base/bytes.h"
#include "base/error.h"
#include <stdbool.h>

// Whether bytes with this beginning are a gzip, xz or zstd stream.
bool packed_is(struct bytes start);

// Unpacks the first `most_bytes` bytes, or as many as `start`, the beginning of a stream, holds whole: *size_bytes. What is damaged ends
// there. Fails when memory is short. Thread-safe.
MUST_USE struct error *packed_begin(struct bytes start, uint8_t *to, size_t most_bytes, size_t *size_bytes);

// How many bytes may come of so many compressed ones: 16 GiB at most, and no more than a few dozen times as many unless any_expansion.
// What a message says of that: "grows beyond 64 times its size, as no …'s does: …", borrowed from `text`.
enum { PACKED_TEXT_BYTES = 160 };
uint64_t packed_growth_most(size_t packed_bytes, bool any_expansion);
const char *packed_growth_text(const char *noun, bool any_expansion, char text[PACKED_TEXT_BYTES]);

// What is compressed as a whole, chunk by chunk: what grows without end is noticed before it is kept anywhere.
struct packed_reader;

// *reader is of `packed`, which must live as long; of bytes in no such format it gives these. Unless any_expansion, reading fails where
// more comes out than packed_growth_most. `label` and `noun` ("program") are for messages, borrowed.
// Errors: out of memory.
MUST_USE struct error *packed_reader_open(struct bytes packed, const char *label, const char *noun,
                                          bool any_expansion, struct packed_reader **reader);

// The next chunk, borrowed until the next call; empty at the end. Errors: ERROR_BAD_FORMAT as of packed_unpack, out of memory.
MUST_USE struct error *packed_reader_next(struct packed_reader *reader, struct bytes *chunk);
void packed_reader_close(struct packed_reader *reader); // NULL is fine

// Where the file behind `descriptor` is compressed, *kept is its content, a nameless file in memory that the caller
// closes; else -1. The streams may be several, one behind the other, as those formats allow. `path` is for
// messages. Errors: those of the system, a damaged or cut stream, and one that grows more than any program does
// (64 times, unless any_expansion) or beyond 16 GiB: ERROR_BAD_FORMAT. Thread-safe.
MUST_USE struct error *packed_unpack(int descriptor, const char *path, bool any_expansion, int *kept);

// The same of bytes in memory.
MUST_USE struct error *packed_unpack_bytes(struct bytes packed, const char *path, bool any_expansion,
                                           int *kept);

#endif
