// SPDX-License-Identifier: MIT
#include "lab/disassembler.h"

#ifdef STRATA_STATIC

struct error *disassembler_load(const struct disassembler **result)
{
    static const struct disassembler functions = {
        .open = cs_open,
        .option = cs_option,
        .malloc = cs_malloc,
        .free = cs_free,
        .disasm_iter = cs_disasm_iter,
        .regs_access = cs_regs_access,
        .close = cs_close,
    };
    *result = &functions;
    return NULL;
}

#else

#include "base/late_library.h"

#define TEXT_OF(number) #number
#define NAME_OF(stem, major) stem TEXT_OF(major)

static struct disassembler functions;
static const struct late_function wanted[] = {
    {"cs_open", &functions.open, false},
    {"cs_option", &functions.option, false},
    {"cs_malloc", &functions.malloc, false},
    {"cs_free", &functions.free, false},
    {"cs_disasm_iter", &functions.disasm_iter, false},
    {"cs_regs_access", &functions.regs_access, false},
    {"cs_close", &functions.close, false},
};
// Its structs are those of the version that strata was compiled for.
static struct late_library capstone = LATE_LIBRARY(NAME_OF("libcapstone.so.", CS_API_MAJOR),
                                                   NAME_OF("libcapstone", CS_API_MAJOR), NULL, wanted);

struct error *disassembler_load(const struct disassembler **result)
{
    *result = &functions;
    return error_prefix(late_library_load(&capstone), "code is not read");
}

#endif
