// SPDX-License-Identifier: MIT
// What the files of the Swiss twin share: the hidden part of a map, and who does what to it. swiss_group.h has
// what lies in the open.
#ifndef SWISS_INTERNAL_H
#define SWISS_INTERNAL_H

#include "hmap_key.h"
#include "swiss.h"
#include "swiss_group.h"

// ---- memory --------------------------------------------------------------------------

// In front of every table and slab.
struct swiss_block {
    struct swiss_block *next;
    struct swiss_block *previous; // among the tables that are allocations of their own
    size_t size_bytes;            // this header included; 0: cut from a slab of the pool
    uint64_t unused;              // so that what follows is aligned to 16 bytes
};

// Tables of the largest capacity, of which alone a map can have many, are cut from ever larger slabs, and used
// again when a split leaves one.
struct swiss_pool {
    struct swiss_block *slabs; // newest first
    struct swiss_block *free;  // tables that were given back
    char *next;                // free room in the newest slab
    char *end;
    uint64_t slab_tables; // in the newest
};

// The map with what Go leaves to its garbage collector: who owns which memory.
//
//     swiss_owner ─┬─ group ◄── map.dirPtr of a small map; an iterator may stay in it after the map has grown
//                  ├─ directory ◄── map.dirPtr of a map with tables (of one table: `single`)
//                  ├─ tables ──► block │ table │ its groups      those below 1024 slots
//                  ├─ pool ────► slabs of such blocks            those of 1024 slots
//                  └─ retired ─► blocks of replaced tables that live iterators may still walk
struct swiss_owner {
    struct swiss_pool pool;
    struct swiss_block *tables;
    struct swiss_block *retired;
    struct hmap_cells cells;
    struct swiss_table **directory;
    int64_t directory_length;
    struct swiss_table *single[1];
    size_t size_bytes;
    int64_t iterators; // live ones; atomic, because readers may start and end them at once
    struct swiss_map map;
    // then the group of a small map
};

static inline struct swiss_owner *swiss_owner_of(const struct swiss_map *map)
{
    return (struct swiss_owner *)((char *)(uintptr_t)map - offsetof(struct swiss_owner, map));
}

// Where a small map's group is, or will be. A map made with tables has none: NULL.
static inline void *swiss_small_group(struct swiss_owner *owner)
{
    return owner->size_bytes > sizeof *owner ? owner + 1 : NULL;
}

// A map with its seed not drawn; `small`: with room for a group. NULL when memory is short.
struct swiss_map *swiss_owner_allocate(struct swiss_context *context, bool small);

// An empty table of this capacity, a power of two between 8 and 1024; NULL when memory is short.
struct swiss_table *swiss_table_allocate(struct swiss_context *context, struct swiss_map *map,
                                         uint16_t capacity, int64_t index, uint8_t local_depth);
// Makes room in the pool for so many tables of the largest capacity.
HMAP_MUST_USE bool swiss_pool_reserve(struct swiss_context *context, struct swiss_map *map, uint64_t tables);
// Frees a table, or keeps it aside while an iterator may still walk it.
void swiss_table_drop(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table);
// A table that no iterator has seen.
void swiss_table_release(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table);
// Frees what was kept for iterators, if none is live.
void swiss_retired_collect(struct swiss_context *context, struct swiss_map *map);

// A directory of this length, all zero; NULL when memory is short.
struct swiss_table **swiss_directory_allocate(struct swiss_context *context, struct swiss_map *map,
                                              int64_t length);
// Makes it the map's, instead of the one it has. Depth and shift follow.
void swiss_directory_set(struct swiss_context *context, struct swiss_map *map, struct swiss_table **directory,
                         int64_t length);
void swiss_directory_release(struct swiss_context *context, struct swiss_map *map,
                             struct swiss_table **directory, int64_t length);

// Whether this is the address of a table that the map owns and has not given up, of the capacity that its
// memory has.
bool swiss_owns_table(const struct swiss_context *context, const struct swiss_map *map,
                      const struct swiss_table *table);

// A zeroed object of the key's (element's) size; NULL when memory is short.
void *swiss_cell_allocate(struct swiss_context *context, struct swiss_map *map, int which);
void swiss_cell_release(struct swiss_context *context, struct swiss_map *map, int which, void *object);
void swiss_cells_release(struct swiss_context *context, struct swiss_map *map); // all of them

static inline bool swiss_iterators_live(struct swiss_map *map)
{
    return __atomic_load_n(&swiss_owner_of(map)->iterators, __ATOMIC_ACQUIRE) > 0;
}

// ---- growth (swiss_grow.c) -----------------------------------------------------------
//
// Each either does it all or leaves the map as it was.

// The group of a small map.
void swiss_grow_to_small(struct swiss_context *context, struct swiss_map *map);
// From the group to a table of 16 slots.
HMAP_MUST_USE enum hmap_status swiss_grow_to_table(struct swiss_context *context, struct swiss_map *map);
// A full table becomes one of twice the capacity, or two.
HMAP_MUST_USE enum hmap_status swiss_rehash(struct swiss_context *context, struct swiss_map *map,
                                            struct swiss_table *table);
// Drops the tombstones that no search needs, if that is worth it.
void swiss_prune(struct swiss_context *context, struct swiss_map *map, struct swiss_table *table);

// Puts an entry into a table that has room for it and no tombstones; its key is not there. Returns the group,
// the slot in *slot; key and element are left to the caller.
static ALWAYS_INLINE char *table_place(const struct swiss_type *type, struct swiss_table *table,
                                       uint64_t hash, unsigned *slot)
{
    struct probe_sequence at = probe_start(table, hash);
    for (;;) {
        char *group = group_at(type, table, at.group);
        uint64_t word = ctrl_word(group), room = match_empty_or_deleted(word);
        if (LIKELY(room)) {
            *slot = first_slot(room);
            set_ctrl(group, word, *slot, hash_h2(hash));
            table->growthLeft--;
            table->used++;
            return group;
        }
        probe_next(&at, table);
    }
}

// ---- hashes --------------------------------------------------------------------------

// Whether a full table is pruned before it grows. The routine for keys of any kind never does it (its code in
// runtime.go has no such step, unlike Map.PutSlot), the one for pointers since 1.27.
static inline bool swiss_prunes(const struct swiss_context *context)
{
    const struct swiss_type *type = context->type;
    if (context->flavour == SWISS_GO_1_24 || type->variant == HMAP_VARIANT_GENERIC)
        return false;
    return context->flavour >= SWISS_GO_1_27 || type->variant == HMAP_VARIANT_FASTSTR ||
           !type->key->has_pointers;
}

static inline uint64_t swiss_draw(struct swiss_context *context)
{
    return draw64(&context->base);
}

// ---- search by whatever key (swiss_locate.c) ---------------------------------------------

struct swiss_place {
    char *group; // NULL: not there
    unsigned slot;
    uint16_t probes; // groups looked at
    uint32_t table;  // whose index; 0 in a small map
    uint32_t number; // of the group
};

// Where a key is. For a key that equals itself, or to count the groups that a search for it looks at.
struct swiss_place swiss_locate(struct swiss_context *context, const struct swiss_map *map, const void *key,
                                uint64_t hash);

// ---- events --------------------------------------------------------------------------

#define SWISS_EMIT(context, map_, ...)                                                                       \
    do {                                                                                                     \
        if (LISTENING(context)) {                                                                            \
            struct swiss_event scratch_, *event_ = swiss_event_open((context), &scratch_);                   \
            *event_ = (struct swiss_event){__VA_ARGS__};                                                     \
            swiss_event_close((context), (map_), event_);                                                    \
        }                                                                                                    \
    } while (0)

// Where to make the next event: in the ring, or in `scratch` for any other sink.
static ALWAYS_INLINE struct swiss_event *swiss_event_open(const struct swiss_context *context,
                                                          struct swiss_event *scratch)
{
    if (LIKELY(context->sink.emit == swiss_ring_emit)) {
        struct swiss_ring *ring = context->sink.state;
        return &ring->events[ring->emitted & ring->mask];
    }
    return scratch;
}

// Fills in what the header knows and hands the event on.
static ALWAYS_INLINE void swiss_event_close(struct swiss_context *context, const struct swiss_map *map,
                                            struct swiss_event *event)
{
    event->map = map;
    if (map) {
        event->used = map->used;
        event->depth = map->globalDepth;
        if (map->dirLen == 0)
            event->detail |= event->kind == SWISS_EVENT_FAULT ? 0 : SWISS_DETAIL_SMALL;
    }
    if (LIKELY(context->sink.emit == swiss_ring_emit)) {
        struct swiss_ring *ring = context->sink.state;
        event->serial = ++ring->emitted;
    } else {
        context->sink.emit(context->sink.state, event);
    }
}

// A fault as a result, with its event.
COLD struct hmap_result swiss_fault(struct swiss_context *context, const struct swiss_map *map,
                                    enum hmap_status status);
COLD enum hmap_status swiss_fault_status(struct swiss_context *context, const struct swiss_map *map,
                                         enum hmap_status status);

#endif
