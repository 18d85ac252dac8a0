// SPDX-License-Identifier: MIT
// Intel's ISA-L, loaded when a large compressed section is read: no other start of the program pays for it.
#ifndef STRATA_OBJECT_ISAL_LIBRARY_H
#define STRATA_OBJECT_ISAL_LIBRARY_H

#include <isa-l/igzip_lib.h>

// Its functions, see igzip_lib.h.
struct isal_library {
    __typeof__(isal_inflate_init) *init;
    __typeof__(isal_inflate) *inflate;
};

// Loads the library; valid until the program ends. NULL: it is not here. Thread-safe.
const struct isal_library *isal_library_load(void);

#endif
