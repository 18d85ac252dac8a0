// SPDX-License-Identifier: MIT
// Types' names as source that compiles. Private to pack_source.c.
#ifndef STRATA_LAYOUT_PACK_SPELL_H
#define STRATA_LAYOUT_PACK_SPELL_H

#include "base/arena.h"
#include "type/type.h"

// The text of a member's declaration in C or C++ with complex types as C spells them. NULL: memory is short.
// *is_told is cleared where a type's name does not tell it: clang 14's _BitInt.
const char *pack_spell_c(const struct member *member, const char *text, struct arena *arena, bool *is_told);

// The text of a Rust type or declaration with the public paths of the standard library, without parameters
// that are not stable, with lifetimes and traits of functions as source has them. NULL: memory is short.
// *is_told is cleared where something cannot be spelled: private types, other crates, closures.
const char *pack_spell_rust(const char *text, struct arena *arena, bool *is_told);

#endif
