// SPDX-License-Identifier: MIT
// What the Itanium C++ ABI needs to know of classes: their empty parts and their virtual bases. Private to
// abi_recompute.c.
#ifndef STRATA_CHECK_ABI_CLASSES_H
#define STRATA_CHECK_ABI_CLASSES_H

#include "base/vec.h"
#include "layout/layout.h"

// An object of an empty class somewhere in another: two of one class need two addresses.
struct abi_empty {
    const struct type *type;
    uint64_t offset_bits;
};

typedef VEC(struct abi_empty) abi_empties_vec;

// Itanium C++ ABI 1.1, "empty class": no members but static ones, no virtual functions, all bases empty.
bool abi_class_is_empty(const struct type *type);

// Whether two graphs' types are the same class.
bool abi_same_class(const struct type *a, const struct type *b);

// Adds the empty objects in `member`, from its own start. *looks bounds what is looked at; 0 left: the list is
// not complete. False: memory is short.
bool abi_empties_add(abi_empties_vec *empties, const struct member *member, unsigned *looks);

// A virtual base of a class, direct or not, that takes space of its own in the complete object.
struct abi_virtual_base {
    const struct type *type;
    const struct member *member; // when it is a direct one
    const struct layout *layout;
};

typedef VEC(struct abi_virtual_base) abi_virtual_bases_vec;

// The virtual bases in the order in which they are placed: the inheritance graph from the left, without those
// whose pointer to the virtual table a class that derives from them uses. *is_complete: all are known.
MUST_USE struct error *abi_virtual_bases(struct layouter *layouter, const struct type *type,
                                         abi_virtual_bases_vec *bases, bool *is_complete);

#endif
