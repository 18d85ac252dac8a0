// SPDX-License-Identifier: MIT
// Which of hmapcore's two maps a test is about: its names, one way or the other. A test that holds for both is
// written once with these; the one for Swiss maps includes its source with TEST_SWISS defined.
#ifndef STRATA_TESTS_MAP_UNDER_TEST_H
#define STRATA_TESTS_MAP_UNDER_TEST_H

#ifdef TEST_SWISS
#include "hmapcore/swiss.h"
#include "hmapcore/swiss_check.h"
#define MAP(name) swiss_##name
#define MAP_EVENT(name) SWISS_EVENT_##name
#define MAP_BASE(context) (&(context)->base)
typedef struct swiss_map map_type;
typedef struct swiss_iter map_iter;
enum { MAP_FLAVOURS = 4 };
#define MAP_FLAVOUR SWISS_GO_1_25
#define MAP_LARGEST_HINT (INT64_C(1) << 43) // that Go does not ignore, for entries without a size

static inline bool map_is_small(const map_type *map)
{
    return map->dirLen == 0;
}

// There is no state of growing that lasts; a map with tables will do.
static inline bool map_in_growth(const map_type *map)
{
    return map->dirLen > 0;
}

static inline bool map_indirect_key(const struct swiss_type *type)
{
    return type->flags & SWISS_INDIRECT_KEY;
}

static inline bool map_indirect_elem(const struct swiss_type *type)
{
    return type->flags & SWISS_INDIRECT_ELEM;
}

// Bytes of a group, or of a bucket.
static inline uint32_t map_unit_bytes(const struct swiss_type *type)
{
    return type->group_bytes;
}

static inline uint8_t *map_writing_place(map_type *map)
{
    return &map->writing;
}

enum { MAP_WRITING = 1 };
#else
#include "hmapcore/hmap.h"
#include "hmapcore/hmap_check.h"
#define MAP(name) hmap_##name
#define MAP_EVENT(name) HMAP_EVENT_##name
#define MAP_BASE(context) (context)
typedef struct hmap map_type;
typedef struct hiter map_iter;
enum { MAP_FLAVOURS = 3 };
#define MAP_FLAVOUR HMAP_GO_1_22
#define MAP_LARGEST_HINT (INT64_C(1) << 44)

static inline bool map_is_small(const map_type *map)
{
    return map->B == 0;
}

static inline bool map_in_growth(const map_type *map)
{
    return map->oldbuckets != NULL;
}

static inline bool map_indirect_key(const struct hmap_type *type)
{
    return type->flags & HMAP_INDIRECT_KEY;
}

static inline bool map_indirect_elem(const struct hmap_type *type)
{
    return type->flags & HMAP_INDIRECT_ELEM;
}

static inline uint32_t map_unit_bytes(const struct hmap_type *type)
{
    return type->bucket_bytes;
}

static inline uint8_t *map_writing_place(map_type *map)
{
    return &map->flags;
}

enum { MAP_WRITING = HMAP_HASH_WRITING };
#endif

#endif
