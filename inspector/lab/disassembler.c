// SPDX-License-Identifier: MIT
#include "lab/disassembler.h"

#include "base/attributes.h"
#include <dlfcn.h>
#include <pthread.h>
#include <string.h>

#define TEXT_OF(number) #number
#define LIBRARY_NAME(major) "libcapstone.so." TEXT_OF(major)

static const char library_name[] = LIBRARY_NAME(CS_API_MAJOR);
static pthread_once_t is_loaded = PTHREAD_ONCE_INIT;
static struct disassembler functions; // all there, or `open` is NULL

static void load(void)
{
    struct disassembler found = {0};
    const struct {
        const char *name;
        void *place;
    } wanted[] = {{"cs_open", &found.open},
                  {"cs_option", &found.option},
                  {"cs_malloc", &found.malloc},
                  {"cs_free", &found.free},
                  {"cs_disasm_iter", &found.disasm_iter},
                  {"cs_regs_access", &found.regs_access},
                  {"cs_close", &found.close}};
    void *library = dlopen(library_name, RTLD_LAZY | RTLD_LOCAL);
    for (size_t i = 0; library && i < ARRAY_LENGTH(wanted); i++) {
        void *const function = dlsym(library, wanted[i].name);
        if (!function)
            return; // no capstone that we know
        memcpy(wanted[i].place, &function, sizeof(function));
    }
    functions = found;
}

struct error *disassembler_load(const struct disassembler **result)
{
    pthread_once(&is_loaded, load);
    *result = &functions;
    return functions.open
               ? NULL
               : error_create(ERROR_UNSUPPORTED, "code is not read: %s is not installed", library_name);
}
