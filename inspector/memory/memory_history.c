// SPDX-License-Identifier: MIT
#include "memory/memory_history.h"

#include "base/clock.h"
#include "base/secret.h"
#include "base/slots.h"
#include "base/vec.h"
#include "memory/memory_source.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_BYTES = MEMORY_HISTORY_BLOCK_BYTES };

// A block as it was from a look on.
struct log_version {
    uint64_t number; // of the block
    uint64_t known;  // a bit a byte
    uint32_t before; // in the list, and 1; 0: none
    uint32_t frame;
    uint8_t bytes[BLOCK_BYTES];
};

struct log_slot {
    uint64_t number; // of the block, and 1; 0: free
    uint32_t latest; // its latest version, and 1
};

struct memory_history {
    struct memory *under;
    VEC(struct log_version) versions;
    struct log_slot *slots;
    size_t slots_count, used;
    size_t most_versions;
    uint64_t secret;
    uint32_t frame, first, shown;  // shown 0: the process itself
    VEC(struct memory_mark) marks; // of the frames, from 1 on
    bool is_kept;
    uint32_t full_at; // the first frame that there was no room for; 0: none
    uint64_t read_ns;
};

// `secret`: a file must not be able to choose numbers that all fall into one place.
static struct log_slot *slot_of(const struct log_slot *slots, size_t count, uint64_t number, uint64_t secret)
{
    size_t at = (size_t)secret_hash_number(secret, number) & (count - 1);
    while (slots[at].number && slots[at].number != number + 1)
        at = (at + 1) & (count - 1);
    return (struct log_slot *)&slots[at];
}

static void forget(struct memory_history *log)
{
    memset(log->slots, 0, log->slots_count * sizeof(*log->slots));
    log->versions.length = log->used = 0;
    log->first = log->frame;
}

static bool grow(struct memory_history *log)
{
    const size_t count = 2 * log->slots_count;
    if (2 * log->used < log->slots_count)
        return true;
    struct log_slot *slots = slots_alloc(count, sizeof(*slots));
    if (!slots)
        return false;
    for (size_t i = 0; i < log->slots_count; i++)
        if (log->slots[i].number)
            *slot_of(slots, count, log->slots[i].number - 1, log->secret) = log->slots[i];
    free(log->slots);
    log->slots = slots;
    log->slots_count = count;
    return true;
}

// Some bytes of a block, as they are now. What there is no memory for is not remembered.
static void remember(struct memory_history *log, uint64_t number, size_t from, size_t count,
                     const uint8_t *bytes)
{
    const uint64_t mask = (count == BLOCK_BYTES ? UINT64_MAX : (UINT64_C(1) << count) - 1) << from;
    if (log->full_at)
        return;
    if (log->versions.length >= log->most_versions || !grow(log)) {
        if (log->is_kept) {
            log->full_at = log->frame;
            return;
        }
        forget(log);
    }
    struct log_slot *slot = slot_of(log->slots, log->slots_count, number, log->secret);
    struct log_version *latest = slot->latest ? &log->versions.data[slot->latest - 1] : NULL;
    if (latest && (latest->known & mask) == mask && !memcmp(latest->bytes + from, bytes, count))
        return;
    if (!latest || latest->frame != log->frame) {
        struct log_version next = latest ? *latest : (struct log_version){.known = 0};
        next.number = number;
        next.before = slot->latest;
        next.frame = log->frame;
        if (!vec_push(&log->versions, next))
            return;
        log->used += !slot->number;
        slot->number = number + 1;
        slot->latest = (uint32_t)log->versions.length;
        latest = &log->versions.data[slot->latest - 1];
    }
    latest->known |= mask;
    memcpy(latest->bytes + from, bytes, count);
}

// Calls for each block that the range touches; it does not wrap round (memory_source.h).
static bool each_block(struct memory_history *log, const struct memory_range *range,
                       bool (*call)(struct memory_history *log, uint64_t number, size_t from, size_t count,
                                    uint8_t *bytes))
{
    for (size_t done = 0; done < range->size_bytes;) {
        const uint64_t at = range->address + done;
        const size_t from = (size_t)(at % BLOCK_BYTES), left = range->size_bytes - done;
        const size_t count = left < BLOCK_BYTES - from ? left : BLOCK_BYTES - from;
        if (!call(log, at / BLOCK_BYTES, from, count, (uint8_t *)range->buffer + done))
            return false;
        done += count;
    }
    return true;
}

static bool remember_block(struct memory_history *log, uint64_t number, size_t from, size_t count,
                           uint8_t *bytes)
{
    remember(log, number, from, count, bytes);
    return true;
}

static bool recall_block(struct memory_history *log, uint64_t number, size_t from, size_t count,
                         uint8_t *bytes)
{
    const uint64_t mask = (count == BLOCK_BYTES ? UINT64_MAX : (UINT64_C(1) << count) - 1) << from;
    uint32_t version = slot_of(log->slots, log->slots_count, number, log->secret)->latest;
    while (version && log->versions.data[version - 1].frame > log->shown)
        version = log->versions.data[version - 1].before;
    if (!version || (log->versions.data[version - 1].known & mask) != mask)
        return false;
    memcpy(bytes, log->versions.data[version - 1].bytes + from, count);
    return true;
}

static void log_read(void *state, struct memory_range *ranges, size_t count)
{
    struct memory_history *log = state;
    const uint64_t start = clock_ns();
    if (!log->shown && log->under)
        memory_read_ranges(log->under, ranges, count);
    log->read_ns += clock_ns() - start;
    for (size_t i = 0; i < count; i++) {
        if (log->shown)
            ranges[i].is_read = each_block(log, &ranges[i], recall_block);
        else if (log->under && ranges[i].is_read && log->frame)
            each_block(log, &ranges[i], remember_block);
    }
}

static void log_close(void *state)
{
    struct memory_history *log = state;
    vec_free(&log->versions);
    vec_free(&log->marks);
    free(log->slots);
    free(log);
}

struct error *memory_history_open(struct memory *under, size_t most_bytes, struct memory_history **result,
                                  struct memory **memory)
{
    static const struct memory_ops ops = {log_read, log_close};
    enum { SLOTS_FIRST = 1024 };
    struct memory_history *log = calloc(1, sizeof(*log));
    *result = log;
    *memory = NULL;
    if (!log)
        return &error_out_of_memory;
    log->under = under;
    secret_draw(&log->secret, sizeof(log->secret));
    log->most_versions = most_bytes / sizeof(struct log_version) + 1;
    log->most_versions = log->most_versions < UINT32_MAX ? log->most_versions : UINT32_MAX - 1;
    log->slots_count = SLOTS_FIRST;
    log->slots = slots_alloc(log->slots_count, sizeof(*log->slots));
    if (!log->slots) {
        log_close(log);
        *result = NULL;
        return &error_out_of_memory;
    }
    struct error *error = memory_create(&ops, log, "the recorded memory", memory);
    if (error)
        *result = NULL; // memory_create has closed it
    return error;
}

void memory_history_frame(struct memory_history *log, uint32_t frame)
{
    log->frame = frame;
    log->first = log->first ? log->first : frame;
}

void memory_history_go(struct memory_history *log, uint32_t frame)
{
    log->shown = frame;
}

uint32_t memory_history_first(const struct memory_history *log)
{
    return log->first;
}

void memory_history_keep(struct memory_history *log)
{
    log->is_kept = true;
}

void memory_history_mark(struct memory_history *log, const struct memory_mark *mark)
{
    if (log->frame && log->marks.length + 1 == log->frame)
        (void)!vec_push(&log->marks, *mark);
}

struct memory_mark memory_history_marked(const struct memory_history *log, uint32_t frame)
{
    return frame && frame <= log->marks.length ? log->marks.data[frame - 1] : (struct memory_mark){{0}};
}

uint32_t memory_history_last(const struct memory_history *log)
{
    const uint32_t marked = (uint32_t)log->marks.length;
    return log->full_at && log->full_at <= marked ? log->full_at - 1 : marked;
}

void memory_history_put(struct memory_history *log, const struct memory_history_part *part)
{
    for (size_t from = 0; from < BLOCK_BYTES;) {
        size_t end = from;
        while (end < BLOCK_BYTES && part->mask >> end & 1)
            end++;
        if (end > from)
            remember(log, part->number, from, end - from, part->bytes + from);
        from = end > from ? end : from + 1;
    }
}

bool memory_history_next(const struct memory_history *log, size_t *at, struct memory_history_part *part)
{
    if (*at >= log->versions.length)
        return false;
    const struct log_version *version = &log->versions.data[(*at)++];
    const struct log_version *before = version->before ? &log->versions.data[version->before - 1] : NULL;
    part->frame = version->frame;
    part->number = version->number;
    part->mask = 0;
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        if (version->known >> i & 1 &&
            (!before || !(before->known >> i & 1) || before->bytes[i] != version->bytes[i]))
            part->mask |= UINT64_C(1) << i;
    memcpy(part->bytes, version->bytes, BLOCK_BYTES);
    return true;
}

uint64_t memory_history_read_ns(const struct memory_history *log)
{
    return log->read_ns;
}
