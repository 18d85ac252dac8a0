// SPDX-License-Identifier: MIT
#include "scan/byte_search.h"

#include "base/vec.h"
#include "dwarf/die_decode.h"
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define HAS_SSSE3_CODE 1
#endif

// The next place at or behind `from` that begins with the text's first two bytes (its only one); `end` when
// there is none.
static const uint8_t *find_start(const uint8_t *from, const uint8_t *end, const uint8_t *text, size_t length)
{
    if (length == 1) {
        const uint8_t *found = memchr(from, text[0], (size_t)(end - from));
        return found ? found : end;
    }
#ifdef __SSE2__
    const __m128i first = _mm_set1_epi8((char)text[0]), second = _mm_set1_epi8((char)text[1]);
    for (; end - from >= 17; from += 16) {
        __m128i a = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)from), first);
        __m128i b = _mm_cmpeq_epi8(_mm_loadu_si128((const __m128i *)(const void *)(from + 1)), second);
        unsigned mask = (unsigned)_mm_movemask_epi8(_mm_and_si128(a, b));
        if (mask)
            return from + __builtin_ctz(mask);
    }
#endif
    for (; end - from >= 2; from++)
        if (from[0] == text[0] && from[1] == text[1])
            return from;
    return end;
}

const uint8_t *text_search(const uint8_t *from, const uint8_t *end, const uint8_t *text, size_t length)
{
    for (;; from++) {
        from = find_start(from, end, text, length);
        if ((size_t)(end - from) < length)
            return NULL;
        if (memcmp(from, text, length) == 0)
            return from;
    }
}

// The offsets of one top byte. Bit b of low[0][h]: bucket b holds an offset whose lowest byte has h in its
// low half.
struct bucket_tables {
    uint8_t top;
    uint8_t low[2][16], high[2][16]; // of the lowest byte, and of the second
};

enum { LOW_HALVES_WORDS = (1 << 16) / 64, TABLES_MOST = 256 };
// So many are compared one by one. A program of ten thousand .dwo files has as many sets, each of a few numbers, and the bits of
// low_halves would take more memory than the files.
enum { NUMBERS_FEW = 8 };

struct number_set {
    bool big_endian;
    bool has_ssse3;
    uint64_t *low_halves;         // bit n: the low 16 bits of an offset are n; NULL where there are few
    struct bucket_tables *tables; // in the order in which the top bytes came up
    unsigned tables_count;
    size_t count;
    uint32_t numbers[]; // ascending
};

static int number_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

static struct bucket_tables *tables_of(struct number_set *set, uint8_t top)
{
    for (unsigned i = 0; i < set->tables_count; i++)
        if (set->tables[i].top == top)
            return &set->tables[i];
    set->tables[set->tables_count].top = top;
    return &set->tables[set->tables_count++];
}

static void set_add(struct number_set *set, uint32_t number)
{
    struct bucket_tables *tables = tables_of(set, (uint8_t)(number >> 24));
    // Numbers that share a lowest byte share a bucket: that keeps the tables of each bucket narrow.
    const uint8_t bucket = (uint8_t)(1u << (number & 7));
    for (unsigned i = 0; i < 2; i++) {
        tables->low[i][number >> 8 * i & 0xf] |= bucket;
        tables->high[i][number >> (8 * i + 4) & 0xf] |= bucket;
    }
    if (set->low_halves)
        set->low_halves[(number & 0xffff) / 64] |= UINT64_C(1) << number % 64;
    set->numbers[set->count++] = number;
}

struct number_set *number_set_create(const uint64_t *offsets, size_t count, bool big_endian)
{
    const size_t tables_count = count < TABLES_MOST ? count : TABLES_MOST;
    struct number_set *set = calloc(1, sizeof(*set) + count * sizeof(*set->numbers));
    if (!set)
        return NULL;
    set->tables = calloc(tables_count + 1, sizeof(*set->tables));
    if (count > NUMBERS_FEW)
        set->low_halves = calloc(LOW_HALVES_WORDS, sizeof(*set->low_halves));
    if (!set->tables || (count > NUMBERS_FEW && !set->low_halves)) {
        number_set_free(set);
        return NULL;
    }
    set->big_endian = big_endian;
#ifdef HAS_SSSE3_CODE
    set->has_ssse3 = __builtin_cpu_supports("ssse3");
#endif
    for (size_t i = 0; i < count; i++)
        set_add(set, (uint32_t)offsets[i]);
    qsort(set->numbers, set->count, sizeof(*set->numbers), number_compare);
    return set;
}

void number_set_free(struct number_set *set)
{
    if (!set)
        return;
    free(set->low_halves);
    free(set->tables);
    free(set);
}

static NOINLINE bool set_holds(const struct number_set *set, uint32_t number)
{
    return bsearch(&number, set->numbers, set->count, sizeof(number), number_compare) != NULL;
}

static inline bool starts_number(const struct number_set *set, const uint8_t *p)
{
    const uint32_t number = (uint32_t)load_u32(p, set->big_endian);
    if (!set->low_halves) {
        for (size_t i = 0; i < set->count; i++)
            if (set->numbers[i] == number)
                return true;
        return false;
    }
    return UNLIKELY(set->low_halves[(number & 0xffff) / 64] >> number % 64 & 1) && set_holds(set, number);
}

static bool positions_add(struct positions *positions, const uint8_t *p, const uint8_t *base)
{
    return vec_push(positions, (uint32_t)(p - base));
}

#ifdef HAS_SSSE3_CODE
// In which buckets do these sixteen bytes occur?
__attribute__((target("ssse3"))) static inline __m128i buckets_of(__m128i bytes, __m128i low, __m128i high)
{
    const __m128i half = _mm_set1_epi8(0xf);
    return _mm_and_si128(_mm_shuffle_epi8(low, _mm_and_si128(bytes, half)),
                         _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
}

static inline __m128i load_16(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

// Judges [*p, limit) sixteen positions at a time and moves *p behind what it judged.
__attribute__((target("ssse3"))) static bool search_16(const struct number_set *set,
                                                       const struct bucket_tables *tables, const uint8_t **p,
                                                       const uint8_t *limit, const uint8_t *base,
                                                       struct positions *positions)
{
    const unsigned at[3] = {set->big_endian ? 3 : 0, set->big_endian ? 2 : 1, set->big_endian ? 0 : 3};
    const __m128i low0 = load_16(tables->low[0]), high0 = load_16(tables->high[0]);
    const __m128i low1 = load_16(tables->low[1]), high1 = load_16(tables->high[1]);
    const __m128i top = _mm_set1_epi8((char)tables->top), none = _mm_setzero_si128();
    for (; limit - *p >= 16; *p += 16) {
        const __m128i buckets = _mm_and_si128(buckets_of(load_16(*p + at[0]), low0, high0),
                                              buckets_of(load_16(*p + at[1]), low1, high1));
        const __m128i fits =
            _mm_andnot_si128(_mm_cmpeq_epi8(buckets, none), _mm_cmpeq_epi8(load_16(*p + at[2]), top));
        for (unsigned mask = (unsigned)_mm_movemask_epi8(fits); mask; mask &= mask - 1) {
            const uint8_t *found = *p + __builtin_ctz(mask);
            if (starts_number(set, found) && !positions_add(positions, found, base))
                return false;
        }
    }
    return true;
}
#endif

bool number_set_search(const struct number_set *set, const uint8_t *from, const uint8_t *to,
                       const uint8_t *end, const uint8_t *base, struct positions *positions)
{
    if (end - from < 4)
        return true;
    const uint8_t *const limit = end - to < 3 ? end - 3 : to;
    for (unsigned i = 0; i < set->tables_count; i++) {
        const uint8_t *p = from;
#ifdef HAS_SSSE3_CODE
        if (set->has_ssse3 && !search_16(set, &set->tables[i], &p, limit, base, positions))
            return false;
#endif
        for (; p < limit; p++)
            if (p[set->big_endian ? 0 : 3] == set->tables[i].top && starts_number(set, p) &&
                !positions_add(positions, p, base))
                return false;
    }
    return true;
}
