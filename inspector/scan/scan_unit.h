// SPDX-License-Identifier: MIT
// Scans one unit after the other into a table of definitions. One scanner a thread.
#ifndef STRATA_SCAN_SCAN_UNIT_H
#define STRATA_SCAN_SCAN_UNIT_H

#include "dwarf/unit_view.h"
#include "scan/copy_table.h"
#include "scan/judged_names.h"
#include "scan/name_search.h"
#include "scan/quick_unit.h"
#include "scan/scan.h"
#include "scan/shared_keys.h"
#include "scan/type_hash.h"
#include "scan/type_records.h"
#include "scan/type_table.h"

// Which qualified names are wanted; NULL: all.
struct wanted_names {
    const char *const *names;
    size_t count;
    name_rule *fits; // instead of names, where names have no scopes. Thread-safe
    void *context;
};

struct type_shapes {
    struct type_shape *data;
    size_t length, capacity;
};

// What a typedef or a variable calls the nameless type of a type unit.
struct signed_name {
    const struct unit *type_unit;
    const char *name;        // qualified; in the table's arena
    const struct unit *unit; // of the typedef or the variable, and its position there
    uint32_t position;
    bool is_variable;
};

struct signed_names {
    struct signed_name *data;
    size_t length, capacity;
};

// What is known of the first definition of a key.
struct quick_first {
    uint64_t identity;
    uint32_t elsewhere; // 0, or the number in quick_elsewhere, from 1: another scanner knows the identity
};

// A definition that another scanner has met first, and where it stood when this one did.
struct quick_elsewhere {
    uint64_t key;
    struct type_place place;
};

struct quick_elsewheres {
    struct quick_elsewhere *data;
    size_t length, capacity;
};

struct scanner {
    const struct wanted_names *wanted;
    struct judged_names judged; // by wanted->fits
    struct positions fitting;   // of a unit, by it
    uint64_t *unfit;            // of them, by their offsets in .debug_str of the first table
    uint64_t unfit_bits;
    struct copy_table
        judged_scoped; // by wanted->fits, names together with their scopes; copies: 1 where it fits
    uint8_t *judged_scoped_beside;
    struct abbrev_cache abbrevs;
    struct type_records records;
    struct type_shapes shapes; // of records that were passed over, by record
    struct type_hasher hasher;
    struct quick_unit quick;
    struct copy_table quick_keys;     // copies: besides the first
    struct quick_first *quick_firsts; // by number
    struct shared_keys *shared_keys;  // of all scanners of a scan; NULL: each is on its own. Set by the owner
    struct quick_elsewheres quick_elsewhere;
    uint64_t quick_definitions; // that it has met in all
    uint64_t quick_known;       // firsts of their keys that the general way had met already
    enum scan_way way;          // set by the owner
    struct type_table table;
    struct signed_names signed_names;
    struct problems problems; // units skipped
    size_t names_left_bytes;  // of the unit: copies of names together with their scopes
    uint64_t dies_count;
};

// The secret is the same for all scanners of a scan.
MUST_USE struct error *scanner_init(struct scanner *scanner, const struct wanted_names *wanted,
                                    const struct quick_secret *secret);
void scanner_free(struct scanner *scanner);

// Leaves the hits out that cannot name a type of the unit. Fails only when memory is short.
MUST_USE struct error *scan_unit_hits(struct scanner *scanner, const struct unit *unit,
                                      struct name_hits *hits);

// Adds the unit's definitions. A unit that breaks the rules goes to problems instead. Fails only when memory
// is short.
MUST_USE struct error *scan_unit(struct scanner *scanner, const struct unit *unit,
                                 const struct walk_plan *plan);

// The same for those whose names wanted->fits accepts. Fails only when memory is short.
MUST_USE struct error *scan_unit_fitting(struct scanner *scanner, const struct unit *unit);

// Adds the type of the type unit under that name, which must live as long as the table. Fails only when memory is
// short.
MUST_USE struct error *scan_signed(struct scanner *scanner, const struct signed_name *name);

#endif
