// SPDX-License-Identifier: MIT
// The sizes of all types, and the proof that none of them contains itself.
#ifndef STRATA_BTF_SIZES_H
#define STRATA_BTF_SIZES_H

#include "btf/btf.h"

// Fills btf->sizes_bytes, with pointers as large as btf->address_bytes. ERROR_BAD_FORMAT for a type that
// contains itself, or is a typedef or qualifier of itself: C has none, and the kernel takes none.
MUST_USE struct error *btf_sizes_compute(struct btf *btf);

// As large as the BTF's own `long`, which is as large as a pointer on every Linux; 0: it has none of 4 or 8.
unsigned btf_long_bytes(const struct btf *btf);

#endif
