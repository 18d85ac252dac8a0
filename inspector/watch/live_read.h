// SPDX-License-Identifier: MIT
// One frame of another program's map, read while the program runs. Nothing is stopped, so each frame is proved:
//
//     header ─► what the screen wants of it ─► one call: buckets or groups, the same again, the header again
//
// A slot whose two copies differ, or whose tophash or h2 is not that of its key, is in doubt and marked as such. A frame
// is accepted when the header was the same before and after, nobody was writing, all of it could be read, and what is
// shown in full agrees with the header's and the tables' own numbers. Else it is read again, a few times; then the last
// one is shown, with its doubts.
//
// Where things lie (overflow buckets, the directory, a table) is guessed from the frame before, so that all of a frame
// is one call of the system, and read anew where the guess was wrong.
#ifndef STRATA_WATCH_LIVE_READ_H
#define STRATA_WATCH_LIVE_READ_H

#include "base/vec.h"
#include "gomap/map_fields.h"
#include "gomap/map_figures.h"
#include "gomap/map_text.h"
#include "memory/memory_history.h"
#include "view/hmap_scene.h"
#include "view/swiss_scene.h"
#include "watch/live_hash.h"

enum { LIVE_TRIES = 4 };

// How the latest frame came about.
struct live_verdict {
    bool is_accepted, is_writing;
    bool is_gone;     // its header cannot be read
    bool is_no_map;   // the header is none of a map
    unsigned tries;   // 1 to LIVE_TRIES
    unsigned doubts;  // slots that are marked
    uint64_t read_ns; // spent in reading, all tries, texts and statistics left out
    uint64_t read_bytes, calls;
};

// A bucket of a frame: one of an array, or one that follows in its chain.
struct live_link {
    uint64_t address, index;
    uint32_t chain, wanted; // buckets that may follow
    uint32_t next;          // in the list of links; 0: none
    bool is_read;
};

// A table of a Swiss map, as it was read last.
struct live_table {
    struct swiss_placed_table table;
    bool is_read; // since it came to its place; until then its numbers are those of the table before it
    uint64_t changed_at; // the frame in which table.change happened
};

// A bucket and what followed it in its chain when it was last read.
struct live_guess {
    uint64_t address, next;
};

struct live_reader {
    struct go_program *program; // borrowed, as are the next five
    struct memory_history *log; // that `memory` reads through; NULL: none
    struct memory *memory;
    struct page_cache *pages; // for the texts
    const struct map_shape *shape;
    struct live_hasher *hasher;
    struct map_texts *texts;
    uint64_t address; // of the header
    bool is_frozen;   // the program stands: nothing can change while it is read
    struct live_verdict verdict;
    struct picture_header raw; // of the latest header; keeps the names of the types
    uint8_t header[PICTURE_HEADER_BYTES], header_after[PICTURE_HEADER_BYTES];
    VEC(uint8_t) bytes, again; // the first copies, and the second ones
    VEC(struct memory_range) ranges;
    // Classic.
    VEC(struct live_link) links;
    VEC(struct live_guess) guesses; // by address
    struct live_classic_part {
        VEC(struct classic_bucket) buckets;
        VEC(struct classic_entry) entries;
        size_t first, count; // its links of the array
    } parts[CLASSIC_WINDOWS];
    VEC(struct classic_density) densities[2];
    // Swiss.
    uint8_t slice[512 * 8]; // of the directory, as it is now
    uint64_t next_place;    // of directory_places: where the next slice begins
    VEC(uint8_t) directory; // its places as they were read, from directory_first on
    uint64_t directory_address, directory_first, directory_places;
    uint64_t directory_length;            // of the whole of it
    VEC(struct live_table) tables;        // of the places that were read, by place
    VEC(size_t) stale;                    // numbers of `tables` that are to be read first
    size_t next_table;                    // of the slice that is read next
    uint64_t frames;                      // that were begun
    VEC(struct swiss_placed_table) shown; // those that the frame wants
    uint64_t searches[SWISS_SEARCHES];    // of the entries that the frame has read
    VEC(struct swiss_group) groups;
    VEC(struct swiss_entry) entries;
    VEC(struct swiss_dir_cell) cells;
    struct map_value value; // of the slot that is opened
};

void live_reader_close(struct live_reader *reader);

// Reads the header again and fills it in. False: it cannot be read (is_gone), or is none of a map.
bool live_classic_header(struct live_reader *reader, struct classic_header *header);
bool live_swiss_header(struct live_reader *reader, struct swiss_header *header);

// Fills windows, densities and the bucket's bytes of the picture. Its header may be that of the frame before: it says
// where to look, and is read anew. When the map is gone (verdict) the picture stays as it was.
MUST_USE struct error *live_classic_fill(struct live_reader *reader, const struct hmap_needs *needs,
                                         struct classic_picture *picture);

// The table at that place of the directory, as picture->chosen; the directory is looked at for what has changed.
MUST_USE struct error *live_swiss_choose(struct live_reader *reader, uint64_t place,
                                         struct swiss_picture *picture);
// All of a frame with one call, where all is where the picture has it; *is_done false: it is not, or the frame is not
// accepted, and has to be read step by step.
MUST_USE struct error *live_swiss_again(struct live_reader *reader, uint64_t place,
                                        const struct swiss_needs *needs, struct swiss_picture *picture,
                                        bool *is_done);
// Tables, groups, the group under the cursor.
MUST_USE struct error *live_swiss_fill(struct live_reader *reader, const struct swiss_needs *needs,
                                       struct swiss_picture *picture);

// Adds the lines of an entry, whose key and element have these bytes in their slot, to at least two that are free. The
// texts come with map_texts_finish. False: memory is short.
bool live_detail_entry(struct live_reader *reader, const uint8_t *key, const uint8_t *elem,
                       struct picture_detail *to);

#endif
