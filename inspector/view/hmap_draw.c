// SPDX-License-Identifier: MIT
// The live view but for the buckets: title, header, load, hash, events, time line, keys.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

// --- Load and growth ---

// A cell a bucket, or some of them: moved, part of them, next, not yet. Returns the columns it took.
static int draw_moved(const struct hmap_scene *scene, struct canvas *canvas, int row, int column, int room)
{
    const struct classic_moved *moved = &scene->map.moved;
    const struct classic_header *header = &scene->map.header;
    size_t each = 1;
    while (moved->parts / each > (size_t)(room > 1 ? room : 1))
        each *= 2;
    bool is_exact = moved->parts / each == header->old_buckets;
    int cells = 0;
    for (size_t i = 0; i + each <= moved->parts; i += each, cells++) {
        unsigned share = 0;
        for (size_t k = 0; k < each; k++)
            share += moved->share[i + k];
        bool is_next = is_exact && i == header->nevacuate;
        uint32_t code = share == 255 * each ? 0x2588 : share || is_next ? 0x2592 : 0x2591;
        canvas_put(canvas, row, column + cells, code,
                   is_next ? STYLE_WARN
                   : share ? STYLE_GOOD
                           : STYLE_DIM,
                   0);
    }
    return cells;
}

static void draw_load(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    enum { NUMBERS = 15 };
    const struct classic_header *header = &scene->map.header;
    int row = frame->panel_row, column = frame->left_columns + 2;
    int room = frame->columns - column - 1, left = room - 6 - NUMBERS;
    int bar = left > 32 ? 32 : left < 4 ? 4 : left;
    double load = (double)header->count / (double)(header->buckets ? header->buckets : 1);
    double most = (double)header->grows_above / (double)(header->buckets ? header->buckets : 1);
    canvas_text(canvas, row, column, room, STYLE_LABEL, 0, "load");
    map_gauge_draw(canvas, row, column + 6, bar, load / most, load > most * 0.9 ? STYLE_WARN : STYLE_GAUGE);
    canvas_print(canvas, row, column + 6 + bar + 1, STYLE_NORMAL, "%.2f of %.2f", load, most);
    if (header->is_growing) {
        const struct classic_moved *moved = &scene->map.moved;
        canvas_text(canvas, row + 1, column, room, STYLE_LABEL, 0, "moved");
        int cells = draw_moved(scene, canvas, row + 1, column + 6, bar < 8 ? 8 : bar);
        canvas_print(canvas, row + 1, column + 6 + cells + 1, STYLE_NORMAL, "%s%llu of %llu",
                     moved->is_estimate ? "about " : "", (unsigned long long)moved->moved,
                     (unsigned long long)header->old_buckets);
        int taken = canvas_text(canvas, row + 2, column, room, STYLE_LABEL, 0, "next  ");
        taken += canvas_print(canvas, row + 2, column + taken, STYLE_WARN, "old %llu",
                              (unsigned long long)header->nevacuate);
        canvas_text(canvas, row + 2, column + taken, room - taken, STYLE_LABEL, 0, " = nevacuate");
    } else {
        canvas_text(canvas, row + 1, column, room, STYLE_LABEL, 0, "grows");
        canvas_print(canvas, row + 1, column + 6, STYLE_NORMAL, "with entry %llu",
                     (unsigned long long)header->grows_above + 1);
        canvas_text(canvas, row + 2, column + 6, room, STYLE_LABEL, 0, "or at noverflow");
        canvas_print(canvas, row + 2, column + 22, STYLE_NORMAL, "%u", header->grows_at_noverflow);
    }
    int at = column + 6;
    bool is_sampled = scene->map.survey.sampled < scene->map.survey.buckets;
    canvas_text(canvas, row + 3, column, room, STYLE_LABEL, 0, "chain");
    for (unsigned i = 0; i < 16 && at < frame->columns - 8; i++) {
        if (!scene->map.survey.chains[i])
            continue;
        const char *more = i == 15 ? "+" : "";
        at += canvas_print(canvas, row + 3, at, i ? STYLE_OVERFLOW : STYLE_NORMAL, "%u%s:%llu", i + 1, more,
                           (unsigned long long)scene->map.survey.chains[i]) +
              2;
    }
    if (is_sampled)
        canvas_print(canvas, row + 3, at, STYLE_DIM, "of %llu",
                     (unsigned long long)scene->map.survey.sampled);
}

// The story's words, or nothing.
static void draw_caption(const struct hmap_scene *scene, const struct hmap_frame *frame,
                         struct canvas *canvas)
{
    if (frame->caption_row)
        canvas_text(canvas, frame->caption_row, 1, frame->columns - 2, STYLE_CAPTION, 0, scene->now.caption);
}

static void draw_panels(const struct hmap_view *view, const struct hmap_scene *scene,
                        const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_header *header = &scene->map.header;
    char left[96], right[96];
    int split = frame->left_columns;
    map_header_title(&view->screen, "hmap", &header->raw, left, sizeof(left));
    if (header->is_same_size)
        snprintf(right, sizeof(right), "growing: same size, overflow");
    else if (header->is_growing)
        snprintf(right, sizeof(right), "growing: doubling %llu → %llu",
                 (unsigned long long)header->old_buckets, (unsigned long long)header->buckets);
    else
        snprintf(right, sizeof(right), "at rest");
    map_panels_draw(canvas, frame->panel_row, frame->panel_rows, split, left, right);
    if (header->is_growing)
        canvas_text(canvas, frame->panel_row - 1, split + 3, 7, STYLE_WARN, 0, "growing");
    if (view->screen.shows_bytes)
        map_bytes_draw(&header->raw, canvas, frame->panel_row, frame->panel_rows, split);
    else
        hmap_fields_draw(view, scene, frame, canvas);
    draw_load(scene, frame, canvas);
}

// --- The hash of the touched key, bit by bit ---

static int bits_of(const struct classic_hash *hash)
{
    return hash->hash_bits ? hash->hash_bits : 64;
}

// Which bits pick the bucket, which are stored, and which one decides between X and Y.
static void bit_looks(const struct hmap_scene *scene, struct bit_look looks[64])
{
    const struct classic_header *header = &scene->map.header;
    const struct classic_hash *hash = &scene->map.hash;
    bool is_doubling = header->is_growing && !header->is_same_size;
    for (int bit = 0; bit < 64; bit++) {
        bool is_set = hash->hash >> bit & 1, is_top = bit >= bits_of(hash) - 8, is_low = bit < header->B;
        bool decides = is_doubling && bit == header->B - 1;
        bool is_lit = (is_top && hash->step == HASH_STORED) || (is_low && hash->step == HASH_PICKS);
        looks[bit].style = (uint8_t)(is_top    ? STYLE_TOPHASH
                                     : decides ? (is_set ? STYLE_MOVED_Y : STYLE_MOVED_X)
                                     : is_low  ? STYLE_BUCKET_BITS
                                               : STYLE_DIM);
        looks[bit].marks = (uint8_t)((decides ? MARK_REVERSE : 0) | (is_lit ? MARK_LIT : 0));
    }
}

// Below the bits: the tophash at the left, what the low bits say at the right, in short where they would meet.
static void draw_hash_words(const struct hmap_scene *scene, struct canvas *canvas, int row, int start,
                            int end)
{
    const struct classic_header *header = &scene->map.header;
    const struct classic_hash *hash = &scene->map.hash;
    bool is_doubling = header->is_growing && !header->is_same_size;
    bool is_added = (unsigned)(hash->hash >> (bits_of(hash) - 8)) < CLASSIC_LIVE;
    unsigned decides = header->B - 1u;
    unsigned long long bucket = hash->hash & (header->buckets ? header->buckets - 1 : 0);
    bool to_y = is_doubling && hash->hash >> decides & 1;
    for (int brevity = 0; brevity < 4; brevity++) {
        char top[96], low[64], bit[48] = "";
        snprintf(top, sizeof(top), "└──────┘ %s%02x%s", brevity < 3 ? "tophash " : "", hash->tophash,
                 !is_added      ? ""
                 : brevity == 0 ? " (5 added: below 5 are marks)"
                                : " (5 added)");
        if (brevity < 2)
            snprintf(low, sizeof(low), "low %u bit%s: bucket %llu ┘", header->B, header->B == 1 ? "" : "s",
                     bucket);
        else
            snprintf(low, sizeof(low), "low %u: %llu ┘", header->B, bucket);
        if (is_doubling && brevity < 2)
            snprintf(bit, sizeof(bit), "bit %u is %d: %c", decides, to_y, to_y ? 'Y' : 'X');
        else if (is_doubling)
            snprintf(bit, sizeof(bit), "bit %u: %c", decides, to_y ? 'Y' : 'X');
        int low_column = end - canvas_text_width(low), bit_column = low_column - canvas_text_width(bit) - 2;
        if (brevity < 3 && start + canvas_text_width(top) + 2 > (is_doubling ? bit_column : low_column))
            continue;
        canvas_text(canvas, row, start, end - start, STYLE_TOPHASH, 0, top);
        canvas_text(canvas, row, bit_column, low_column - bit_column, to_y ? STYLE_MOVED_Y : STYLE_MOVED_X, 0,
                    bit);
        canvas_text(canvas, row, low_column, end - low_column, STYLE_BUCKET_BITS, 0, low);
        return;
    }
}

static void draw_hash(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    enum { WHOLE = 74 };
    const struct classic_hash *hash = &scene->map.hash;
    struct bit_look looks[64];
    int row = frame->hash_row;
    char title[128];
    if (!hash->is_known) {
        canvas_rule(canvas, row - 1, 0, frame->columns, "hash of the touched key");
        canvas_text(canvas, row, 1, frame->grid_columns - 2, STYLE_DIM, 0,
                    "Its high 8 bits become the tophash, its low B bits pick the bucket.");
        return;
    }
    snprintf(title, sizeof(title), "%s key %s  hash 0x%0*llx", hash->verb, hash->key, bits_of(hash) / 4,
             (unsigned long long)hash->hash);
    canvas_rule(canvas, row - 1, 0, frame->columns, title);
    bit_looks(scene, looks);
    int column = 1;
    if (frame->grid_columns >= WHOLE || bits_of(hash) < 64) {
        column += map_bits_draw(canvas, row, column, hash->hash, looks, bits_of(hash) - 1, 0);
    } else { // the middle is left out
        column += map_bits_draw(canvas, row, column, hash->hash, looks, 63, 56);
        column += canvas_text(canvas, row, column, 3, STYLE_DIM, 0, " … ");
        column += map_bits_draw(canvas, row, column, hash->hash, looks, 39, 0);
    }
    draw_hash_words(scene, canvas, row + 1, 1, column);
}

void hmap_view_draw(struct hmap_view *view, const struct hmap_scene *scene, struct canvas *canvas,
                    struct hits *hits)
{
    struct hmap_frame frame = hmap_frame_of(view, canvas->rows, canvas->columns);
    const struct map_events_place events = {.row = frame.events_row,
                                            .rows = frame.events_rows,
                                            .column = frame.events_column,
                                            .end_row = frame.time_row,
                                            .has_caption = !frame.caption_row};
    map_screen_show_time(&view->screen, &scene->now);
    map_title_draw(&scene->map.header.raw, &scene->now, canvas);
    draw_panels(view, scene, &frame, canvas);
    draw_caption(scene, &frame, canvas);
    if (!hmap_fields_explain(view, scene, &frame, canvas))
        draw_hash(scene, &frame, canvas);
    map_events_draw(scene->map.events, scene->map.events_count, &scene->now, &events, canvas);
    if (view->screen.is_open)
        view->slots = scene->map.detail.slots;
    if (view->screen.is_open && scene->map.header.buckets_address)
        map_detail_draw(&scene->map.detail, canvas, frame.grid_row, frame.grid_rows, frame.grid_columns);
    else if (view->screen.shows_place && scene->map.header.buckets_address)
        hmap_bucket_draw(view, scene, &frame, canvas);
    else
        grid_draw(view, scene, &frame, canvas, hits);
    map_time_draw(&scene->now, canvas, frame.time_row, hits, HMAP_HIT_TIME);
    map_keys_draw(view->screen.keymap, &scene->now, view->screen.count, canvas, frame.help_row, hits);
}
