// SPDX-License-Identifier: MIT
// Offsets in the runtime's own structs. Where there is debug information they are looked up by name; else they are
// those below, which hold for Go 1.22 to 1.27 (classic maps: 1.19 on), and which the readers prove on the memory.
#include "gomap/runtime_parts.h"

#include <stdlib.h>
#include <string.h>

// ---- by Go's own word ------------------------------------------------------------------------------------

// 24 of "go1.24.4"; 0: unknown. For the two fields that came while the rest stayed.
static unsigned minor_version(const char *version)
{
    static const char prefix[] = "go1.";
    return version && !strncmp(version, prefix, sizeof(prefix) - 1)
               ? (unsigned)strtoul(version + sizeof(prefix) - 1, NULL, 10)
               : 0;
}

// Lays fields one behind the other, as Go does: each at a multiple of its size.
struct laying {
    uint16_t at;
    uint8_t word_bytes;
};

static uint16_t lay(struct laying *laying, uint16_t size_bytes)
{
    // On 32-bit machines even 8 bytes are aligned to 4 (go/types, gcsizes).
    uint16_t align = size_bytes < laying->word_bytes ? size_bytes : laying->word_bytes;
    laying->at = (uint16_t)((laying->at + align - 1) / align * align);
    uint16_t offset = laying->at;
    laying->at = (uint16_t)(laying->at + size_bytes);
    return offset;
}

static uint16_t laid(struct laying *laying)
{
    return laying->at =
               (uint16_t)((laying->at + laying->word_bytes - 1) / laying->word_bytes * laying->word_bytes);
}

// Go 1.24, internal/runtime/maps/map.go and table.go.
static struct go_swiss_layout usual_swiss(uint8_t word, unsigned minor)
{
    struct laying map = {.word_bytes = word}, table = {.word_bytes = word};
    struct go_swiss_layout made;
    made.used = lay(&map, 8);
    made.seed = lay(&map, word);
    made.dir_pointer = lay(&map, word);
    made.dir_length = lay(&map, word);
    made.global_depth = lay(&map, 1);
    made.global_shift = lay(&map, 1);
    made.writing = lay(&map, 1);
    made.tombstone_possible = lay(&map, 1);
    if (minor < 25)
        made.tombstone_possible = 0; // a hole
    made.clear_seq = lay(&map, 8);
    made.size_bytes = laid(&map);
    made.table_used = lay(&table, 2);
    made.table_capacity = lay(&table, 2);
    made.table_growth_left = lay(&table, 2);
    made.table_local_depth = lay(&table, 1);
    made.table_index = lay(&table, word);
    made.table_groups = lay(&table, word);
    made.table_mask = lay(&table, 8);
    made.table_bytes = laid(&table);
    return made;
}

// Go 1.23, runtime/map.go.
static struct go_classic_layout usual_classic(uint8_t word, unsigned minor)
{
    struct laying map = {.word_bytes = word};
    struct go_classic_layout made;
    made.count = lay(&map, word);
    made.flags = lay(&map, 1);
    made.B = lay(&map, 1);
    made.noverflow = lay(&map, 2);
    made.hash0 = lay(&map, 4);
    made.buckets = lay(&map, word);
    made.oldbuckets = lay(&map, word);
    made.nevacuate = lay(&map, word);
    made.clear_seq = minor >= 24 ? lay(&map, 8) : 0; // of programs built without Swiss maps
    made.extra = lay(&map, word);
    made.size_bytes = laid(&map);
    made.extra_overflow = 0;
    made.extra_oldoverflow = word;
    made.extra_next_overflow = (uint16_t)(2 * word);
    made.extra_bytes = (uint16_t)(3 * word);
    return made;
}

// Go 1.22 to 1.27, runtime/mheap.go.
static struct go_heap_layout usual_heap(uint8_t word)
{
    struct laying span = {.word_bytes = word};
    struct go_heap_layout made = {.count_bytes = 2, .has_large_type = true};
    lay(&span, word), lay(&span, word), lay(&span, word); // next, prev, list
    made.start = lay(&span, word);
    made.pages = lay(&span, word);
    lay(&span, word); // manualFreeList
    made.freeindex = lay(&span, 2);
    made.elements = lay(&span, 2);
    lay(&span, 2); // freeIndexForScan
    lay(&span, 8); // allocCache
    made.alloc_bits = lay(&span, word);
    lay(&span, word), lay(&span, word); // gcmarkBits, pinnerBits
    lay(&span, 4), lay(&span, 4);       // sweepgen, divMul
    made.allocated = lay(&span, 2);
    made.class_byte = lay(&span, 1);
    made.state = lay(&span, 1);
    lay(&span, 1), lay(&span, 1), lay(&span, 2); // needzero, isUserArenaChunk, allocCountBeforeCache
    made.elem_bytes = lay(&span, word);
    lay(&span, word), lay(&span, word), lay(&span, word); // limit, speciallock, specials
    lay(&span, word), lay(&span, word);                   // userArenaChunkFree
    made.large_type = lay(&span, word);
    made.span_bytes = laid(&span);
    return made;
}

// ---- by the debug information ----------------------------------------------------------------------------

static const char *const wanted[] = {"runtime.mheap",
                                     "runtime.mspan",
                                     "runtime.hmap",
                                     "runtime.mapextra",
                                     "internal/runtime/maps.Map",
                                     "internal/runtime/maps.table",
                                     "internal/runtime/maps.groupsReference"};

struct runtime_types {
    const struct type *types[ARRAY_LENGTH(wanted)]; // NULL: there is none
};

enum {
    TYPE_OF_MHEAP,
    TYPE_OF_MSPAN,
    TYPE_OF_HMAP,
    TYPE_OF_MAPEXTRA,
    TYPE_OF_MAP,
    TYPE_OF_TABLE,
    TYPE_OF_GROUPS
};

static const struct member *find_member(const struct type *type, const char *name)
{
    for (size_t i = 0; type && i < type->members_count; i++) {
        if (type->members[i].name && !strcmp(type->members[i].name, name) && type->members[i].offset_known)
            return &type->members[i];
    }
    return NULL;
}

// Sets *offset where the type has such a member below 64 kB; else *is_whole becomes false.
static void take(const struct type *type, const char *name, uint16_t *offset, bool *is_whole)
{
    const struct member *member = find_member(type, name);
    if (member && member->offset_bits / 8 <= UINT16_MAX)
        *offset = (uint16_t)(member->offset_bits / 8);
    else
        *is_whole = false;
}

static bool take_size(const struct type *type, uint16_t *size_bytes)
{
    if (!type || !type->size_known || type->size_bytes > UINT16_MAX)
        return false;
    *size_bytes = (uint16_t)type->size_bytes;
    return true;
}

static bool swiss_from(const struct runtime_types *found, struct go_swiss_layout *layout)
{
    const struct type *map = found->types[TYPE_OF_MAP], *table = found->types[TYPE_OF_TABLE];
    struct go_swiss_layout made = *layout;
    bool is_whole = take_size(map, &made.size_bytes) && take_size(table, &made.table_bytes);
    uint16_t groups = 0, mask = 0;
    take(map, "used", &made.used, &is_whole);
    take(map, "seed", &made.seed, &is_whole);
    take(map, "dirPtr", &made.dir_pointer, &is_whole);
    take(map, "dirLen", &made.dir_length, &is_whole);
    take(map, "globalDepth", &made.global_depth, &is_whole);
    take(map, "globalShift", &made.global_shift, &is_whole);
    take(map, "writing", &made.writing, &is_whole);
    take(map, "clearSeq", &made.clear_seq, &is_whole);
    made.tombstone_possible = 0;
    if (find_member(map, "tombstonePossible"))
        take(map, "tombstonePossible", &made.tombstone_possible, &is_whole);
    take(table, "used", &made.table_used, &is_whole);
    take(table, "capacity", &made.table_capacity, &is_whole);
    take(table, "growthLeft", &made.table_growth_left, &is_whole);
    take(table, "localDepth", &made.table_local_depth, &is_whole);
    take(table, "index", &made.table_index, &is_whole);
    take(table, "groups", &groups, &is_whole);
    take(found->types[TYPE_OF_GROUPS], "data", &made.table_groups, &is_whole);
    take(found->types[TYPE_OF_GROUPS], "lengthMask", &mask, &is_whole);
    made.table_groups = (uint16_t)(made.table_groups + groups);
    made.table_mask = (uint16_t)(groups + mask);
    if (is_whole)
        *layout = made;
    return is_whole;
}

static bool classic_from(const struct runtime_types *found, struct go_classic_layout *layout)
{
    const struct type *map = found->types[TYPE_OF_HMAP], *extra = found->types[TYPE_OF_MAPEXTRA];
    struct go_classic_layout made = *layout;
    bool is_whole = take_size(map, &made.size_bytes);
    take(map, "count", &made.count, &is_whole);
    take(map, "flags", &made.flags, &is_whole);
    take(map, "B", &made.B, &is_whole);
    take(map, "noverflow", &made.noverflow, &is_whole);
    take(map, "hash0", &made.hash0, &is_whole);
    take(map, "buckets", &made.buckets, &is_whole);
    take(map, "oldbuckets", &made.oldbuckets, &is_whole);
    take(map, "nevacuate", &made.nevacuate, &is_whole);
    take(map, "extra", &made.extra, &is_whole);
    made.clear_seq = 0;
    if (find_member(map, "clearSeq"))
        take(map, "clearSeq", &made.clear_seq, &is_whole);
    if (extra && take_size(extra, &made.extra_bytes)) {
        take(extra, "overflow", &made.extra_overflow, &is_whole);
        take(extra, "oldoverflow", &made.extra_oldoverflow, &is_whole);
        take(extra, "nextOverflow", &made.extra_next_overflow, &is_whole);
    }
    if (is_whole)
        *layout = made;
    return is_whole;
}

static void heap_from(const struct runtime_types *found, struct go_heap_layout *layout)
{
    const struct type *span = found->types[TYPE_OF_MSPAN];
    struct go_heap_layout made = *layout;
    bool is_whole = take_size(span, &made.span_bytes), ignored = true;
    const struct member *allspans = find_member(found->types[TYPE_OF_MHEAP], "allspans");
    const struct member *elements = find_member(span, "nelems");
    take(span, "startAddr", &made.start, &is_whole);
    take(span, "npages", &made.pages, &is_whole);
    take(span, "freeindex", &made.freeindex, &is_whole);
    take(span, "nelems", &made.elements, &is_whole);
    take(span, "allocBits", &made.alloc_bits, &is_whole);
    take(span, "allocCount", &made.allocated, &is_whole);
    take(span, "spanclass", &made.class_byte, &is_whole);
    take(span, "state", &made.state, &is_whole);
    take(span, "elemsize", &made.elem_bytes, &is_whole);
    made.has_large_type = find_member(span, "largeType") != NULL; // from 1.22
    if (made.has_large_type)
        take(span, "largeType", &made.large_type, &ignored);
    if (!is_whole)
        return;
    made.count_bytes = elements->type->size_known && elements->type->size_bytes > 2
                           ? (uint8_t)elements->type->size_bytes
                           : 2;
    if (made.count_bytes > 8 || made.span_bytes > 1024)
        return;
    *layout = made;
    if (allspans && allspans->offset_bits / 8 <= UINT32_MAX) {
        layout->allspans = (uint32_t)(allspans->offset_bits / 8);
        layout->has_allspans = true;
    }
}

// The first whole definition of each type. What cannot be built is as good as not there.
static void build_types(struct type_maker *maker, const struct type_index *index, struct runtime_types *found)
{
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type *type;
        struct error *error = type_maker_build(maker, &index->entries[i], &type);
        if (error) {
            error_free(error);
            continue;
        }
        for (size_t k = 0; k < ARRAY_LENGTH(wanted); k++) {
            if (type->name && !strcmp(type->name, wanted[k]) && type_has_members(type) && !found->types[k])
                found->types[k] = type;
        }
    }
}

struct error *runtime_read_layouts(struct go_runtime *runtime)
{
    uint8_t word = (uint8_t)runtime->facts.word_bytes;
    const struct type_source_index_options options = {.threads = 1};
    struct type_index *index = NULL;
    struct type_maker *maker = NULL;
    struct runtime_types found = {.types = {NULL}};
    runtime->facts.swiss = usual_swiss(word, minor_version(runtime->facts.version));
    runtime->facts.classic = usual_classic(word, minor_version(runtime->facts.version));
    runtime->heap = usual_heap(word);
    if (!runtime->source)
        return NULL;
    RETURN_IF_ERROR(type_source_find_names(runtime->source, wanted, ARRAY_LENGTH(wanted), &options, &index));
    struct error *error = type_source_make(runtime->source, NULL, &maker);
    if (!error) {
        build_types(maker, index, &found);
        bool is_swiss = swiss_from(&found, &runtime->facts.swiss);
        bool is_classic = classic_from(&found, &runtime->facts.classic);
        // One that the program has not, it does not use. Neither: the debug information is of no help.
        if (is_swiss && !is_classic)
            runtime->facts.classic.size_bytes = 0;
        if (is_classic && !is_swiss)
            runtime->facts.swiss.size_bytes = 0;
        heap_from(&found, &runtime->heap);
    }
    type_maker_close(maker);
    type_index_free(index);
    return error;
}
