// SPDX-License-Identifier: MIT
// From BTF to type graphs: what build/ is to DWARF.
#ifndef STRATA_BTF_BUILD_H
#define STRATA_BTF_BUILD_H

#include "btf/btf.h"
#include "type/type.h"
#include "type/type_index.h"

// A builder belongs to one thread; several may work on one BTF. Types live until btf_builder_free or
// btf_builder_forget, their names as long as the BTF.
struct btf_builder;

MUST_USE struct error *btf_builder_create(const struct btf *btf, struct btf_builder **builder);
void btf_builder_free(struct btf_builder *builder); // NULL is fine

// The type of the entry and all that it needs. Types behind pointers are built by name only unless something
// else needs them whole; no graph has a cycle by value, since no BTF with one is opened. Type tags are left
// out. Language, alignment, places of declaration are not known. Errors: ERROR_USAGE for an entry of another
// source; memory.
MUST_USE struct error *btf_build(struct btf_builder *builder, const struct type_index_entry *entry,
                                 const struct type **type);

// From now on targets of pointers are left out, as of those to void, and all pointers that types hold are one. Before the first build.
void btf_builder_skip_pointees(struct btf_builder *builder);

// Forgets all types built so far, which frees their memory.
void btf_builder_forget(struct btf_builder *builder);

// What the types built so far take.
size_t btf_builder_graph_bytes(const struct btf_builder *builder);

#endif
