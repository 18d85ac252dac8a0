// SPDX-License-Identifier: MIT
// The only speller of types and declarations.
#ifndef STRATA_TYPE_TYPE_NAME_H
#define STRATA_TYPE_TYPE_NAME_H

#include "base/arena.h"
#include "type/type.h"

// The type's name in its language: "struct list_head *", "int[4][8]", "void (*)(int, char *)", "const ns::T
// &", "[]uint8". C struct, union and enum names carry their keyword; C++, Rust and Go ones do not. An
// anonymous type is "struct {…}", "union {…}". NULL only when memory is short. Names from the file are not
// escaped here: the reports do that.
const char *type_name(const struct type *type, struct arena *arena);

// The keyword of the type's kind: "struct", "class", "union", "enum", "interface", "base", "typedef", ...;
// Rust enums are "enum".
const char *type_kind_word(const struct type *type);

// The declaration of a member as it would stand in source: "char name[16]", "void (*release)(struct kref *)",
// "flags: u32".
const char *type_member_declaration(const struct member *member, const struct type *owner,
                                    struct arena *arena);

#endif
