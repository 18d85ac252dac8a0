// SPDX-License-Identifier: MIT
#include "cli/many_holders.h"

#include "base/secret.h"
#include "query/match.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

// ---- each once -------------------------------------------------------------------------------------------

static uint64_t holding_hash(const struct many_holders *many, const struct many_holding *one)
{
    const uint64_t hash = secret_hash_text(many->secret ^ one->holding.offset_bits, one->holder);
    return secret_hash_text(secret_hash_text(hash, one->holding.member), one->holding.type_text);
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
    for (size_t i = (size_t)holding_hash(many, one);; i++) {
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

static bool keep_texts(struct arena *arena, struct many_holding *one)
{
    return files_walk_keep(arena, &one->holder) && files_walk_keep(arena, &one->holding.member) &&
           files_walk_keep(arena, &one->holding.type_text);
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
    if (!keep_texts(&many->texts, one) || !vec_push(&many->list, *one))
        return &error_out_of_memory;
    *slot = many->list.length;
    return NULL;
}

// ---- one file, on any thread -----------------------------------------------------------------------------

struct found_holders {
    VEC(struct many_holding) list;
    struct error *missing; // the file has not got the type, or none of those that may hold it
};

static void forget_found(void *context)
{
    struct found_holders *found = context;
    vec_free(&found->list);
    error_free(found->missing);
}

static struct error *keep_found(struct walked_file *file, const struct selection *selection,
                                const struct holders_search *search)
{
    struct found_holders *found = file->found;
    for (size_t i = 0; i < search->found.length; i++) {
        const struct holding *holding = &search->found.data[i];
        const struct type_index_entry *entry =
            &selection->index->entries[selection->numbers[holding->position]];
        const struct type kind = {.kind = entry->kind};
        struct many_holding one = {.holding = *holding,
                                   .holder = entry->name ? entry->name : "(anonymous)",
                                   .kind_word = type_kind_word(&kind)};
        if (!keep_texts(&file->texts, &one) || !vec_push(&found->list, one))
            return &error_out_of_memory;
    }
    return NULL;
}

static struct error *search_selection(struct walked_file *file, const struct query *query,
                                      const struct selection *selection, const char *held)
{
    struct holders_search search;
    struct error *error = holders_find(query, selection, match_without_keyword(held), NULL, &search);
    if (!error)
        error = keep_found(file, selection, &search);
    holders_search_free(&search);
    return error;
}

static struct error *search(struct walked_file *file, const struct query *query)
{
    const struct files_walk *walk = file->walk;
    const struct many_holders *many = walk->context;
    struct selection selection;
    RETURN_IF_ERROR(select_types(query, walk->patterns, walk->patterns_count, walk->also, &selection));
    struct error *error = selection_require(query, &selection, many->held);
    if (!error)
        error = search_selection(file, query, &selection, many->held);
    selection_free(&selection);
    return error;
}

// A file without the type was read all the same.
static struct error *read_holders(struct walked_file *file, const struct query *query)
{
    struct found_holders *found = file->found;
    struct error *error = search(file, query);
    if (!error || error->code != ERROR_NOT_FOUND)
        return error;
    found->missing = error;
    return NULL;
}

// ---- all of them, in order -------------------------------------------------------------------------------

static struct error *take_holders(struct files_walk *walk, const struct walked_file *file)
{
    struct many_holders *many = walk->context;
    struct found_holders *found = file->found;
    many->is_held |= !found->missing;
    if (!many->missing) {
        many->missing = found->missing;
        found->missing = NULL;
    }
    vec_foreach (struct many_holding *, one, &found->list)
        RETURN_IF_ERROR(add(many, one, walk->read.length - 1));
    return NULL;
}

static struct error *tell_missing(struct files_walk *walk, int *status)
{
    const struct many_holders *many = walk->context;
    (void)status;
    return many->is_held ? NULL : files_walk_not_found(walk, many->missing->message);
}

static const struct files_walk_ops ops = {.found_bytes = sizeof(struct found_holders),
                                          .read = read_holders,
                                          .take = take_holders,
                                          .forget = forget_found,
                                          .end = tell_missing};

int many_holders_run(struct many_holders *many, const struct type_words *words, files_walk_write *write,
                     void *context)
{
    many->walk.ops = &ops;
    many->walk.context = many;
    arena_init(&many->texts);
    secret_draw(&many->secret, sizeof(many->secret));
    return files_walk_run(&many->walk, words, write, context);
}

void many_holders_free(struct many_holders *many)
{
    vec_free(&many->list);
    free(many->slots);
    arena_free(&many->texts);
    error_free(many->missing);
    files_walk_free(&many->walk);
}
