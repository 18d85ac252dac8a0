// SPDX-License-Identifier: MIT
// Recordings of sessions: what a map was made of and each operation, so that a replay gives the same states.
//
//     "strata watch 1\n\0"                     16 bytes, the version in it
//     block: kind, size, checksum, payload     u32, u32, u64, then `size` bytes; all numbers little-endian
//       "HEAD"  the setup                      once, first
//       "OPS "  operations: u8 kind, ULEB128 number; or 0x80, ULEB128 n: only the first n operations count
//       "END "  u64 operations, u64 events     once, last: the recording is whole
//
// The checksum is XXH64 over kind, size and payload, seeded with that of the block before, so that blocks can
// be neither altered nor left out. A block is written in one piece at least every second: what a crash leaves
// is whole up to there, and reading it says that it was cut short.
#ifndef STRATA_WATCH_WATCH_RECORDING_H
#define STRATA_WATCH_WATCH_RECORDING_H

#include "base/error.h"
#include "base/vec.h"
#include "watch/watch_session.h"

struct watch_recorder {
    const char *path; // borrowed
    char *replaced,
        *beside; // an older recording, and the new one until it is whole; NULL: there is no older one
    int fd;
    bool is_open;
    uint64_t checksum; // of the block before
    uint8_t *pending;
    size_t pending_bytes;
    struct error *failure; // of a write; kept until the next flush
};

// Starts a new recording; refuses to overwrite a file that is no recording. An older recording is replaced when the
// new one is closed without an error: until then, and where that fails or the program is killed, the new one lies beside
// it, under its name with six letters more. Where there is none the recording is written in its place from the start.
MUST_USE struct error *recorder_open(struct watch_recorder *recorder, const char *path,
                                     const struct watch_setup *setup);
void recorder_op(struct watch_recorder *recorder, struct watch_op op);
void recorder_drop(struct watch_recorder *recorder, uint64_t ops_left);
// Writes what is pending.
MUST_USE struct error *recorder_flush(struct watch_recorder *recorder);
// Writes the end and closes. A recorder that is not open is fine.
MUST_USE struct error *recorder_close(struct watch_recorder *recorder, uint64_t ops, uint64_t events);

struct recording {
    struct watch_setup setup;
    VEC(struct watch_op) ops;
    bool is_whole;
    uint64_t end_ops, end_events; // as its END block says
    uint64_t steps_most;          // of its replay; 0: no limit
};

enum { RECORDING_ENTRIES_MOST = 1 << 20 };

// Reads a whole recording, a block at a time: no regular file, and no block that is larger than any recorder writes. One that was cut short is an error too, unless `salvage`: then what is whole is
// read. The caller frees it in either case.
MUST_USE struct error *recording_read(struct recording *recording, const char *path, bool salvage);
// Bounds the replay by what is in the recording: steps in proportion to its operations, and refuses a map that starts
// with more than RECORDING_ENTRIES_MOST entries. See watch_steps.h.
MUST_USE struct error *recording_limit(struct recording *recording, const char *path);
void recording_free(struct recording *recording);

#endif
