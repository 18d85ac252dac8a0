// SPDX-License-Identifier: MIT
// What an allocator gives for a request: the size that a smaller type really saves on the heap.
#ifndef STRATA_LAYOUT_SIZE_CLASS_H
#define STRATA_LAYOUT_SIZE_CLASS_H

#include "base/go_size_class.h"
#include "layout/align.h"

// Bytes that glibc's malloc takes from the heap for a request, its own word included (malloc.c,
// request2size): a multiple of 16 on 64-bit machines and on i386 (other 32-bit machines: of 8). Requests that
// go to mmap (128 KiB and more) are rounded in the same way here.
uint64_t size_class_glibc_bytes(uint64_t request_bytes, const struct abi *abi, unsigned address_bytes);

#endif
