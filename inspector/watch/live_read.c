// SPDX-License-Identifier: MIT
#include "watch/live_read.h"

#include "base/clock.h"
#include "watch/live_links.h"

void live_reader_close(struct live_reader *reader)
{
    vec_free(&reader->bytes);
    vec_free(&reader->again);
    vec_free(&reader->ranges);
    vec_free(&reader->links);
    vec_free(&reader->guesses);
    for (size_t i = 0; i < CLASSIC_WINDOWS; i++) {
        vec_free(&reader->parts[i].buckets);
        vec_free(&reader->parts[i].entries);
    }
    for (size_t i = 0; i < 2; i++)
        vec_free(&reader->densities[i]);
    vec_free(&reader->directory);
    vec_free(&reader->tables);
    vec_free(&reader->stale);
    vec_free(&reader->shown);
    vec_free(&reader->groups);
    vec_free(&reader->entries);
    vec_free(&reader->cells);
}

size_t live_read(struct live_reader *reader, struct memory_range *ranges, size_t count)
{
    const uint64_t start = reader->log ? memory_history_read_ns(reader->log) : clock_ns();
    const size_t done = memory_read_ranges(reader->memory, ranges, count);
    const uint64_t end = reader->log ? memory_history_read_ns(reader->log) : clock_ns();
    reader->verdict.read_ns += end - start;
    reader->verdict.calls++;
    for (size_t i = 0; i < count; i++)
        reader->verdict.read_bytes += ranges[i].size_bytes;
    return done;
}

bool live_header_read(struct live_reader *reader)
{
    struct memory_range range = {
        .address = reader->address, .buffer = reader->header, .size_bytes = reader->shape->header_bytes};
    reader->verdict.is_gone = !reader->address || !live_read(reader, &range, 1);
    return !reader->verdict.is_gone;
}

bool live_key_hash(struct live_reader *reader, const uint8_t *key, uint64_t seed, uint64_t *hash)
{
    return reader->hasher && reader->hasher->is_plain && !reader->shape->key.is_indirect &&
           live_hash(reader->hasher, key, seed, hash);
}
