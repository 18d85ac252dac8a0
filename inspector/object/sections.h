// SPDX-License-Identifier: MIT
// The debug sections of one image, ready to be read: found, joined, inflated, relocated.
//
//     plain, alone, linked      a slice of the mapping: nothing is copied, no page is touched
//     compressed, or several of one name, or with relocations to apply      a buffer of its own
#ifndef STRATA_OBJECT_SECTIONS_H
#define STRATA_OBJECT_SECTIONS_H

#include "object/image.h"
#include "object/inflate.h"
#include "object/section.h"

struct section_buffer {
    void *data;
    size_t mapping_bytes;
};

struct inflate_stream; // of inflate_stream.h

struct sections {
    struct bytes bytes[SECTION_COUNT];
    struct section_buffer buffers[SECTION_COUNT]; // data is NULL where `bytes` is a slice of the image
    bool is_split;                                // the .dwo set
    bool has_both;                                // the file has that and the plain one
    struct inflate_stream *growing;               // .debug_info is on its way; NULL: all is there
    struct inflate_plan growing_plan;
};

// How sections are loaded.
struct sections_wish {
    unsigned threads;
    bool any_expansion;
    bool skeletons;
    uint64_t grow_from_bytes; // a .debug_info of so many bytes is left growing where that can be; 0: none is
};

// True when the image holds type information: .debug_info or .debug_types in any dress, with bytes.
bool sections_exist(const struct image *image);

// Fills `sections`, which borrow from `image`. Of a file with both sets (clang's -gsplit-dwarf=single) the .dwo
// set is taken, since the types are there, unless `skeletons` are wanted. Errors name the section, not the file; nothing is left allocated
// then. Not thread-safe with others that use the same `sections`.
MUST_USE struct error *sections_load(const struct image *image, const struct sections_wish *wish,
                                     struct sections *sections);

// Ends the growing: inflates what is missing of .debug_info, on the calling thread. Nobody else may be reading it. Errors as above.
MUST_USE struct error *sections_settle(struct sections *sections);

void sections_free(struct sections *sections);

#endif
