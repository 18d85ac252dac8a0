// SPDX-License-Identifier: MIT
// The memory of a process that has left a core. A core may leave out what its executable holds (text and
// constants, by coredump_filter): that is read from there. What the program could write to is not: the
// executable has only what it was at the start.
#include "memory/memory_source.h"
#include "memory/segments.h"

#include <elf.h>
#include <stdlib.h>

struct core_memory {
    struct segments core, executable; // the executable's may be empty
};

static bool read_range(const struct core_memory *memory, const struct memory_range *range)
{
    size_t done = 0;
    while (done < range->size_bytes) {
        uint8_t *to = (uint8_t *)range->buffer + done;
        size_t left = range->size_bytes - done, gap_bytes, ignored;
        size_t got = segments_copy(&memory->core, range->address + done, to, left, &gap_bytes);
        if (!got)
            got = segments_copy(&memory->executable, range->address + done, to, gap_bytes, &ignored);
        if (!got)
            return false;
        done += got;
    }
    return true;
}

static void core_read(void *state, struct memory_range *ranges, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ranges[i].is_read = read_range(state, &ranges[i]);
}

static void core_close(void *state)
{
    struct core_memory *memory = state;
    segments_close(&memory->core);
    segments_close(&memory->executable);
    free(memory);
}

static const struct memory_ops core_ops = {core_read, core_close};

static struct error *open_both(struct core_memory *memory, const char *path, const char *executable,
                               uint64_t bias)
{
    RETURN_IF_ERROR(segments_open(path, 0, SEGMENTS_ALL, &memory->core));
    if (memory->core.image->type != ET_CORE)
        return error_create(ERROR_USAGE, "%s: an ELF file, but no core", path);
    return executable ? segments_open(executable, bias, SEGMENTS_CONSTANT, &memory->executable) : NULL;
}

struct error *memory_open_core(const char *path, const char *executable, uint64_t bias,
                               struct memory **memory)
{
    *memory = NULL;
    struct core_memory *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    struct error *error = open_both(made, path, executable, bias);
    if (!error)
        return memory_create(&core_ops, made, path, memory);
    core_close(made);
    return error;
}
