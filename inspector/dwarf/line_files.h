// File names of a unit's line number program header (DWARF 5 section 6.2.4): what DW_AT_decl_file counts in.
#ifndef STRATA_DWARF_LINE_FILES_H
#define STRATA_DWARF_LINE_FILES_H

#include "base/arena.h"
#include "dwarf/unit.h"

// The name of file `index` as the compiler wrote it, its folder in front when the name is relative and the
// folder is not the compilation's own ("include/linux/list.h"). NULL when the table has no such file or
// cannot be read. Thread-safe; the text lives in the arena.
const char *line_file_name(const struct unit *unit, uint64_t index, struct arena *arena);

#endif
