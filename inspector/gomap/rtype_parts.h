// SPDX-License-Identifier: MIT
// What go_types is made of; private to gomap/rtype*.c.
#ifndef STRATA_GOMAP_RTYPE_PARTS_H
#define STRATA_GOMAP_RTYPE_PARTS_H

#include "base/arena.h"
#include "gomap/rtype.h"
#include "gomap/runtime_parts.h"

// What is known of an address. Open addressing; at most half full.
struct address_table {
    struct {
        uint64_t address; // 0: empty
        void *value;
    } * places;
    size_t length, capacity; // a power of two, or 0
    uint64_t secret;         // of the places' hashes: addresses are the program's
};

void *address_table_find(const struct address_table *table, uint64_t address); // NULL: nothing
MUST_USE bool address_table_put(struct address_table *table, uint64_t address,
                                void *value); // address is new, not 0
void address_table_free(struct address_table *table);

// What a graph's node stands for. Its type's id is {the go_types, 4 * address of the rtype + role}.
enum rtype_role {
    ROLE_TYPE,   // the type itself
    ROLE_HEADER, // of a map: its header struct
    ROLE_TABLE,  // of a Swiss map
    ROLE_SLOTS,  // of a classic map: its bucket, in the debug information's words
    ROLES,
};

enum { RTYPE_DEPTH_MOST = 32 };

struct go_types {
    struct type_maker maker; // first: a pointer to it is a pointer to this
    const struct go_runtime *runtime;
    struct arena arena;
    struct go_region region;
    uint8_t *bytes; // of the region; what cannot be read is zero
    struct address_table rtypes;
    struct address_table stubs[ROLES], wholes[ROLES]; // struct type
    struct address_table by_slots;                    // rtype of a group or bucket -> struct rtype of the map
    const struct rtype **maps;
    size_t maps_count;
    bool are_maps_known;
    uint64_t
        decoding[RTYPE_DEPTH_MOST]; // addresses of the types that are being decoded, one for the other's name
    unsigned depth;
};

// Bytes of a type: in place where they are in the region, else a copy in the arena. NULL: they cannot be read.
const uint8_t *types_read(struct go_types *types, uint64_t address, uint64_t size_bytes);

static inline uint64_t types_word(const struct go_types *types, const uint8_t *bytes)
{
    return runtime_word(types->runtime, bytes);
}

// An abi.Name at an address: flags, length, text.
struct rtype_name {
    const char *text; // in the arena
    bool is_embedded;
};
bool types_read_name(struct go_types *types, uint64_t address, struct rtype_name *name);

// The name by package path; of a type that is made of others, with theirs (NULL: not known). NULL: out of memory.
const char *rtype_name_of(struct go_types *types, const struct rtype *rtype, const char *key,
                          const char *elem);

// Bytes of the part of a descriptor that all types have.
static inline unsigned rtype_descriptor_bytes(const struct go_types *types)
{
    return 4 * types->runtime->facts.word_bytes + 16;
}

MUST_USE struct error *rtype_graph_build(struct type_maker *maker, const struct type_index_entry *entry,
                                         const struct type **type);

#endif
