// From DIEs to type graphs.
#ifndef STRATA_TYPE_TYPE_BUILD_H
#define STRATA_TYPE_TYPE_BUILD_H

#include "base/arena.h"
#include "base/error.h"
#include "dwarf/type_index.h"
#include "type/type.h"

// A builder belongs to one thread; several may work on one table. Types live until type_builder_free.
struct type_builder;

MUST_USE struct error *type_builder_create(const struct unit_table *table, struct type_builder **builder);
void type_builder_free(struct type_builder *builder); // NULL is fine

// The type at `entry`'s first definition and all that it needs: members, their types and so on, each DIE
// built once a builder. Cycles are fine (a list node); a hostile cycle by value ends as a type whose size is
// not known. Types behind pointers are built by name only (kind, name, is_declaration) unless something else
// needs them whole. Fails with ERROR_BAD_FORMAT when the DIE cannot be read; later calls still work.
MUST_USE struct error *type_build(struct type_builder *builder, const struct type_index_entry *entry,
                                  const struct type **type);

#endif
