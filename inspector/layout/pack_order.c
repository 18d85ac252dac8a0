// SPDX-License-Identifier: MIT
#include "layout/pack_order.h"

#include "type/language.h"

#include <inttypes.h>
#include <string.h>

// --- Reading ---

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Digits up to `end`; false: anything else is there, or it is too large.
static bool read_number(const char *text, const char *end, uint64_t *number)
{
    *number = 0;
    for (const char *c = text; c < end; c++)
        if (*c < '0' || *c > '9' || __builtin_mul_overflow(*number, 10u, number) ||
            __builtin_add_overflow(*number, (unsigned)(*c - '0'), number))
            return false;
    return text < end;
}

struct error *order_part_next(const char **text, const char *end, struct order_part *part, bool *found)
{
    *part = (struct order_part){0};
    while (*text < end && is_space(**text))
        ++*text;
    *found = *text < end;
    if (!*found)
        return NULL;
    const char *start = *text, *comma = memchr(start, ',', (size_t)(end - start)),
               *last = comma ? comma : end;
    *text = comma ? comma + 1 : end;
    while (last > start && is_space(last[-1]))
        last--;
    const char *at = memchr(start, '@', (size_t)(last - start)), *behind = at ? at : last;
    uint64_t number = 0;
    if (at && (!read_number(at + 1, last, &part->align_bytes) || !align_is_valid(part->align_bytes)))
        return error_create(ERROR_USAGE, "\"%.*s\": an alignment is a power of two", (int)(last - start),
                            start);
    if (start == behind)
        return error_create(ERROR_USAGE,
                            "an order is names of members with commas between, \"b, c@64, +8, a\"");
    if (*start == '+' || *start == '#') {
        if (!read_number(start + 1, behind, &number) || !number || (*start == '+' && at))
            return error_create(ERROR_USAGE, "\"%.*s\": a number is expected behind %c", (int)(last - start),
                                start, *start);
        part->padding_bytes = *start == '+' ? number : 0;
        part->nameless = *start == '#' ? (size_t)number : 0;
        return NULL;
    }
    part->name = start;
    part->length = (size_t)(behind - start);
    return NULL;
}

static bool is_meant(const struct pack_trial *present, size_t step, const struct order_part *part)
{
    const struct member *member = present->steps[step].member;
    if (part->name)
        return member->name && strlen(member->name) == part->length &&
               !strncmp(member->name, part->name, part->length);
    size_t number = 0;
    for (size_t i = 0; i <= step; i++)
        number += !present->steps[i].member->name;
    return !member->name && number == part->nameless;
}

static struct error *find_step(const struct pack_trial *present, const struct order_part *part, size_t *step)
{
    for (*step = 0; *step < present->steps_count; ++*step)
        if (is_meant(present, *step, part))
            return NULL;
    const char *type = present->pack.layout->type->name;
    if (part->name)
        return error_create(ERROR_USAGE, "%s has no member \"%.*s\" that could be moved",
                            type ? type : "the type", (int)part->length, part->name);
    return error_create(ERROR_USAGE, "%s has no member #%zu without a name", type ? type : "the type",
                        part->nameless);
}

static size_t count_commas(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++)
        count += text[i] == ',';
    return count;
}

struct error *order_steps(const struct pack_trial *present, const char *text, size_t length,
                          struct arena *arena, struct pack_step **steps, size_t *count)
{
    const char *end = text + length;
    bool *taken = arena_alloc(arena, present->steps_count + 1);
    *steps = arena_alloc_array(arena, present->steps_count + count_commas(text, length) + 1, sizeof(**steps));
    *count = 0;
    if (!taken || !*steps)
        return &error_out_of_memory;
    for (;;) {
        struct order_part part;
        bool found;
        size_t step = 0;
        RETURN_IF_ERROR(order_part_next(&text, end, &part, &found));
        if (!found)
            break;
        if (!part.padding_bytes)
            RETURN_IF_ERROR(find_step(present, &part, &step));
        if (!part.padding_bytes && taken[step])
            return error_create(ERROR_USAGE, "%.*s stands there twice", part.name ? (int)part.length : 8,
                                part.name ? part.name : "a member");
        if (!part.padding_bytes)
            taken[step] = true;
        (*steps)[(*count)++] = part.padding_bytes ? (struct pack_step){.padding_bytes = part.padding_bytes}
                                                  : (struct pack_step){.member = present->steps[step].member,
                                                                       .align_bytes = part.align_bytes};
    }
    for (size_t i = 0; i < present->steps_count; i++)
        if (!taken[i])
            (*steps)[(*count)++] = present->steps[i];
    return NULL;
}

// --- Lines of their own ---

static bool is_named(const char *names, const struct member *member)
{
    const char *end = names + strlen(names);
    for (const char *at = names; at < end;) {
        const char *comma = strchr(at, ','), *last = comma ? comma : end;
        if (member->name && strlen(member->name) == (size_t)(last - at) &&
            !strncmp(at, member->name, (size_t)(last - at)))
            return true;
        at = last + (comma != NULL);
    }
    return false;
}

static size_t count_named(const struct pack_trial *present, const char *names)
{
    size_t named = 0;
    for (size_t i = 0; i < present->steps_count; i++)
        named += is_named(names, present->steps[i].member);
    return named;
}

// Where each step's member comes to lie: places stand behind those of bases and the pointer to the virtual table.
static uint64_t end_of_step(const struct pack_trial *trial, size_t step)
{
    const struct pack_place *place = &trial->pack.places[trial->pack.count - trial->steps_count + step];
    return (place->offset_bits + place->member->size_bits + 7) / 8;
}

static uint64_t start_of_step(const struct pack_trial *trial, size_t step)
{
    return trial->pack.places[trial->pack.count - trial->steps_count + step].offset_bits / 8;
}

static void insert_padding(struct pack_step *steps, size_t *count, size_t at, uint64_t bytes)
{
    memmove(&steps[at + 1], &steps[at], (*count - at) * sizeof(*steps));
    steps[at] = (struct pack_step){.padding_bytes = bytes};
    ++*count;
}

// From the front on: the padding before a member that begins a line is what is missing to it.
static struct error *pad_apart(struct layouter *layouter, const struct layout *layout,
                               const struct pack_options *options, const bool *begins, struct arena *arena,
                               struct pack_step *steps, size_t *count)
{
    const uint64_t line_bytes = layout->cacheline_bytes;
    for (size_t i = 0, number = 0; i <= *count; i++, number++) {
        struct pack_trial trial;
        if (!begins[number])
            continue;
        RETURN_IF_ERROR(pack_try(layouter, layout, options, steps, *count, arena, &trial));
        if (trial.pack.refusal)
            return error_create(ERROR_USAGE, "%s", trial.pack.refusal);
        const uint64_t end = i ? end_of_step(&trial, i - 1) : 0;
        const uint64_t start = i < *count ? start_of_step(&trial, i) : end;
        if (start % line_bytes)
            insert_padding(steps, count, i++, (end + line_bytes - 1) / line_bytes * line_bytes - end);
    }
    return NULL;
}

struct error *order_separate(struct layouter *layouter, const struct layout *layout,
                             const struct pack_options *options, const char *names, struct arena *arena,
                             struct pack_step **steps, size_t *count)
{
    struct pack_trial present;
    RETURN_IF_ERROR(pack_try(layouter, layout, options, *steps, *count, arena, &present));
    if (present.pack.refusal)
        return NULL;
    if (count_named(&present, names) != count_commas(names, strlen(names)) + 1)
        return error_create(ERROR_USAGE, "\"%s\": %s has no such members that could be moved", names,
                            layout->type->name ? layout->type->name : "the type");
    const enum language_family family = language_family(layout->type->language);
    const bool by_padding = family == FAMILY_GO || family == FAMILY_RUST;
    bool *begins = arena_alloc(arena, present.steps_count + 2);
    *count = present.steps_count;
    *steps = arena_alloc_array(arena, 3 * *count + 2, sizeof(**steps));
    if (!begins || !*steps)
        return &error_out_of_memory;
    memcpy(*steps, present.steps, *count * sizeof(**steps));
    for (size_t i = 0; i < *count; i++)
        if ((*steps)[i].member && is_named(names, (*steps)[i].member))
            begins[i] = begins[i + 1] = true;
    if (by_padding)
        return pad_apart(layouter, layout, options, begins, arena, *steps, count);
    for (size_t i = 0; i < *count; i++)
        if (begins[i] && (*steps)[i].align_bytes < layout->cacheline_bytes)
            (*steps)[i].align_bytes = layout->cacheline_bytes;
    return NULL;
}

// --- Writing ---

void order_write(struct output *output, const struct pack_trial *trial)
{
    size_t nameless = 0;
    output_text(output, "order(");
    for (size_t i = 0; i < trial->steps_count; i++) {
        const struct pack_step *step = &trial->steps[i];
        output_text(output, i ? ", " : "");
        if (!step->member) {
            output_format(output, "+%" PRIu64, step->padding_bytes);
            continue;
        }
        if (step->member->name)
            output_text(output, step->member->name);
        else { // by its place among those without a name, as they stand now
            nameless = 1;
            for (size_t k = 0; k < trial->steps_count; k++)
                nameless += trial->steps[k].member && !trial->steps[k].member->name &&
                            trial->steps[k].member->offset_bits < step->member->offset_bits;
            output_format(output, "#%zu", nameless);
        }
        if (step->align_bytes > 1)
            output_format(output, "@%" PRIu64, step->align_bytes);
    }
    output_char(output, ')');
}
