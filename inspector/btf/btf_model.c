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

// DW_ATE_* (DWARF 5, table 7.11), and the tags of the kinds that an index holds, as long as the model has them.
enum {
    ATE_boolean = 2,
    ATE_float = 4,
    ATE_signed = 5,
    ATE_signed_char = 6,
    ATE_unsigned = 7,
    ATE_unsigned_char = 8
};
enum {
    TAG_enumeration_type = 0x04,
    TAG_structure_type = 0x13,
    TAG_typedef = 0x16,
    TAG_union_type = 0x17,
    TAG_base_type = 0x24
};

uint8_t btf_model_encoding(const struct btf_record *record)
{
    if (btf_kind_of(record) == BTF_FLOAT)
        return ATE_float;
    const uint32_t encoding = btf_int_encoding(btf_word(record, 0));
    if (encoding & BTF_INT_BOOL)
        return ATE_boolean;
    if (encoding & BTF_INT_CHAR)
        return encoding & BTF_INT_SIGNED ? ATE_signed_char : ATE_unsigned_char;
    return encoding & BTF_INT_SIGNED ? ATE_signed : ATE_unsigned;
}

uint8_t btf_model_boolean(void)
{
    return ATE_boolean;
}

void btf_entry_set_type(struct type_index_entry *entry, const struct btf *btf,
                        const struct btf_record *record)
{
    static const uint16_t tags[] = {[TYPE_STRUCT] = TAG_structure_type,
                                    [TYPE_UNION] = TAG_union_type,
                                    [TYPE_ENUM] = TAG_enumeration_type,
                                    [TYPE_BASE] = TAG_base_type,
                                    [TYPE_TYPEDEF] = TAG_typedef};
    entry->die = (struct die_ref){(const void *)btf, record->id};
    entry->tag = tags[btf_model_kind(record)];
}

void btf_type_set_id(struct type *type, const struct btf *btf, uint32_t id)
{
    type->die = (struct die_ref){(const void *)btf, id};
}

uint32_t btf_entry_id(const struct type_index_entry *entry, const struct btf *btf)
{
    const bool is_mine =
        (const void *)entry->die.unit == (const void *)btf && entry->die.offset < btf->end_id;
    return is_mine ? (uint32_t)entry->die.offset : 0;
}
