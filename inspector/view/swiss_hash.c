// SPDX-License-Identifier: MIT
// A key's hash, bit by bit: its top bits pick the place in the directory, its low 7 are stored, and those between
// say with which group of the table the search begins.
//
//      01010011 01111010 … 00111101 01001100 10111001 11101011
//      └─┘ place 2: table 2      group 5, h2 6b └────────────┘      (two spans: of the group, of h2)
#include "view/swiss_frame.h"

#include <stdio.h>
#include <string.h>

enum { H2_BITS = 7, HASH_BITS = 64 };

static int bits_of(const struct swiss_probe *probe)
{
    return probe->hash_bits ? probe->hash_bits : HASH_BITS;
}

// How many bits above h2 say the first group.
static int group_bits(uint64_t groups)
{
    int bits = 0;
    while (bits < HASH_BITS - H2_BITS && (groups >> bits) > 1)
        bits++;
    return bits;
}

static void bit_looks(const struct swiss_probe *probe, int group_end, struct bit_look looks[HASH_BITS])
{
    for (int bit = 0; bit < HASH_BITS; bit++) {
        bool is_h2 = bit < H2_BITS, is_group = !is_h2 && bit < group_end;
        bool is_place = bit >= bits_of(probe) - probe->depth;
        bool is_lit = (is_place && probe->step == SWISS_STEP_HASHED) ||
                      (is_group && probe->step == SWISS_STEP_SEARCHES) ||
                      (is_h2 && probe->step == SWISS_STEP_STORED);
        looks[bit].style = (uint8_t)(is_h2      ? STYLE_TOPHASH
                                     : is_group ? STYLE_BUCKET_BITS
                                     : is_place ? STYLE_MOVED_Y
                                                : STYLE_DIM);
        looks[bit].marks = is_lit ? MARK_LIT : 0;
    }
}

// "└──┘" below the bits from `high` to `low`; a blank between bytes is passed over.
static void draw_span(struct canvas *canvas, int row, int from, int to, enum style style)
{
    for (int column = from; column <= to; column++)
        canvas_put(canvas, row, column, column == from ? 0x2514 : column == to ? 0x2518 : 0x2500, style, 0);
    if (from == to)
        canvas_put(canvas, row, from, 0x2514, style, 0);
}

// Where the bits stand: all of them, or the first 16 and the last 32 with the middle left out.
struct bits_place {
    int start, bits;
    bool is_cut;
};

static int column_of(const struct bits_place *place, int bit)
{
    enum { CUT_HIGH = 48, CUT_LOW = 32, GAP = 3 };
    int column = place->start + (place->bits - 1 - bit) + (place->bits - 1 - bit) / 8;
    if (place->is_cut && bit < CUT_LOW)
        column -= (CUT_HIGH - CUT_LOW) + (CUT_HIGH - CUT_LOW) / 8 - GAP;
    return column;
}

static void draw_spans(const struct swiss_probe *probe, struct canvas *canvas, int row,
                       const struct bits_place *place, int group_end)
{
    char left[96] = "", group[64] = "", h2[16];
    int left_end = place->start;
    snprintf(h2, sizeof(h2), "h2 %02x ", probe->h2);
    if (probe->depth) {
        int to = column_of(place, place->bits - probe->depth);
        draw_span(canvas, row, place->start, to, STYLE_MOVED_Y);
        snprintf(left, sizeof(left), "place %llu", (unsigned long long)probe->place);
        if (probe->table != probe->place)
            snprintf(left + strlen(left), sizeof(left) - strlen(left), ", of table %llu",
                     (unsigned long long)probe->table);
        left_end = to + 2;
        left_end += canvas_text(canvas, row, left_end, canvas->columns - left_end, STYLE_MOVED_Y, 0, left);
    }
    int h2_from = column_of(place, H2_BITS - 1), end = h2_from;
    draw_span(canvas, row, h2_from, column_of(place, 0), STYLE_TOPHASH);
    if (group_end > H2_BITS) {
        end = column_of(place, group_end - 1);
        draw_span(canvas, row, end, column_of(place, H2_BITS), STYLE_BUCKET_BITS);
        snprintf(group, sizeof(group), "group %llu of %llu, ",
                 (unsigned long long)swiss_probe_group(probe->hash, probe->groups, 0),
                 (unsigned long long)probe->groups);
    }
    int at = end - canvas_text_width(group) - canvas_text_width(h2);
    if (at < left_end + 1) { // the number of groups is in the title below
        snprintf(group, sizeof(group), "group %llu, ",
                 (unsigned long long)swiss_probe_group(probe->hash, probe->groups, 0));
        at = end - canvas_text_width(group) - canvas_text_width(h2);
    }
    if (at < left_end + 1 && place->bits == HASH_BITS)
        return;
    if (at < left_end + 1) { // behind the 32 bits there is room
        at = column_of(place, 0) + 2;
        end = canvas->columns;
    }
    at += canvas_text(canvas, row, at, end - at, STYLE_BUCKET_BITS, 0, group);
    canvas_text(canvas, row, at, end - at, STYLE_TOPHASH, 0, h2);
}

// --- The way of the search ---

static void outcome_text(const struct swiss_probe *probe, char *text, size_t size_bytes)
{
    char others[64] = "";
    if (probe->same_h2)
        snprintf(others, sizeof(others), "; %u other key%s had this h2 and %s compared", probe->same_h2,
                 probe->same_h2 == 1 ? "" : "s", probe->same_h2 == 1 ? "was" : "were");
    switch ((enum swiss_outcome)probe->outcome) {
    case SWISS_FOUND:
        snprintf(text, size_bytes, ": slot %u%s", probe->slot, others);
        break;
    case SWISS_NOT_FOUND:
        snprintf(text, size_bytes, " has an empty slot: it is not in the map%s", others);
        break;
    case SWISS_UNHASHABLE:
        snprintf(text, size_bytes, ": a key of this type has no hash");
        break;
    case SWISS_UNDER_WAY:
        *text = '\0';
    }
}

// "path   5 full → 6 full → 8: slot 3"
static void draw_path(const struct swiss_probe *probe, struct canvas *canvas, int row, int columns)
{
    enum { STEPS_SHOWN = 6 };
    char text[192];
    int at = 1;
    if (!probe->probes) {
        canvas_text(canvas, row, at, columns - 2, STYLE_DIM, 0, probe->groups ? "" : "no group to search in");
        return;
    }
    at += canvas_text(canvas, row, at, columns - 2, STYLE_LABEL, 0, "way  group ");
    for (uint32_t i = 0; i < probe->probes && at < columns - 2; i++) {
        bool is_last = i + 1 == probe->probes;
        if (i == STEPS_SHOWN && !is_last) {
            at += canvas_text(canvas, row, at, columns - 1 - at, STYLE_DIM, 0, "… → ");
            i = probe->probes - 2;
            continue;
        }
        snprintf(text, sizeof(text), "%llu",
                 (unsigned long long)swiss_probe_group(probe->hash, probe->groups, i));
        at += canvas_text(canvas, row, at, columns - 1 - at, STYLE_BUCKET_BITS, 0, text);
        if (!is_last)
            at += canvas_text(canvas, row, at, columns - 1 - at, STYLE_NORMAL, 0, " full → ");
    }
    outcome_text(probe, text, sizeof(text));
    canvas_text(canvas, row, at, columns - 1 - at, probe->outcome == SWISS_FOUND ? STYLE_GOOD : STYLE_NORMAL,
                0, text);
}

void swiss_hash_draw(const struct swiss_scene *scene, const struct swiss_frame *frame, struct canvas *canvas)
{
    enum { WHOLE = 74, START = 1 };
    const struct swiss_probe *probe = &scene->map.probe;
    int row = frame->hash_row, columns = frame->grid_columns;
    char title[160];
    if (!probe->is_known) {
        canvas_rule(canvas, row - 1, 0, frame->columns, "hash of the touched key");
        canvas_text(canvas, row, 1, columns - 2, STYLE_DIM, 0,
                    "Its top bits pick a place of the directory, its low 7 bits, h2, are stored,");
        canvas_text(canvas, row + 1, 1, columns - 2, STYLE_DIM, 0,
                    "those above h2 say with which group the search begins.");
        return;
    }
    int length = snprintf(title, sizeof(title), "%s key %s  hash 0x%0*llx", probe->verb ? probe->verb : "",
                          probe->key, bits_of(probe) / 4, (unsigned long long)probe->hash);
    if (frame->hash_rows < 3 && probe->probes > 1 && length > 0 && (size_t)length < sizeof(title))
        snprintf(title + length, sizeof(title) - (size_t)length, "  %u groups looked at", probe->probes);
    canvas_rule(canvas, row - 1, 0, frame->columns, title);
    struct bit_look looks[HASH_BITS];
    struct bits_place place = {
        .start = START, .bits = bits_of(probe), .is_cut = columns < WHOLE && bits_of(probe) == HASH_BITS};
    int group_end = H2_BITS + group_bits(probe->groups);
    bit_looks(probe, group_end, looks);
    if (place.is_cut) {
        int at = START + map_bits_draw(canvas, row, START, probe->hash, looks, HASH_BITS - 1, 48);
        at += canvas_text(canvas, row, at, 3, STYLE_DIM, 0, " … ");
        map_bits_draw(canvas, row, at, probe->hash, looks, 31, 0);
    } else {
        map_bits_draw(canvas, row, START, probe->hash, looks, place.bits - 1, 0);
    }
    draw_spans(probe, canvas, row + 1, &place, group_end);
    if (frame->hash_rows > 2)
        draw_path(probe, canvas, row + 2, columns);
}
