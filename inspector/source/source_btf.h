// SPDX-License-Identifier: MIT
// BTF as a source of types. Private to source/.
#ifndef STRATA_SOURCE_SOURCE_BTF_H
#define STRATA_SOURCE_SOURCE_BTF_H

#include "base/notices.h"
#include "source/type_source.h"

// As type_source_open; ERROR_NO_DEBUG for an ELF file without BTF.
MUST_USE struct error *source_btf_open(const char *path, const struct type_source_options *options,
                                       struct notice_sink *notices, struct type_source **source);

#endif
