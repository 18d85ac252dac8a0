// SPDX-License-Identifier: MIT
// A BTF put together record by record, in either byte order: for what no compiler would write.
#ifndef STRATA_TESTS_BTF_ASSEMBLER_H
#define STRATA_TESTS_BTF_ASSEMBLER_H

#include "base/vec.h"
#include "btf/btf_format.h"
#include "cmocka_all.h"

#include <string.h>

struct btf_assembler {
    VEC(uint32_t) words;
    VEC(char) strings;
    uint32_t first_id, count; // the next record has the number first_id + count
    uint32_t strings_first;   // of a split BTF: where its base's strings end
    bool is_foreign;          // to be written in the other byte order
};

struct assembled {
    uint8_t *data;
    size_t size_bytes;
};

static inline void assembled_free_at(struct assembled *assembled)
{
    free(assembled->data);
}

static inline struct btf_assembler btf_assembler_begin(void)
{
    struct btf_assembler as = {.first_id = 1};
    assert_true(vec_push(&as.strings, '\0'));
    return as;
}

// A split BTF, to continue `base`.
static inline struct btf_assembler btf_assembler_continue(const struct btf_assembler *base)
{
    return (struct btf_assembler){.first_id = base->first_id + base->count,
                                  .strings_first = (uint32_t)base->strings.length,
                                  .is_foreign = base->is_foreign};
}

static inline void btf_assembler_free_at(struct btf_assembler *as)
{
    vec_free(&as->words);
    vec_free(&as->strings);
}

static inline uint32_t btf_put_text(struct btf_assembler *as, const char *text)
{
    if (!*text)
        return 0;
    const uint32_t offset = as->strings_first + (uint32_t)as->strings.length;
    do
        assert_true(vec_push(&as->strings, *text));
    while (*text++);
    return offset;
}

static inline void btf_put_word(struct btf_assembler *as, uint32_t word)
{
    assert_true(vec_push(&as->words, word));
}

// A record's first three words; what the kind adds follows. Returns its number.
static inline uint32_t btf_put(struct btf_assembler *as, const char *name, enum btf_kind kind, bool flag,
                               uint32_t vlen, uint32_t size_or_type)
{
    const uint32_t offset = btf_put_text(as, name);
    btf_put_word(as, offset);
    btf_put_word(as, (uint32_t)flag << 31 | (uint32_t)kind << 24 | vlen);
    btf_put_word(as, size_or_type);
    return as->first_id + as->count++;
}

// A member, or a parameter's first two words, or an enumerator.
static inline void btf_put_pair(struct btf_assembler *as, const char *name, uint32_t word)
{
    const uint32_t offset = btf_put_text(as, name);
    btf_put_word(as, offset);
    btf_put_word(as, word);
}

static inline void btf_put_member(struct btf_assembler *as, const char *name, uint32_t type, uint32_t place)
{
    btf_put_pair(as, name, type);
    btf_put_word(as, place);
}

static inline uint32_t btf_put_int_bits(struct btf_assembler *as, const char *name, uint32_t size_bytes,
                                        uint32_t encoding, uint32_t offset_bits, uint32_t size_bits)
{
    const uint32_t id = btf_put(as, name, BTF_INT, false, 0, size_bytes);
    btf_put_word(as, encoding << 24 | offset_bits << 16 | size_bits);
    return id;
}

static inline uint32_t btf_put_int(struct btf_assembler *as, const char *name, uint32_t size_bytes)
{
    return btf_put_int_bits(as, name, size_bytes, BTF_INT_SIGNED, 0, size_bytes * 8);
}

static inline uint32_t btf_put_array(struct btf_assembler *as, uint32_t element, uint32_t index_type,
                                     uint32_t count)
{
    const uint32_t id = btf_put(as, "", BTF_ARRAY, false, 0, 0);
    btf_put_word(as, element);
    btf_put_word(as, index_type);
    btf_put_word(as, count);
    return id;
}

static inline uint32_t btf_put_derived(struct btf_assembler *as, enum btf_kind kind, uint32_t target)
{
    return btf_put(as, "", kind, false, 0, target);
}

static inline void put_turned(uint8_t *at, uint32_t value, bool is_foreign)
{
    if (is_foreign)
        value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof(value));
}

// The whole file. The caller's to free.
static inline struct assembled btf_assembler_finish(const struct btf_assembler *as)
{
    const size_t types_bytes = as->words.length * sizeof(uint32_t);
    struct assembled out = {.size_bytes = BTF_HEADER_BYTES + types_bytes + as->strings.length};
    out.data = malloc(out.size_bytes);
    assert_non_null(out.data);
    uint16_t magic = as->is_foreign ? BTF_MAGIC_SWAPPED : BTF_MAGIC;
    memcpy(out.data, &magic, sizeof(magic));
    out.data[2] = BTF_VERSION;
    out.data[3] = 0;
    const uint32_t header[] = {BTF_HEADER_BYTES, 0, (uint32_t)types_bytes, (uint32_t)types_bytes,
                               (uint32_t)as->strings.length};
    for (size_t i = 0; i < sizeof(header) / sizeof(header[0]); i++)
        put_turned(out.data + 4 + 4 * i, header[i], as->is_foreign);
    for (size_t i = 0; i < as->words.length; i++)
        put_turned(out.data + BTF_HEADER_BYTES + 4 * i, as->words.data[i], as->is_foreign);
    if (as->strings.length)
        memcpy(out.data + BTF_HEADER_BYTES + types_bytes, as->strings.data, as->strings.length);
    return out;
}

#endif
