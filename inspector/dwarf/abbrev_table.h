// SPDX-License-Identifier: MIT
// Reads and compiles abbreviation tables.
#ifndef STRATA_DWARF_ABBREV_TABLE_H
#define STRATA_DWARF_ABBREV_TABLE_H

#include "base/error.h"
#include "dwarf/abbrev.h"
#include "dwarf/abbrev_pool.h"

// Compiles the table that `unit` uses; its abbrevs live in the pool, and as long. Rejects with
// ERROR_BAD_FORMAT or ERROR_UNSUPPORTED (file, section, offset) what libdwarf must not see: a table without
// end, a code twice, an attribute twice in one abbrev, more than 200 attributes, an unknown form,
// DW_FORM_indirect. The table is the caller's. Thread-safe, a pool for each thread.
MUST_USE struct error *abbrev_table_compile(const struct unit *unit, struct abbrev_pool *pool,
                                            struct abbrev_table *table);
void abbrev_table_free(struct abbrev_table *table); // also for CLEANUP(abbrev_table_free)

bool abbrev_table_serves(const struct abbrev_table *table, const struct unit *unit);

// Where the table of the unit ends, in .debug_abbrev, behind its last byte; 0: it does not end before unit->abbrev_end. Thread-safe.
uint64_t abbrev_table_end(const struct unit *unit);

// Compiles only the abbrev of `code`, capturing what is read of a root DIE. What it points to lives in the
// arena.
MUST_USE struct error *abbrev_compile_root(const struct unit *unit, uint64_t code, struct arena *arena,
                                           struct abbrev *abbrev);

#endif
