// The live view but for the buckets: title, header, load, hash, events, time line, keys.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

// --- Title ---

static void draw_title(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    char left[256], right[160];
    const struct classic_header *header = &scene->map.header;
    snprintf(left, sizeof(left), " strata watch   map[%s]%s   %s   %s   seed 0x%llx", header->raw.key_type,
             header->raw.elem_type, scene->hash_name, scene->flavour_name, (unsigned long long)scene->seed);
    snprintf(right, sizeof(right), "%s%s%s %s   op %llu   event %llu/%llu ",
             scene->is_recording ? "rec   " : "", scene->is_replay ? "replay   " : "",
             scene->is_playing ? "▶" : "■", scene->is_playing ? scene->speed : "paused",
             (unsigned long long)scene->op, (unsigned long long)scene->position,
             (unsigned long long)scene->end);
    canvas_fill(canvas, 0, 0, 1, frame->columns, ' ', STYLE_TITLE);
    int width = canvas_text_width(right);
    if (canvas_text_width(left) + width > frame->columns) // the map's type is what cannot be left out
        snprintf(left, sizeof(left), " strata watch  map[%s]%s", header->raw.key_type, header->raw.elem_type);
    canvas_text(canvas, 0, 0, frame->columns - width - 1, STYLE_TITLE, 0, left);
    canvas_text(canvas, 0, frame->columns - width, width, STYLE_TITLE, 0, right);
}

// --- Header ---

static const struct picture_field *field_at(const struct picture_header *header, size_t offset_bytes,
                                            size_t *number)
{
    for (size_t i = 0; i < header->fields_count; i++) {
        const struct picture_field *f = &header->fields[i];
        if (offset_bytes >= f->offset_bytes && offset_bytes < (size_t)f->offset_bytes + f->size_bytes) {
            *number = i;
            return f;
        }
    }
    return NULL;
}

// Eight bytes a row, a bar where a field begins, bytes of no field shaded; the fields' names behind.
static void draw_bytes(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    enum { A_ROW = 8, BYTE_CELLS = 3, START = 6 };
    const struct picture_header *header = &scene->map.header.raw;
    size_t size_bytes = header->size_bytes, room = (size_t)frame->panel_rows * A_ROW;
    if (size_bytes > room)
        size_bytes = room;
    for (size_t offset = 0; offset < size_bytes; offset++) {
        int row = frame->panel_row + (int)(offset / A_ROW),
            column = START + (int)(offset % A_ROW) * BYTE_CELLS;
        int names = START + A_ROW * BYTE_CELLS + 2;
        size_t number = 0;
        const struct picture_field *f = field_at(header, offset, &number);
        enum style style = !f ? STYLE_HOLE : number % 2 ? STYLE_FIELD_B : STYLE_FIELD_A;
        bool begins = !f || f->offset_bytes == offset;
        if (offset % A_ROW == 0)
            canvas_print(canvas, row, 1, STYLE_DIM, "%3zu", offset);
        canvas_put(canvas, row, column, begins || offset % A_ROW == 0 ? 0x2502 : ' ', STYLE_RULE, 0);
        if (f) {
            canvas_print(canvas, row, column + 1, style, "%02x", header->bytes[offset]);
        } else {
            canvas_put(canvas, row, column + 1, 0x2591, style, 0);
            canvas_put(canvas, row, column + 2, 0x2591, style, 0);
        }
        if (offset % A_ROW == A_ROW - 1)
            canvas_put(canvas, row, column + BYTE_CELLS, 0x2502, STYLE_RULE, 0);
        if (f && begins) {
            // The names of the row's fields, one after the other.
            int at = names;
            for (size_t i = 0; i < number; i++)
                if (header->fields[i].offset_bytes / A_ROW == offset / A_ROW)
                    at += (int)strlen(header->fields[i].name) + 1;
            canvas_text(canvas, row, at, frame->left_columns - at - 1, style, 0, f->name);
        }
    }
}

// --- Load and growth ---

static void gauge(struct canvas *canvas, int row, int column, int cells, double share, enum style style)
{
    int full = share <= 0 ? 0 : share >= 1 ? cells : (int)(share * cells + 0.5);
    for (int i = 0; i < cells; i++)
        canvas_put(canvas, row, column + i, i < full ? 0x2588 : 0x2591, i < full ? style : STYLE_DIM, 0);
}

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
    gauge(canvas, row, column + 6, bar, load / most, load > most * 0.9 ? STYLE_WARN : STYLE_GAUGE);
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
        canvas_text(canvas, frame->caption_row, 1, frame->columns - 2, STYLE_CAPTION, 0, scene->caption);
}

static void draw_panels(const struct hmap_view *view, const struct hmap_scene *scene,
                        const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_header *header = &scene->map.header;
    char left[96], right[96];
    int split = frame->left_columns;
    snprintf(left, sizeof(left), "hmap  %u bytes @0x%llx%s%s", header->raw.size_bytes,
             (unsigned long long)header->raw.address, view->shows_bytes ? "  fields by " : "",
             view->shows_bytes ? scene->map.header.raw.fields_source : "");
    if (header->is_same_size)
        snprintf(right, sizeof(right), "growing: same size, overflow");
    else if (header->is_growing)
        snprintf(right, sizeof(right), "growing: doubling %llu → %llu",
                 (unsigned long long)header->old_buckets, (unsigned long long)header->buckets);
    else
        snprintf(right, sizeof(right), "at rest");
    canvas_rule(canvas, frame->panel_row - 1, 0, split, left);
    canvas_rule(canvas, frame->panel_row - 1, split, frame->columns - split, right);
    canvas_put(canvas, frame->panel_row - 1, split, 0x252c, STYLE_RULE, 0);
    if (header->is_growing)
        canvas_text(canvas, frame->panel_row - 1, split + 3, 7, STYLE_WARN, 0, "growing");
    for (int i = 0; i < frame->panel_rows; i++)
        canvas_put(canvas, frame->panel_row + i, split, 0x2502, STYLE_RULE, 0);
    if (view->shows_bytes)
        draw_bytes(scene, frame, canvas);
    else
        hmap_fields_draw(view, scene, frame, canvas);
    draw_load(scene, frame, canvas);
}

// --- The hash of the touched key, bit by bit ---

// The bits from `high` down to `low`, a blank between bytes. Returns the columns they took.
static int draw_bits(const struct hmap_scene *scene, struct canvas *canvas, int row, int column, int high,
                     int low)
{
    const struct classic_header *header = &scene->map.header;
    const struct classic_hash *hash = &scene->map.hash;
    bool is_doubling = header->is_growing && !header->is_same_size;
    int start = column;
    for (int bit = high; bit >= low; bit--) {
        bool is_set = hash->hash >> bit & 1, is_top = bit >= 56, is_low = bit < header->B;
        bool decides = is_doubling && bit == header->B - 1;
        enum style style = is_top    ? STYLE_TOPHASH
                           : decides ? (is_set ? STYLE_MOVED_Y : STYLE_MOVED_X)
                           : is_low  ? STYLE_BUCKET_BITS
                                     : STYLE_DIM;
        bool is_lit = (is_top && hash->step == HASH_STORED) || (is_low && hash->step == HASH_PICKS);
        canvas_put(canvas, row, column++, is_set ? '1' : '0', style,
                   (decides ? (unsigned)MARK_REVERSE : 0u) | (is_lit ? (unsigned)MARK_LIT : 0u));
        if (bit % 8 == 0 && bit > low)
            column++;
    }
    return column - start;
}

// Below the bits: the tophash at the left, what the low bits say at the right, in short where they would meet.
static void draw_hash_words(const struct hmap_scene *scene, struct canvas *canvas, int row, int start,
                            int end)
{
    const struct classic_header *header = &scene->map.header;
    const struct classic_hash *hash = &scene->map.hash;
    bool is_doubling = header->is_growing && !header->is_same_size;
    bool is_added = (unsigned)(hash->hash >> 56) < CLASSIC_LIVE;
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
    int row = frame->hash_row;
    char title[128];
    if (!hash->is_known) {
        canvas_rule(canvas, row - 1, 0, frame->columns, "hash of the touched key");
        canvas_text(canvas, row, 1, frame->grid_columns - 2, STYLE_DIM, 0,
                    "Its high 8 bits become the tophash, its low B bits pick the bucket.");
        return;
    }
    snprintf(title, sizeof(title), "%s key %s  hash 0x%016llx", hash->verb, hash->key,
             (unsigned long long)hash->hash);
    canvas_rule(canvas, row - 1, 0, frame->columns, title);
    int column = 1;
    if (frame->grid_columns >= WHOLE) {
        column += draw_bits(scene, canvas, row, column, 63, 0);
    } else { // the middle is left out
        column += draw_bits(scene, canvas, row, column, 63, 56);
        column += canvas_text(canvas, row, column, 3, STYLE_DIM, 0, " … ");
        column += draw_bits(scene, canvas, row, column, 39, 0);
    }
    draw_hash_words(scene, canvas, row + 1, 1, column);
}

// --- Events ---

static enum style event_style(uint8_t tone)
{
    static const uint8_t styles[] = {
        [TONE_NORMAL] = STYLE_NORMAL, [TONE_QUIET] = STYLE_DIM,     [TONE_GOOD] = STYLE_GOOD,
        [TONE_WARN] = STYLE_WARN,     [TONE_MOVED] = STYLE_MOVED_X, [TONE_OVERFLOW] = STYLE_OVERFLOW};
    return tone < ARRAY_LENGTH(styles) ? (enum style)styles[tone] : STYLE_NORMAL;
}

static void draw_events(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    int left = frame->events_column, columns = frame->columns - left;
    if (left) {
        canvas_put(canvas, frame->events_row - 1, left - 1, 0x252c, STYLE_RULE, 0);
        for (int row = frame->events_row; row < frame->time_row; row++)
            canvas_put(canvas, row, left - 1, 0x2502, STYLE_RULE, 0);
    }
    canvas_rule(canvas, frame->events_row - 1, left, columns, "events");
    if (*scene->caption && !frame->caption_row) {
        canvas_put(canvas, frame->events_row - 1, 2, ' ', STYLE_CAPTION, 0);
        int taken = canvas_text(canvas, frame->events_row - 1, 3, frame->columns - 6, STYLE_CAPTION, 0,
                                scene->caption);
        canvas_put(canvas, frame->events_row - 1, 3 + taken, ' ', STYLE_CAPTION, 0);
    }
    int digits = 1 + snprintf(NULL, 0, "%llu", (unsigned long long)scene->position);
    digits = digits < 8 ? 8 : digits;
    size_t rows = (size_t)frame->events_rows;
    size_t from = scene->map.events_count > rows ? scene->map.events_count - rows : 0;
    for (size_t i = from; i < scene->map.events_count; i++) {
        const struct picture_event *event = &scene->map.events[i];
        int row = frame->events_row + (int)(i - from);
        bool is_now = event->position == scene->position;
        canvas_print(canvas, row, left, is_now ? STYLE_STRONG : STYLE_DIM, "%*llu", digits - 1,
                     (unsigned long long)event->position);
        canvas_text(canvas, row, left + digits, columns - digits - 1,
                    is_now && event_style(event->tone) == STYLE_NORMAL ? STYLE_STRONG
                                                                       : event_style(event->tone),
                    0, event->text);
    }
}

// --- Time line ---

static void draw_time(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas,
                      struct hits *hits)
{
    enum { START = 7 };
    int row = frame->time_row, cells = (int)scene->loads_count;
    canvas_text(canvas, row, 1, 5, STYLE_LABEL, 0, "time");
    if (!cells || !scene->end)
        return;
    int now = (int)((double)scene->position / (double)scene->end * (cells - 1) + 0.5);
    for (int i = 0; i < cells; i++) {
        const struct scene_load *load = &scene->loads[i];
        enum style style = load->is_growing || load->has_grown ? STYLE_WARN : STYLE_GAUGE;
        if (i > now)
            style = STYLE_DIM;
        canvas_put(canvas, row, START + i, load->level ? level_glyph(load->level) : '_', style,
                   i == now ? MARK_REVERSE : 0);
    }
    canvas_print(canvas, row, START + cells + 1, scene->position < scene->end ? STYLE_WARN : STYLE_NORMAL,
                 "%llu", (unsigned long long)scene->position);
    if (scene->position < scene->end)
        canvas_put(canvas, row, START - 1, 0x25c0, STYLE_WARN, 0);
    hits_add(hits, (struct hit){row, START, cells, HMAP_HIT_TIME, 0, 1, 0});
}

// --- Keys ---

static unsigned state_of(const struct hmap_scene *scene)
{
    return (scene->is_playing ? WHEN_PLAYING : WHEN_PAUSED) |
           (scene->position < scene->end ? (unsigned)WHEN_PAST : 0u) |
           (scene->is_ranging ? (unsigned)WHEN_RANGING : 0u);
}

static void draw_keys(const struct hmap_view *view, const struct hmap_scene *scene,
                      const struct hmap_frame *frame, struct canvas *canvas, struct hits *hits)
{
    const struct key_line line = {.keymap = &hmap_keymap,
                                  .state = state_of(scene),
                                  .count = view->count,
                                  .message = scene->message,
                                  .message_is_bad = scene->message_is_bad};
    key_line_draw(&line, canvas, frame->help_row, hits);
}

void hmap_view_draw(struct hmap_view *view, const struct hmap_scene *scene, struct canvas *canvas,
                    struct hits *hits)
{
    struct hmap_frame frame = hmap_frame_of(view, canvas->rows, canvas->columns);
    view->position = scene->position;
    view->end = scene->end;
    view->time_cells = scene->loads_count;
    draw_title(scene, &frame, canvas);
    draw_panels(view, scene, &frame, canvas);
    draw_caption(scene, &frame, canvas);
    if (!hmap_fields_explain(view, scene, &frame, canvas))
        draw_hash(scene, &frame, canvas);
    draw_events(scene, &frame, canvas);
    if (view->shows_bucket && scene->map.header.buckets_address)
        hmap_bucket_draw(view, scene, &frame, canvas);
    else
        grid_draw(view, scene, &frame, canvas, hits);
    draw_time(scene, &frame, canvas, hits);
    draw_keys(view, scene, &frame, canvas, hits);
}
