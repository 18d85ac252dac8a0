// SPDX-License-Identifier: MIT
// Atomic types: which rule the compiler that wrote the unit has for those of odd sizes.

#include "build/type_builder.h"
#include "dwarf/constants.h"

#include <elf.h>
#include <string.h>

static enum atomic_rule rule_of_producer(const char *producer)
{
    if (producer && strstr(producer, "clang version "))
        return ATOMIC_PADDED;
    return producer && strncmp(producer, "GNU C", 5) == 0 ? ATOMIC_AS_IS : ATOMIC_OPEN;
}

struct error *atomic_fill(struct type_builder *builder, struct type *type)
{
    const struct unit *unit = die_ref_of(type->id).unit;
    const struct unit_table *table = unit->table;
    if (unit->unit_type == UT_type) { // does not say who wrote it, but those around it do
        if (!table->units_count || table->units[0].unit_type == UT_type)
            return NULL;
        unit = &table->units[0];
    }
    struct die root;
    RETURN_IF_ERROR(
        die_reader_read(builder->reader, (struct die_ref){unit, unit->die_offset}, &builder->scratch, &root));
    type->atomic_rule = rule_of_producer(attribute_text(die_attribute(&root, AT_producer)));
    return NULL;
}

// clang pads what is no wider than its target's MaxAtomicPromoteWidth (clang/lib/Basic/Targets), which has changed
// between releases: in bytes, the least and the most that it can be.
struct promoted {
    uint64_t least_bytes, most_bytes;
};

static struct promoted promoted_bytes(const struct type *type)
{
    const struct unit *unit = die_ref_of(type->id).unit;
    switch (unit->table->object->elf_machine) {
    case EM_X86_64:
    case EM_AARCH64:
    case EM_RISCV:
        return (struct promoted){16, 16};
    case EM_386:
    case EM_ARM:
        return (struct promoted){8, 8};
    case EM_PPC64:
    case EM_S390:
        return (struct promoted){8, 16};
    case EM_MIPS:
        return (struct promoted){4, 16};
    default:
        return (struct promoted){0, 16};
    }
}

static void set_size(struct type *type, uint64_t size_bytes, enum atomic_rule rule)
{
    type->atomic_rule = rule;
    type->size_known = rule != ATOMIC_OPEN;
    type->size_bytes = type->size_known ? size_bytes : 0;
    type->size_bits = 8 * type->size_bytes;
}

void atomic_finish(struct type *type)
{
    if (type->atomic_rule != ATOMIC_PADDED || !type->size_known || !type->size_bytes ||
        type->size_bytes > 16 || !(type->size_bytes & (type->size_bytes - 1)))
        return;
    const struct promoted promoted = promoted_bytes(type);
    uint64_t bytes = 1;
    while (bytes < type->size_bytes)
        bytes *= 2;
    if (type->size_bytes <= promoted.least_bytes)
        set_size(type, bytes, ATOMIC_PADDED);
    else if (type->size_bytes > promoted.most_bytes)
        set_size(type, type->size_bytes, ATOMIC_AS_IS);
    else
        set_size(type, 0, ATOMIC_OPEN);
}
