// SPDX-License-Identifier: MIT
#include "gomap/map_holders.h"

#include "gomap/heap.h"

#include <stdlib.h>
#include <string.h>

enum { VARIABLES_MOST = 8, PIECE_BYTES = 1 << 20 };

// As much as a second or two takes.
static const uint64_t LOOKED_THROUGH_MOST = UINT64_C(4) << 30;

struct holder_search {
    struct go_program *program;
    struct go_heap *heap; // NULL: its spans are not known
    struct arena *arena;
    struct map_holders *holders;
    uint64_t wanted, left;
    unsigned word;
    uint8_t *piece;
};

static bool is_variable(const struct holder_search *search, uint64_t address)
{
    const struct go_region *regions = go_runtime_facts(search->program->runtime)->regions;
    for (unsigned i = GO_NOPTRDATA; i <= GO_NOPTRBSS; i++)
        if (address >= regions[i].begin && address < regions[i].end)
            return true;
    return false;
}

static struct error *take_word(struct holder_search *search, uint64_t address)
{
    struct map_holders *holders = search->holders;
    struct heap_span span;
    uint64_t base, size_bytes;
    bool is_allocated;
    char name[256];
    if (is_variable(search, address)) {
        holders->words_of_variables++;
        if (holders->variables.length == VARIABLES_MOST)
            return NULL;
        go_runtime_name_address(search->program->runtime, address, name, sizeof(name));
        const char *kept = arena_copy_text(search->arena, name, strlen(name));
        return kept && vec_push(&holders->variables, kept) ? NULL : &error_out_of_memory;
    }
    if (!search->heap || !go_heap_span_of(search->heap, address, &span))
        return NULL;
    if (span.state == HEAP_SPAN_MANUAL)
        holders->stacks++;
    if (span.state != HEAP_SPAN_IN_USE ||
        !go_heap_object_of(search->heap, address, &base, &size_bytes, &is_allocated) || !is_allocated)
        return NULL;
    if (!holders->objects++) {
        holders->object_address = base;
        holders->object_bytes = size_bytes;
    }
    return NULL;
}

static struct error *look_through(struct holder_search *search, const struct target_mapping *mapping)
{
    const struct memory_target *target = search->program->target;
    const uint64_t begin = (mapping->address + search->word - 1) / search->word * search->word;
    const uint64_t end = mapping->address + mapping->held_bytes;
    for (uint64_t at = begin; at < end && end - at >= search->word; at += PIECE_BYTES) {
        const size_t length = end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES;
        search->holders->is_cut |= search->left < length;
        if (search->left < length)
            return NULL;
        search->left -= length;
        struct error *unread = memory_read(target->memory, at, search->piece, length);
        const bool is_read = !unread;
        error_free(unread);
        for (size_t i = 0; is_read && i + search->word <= length; i += search->word) {
            uint64_t number = 0;
            if (!target->big_endian)
                memcpy(&number, search->piece + i, search->word); // this loop is all of the cost
            else
                number = map_number(search->piece + i, search->word, true);
            if (number == search->wanted)
                RETURN_IF_ERROR(take_word(search, at + i));
        }
    }
    return NULL;
}

struct error *map_holders_find(struct go_program *program, uint64_t address, struct arena *arena,
                               struct map_holders *holders)
{
    struct holder_search search = {.program = program,
                                   .arena = arena,
                                   .holders = holders,
                                   .wanted = address,
                                   .left = LOOKED_THROUGH_MOST,
                                   .word = program->target->address_bits / 8};
    *holders = (struct map_holders){0};
    if (!program->runtime || !program->types || (search.word != 4 && search.word != 8))
        return NULL;
    search.piece = malloc(PIECE_BYTES);
    struct error *error =
        search.piece ? go_heap_open(program->runtime, program->types, &search.heap) : &error_out_of_memory;
    if (error && error->code != ERROR_OUT_OF_MEMORY) {
        error_free(error);
        error = NULL;
        search.heap = NULL;
    }
    for (size_t i = 0; !error && i < program->target->mappings_count; i++)
        if (program->target->mappings[i].is_writable && program->target->mappings[i].is_readable)
            error = look_through(&search, &program->target->mappings[i]);
    go_heap_close(search.heap);
    free(search.piece);
    return error;
}

void map_holders_free(struct map_holders *holders)
{
    vec_free(&holders->variables);
}
