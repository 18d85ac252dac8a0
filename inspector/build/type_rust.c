// SPDX-License-Identifier: MIT
// Rust: what depends on the release of rustc that wrote the unit.

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "type/language.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

// The N of "clang LLVM (rustc version 1.N.0)"; 0: another compiler, or it does not say.
static unsigned long minor_release(const char *producer)
{
    static const char before[] = "rustc version 1.";
    const char *found = producer ? strstr(producer, before) : NULL;
    return found ? strtoul(found + strlen(before), NULL, 10) : 0;
}

// Since 1.77 i128 and u128 align as __int128 does in C. Before, on x86-64, they had what LLVM gave them then: 8
// (the Rust blog of 30 March 2024 on the layout of 128-bit integers).
struct error *rust_integer_fill(struct type_builder *builder, struct type *type)
{
    const struct unit *unit = die_ref_of(type->id).unit;
    if (language_family(unit->language) != FAMILY_RUST || type->size_bytes != 16 ||
        unit->table->object->elf_machine != EM_X86_64)
        return NULL;
    struct die root;
    RETURN_IF_ERROR(
        die_reader_read(builder->reader, (struct die_ref){unit, unit->die_offset}, &builder->scratch, &root));
    const unsigned long minor = minor_release(attribute_text(die_attribute(&root, AT_producer)));
    if (minor && minor < 77)
        type->wide_align_bytes = 8;
    return NULL;
}
