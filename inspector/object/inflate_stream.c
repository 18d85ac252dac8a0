// SPDX-License-Identifier: MIT
#include "object/inflate_stream.h"

#ifdef STRATA_ISAL

#include "object/image.h"
#include "object/isal_library.h"
#include <stdlib.h>

// A piece of either side. ISA-L copies its window once a call, so that small ones cost; large ones make readers wait.
static const uint64_t OUTPUT_BYTES_MOST = 1u << 20, OUTPUT_BYTES_LEAST = 1u << 12, OUTPUT_PIECES = 64;
static const uint64_t INPUT_BYTES_MOST = 4u << 20;
static const uint64_t PAGES_BYTES = 8u << 20; // so many are made at once

struct inflate_stream {
    const struct isal_library *library;
    struct inflate_plan plan;
    uint8_t *target;
    uint64_t done_bytes,
        taken_bytes;        // of the target, and of the payload; what is taken last may not be used yet
    uint64_t dropped_bytes; // of the payload
    uint64_t made_bytes;    // of the target, whose pages are made
    struct inflate_pages pages;
    uint64_t piece_bytes;
    enum inflate_step last; // what the step before said
    struct inflate_state state;
};

// RFC 1950, 2.2. ISA-L takes windows beyond 32 KiB, too, which there are none of.
static bool is_zlib_header(struct bytes payload)
{
    enum { DEFLATE = 8, WINDOW_MOST = 7, DICTIONARY = 0x20 };
    if (payload.size_bytes < 2)
        return false;
    const unsigned method = payload.data[0], flags = payload.data[1];
    return (method & 0xf) == DEFLATE && method >> 4 <= WINDOW_MOST && !(flags & DICTIONARY) &&
           (method << 8 | flags) % 31 == 0;
}

struct inflate_stream *inflate_stream_open(const struct inflate_plan *plan, uint8_t *target)
{
    const bool fits = plan->method == INFLATE_ZLIB && is_zlib_header(plan->payload) &&
                      plan->size_bytes < UINT32_MAX - OUTPUT_BYTES_MOST;
    const struct isal_library *library = fits ? isal_library_load() : NULL; // which counts in 32 bits
    struct inflate_stream *stream = library ? calloc(1, sizeof(*stream)) : NULL;
    if (!stream)
        return NULL;
    stream->library = library;
    stream->plan = *plan;
    stream->target = target;
    stream->piece_bytes = plan->size_bytes / OUTPUT_PIECES;
    if (stream->piece_bytes > OUTPUT_BYTES_MOST)
        stream->piece_bytes = OUTPUT_BYTES_MOST;
    if (stream->piece_bytes < OUTPUT_BYTES_LEAST)
        stream->piece_bytes = OUTPUT_BYTES_LEAST;
    library->init(&stream->state);
    stream->state.crc_flag = ISAL_ZLIB;
    return stream;
}

// Gives the decoder more to read when it has used up what it had. What it is done with need not stay in memory.
static void stream_feed(struct inflate_stream *stream)
{
    const struct bytes *payload = &stream->plan.payload;
    const uint64_t left_bytes = payload->size_bytes - stream->taken_bytes;
    if (stream->state.avail_in > 0 || left_bytes == 0)
        return;
    const struct bytes used = {payload->data + stream->dropped_bytes,
                               stream->taken_bytes - stream->dropped_bytes};
    inflate_plan_drop(&stream->plan, used);
    stream->dropped_bytes = stream->taken_bytes;
    const uint64_t more_bytes = left_bytes < INPUT_BYTES_MOST ? left_bytes : INPUT_BYTES_MOST;
    stream->state.next_in = (uint8_t *)(uintptr_t)(payload->data + stream->taken_bytes);
    stream->state.avail_in = (uint32_t)more_bytes;
    stream->taken_bytes += more_bytes;
}

static void stream_make_pages(struct inflate_stream *stream, uint64_t piece_bytes)
{
    if (stream->done_bytes + piece_bytes <= stream->made_bytes ||
        stream->made_bytes >= stream->plan.size_bytes)
        return;
    const uint64_t left_bytes = stream->plan.size_bytes - stream->made_bytes;
    const uint64_t more_bytes = left_bytes < PAGES_BYTES ? left_bytes : PAGES_BYTES;
    const bool is_done = inflate_pages_make(&stream->pages, stream->target + stream->made_bytes, more_bytes);
    stream->made_bytes = is_done ? stream->made_bytes + more_bytes : stream->plan.size_bytes;
}

static enum inflate_step stream_step(struct inflate_stream *stream)
{
    struct inflate_state *state = &stream->state;
    const uint64_t size_bytes = stream->plan.size_bytes;
    // The stream's own end takes a call with room left: some bytes more than are claimed.
    const uint64_t room_bytes = size_bytes - stream->done_bytes + IMAGE_OVERRUN_BYTES;
    const uint32_t piece_bytes =
        (uint32_t)(room_bytes < stream->piece_bytes ? room_bytes : stream->piece_bytes);
    stream_feed(stream);
    stream_make_pages(stream, piece_bytes);
    state->next_out = stream->target + stream->done_bytes;
    state->avail_out = piece_bytes;
    const uint32_t fed_bytes = state->avail_in;
    const int result = stream->library->inflate(state);
    const uint32_t got_bytes = piece_bytes - state->avail_out;
    const bool is_over = state->block_state == ISAL_BLOCK_FINISH;
    const bool is_stuck = !is_over && got_bytes == 0 && state->avail_in == fed_bytes;
    stream->done_bytes += got_bytes;
    if ((result != ISAL_DECOMP_OK && result != ISAL_END_INPUT) || stream->done_bytes > size_bytes || is_stuck)
        return INFLATE_FAILED;
    if (!is_over)
        return INFLATE_GOES_ON;
    return stream->done_bytes == size_bytes ? INFLATE_DONE : INFLATE_FAILED;
}

enum inflate_step inflate_stream_step(struct inflate_stream *stream, uint64_t *done_bytes)
{
    if (stream->last == INFLATE_GOES_ON)
        stream->last = stream_step(stream);
    *done_bytes = stream->done_bytes;
    return stream->last;
}

struct inflate_pages *inflate_stream_pages(struct inflate_stream *stream)
{
    return &stream->pages;
}

void inflate_stream_free(struct inflate_stream *stream)
{
    free(stream);
}

#else

struct inflate_stream *inflate_stream_open(const struct inflate_plan *plan, uint8_t *target)
{
    (void)plan;
    (void)target;
    return NULL;
}

enum inflate_step inflate_stream_step(struct inflate_stream *stream, uint64_t *done_bytes)
{
    (void)stream;
    (void)done_bytes;
    return INFLATE_FAILED;
}

struct inflate_pages *inflate_stream_pages(struct inflate_stream *stream)
{
    (void)stream;
    return NULL; // there is no stream
}

void inflate_stream_free(struct inflate_stream *stream)
{
    (void)stream;
}

#endif
