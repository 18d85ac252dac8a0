// SPDX-License-Identifier: MIT
// The AES steps of Go's hash (runtime/asm_amd64.s, aeshash) for a CPU that has the instruction. Inline,
// because a lookup is not much more than its hash.
//
// AESENC is written as assembly, so that the functions around it need no compiler target of their own and
// the same routine can be compiled with and without it.
#ifndef HMAP_AES_H
#define HMAP_AES_H

#include "hmap_internal.h"

// The 0 to 16 bytes at `data` as a zero-padded little-endian pair, without reading a byte beyond them.
static ALWAYS_INLINE void load_short(const void *data, uint64_t size_bytes, uint64_t *low, uint64_t *high)
{
    const uint8_t *bytes = data;
    *low = *high = 0;
    if (size_bytes >= 8) {
        memcpy(low, bytes, 8);
        memcpy(high, bytes + size_bytes - 8, 8);
        // The two reads overlap; what of the second is beyond the first 8 bytes becomes the high half.
        *high = size_bytes == 8 ? 0 : *high >> (8 * (16 - size_bytes));
    } else if (size_bytes >= 4) {
        uint32_t head, tail;
        memcpy(&head, bytes, 4);
        memcpy(&tail, bytes + size_bytes - 4, 4);
        *low = head | (uint64_t)tail << (8 * (size_bytes - 4));
    } else if (size_bytes > 0) {
        *low = bytes[0] | (uint64_t)bytes[size_bytes / 2] << (8 * (size_bytes / 2)) |
               (uint64_t)bytes[size_bytes - 1] << (8 * (size_bytes - 1));
    }
}

#if defined(__x86_64__)
#include <emmintrin.h>

static ALWAYS_INLINE __m128i aes_round(__m128i state, __m128i key)
{
    __asm__("aesenc %1, %0" : "+x"(state) : "x"(key));
    return state;
}

static ALWAYS_INLINE __m128i aes_key(const struct hmap_context *context, unsigned number)
{
    return _mm_load_si128((const __m128i *)(const void *)(context->aes_schedule + (size_t)16 * number));
}

// 4- and 8-byte keys: one block of seed and key, three rounds.
static ALWAYS_INLINE uint64_t aes_hash_word(const struct hmap_context *context, uint64_t word, uint64_t seed)
{
    __m128i state = _mm_set_epi64x((int64_t)word, (int64_t)seed);
    state = aes_round(state, aes_key(context, 0));
    state = aes_round(state, aes_key(context, 1));
    state = aes_round(state, aes_key(context, 2));
    return (uint64_t)_mm_cvtsi128_si64(state);
}

// 1 to 16 bytes, zero-padded, without reading a byte beyond them.
static ALWAYS_INLINE __m128i aes_load_short(const char *data, uint64_t size_bytes)
{
    uint64_t low, high;
    if (LIKELY(size_bytes >= 8)) {
        // Two reads that overlap; what of the second lies beyond the first 8 bytes becomes the high half. (A
        // shift by 64 leaves 0.)
        __m128i head = _mm_loadl_epi64((const __m128i *)(const void *)data);
        __m128i tail = _mm_loadl_epi64((const __m128i *)(const void *)(data + size_bytes - 8));
        tail = _mm_srl_epi64(tail, _mm_cvtsi64_si128((int64_t)(8 * (16 - size_bytes))));
        return _mm_unpacklo_epi64(head, tail);
    }
    load_short(data, size_bytes, &low, &high);
    return _mm_cvtsi64_si128((int64_t)low);
}

// Strings of 1 to 16 bytes. (No bytes at all is another algorithm.)
static ALWAYS_INLINE uint64_t aes_hash_short(const struct hmap_context *context, const char *data,
                                             uint64_t size_bytes, uint64_t seed)
{
    __m128i state = _mm_set_epi64x((int64_t)(size_bytes * UINT64_C(0x0001000100010001)), (int64_t)seed);
    state = _mm_xor_si128(state, aes_key(context, 0));
    state = aes_round(state, state);
    state = _mm_xor_si128(state, aes_load_short(data, size_bytes));
    for (int round = 0; round < 3; round++)
        state = aes_round(state, state);
    return (uint64_t)_mm_cvtsi128_si64(state);
}

#else // the context never says that it has the instruction

static ALWAYS_INLINE uint64_t aes_hash_word(const struct hmap_context *context, uint64_t word, uint64_t seed)
{
    return hmap_memhash_word(context, word, 8, seed);
}

static ALWAYS_INLINE uint64_t aes_hash_short(const struct hmap_context *context, const char *data,
                                             uint64_t size_bytes, uint64_t seed)
{
    return hmap_memhash(context, data, size_bytes, seed);
}

#endif

#endif
