// SPDX-License-Identifier: MIT
#include "cli/many_holders.h"

#include "cli/input.h"
#include "query/match.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

// ---- each once -------------------------------------------------------------------------------------------

static uint64_t text_hash(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
    return (hash ^ 0xff) * UINT64_C(0x100000001b3);
}

static uint64_t holding_hash(const struct many_holding *one)
{
    const uint64_t hash = text_hash(UINT64_C(0xcbf29ce484222325), one->holder);
    return text_hash(text_hash(hash, one->holding.member), one->holding.type_text) ^ one->holding.offset_bits;
}

static bool are_same(const struct many_holding *a, const struct many_holding *b)
{
    return a->holding.how == b->holding.how && a->holding.offset_known == b->holding.offset_known &&
           a->holding.offset_bits == b->holding.offset_bits && a->kind_word == b->kind_word &&
           !strcmp(a->holder, b->holder) && !strcmp(a->holding.member, b->holding.member) &&
           !strcmp(a->holding.type_text, b->holding.type_text);
}

static size_t *slot_of(const struct many_holders *many, const struct many_holding *one)
{
    for (size_t i = (size_t)holding_hash(one);; i++) {
        size_t *slot = &many->slots[i & (many->slots_count - 1)];
        if (!*slot || are_same(&many->list.data[*slot - 1], one))
            return slot;
    }
}

static bool grow(struct many_holders *many)
{
    const size_t count = many->slots_count ? 2 * many->slots_count : 256;
    size_t *slots = calloc(count, sizeof(*slots));
    if (!slots)
        return false;
    free(many->slots);
    many->slots = slots;
    many->slots_count = count;
    for (size_t i = 0; i < many->list.length; i++)
        *slot_of(many, &many->list.data[i]) = i + 1;
    return true;
}

static bool keep(struct arena *arena, const char **text)
{
    *text = *text ? arena_copy_text(arena, *text, strlen(*text)) : NULL;
    return !arena->has_failed;
}

// Texts of `one` are borrowed, and kept where it is new.
static struct error *add(struct many_holders *many, struct many_holding *one, size_t file)
{
    if (2 * many->list.length >= many->slots_count && !grow(many))
        return &error_out_of_memory;
    size_t *slot = slot_of(many, one);
    if (*slot) {
        struct many_holding *known = &many->list.data[*slot - 1];
        known->files += known->last_file != file;
        known->last_file = file;
        return NULL;
    }
    one->file = one->last_file = file;
    one->files = 1;
    if (!keep(&many->texts, &one->holder) || !keep(&many->texts, &one->holding.member) ||
        !keep(&many->texts, &one->holding.type_text) || !vec_push(&many->list, *one))
        return &error_out_of_memory;
    *slot = many->list.length;
    return NULL;
}

// ---- one file --------------------------------------------------------------------------------------------

static struct error *add_found(struct many_holders *many, const struct selection *selection,
                               const struct holders_search *search)
{
    for (size_t i = 0; i < search->found.length; i++) {
        const struct holding *holding = &search->found.data[i];
        const struct type_index_entry *entry =
            &selection->index->entries[selection->numbers[holding->position]];
        const struct type kind = {.kind = entry->kind};
        struct many_holding one = {.holding = *holding,
                                   .holder = entry->name ? entry->name : "(anonymous)",
                                   .kind_word = type_kind_word(&kind)};
        RETURN_IF_ERROR(add(many, &one, many->read.length - 1));
    }
    return NULL;
}

static struct error *search_selection(const struct input *input, const struct selection *selection,
                                      const struct holders_wish *wish, struct many_holders *many)
{
    struct holders_search search;
    struct error *error =
        holders_find(&input->query, selection, match_without_keyword(wish->held), NULL, &search);
    if (!error)
        error = add_found(many, selection, &search);
    holders_search_free(&search);
    return error;
}

// ERROR_NOT_FOUND: the file has not got the type, or none of those that may hold it.
static struct error *search_input(const struct input *input, const struct holders_wish *wish,
                                  struct many_holders *many)
{
    struct report_file file = input->file;
    struct selection selection;
    if (!keep(&many->texts, &file.path) || !keep(&many->texts, &file.build_id) ||
        !keep(&many->texts, &file.machine) || !keep(&many->texts, &file.stamp) ||
        !vec_push(&many->read, file))
        return &error_out_of_memory;
    RETURN_IF_ERROR(
        select_types(&input->query, wish->patterns, wish->patterns_count, wish->also, &selection));
    struct error *error = selection_require(&input->query, &selection, wish->held);
    if (!error)
        error = search_selection(input, &selection, wish, many);
    selection_free(&selection);
    return error;
}

static struct error *search_file(const char *path, const struct holders_wish *wish, struct many_holders *many)
{
    struct input input = {0};
    struct error *error = input_open(&input, path, wish->common);
    if (!error)
        error = search_input(&input, wish, many);
    input_close(&input);
    return error;
}

// ---- all of them -----------------------------------------------------------------------------------------

struct error *many_holders_read(struct input_files *files, const struct holders_wish *wish,
                                struct many_holders *many, int *status)
{
    *many = (struct many_holders){0};
    arena_init(&many->texts);
    struct error *missing CLEANUP(error_free_at) = NULL; // what the first file without the type said
    size_t with = 0;
    for (size_t i = 0; i < files->set.files.length; i++) {
        const size_t read_before = many->read.length;
        struct error *error = search_file(files->set.files.data[i].path, wish, many);
        with += !error;
        if (!error)
            continue;
        if (error->code == ERROR_OUT_OF_MEMORY)
            return error;
        if (error->code != ERROR_NOT_FOUND || many->read.length == read_before) {
            *status = input_files_refuse(files, i, error, *status);
        } else if (!missing) {
            missing = error;
        } else {
            error_free(error);
        }
    }
    if (with || !missing)
        return NULL;
    const size_t others = many->read.length - 1;
    return others ? error_create(ERROR_NOT_FOUND, "%s (nor in %zu other file%s)", missing->message, others,
                                 others == 1 ? "" : "s")
                  : error_create(ERROR_NOT_FOUND, "%s", missing->message);
}

void many_holders_free(struct many_holders *many)
{
    vec_free(&many->list);
    vec_free(&many->read);
    free(many->slots);
    arena_free(&many->texts);
}
