// SPDX-License-Identifier: MIT
#include "browse/browse_trial.h"

#include "base/output.h"
#include "layout/pack_order.h"
#include "type/language.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct pack_step *steps_copy(const struct pack_step *steps, size_t count)
{
    struct pack_step *copy = reallocarray(NULL, count + 1, sizeof(*copy));
    if (copy && count)
        memcpy(copy, steps, count * sizeof(*steps));
    return copy;
}

void trial_stop(struct trial *trial)
{
    page_free(&trial->page);
    layouter_free(trial->layouter);
    arena_free(&trial->arena);
    for (size_t i = 0; i < trial->past_count; i++)
        free(trial->past[i].steps);
    *trial = (struct trial){0};
}

// Steps may lie in the arena that is emptied here: `steps` is a copy outside of it.
static struct error *compute(struct trial *trial, const struct layout_page *page,
                             const struct page_options *options, const struct pack_step *steps, size_t count,
                             const char **refusal)
{
    page_free(&trial->page);
    layouter_free(trial->layouter);
    trial->layouter = NULL;
    arena_free(&trial->arena);
    trial->now = (struct pack_trial){0};
    trial->members = page->layout->type->members;
    *refusal = NULL;
    RETURN_IF_ERROR(layouter_create(&trial->options, &trial->layouter));
    RETURN_IF_ERROR(pack_try(trial->layouter, page->layout, &(struct pack_options){.force = true}, steps,
                             count, &trial->arena, &trial->now));
    *refusal = trial->now.pack.refusal;
    if (*refusal)
        return NULL;
    trial->fronts = trial->now.pack.count - trial->now.steps_count;
    RETURN_IF_ERROR(page_build(&trial->page, trial->layouter, trial->now.type, options));
    RETURN_IF_ERROR(page_compare(&trial->page, page, &trial->sentence));
    for (size_t i = 0; i < trial->now.steps_count; i++)
        if (!trial->now.steps[i].member && trial_row_of(trial, i) < trial->page.rows.count)
            trial->page.marks[trial_row_of(trial, i)] |= PAGE_PADDING;
    return NULL;
}

struct error *trial_start(struct trial *trial, const struct layout_page *page,
                          const struct layout_options *options, const char **refusal)
{
    trial_stop(trial);
    trial->options = *options;
    const struct page_options plain = {.abi = options->abi};
    RETURN_IF_ERROR(compute(trial, page, &plain, NULL, 0, refusal));
    trial->is_active = !*refusal;
    return NULL;
}

static struct error *remember(struct trial *trial)
{
    if (trial->past_count == TRIAL_PAST_MOST) {
        free(trial->past[0].steps);
        memmove(&trial->past[0], &trial->past[1], (TRIAL_PAST_MOST - 1) * sizeof(trial->past[0]));
        trial->past_count--;
    }
    struct pack_step *copy = steps_copy(trial->now.steps, trial->now.steps_count);
    if (!copy)
        return &error_out_of_memory;
    trial->past[trial->past_count++] = (struct trial_past){copy, trial->now.steps_count};
    return NULL;
}

struct error *trial_set(struct trial *trial, const struct layout_page *page,
                        const struct page_options *options, const struct pack_step *steps, size_t count,
                        const char **refusal)
{
    RETURN_IF_ERROR(remember(trial));
    struct pack_step *copy = steps_copy(steps, count);
    struct error *error = copy ? compute(trial, page, options, copy, count, refusal) : &error_out_of_memory;
    free(copy);
    if (error && error->code == ERROR_USAGE) { // such as too much padding: no reason to leave the program
        snprintf(trial->words, sizeof(trial->words), "%s", error->message);
        error_free(error);
    } else if (error || !*refusal) {
        return error;
    } else { // in words that live in the arena that the next computation empties
        snprintf(trial->words, sizeof(trial->words), "%s", *refusal);
    }
    bool undone;
    error = trial_undo(trial, page, options, &undone);
    *refusal = trial->words;
    return error;
}

struct error *trial_undo(struct trial *trial, const struct layout_page *page,
                         const struct page_options *options, bool *undone)
{
    const char *refusal;
    *undone = trial->past_count > 0;
    if (!*undone)
        return NULL;
    struct trial_past past = trial->past[--trial->past_count];
    struct error *error = compute(trial, page, options, past.steps, past.count, &refusal);
    free(past.steps);
    return error;
}

// The type's graph has been built again: the same members lie elsewhere.
static void rebase(struct pack_step *steps, size_t count, const struct member *from, const struct member *to)
{
    for (size_t i = 0; i < count; i++)
        if (steps[i].member)
            steps[i].member = to + ((uintptr_t)steps[i].member - (uintptr_t)from) / sizeof(struct member);
}

struct error *trial_again(struct trial *trial, const struct layout_page *page,
                          const struct page_options *options)
{
    const char *refusal;
    const struct member *from = trial->members, *to = page->layout->type->members;
    rebase(trial->now.steps, trial->now.steps_count, from, to);
    for (size_t i = 0; i < trial->past_count; i++)
        rebase(trial->past[i].steps, trial->past[i].count, from, to);
    struct pack_step *copy = steps_copy(trial->now.steps, trial->now.steps_count);
    const size_t count = trial->now.steps_count;
    struct error *error = copy ? compute(trial, page, options, copy, count, &refusal) : &error_out_of_memory;
    free(copy);
    return error;
}

size_t trial_step_of(const struct trial *trial, const struct row *row)
{
    const struct type *type = trial->now.type;
    if (!row->member || row->depth || row->member < type->members ||
        row->member >= type->members + type->members_count)
        return trial->now.steps_count;
    const size_t place = (size_t)(row->member - type->members);
    return place >= trial->fronts ? place - trial->fronts : trial->now.steps_count;
}

size_t trial_row_of(const struct trial *trial, size_t step)
{
    size_t i = 0;
    while (i < trial->page.rows.count && trial_step_of(trial, &trial->page.rows.data[i]) != step)
        i++;
    return i;
}

// --- As text ---

static struct error *take_text(struct output *output, char **text)
{
    output_char(output, '\0');
    if (output->out_of_memory) {
        output_free(output);
        return &error_out_of_memory;
    }
    *text = output->data;
    return NULL;
}

// Names are a hostile file's: an escape sequence must not reach the terminal, nor a line end a shell that it is
// pasted to. What else is not to be seen whoever prints it escapes, cli/cmd_browse.c.
static void write_without_controls(struct output *output, const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            output_format(output, "\\x%02x", (unsigned)*text);
        else
            output_char(output, *text);
}

struct error *trial_source(const struct trial *trial, const char *name, char **text)
{
    struct source source;
    struct arena arena CLEANUP(arena_free) = {0};
    RETURN_IF_ERROR(pack_source(&trial->now.pack, name, &arena, &source));
    const bool is_go = language_family(trial->now.type->language) == FAMILY_GO;
    struct output output = {0};
    output_text(&output, PACK_COMMENT " ");
    write_without_controls(&output, name);
    output_format(&output, ": %" PRIu64 " bytes instead of %" PRIu64 "\n", trial->now.pack.size_bytes,
                  trial->now.pack.was_bytes);
    for (size_t i = 0; i < source.count; i++) {
        output_repeat(&output, is_go ? "\t" : "    ", source.lines[i].depth);
        write_without_controls(&output, source.lines[i].text);
        output_char(&output, '\n');
    }
    return take_text(&output, text);
}

struct error *trial_rules(const struct trial *trial, const char *name, char **text)
{
    struct output output = {0};
    output_format(&output, "type %s\n    ", name);
    order_write(&output, &trial->now);
    output_format(&output, "\n    size == %" PRIu64 "\n", trial->now.pack.size_bytes);
    return take_text(&output, text);
}
