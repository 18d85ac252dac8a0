// SPDX-License-Identifier: MIT
// Paths of source files for machines: the folder of the compilation is put in front, "." and ".." are gone, and what
// lies below the root of the sources is relative to it, as a forge has it.
#ifndef STRATA_REPORT_SOURCE_PATH_H
#define STRATA_REPORT_SOURCE_PATH_H

#include "base/output.h"

// Where the sources are. All texts are borrowed; all paths are absolute.
struct source_root {
    const char *paths[2]; // the same folder by two names, since links are resolved in one of them; NULL: none
    const char *here;     // where the command runs: paths of the command line are relative to it
};

enum source_place {
    SOURCE_RELATIVE, // to the folder of a compilation that is not known
    SOURCE_ABSOLUTE,
    SOURCE_BELOW_ROOT, // relative to the root
};

// Appends the path of `file` as a compilation in `folder` (NULL: unknown) names it. Paths are what the debug information
// says: nothing is looked up. `root` may be NULL.
enum source_place source_path(struct output *output, const char *folder, const char *file,
                              const struct source_root *root);

// The same as a URI: bytes that may not stand in one are percent-encoded (RFC 3986, section 2).
enum source_place source_uri(struct output *output, const char *folder, const char *file,
                             const struct source_root *root);

// A folder as a URI that ends with a slash.
void source_folder_uri(struct output *output, const char *folder);

#endif
