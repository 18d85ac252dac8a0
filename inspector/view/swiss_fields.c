// SPDX-License-Identifier: MIT
// The fields of a Swiss map's header on the screen, and what each of them is for.
#include "view/swiss_frame.h"

#include <stdio.h>

enum field {
    USED,
    SEED,
    DIR_PTR,
    DIR_LEN,
    GLOBAL_DEPTH,
    GLOBAL_SHIFT,
    WRITING,
    TOMBSTONE_POSSIBLE,
    CLEAR_SEQ,
    FIELDS
};

_Static_assert((int)FIELDS == (int)SWISS_FIELDS, "Tab walks all of them");

static const char *const names[FIELDS] = {"used",        "seed",        "dirPtr",  "dirLen",
                                          "globalDepth", "globalShift", "writing", "tombstonePossible",
                                          "clearSeq"};

static enum style value_of(const struct swiss_header *header, enum field field, char text[48])
{
    switch (field) {
    case USED:
        snprintf(text, 48, "%llu", (unsigned long long)header->used);
        return STYLE_STRONG;
    case SEED:
        snprintf(text, 48, "0x%016llx", (unsigned long long)header->seed);
        return STYLE_NORMAL;
    case DIR_PTR:
        snprintf(text, 48, header->dir_address ? "0x%llx" : "nil", (unsigned long long)header->dir_address);
        return STYLE_POINTER;
    case DIR_LEN:
        snprintf(text, 48, "%llu", (unsigned long long)header->dir_length);
        return STYLE_STRONG;
    case GLOBAL_DEPTH:
        snprintf(text, 48, "%u", header->global_depth);
        return STYLE_STRONG;
    case GLOBAL_SHIFT:
        snprintf(text, 48, "%u", header->global_shift);
        return STYLE_NORMAL;
    case WRITING:
        snprintf(text, 48, "%s", header->is_writing ? "1 (on)" : "0");
        return header->is_writing ? STYLE_WARN : STYLE_NORMAL;
    case TOMBSTONE_POSSIBLE:
        snprintf(text, 48, "%s",
                 !header->has_tombstone_flag  ? "not in Go 1.24"
                 : header->tombstone_possible ? "true"
                                              : "false");
        return header->tombstone_possible ? STYLE_EMPTY_ONE : STYLE_NORMAL;
    case CLEAR_SEQ:
    case FIELDS:
        snprintf(text, 48, "%llu", (unsigned long long)header->clear_sequence);
        return STYLE_NORMAL;
    }
    return STYLE_NORMAL;
}

static void describe(const struct swiss_header *header, struct worded_field all[FIELDS])
{
    for (unsigned i = 0; i < FIELDS; i++) {
        all[i].name = names[i];
        all[i].style = value_of(header, (enum field)i, all[i].value);
    }
}

void swiss_fields_draw(const struct swiss_view *view, const struct swiss_scene *scene,
                       const struct swiss_frame *frame, struct canvas *canvas)
{
    static const uint8_t tall[] = {USED,    DIR_LEN, GLOBAL_DEPTH, GLOBAL_SHIFT,      WRITING,
                                   DIR_PTR, SEED,    CLEAR_SEQ,    TOMBSTONE_POSSIBLE};
    static const uint8_t low[] = {USED,    DIR_LEN, GLOBAL_DEPTH, WRITING,
                                  DIR_PTR, SEED,    CLEAR_SEQ,    GLOBAL_SHIFT};
    static const uint8_t tiny[] = {USED, DIR_LEN, GLOBAL_DEPTH, DIR_PTR, SEED, WRITING};
    static const uint8_t narrow[] = {USED, DIR_LEN, GLOBAL_DEPTH, WRITING};
    enum { FIRST_COLUMNS = 22 }; // the second one has the seed
    bool is_narrow = frame->left_columns < 44, is_tall = frame->panel_rows >= 5,
         is_tiny = frame->panel_rows < 4;
    struct worded_field all[FIELDS];
    struct map_fields fields = {.all = all,
                                .all_count = FIELDS,
                                .selected = view->screen.field,
                                .row = frame->panel_row,
                                .rows = is_tiny                 ? 3
                                        : is_tall && !is_narrow ? 5
                                                                : 4,
                                .columns = frame->left_columns,
                                .first_columns = FIRST_COLUMNS};
    describe(&scene->map.header, all);
    fields.order = is_narrow ? narrow : is_tiny ? tiny : is_tall ? tall : low;
    fields.count = is_narrow && is_tiny ? 3
                   : is_narrow          ? ARRAY_LENGTH(narrow)
                   : is_tiny            ? ARRAY_LENGTH(tiny)
                   : is_tall            ? FIELDS
                                        : ARRAY_LENGTH(low);
    fields.instead = fields.order[fields.count - 1];
    map_fields_draw(&fields, canvas);
}

// --- What a field is for, and what happens next to it ---

static const char *const for_what[FIELDS] = {
    [USED] = "how many entries there are: len(m)",
    [SEED] = "of this map's hashes: no two maps place their keys alike",
    [DIR_PTR] = "the directory of tables; while the map is small, its only group",
    [DIR_LEN] = "places of the directory, 2^globalDepth; 0 while the map is small",
    [GLOBAL_DEPTH] = "so many top bits of a hash are the number of its place in the directory",
    [GLOBAL_SHIFT] = "64 - globalDepth: the hash shifted right by it is the place",
    [WRITING] = "1 while a write is under way; a reader or writer that meets it ends the program",
    [TOMBSTONE_POSSIBLE] = "false: no table has a tombstone, so clear of an empty map has nothing to do",
    [CLEAR_SEQ] = "counts clears, so that a range under way knows that it ranges over nothing",
};

static void what_next(const struct swiss_picture *map, enum field field, char *text, size_t size_bytes)
{
    const struct swiss_header *header = &map->header;
    unsigned long long length = header->dir_length;
    switch (field) {
    case USED:
        snprintf(text, size_bytes, "a new key adds 1; %llu are left until a table grows",
                 (unsigned long long)map->overview.next_left);
        break;
    case SEED:
        snprintf(text, size_bytes, "drawn anew when the last entry goes, and by clear");
        break;
    case DIR_PTR:
        snprintf(text, size_bytes,
                 length                ? "another place when the directory doubles"
                 : header->dir_address ? "a directory of one place with entry 9"
                                       : "a group with the first entry");
        break;
    case DIR_LEN:
        snprintf(text, size_bytes, length ? "%llu, when a table splits whose depth is globalDepth" : "1",
                 2 * length);
        break;
    case GLOBAL_DEPTH:
        snprintf(text, size_bytes, "one more when the directory doubles; never less again");
        break;
    case GLOBAL_SHIFT:
        snprintf(text, size_bytes,
                 header->dir_length ? "one less when the directory doubles" : "64, with the first table");
        break;
    case WRITING:
        snprintf(text, size_bytes,
                 header->is_writing ? "0, when the write is done" : "the next write sets it first");
        break;
    case TOMBSTONE_POSSIBLE:
        snprintf(text, size_bytes, "set by a delete from a group without an empty slot, until clear");
        break;
    case CLEAR_SEQ:
    case FIELDS:
        snprintf(text, size_bytes, "one more with the next clear");
    }
}

bool swiss_fields_explain(const struct swiss_view *view, const struct swiss_scene *scene,
                          const struct swiss_frame *frame, struct canvas *canvas)
{
    if (!view->screen.field || view->screen.field > FIELDS)
        return false;
    enum field field = (enum field)(view->screen.field - 1);
    struct worded_field all[FIELDS];
    char next[160];
    describe(&scene->map.header, all);
    what_next(&scene->map, field, next, sizeof(next));
    const struct map_explained explained = {.noun = "Map",
                                            .field = &all[field],
                                            .header = &scene->map.header.raw,
                                            .what = for_what[field],
                                            .next = next,
                                            .row = frame->hash_row,
                                            .columns = frame->columns,
                                            .words_columns = frame->grid_columns};
    map_explained_draw(&explained, canvas);
    return true;
}
