// SPDX-License-Identifier: MIT
#include "check/compiled_type.h"

void compiled_type_state(struct crosscheck *check, size_t witness, const struct compiled_type *type)
{
    size_t subject = crosscheck_subject(check, type->subject);
    uint64_t used_bytes = 0;
    for (size_t i = 0; i < type->fields_count; i++)
        used_bytes += type->fields[i].size_bytes;
    crosscheck_state(check, subject, witness, NULL, QUANTITY_SIZE, type->size_bytes);
    crosscheck_state(check, subject, witness, NULL, QUANTITY_ALIGN, type->align_bytes);
    crosscheck_state(check, subject, witness, NULL, QUANTITY_PADDING, type->size_bytes - used_bytes);
    for (size_t i = 0; i < type->fields_count; i++) {
        const struct compiled_field *field = &type->fields[i];
        crosscheck_state(check, subject, witness, field->name, QUANTITY_OFFSET, field->offset_bytes);
        crosscheck_state(check, subject, witness, field->name, QUANTITY_FIELD_SIZE, field->size_bytes);
    }
    crosscheck_complete(check, subject, witness);
}
