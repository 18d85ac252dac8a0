// SPDX-License-Identifier: MIT
// A recording of what was read of a running program: a file from which its memory can be read again, look by look.
//
//     "strata live 1\n"              16 bytes
//     HEAD   what the system said: machine, bias, process id, the auxiliary vector, the program's file
//     MAPS   address, size and rights of what was mapped
//     LOOK   a mark of 32 bytes (the session's: whether the frame was accepted, what the screen showed); then block number, mask and the bytes of the mask, of each block that changed; a LOOK a look
//     END    how many looks
//
// Each block begins with its name, its payload's size and a checksum over it and the blocks before; numbers are little
// endian. The executable is not in it: types are read from the file, as for a core.
#ifndef STRATA_MEMORY_TARGET_RECORDING_H
#define STRATA_MEMORY_TARGET_RECORDING_H

#include "memory/target.h"

// What a recording keeps in memory until it is written; and what is read of a file at most.
enum { MEMORY_RECORDING_BYTES = 128 << 20, MEMORY_RECORDING_FILE_BYTES = 160 << 20 };

// Whether the file begins as a recording does.
bool memory_recording_is(const char *path);

// An error when the name is that of another file: a mistyped name must not cost one.
MUST_USE struct error *memory_recording_may_write(const char *path);

// Writes what a target that was opened with is_recorded has read, up to the last look that is whole. `subject` is an
// address of the caller's. The file that was there before stays until the new one is whole.
MUST_USE struct error *memory_recording_write(const struct memory_target *target, uint64_t subject,
                                              const char *path);

#endif
