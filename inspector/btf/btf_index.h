// SPDX-License-Identifier: MIT
// From BTF to the index of types: what scan/ is to DWARF.
#ifndef STRATA_BTF_INDEX_H
#define STRATA_BTF_INDEX_H

#include "btf/btf.h"
#include "type/type_index.h"

// The types that the BTF itself defines, without those of its base, in the order of their numbers: named
// structs, unions, enumerations, integers, floats and typedefs. A typedef of an anonymous type stands for that
// one, named_by_typedef. Equal definitions are counted, different ones of a name kept apart. The index is the
// caller's (type_index_free) and borrows names from the BTF; it does not depend on the number of threads. Fails only when memory is short.
// Thread-safe.
MUST_USE struct error *btf_index_all(const struct btf *btf, unsigned threads, struct type_index **index);

// Only the types of these names: equal to picking them from all.
MUST_USE struct error *btf_index_names(const struct btf *btf, const char *const *names, size_t names_count,
                                       struct type_index **index);

#endif
