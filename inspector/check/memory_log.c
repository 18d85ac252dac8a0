// SPDX-License-Identifier: MIT
#include "check/memory_log.h"

#include <stdlib.h>
#include <string.h>

static void *log_allocate(void *state, size_t size_bytes)
{
    struct memory_log *log = state;
    void *memory = calloc(1, size_bytes);
    if (!memory)
        return NULL;
    if (log->ranges_count == LOG_RANGES_MOST) {
        log->is_full = true;
        return memory;
    }
    log->ranges[log->ranges_count++] =
        (struct logged_range){(uintptr_t)memory, (uintptr_t)memory + size_bytes};
    return memory;
}

static void log_release(void *state, void *memory, size_t size_bytes)
{
    (void)size_bytes;
    struct memory_log *log = state;
    for (size_t i = 0; i < log->ranges_count; i++) {
        if (log->ranges[i].start == (uintptr_t)memory) {
            log->ranges[i] = log->ranges[--log->ranges_count];
            break;
        }
    }
    free(memory);
}

// splitmix64
static uint64_t log_draw(void *state)
{
    struct memory_log *log = state;
    uint64_t z = log->draws_state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return log->last_draw = z ^ (z >> 31);
}

static void log_event(void *state, const struct hmap_event *event)
{
    struct memory_log *log = state;
    if (log->listener)
        log->listener(log->listener_state, event);
}

void memory_log_attach(struct memory_log *log, struct hmap_context *context, uint64_t seed)
{
    *log = (struct memory_log){.draws_state = seed, .context = context};
    context->allocator =
        (struct hmap_allocator){.allocate = log_allocate, .release = log_release, .state = log};
    context->random = (struct hmap_random){.next = log_draw, .state = log};
}

void memory_log_context(struct memory_log *log, struct hmap_context *context, const struct hmap_type *type,
                        enum hmap_hash_algorithm algorithm, uint64_t seed)
{
    hmap_context_init(context, type, HMAP_GO_1_22, algorithm, seed);
    memory_log_attach(log, context, seed);
    context->sink = (struct hmap_sink){.emit = log_event, .state = log};
}

bool memory_log_holds(const struct memory_log *log, uintptr_t address, size_t size_bytes)
{
    for (size_t i = 0; i < log->ranges_count; i++) {
        const struct logged_range *range = &log->ranges[i];
        if (address >= range->start && address <= range->end && size_bytes <= range->end - address)
            return true;
    }
    return false;
}

bool memory_log_word(const struct memory_log *log, uintptr_t address, uint64_t *word)
{
    if (!memory_log_holds(log, address, sizeof(*word)))
        return false;
    memcpy(word, (const void *)address, sizeof(*word));
    return true;
}
