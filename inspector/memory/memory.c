// SPDX-License-Identifier: MIT
#include "memory/memory_source.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct memory {
    const struct memory_ops *ops;
    void *state;
    char *name; // for messages: "process 4711", a path
};

struct error *memory_create(const struct memory_ops *ops, void *state, const char *name,
                            struct memory **memory)
{
    struct memory *made = calloc(1, sizeof(*made));
    char *kept = made ? strdup(name) : NULL;
    *memory = NULL;
    if (!kept) {
        free(made);
        ops->close(state);
        return &error_out_of_memory;
    }
    *made = (struct memory){ops, state, kept};
    *memory = made;
    return NULL;
}

void memory_close(struct memory *memory)
{
    if (!memory)
        return;
    memory->ops->close(memory->state);
    free(memory->name);
    free(memory);
}

// Whether the range can exist at all: it does not wrap round the end of the address space.
static bool is_possible(const struct memory_range *range)
{
    uint64_t last;
    return range->size_bytes <= INT64_MAX &&
           !__builtin_add_overflow(range->address, (uint64_t)range->size_bytes - 1, &last);
}

size_t memory_read_ranges(struct memory *memory, struct memory_range *ranges, size_t count)
{
    size_t done = 0;
    for (size_t i = 0; i < count; i++)
        ranges[i].is_read = ranges[i].size_bytes == 0;
    // Runs of ranges that can be read, between those that need no reading or are impossible.
    for (size_t first = 0; first < count;) {
        size_t end = first;
        while (end < count && ranges[end].size_bytes && is_possible(&ranges[end]))
            end++;
        if (end > first)
            memory->ops->read(memory->state, ranges + first, end - first);
        first = end + (end == first);
    }
    for (size_t i = 0; i < count; i++)
        done += ranges[i].is_read;
    return done;
}

struct error *memory_read(struct memory *memory, uint64_t address, void *buffer, size_t size_bytes)
{
    struct memory_range range = {.address = address, .buffer = buffer, .size_bytes = size_bytes};
    if (memory_read_ranges(memory, &range, 1))
        return NULL;
    const char *why = is_possible(&range) ? "not all of them can be read" : "no such range: it wraps round";
    return error_create(ERROR_BAD_FORMAT, "%s: 0x%zx bytes at 0x%" PRIx64 ": %s", memory->name, size_bytes,
                        address, why);
}
