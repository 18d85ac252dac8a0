// SPDX-License-Identifier: MIT
// Debian packages: the ELF files in a .deb, as members of an archive.
//
//     x.deb  "!<arch>\n" │ debian-binary │ control.tar.xz │ data.tar.{xz,zst,gz} ─► ./usr/bin/foo = x.deb(usr/bin/foo)
//
// The format is in deb(5). The tar inside is read by libarchive, in a stream: what is no ELF file is passed over.
#ifndef STRATA_OBJECT_DEB_H
#define STRATA_OBJECT_DEB_H

#include "object/archive.h"

// Whether the archive is a package: its first member is "debian-binary".
bool deb_is(struct bytes archive);

// Calls each(context, "x.deb(usr/bin/foo)", error, descriptor) for the ELF files in the order of the package, as archive_each does. Where
// `name` is not NULL, for the file of that path alone, of any kind. Errors: what the callee returns; a package without data, one that is damaged, that
// grows more than packages do (64 times, unless any_expansion) or beyond 16 GiB, wanted or not: ERROR_BAD_FORMAT; ERROR_UNSUPPORTED where strata was built without libarchive.
MUST_USE struct error *deb_each(const char *path, struct bytes package, const char *name, bool any_expansion,
                                archive_each_member each, void *context);

#endif
