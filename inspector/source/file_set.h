// SPDX-License-Identifier: MIT
// The files that a command line means: each file named stands for itself, a folder for all files below it that strata may be able
// to read.
//
//     a.out build/ ─► a.out
//                     build/main.o          sorted by their names in each folder, folders among them
//                     build/sub/parse.o
//
// Of a core, where that is asked for, the program that left it and its shared libraries:
//
//     core.4711 ─► core.4711
//                  /usr/lib/libfoo.so
//
// Nothing else is opened here but the first bytes of what is in folders: whether there is debug information is known when a file is read.
#ifndef STRATA_SOURCE_FILE_SET_H
#define STRATA_SOURCE_FILE_SET_H

#include "base/arena.h"
#include "base/error.h"
#include "base/notices.h"
#include "base/vec.h"
#include <stdbool.h>

struct object_options;

struct file_set_file {
    const char *path;
    const char
        *folder; // as it was named, in which the file was found, or the core; NULL: the file itself was named
};

// Lives until file_set_free, with all texts in it.
struct file_set {
    VEC(struct file_set_file) files;
    size_t folders_count; // named; cores whose libraries are read, too
    size_t cores_count;   // of these
    const char *folder;   // the last of them
    size_t others;        // regular files in folders that are of no kind that strata reads
    // Of what lies in folders and cannot be looked at, a line each. Such a command has not seen all that it was asked about.
    struct notices problems;
    struct arena arena;
};

// Expands the paths in their order. What is named is taken as it is, also when it is not there: opening it says so. Of folders: links to
// files are followed and links to folders are not, a file that stands there under several names is taken once, devices, sockets and FIFOs
// are passed over. A file is taken by its first bytes (ELF, an archive, a BTF; of a compressed file what it unpacks to).
// `libraries` is how the libraries of cores are looked for, those that are not here are problems; NULL: cores stand for themselves.
// Errors: short of memory, a folder that cannot be read at all. The set is to be freed in any case.
MUST_USE struct error *file_set_expand(const char *const *paths, size_t count,
                                       const struct object_options *libraries, struct file_set *set);
void file_set_free(struct file_set *set);

// Whether documents are about several files: a folder is several, however many there are in it today.
static inline bool file_set_is_several(const struct file_set *set)
{
    return set->folders_count > 0 || set->files.length > 1;
}

// Whether the file's error is none to a person who named a folder: there are files without debug information in most of them.
static inline bool file_set_passes_over(const struct file_set_file *file, const struct error *error)
{
    return file->folder && error->code == ERROR_NO_DEBUG;
}

#endif
