// SPDX-License-Identifier: MIT
// The machines whose code is read.
#ifndef STRATA_EXPLAIN_CODE_MACHINES_H
#define STRATA_EXPLAIN_CODE_MACHINES_H

#include "explain/code_flow.h"

extern const struct code_machine code_machine_amd64, code_machine_386, code_machine_arm64;

// The number of capstone's register, of its machine; NO_REGISTER: none that is followed.
int code_register_x86(unsigned capstone_register);
int code_register_arm64(unsigned capstone_register);

#endif
