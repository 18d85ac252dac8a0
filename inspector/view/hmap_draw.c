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

static void field(struct canvas *canvas, int row, int column, const char *label, enum style style,
                  const char *value, int width)
{
    enum { LABEL_CELLS = 11 };
    int taken = canvas_text(canvas, row, column, width, STYLE_LABEL, 0, label);
    int gap = taken < LABEL_CELLS ? LABEL_CELLS : taken + 1;
    canvas_text(canvas, row, column + gap, width - gap, style, 0, value);
}

static void draw_fields(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_header *header = &scene->map.header;
    char count[32], shift[32], overflow[32], hash0[32], flags[48], buckets[32], old[32], extra[32];
    unsigned f = header->flags;
    snprintf(count, sizeof(count), "%lld", (long long)header->count);
    snprintf(shift, sizeof(shift), "%u (%llu)", header->B, (unsigned long long)header->buckets);
    snprintf(overflow, sizeof(overflow), "%u", header->noverflow);
    snprintf(hash0, sizeof(hash0), "0x%08x", header->hash0);
    snprintf(flags, sizeof(flags), "%c%c%c%c %s", f & CLASSIC_ITERATOR ? 'I' : '-',
             f & CLASSIC_OLD_ITERATOR ? 'O' : '-', f & CLASSIC_WRITING ? 'W' : '-',
             f & CLASSIC_SAME_SIZE ? 'S' : '-', f & CLASSIC_WRITING ? "writing" : "");
    snprintf(buckets, sizeof(buckets), "0x%llx", (unsigned long long)header->buckets_address);
    snprintf(old, sizeof(old), "0x%llx", (unsigned long long)header->oldbuckets_address);
    snprintf(extra, sizeof(extra), "0x%llx", (unsigned long long)header->extra_address);
    int row = frame->panel_row, half = frame->left_columns / 2, width = half - 2;
    int right = half, right_width = frame->left_columns - half - 1;
    field(canvas, row, 1, "count", STYLE_STRONG, count, width);
    field(canvas, row + 1, 1, "B", STYLE_STRONG, shift, width);
    field(canvas, row + 2, 1, "noverflow", header->noverflow ? STYLE_OVERFLOW : STYLE_NORMAL, overflow,
          width);
    field(canvas, row + 3, 1, "hash0", STYLE_NORMAL, hash0, width);
    field(canvas, row, right, "flags", f & CLASSIC_WRITING ? STYLE_WARN : STYLE_NORMAL, flags, right_width);
    field(canvas, row + 1, right, "buckets", STYLE_POINTER, header->buckets_address ? buckets : "nil",
          right_width);
    field(canvas, row + 2, right, "oldbuckets", STYLE_POINTER, header->oldbuckets_address ? old : "nil",
          right_width);
    field(canvas, row + 3, right, "extra", STYLE_POINTER, header->extra_address ? extra : "nil", right_width);
}

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

static void draw_load(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_header *header = &scene->map.header;
    int row = frame->panel_row, column = frame->left_columns + 2;
    int room = frame->columns - column - 1, bar = room - 6 - 15 > 20  ? 20
                                                  : room - 6 - 15 < 4 ? 4
                                                                      : room - 6 - 15;
    double load = (double)header->count / (double)(header->buckets ? header->buckets : 1);
    double most = (double)header->grows_above / (double)(header->buckets ? header->buckets : 1);
    int numbers = column + 6 + bar + 1;
    canvas_text(canvas, row, column, room, STYLE_LABEL, 0, "load");
    gauge(canvas, row, column + 6, bar, load / most, load > most * 0.9 ? STYLE_WARN : STYLE_GAUGE);
    canvas_print(canvas, row, numbers, STYLE_NORMAL, "%.2f of %.2f", load, most);
    if (header->is_growing) {
        canvas_text(canvas, row + 1, column, room, STYLE_LABEL, 0, "moved");
        gauge(canvas, row + 1, column + 6, bar, (double)header->nevacuate / (double)header->old_buckets,
              STYLE_GOOD);
        canvas_print(canvas, row + 1, numbers, STYLE_NORMAL, "%llu of %llu",
                     (unsigned long long)header->nevacuate, (unsigned long long)header->old_buckets);
        canvas_print(canvas, row + 2, column, STYLE_LABEL, "next  old %llu (nevacuate)",
                     (unsigned long long)header->nevacuate);
    } else {
        canvas_text(canvas, row + 1, column, room, STYLE_LABEL, 0, "grows");
        canvas_print(canvas, row + 1, column + 6, STYLE_NORMAL, "with entry %llu",
                     (unsigned long long)header->grows_above + 1);
        canvas_text(canvas, row + 2, column, room, STYLE_LABEL, 0, "      or at noverflow");
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
        draw_fields(scene, frame, canvas);
    draw_load(scene, frame, canvas);
}

// --- The hash of the touched key, bit by bit ---

static void draw_hash(const struct hmap_scene *scene, const struct hmap_frame *frame, struct canvas *canvas)
{
    const struct classic_header *header = &scene->map.header;
    const struct classic_hash *hash = &scene->map.hash;
    int row = frame->hash_row;
    char title[128];
    if (!hash->is_known) {
        canvas_rule(canvas, row - 1, 0, frame->columns, "hash of the touched key");
        canvas_text(canvas, row, 1, frame->columns - 2, STYLE_DIM, 0,
                    "Its high 8 bits become the tophash, its low B bits pick the bucket.");
    } else {
        bool is_wide = frame->columns >= 74;
        bool is_doubling = header->is_growing && !header->is_same_size;
        unsigned decides = is_doubling ? header->B - 1u : header->B; // the bit of X or Y
        unsigned long long bucket = hash->hash & (header->buckets ? header->buckets - 1 : 0);
        snprintf(title, sizeof(title), "%s key %s  hash 0x%016llx", hash->verb, hash->key,
                 (unsigned long long)hash->hash);
        canvas_rule(canvas, row - 1, 0, frame->columns, title);
        int column = is_wide ? 1 : 0, last = 0;
        for (int bit = 63; bit >= 0; bit--) {
            bool is_set = hash->hash >> bit & 1;
            bool decides_now = is_doubling && (unsigned)bit == decides;
            enum style style = bit >= 56                   ? STYLE_TOPHASH
                               : decides_now               ? (is_set ? STYLE_MOVED_Y : STYLE_MOVED_X)
                               : (unsigned)bit < header->B ? STYLE_BUCKET_BITS
                                                           : STYLE_DIM;
            unsigned marks = decides_now ? MARK_REVERSE : 0;
            canvas_put(canvas, row, column, is_set ? '1' : '0', style, marks);
            last = column++;
            if (bit % 8 == 0 && is_wide)
                column++;
        }
        int start = is_wide ? 1 : 0;
        unsigned top = (unsigned)(hash->hash >> 56);
        char text[96];
        snprintf(text, sizeof(text), "└──────┘ tophash %02x%s", hash->tophash,
                 top < CLASSIC_LIVE ? " (5 added: below 5 are marks)" : "");
        canvas_text(canvas, row + 1, start, frame->columns, STYLE_TOPHASH, 0, text);
        snprintf(text, sizeof(text), "low %u bit%s: bucket %llu ┘", header->B, header->B == 1 ? "" : "s",
                 bucket);
        int width = canvas_text_width(text), at = last + 1 - width;
        canvas_text(canvas, row + 1, at, width, STYLE_BUCKET_BITS, 0, text);
        if (is_doubling) {
            bool to_y = hash->hash >> decides & 1;
            snprintf(text, sizeof(text), "bit %u is %d: %c  ", decides, to_y, to_y ? 'Y' : 'X');
            width = canvas_text_width(text);
            canvas_text(canvas, row + 1, at - width, width, to_y ? STYLE_MOVED_Y : STYLE_MOVED_X, 0, text);
        }
    }
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
    canvas_rule(canvas, frame->events_row - 1, 0, frame->columns, "events");
    if (*scene->caption) {
        canvas_put(canvas, frame->events_row - 1, 2, ' ', STYLE_CAPTION, 0);
        int taken = canvas_text(canvas, frame->events_row - 1, 3, frame->columns - 6, STYLE_CAPTION, 0,
                                scene->caption);
        canvas_put(canvas, frame->events_row - 1, 3 + taken, ' ', STYLE_CAPTION, 0);
    }
    size_t rows = (size_t)frame->events_rows;
    size_t from = scene->map.events_count > rows ? scene->map.events_count - rows : 0;
    for (size_t i = from; i < scene->map.events_count; i++) {
        const struct picture_event *event = &scene->map.events[i];
        int row = frame->events_row + (int)(i - from);
        bool is_now = event->position == scene->position;
        canvas_print(canvas, row, 0, is_now ? STYLE_STRONG : STYLE_DIM, "%8llu ",
                     (unsigned long long)event->position);
        canvas_text(canvas, row, 9, frame->columns - 10,
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
    uint64_t step = scene->end / (uint64_t)(cells > 1 ? cells - 1 : 1);
    hits_add(hits, (struct hit){row, START, cells, HMAP_HIT_TIME, 0, step ? step : 1, 0});
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
    draw_title(scene, &frame, canvas);
    draw_panels(view, scene, &frame, canvas);
    draw_hash(scene, &frame, canvas);
    grid_draw(view, scene, &frame, canvas, hits);
    draw_events(scene, &frame, canvas);
    draw_time(scene, &frame, canvas, hits);
    draw_keys(view, scene, &frame, canvas, hits);
}
