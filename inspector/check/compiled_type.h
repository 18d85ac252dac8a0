// SPDX-License-Identifier: MIT
// What the compiler of a file made of a type, for the witnesses that hold it against others.
#ifndef STRATA_CHECK_COMPILED_TYPE_H
#define STRATA_CHECK_COMPILED_TYPE_H

#include "base/attributes.h"
#include "check/crosscheck.h"
#include <stddef.h>
#include <stdint.h>

struct compiled_field {
    const char *name;
    uint64_t offset_bytes, size_bytes;
};

struct compiled_type {
    const char *subject;
    uint64_t size_bytes, align_bytes;
    const struct compiled_field *fields;
    size_t fields_count;
};

#define COMPILED_FIELD(type, field)                                                                          \
    {                                                                                                        \
#field, offsetof(struct type, field), sizeof(((struct type *)0)->field)                              \
    }

#define COMPILED_TYPE(name, type, field_array)                                                               \
    {                                                                                                        \
        name, sizeof(struct type), _Alignof(struct type), field_array, ARRAY_LENGTH(field_array)             \
    }

void compiled_type_state(struct crosscheck *check, size_t witness, const struct compiled_type *type);

#endif
