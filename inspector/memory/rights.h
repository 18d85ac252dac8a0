// SPDX-License-Identifier: MIT
// Why the kernel lets us neither read nor stop a process: which of its rules said no, and the ways out.
//
// The rules, in the kernel's order (Linux, kernel/ptrace.c, __ptrace_may_access; security/commoncap.c,
// cap_ptrace_access_check; security/yama/yama_lsm.c):
//
//     user          our user and group ids are not all of its real, effective and saved ones
//     dumpable      it was made undumpable: setuid, file capabilities, PR_SET_DUMPABLE, an unreadable program file
//     capabilities  it may have capabilities that we have not
//     yama          /proc/sys/kernel/yama/ptrace_scope
//
// CAP_SYS_PTRACE *in the user namespace of the process* passes over all but yama's 3.
#ifndef STRATA_MEMORY_RIGHTS_H
#define STRATA_MEMORY_RIGHTS_H

#include "base/error.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum rights_rule {
    RIGHTS_NOTHING, // none of the rules that strata knows: a seccomp filter, another security module
    RIGHTS_TRACED,  // for stopping only: another tracer holds it
    RIGHTS_USER,
    RIGHTS_DUMPABLE,
    RIGHTS_CAPABILITIES,
    RIGHTS_YAMA,
    RIGHTS_NAMESPACE, // root of a container, that is not root where the process lives
};

// The facts that the rules ask for, as /proc tells them.
struct rights_facts {
    uint32_t our_uid, our_gid;               // effective
    uint32_t uids[3], gids[3];               // of the process: real, effective, saved
    uint64_t our_capabilities, capabilities; // permitted, a bit each (linux/capability.h)
    bool we_may_trace;                       // CAP_SYS_PTRACE is effective
    bool is_undumpable;                      // as far as it shows
    bool in_other_namespace;                 // the process is in a user namespace that is not ours
    bool we_are_contained;                   // our user namespace is not the system's first
    int yama_scope;                          // -1: no Yama here
    pid_t tracer;                            // 0: none
    bool is_descendant;                      // of ours: yama's 1 allows it
};

FOR_TESTS MUST_USE struct error *rights_read_facts(pid_t pid, struct rights_facts *facts);

// The rule that says no. Pure.
FOR_TESTS enum rights_rule rights_judge(const struct rights_facts *facts, bool is_for_stopping);

// The error for an EPERM or EACCES of process `pid`: one line with the rule and the ways out. Never NULL.
MUST_USE struct error *rights_denied(pid_t pid, bool is_for_stopping);

#endif
