// SPDX-License-Identifier: MIT
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 16, FIRST_CHUNK_BYTES = 4096, LARGEST_CHUNK_BYTES = 1 << 20, SPARE_CHUNKS_MOST = 8 };

struct arena_chunk {
    struct arena_chunk *older;
    size_t size_bytes;
    _Alignas(ALIGNMENT) uint8_t data[];
};

void arena_init(struct arena *arena)
{
    *arena = (struct arena){0};
}

static void chunks_free(struct arena_chunk *chunk)
{
    while (chunk) {
        struct arena_chunk *older = chunk->older;
        free(chunk);
        chunk = older;
    }
}

void arena_free(struct arena *arena)
{
    chunks_free(arena->newest);
    chunks_free(arena->spare);
    arena_init(arena);
}

void arena_reset(struct arena *arena)
{
    struct arena_chunk *spare = arena->spare;
    unsigned kept = 0;
    for (struct arena_chunk *chunk = arena->newest; chunk;) {
        struct arena_chunk *older = chunk->older;
        if (chunk->size_bytes == LARGEST_CHUNK_BYTES && kept++ < SPARE_CHUNKS_MOST) {
            const size_t used =
                chunk == arena->newest ? (size_t)(arena->next - chunk->data) : chunk->size_bytes;
            memset(chunk->data, 0, used);
            chunk->older = spare;
            spare = chunk;
        } else {
            free(chunk);
        }
        chunk = older;
    }
    *arena = (struct arena){.spare = spare};
}

void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    if (!mark.chunk || mark.chunk != arena->newest || mark.next == arena->next)
        return;
    memset(mark.next, 0, (size_t)(arena->next - mark.next));
    arena->next = mark.next;
}

void arena_adopt(struct arena *arena, struct arena *from)
{
    chunks_free(from->spare);
    from->spare = NULL;
    if (!from->newest)
        return;
    if (!arena->newest) {
        from->spare = arena->spare;
        *arena = *from;
    } else { // behind the newest chunk, which is still being filled
        struct arena_chunk *oldest = from->newest;
        while (oldest->older)
            oldest = oldest->older;
        oldest->older = arena->newest->older;
        arena->newest->older = from->newest;
        arena->allocated_bytes += from->allocated_bytes;
    }
    arena_init(from);
}

// Chunks double up to a limit, so that small arenas stay small and large ones make few calls.
static struct arena_chunk *arena_grow(struct arena *arena, size_t least_bytes)
{
    size_t size_bytes = arena->newest ? arena->newest->size_bytes * 2 : FIRST_CHUNK_BYTES;
    if (size_bytes > LARGEST_CHUNK_BYTES)
        size_bytes = LARGEST_CHUNK_BYTES;
    if (size_bytes < least_bytes)
        size_bytes = least_bytes;
    struct arena_chunk *chunk = arena->spare && arena->spare->size_bytes >= least_bytes ? arena->spare : NULL;
    if (chunk) {
        arena->spare = chunk->older;
        size_bytes = chunk->size_bytes;
    } else if (!(chunk = calloc(1, sizeof(*chunk) + size_bytes))) {
        return NULL;
    }
    chunk->size_bytes = size_bytes;
    chunk->older = arena->newest;
    arena->newest = chunk;
    arena->next = chunk->data;
    arena->end = chunk->data + size_bytes;
    arena->allocated_bytes += sizeof(*chunk) + size_bytes;
    return chunk;
}

void *arena_alloc(struct arena *arena, size_t size_bytes)
{
    if (size_bytes > SIZE_MAX - LARGEST_CHUNK_BYTES) {
        arena->has_failed = true;
        return NULL;
    }
    size_t rounded = (size_bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (rounded == 0)
        rounded = ALIGNMENT;
    if ((size_t)(arena->end - arena->next) < rounded && !arena_grow(arena, rounded)) {
        arena->has_failed = true;
        return NULL;
    }
    void *result = arena->next;
    arena->next += rounded;
    return result;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size_bytes)
{
    size_t total_bytes;
    if (__builtin_mul_overflow(count, size_bytes, &total_bytes))
        return NULL;
    return arena_alloc(arena, total_bytes);
}

char *arena_copy_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? arena_alloc(arena, length + 1) : NULL;
    if (copy)
        memcpy(copy, text, length); // the rest is zero already
    return copy;
}

char *arena_format(struct arena *arena, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
