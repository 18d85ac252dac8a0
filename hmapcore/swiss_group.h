// SPDX-License-Identifier: MIT
// Inside hmapcore: the eight control bytes of a group as one word, and where things are.
#ifndef SWISS_GROUP_H
#define SWISS_GROUP_H

#include "hmap_bucket.h"
#include "swiss_layout.h"
#include "swiss_type.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

// ---- control words -------------------------------------------------------------------
//
// A mask of slots has bit 8 * slot + 7 set for each, however it was found: what comes of a search does not
// depend on the machine.

#define SWISS_EMPTY_WORD (SWISS_EMPTY * EACH_BYTE)

static ALWAYS_INLINE uint64_t ctrl_word(const void *group)
{
    uint64_t word;
    memcpy(&word, group, sizeof word);
    return word;
}

static ALWAYS_INLINE void set_ctrl_word(void *group, uint64_t word)
{
    memcpy(group, &word, sizeof word);
}

// Writes the whole word: a single byte would delay the next reading of the word until it has reached memory.
static ALWAYS_INLINE void set_ctrl(void *group, uint64_t word, unsigned slot, uint8_t ctrl)
{
    set_ctrl_word(group, (word & ~(UINT64_C(0xff) << (8 * slot))) | (uint64_t)ctrl << (8 * slot));
}

// The live slots with this h2; `h2` is below 0x80.
static ALWAYS_INLINE uint64_t portable_match_h2(uint64_t word, uint8_t h2)
{
    return portable_slots_equal(word, h2);
}

static ALWAYS_INLINE uint64_t match_h2(uint64_t word, uint8_t h2)
{
#if defined(__SSE2__)
    __m128i equal = _mm_cmpeq_epi8(_mm_cvtsi64_si128((int64_t)word), _mm_set1_epi8((char)h2));
    return (uint64_t)_mm_cvtsi128_si64(equal) & ~EACH_LOW7;
#elif defined(__ARM_NEON)
    uint8x8_t equal = vceq_u8(vcreate_u8(word), vdup_n_u8(h2));
    return vget_lane_u64(vreinterpret_u64_u8(equal), 0) & ~EACH_LOW7;
#else
    return portable_match_h2(word, h2);
#endif
}

// Of the three values of the top two bits, 1x is empty or deleted, and bit 1 tells those two apart.
static ALWAYS_INLINE uint64_t match_empty(uint64_t word)
{
    return word & ~(word << 6) & ~EACH_LOW7;
}

static ALWAYS_INLINE uint64_t match_empty_or_deleted(uint64_t word)
{
    return word & ~EACH_LOW7;
}

static ALWAYS_INLINE uint64_t match_deleted(uint64_t word)
{
    return word & word << 6 & ~EACH_LOW7;
}

static ALWAYS_INLINE uint64_t match_full(uint64_t word)
{
    return ~word & ~EACH_LOW7;
}

// ---- the parts of a hash -------------------------------------------------------------

static ALWAYS_INLINE uint8_t hash_h2(uint64_t hash)
{
    return (uint8_t)(hash & 0x7f);
}

static ALWAYS_INLINE uint64_t hash_h1(uint64_t hash)
{
    return hash >> 7;
}

// The directory entry: hash >> globalShift, where a shift by 64 (one table) is to leave nothing.
static ALWAYS_INLINE uint64_t directory_index(const struct swiss_map *map, uint64_t hash)
{
    return hash >> 1 >> ((map->globalShift - 1) & 63);
}

// The groups that a search looks at: each once, since their number is a power of two.
struct probe_sequence {
    uint64_t group;
    uint64_t step;
};

static ALWAYS_INLINE struct probe_sequence probe_start(const struct swiss_table *table, uint64_t hash)
{
    return (struct probe_sequence){hash_h1(hash) & table->groups.lengthMask, 0};
}

static ALWAYS_INLINE void probe_next(struct probe_sequence *sequence, const struct swiss_table *table)
{
    sequence->group = (sequence->group + ++sequence->step) & table->groups.lengthMask;
}

// ---- addressing ----------------------------------------------------------------------

static ALWAYS_INLINE struct swiss_table **directory_of(const struct swiss_map *map)
{
    return map->dirPtr;
}

static ALWAYS_INLINE struct swiss_table *table_for(const struct swiss_map *map, uint64_t hash)
{
    return directory_of(map)[directory_index(map, hash)];
}

static ALWAYS_INLINE char *group_at(const struct swiss_type *type, const struct swiss_table *table,
                                    uint64_t index)
{
    return (char *)table->groups.data + index * type->group_bytes;
}

static ALWAYS_INLINE char *slot_place(const struct swiss_type *type, void *group, uint64_t slot)
{
    return (char *)group + SWISS_SLOTS_OFFSET + slot * type->slot_bytes;
}

// The key (element) itself, behind its pointer where it is stored indirect.
static ALWAYS_INLINE void *slot_key(const struct swiss_type *type, void *group, uint64_t slot)
{
    char *place = slot_place(type, group, slot);
    return type->flags & SWISS_INDIRECT_KEY ? load_pointer(place) : place;
}

static ALWAYS_INLINE void *slot_elem(const struct swiss_type *type, void *group, uint64_t slot)
{
    char *place = slot_place(type, group, slot) + type->elem_offset;
    return type->flags & SWISS_INDIRECT_ELEM ? load_pointer(place) : place;
}

static ALWAYS_INLINE uint16_t max_growth(uint16_t capacity)
{
    return capacity <= SWISS_GROUP_SLOTS ? (uint16_t)(capacity - 1)
                                         : (uint16_t)(capacity / SWISS_GROUP_SLOTS * SWISS_MAX_LOAD);
}

// How many consecutive directory entries a table has.
static ALWAYS_INLINE int64_t table_entries(const struct swiss_map *map, const struct swiss_table *table)
{
    return INT64_C(1) << ((map->globalDepth - table->localDepth) & 63);
}

// ---- the writing byte ----------------------------------------------------------------
//
// Relaxed atomics: they cost what plain accesses cost. Toggled, as Go does: a second writer inside turns it
// off, which the first one notices at its end.

static ALWAYS_INLINE uint8_t writing_of(const struct swiss_map *map)
{
    return __atomic_load_n(&map->writing, __ATOMIC_RELAXED);
}

static ALWAYS_INLINE void set_writing(struct swiss_map *map, uint8_t writing)
{
    __atomic_store_n(&map->writing, writing, __ATOMIC_RELAXED);
}

#endif
