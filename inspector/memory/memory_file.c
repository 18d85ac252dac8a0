// SPDX-License-Identifier: MIT
// The memory that a file describes: its segments at their addresses.
#include "memory/memory_source.h"
#include "memory/segments.h"

#include <stdlib.h>

static bool read_range(const struct segments *segments, const struct memory_range *range)
{
    size_t done = 0, ignored;
    while (done < range->size_bytes) {
        size_t got = segments_copy(segments, range->address + done, (uint8_t *)range->buffer + done,
                                   range->size_bytes - done, &ignored);
        if (!got)
            return false;
        done += got;
    }
    return true;
}

static void file_read(void *state, struct memory_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ranges[i].is_read = read_range(state, &ranges[i]);
}

static void file_close(void *state)
{
    segments_close(state);
    free(state);
}

static const struct memory_ops file_ops = {file_read, file_close};

struct error *memory_open_file(const char *path, uint64_t bias, struct memory **memory)
{
    *memory = NULL;
    struct segments *segments = calloc(1, sizeof(*segments));
    if (!segments)
        return &error_out_of_memory;
    struct error *error = segments_open(path, bias, SEGMENTS_ALL, segments);
    if (!error)
        return memory_create(&file_ops, segments, path, memory);
    free(segments);
    return error;
}
