// SPDX-License-Identifier: MIT
#include "type/type.h"

enum { STRIP_STEPS_MOST = 64 };

const struct type *type_strip(const struct type *type)
{
    for (int steps = 0; steps < STRIP_STEPS_MOST; steps++) {
        switch (type->kind) {
        case TYPE_TYPEDEF:
        case TYPE_CONST:
        case TYPE_VOLATILE:
        case TYPE_RESTRICT:
        case TYPE_ATOMIC:
            if (!type->target)
                return type;
            type = type->target;
            break;
        default:
            return type;
        }
    }
    return type;
}
