// SPDX-License-Identifier: MIT
// From DIEs to type graphs.
#ifndef STRATA_BUILD_TYPE_BUILD_H
#define STRATA_BUILD_TYPE_BUILD_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/unit.h"
#include "type/type.h"
#include "type/type_index.h"

// A builder belongs to one thread; several may work on one table. Types live until type_builder_free.
struct type_builder;

MUST_USE struct error *type_builder_create(const struct unit_table *table, struct type_builder **builder);
void type_builder_free(struct type_builder *builder); // NULL is fine

// The type at `entry`'s first definition and all that it needs: members, their types and so on, each DIE
// built once a builder. Cycles are fine (a list node); on a hostile cycle by value (a struct inside itself)
// each member that closes the cycle is of a type without content, by_name_only, size not known. So members,
// targets (but a pointer's) and variants can be followed without end only in files of endless length. Types
// behind pointers are by_name_only: what their own DIE says, but no members and no file. The result, and all
// that it leads to, is a function of the entry alone: what was built before does not change it. Fails with
// ERROR_BAD_FORMAT when the DIE cannot be read; later calls still work.
MUST_USE struct error *type_build(struct type_builder *builder, const struct type_index_entry *entry,
                                  const struct type **type);

// Forgets all types built so far, which frees their memory, and keeps what makes reading fast. For long runs:
// a unit's types, then the next unit's.
void type_builder_forget(struct type_builder *builder);

// What the types built so far take: a measure of what building them again would cost.
size_t type_builder_graph_bytes(const struct type_builder *builder);

// For layouts alone: in the place of what pointers of C and C++ point to, and functions take and return, stands a type without content.
void type_builder_skip_pointees(struct type_builder *builder);
// Nor does anybody ask what the parts of types of C and C++ are called: their sizes and places do not depend on that. A type that is
// asked for has the name of its entry; what it holds by value has one without its scopes and template arguments. To spell what is never
// shown costs reading each unit for its scopes.
// To be called behind type_builder_use_index; does nothing where the index is not of a valid file.
void type_builder_skip_names(struct type_builder *builder);

// An index of the whole object, borrowed, spares the builder searches of the file: it is where a class that a
// unit only declares (clang puts the definition where the vtable goes) is looked up by name. From it the builder
// also knows that units need not be validated again.
void type_builder_use_index(struct type_builder *builder, const struct type_index *index);

#endif
