// SPDX-License-Identifier: MIT
// Distilled bases: what a module brings along of the kernel that it was built for.
//
//     .BTF.base   the kernel's types that the module's refer to: integers; structs, unions and enumerations by
//                 name and size only
//     .BTF        the module's own types, numbered behind those of .BTF.base
//
// Where the kernel itself is at hand, its types take the place of the distilled ones.
#ifndef STRATA_BTF_DISTILLED_H
#define STRATA_BTF_DISTILLED_H

#include "btf/btf.h"

// Finds each type of `distilled` in `base`, by kind and name, and by size where the distilled one has a size,
// and rewrites `own`, which continues `distilled`, so that it continues `base`. Its names still stand in the
// strings of `distilled`, whose input must live as long. ERROR_NOT_FOUND when the base lacks a type or has it
// with another size: it is of another kernel.
MUST_USE struct error *btf_distilled_relocate(const struct btf_part *distilled, const struct btf_part *base,
                                              struct btf_part *own);

#endif
