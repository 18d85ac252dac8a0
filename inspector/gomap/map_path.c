// SPDX-License-Identifier: MIT
#include "gomap/map_path.h"

#include "base/output.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    STEPS_MOST = 8 << 20,
    PATH_STEPS_MOST = 64, // shown of one path: its first and its last ones
};

bool path_is_full(const struct path_steps *steps)
{
    return steps->list.length >= STEPS_MOST;
}

uint32_t path_add(struct path_steps *steps, const struct path_step *step)
{
    if (path_is_full(steps) || !vec_push(&steps->list, *step))
        return PATH_NONE;
    return (uint32_t)(steps->list.length - 1);
}

struct path_writing {
    struct output output;
    struct map_texts *texts; // NULL: a pattern
    struct page_cache *pages;
    const struct dynamic_types *dynamic;
};

enum { KEY_BYTES_MOST = 256, GO_KIND_INTERFACE = 20 };

// Of a key that is an interface without methods: the value that it holds. False: it is none, or not to be read.
static bool read_dynamic(const struct path_writing *writing, const struct path_step *step,
                         struct map_part *part, uint8_t stored[KEY_BYTES_MOST])
{
    const struct map_shape *shape = step->shape;
    const struct type *type = step->shape->key.type;
    uint8_t words[2 * 8];
    const unsigned word = shape->address_bytes;
    for (int steps = 0; type && type->kind == TYPE_TYPEDEF && !type->go_kind && steps < 8; steps++)
        type = type->target;
    if (!type || type->go_kind != GO_KIND_INTERFACE || !writing->dynamic || !writing->dynamic->type_at ||
        !pages_read(writing->pages, step->key_address, words, 2u * word))
        return false;
    const uint64_t rtype = map_address_number(shape, words), data = map_address_number(shape, words + word);
    type = rtype ? writing->dynamic->type_at(writing->dynamic->context, rtype) : NULL;
    if (!type || !type->size_known || !type->size_bytes || type->size_bytes > KEY_BYTES_MOST ||
        type_strip(type)->kind == TYPE_POINTER)
        return false;
    *part = (struct map_part){
        .stored_bytes = (uint32_t)type->size_bytes, .size_bytes = type->size_bytes, .type = type};
    return pages_read(writing->pages, data, stored, part->stored_bytes);
}

// The key's text, as far as its slot can be read.
static void put_key(struct path_writing *writing, const struct path_step *step)
{
    char text[80] = "?";
    uint8_t stored[KEY_BYTES_MOST];
    struct map_part part = step->shape->key;
    const bool is_here = read_dynamic(writing, step, &part, stored) ||
                         (part.stored_bytes <= sizeof(stored) &&
                          pages_read(writing->pages, step->key_address, stored, part.stored_bytes));
    if (is_here && map_texts_add(writing->texts, step->shape, &part, stored, text, sizeof(text)))
        (void)map_texts_finish(writing->texts, writing->pages);
    output_text(&writing->output, text);
}

static void put_step(struct path_writing *writing, const struct path_step *step)
{
    struct output *output = &writing->output;
    switch ((enum path_step_kind)step->kind) {
    case STEP_ROOT:
        output_text(output, step->name);
        return;
    case STEP_FIELD:
        output_char(output, '.');
        output_text(output, step->name);
        return;
    case STEP_TYPE:
        output_text(output, ".(");
        output_text(output, step->name);
        output_char(output, ')');
        return;
    case STEP_INDEX:
        if (writing->texts)
            output_format(output, "[%" PRIu64 "]", step->index);
        else
            output_text(output, "[*]");
        return;
    case STEP_KEY:
    case STEP_IN_KEY:
        output_text(output, step->kind == STEP_KEY ? "[" : "[key ");
        if (writing->texts)
            put_key(writing, step);
        else
            output_char(output, '*');
        output_char(output, ']');
        return;
    }
}

// The same step over and over, as of a linked list, is written twice: ".next.next" and "…".
static const char *write_path(const struct path_steps *steps, uint32_t last, struct path_writing *writing,
                              struct arena *arena)
{
    uint32_t numbers[PATH_STEPS_MOST];
    size_t count = 0, left_out = 0;
    for (uint32_t at = last; at != PATH_NONE && at < steps->list.length; at = steps->list.data[at].before) {
        if (count == PATH_STEPS_MOST) { // keep the last ones in front and the root at the end
            memmove(numbers + PATH_STEPS_MOST / 2, numbers + PATH_STEPS_MOST / 2 + 1,
                    (PATH_STEPS_MOST / 2 - 1) * sizeof(*numbers));
            count--;
            left_out++;
        }
        numbers[count++] = at;
    }
    for (size_t i = count; i-- > 0;) {
        put_step(writing, &steps->list.data[numbers[i]]);
        if (left_out && i == PATH_STEPS_MOST / 2)
            output_text(&writing->output, writing->texts ? "…" : "…[*]");
    }
    const char *text = writing->output.out_of_memory
                           ? NULL
                           : arena_copy_text(arena, writing->output.data ? writing->output.data : "",
                                             writing->output.length);
    output_free(&writing->output);
    return text;
}

const char *path_pattern(const struct path_steps *steps, uint32_t last, struct arena *arena)
{
    struct path_writing writing = {0};
    return write_path(steps, last, &writing, arena);
}

const char *path_text(const struct path_steps *steps, uint32_t last, struct map_texts *texts,
                      struct page_cache *pages, struct arena *arena)
{
    struct path_writing writing = {.texts = texts, .pages = pages, .dynamic = steps->dynamic};
    return write_path(steps, last, &writing, arena);
}
