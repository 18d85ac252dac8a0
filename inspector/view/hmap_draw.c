// The live view but for the buckets: title, header, load, hash, events, time line, keys.
#include "view/hmap_frame.h"

#include <stdio.h>
#include <string.h>

// --- Title ---

static void draw_title(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    char left[256], right[160];
    const struct hmap_header_view *header = &scene->header;
    snprintf(left, sizeof(left), " strata watch   map[%s]%s   %s   %s   seed 0x%llx", header->key_kind,
             header->elem_kind, scene->hash_name, scene->flavour_name, (unsigned long long)scene->seed);
    snprintf(right, sizeof(right), "%s%s%s %s   op %llu   event %llu/%llu ",
             scene->is_recording ? "rec   " : "", scene->is_replay ? "replay   " : "",
             scene->is_playing ? "▶" : "■", scene->is_playing ? scene->speed : "paused",
             (unsigned long long)scene->op, (unsigned long long)scene->position,
             (unsigned long long)scene->end);
    canvas_fill(canvas, 0, 0, 1, frame->columns, ' ', STYLE_TITLE);
    int width = canvas_text_width(right);
    if (canvas_text_width(left) + width > frame->columns) // the map's type is what cannot be left out
        snprintf(left, sizeof(left), " strata watch  map[%s]%s", header->key_kind, header->elem_kind);
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

static void draw_fields(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    const struct hmap_header_view *header = &scene->header;
    char count[32], shift[32], overflow[32], hash0[32], flags[48], buckets[32], old[32], extra[32];
    unsigned f = header->flags;
    snprintf(count, sizeof(count), "%lld", (long long)header->count);
    snprintf(shift, sizeof(shift), "%u (%llu)", header->B, (unsigned long long)header->buckets);
    snprintf(overflow, sizeof(overflow), "%u", header->noverflow);
    snprintf(hash0, sizeof(hash0), "0x%08x", header->hash0);
    snprintf(flags, sizeof(flags), "%c%c%c%c %s", f & HMAP_ITERATOR ? 'I' : '-',
             f & HMAP_OLD_ITERATOR ? 'O' : '-', f & HMAP_HASH_WRITING ? 'W' : '-',
             f & HMAP_SAME_SIZE_GROW ? 'S' : '-', f & HMAP_HASH_WRITING ? "writing" : "");
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
    field(canvas, row, right, "flags", f & HMAP_HASH_WRITING ? STYLE_WARN : STYLE_NORMAL, flags, right_width);
    field(canvas, row + 1, right, "buckets", STYLE_POINTER, header->buckets_address ? buckets : "nil",
          right_width);
    field(canvas, row + 2, right, "oldbuckets", STYLE_POINTER, header->oldbuckets_address ? old : "nil",
          right_width);
    field(canvas, row + 3, right, "extra", STYLE_POINTER, header->has_extra ? extra : "nil", right_width);
}

static const struct scene_field *field_at(const struct hmap_scene *scene, size_t offset_bytes, size_t *number)
{
    for (size_t i = 0; i < scene->fields_count; i++) {
        const struct scene_field *f = &scene->fields[i];
        if (offset_bytes >= f->offset_bytes && offset_bytes < (size_t)f->offset_bytes + f->size_bytes) {
            *number = i;
            return f;
        }
    }
    return NULL;
}

// Eight bytes a row, a bar where a field begins, bytes of no field shaded; the fields' names behind.
static void draw_bytes(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    enum { A_ROW = 8, BYTE_CELLS = 3, START = 6 };
    size_t size_bytes = sizeof(scene->header.bytes), room = (size_t)frame->panel_rows * A_ROW;
    if (size_bytes > room)
        size_bytes = room;
    for (size_t offset = 0; offset < size_bytes; offset++) {
        int row = frame->panel_row + (int)(offset / A_ROW),
            column = START + (int)(offset % A_ROW) * BYTE_CELLS;
        int names = START + A_ROW * BYTE_CELLS + 2;
        size_t number = 0;
        const struct scene_field *f = field_at(scene, offset, &number);
        enum style style = !f ? STYLE_HOLE : number % 2 ? STYLE_FIELD_B : STYLE_FIELD_A;
        bool begins = !f || f->offset_bytes == offset;
        if (offset % A_ROW == 0)
            canvas_print(canvas, row, 1, STYLE_DIM, "%3zu", offset);
        canvas_put(canvas, row, column, begins || offset % A_ROW == 0 ? 0x2502 : ' ', STYLE_RULE, 0);
        if (f) {
            canvas_print(canvas, row, column + 1, style, "%02x", scene->header.bytes[offset]);
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
                if (scene->fields[i].offset_bytes / A_ROW == offset / A_ROW)
                    at += (int)strlen(scene->fields[i].name) + 1;
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

static void draw_load(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    const struct hmap_header_view *header = &scene->header;
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
    if (header->growing) {
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
    bool is_sampled = scene->survey.sampled < scene->survey.buckets;
    canvas_text(canvas, row + 3, column, room, STYLE_LABEL, 0, "chain");
    for (unsigned i = 0; i < 16 && at < frame->columns - 8; i++) {
        if (!scene->survey.chains[i])
            continue;
        const char *more = i == 15 ? "+" : "";
        at += canvas_print(canvas, row + 3, at, i ? STYLE_OVERFLOW : STYLE_NORMAL, "%u%s:%llu", i + 1, more,
                           (unsigned long long)scene->survey.chains[i]) +
              2;
    }
    if (is_sampled)
        canvas_print(canvas, row + 3, at, STYLE_DIM, "of %llu", (unsigned long long)scene->survey.sampled);
}

static void draw_panels(const struct hmap_view *view, const struct hmap_scene *scene,
                        const struct frame *frame, struct canvas *canvas)
{
    const struct hmap_header_view *header = &scene->header;
    char left[96], right[96];
    int split = frame->left_columns;
    snprintf(left, sizeof(left), "hmap  %zu bytes @0x%llx%s%s", sizeof(header->bytes),
             (unsigned long long)header->address, view->shows_bytes ? "  fields by " : "",
             view->shows_bytes ? scene->fields_source : "");
    if (header->same_size)
        snprintf(right, sizeof(right), "growing: same size, overflow");
    else if (header->growing)
        snprintf(right, sizeof(right), "growing: doubling %llu → %llu",
                 (unsigned long long)header->old_buckets, (unsigned long long)header->buckets);
    else
        snprintf(right, sizeof(right), "at rest");
    canvas_rule(canvas, frame->panel_row - 1, 0, split, left);
    canvas_rule(canvas, frame->panel_row - 1, split, frame->columns - split, right);
    canvas_put(canvas, frame->panel_row - 1, split, 0x252c, STYLE_RULE, 0);
    if (header->growing)
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

static void draw_hash(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    const struct hmap_header_view *header = &scene->header;
    const struct hmap_event *event = &scene->hashed;
    int row = frame->hash_row;
    char title[128];
    if (!event->kind) {
        canvas_rule(canvas, row - 1, 0, frame->columns, "hash of the touched key");
        canvas_text(canvas, row, 1, frame->columns - 2, STYLE_DIM, 0,
                    "Its high 8 bits become the tophash, its low B bits pick the bucket.");
    } else {
        bool is_wide = frame->columns >= 74;
        bool is_doubling = header->growing && !header->same_size;
        unsigned decides = is_doubling ? header->B - 1u : header->B; // the bit of X or Y
        unsigned long long bucket = event->hash & (header->buckets ? header->buckets - 1 : 0);
        snprintf(title, sizeof(title), "%s key %s  hash 0x%016llx", scene->hashed_verb, scene->hashed_key,
                 (unsigned long long)event->hash);
        canvas_rule(canvas, row - 1, 0, frame->columns, title);
        int column = is_wide ? 1 : 0, last = 0;
        for (int bit = 63; bit >= 0; bit--) {
            bool is_set = event->hash >> bit & 1;
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
        unsigned top = (unsigned)(event->hash >> 56);
        char text[96];
        snprintf(text, sizeof(text), "└──────┘ tophash %02x%s", event->tophash,
                 top < HMAP_MIN_TOPHASH ? " (5 added: below 5 are marks)" : "");
        canvas_text(canvas, row + 1, start, frame->columns, STYLE_TOPHASH, 0, text);
        snprintf(text, sizeof(text), "low %u bit%s: bucket %llu ┘", header->B, header->B == 1 ? "" : "s",
                 bucket);
        int width = canvas_text_width(text), at = last + 1 - width;
        canvas_text(canvas, row + 1, at, width, STYLE_BUCKET_BITS, 0, text);
        if (is_doubling) {
            bool to_y = event->hash >> decides & 1;
            snprintf(text, sizeof(text), "bit %u is %d: %c  ", decides, to_y, to_y ? 'Y' : 'X');
            width = canvas_text_width(text);
            canvas_text(canvas, row + 1, at - width, width, to_y ? STYLE_MOVED_Y : STYLE_MOVED_X, 0, text);
        }
    }
}

// --- Events ---

static enum style event_style(uint8_t kind)
{
    switch ((enum hmap_event_kind)kind) {
    case HMAP_EVENT_OVERFLOW:
        return STYLE_OVERFLOW;
    case HMAP_EVENT_GROW_START:
    case HMAP_EVENT_FAULT:
        return STYLE_WARN;
    case HMAP_EVENT_GROW_FINISH:
        return STYLE_GOOD;
    case HMAP_EVENT_EVACUATE:
        return STYLE_MOVED_X;
    case HMAP_EVENT_NONE:
    case HMAP_EVENT_HASHED:
    case HMAP_EVENT_ASSIGN:
    case HMAP_EVENT_REMOVE:
        return STYLE_DIM;
    default:
        return STYLE_NORMAL;
    }
}

static void draw_events(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas)
{
    canvas_rule(canvas, frame->events_row - 1, 0, frame->columns, "events");
    if (*scene->caption) {
        canvas_put(canvas, frame->events_row - 1, 2, ' ', STYLE_CAPTION, 0);
        int taken = canvas_text(canvas, frame->events_row - 1, 3, frame->columns - 6, STYLE_CAPTION, 0,
                                scene->caption);
        canvas_put(canvas, frame->events_row - 1, 3 + taken, ' ', STYLE_CAPTION, 0);
    }
    size_t rows = (size_t)frame->events_rows;
    size_t from = scene->events_count > rows ? scene->events_count - rows : 0;
    for (size_t i = from; i < scene->events_count; i++) {
        const struct scene_event *event = &scene->events[i];
        int row = frame->events_row + (int)(i - from);
        bool is_now = event->position == scene->position;
        canvas_print(canvas, row, 0, is_now ? STYLE_STRONG : STYLE_DIM, "%8llu ",
                     (unsigned long long)event->position);
        canvas_text(canvas, row, 9, frame->columns - 10,
                    is_now && event_style(event->kind) == STYLE_NORMAL ? STYLE_STRONG
                                                                       : event_style(event->kind),
                    0, event->text);
    }
}

// --- Time line ---

static void draw_time(const struct hmap_scene *scene, const struct frame *frame, struct canvas *canvas,
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
    hits_add(hits, (struct hit){row, START, cells, HIT_TIME, 0, step ? step : 1});
}

// --- Keys ---

static unsigned state_of(const struct hmap_scene *scene)
{
    return (scene->is_playing ? WHEN_PLAYING : WHEN_PAUSED) |
           (scene->position < scene->end ? (unsigned)WHEN_PAST : 0u) |
           (scene->is_ranging ? (unsigned)WHEN_RANGING : 0u);
}

static int cap(struct canvas *canvas, int row, int column, const char *key, const char *label)
{
    int taken = canvas_print(canvas, row, column, STYLE_KEYCAP, "%s", key);
    return taken + canvas_print(canvas, row, column + taken, STYLE_NORMAL, " %s", label);
}

static void draw_keys(const struct hmap_view *view, const struct hmap_scene *scene, const struct frame *frame,
                      struct canvas *canvas, struct hits *hits)
{
    size_t count;
    const struct binding *bindings = keymap_bindings(&count);
    unsigned state = state_of(scene);
    int column = 1, row = frame->help_row;
    if (view->count)
        column +=
            canvas_print(canvas, row, column, STYLE_WARN, "%llu× ", (unsigned long long)view->count) + 1;
    // Help and quit keep their place at the end whatever else there is no room for.
    const struct binding *last[] = {keymap_find('?'), keymap_find('q')};
    int room = frame->columns - 16;
    for (size_t i = 0; i < count; i++) {
        const struct binding *binding = &bindings[i];
        const char *label = binding->code == ' ' && scene->is_playing ? "pause" : binding->label;
        int width = (int)(strlen(binding->cap) + strlen(label)) + 1;
        if (!(binding->when & state) || binding->code == '?' || binding->code == 'q' || column + width > room)
            continue;
        hits_add(hits, (struct hit){row, column, width, HIT_KEY, binding->code, 0});
        column += cap(canvas, row, column, binding->cap, label) + 2;
    }
    for (size_t i = 0; i < ARRAY_LENGTH(last); i++) {
        int width = (int)(strlen(last[i]->cap) + strlen(last[i]->label)) + 1;
        hits_add(hits, (struct hit){row, column, width, HIT_KEY, last[i]->code, 0});
        column += cap(canvas, row, column, last[i]->cap, last[i]->label) + 2;
    }
}

static void draw_prompt(const struct hmap_view *view, const struct frame *frame, struct canvas *canvas)
{
    const char *asks = view->prompt.asks == ACTION_ASK_TIME  ? "go to event: "
                       : view->prompt.asks == ACTION_ASK_PUT ? "put the key of number (or nan, slice): "
                                                             : "find the key of number (or nan): ";
    int taken = 1 + canvas_print(canvas, frame->help_row, 1, STYLE_KEYCAP, "%s", asks);
    taken += canvas_text(canvas, frame->help_row, taken, frame->columns - taken, STYLE_STRONG, 0,
                         view->prompt.text);
    canvas_put(canvas, frame->help_row, taken, ' ', STYLE_STRONG, MARK_REVERSE);
    canvas_text(canvas, frame->help_row, taken + 3, frame->columns - taken - 3, STYLE_DIM, 0, "Enter, Esc");
}

// --- Boxes on top ---

struct box {
    int row, column, rows, columns;
};

static struct box box_open(const struct frame *frame, struct canvas *canvas, int rows, int columns,
                           const char *title)
{
    if (rows > frame->rows)
        rows = frame->rows;
    if (columns > frame->columns)
        columns = frame->columns;
    struct box box = {(frame->rows - rows) / 2, (frame->columns - columns) / 2, rows, columns};
    canvas_fill(canvas, box.row, box.column, rows, columns, ' ', STYLE_NORMAL);
    canvas_rule(canvas, box.row, box.column, columns, title);
    canvas_rule(canvas, box.row + rows - 1, box.column, columns, NULL);
    for (int i = 1; i < rows - 1; i++) {
        canvas_put(canvas, box.row + i, box.column, 0x2502, STYLE_RULE, 0);
        canvas_put(canvas, box.row + i, box.column + columns - 1, 0x2502, STYLE_RULE, 0);
    }
    canvas_put(canvas, box.row, box.column, 0x250c, STYLE_RULE, 0);
    canvas_put(canvas, box.row, box.column + columns - 1, 0x2510, STYLE_RULE, 0);
    canvas_put(canvas, box.row + rows - 1, box.column, 0x2514, STYLE_RULE, 0);
    canvas_put(canvas, box.row + rows - 1, box.column + columns - 1, 0x2518, STYLE_RULE, 0);
    return box;
}

static const struct {
    const char *sign;
    enum style style;
    const char *meaning;
} legend[] = {
    {"3f", STYLE_LIVE, "a live entry, by its tophash: the high 8 bits of the key's hash"},
    {"··", STYLE_EMPTY, "empty, and so is all that follows in the chain"},
    {"__", STYLE_EMPTY_ONE, "emptied, but entries follow"},
    {"→X", STYLE_MOVED_X, "moved to the bucket of the same number in the new array"},
    {"→Y", STYLE_MOVED_Y, "moved to the upper half: number + old buckets"},
    {"--", STYLE_MOVED_EMPTY, "was empty when its bucket was moved"},
    {"[3f]", STYLE_STRONG, "touched just now"},
    {"( )", STYLE_STRONG, "on the way of the search"},
    {"▁▄█", STYLE_LIVE, "map, density: how full a bucket is; + an overflow bucket, * more"},
};

// Drawn on two columns where there is room.
static void draw_help(struct hmap_view *view, const struct frame *frame, struct canvas *canvas)
{
    size_t count;
    const struct binding *bindings = keymap_bindings(&count);
    int lines = (int)count + 2 + (int)ARRAY_LENGTH(legend), columns = frame->columns >= 150 ? 2 : 1;
    int rows = (lines + columns - 1) / columns + 2;
    if (rows > frame->rows - 1)
        rows = frame->rows - 1;
    struct box box = box_open(frame, canvas, rows, columns == 2 ? 148 : 78,
                              columns == 1 ? "keys and signs: Down scrolls, any other key closes"
                                           : "keys and signs: any key closes");
    int visible = rows - 2, width = (box.columns - 4) / columns;
    int last = lines - visible * columns;
    if (view->help_scroll > (last > 0 ? last : 0))
        view->help_scroll = last > 0 ? last : 0;
    for (int i = 0; i < lines; i++) {
        int at = i - view->help_scroll;
        if (at < 0 || at >= visible * columns)
            continue;
        int row = box.row + 1 + at % visible, column = box.column + 2 + at / visible * width;
        if (i < (int)count) {
            const struct binding *binding = &bindings[i];
            if (!binding->code)
                canvas_text(canvas, row, column, width, STYLE_STRONG, 0, binding->help);
            canvas_text(canvas, row, column + 1, 8, STYLE_KEYCAP, 0, binding->cap);
            if (binding->code)
                canvas_text(canvas, row, column + 9, width - 9, STYLE_NORMAL, 0, binding->help);
        } else if (i == (int)count) {
            canvas_text(canvas, row, column, width, STYLE_STRONG, 0, "signs");
        } else if ((size_t)i - count - 1 < ARRAY_LENGTH(legend)) {
            size_t k = (size_t)i - count - 1;
            canvas_text(canvas, row, column + 1, 8, legend[k].style, 0, legend[k].sign);
            canvas_text(canvas, row, column + 9, width - 9, STYLE_NORMAL, 0, legend[k].meaning);
        }
    }
}

static void draw_dialog(const struct hmap_view *view, const struct hmap_scene *scene,
                        const struct frame *frame, struct canvas *canvas)
{
    int rows = (int)scene->choices_count + 6;
    struct box box = box_open(frame, canvas, rows, 58, "a new map");
    for (size_t i = 0; i < scene->choices_count; i++) {
        const struct scene_choice *choice = &scene->choices[i];
        bool is_here = i == view->dialog.row;
        int row = box.row + 2 + (int)i, column = box.column + 3;
        canvas_text(canvas, row, column, 14, is_here ? STYLE_STRONG : STYLE_LABEL, 0, choice->title);
        canvas_print(canvas, row, column + 16, is_here ? STYLE_STRONG : STYLE_NORMAL,
                     is_here ? "◀ %s ▶" : "  %s", choice->names[view->dialog.choices[i] % choice->count]);
        if (is_here)
            canvas_mark(canvas, row, box.column + 1, box.columns - 2, MARK_SELECTED);
    }
    int row = box.row + rows - 3, column = box.column + 3;
    column += cap(canvas, row, column, "Up Down", "row") + 2;
    column += cap(canvas, row, column, "Left Right", "value") + 2;
    column += cap(canvas, row, column, "Enter", "make") + 2;
    cap(canvas, row, column, "Esc", "stay");
}

void hmap_view_draw(struct hmap_view *view, const struct hmap_scene *scene, struct canvas *canvas,
                    struct hits *hits)
{
    struct frame frame = frame_of(view, canvas->rows, canvas->columns);
    hits->length = 0;
    view->position = scene->position;
    view->end = scene->end;
    view->choices_count = scene->choices_count;
    for (size_t i = 0; i < scene->choices_count; i++) {
        view->choice_counts[i] = scene->choices[i].count;
        view->choice_currents[i] = scene->choices[i].current;
    }
    if (canvas->rows < VIEW_ROWS_MIN || canvas->columns < VIEW_COLUMNS_MIN) {
        canvas_print(canvas, 0, 0, STYLE_WARN, "%dx%d is too small:", canvas->columns, canvas->rows);
        canvas_print(canvas, 1, 0, STYLE_NORMAL, "strata watch needs %dx%d.", VIEW_COLUMNS_MIN,
                     VIEW_ROWS_MIN);
        canvas_print(canvas, 2, 0, STYLE_NORMAL, "Make it larger, or q.");
        return;
    }
    draw_title(scene, &frame, canvas);
    draw_panels(view, scene, &frame, canvas);
    draw_hash(scene, &frame, canvas);
    grid_draw(view, scene, &frame, canvas, hits);
    draw_events(scene, &frame, canvas);
    draw_time(scene, &frame, canvas, hits);
    if (view->prompt.asks != ACTION_NONE)
        draw_prompt(view, &frame, canvas);
    else if (*scene->message)
        canvas_text(canvas, frame.help_row, 1, frame.columns - 2,
                    scene->message_is_bad ? STYLE_WARN : STYLE_GOOD, 0, scene->message);
    else
        draw_keys(view, scene, &frame, canvas, hits);
    if (view->dialog.is_open)
        draw_dialog(view, scene, &frame, canvas);
    if (view->shows_help)
        draw_help(view, &frame, canvas);
}
