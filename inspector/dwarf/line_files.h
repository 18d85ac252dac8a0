// SPDX-License-Identifier: MIT
// File names of a unit's line number program header (DWARF 5 section 6.2.4): what DW_AT_decl_file counts in.
#ifndef STRATA_DWARF_LINE_FILES_H
#define STRATA_DWARF_LINE_FILES_H

#include "base/arena.h"
#include "dwarf/unit.h"

// The file table of a unit, or of several that share it, decoded; lives in the arena that it was read into.
// Not thread-safe, as it keeps the names it has put together.
struct line_files;

// Reads the table of `unit`, without putting names together. NULL in *files when the unit has none, or it cannot
// be read as far as one name. A table that breaks off keeps the files before the break. The only error is that
// memory is short.
MUST_USE struct error *line_files_read(const struct unit *unit, struct arena *arena,
                                       struct line_files **files);

// The name of file `index` as the compiler wrote it, its folder in front when the name is relative and the
// folder is not the compilation's own ("include/linux/list.h"). `index` counts as DW_AT_decl_file does: from
// 1 before DWARF 5, from 0 since. NULL when there is no such file. `unit` is the one that asks, of those that
// have this table: its folder is the compilation's own. The text lives in the table's arena or longer.
const char *line_files_name(struct line_files *files, const struct unit *unit, uint64_t index);

// The folder that relative names are relative to: the compilation's own. NULL when neither the unit nor its table
// says. Lives as long as the unit's sections.
const char *line_files_folder(const struct line_files *files, const struct unit *unit);

// Both in one, for a single name. Thread-safe; the text lives in the arena.
FOR_TESTS const char *line_file_name(const struct unit *unit, uint64_t index, struct arena *arena);

#endif
