// SPDX-License-Identifier: MIT
#include "scan/byte_search.h"

#include "base/vec.h"
#include "dwarf/die_decode.h"
#include <stdlib.h>
#include <string.h>
#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#define HAS_X86_CODE 1
#endif

#ifdef HAS_X86_CODE
enum { AVX2_LEAST = 256 }; // fewer bytes are not worth the question whether the processor can

#define VBMI __attribute__((target("avx512f,avx512bw,avx512vbmi")))

static inline bool has_vbmi(void)
{
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
}

VBMI static inline __m512i load_64(const uint8_t *p)
{
    return _mm512_loadu_si512((const void *)p);
}

// Which of sixty-four positions have `first` at p and `second` at q?
VBMI static inline __mmask64 equal_64(const uint8_t *p, __m512i first, const uint8_t *q, __m512i second)
{
    return _mm512_mask_cmpeq_epi8_mask(_mm512_cmpeq_epi8_mask(load_64(p), first), load_64(q), second);
}

// The next place that begins with the text's first two bytes, or one from which fewer than 65 bytes are left.
VBMI static const uint8_t *find_start_64(const uint8_t *from, const uint8_t *end, const uint8_t *text)
{
    const __m512i first = _mm512_set1_epi8((char)text[0]), second = _mm512_set1_epi8((char)text[1]);
    for (; end - from >= 65; from += 64) {
        const __mmask64 fits = equal_64(from, first, from + 1, second);
        if (fits)
            return from + __builtin_ctzll(fits);
    }
    return from;
}

static inline __attribute__((target("avx2"))) __m256i load_32(const uint8_t *p)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

// The next place that begins with the text's first two bytes, or one from which fewer than 33 bytes are left.
static __attribute__((target("avx2"))) const uint8_t *find_start_32(const uint8_t *from, const uint8_t *end,
                                                                    const uint8_t *text)
{
    const __m256i first = _mm256_set1_epi8((char)text[0]), second = _mm256_set1_epi8((char)text[1]);
    for (; end - from >= 65; from += 64) { // nearly everywhere there is nothing: two steps are one question
        const __m256i here = _mm256_and_si256(_mm256_cmpeq_epi8(load_32(from), first),
                                              _mm256_cmpeq_epi8(load_32(from + 1), second));
        const __m256i there = _mm256_and_si256(_mm256_cmpeq_epi8(load_32(from + 32), first),
                                               _mm256_cmpeq_epi8(load_32(from + 33), second));
        const __m256i either = _mm256_or_si256(here, there);
        if (!_mm256_testz_si256(either, either))
            break;
    }
    for (; end - from >= 33; from += 32) {
        const __m256i fits = _mm256_and_si256(_mm256_cmpeq_epi8(load_32(from), first),
                                              _mm256_cmpeq_epi8(load_32(from + 1), second));
        const unsigned mask = (unsigned)_mm256_movemask_epi8(fits);
        if (mask)
            return from + __builtin_ctz(mask);
    }
    return from;
}
#endif

// The next place at or behind `from` that begins with the text's first two bytes (its only one); `end` when
// there is none.
static const uint8_t *find_start(const uint8_t *from, const uint8_t *end, const uint8_t *text, size_t length)
{
    if (length == 1) {
        const uint8_t *found = memchr(from, text[0], (size_t)(end - from));
        return found ? found : end;
    }
#ifdef HAS_X86_CODE
    if (end - from >= AVX2_LEAST && has_vbmi()) {
        from = find_start_64(from, end, text);
        if (end - from >= 65)
            return from;
    }
    if (end - from >= AVX2_LEAST && __builtin_cpu_supports("avx2")) {
        from = find_start_32(from, end, text);
        if (end - from >= 33)
            return from;
    }
#endif
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

enum { TABLE_BYTES = 3, BUCKETS = 8 };

// The offsets of one top byte. Bit b of low[0][h]: bucket b holds an offset whose lowest byte has h in its
// low half.
struct bucket_tables {
    uint8_t top;
    // Two of the three bytes are looked at where these alone tell most positions apart, as those of few numbers do; all three, and
    // the top byte, else.
    bool by_two;
    uint8_t two[2];
    size_t first, behind;                                // of the numbers
    uint8_t low[TABLE_BYTES][16], high[TABLE_BYTES][16]; // of the lowest byte, the second and the third
};

enum { LOW_HALVES_WORDS = (1 << 16) / 64, TABLES_MOST = 256 };
// So many are compared one by one. A program of ten thousand .dwo files has as many sets, each of a few numbers, and the bits of
// low_halves would take more memory than the files.
enum { NUMBERS_FEW = 8 };

// Of processors with AVX-512 VBMI, which look up sixty-four bytes in a table of sixty-four. A probe asks of two bytes of a number: bit
// `y & 7` of table[x & 63], of numbers that are in the set it is 1. Several together pass few others: with two hundred
// numbers three positions in a thousand.
enum { PROBE_BYTES = 64 };

enum probe {
    PROBE_LOWEST, // the lowest byte, and of the second the low bits
    PROBE_SECOND, // the second, and of the lowest the high bits
    PROBE_HIGHER, // the second's high bits, and of the third the low ones
    PROBE_THIRD,  // the third, and of the lowest the low bits
    PROBE_TOP,    // the top byte: its low bits, and its high ones
    PROBES_COUNT
};

struct number_set {
    bool big_endian;
    bool has_ssse3, has_avx2, has_vbmi;
    uint8_t probes[PROBES_COUNT][PROBE_BYTES];
    uint8_t pair
        [2]
        [PROBE_BYTES]; // as PROBE_LOWEST and PROBE_SECOND, of the two bytes of the only table, where it is by_two
    uint64_t *low_halves;         // bit n: the low 16 bits of an offset are n; NULL where there are few
    struct bucket_tables *tables; // ascending by their top bytes
    unsigned tables_count;
    size_t count;
    uint32_t numbers[]; // ascending
};

static int number_compare(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

// Neighbours share a bucket: they agree in their third byte, and often in the second, which keeps the tables of each
// bucket narrow.
static void tables_fill(struct bucket_tables *tables, const uint32_t *numbers)
{
    const size_t count = tables->behind - tables->first;
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = numbers[tables->first + i];
        const uint8_t bucket = (uint8_t)(1u << i * BUCKETS / count);
        for (unsigned byte = 0; byte < TABLE_BYTES; byte++) {
            tables->low[byte][number >> 8 * byte & 0xf] |= bucket;
            tables->high[byte][number >> (8 * byte + 4) & 0xf] |= bucket;
        }
    }
}

// Of a hundred bytes of debug information some 25 are zero and 20 below 8; the rest is spread.
static double byte_share(unsigned byte)
{
    return byte == 0 ? 0.25 : byte < 8 ? 0.03 : 0.54 / 248;
}

// Which share of the positions agrees with the bucket in that byte.
static double bucket_share(const struct bucket_tables *tables, unsigned byte, unsigned bucket)
{
    double share = 0;
    for (unsigned value = 0; value < 256; value++)
        if (tables->low[byte][value & 0xf] & tables->high[byte][value >> 4] & 1u << bucket)
            share += byte_share(value);
    return share;
}

// Chooses two bytes where fewer than one position in some five hundred is looked at for nothing by them.
static void tables_choose(struct bucket_tables *tables)
{
    static const uint8_t choices[][2] = {{0, 1}, {1, 2}, {0, 2}};
    static const double SHARE_MOST = 0.002;
    double shares[TABLE_BYTES][BUCKETS], least = SHARE_MOST;
    if (tables->behind - tables->first > 8 * BUCKETS)
        return;
    for (unsigned byte = 0; byte < TABLE_BYTES; byte++)
        for (unsigned bucket = 0; bucket < BUCKETS; bucket++)
            shares[byte][bucket] = bucket_share(tables, byte, bucket);
    for (size_t i = 0; i < ARRAY_LENGTH(choices); i++) {
        double share = 0;
        for (unsigned bucket = 0; bucket < BUCKETS; bucket++)
            share += shares[choices[i][0]][bucket] * shares[choices[i][1]][bucket];
        if (share >= least)
            continue;
        least = share;
        tables->by_two = true;
        memcpy(tables->two, choices[i], sizeof(tables->two));
    }
}

#ifdef HAS_X86_CODE
static void probe_add(uint8_t table[PROBE_BYTES], unsigned x, unsigned y)
{
    table[x & (PROBE_BYTES - 1)] |= (uint8_t)(1u << (y & 7));
}

static void probes_add(struct number_set *set, uint32_t number)
{
    const uint8_t byte[] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16),
                            (uint8_t)(number >> 24)};
    const uint8_t *const two = set->tables[0].two;
    probe_add(set->probes[PROBE_LOWEST], byte[0], byte[1]);
    probe_add(set->probes[PROBE_SECOND], byte[1], byte[0] >> 5);
    probe_add(set->probes[PROBE_HIGHER], byte[1] >> 2, byte[2]);
    probe_add(set->probes[PROBE_THIRD], byte[2], byte[0]);
    probe_add(set->probes[PROBE_TOP], byte[3], byte[3] >> 5);
    probe_add(set->pair[0], byte[two[0]], byte[two[1]]);
    probe_add(set->pair[1], byte[two[1]], byte[two[0]] >> 5);
}
#endif

struct number_set *number_set_create(const uint64_t *offsets, size_t count, bool big_endian)
{
    const size_t tables_most = count < TABLES_MOST ? count : TABLES_MOST;
    struct number_set *set = calloc(1, sizeof(*set) + count * sizeof(*set->numbers));
    if (!set)
        return NULL;
    set->tables = calloc(tables_most + 1, sizeof(*set->tables));
    if (count > NUMBERS_FEW)
        set->low_halves = calloc(LOW_HALVES_WORDS, sizeof(*set->low_halves));
    if (!set->tables || (count > NUMBERS_FEW && !set->low_halves)) {
        number_set_free(set);
        return NULL;
    }
    set->big_endian = big_endian;
#ifdef HAS_X86_CODE
    set->has_ssse3 = __builtin_cpu_supports("ssse3");
    set->has_avx2 = __builtin_cpu_supports("avx2");
    set->has_vbmi = has_vbmi();
#endif
    set->count = count;
    for (size_t i = 0; i < count; i++)
        set->numbers[i] = (uint32_t)offsets[i];
    qsort(set->numbers, set->count, sizeof(*set->numbers), number_compare);
    for (size_t i = 0; i < count; i++) {
        const uint32_t number = set->numbers[i];
        const uint8_t top = (uint8_t)(number >> 24);
        if (set->low_halves)
            set->low_halves[(number & 0xffff) / 64] |= UINT64_C(1) << number % 64;
        if (!set->tables_count || set->tables[set->tables_count - 1].top != top)
            set->tables[set->tables_count++] = (struct bucket_tables){.top = top, .first = i};
        set->tables[set->tables_count - 1].behind = i + 1;
    }
    for (unsigned i = 0; i < set->tables_count; i++)
        tables_fill(&set->tables[i], set->numbers);
#ifdef HAS_X86_CODE
    for (unsigned i = 0; set->has_avx2 && i < set->tables_count; i++)
        tables_choose(&set->tables[i]);
    for (size_t i = 0; set->has_vbmi && i < count; i++)
        probes_add(set, set->numbers[i]);
#endif
    return set;
}

void number_set_judge_most(struct number_set *set, unsigned most)
{
    set->has_vbmi &= most >= 64;
    set->has_avx2 &= most >= 32;
    set->has_ssse3 &= most >= 16;
    for (unsigned i = 0; i < set->tables_count; i++)
        set->tables[i].by_two &= set->has_avx2;
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

#ifdef HAS_X86_CODE
// Looks at the positions from `p` on whose bits are set, which other tables look at as well where the top byte is not theirs.
static inline bool judge(const struct number_set *set, const struct bucket_tables *tables, const uint8_t *p,
                         unsigned mask, const uint8_t *base, struct positions *positions)
{
    for (; mask; mask &= mask - 1) {
        const uint8_t *found = p + __builtin_ctz(mask);
        if (found[set->big_endian ? 0 : 3] == tables->top && starts_number(set, found) &&
            !positions_add(positions, found, base))
            return false;
    }
    return true;
}

// In which buckets do these bytes occur? Sixteen of them, or thirty-two.
__attribute__((target("ssse3"))) static inline __m128i buckets_of(__m128i bytes, __m128i low, __m128i high)
{
    const __m128i half = _mm_set1_epi8(0xf);
    return _mm_and_si128(_mm_shuffle_epi8(low, _mm_and_si128(bytes, half)),
                         _mm_shuffle_epi8(high, _mm_and_si128(_mm_srli_epi16(bytes, 4), half)));
}

__attribute__((target("avx2"))) static inline __m256i buckets_of_32(__m256i bytes, __m256i low, __m256i high)
{
    const __m256i half = _mm256_set1_epi8(0xf);
    return _mm256_and_si256(_mm256_shuffle_epi8(low, _mm256_and_si256(bytes, half)),
                            _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), half)));
}

static inline __m128i load_16(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

__attribute__((target("avx2"))) static inline __m256i twice(const uint8_t *table)
{
    return _mm256_broadcastsi128_si256(load_16(table));
}

// Judges [*p, limit) sixteen positions at a time and moves *p behind what it judged.
__attribute__((target("ssse3"))) static bool search_16(const struct number_set *set,
                                                       const struct bucket_tables *tables, const uint8_t **p,
                                                       const uint8_t *limit, const uint8_t *base,
                                                       struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0; // byte i of a number stands at i ^ flip
    const __m128i low0 = load_16(tables->low[0]), high0 = load_16(tables->high[0]);
    const __m128i low1 = load_16(tables->low[1]), high1 = load_16(tables->high[1]);
    const __m128i low2 = load_16(tables->low[2]), high2 = load_16(tables->high[2]);
    const __m128i top = _mm_set1_epi8((char)tables->top), none = _mm_setzero_si128();
    for (; limit - *p >= 16; *p += 16) {
        const __m128i buckets =
            _mm_and_si128(buckets_of(load_16(*p + (0 ^ flip)), low0, high0),
                          _mm_and_si128(buckets_of(load_16(*p + (1 ^ flip)), low1, high1),
                                        buckets_of(load_16(*p + (2 ^ flip)), low2, high2)));
        const __m128i fits =
            _mm_andnot_si128(_mm_cmpeq_epi8(buckets, none), _mm_cmpeq_epi8(load_16(*p + (3 ^ flip)), top));
        if (!judge(set, tables, *p, (unsigned)_mm_movemask_epi8(fits), base, positions))
            return false;
    }
    return true;
}

// Which of thirty-two positions agree on a bucket in two bytes? Zero: it does not.
__attribute__((target("avx2"))) static inline __m256i
agree_in_two(const uint8_t *first, const uint8_t *second, const __m256i tables[4])
{
    return _mm256_and_si256(buckets_of_32(load_32(first), tables[0], tables[1]),
                            buckets_of_32(load_32(second), tables[2], tables[3]));
}

// Judges [*p, limit) by two bytes, and moves *p behind what it judged.
__attribute__((target("avx2"))) static bool search_by_two(const struct number_set *set,
                                                          const struct bucket_tables *tables,
                                                          const uint8_t **p, const uint8_t *limit,
                                                          const uint8_t *base, struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0;
    const unsigned first = tables->two[0] ^ flip, second = tables->two[1] ^ flip;
    const __m256i none = _mm256_setzero_si256();
    const __m256i two[4] = {twice(tables->low[tables->two[0]]), twice(tables->high[tables->two[0]]),
                            twice(tables->low[tables->two[1]]), twice(tables->high[tables->two[1]])};
    for (; limit - *p >= 64; *p += 64) { // nearly everywhere there is nothing: two steps are one question
        const __m256i here = agree_in_two(*p + first, *p + second, two);
        const __m256i there = agree_in_two(*p + 32 + first, *p + 32 + second, two);
        const __m256i either = _mm256_or_si256(here, there);
        if (LIKELY(_mm256_testz_si256(either, either)))
            continue;
        if (!judge(set, tables, *p, ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(here, none)), base,
                   positions) ||
            !judge(set, tables, *p + 32, ~(unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(there, none)),
                   base, positions))
            return false;
    }
    return true;
}

// The same as search_16, thirty-two at a time.
__attribute__((target("avx2"))) static bool search_32(const struct number_set *set,
                                                      const struct bucket_tables *tables, const uint8_t **p,
                                                      const uint8_t *limit, const uint8_t *base,
                                                      struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0;
    const __m256i low0 = twice(tables->low[0]), high0 = twice(tables->high[0]);
    const __m256i low1 = twice(tables->low[1]), high1 = twice(tables->high[1]);
    const __m256i low2 = twice(tables->low[2]), high2 = twice(tables->high[2]);
    const __m256i top = _mm256_set1_epi8((char)tables->top), none = _mm256_setzero_si256();
    for (; limit - *p >= 32; *p += 32) {
        const __m256i buckets =
            _mm256_and_si256(buckets_of_32(load_32(*p + (0 ^ flip)), low0, high0),
                             _mm256_and_si256(buckets_of_32(load_32(*p + (1 ^ flip)), low1, high1),
                                              buckets_of_32(load_32(*p + (2 ^ flip)), low2, high2)));
        const __m256i fits = _mm256_andnot_si256(_mm256_cmpeq_epi8(buckets, none),
                                                 _mm256_cmpeq_epi8(load_32(*p + (3 ^ flip)), top));
        if (!judge(set, tables, *p, (unsigned)_mm256_movemask_epi8(fits), base, positions))
            return false;
    }
    return true;
}

// Which of sixty-four positions pass the probe? Only the low six bits of each byte of x choose an entry of a table, and of y, whose
// table repeats, three: what a shift brings in from the next byte does not matter.
VBMI static inline __mmask64 probe_64(__mmask64 among, __m512i table, __m512i x, __m512i y)
{
    const __m512i bits = _mm512_set1_epi64((long long)UINT64_C(0x8040201008040201));
    return _mm512_mask_test_epi8_mask(among, _mm512_permutexvar_epi8(x, table),
                                      _mm512_permutexvar_epi8(y, bits));
}

// Looks at the positions from `p` on whose bits are set.
static inline bool judge_64(const struct number_set *set, const uint8_t *p, uint64_t mask,
                            const uint8_t *base, struct positions *positions)
{
    for (; mask; mask &= mask - 1) {
        const uint8_t *const found = p + __builtin_ctzll(mask);
        if (starts_number(set, found) && !positions_add(positions, found, base))
            return false;
    }
    return true;
}

// As search_64, of few numbers that two of their bytes tell apart.
VBMI static bool search_pair_64(const struct number_set *set, const uint8_t **p, const uint8_t *limit,
                                const uint8_t *base, struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0;
    const uint8_t *const two = set->tables[0].two;
    const unsigned first_at = two[0] ^ flip, second_at = two[1] ^ flip;
    const __m512i first = load_64(set->pair[0]), second = load_64(set->pair[1]);
    for (; limit - *p >= 64; *p += 64) {
        const __m512i x = load_64(*p + first_at), y = load_64(*p + second_at);
        const __mmask64 fits =
            probe_64(probe_64(UINT64_MAX, first, x, y), second, y, _mm512_srli_epi16(x, 5));
        if (UNLIKELY(fits) && !judge_64(set, *p, fits, base, positions))
            return false;
    }
    return true;
}

// The same of one.
VBMI static bool search_one_64(const struct number_set *set, const uint8_t **p, const uint8_t *limit,
                               const uint8_t *base, struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0;
    const uint8_t *const two = set->tables[0].two;
    const unsigned first_at = two[0] ^ flip, second_at = two[1] ^ flip;
    const __m512i first = _mm512_set1_epi8((char)(set->numbers[0] >> 8 * two[0])),
                  second = _mm512_set1_epi8((char)(set->numbers[0] >> 8 * two[1]));
    for (; limit - *p >= 128; *p += 128) { // nearly everywhere there is nothing: two steps are one question
        const __mmask64 here = equal_64(*p + first_at, first, *p + second_at, second);
        const __mmask64 there = equal_64(*p + 64 + first_at, first, *p + 64 + second_at, second);
        if (UNLIKELY(here | there) &&
            (!judge_64(set, *p, here, base, positions) || !judge_64(set, *p + 64, there, base, positions)))
            return false;
    }
    return true;
}

// Judges [*p, limit), sixty-four positions at a time, and moves *p behind what it judged.
VBMI static bool search_64(const struct number_set *set, const uint8_t **p, const uint8_t *limit,
                           const uint8_t *base, struct positions *positions)
{
    const unsigned flip = set->big_endian ? 3 : 0;
    const __m512i lowest = load_64(set->probes[PROBE_LOWEST]), second = load_64(set->probes[PROBE_SECOND]),
                  higher = load_64(set->probes[PROBE_HIGHER]), third = load_64(set->probes[PROBE_THIRD]),
                  tops = load_64(set->probes[PROBE_TOP]);
    const __m512i top = _mm512_set1_epi8((char)set->tables[0].top);
    const bool is_one_top = set->tables_count == 1;
    for (; limit - *p >= 64; *p += 64) {
        const __m512i byte0 = load_64(*p + (0 ^ flip)), byte1 = load_64(*p + (1 ^ flip)),
                      byte2 = load_64(*p + (2 ^ flip)), byte3 = load_64(*p + (3 ^ flip));
        __mmask64 fits = is_one_top ? _mm512_cmpeq_epi8_mask(byte3, top)
                                    : probe_64(UINT64_MAX, tops, byte3, _mm512_srli_epi16(byte3, 5));
        fits = probe_64(fits, lowest, byte0, byte1);
        fits = probe_64(fits, second, byte1, _mm512_srli_epi16(byte0, 5));
        fits = probe_64(fits, higher, _mm512_srli_epi16(byte1, 2), byte2);
        fits = probe_64(fits, third, byte2, byte0);
        if (!judge_64(set, *p, fits, base, positions))
            return false;
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
    const uint8_t *first = from;
#ifdef HAS_X86_CODE
    const bool is_by_two = set->tables_count == 1 && set->tables[0].by_two;
    if (set->has_vbmi && set->count &&
        !(!is_by_two        ? search_64
          : set->count == 1 ? search_one_64
                            : search_pair_64)(set, &first, limit, base, positions))
        return false;
#endif
    for (unsigned i = 0; i < set->tables_count; i++) {
        const uint8_t *p = first;
#ifdef HAS_X86_CODE
        if (set->tables[i].by_two && !search_by_two(set, &set->tables[i], &p, limit, base, positions))
            return false;
        if (set->has_avx2 && !search_32(set, &set->tables[i], &p, limit, base, positions))
            return false;
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
