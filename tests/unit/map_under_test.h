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
#endif

#endif
