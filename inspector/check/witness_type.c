// SPDX-License-Identifier: MIT
// The witness that reads debug information: of the running executable, and of any other program.
#include "check/witnesses.h"

#include <string.h>

static const char *field_alias(const char *subject, const char *field)
{
    // bucket<K,V> of Go's linker says "values"; map.bucket[K]V of its compiler says "topbits".
    if (!strncmp(subject, "bucket ", 7) && !strcmp(field, "values"))
        return "elems";
    if (!strncmp(subject, "bucket ", 7) && !strcmp(field, "topbits"))
        return "tophash";
    return field;
}

struct error *witness_type(struct crosscheck *check, size_t witness, const char *subject_name,
                           const struct type *type, struct layouter *layouter)
{
    const struct layout *layout;
    type = type_strip(type);
    RETURN_IF_ERROR(layout_compute(layouter, type, &layout));
    size_t subject = crosscheck_subject(check, subject_name);
    if (type->size_known)
        crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, type->size_bytes);
    if (layout->align.bytes)
        crosscheck_state(check, subject, witness, NULL, QUANTITY_ALIGN, layout->align.bytes);
    if (layout->size_known)
        crosscheck_state(check, subject, witness, NULL, QUANTITY_PADDING,
                         bits_to_bytes(layout->own_waste_bits));
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (!member->name)
            continue;
        const char *field = field_alias(subject_name, member->name);
        if (member->offset_known)
            crosscheck_state(check, subject, witness, field, QUANTITY_OFFSET, member->offset_bits / 8);
        if (member->size_known)
            crosscheck_state(check, subject, witness, field, QUANTITY_FIELD_SIZE, member->size_bits / 8);
    }
    crosscheck_complete(check, subject, witness);
    return NULL;
}
