// SPDX-License-Identifier: MIT
#include "object/packed.h"

#include "base/attributes.h"
#include "base/write_all.h"
#include <errno.h>
#include <lzma.h>
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

// ---- a file ----------------------------------------------------------------------------------------------

struct unpacking {
    const struct decoder *decoder;
    const char *path;
    struct bytes packed;
    int kept;
    uint64_t written_bytes, most_bytes;
    uint8_t *buffer;
};

static struct error *damaged(const struct unpacking *work, const struct packed_stream *stream,
                             const char *how)
{
    return error_create(ERROR_BAD_FORMAT, "%s+0x%zx: %s %s stream", work->path,
                        (size_t)(stream->in - work->packed.data), how, work->decoder->name);
}

static struct error *keep(struct unpacking *work, size_t size_bytes)
{
    work->written_bytes += size_bytes;
    if (work->written_bytes > work->most_bytes)
        return error_create(
            ERROR_BAD_FORMAT,
            "%s: its %s stream grows beyond %d times its size, as no program's does: unpack it first",
            work->path, work->decoder->name, GROWTH_MOST);
    const int why = write_all(work->kept, work->buffer, size_bytes);
    if (why)
        return error_system(why, "%s: its content cannot be kept in memory", work->path);
    return NULL;
}

// One stream of the file; *rest is what stands behind it.
static struct error *unpack_stream(struct unpacking *work, struct bytes from, void *state, struct bytes *rest)
{
    struct packed_stream stream = {.in = from.data, .in_bytes = from.size_bytes};
    for (enum step step = STEP_MORE; step != STEP_END;) {
        stream.out = work->buffer;
        stream.out_bytes = CHUNK_BYTES;
        // zlib counts in 32 bits.
        const size_t behind = stream.in_bytes > (1u << 30) ? stream.in_bytes - (1u << 30) : 0;
        const size_t before = stream.in_bytes;
        stream.in_bytes -= behind;
        step = work->decoder->step(state, &stream);
        stream.in_bytes += behind;
        const size_t made = CHUNK_BYTES - stream.out_bytes;
        if (step == STEP_NO_MEMORY)
            return &error_out_of_memory;
        if (step == STEP_DAMAGED)
            return damaged(work, &stream, "damaged");
        RETURN_IF_ERROR(keep(work, made));
        if (step == STEP_MORE && !made && stream.in_bytes == before)
            return damaged(work, &stream, stream.in_bytes ? "damaged" : "truncated");
    }
    *rest = (struct bytes){stream.in, stream.in_bytes};
    return NULL;
}

// All streams, one behind the other; zeros behind them are padding.
static struct error *unpack_all(struct unpacking *work)
{
    struct bytes rest = work->packed;
    while (decoder_of(rest) == work->decoder) {
        void *state = NULL;
        struct error *error = work->decoder->begin(&state) == STEP_MORE
                                  ? unpack_stream(work, rest, state, &rest)
                                  : &error_out_of_memory;
        work->decoder->end(state);
        if (error)
            return error;
    }
    return NULL;
}

static struct error *unpack_mapped(struct unpacking *work, int *kept)
{
    work->kept = memfd_create("strata", MFD_CLOEXEC);
    if (work->kept < 0)
        return error_system(errno, "%s: its content cannot be kept in memory", work->path);
    work->buffer = malloc(CHUNK_BYTES);
    struct error *error = work->buffer ? unpack_all(work) : &error_out_of_memory;
    free(work->buffer);
    if (error)
        close(work->kept);
    else
        *kept = work->kept;
    return error;
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

struct error *packed_unpack_bytes(struct bytes packed, const char *path, int *kept)
{
    struct unpacking work = {
        .path = path, .decoder = decoder_of(packed), .packed = packed, .most_bytes = TOTAL_MOST_BYTES};
    *kept = -1;
    if (!work.decoder)
        return NULL;
    if (packed.size_bytes < TOTAL_MOST_BYTES / GROWTH_MOST)
        work.most_bytes = (uint64_t)packed.size_bytes * GROWTH_MOST + GROWTH_FREE_BYTES;
    return unpack_mapped(&work, kept);
}

struct error *packed_unpack(int descriptor, const char *path, int *kept)
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
    struct error *error = packed_unpack_bytes((struct bytes){mapping, size_bytes}, path, kept);
    munmap(mapping, size_bytes);
    return error;
}
