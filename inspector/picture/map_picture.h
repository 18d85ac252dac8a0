// SPDX-License-Identifier: MIT
// What pictures of all kinds of maps have in common. A picture is plain data of a map at one moment:
// addresses in it are numbers, and nothing points into the map. watch/ fills one from the map of this
// process; from another process or a core it can be filled as well. Views draw pictures and know nothing else
// of maps.
//
//     map ──(snapshot, or memory read)──► picture ──► view ──► cells
//
// Texts in a picture may come from a hostile process: they end within their arrays, and views make them safe.
#ifndef STRATA_PICTURE_MAP_PICTURE_H
#define STRATA_PICTURE_MAP_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PICTURE_TEXT_BYTES = 32, // of a key or an element
    PICTURE_TYPE_BYTES = 64,
    PICTURE_NAME_BYTES = 24,
    PICTURE_FIELDS_MOST = 16,
    PICTURE_HEADER_BYTES = 64, // classic headers have 48 or 56 bytes, Swiss ones 48
    PICTURE_EVENTS_MOST = 64,
    PICTURE_EVENT_BYTES = 160,
};

// A field of the header. `value` is what its bytes say as a little-endian number; 0 for more than 8 bytes.
struct picture_field {
    char name[PICTURE_NAME_BYTES];
    uint16_t offset_bytes, size_bytes;
    uint64_t value;
};

// The header as it lies in memory.
struct picture_header {
    uint64_t address; // 0: a nil map
    uint32_t size_bytes;
    uint8_t bytes[PICTURE_HEADER_BYTES];              // the first size_bytes of them
    struct picture_field fields[PICTURE_FIELDS_MOST]; // by offset
    size_t fields_count;
    const char *fields_source; // who says so: "DWARF"; borrowed, static
    char key_type[PICTURE_TYPE_BYTES], elem_type[PICTURE_TYPE_BYTES];
};

// Fields that someone knows, to be laid over a header.
struct picture_fields {
    struct picture_field list[PICTURE_FIELDS_MOST]; // by offset; values unused
    size_t count;
    const char *source;
};

// How important an event is.
enum event_tone { TONE_NORMAL, TONE_QUIET, TONE_GOOD, TONE_WARN, TONE_MOVED, TONE_OVERFLOW };

// Something that happened to the map, in words.
struct picture_event {
    uint64_t position; // in time: events before it
    uint8_t tone;      // enum event_tone
    char text[PICTURE_EVENT_BYTES];
};

// Gives the header its fields, each with its value by the header's bytes. Fields that leave the header are
// left out.
static inline void picture_header_lay(struct picture_header *header, const struct picture_fields *fields)
{
    header->fields_count = 0;
    header->fields_source = fields->source;
    for (size_t i = 0; i < fields->count && i < PICTURE_FIELDS_MOST; i++) {
        struct picture_field field = fields->list[i];
        if ((uint32_t)field.offset_bytes + field.size_bytes > header->size_bytes)
            continue;
        field.value = 0;
        for (unsigned k = field.size_bytes <= 8 ? field.size_bytes : 0; k-- > 0;)
            field.value = field.value << 8 | header->bytes[field.offset_bytes + k];
        header->fields[header->fields_count++] = field;
    }
}

// The slot under the cursor, opened with Enter: lines that the filler made. A struct has one a field.
enum { PICTURE_DETAIL_LINES = 64 };

struct picture_detail {
    char title[PICTURE_EVENT_BYTES];
    char lines[PICTURE_DETAIL_LINES][PICTURE_EVENT_BYTES];
    size_t lines_count;
    uint32_t slots; // that there are to choose from: of a group, or of a bucket and its chain
};

#endif
