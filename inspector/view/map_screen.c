// SPDX-License-Identifier: MIT
#include "view/map_screen.h"

#include <stdio.h>
#include <stdlib.h>

struct map_screen map_screen_of(const struct keymap *keymap)
{
    return (struct map_screen){.keymap = keymap, .follows = true, .row = 1, .page = 1};
}

void map_screen_measure(struct map_screen *screen, const struct picture_header *header, int rows, int columns)
{
    screen->rows = rows;
    screen->columns = columns;
    screen->header_rows = (int)(header->size_bytes + 7) / 8;
}

void map_screen_show_time(struct map_screen *screen, const struct map_moment *now)
{
    screen->position = now->position;
    screen->end = now->end;
    screen->time_cells = now->loads_count;
}

// --- Keys and clicks ---

const struct key_binding *map_screen_press(struct map_screen *screen, struct key_press press, uint64_t *count,
                                           struct intents *intents)
{
    if (press.code >= '0' && press.code <= '9') {
        screen->count = key_count_add(screen->count, press.code - '0');
        return NULL;
    }
    const struct key_binding *binding = keymap_find(screen->keymap, press.code);
    *count = press.count ? press.count : screen->count;
    screen->count = 0;
    if (press.code == PRESS_ESCAPE)
        screen->field = screen->is_open = 0;
    if (!binding)
        intents_add(intents, (struct intent){.kind = INTENT_UNKNOWN, .number = press.code});
    return binding;
}

void map_screen_do(struct map_screen *screen, enum map_action action, uint64_t count, unsigned fields)
{
    const bool was_place = screen->shows_place;
    switch (action) {
    case ACTION_OPEN:
        screen->is_open = !screen->is_open;
        screen->shows_place = false;
        screen->follows &= !screen->is_open;
        break;
    case ACTION_BYTES:
        screen->is_open = false;
        screen->shows_place = screen->shows_bytes;
        screen->shows_bytes = !screen->shows_bytes && !was_place;
        break;
    case ACTION_FIELD:
        screen->field = (unsigned)((screen->field + (count ? count : 1)) % (fields + 1));
        break;
    case ACTION_FIELD_BACK:
        screen->field = (screen->field + fields) % (fields + 1);
        break;
    case ACTION_EVENTS:
        screen->shows_more_events = !screen->shows_more_events;
        break;
    case ACTION_FOLLOW:
        screen->follows = !screen->follows;
        break;
    default:
        break;
    }
}

struct intent map_screen_intent(const struct map_screen *screen, const struct key_binding *binding,
                                uint64_t count)
{
    return intent_of(binding, count, screen->position, screen->end);
}

void map_screen_ask(struct map_screen *screen, struct intent intent, struct intents *intents)
{
    screen->follows |= intent_moves_map(intent.kind) || intent.kind == INTENT_PLAY;
    intents_add(intents, intent);
}

void map_screen_answer(struct map_screen *screen, enum map_question asks, const char *text,
                       struct intents *intents)
{
    struct intent intent;
    if (intent_of_answer(asks, text, &intent))
        map_screen_ask(screen, intent, intents);
}

void map_screen_click_time(struct map_screen *screen, uint64_t cell, struct intents *intents)
{
    const uint64_t event = map_time_at(cell, screen->time_cells, screen->end);
    map_screen_ask(screen, (struct intent){.kind = INTENT_SEEK, .number = event}, intents);
}

// --- Going about among places ---

uint64_t map_screen_moved(uint64_t place, int64_t by, uint64_t count)
{
    const uint64_t moved = by >= 0 ? place + (uint64_t)by : place < (uint64_t)-by ? 0 : place - (uint64_t)-by;
    return moved < count ? moved : count ? count - 1 : 0;
}

void map_screen_bring(struct map_screen *screen, uint64_t place)
{
    if (place < screen->first)
        screen->first = place / screen->row * screen->row;
    else if (place - screen->first >= screen->page)
        screen->first = (place - screen->page + screen->row) / screen->row * screen->row;
}

void map_screen_scroll(struct map_screen *screen, int rows, uint64_t count)
{
    const uint64_t by = (uint64_t)abs(rows) * screen->row;
    const uint64_t last = count > screen->page ? count - screen->page : 0;
    screen->follows = false;
    if (rows < 0)
        screen->first = screen->first > by ? screen->first - by : 0;
    else
        screen->first = screen->first + by < last ? screen->first + by : last;
}

// --- Panels ---

void map_panels_draw(struct canvas *canvas, int row, int rows, int split, const char *left, const char *right)
{
    canvas_rule(canvas, row - 1, 0, split, left);
    canvas_rule(canvas, row - 1, split, canvas->columns - split, right);
    canvas_put(canvas, row - 1, split, 0x252c, STYLE_RULE, 0);
    for (int i = 0; i < rows; i++)
        canvas_put(canvas, row + i, split, 0x2502, STYLE_RULE, 0);
}

void map_header_title(const struct map_screen *screen, const char *noun, const struct picture_header *header,
                      char *text, size_t size_bytes)
{
    const bool has_source = screen->shows_bytes && header->fields_source;
    snprintf(text, size_bytes, "%s  %u bytes @0x%llx%s%s", noun, header->size_bytes,
             (unsigned long long)header->address, screen->shows_bytes ? "  fields by " : "",
             has_source ? header->fields_source : "");
}
