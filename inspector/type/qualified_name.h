// SPDX-License-Identifier: MIT
// The parts of qualified names, as they stand in a type index.
#ifndef STRATA_TYPE_QUALIFIED_NAME_H
#define STRATA_TYPE_QUALIFIED_NAME_H

// What stands between the parts: "::" of C++, Rust and most others; "." and "/" of Go's packages.
enum name_separators { NAME_SCOPES = 1, NAME_PACKAGES = 2, NAME_ANY = NAME_SCOPES | NAME_PACKAGES };

// Where the last part begins: "T<a::b>" of "ns::T<a::b>". Separators within <>, (), [] and {} do not count.
const char *name_last_part(const char *qualified, enum name_separators separators);

#endif
