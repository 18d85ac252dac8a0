// SPDX-License-Identifier: MIT
#include "btf/btf.h"

#include <stdlib.h>

uint32_t btf_references_count(const struct btf_record *record)
{
    switch (btf_kind_of(record)) {
    case BTF_STRUCT:
    case BTF_UNION:
        return btf_vlen(record);
    case BTF_FUNC_PROTO:
        return 1 + btf_vlen(record);
    case BTF_PTR:
    case BTF_ARRAY:
    case BTF_TYPEDEF:
    case BTF_VOLATILE:
    case BTF_CONST:
    case BTF_RESTRICT:
    case BTF_TYPE_TAG:
        return 1;
    default: // numbers, enumerations; what is no type at all
        return 0;
    }
}

uint32_t btf_skip_tags(const struct btf *btf, uint32_t id)
{
    for (int steps = 0; id > 0; steps++) {
        const struct btf_record record = btf_record(btf, id);
        if (btf_kind_of(&record) != BTF_TYPE_TAG)
            break;
        if (steps == BTF_TAGS_MOST)
            return btf->end_id;
        id = record.size_or_type;
    }
    return id;
}

uint32_t btf_strip(const struct btf *btf, uint32_t id)
{
    enum { STEPS_MOST = 64 };
    for (int steps = 0; id > 0 && steps < STEPS_MOST; steps++) {
        const struct btf_record record = btf_record(btf, id);
        switch (btf_kind_of(&record)) {
        case BTF_TYPEDEF:
        case BTF_VOLATILE:
        case BTF_CONST:
        case BTF_RESTRICT:
        case BTF_TYPE_TAG:
            id = record.size_or_type;
            break;
        default:
            return id;
        }
    }
    return id;
}
