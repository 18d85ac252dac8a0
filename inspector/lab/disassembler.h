// SPDX-License-Identifier: MIT
// capstone, loaded when code is read: linked, its tables would cost every start of the program a third of its time.
#ifndef STRATA_LAB_DISASSEMBLER_H
#define STRATA_LAB_DISASSEMBLER_H

#include "base/error.h"
#include <capstone/capstone.h>

// Its functions, see there.
struct disassembler {
    __typeof__(cs_open) *open;
    __typeof__(cs_option) *option;
    __typeof__(cs_malloc) *malloc;
    __typeof__(cs_free) *free;
    __typeof__(cs_disasm_iter) *disasm_iter;
    __typeof__(cs_regs_access) *regs_access;
    __typeof__(cs_close) *close;
};

// Loads the library, once; *result stays valid until the program ends. ERROR_UNSUPPORTED: it is not here. Thread-safe.
MUST_USE struct error *disassembler_load(const struct disassembler **result);

#endif
