// SPDX-License-Identifier: MIT
// Stops all threads of a process for as long as it takes to read something from it, and lets it run on.
//
//     PTRACE_SEIZE each thread ─► PTRACE_INTERRUPT each ─► wait for each ─► list again until none is new
//                     … the caller reads …
//     PTRACE_DETACH each, handing on a signal that it was about to take
//
// The process always runs on: when this process ends, however it ends, the kernel detaches all that it had seized,
// and a signal that was on its way is still delivered. A process that was stopped before (SIGSTOP) stays stopped.
//
// While frozen, read only what is known: discover without stopping. One call a pointer takes a thousand times as
// long as the freeze itself.
//
// A freeze belongs to the thread that took it: that thread must thaw it (ptrace knows threads, not processes).
#ifndef STRATA_MEMORY_FREEZE_H
#define STRATA_MEMORY_FREEZE_H

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct freeze;

struct freeze_report {
    uint64_t
        stopped_ns; // from the first INTERRUPT to the last DETACH: the longest that any thread stood still
    size_t threads; // that were stopped
    size_t signals; // that came meanwhile and were handed on
};

// When it returns without error, no thread of the process runs. Errors: none such process; it ended meanwhile;
// another tracer holds it (who); the rule that denies it (memory/rights.h); a thread that does not come to a stop
// within 500 ms (it waits for a device, or for a processor): all others run on then.
MUST_USE struct error *freeze_take(pid_t pid, struct freeze **freeze);

// Lets everything run on and frees the freeze. `report` may be NULL. NULL is fine: the report is zero then.
void freeze_thaw(struct freeze *freeze, struct freeze_report *report);
FOR_TESTS void freeze_thaw_at(struct freeze **pointer); // for CLEANUP

#endif
