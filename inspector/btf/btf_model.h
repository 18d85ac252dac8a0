// SPDX-License-Identifier: MIT
// BTF's kinds and encodings in the words of the type model: the only place that knows both.
#ifndef STRATA_BTF_MODEL_H
#define STRATA_BTF_MODEL_H

#include "btf/btf.h"
#include "type/type.h"
#include "type/type_index.h"

// TYPE_OTHER for what is no type (functions, variables, sections, tags).
enum type_kind btf_model_kind(const struct btf_record *record);

// Encoding of a BTF_INT or a BTF_FLOAT.
enum encoding btf_model_encoding(const struct btf_record *record);

// What names a type outside: all types of a BTF are one group.
static inline struct type_id btf_type_id(const struct btf *btf, uint32_t id)
{
    return (struct type_id){btf, id};
}

#endif
