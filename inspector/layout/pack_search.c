// SPDX-License-Identifier: MIT
// The search for the smallest order: first a good guess, then, if the bound is not reached, all sets.
#include "layout/pack_model.h"

#include <stdlib.h>
#include <string.h>

enum { STATES_MOST = 1 << 18, CLASSES_MOST = 255 };

// A bit-field goes on where the one before ends, unless it would touch more of its type's alignment units
// than the type itself has; then it starts at the next one (System V ABI x86-64, 3.1.2; in this form also for
// i386, where a long long of 8 bytes aligns to 4).
static uint64_t place_item(const struct pack_item *item, uint64_t at_bits)
{
    if (!item->unit_bits)
        return align_up(at_bits, item->align_bits > 8 ? item->align_bits : 8);
    uint64_t in_unit = at_bits % item->align_bits;
    uint64_t units = (in_unit + item->size_bits + item->align_bits - 1) / item->align_bits;
    return units > item->unit_bits / item->align_bits ? align_up(at_bits, item->align_bits) : at_bits;
}

uint64_t pack_place_piece(const struct pack_model *model, const struct pack_piece *piece, uint64_t at_bits,
                          uint64_t *starts)
{
    for (size_t i = piece->first; i < piece->first + piece->count; i++) {
        uint64_t start = place_item(&model->items[i], at_bits);
        if (starts)
            starts[i] = start;
        at_bits = start + model->items[i].size_bits;
    }
    return at_bits;
}

static uint64_t end_penalty_bits(const struct pack_model *model, const struct pack_piece *last,
                                 uint64_t end_bits)
{
    return model->pads_empty_end && end_bits && !model->items[last->first + last->count - 1].size_bits ? 8
                                                                                                       : 0;
}

uint64_t pack_size_bits(const struct pack_model *model, const size_t *order)
{
    uint64_t at = model->start_bits;
    for (size_t i = 0; i < model->pieces_count; i++)
        at = pack_place_piece(model, &model->pieces[order[i]], at, NULL);
    if (model->pieces_count)
        at += end_penalty_bits(model, &model->pieces[order[model->pieces_count - 1]], at);
    return align_up(at, model->align_bits);
}

uint64_t pack_bound_bits(const struct pack_model *model)
{
    uint64_t at = model->start_bits;
    for (size_t i = 0; i < model->head_count; i++)
        at = pack_place_piece(model, &model->pieces[i], at, NULL);
    for (size_t i = model->head_count; i < model->pieces_count; i++)
        at += model->pieces[i].size_bits;
    return align_up(at, model->align_bits);
}

// --- The guess: what fits without a hole, the most aligned first ---

// Stable: pieces that are alike keep their order. Empty ones go first, since Go pads them at the end.
static int piece_compare(const void *left, const void *right, void *context)
{
    const struct pack_model *model = context;
    size_t l = *(const size_t *)left, r = *(const size_t *)right;
    const struct pack_piece *a = &model->pieces[l], *b = &model->pieces[r];
    if (a->align_bits != b->align_bits)
        return a->align_bits > b->align_bits ? -1 : 1;
    bool a_is_empty = !a->size_bits, b_is_empty = !b->size_bits;
    if (a_is_empty != b_is_empty)
        return a_is_empty ? -1 : 1;
    return (l > r) - (l < r);
}

static void guess(const struct pack_model *model, size_t *order)
{
    uint64_t at = model->start_bits;
    for (size_t i = 0; i < model->head_count; i++)
        at = pack_place_piece(model, &model->pieces[order[i]], at, NULL);
    size_t end = model->pieces_count - model->tail_count;
    qsort_r(order + model->head_count, end - model->head_count, sizeof(*order), piece_compare, (void *)model);
    for (size_t next = model->head_count; next < end; next++) {
        size_t best = next;
        uint64_t least = UINT64_MAX;
        for (size_t i = next; i < end && least; i++) {
            const struct pack_piece *piece = &model->pieces[order[i]];
            uint64_t hole = pack_place_piece(model, piece, at, NULL) - at - piece->size_bits;
            if (hole < least) {
                least = hole;
                best = i;
            }
        }
        size_t chosen = order[best];
        memmove(&order[next + 1], &order[next], (best - next) * sizeof(*order));
        order[next] = chosen;
        at = pack_place_piece(model, &model->pieces[chosen], at, NULL);
    }
}

// --- All sets ---

// A state is how many pieces of each class are placed, a number in mixed radix:
//
//     state = placed[0] + placed[1] * (count[0] + 1) + placed[2] * (count[0] + 1) * (count[1] + 1) + …
struct sets {
    const struct pack_model *model;
    size_t classes_count;
    size_t counts[CLASSES_MOST], strides[CLASSES_MOST];
    const struct pack_piece *example[CLASSES_MOST];
    size_t states;
    uint64_t *ends; // the earliest end of each state
    uint8_t *lasts; // the class placed last for that
};

static void sets_free_at(struct sets *sets)
{
    free(sets->ends);
    free(sets->lasts);
}

// False when there are too many.
static bool sets_count(struct sets *sets, const size_t *order, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct pack_piece *piece = &sets->model->pieces[order[i]];
        size_t c = 0;
        while (c < sets->classes_count && sets->example[c]->class != piece->class)
            c++;
        if (c == CLASSES_MOST)
            return false;
        if (c == sets->classes_count) {
            sets->example[c] = piece;
            sets->counts[sets->classes_count++] = 0;
        }
        sets->counts[c]++;
    }
    sets->states = 1;
    for (size_t c = 0; c < sets->classes_count; c++) {
        sets->strides[c] = sets->states;
        if (sets->counts[c] >= STATES_MOST / sets->states)
            return false;
        sets->states *= sets->counts[c] + 1;
    }
    return true;
}

static size_t placed(const struct sets *sets, size_t state, size_t class)
{
    return state / sets->strides[class] % (sets->counts[class] + 1);
}

static void sets_extend(struct sets *sets, size_t state, bool has_tail)
{
    for (size_t c = 0; c < sets->classes_count; c++) {
        if (placed(sets, state, c) == sets->counts[c])
            continue;
        size_t next = state + sets->strides[c];
        uint64_t end = pack_place_piece(sets->model, sets->example[c], sets->ends[state], NULL);
        if (next == sets->states - 1 && !has_tail)
            end += end_penalty_bits(sets->model, sets->example[c], end);
        if (end < sets->ends[next]) {
            sets->ends[next] = end;
            sets->lasts[next] = (uint8_t)c;
        }
    }
}

// Writes the best order over [from, to), from its end: each class gives its pieces in their order. `left` has
// room for to - from.
static void sets_write(const struct sets *sets, size_t *order, size_t from, size_t to, size_t *left)
{
    memcpy(left, order + from, (to - from) * sizeof(*left));
    size_t state = sets->states - 1;
    for (size_t i = to; i-- > from;) {
        const size_t c = sets->lasts[state];
        size_t k = to - from - 1;
        while (left[k] == SIZE_MAX || sets->model->pieces[left[k]].class != sets->example[c]->class)
            k--;
        order[i] = left[k];
        left[k] = SIZE_MAX;
        state -= sets->strides[c];
    }
}

// *is_complete: all orders were compared, and `order` is the smallest.
static struct error *search_all(const struct pack_model *model, size_t *order, bool *is_complete)
{
    CLEANUP(sets_free_at) struct sets sets = {.model = model};
    size_t from = model->head_count, to = model->pieces_count - model->tail_count;
    *is_complete = sets_count(&sets, order, from, to);
    if (!*is_complete)
        return NULL;
    sets.ends = reallocarray(NULL, sets.states, sizeof(*sets.ends));
    sets.lasts = calloc(sets.states, 1);
    if (!sets.ends || !sets.lasts)
        return &error_out_of_memory;
    memset(sets.ends, 0xff, sets.states * sizeof(*sets.ends));
    sets.ends[0] = model->start_bits;
    for (size_t i = 0; i < from; i++)
        sets.ends[0] = pack_place_piece(model, &model->pieces[order[i]], sets.ends[0], NULL);
    for (size_t state = 0; state + 1 < sets.states; state++)
        sets_extend(&sets, state, model->tail_count > 0);
    size_t *left = reallocarray(NULL, to - from + 1, sizeof(*left));
    if (!left)
        return &error_out_of_memory;
    sets_write(&sets, order, from, to, left);
    free(left);
    return NULL;
}

struct error *pack_search(const struct pack_model *model, size_t *order, enum pack_proof *proof)
{
    uint64_t bound_bits = pack_bound_bits(model), best_bits = pack_size_bits(model, order);
    *proof = best_bits == bound_bits ? PACK_BOUND : PACK_UNPROVEN;
    if (*proof || !model->pieces_count)
        return NULL;
    size_t count = model->pieces_count;
    size_t *tried = reallocarray(NULL, count, sizeof(*tried));
    if (!tried)
        return &error_out_of_memory;
    memcpy(tried, order, count * sizeof(*tried));
    guess(model, tried);
    struct error *error = NULL;
    if (pack_size_bits(model, tried) == bound_bits) {
        *proof = PACK_BOUND;
    } else {
        bool is_complete = false;
        error = search_all(model, tried, &is_complete);
        *proof = is_complete ? PACK_SEARCHED : PACK_UNPROVEN;
    }
    if (!error && pack_size_bits(model, tried) < best_bits)
        memcpy(order, tried, count * sizeof(*tried));
    free(tried);
    return error;
}
