// SPDX-License-Identifier: MIT
// All of a piece of memory into a file descriptor.
#ifndef STRATA_BASE_WRITE_ALL_H
#define STRATA_BASE_WRITE_ALL_H

#include "base/attributes.h"
#include <stddef.h>

// Goes on after signals and short writes. 0, or the errno value of what failed; then part may be written.
MUST_USE int write_all(int fd, const void *data, size_t size_bytes);

#endif
