// SPDX-License-Identifier: MIT
// An object whose .debug_info is still being inflated: the other sections are there, and its first bytes. To inflate one zlib stream
// takes longer than all else that is done with it, and only one thread can do it: the others begin on what has come out.
//
//     object_open(grow_from_bytes) ─► growing ─object_grow, one thread, others read behind it─► object_settle ─► as any object
#ifndef STRATA_OBJECT_GROWTH_H
#define STRATA_OBJECT_GROWTH_H

#include "object/object.h"

// False: all is there, as without grow_from_bytes. An object grows where .debug_info is one zlib stream that large, nothing is relocated,
// there are two threads or more, and the library for it is here (inflate_stream.h).
bool object_is_growing(const struct object *object);

// The first `ready_bytes` bytes of .debug_info are final.
typedef void (*object_each_piece)(void *context, uint64_t ready_bytes);

// Inflates on the calling thread and calls `each` behind each piece, with all bytes of the section behind the last one; where the stream
// turns out to be damaged it returns without that. Those who are called may let other threads read what is final.
void object_grow(struct object *object, object_each_piece each, void *context);

// Ends it: from here on the object is as any other. To be called when no other thread reads .debug_info. Errors as of object_open: they are
// the same as if nothing had grown. Does nothing with an object that is not growing.
MUST_USE struct error *object_settle(struct object *object);

#endif
