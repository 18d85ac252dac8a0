// The parts of `strata verify`: gathering what the witnesses need from files.
#ifndef STRATA_CHECK_VERIFY_PARTS_H
#define STRATA_CHECK_VERIFY_PARTS_H

#include "base/vec.h"
#include "cli/input.h"
#include "query/select.h"
#include "report/verify.h"

struct walk;

typedef VEC(const char *) notes_vec;

// A file, or strata itself, being verified. Start with {0} and crosscheck_init.
struct verifying {
    const struct common_options *common;
    struct crosscheck check;
    size_t target; // column of the file; SIZE_MAX: none
    bool has_maps; // the cross-check is about something in the file
    struct verify_abi abi;
    bool has_abi;
    notes_vec notes; // texts in the arena of the cross-check
};

// A sentence for the report.
MUST_USE struct error *verifying_note(struct verifying *verifying, const char *format, ...) PRINTF_LIKE(2, 3);

// The witnesses of strata's own types: compiler, DWARF of the running executable, map type, live memory.
MUST_USE struct error *verify_own(struct verifying *verifying);

// The file's own hmap and buckets as a further column; has_maps tells whether there are any.
MUST_USE struct error *verify_maps(struct verifying *verifying, struct input *input,
                                   const struct selection *all);

// Recomputes all of the file's types.
MUST_USE struct error *verify_abi(struct verifying *verifying, struct input *input,
                                  const struct selection *all, struct walk *walk);

#endif
