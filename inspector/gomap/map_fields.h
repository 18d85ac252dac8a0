// SPDX-License-Identifier: MIT
// The parts of a key or an element, for who shows them one by one: the fields of a struct, the elements of a short array;
// behind a pointer, and in an interface by its dynamic type, those of what it leads to.
#ifndef STRATA_GOMAP_MAP_FIELDS_H
#define STRATA_GOMAP_MAP_FIELDS_H

#include "gomap/go_program.h"
#include "gomap/map_shape.h"

enum { MAP_VALUE_FIELDS_MOST = 48, MAP_VALUE_BYTES_MOST = 4096 };

struct map_value_field {
    char name[64];        // "Name", "In.Deep", "[3]"; "": the value itself
    struct map_part part; // for map_texts_add
    uint32_t at;          // its bytes in those of the value
};

// A value with its bytes. `type_name` is of what was followed: "*main.Session", "main.Session in an interface".
struct map_value {
    char type_name[128];
    uint64_t address; // of the value where it lies elsewhere; 0: in the slot
    uint8_t bytes[MAP_VALUE_BYTES_MOST];
    struct map_value_field fields[MAP_VALUE_FIELDS_MOST];
    size_t fields_count;
    bool is_cut; // there are more fields, or its bytes cannot be read
};

// Fills *value from the part's bytes in a slot; reads what lies elsewhere from the memory,
// which is the program's, or what is known of it at another time.
void map_value_open(struct go_program *program, struct memory *memory, const struct map_shape *shape,
                    const struct map_part *part, const uint8_t *stored, struct map_value *value);

#endif
