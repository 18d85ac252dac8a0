// SPDX-License-Identifier: MIT
// What Go's allocator gives for a request.
#ifndef STRATA_BASE_GO_SIZE_CLASS_H
#define STRATA_BASE_GO_SIZE_CLASS_H

#include <stdbool.h>
#include <stdint.h>

// Bytes that Go's allocator gives (runtime/sizeclasses.go, the same table since Go 1.16; beyond 32 KiB whole
// pages of 8 KiB). Without the header of 8 bytes that Go 1.22 and later add to types over 512 bytes that hold
// pointers.
uint64_t size_class_go_bytes(uint64_t request_bytes);

enum { SIZE_CLASS_GO_HEADER_BYTES = 8 };

// Whether an object with pointers of that size gets the header.
bool size_class_go_has_header(uint64_t request_bytes, unsigned address_bytes);

// With that header, where the object gets one: over 512 bytes, with pointers, and small enough to have a size class
// (Go 1.22, runtime/malloc.go, mallocgc; on 32-bit machines over 128 bytes).
uint64_t size_class_go_object_bytes(uint64_t request_bytes, bool has_pointers, unsigned address_bytes);

#endif
