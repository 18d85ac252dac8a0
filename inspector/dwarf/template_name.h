// SPDX-License-Identifier: MIT
// Names of templates' instances, put together where the debug information leaves the arguments out.
//
//     clang -gsimple-template-names:   DW_TAG_structure_type  DW_AT_name "Ring"          "Ring<double, 3>"
//                                        DW_TAG_template_type_parameter   double     ─►
//                                        DW_TAG_template_value_parameter  int 3
//
// They are spelled as clang spells them without the option. It leaves out only arguments that can be spelled
// from the debug information, and writes the parameters before all other children.
#ifndef STRATA_DWARF_TEMPLATE_NAME_H
#define STRATA_DWARF_TEMPLATE_NAME_H

#include "dwarf/constants.h"
#include "dwarf/die_children.h"
#include "dwarf/die_reader.h"

// Longer names are left as they stand: in a hostile file they would double with each template.
// So does the work of spelling them.
enum { TEMPLATE_NAME_BYTES_MOST = 16 << 10, TEMPLATE_NAME_READS_MOST = 4096 };

// Whether the DIE of that abbrev, whose values end at `behind`, may have a name without its arguments: what
// is left to ask is template_name_is_full. Cheap, but for functions, which have their parameters first.
static inline bool has_template_parameters(const struct unit_view *view, const struct abbrev *abbrev,
                                           const uint8_t *behind)
{
    if (LIKELY(!view->abbrevs->has_template_parameters))
        return false;
    if (abbrev->role == ROLE_FUNCTION)
        return lists_template_parameter(view, abbrev, behind);
    const struct abbrev *first = first_child_abbrev(view, abbrev, behind);
    return first && tag_is_template_parameter(first->tag);
}

// Whether the name has its arguments already: all compilers but one, and arguments that cannot be spelled.
bool template_name_is_full(const char *name);

// Languages whose compilers leave arguments out.
bool template_names_may_be_short(enum language language);

// The name of the template's instance at `ref`, without the scopes around it, in the arena. *full is NULL
// when it has no name, is no instance, has its arguments already, or cannot be spelled: it is called as it
// stands then. Reads at most *reads_left DIEs, never more than TEMPLATE_NAME_READS_MOST, and
// counts them off. Fails only when memory is short.
MUST_USE struct error *template_name(struct die_reader *reader, struct die_ref ref, struct arena *arena,
                                     uint64_t *reads_left, const char **full);

#endif
