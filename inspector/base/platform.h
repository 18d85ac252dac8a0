// SPDX-License-Identifier: MIT
// The family of systems that a file is for. With the machine it says which ABI holds.
#ifndef STRATA_BASE_PLATFORM_H
#define STRATA_BASE_PLATFORM_H

enum platform {
    PLATFORM_ELF, // the System V ABI of the machine: ELF, wasm, BTF
    PLATFORM_DARWIN,
    PLATFORM_WINDOWS,
};

#endif
