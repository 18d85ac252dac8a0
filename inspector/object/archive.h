// SPDX-License-Identifier: MIT
// Archives of object files: .a and .rlib, and thin ones (ar crT), which hold names instead of members; and Debian packages (deb.h), whose
// members are the files in them.
//
//     "!<arch>\n" │ header of 60 bytes │ member, padded to 2 │ header …
//                   "//": the table of long names, which "/123" points into (GNU); "#1/20": the name stands before the member (BSD)
#ifndef STRATA_OBJECT_ARCHIVE_H
#define STRATA_OBJECT_ARCHIVE_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/error.h"
#include "base/notices.h"
#include "object/file_wish.h"
#include <stdbool.h>

struct archive_member {
    const char *name; // in the reader's arena; of a thin archive the path as it stands there
    bool is_thin;     // the content is in the file of that name, relative to the archive's folder
    uint64_t
        origin; // thin: not 0: that file is an archive, and its member there, a header's offset, is meant (ar crT all.a part.a)
    struct bytes bytes; // empty when thin
    uint64_t offset;    // of its header
};

struct archive_reader {
    const char *path; // for messages
    struct bytes file;
    bool is_thin;
    struct bytes names; // the table of long names
    uint64_t at;
    struct arena *arena;
};

// Whether bytes with this beginning are an archive.
bool archive_is(struct bytes start);

// `file` is the archive, mapped; all is borrowed. Reads nothing yet.
struct archive_reader archive_read(const char *path, struct bytes file, struct arena *arena);

// The next member that is a file, symbol tables passed over; false at the end. Errors: a damaged header or one whose
// member does not lie in the file, ERROR_BAD_FORMAT with its offset.
MUST_USE struct error *archive_next(struct archive_reader *reader, struct archive_member *member,
                                    bool *is_there);

// Splits "libfoo.a(bar.o)" where no file is named so: *archive and *member are copies in the arena. False: it is no such name.
bool archive_split(const char *path, struct arena *arena, const char **archive, const char **member);

// The member whose header is at `offset`; the table of long names, which stands before all members, is read first.
MUST_USE struct error *archive_member_at(struct archive_reader *reader, uint64_t offset,
                                         struct archive_member *member);

// Whether the path is of that form and its archive is there.
bool archive_names_member(const char *path);

// A member that others lead to, as many debug files of a package do to one alternate file: kept open, since finding it takes a way through
// the whole package. {.descriptor = -1} to begin with. One thread at a time.
struct archive_beside {
    struct file_wish wish;
    char *label;    // "x.deb(usr/lib/debug/.dwz/x.debug)", the last that was asked for
    int descriptor; // -1: there is no such member
};
void archive_beside_close(struct archive_beside *beside);

// Of the member that `label` names, the one that `name` leads to, "../../.dwz/x.debug" or an absolute path: beside->label and descriptor.
// Errors: those of archive_open_member; one that is not there is none.
MUST_USE struct error *archive_beside_open(struct archive_beside *beside, const char *label,
                                           const char *name);

// Opens one member by the name of the form "libfoo.a(bar.o)": *descriptor is the caller's, a nameless file in memory, or the member
// of a thin archive itself. Errors: those of the system, ERROR_NOT_FOUND, ERROR_BAD_FORMAT where the archive is none.
// `wish` as in archive_each.
MUST_USE struct error *archive_open_member(const char *path, const char *archive,
                                           const struct file_wish *wish, const char *member, int *descriptor);

// Calls each(context, "libfoo.a(bar.o)", error, descriptor) for all members in their order, until it returns an error, which is
// returned. `error` is why a member cannot be opened (of a thin archive), and descriptor -1 then: the callee's to free. The descriptor is closed
// behind the call. A file that a thin archive names more than once is given once. *is_archive is false, and nothing is called, where the file is none. `path` "-": standard input, a file.
typedef struct error *(*archive_each_member)(void *context, const char *label, struct error *error,
                                             int descriptor);
// Of a universal file of archives the one for the wish's slice is taken, and `notices` are given which.
MUST_USE struct error *archive_each(const char *path, const struct file_wish *wish,
                                    struct notice_sink *notices, archive_each_member each, void *context,
                                    bool *is_archive);

#endif
