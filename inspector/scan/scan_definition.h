// SPDX-License-Identifier: MIT
// Definitions on their way into the table. Internal to scan_*.c.
#ifndef STRATA_SCAN_SCAN_DEFINITION_H
#define STRATA_SCAN_SCAN_DEFINITION_H

#include "scan/scan_unit.h"

// A definition on its way into the table: the record, called `name_id` in the scope of `namer`, which is the
// record itself, or the typedef or the variable that gives an anonymous type its name.
struct definition {
    uint32_t index, namer;
    uint64_t name_id;
    const char *full; // the name with the template arguments that the unit leaves out; NULL: it has all
    uint64_t identity;
    struct type_shape shape;
    const char *qualified; // NULL: not put together yet
    bool is_named_apart;   // in another unit
};

// Does a wanted name end in the text, which stands in the unit at that text_id? Cheap enough to ask before a qualified name is put
// together. Fails when memory is short.
MUST_USE struct error *name_may_be_wanted(struct scanner *scanner, const struct unit *unit, const char *name,
                                          uint64_t id, bool *may_be);

// Is it called by a wanted name? Puts the qualified name together for that. Fails when memory is short.
MUST_USE struct error *definition_is_wanted(struct scanner *scanner, const struct unit_view *view,
                                            struct definition *definition, bool *wanted);

// Puts the qualified name together unless it is. False when memory is short; definition->qualified is NULL then.
bool definition_qualify(struct scanner *scanner, const struct unit_view *view, struct definition *definition);

// Computes shape and identity of a definition of the unit, which the hasher has entered.
void definition_identify(struct scanner *scanner, const struct unit_view *view,
                         struct definition *definition);

// Adds it to the table, or counts one more copy. Fails when memory is short.
MUST_USE struct error *definition_add(struct scanner *scanner, const struct unit_view *view,
                                      struct definition *definition);

#endif
