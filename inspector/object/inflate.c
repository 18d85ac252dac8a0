// SPDX-License-Identifier: MIT
#include "object/inflate.h"

#include "base/slices.h"
#include "object/image.h"
#include "object/inflate_pages.h"
#include "object/inflate_stream.h"
#include <elf.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>

#ifndef ELFCOMPRESS_ZSTD // since glibc 2.37
#define ELFCOMPRESS_ZSTD 2
#endif

enum {
    // A deflate block spends at least one bit on a length of 258 bytes and one on its distance: 4 * 258 bytes
    // out of a byte.
    DEFLATE_EXPANSION_MAX = 1032,
    // The smallest zstd block that yields anything, one of a repeated byte, spends four bytes on at most 128
    // KiB.
    ZSTD_EXPANSION_MAX = 32768,
};

// No debug section known comes near it; without a limit a file of a page could ask for all memory there is.
static const uint64_t INFLATED_BYTES_MAX = UINT64_C(16) << 30;

static struct error *plan_check(const struct inflate_plan *plan)
{
    if (plan->size_bytes > INFLATED_BYTES_MAX)
        return error_create(ERROR_BAD_FORMAT,
                            "compressed section claims %" PRIu64 " bytes, more than the limit of 16 GiB",
                            plan->size_bytes);
    uint64_t possible;
    if (__builtin_mul_overflow((uint64_t)plan->payload.size_bytes,
                               plan->method == INFLATE_ZLIB ? DEFLATE_EXPANSION_MAX : ZSTD_EXPANSION_MAX,
                               &possible))
        possible = UINT64_MAX;
    if (plan->size_bytes > possible)
        return error_create(ERROR_BAD_FORMAT,
                            "compressed section claims %" PRIu64
                            " bytes, its stream of %zu can hold at most %" PRIu64,
                            plan->size_bytes, plan->payload.size_bytes, possible);
    return NULL;
}

struct error *inflate_plan_make(struct bytes section, bool elf_header, unsigned address_bits, bool big_endian,
                                struct inflate_plan *plan)
{
    struct byte_reader reader = byte_reader_over(section, elf_header ? big_endian : true);
    *plan = (struct inflate_plan){.method = INFLATE_ZLIB};
    if (elf_header) {
        uint32_t method = byte_reader_u32(&reader);
        if (address_bits == 64)
            byte_reader_skip(&reader, sizeof(uint32_t)); // ch_reserved
        plan->size_bytes = byte_reader_sized(&reader, address_bits / 8);
        byte_reader_skip(&reader, address_bits / 8); // ch_addralign
        if (!reader.failed && method != ELFCOMPRESS_ZLIB && method != ELFCOMPRESS_ZSTD)
            return error_create(ERROR_UNSUPPORTED, "compressed by the unknown method %" PRIu32, method);
        plan->method = method == ELFCOMPRESS_ZSTD ? INFLATE_ZSTD : INFLATE_ZLIB;
    } else {
        struct bytes magic = byte_reader_block(&reader, 4);
        if (!reader.failed && memcmp(magic.data, "ZLIB", 4) != 0)
            return error_create(ERROR_BAD_FORMAT, "compressed section does not begin with ZLIB");
        plan->size_bytes = byte_reader_u64(&reader);
    }
    if (reader.failed)
        return error_create(ERROR_BAD_FORMAT, "compressed section of %zu bytes is too short for its header",
                            section.size_bytes);
    plan->payload = byte_reader_block(&reader, byte_reader_left(&reader));
    return plan_check(plan);
}

static void free_decompressor_at(struct libdeflate_decompressor **decompressor)
{
    if (*decompressor)
        libdeflate_free_decompressor(*decompressor);
}

// Whether the decoder that inflates piece by piece reads what libdeflate refuses: blocks whose codes are incomplete, as no compressor makes
// them. What is read while it grows, by several threads, has to be read by one, too. Into memory of its own, since there may be
// other sections behind the target, and it may write a little more than is claimed.
static struct error *inflate_in_pieces(const struct inflate_plan *plan, uint8_t *target)
{
    uint8_t *own = calloc(1, plan->size_bytes + IMAGE_OVERRUN_BYTES);
    if (!own)
        return &error_out_of_memory;
    struct inflate_stream *stream = inflate_stream_open(plan, own);
    enum inflate_step step = stream ? INFLATE_GOES_ON : INFLATE_FAILED;
    uint64_t done_bytes;
    while (step == INFLATE_GOES_ON)
        step = inflate_stream_step(stream, &done_bytes);
    if (step == INFLATE_DONE)
        memcpy(target, own, plan->size_bytes);
    inflate_stream_free(stream);
    free(own);
    return step == INFLATE_DONE ? NULL : error_create(ERROR_BAD_FORMAT, "zlib stream is damaged");
}

static struct error *inflate_zlib(const struct inflate_plan *plan, uint8_t *target)
{
    CLEANUP(free_decompressor_at)
    struct libdeflate_decompressor *decompressor = libdeflate_alloc_decompressor();
    if (!decompressor)
        return &error_out_of_memory;
    // With no place for the actual size, anything but exactly size_bytes is a failure. Bytes behind the
    // stream are let be.
    switch (libdeflate_zlib_decompress_ex(decompressor, plan->payload.data, plan->payload.size_bytes, target,
                                          plan->size_bytes, NULL, NULL)) {
    case LIBDEFLATE_SUCCESS:
        return NULL;
    case LIBDEFLATE_SHORT_OUTPUT:
        return error_create(ERROR_BAD_FORMAT, "zlib stream ends before the %" PRIu64 " bytes it claims",
                            plan->size_bytes);
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        return error_create(ERROR_BAD_FORMAT, "zlib stream holds more than the %" PRIu64 " bytes it claims",
                            plan->size_bytes);
    default:
        return inflate_in_pieces(plan, target);
    }
}

static struct error *inflate_zstd(const struct inflate_plan *plan, uint8_t *target)
{
    // Decodes any number of frames on end; the output is its own window, so the frames' window sizes ask for
    // no memory.
    size_t size_bytes =
        ZSTD_decompress(target, plan->size_bytes, plan->payload.data, plan->payload.size_bytes);
    if (ZSTD_isError(size_bytes))
        return error_create(ERROR_BAD_FORMAT, "zstd stream is damaged: %s", ZSTD_getErrorName(size_bytes));
    if (size_bytes != plan->size_bytes)
        return error_create(ERROR_BAD_FORMAT, "zstd stream holds %zu bytes, not the %" PRIu64 " it claims",
                            size_bytes, plan->size_bytes);
    return NULL;
}

static struct error *inflate_one(const struct inflate_job *job)
{
    if (job->plan.size_bytes == 0)
        return NULL;
    switch (job->plan.method) {
    case INFLATE_COPY:
        memcpy(job->target, job->plan.payload.data, job->plan.size_bytes);
        return NULL;
    case INFLATE_ZLIB:
        return inflate_zlib(&job->plan, job->target);
    case INFLATE_ZSTD:
        return inflate_zstd(&job->plan, job->target);
    }
    return NULL;
}

struct inflating {
    struct inflate_job **jobs; // the largest first
    size_t count;
    bool is_alone;                 // there is one thread
    struct inflate_stream *stream; // NULL: none
    struct inflate_pages *pages;
    atomic_size_t left; // jobs
    atomic_bool largest_is_done;
};

// What a worker without a job can do for the one who has the largest: clear and map the pages that it is
// about to write, which else costs it a fifth of its time. Not once it has given up: a damaged stream of half
// a megabyte may claim 16 GiB.
static void inflate_make_pages(struct inflating *inflating)
{
    static const uint64_t STEP_BYTES = 8u << 20;
    const struct inflate_job *job = inflating->jobs[0];
    const uint64_t size_bytes = job->plan.size_bytes;
    for (uint64_t at = 0; at < size_bytes && !atomic_load(&inflating->largest_is_done); at += STEP_BYTES)
        if (!inflate_pages_make(inflating->pages, job->target + at,
                                size_bytes - at < STEP_BYTES ? size_bytes - at : STEP_BYTES))
            return;
}

static void inflate_step_on(struct inflating *inflating)
{
    uint64_t done_bytes;
    while (atomic_load(&inflating->left) > 0 &&
           inflate_stream_step(inflating->stream, &done_bytes) == INFLATE_GOES_ON)
        ;
}

// The stream, if there is one; the jobs; without a stream, the pages.
static void inflate_slice(void *context, size_t slice)
{
    struct inflating *inflating = context;
    if (inflating->stream && slice-- == 0) {
        inflate_step_on(inflating);
        return;
    }
    if (slice == inflating->count) {
        inflate_make_pages(inflating);
        return;
    }
    struct inflate_job *job = inflating->jobs[slice];
    if (slice > 0 || inflating->stream || inflating->is_alone)
        inflate_pages_make(inflating->pages, job->target,
                           inflate_plan_likely_bytes(&job->plan)); // else another thread does
    job->error = inflate_one(job);
    inflate_plan_drop(&job->plan, job->plan.payload);
    if (slice == 0)
        atomic_store(&inflating->largest_is_done, true);
    atomic_fetch_sub(&inflating->left, 1);
}

static int larger_first(const void *left, const void *right)
{
    const struct inflate_job *a = *(struct inflate_job *const *)left,
                             *b = *(struct inflate_job *const *)right;
    return (a->plan.size_bytes < b->plan.size_bytes) - (a->plan.size_bytes > b->plan.size_bytes);
}

struct error *inflate_run(struct inflate_job *jobs, size_t count, unsigned threads)
{
    return inflate_run_beside(jobs, count, threads, NULL);
}

struct error *inflate_run_beside(struct inflate_job *jobs, size_t count, unsigned threads,
                                 struct inflate_stream *stream)
{
    if (count == 0)
        return NULL;
    struct inflate_pages pages = {0};
    struct inflating inflating = {.jobs = calloc(count, sizeof(struct inflate_job *)),
                                  .count = count,
                                  .is_alone = threads < 2,
                                  .stream = stream,
                                  .pages = stream ? inflate_stream_pages(stream) : &pages,
                                  .left = count};
    if (!inflating.jobs)
        return &error_out_of_memory;
    for (size_t i = 0; i < count; i++)
        inflating.jobs[i] = &jobs[i];
    qsort(inflating.jobs, count, sizeof(struct inflate_job *), larger_first);
    slices_run(count + 1, threads, inflate_slice, &inflating);
    free(inflating.jobs);

    struct error *first = NULL;
    for (size_t i = 0; i < count; i++) {
        struct error *error = jobs[i].error;
        jobs[i].error = NULL;
        if (first || !error)
            error_free(error);
        else
            first = error_prefix(error, "%s", jobs[i].name);
    }
    return first;
}
