// SPDX-License-Identifier: MIT
// A running Go program (map_subject.h), or the core it left, with its runtime, types and heap opened.
#ifndef STRATA_TESTS_MAP_LOOKING_H
#define STRATA_TESTS_MAP_LOOKING_H

#include "base/vec.h"
#include "errors_expected.h"
#include "gomap/heap.h"
#include "gomap/rtype.h"
#include "gomap/runtime_facts.h"
#include "map_subject.h"
#include "source/source_open.h"

struct looking {
    struct map_subject subject;
    struct memory_target *target;
    struct type_source *source; // NULL: stripped
    struct go_runtime *runtime;
    struct go_types *types;
    struct go_heap *heap;
};

// Opens all that is above the target.
static inline void look(struct looking *looking)
{
    static const struct type_source_options options;
    error_free(type_source_open(looking->target->executable, &options, NULL, &looking->source));
    must(go_runtime_open(looking->target, looking->source, &looking->runtime));
    must(go_types_open(looking->runtime, &looking->types));
    must(go_heap_open(looking->runtime, looking->types, &looking->heap));
}

static inline bool open_subject(struct looking *looking, const char *name)
{
    char pid[32];
    memset(looking, 0, sizeof(*looking));
    if (!subject_start(&looking->subject, name))
        return false;
    snprintf(pid, sizeof(pid), "%d", (int)looking->subject.pid);
    must(memory_target_open(pid, NULL, &looking->target));
    look(looking);
    return true;
}

static inline void close_looking(struct looking *looking)
{
    go_heap_close(looking->heap);
    go_types_close(looking->types);
    go_runtime_close(looking->runtime);
    type_source_close(looking->source);
    memory_target_close(looking->target);
}

static inline void close_subject(struct looking *looking)
{
    close_looking(looking);
    subject_stop(&looking->subject);
}

// What the program says of its map number `index`: its path, type (as reflect writes it) and count. False: no more.
static inline bool said_map(const struct map_subject *subject, size_t index, char path[128], char type[128],
                            uint64_t *count)
{
    const char *at = subject->truth;
    for (size_t i = 0; at && i <= index; i++)
        at = strstr(at + 1, "{\"path\":\"");
    if (!at || sscanf(at, "{\"path\":\"%127[^\"]", path) != 1)
        return false;
    const char *said_type = strstr(at, "\"type\":\""), *said_count = strstr(at, "\"count\":");
    assert_true(said_type && sscanf(said_type, "\"type\":\"%127[^\"]", type) == 1);
    assert_non_null(said_count);
    *count = strtoull(said_count + 8, NULL, 10);
    return true;
}

struct found_maps {
    VEC(struct heap_map) list;
    struct go_types *types;
};

static inline struct error *take_map(void *context, const struct heap_map *map)
{
    struct found_maps *found = context;
    return vec_push(&found->list, *map) ? NULL : &error_out_of_memory;
}

static inline const char *text_of(struct go_types *types, uint64_t address)
{
    const struct rtype *rtype;
    must(rtype_at(types, address, &rtype));
    return rtype->text;
}

// A map of that count and, if it is known, of that type.
static inline bool is_among(const struct found_maps *found, const char *type, uint64_t count)
{
    for (size_t i = 0; i < found->list.length; i++) {
        const struct heap_map *map = &found->list.data[i];
        if (map->count == count && (!map->rtype || !strcmp(text_of(found->types, map->rtype), type)))
            return true;
    }
    return false;
}

// Type texts that reflect and rtypes spell alike: named types are those of the unnamed map that they are.
static inline const char *unnamed(const char *type)
{
    return !strcmp(type, "main.Named") ? "map[string]int" : type;
}

#endif
