// SPDX-License-Identifier: MIT
// The header's fields on the screen, and what each of them is for.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

enum field { COUNT, FLAGS, B, NOVERFLOW, HASH0, BUCKETS, OLDBUCKETS, NEVACUATE, EXTRA, FIELDS };

_Static_assert((int)FIELDS == (int)HMAP_FIELDS, "Tab walks all of them");

static const char *const names[FIELDS] = {"count",   "flags",      "B",         "noverflow", "hash0",
                                          "buckets", "oldbuckets", "nevacuate", "extra"};

static void address_text(uint64_t address, char text[48])
{
    if (address)
        snprintf(text, 48, "0x%llx", (unsigned long long)address);
    else
        snprintf(text, 48, "nil");
}

static enum style value_of(const struct classic_header *header, enum field field, char text[48])
{
    unsigned f = header->flags;
    switch (field) {
    case COUNT:
        snprintf(text, 48, "%lld", (long long)header->count);
        return STYLE_STRONG;
    case FLAGS:
        snprintf(text, 48, "%c%c%c%c%s", f & CLASSIC_ITERATOR ? 'I' : '-',
                 f & CLASSIC_OLD_ITERATOR ? 'O' : '-', f & CLASSIC_WRITING ? 'W' : '-',
                 f & CLASSIC_SAME_SIZE ? 'S' : '-', f & CLASSIC_WRITING ? " writing" : "");
        return f & CLASSIC_WRITING ? STYLE_WARN : STYLE_NORMAL;
    case B:
        snprintf(text, 48, "%u (%llu)", header->B, (unsigned long long)header->buckets);
        return STYLE_STRONG;
    case NOVERFLOW:
        snprintf(text, 48, "%u", header->noverflow);
        return header->noverflow ? STYLE_OVERFLOW : STYLE_NORMAL;
    case HASH0:
        snprintf(text, 48, "0x%08x", header->hash0);
        return STYLE_NORMAL;
    case BUCKETS:
        address_text(header->buckets_address, text);
        return STYLE_POINTER;
    case OLDBUCKETS:
        address_text(header->oldbuckets_address, text);
        return STYLE_POINTER;
    case NEVACUATE:
        snprintf(text, 48, "%llu", (unsigned long long)header->nevacuate);
        return header->is_growing ? STYLE_WARN : STYLE_NORMAL;
    case EXTRA:
    case FIELDS:
        address_text(header->extra_address, text);
        return STYLE_POINTER;
    }
    return STYLE_NORMAL;
}

static void describe(const struct classic_header *header, struct worded_field all[FIELDS])
{
    for (unsigned i = 0; i < FIELDS; i++) {
        all[i].name = names[i];
        all[i].style = value_of(header, (enum field)i, all[i].value);
    }
}

void hmap_fields_draw(const struct hmap_view *view, const struct hmap_scene *scene,
                      const struct hmap_frame *frame, struct canvas *canvas)
{
    // By column; the last one of the shorter ones gives way to what matters more now.
    static const uint8_t tall[] = {COUNT, FLAGS, B, NOVERFLOW, HASH0, BUCKETS, OLDBUCKETS, NEVACUATE, EXTRA};
    static const uint8_t low[] = {COUNT, B, NOVERFLOW, HASH0, FLAGS, BUCKETS, OLDBUCKETS, EXTRA};
    static const uint8_t narrow[] = {COUNT, B, NOVERFLOW, FLAGS};
    bool is_narrow = frame->left_columns < 46, is_tall = frame->panel_rows >= 5;
    struct worded_field all[FIELDS];
    struct map_fields fields = {.all = all,
                                .all_count = FIELDS,
                                .selected = view->screen.field,
                                .row = frame->panel_row,
                                .rows = is_tall && !is_narrow ? 5 : 4,
                                .columns = frame->left_columns};
    describe(&scene->map.header, all);
    fields.order = is_narrow ? narrow : is_tall ? tall : low;
    fields.count = is_narrow ? ARRAY_LENGTH(narrow) : is_tall ? FIELDS : ARRAY_LENGTH(low);
    fields.instead = scene->map.header.is_growing ? NEVACUATE : fields.order[fields.count - 1];
    map_fields_draw(&fields, canvas);
}

// --- What a field is for, and what happens next to it ---

static void for_what(enum field field, char *text, size_t size_bytes)
{
    static const char *const texts[FIELDS] = {
        [COUNT] = "how many entries there are: len(m)",
        [FLAGS] = "I, O: a range uses buckets, oldbuckets; W: a write is on; S: grows to the same size",
        [B] = "2^B buckets: the low B bits of a hash are the bucket's number",
        [NOVERFLOW] = "how many overflow buckets are chained; a guess from 65536 buckets on",
        [HASH0] = "the seed of this map's hashes: no two maps place their keys alike",
        [BUCKETS] = "where the array of 2^B buckets lies",
        [OLDBUCKETS] = "while the map grows: the array before, whose entries are moved bit by bit",
        [NEVACUATE] = "all old buckets below this number are moved",
        [EXTRA] = "lists overflow buckets that hold no pointers, and the next one made in advance",
    };
    snprintf(text, size_bytes, "%s", texts[field]);
}

static void what_next(const struct classic_header *header, enum field field, char *text, size_t size_bytes)
{
    unsigned long long buckets = header->buckets, old = header->old_buckets, next = header->nevacuate;
    bool grows = header->is_growing;
    switch (field) {
    case COUNT:
        snprintf(text, size_bytes, "a new key adds 1; entry %llu %s",
                 (unsigned long long)header->grows_above + 1,
                 grows ? "would double it, but it still grows" : "doubles the map first");
        break;
    case FLAGS:
        snprintf(text, size_bytes,
                 header->flags & CLASSIC_WRITING
                     ? "W goes when the write is done; another goroutine that meets it ends the program"
                     : "the next write sets W first; a reader that meets it ends the program");
        break;
    case B:
        snprintf(text, size_bytes, "the next doubling makes it %u: %llu buckets", header->B + 1u,
                 2 * buckets);
        break;
    case NOVERFLOW:
        snprintf(text, size_bytes, "at %u the map is moved to an array of the same size, densely",
                 header->grows_at_noverflow);
        break;
    case HASH0:
        snprintf(text, size_bytes, "drawn anew when the map becomes empty");
        break;
    case BUCKETS:
        snprintf(text, size_bytes,
                 header->buckets_address ? "%llu buckets in one piece, some overflow buckets behind them"
                                         : "nil: the first insertion makes %llu bucket",
                 buckets);
        break;
    case OLDBUCKETS:
        if (grows)
            snprintf(text, size_bytes, "nil again when all %llu old buckets are moved", old);
        else
            snprintf(text, size_bytes, "nil: at rest; a growth puts the present array here");
        break;
    case NEVACUATE:
        if (grows)
            snprintf(text, size_bytes, "each write moves its own old bucket, and old %llu", next);
        else
            snprintf(text, size_bytes, "not used at rest; a growth starts at 0");
        break;
    case EXTRA:
    case FIELDS:
        snprintf(text, size_bytes, "made with the first overflow bucket, or with the array in advance");
    }
}

bool hmap_fields_explain(const struct hmap_view *view, const struct hmap_scene *scene,
                         const struct hmap_frame *frame, struct canvas *canvas)
{
    if (!view->screen.field || view->screen.field > FIELDS)
        return false;
    enum field field = (enum field)(view->screen.field - 1);
    struct worded_field all[FIELDS];
    char what[160], next[160];
    describe(&scene->map.header, all);
    for_what(field, what, sizeof(what));
    what_next(&scene->map.header, field, next, sizeof(next));
    const struct map_explained explained = {.noun = "hmap",
                                            .field = &all[field],
                                            .header = &scene->map.header.raw,
                                            .what = what,
                                            .next = next,
                                            .row = frame->hash_row,
                                            .columns = frame->columns,
                                            .words_columns = frame->grid_columns};
    map_explained_draw(&explained, canvas);
    return true;
}
