// SPDX-License-Identifier: MIT
// Fingerprints of BTF's types, of contents and not of numbers: the same in every file that holds the type.
//
//     name hash   by what a type is called: kind and name; pointers, arrays and functions by their parts; an
//                 anonymous struct by its shape
//     shape       of a definition: each member's name, place, size, type's name hash and type's size, in order
//
// They are no fingerprints of DWARF's: BTF drops what those hold (qualifiers stay, flexible arrays do not).
#ifndef STRATA_BTF_HASH_H
#define STRATA_BTF_HASH_H

#include "btf/btf.h"

struct btf_hasher;

// Belongs to one thread, borrows the BTF.
MUST_USE struct error *btf_hasher_create(const struct btf *btf, struct btf_hasher **hasher);
void btf_hasher_free(struct btf_hasher *hasher); // NULL is fine

// The shape of a struct, union or enumeration, or what the typedef with that number names. Each type's name
// hash is computed once a hasher. Fails only when memory is short.
MUST_USE struct error *btf_hasher_shape(struct btf_hasher *hasher, uint32_t id, uint64_t *shape);

#endif
