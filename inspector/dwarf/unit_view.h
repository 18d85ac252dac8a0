// SPDX-License-Identifier: MIT
// A unit made ready for decoding: its bytes and its compiled abbrevs. And the cache that keeps compiled
// tables.
#ifndef STRATA_DWARF_UNIT_VIEW_H
#define STRATA_DWARF_UNIT_VIEW_H

#include "dwarf/abbrev_pool.h"
#include "dwarf/die_decode.h"
#include "dwarf/unit.h"

struct unit_view {
    const struct unit *unit;
    const struct abbrev_table *abbrevs; // owned by the cache
    struct die_stream stream;
};

// One DIE, decoded. values[i] is valid where bit i of abbrev->fields is set.
struct decoded_die {
    const struct abbrev *abbrev;
    const uint8_t *next; // behind the DIE: its first child when it has children
    uint64_t values[FIELDS_COUNT];
};

static inline bool die_has(const struct decoded_die *die, enum die_field field)
{
    return die->abbrev->fields >> field & 1;
}

// Tables by unit. Belongs to one thread; a view lives until abbrev_cache_trim or _free.
struct abbrev_cache {
    struct abbrev_table **slots; // open addressing by abbrev offset
    size_t slots_count, tables_count;
    struct abbrev_pool pool;
    bool keeps;          // tables may be wanted again when all are read: they stay, up to some megabytes
    size_t tables_bytes; // about
    const struct object *unlinked; // the first met that lacks_link and uses a supplement; NULL: none
};

// Opens the view of a unit; compiles its abbrevs unless the cache has them.
MUST_USE struct error *unit_view_open(struct abbrev_cache *cache, const struct unit *unit,
                                      struct unit_view *view);

// Caches whose tables others look into before they compile their own: a scan reads all units, and its caches serve whoever builds
// types. They belong to the program's tables, and are read only.
struct abbrev_kept {
    size_t count;
    struct abbrev_cache caches[];
};

// Makes the caches, which are empty then, those of the program's tables, unless these have some. When memory is short nothing is kept.
// Nobody may have a view of them, and hashers that borrow one are done with it.
void abbrev_caches_keep(struct unit_tables *all, struct abbrev_cache *const *caches, size_t count);
void abbrev_kept_free(struct abbrev_kept *kept); // NULL is fine

// Throws all tables away when there are more than `most`, the pool when it is large. No view may be in use.
void abbrev_cache_trim(struct abbrev_cache *cache, size_t most);
void abbrev_cache_free(struct abbrev_cache *cache);

// Decodes the DIE at the section offset. False when the offset lies outside the unit's DIEs, at a null entry,
// or the DIE is not whole. The offset may come from a reference and need not be the start of a true DIE: the
// result is then nonsense, but safe.
static inline bool unit_view_decode(const struct unit_view *view, uint64_t offset, struct decoded_die *die)
{
    if (UNLIKELY(offset < view->unit->die_offset || offset >= view->unit->end_offset))
        return false;
    uint64_t code;
    const uint8_t *p = load_uleb(view->stream.section + offset, &code);
    die->abbrev = abbrev_find(view->abbrevs, code);
    if (UNLIKELY(!die->abbrev || p > view->stream.end))
        return false;
    die->next = die_read(&view->stream, die->abbrev, p, die->values);
    return die->next != NULL;
}

#endif
