// SPDX-License-Identifier: MIT
#include "object/packed.h"

#include "base/attributes.h"
#include "base/write_all.h"
#include <errno.h>
#include <inttypes.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

enum {
    CHUNK_BYTES = 1 << 17,
    GROWTH_MOST = 64, // modules and programs with debug information: 3 to 12 times
    GROWTH_FREE_BYTES = 1 << 20,
    XZ_MEMORY_BYTES = 256 << 20, // what xz -9 needs is 65 MiB
};
static const uint64_t TOTAL_MOST_BYTES = (uint64_t)16 << 30;

// What the three libraries have in common: so many bytes in, so many out.
struct packed_stream {
    const uint8_t *in;
    size_t in_bytes;
    uint8_t *out;
    size_t out_bytes;
};

enum step { STEP_MORE, STEP_END, STEP_DAMAGED, STEP_NO_MEMORY };

struct decoder {
    const char *name;
    const char *magic;
    size_t magic_bytes;
    enum step (*begin)(void **state);
    enum step (*step)(void *state, struct packed_stream *stream); // reads and writes as far as it goes
    void (*end)(void *state);
};

// ---- gzip ------------------------------------------------------------------------------------------------

static enum step gzip_begin(void **state)
{
    z_stream *z = calloc(1, sizeof(*z));
    *state = z;
    return z && inflateInit2(z, 15 + 16) == Z_OK ? STEP_MORE : STEP_NO_MEMORY; // 16: with gzip's header
}

static enum step gzip_step(void *state, struct packed_stream *stream)
{
    z_stream *z = state;
    z->next_in = (Bytef *)(uintptr_t)stream->in; // zlib reads it only
    z->avail_in = (uInt)stream->in_bytes;
    z->next_out = stream->out;
    z->avail_out = (uInt)stream->out_bytes;
    const int result = inflate(z, Z_NO_FLUSH);
    *stream = (struct packed_stream){z->next_in, z->avail_in, z->next_out, z->avail_out};
    if (result == Z_STREAM_END)
        return STEP_END;
    if (result == Z_MEM_ERROR)
        return STEP_NO_MEMORY;
    return result == Z_OK || result == Z_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void gzip_end(void *state)
{
    if (state)
        inflateEnd(state);
    free(state);
}

// ---- xz --------------------------------------------------------------------------------------------------

static enum step xz_begin(void **state)
{
    lzma_stream *xz = calloc(1, sizeof(*xz)); // all zeros is LZMA_STREAM_INIT
    *state = xz;
    return xz && lzma_stream_decoder(xz, XZ_MEMORY_BYTES, 0) == LZMA_OK ? STEP_MORE : STEP_NO_MEMORY;
}

static enum step xz_step(void *state, struct packed_stream *stream)
{
    lzma_stream *xz = state;
    xz->next_in = stream->in;
    xz->avail_in = stream->in_bytes;
    xz->next_out = stream->out;
    xz->avail_out = stream->out_bytes;
    const lzma_ret result = lzma_code(xz, LZMA_RUN);
    *stream = (struct packed_stream){xz->next_in, xz->avail_in, xz->next_out, xz->avail_out};
    if (result == LZMA_STREAM_END)
        return STEP_END;
    if (result == LZMA_MEM_ERROR || result == LZMA_MEMLIMIT_ERROR)
        return STEP_NO_MEMORY;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? STEP_MORE : STEP_DAMAGED;
}

static void xz_end(void *state)
{
    if (state)
        lzma_end(state);
    free(state);
}

// ---- zstd ------------------------------------------------------------------------------------------------

static enum step zstd_begin(void **state)
{
    *state = ZSTD_createDStream();
    return *state ? STEP_MORE : STEP_NO_MEMORY; // its window is 128 MiB at most unless more is allowed
}

static enum step zstd_step(void *state, struct packed_stream *stream)
{
    ZSTD_inBuffer in = {stream->in, stream->in_bytes, 0};
    ZSTD_outBuffer out = {stream->out, stream->out_bytes, 0};
    const size_t result = ZSTD_decompressStream(state, &out, &in);
    *stream = (struct packed_stream){stream->in + in.pos, in.size - in.pos, stream->out + out.pos,
                                     out.size - out.pos};
    if (ZSTD_isError(result))
        return STEP_DAMAGED;
    return result == 0 ? STEP_END : STEP_MORE;
}

static void zstd_end(void *state)
{
    ZSTD_freeDStream(state);
}

static const struct decoder decoders[] = {
    {"gzip", "\x1f\x8b\x08", 3, gzip_begin, gzip_step, gzip_end},
    {"xz",
     "\xfd"
     "7zXZ",
     6, xz_begin, xz_step, xz_end}, // the zero behind it belongs to the magic
    {"zstd", "\x28\xb5\x2f\xfd", 4, zstd_begin, zstd_step, zstd_end},
};

static const struct decoder *decoder_of(struct bytes start)
{
    for (size_t i = 0; i < ARRAY_LENGTH(decoders); i++)
        if (start.size_bytes >= decoders[i].magic_bytes &&
            !memcmp(start.data, decoders[i].magic, decoders[i].magic_bytes))
            return &decoders[i];
    return NULL;
}

bool packed_is(struct bytes start)
{
    return decoder_of(start) != NULL;
}

// ---- chunk by chunk --------------------------------------------------------------------------------------

struct packed_reader {
    const struct decoder *decoder; // NULL: not compressed
    const char *label, *noun;
    struct bytes packed;
    struct bytes rest; // of the streams, from the one under way on
    void *state;       // of the stream under way; NULL: between two
    uint64_t made_bytes, most_bytes;
    bool any_expansion;
    uint8_t buffer[CHUNK_BYTES];
};

uint64_t packed_growth_most(size_t packed_bytes, bool any_expansion)
{
    return any_expansion || packed_bytes >= TOTAL_MOST_BYTES / GROWTH_MOST
               ? TOTAL_MOST_BYTES
               : (uint64_t)packed_bytes * GROWTH_MOST + GROWTH_FREE_BYTES;
}

const char *packed_growth_text(const char *noun, bool any_expansion, char text[PACKED_TEXT_BYTES])
{
    if (any_expansion)
        snprintf(text, PACKED_TEXT_BYTES, "grows beyond %" PRIu64 " bytes", TOTAL_MOST_BYTES);
    else
        snprintf(
            text, PACKED_TEXT_BYTES,
            "grows beyond %d times its size, as no %s's does: unpack it first, or --any-expansion reads it "
            "all the same",
            GROWTH_MOST, noun);
    return text;
}

struct error *packed_reader_open(struct bytes packed, const char *label, const char *noun, bool any_expansion,
                                 struct packed_reader **reader)
{
    struct packed_reader *made = malloc(sizeof(*made));
    *reader = made;
    if (!made)
        return &error_out_of_memory;
    made->decoder = decoder_of(packed);
    made->label = label;
    made->noun = noun;
    made->packed = made->rest = packed;
    made->state = NULL;
    made->made_bytes = 0;
    made->most_bytes = packed_growth_most(packed.size_bytes, any_expansion);
    made->any_expansion = any_expansion;
    return NULL;
}

static void stream_end(struct packed_reader *reader)
{
    if (reader->state)
        reader->decoder->end(reader->state);
    reader->state = NULL;
}

static struct error *damaged(const struct packed_reader *reader, const char *how)
{
    return error_create(ERROR_BAD_FORMAT, "%s+0x%zx: %s %s stream", reader->label,
                        (size_t)(reader->rest.data - reader->packed.data), how, reader->decoder->name);
}

static struct error *check_growth(struct packed_reader *reader, size_t made_bytes)
{
    reader->made_bytes += made_bytes;
    if (reader->made_bytes <= reader->most_bytes)
        return NULL;
    char text[PACKED_TEXT_BYTES];
    return error_create(ERROR_BAD_FORMAT, "%s: its %s stream %s", reader->label, reader->decoder->name,
                        packed_growth_text(reader->noun, reader->any_expansion, text));
}

// One step of the stream under way, which may give nothing.
static struct error *step_once(struct packed_reader *reader, size_t *made_bytes)
{
    // zlib counts in 32 bits.
    const size_t before = reader->rest.size_bytes, behind = before > (1u << 30) ? before - (1u << 30) : 0;
    struct packed_stream stream = {.in = reader->rest.data,
                                   .in_bytes = before - behind,
                                   .out = reader->buffer,
                                   .out_bytes = CHUNK_BYTES};
    const enum step step = reader->decoder->step(reader->state, &stream);
    reader->rest = (struct bytes){stream.in, stream.in_bytes + behind};
    *made_bytes = CHUNK_BYTES - stream.out_bytes;
    if (step == STEP_NO_MEMORY)
        return &error_out_of_memory;
    if (step == STEP_DAMAGED)
        return damaged(reader, "damaged");
    RETURN_IF_ERROR(check_growth(reader, *made_bytes));
    if (step == STEP_MORE && !*made_bytes && reader->rest.size_bytes == before)
        return damaged(reader, before ? "damaged" : "truncated");
    if (step == STEP_END)
        stream_end(reader);
    return NULL;
}

struct error *packed_reader_next(struct packed_reader *reader, struct bytes *chunk)
{
    *chunk = reader->rest;
    if (!reader->decoder) {
        reader->rest.size_bytes = 0;
        return NULL;
    }
    // All streams, one behind the other; zeros behind them are padding.
    for (size_t made_bytes = 0; !made_bytes;) {
        *chunk = (struct bytes){reader->buffer, 0};
        if (!reader->state && decoder_of(reader->rest) != reader->decoder)
            return NULL;
        if (!reader->state && reader->decoder->begin(&reader->state) != STEP_MORE)
            return &error_out_of_memory;
        RETURN_IF_ERROR(step_once(reader, &made_bytes));
        chunk->size_bytes = made_bytes;
    }
    return NULL;
}

void packed_reader_close(struct packed_reader *reader)
{
    if (reader)
        stream_end(reader);
    free(reader);
}

// ---- a file ----------------------------------------------------------------------------------------------

static struct error *unpack_all(struct packed_reader *reader, int kept)
{
    for (struct bytes chunk = {NULL, 1}; chunk.size_bytes;) {
        RETURN_IF_ERROR(packed_reader_next(reader, &chunk));
        const int why = write_all(kept, chunk.data, chunk.size_bytes);
        if (why)
            return error_system(why, "%s: its content cannot be kept in memory", reader->label);
    }
    return NULL;
}

struct error *packed_begin(struct bytes start, uint8_t *to, size_t most_bytes, size_t *size_bytes)
{
    const struct decoder *decoder = decoder_of(start);
    struct packed_stream stream = {
        .in = start.data, .in_bytes = start.size_bytes, .out = to, .out_bytes = most_bytes};
    void *state = NULL;
    *size_bytes = 0;
    if (!decoder)
        return NULL;
    enum step step = decoder->begin(&state);
    for (size_t before = SIZE_MAX;
         step == STEP_MORE && stream.out_bytes && stream.in_bytes + stream.out_bytes != before;) {
        before = stream.in_bytes + stream.out_bytes;
        step = decoder->step(state, &stream);
    }
    decoder->end(state);
    *size_bytes = most_bytes - stream.out_bytes;
    return step == STEP_NO_MEMORY ? &error_out_of_memory : NULL;
}

struct error *packed_unpack_bytes(struct bytes packed, const char *path, bool any_expansion, int *kept)
{
    struct packed_reader *reader;
    *kept = -1;
    if (!decoder_of(packed))
        return NULL;
    RETURN_IF_ERROR(packed_reader_open(packed, path, "program", any_expansion, &reader));
    const int made = memfd_create("strata", MFD_CLOEXEC);
    struct error *error = made < 0 ? error_system(errno, "%s: its content cannot be kept in memory", path)
                                   : unpack_all(reader, made);
    packed_reader_close(reader);
    if (error && made >= 0)
        close(made);
    else
        *kept = made;
    return error;
}

struct error *packed_unpack(int descriptor, const char *path, bool any_expansion, int *kept)
{
    uint8_t magic[8];
    *kept = -1;
    const ssize_t got = pread(descriptor, magic, sizeof(magic), 0);
    struct stat status;
    if (got <= 0 || !decoder_of((struct bytes){magic, (size_t)got}))
        return NULL;
    if (fstat(descriptor, &status) != 0)
        return error_system(errno, "%s", path);
    const size_t size_bytes = (size_t)status.st_size;
    void *mapping = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapping == MAP_FAILED)
        return error_system(errno, "%s: cannot be mapped", path);
    struct error *error = packed_unpack_bytes((struct bytes){mapping, size_bytes}, path, any_expansion, kept);
    munmap(mapping, size_bytes);
    return error;
}
