// BTF's kinds and encodings in the words of the type model: the only place that knows both.
#ifndef STRATA_BTF_MODEL_H
#define STRATA_BTF_MODEL_H

#include "btf/btf.h"
#include "type/type.h"
#include "type/type_index.h"

// TYPE_OTHER for what is no type (functions, variables, sections, tags).
enum type_kind btf_model_kind(const struct btf_record *record);

// Encoding of a BTF_INT or a BTF_FLOAT.
uint8_t btf_model_encoding(const struct btf_record *record);
uint8_t btf_model_boolean(void);

// What names the type: in an entry of an index, and in a graph.
void btf_entry_set_type(struct type_index_entry *entry, const struct btf *btf,
                        const struct btf_record *record);
void btf_type_set_id(struct type *type, const struct btf *btf, uint32_t id);
uint32_t btf_entry_id(const struct type_index_entry *entry, const struct btf *btf); // 0: not of this BTF

#endif
