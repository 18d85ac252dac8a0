// SPDX-License-Identifier: MIT
// What a type's name is to whoever looks for types by a rule.
#ifndef STRATA_TYPE_NAME_FIT_H
#define STRATA_TYPE_NAME_FIT_H

enum name_fit {
    NAME_UNFIT,
    NAME_NEAR, // that there is a type of the name is enough: one of its definitions may stand for all
    NAME_FITS,
};

// Thread-safe.
typedef enum name_fit name_rule(void *context, const char *name);

#endif
