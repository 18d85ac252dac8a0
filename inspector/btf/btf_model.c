// SPDX-License-Identifier: MIT
#include "btf/btf_model.h"

enum type_kind btf_model_kind(const struct btf_record *record)
{
    switch (btf_kind_of(record)) {
    case BTF_INT:
    case BTF_FLOAT:
        return TYPE_BASE;
    case BTF_PTR:
        return TYPE_POINTER;
    case BTF_ARRAY:
        return TYPE_ARRAY;
    case BTF_STRUCT:
        return TYPE_STRUCT;
    case BTF_UNION:
        return TYPE_UNION;
    case BTF_FWD:
        return btf_info_flag(record->info) ? TYPE_UNION : TYPE_STRUCT;
    case BTF_ENUM:
    case BTF_ENUM64:
        return TYPE_ENUM;
    case BTF_TYPEDEF:
        return TYPE_TYPEDEF;
    case BTF_VOLATILE:
        return TYPE_VOLATILE;
    case BTF_CONST:
        return TYPE_CONST;
    case BTF_RESTRICT:
        return TYPE_RESTRICT;
    case BTF_FUNC_PROTO:
        return TYPE_FUNCTION;
    default:
        return TYPE_OTHER;
    }
}

enum encoding btf_model_encoding(const struct btf_record *record)
{
    if (btf_kind_of(record) == BTF_FLOAT)
        return ENCODING_FLOAT;
    const uint32_t encoding = btf_int_encoding(btf_word(record, 0));
    if (encoding & BTF_INT_BOOL)
        return ENCODING_BOOLEAN;
    if (encoding & BTF_INT_CHAR)
        return encoding & BTF_INT_SIGNED ? ENCODING_SIGNED_CHARACTER : ENCODING_UNSIGNED_CHARACTER;
    return encoding & BTF_INT_SIGNED ? ENCODING_SIGNED : ENCODING_UNSIGNED;
}
