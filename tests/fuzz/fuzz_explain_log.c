// SPDX-License-Identifier: MIT
// Any bytes as a log: whatever it says, reading it in small pieces gives the same as at once, limits hold, and each death
// has a cause that points into its own goroutines.
#include "explain/cause.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

struct piecewise {
    const uint8_t *data;
    size_t size_bytes, piece_bytes;
};

static int read_piece(void *context, char *buffer, size_t size_bytes, size_t *got)
{
    struct piecewise *from = context;
    *got = from->size_bytes < from->piece_bytes ? from->size_bytes : from->piece_bytes;
    *got = *got < size_bytes ? *got : size_bytes;
    memcpy(buffer, from->data, *got);
    from->data += *got;
    from->size_bytes -= *got;
    return 0;
}

static void expect(bool condition)
{
    if (!condition)
        abort();
}

static void read_log(const uint8_t *data, size_t size_bytes, size_t piece_bytes, struct go_log *log)
{
    struct piecewise from = {data, size_bytes, piece_bytes};
    expect(go_log_read("fuzz", read_piece, &from, log) == NULL);
}

static void expect_same(const struct go_log *left, const struct go_log *right)
{
    expect(left->deaths.length == right->deaths.length && left->others == right->others &&
           left->lines_count == right->lines_count && left->frames_count == right->frames_count);
    for (size_t i = 0; i < left->deaths.length; i++)
        expect(left->deaths.data[i].message == right->deaths.data[i].message &&
               left->deaths.data[i].goroutines.length == right->deaths.data[i].goroutines.length);
}

static void explain(const struct log_death *death)
{
    struct arena arena;
    struct cause cause;
    bool is_of_map;
    arena_init(&arena);
    expect(death->goroutines.length <= LOG_GOROUTINES_MOST && death->log_line > 0);
    expect(cause_of_death(death, &arena, &cause, &is_of_map) == NULL);
    expect(cause.kind < DEATH_KINDS);
    if (cause.goroutine)
        expect(cause.site <= cause.own && cause.own <= cause.goroutine->frames_count &&
               cause.goroutine->frames_count <= LOG_FRAMES_MOST);
    vec_foreach (const struct suspect *, suspect, &cause.suspects)
        expect(suspect->goroutine != cause.goroutine && suspect->frame <= suspect->goroutine->frames_count &&
               suspect->reason);
    cause_free(&cause);
    arena_free(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    struct go_log whole, pieces;
    read_log(data, size_bytes, SIZE_MAX, &whole);
    read_log(data, size_bytes, 7, &pieces);
    expect_same(&whole, &pieces);
    expect(whole.deaths.length <= LOG_DEATHS_MOST &&
           whole.frames_count <= LOG_FRAMES_ALL_MOST + LOG_FRAMES_MOST);
    vec_foreach (const struct log_death *, death, &whole.deaths)
        explain(death);
    go_log_free(&pieces);
    go_log_free(&whole);
    return 0;
}
