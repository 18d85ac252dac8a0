// SPDX-License-Identifier: MIT
// Rows folded to bytes, for byte maps.
#include "layout/layouter.h"
#include "layout/rows.h"
#include "layout/sweep.h"

#include "base/vec.h"

#include <stdlib.h>

struct folder {
    const struct rows *rows;
    VEC(struct byte_run) runs;
    bool out_of_memory;
    // The byte that the last segment ended in the middle of.
    bool is_partial;
    struct byte_run partial;
};

static bool same_run(const struct byte_run *a, const struct byte_run *b)
{
    return a->kind == b->kind && (a->kind != RUN_ROW || a->row == b->row);
}

static void folder_push(struct folder *folder, struct byte_run run)
{
    struct byte_run *last = folder->runs.length ? &folder->runs.data[folder->runs.length - 1] : NULL;
    if (run.start_bytes >= run.end_bytes)
        return;
    if (last && same_run(last, &run))
        last->end_bytes = run.end_bytes;
    else
        folder->out_of_memory |= !vec_push(&folder->runs, run);
}

// Two things in one byte: data and a gap count as the data; two fields are a mixed byte.
static enum run_kind mix(const struct byte_run *a, const struct byte_run *b)
{
    if (same_run(a, b))
        return a->kind;
    if (a->kind == RUN_GAP || a->kind == RUN_UNKNOWN)
        return b->kind;
    return b->kind == RUN_GAP || b->kind == RUN_UNKNOWN ? a->kind : RUN_MIXED;
}

static void folder_add_partial(struct folder *folder, const struct byte_run *run, bool byte_ends)
{
    if (folder->is_partial) {
        enum run_kind kind = mix(&folder->partial, run);
        if (kind == run->kind && folder->partial.kind != run->kind)
            folder->partial.row = run->row;
        folder->partial.kind = kind;
    } else {
        folder->partial = *run;
        folder->is_partial = true;
    }
    if (byte_ends) {
        folder_push(folder, folder->partial);
        folder->is_partial = false;
    }
}

static void folder_visit(void *context, const struct sweep_segment *segment)
{
    struct folder *folder = context;
    uint32_t firm = segment->covers[SWEEP_FIRM];
    struct byte_run run = {.kind = RUN_GAP};
    if (firm > 1)
        run.kind = RUN_SHARED;
    else if (firm == 1)
        run = (struct byte_run){.kind = RUN_ROW, .row = segment->sole[SWEEP_FIRM]};
    else if (segment->covers[SWEEP_TAIL])
        run = segment->covers[SWEEP_TAIL] > 1
                  ? (struct byte_run){.kind = RUN_SHARED}
                  : (struct byte_run){.kind = RUN_ROW, .row = segment->sole[SWEEP_TAIL]};
    else if (segment->covers[SWEEP_UNKNOWN])
        run.kind = RUN_UNKNOWN;
    uint64_t start_bits = segment->start_bits, end_bits = segment->end_bits;
    while (start_bits < end_bits && (folder->is_partial || start_bits % 8)) {
        uint64_t byte_end_bits = (start_bits / 8 + 1) * 8;
        bool byte_ends = end_bits >= byte_end_bits;
        run.start_bytes = start_bits / 8;
        run.end_bytes = run.start_bytes + 1;
        folder_add_partial(folder, &run, byte_ends);
        start_bits = byte_ends ? byte_end_bits : end_bits;
    }
    run.start_bytes = start_bits / 8;
    run.end_bytes = end_bits / 8;
    if (start_bits < end_bits) {
        folder_push(folder, run);
        if (end_bits % 8) {
            run.start_bytes = end_bits / 8;
            run.end_bytes = run.start_bytes + 1;
            folder_add_partial(folder, &run, false);
        }
    }
}

typedef VEC(struct sweep_interval) intervals_vec;

static bool add_row(intervals_vec *intervals, const struct row *row, uint32_t owner)
{
    uint64_t end_bits = saturating_add(row->offset_bits, row->size_bits);
    uint64_t firm_bits = row->data_bits < row->size_bits ? row->data_bits : row->size_bits;
    uint64_t firm_end_bits = saturating_add(row->offset_bits, firm_bits);
    if (row->is_partial_base)
        end_bits = firm_end_bits;
    return vec_push(intervals, (struct sweep_interval){row->offset_bits, firm_end_bits, owner, SWEEP_FIRM}) &&
           vec_push(intervals, (struct sweep_interval){firm_end_bits, end_bits, owner, SWEEP_TAIL});
}

// What no row covers is a gap.
static struct error *folder_fold(struct folder *folder, const struct layout *layout)
{
    intervals_vec intervals = {0};
    bool fine = true;
    for (size_t i = 0; fine && i < folder->rows->count && i < SWEEP_NOBODY >> 4; i++) {
        const struct row *row = &folder->rows->data[i];
        if (row->kind != ROW_MEMBER || !row->is_leaf || row->is_element || !row->offset_known ||
            !row->size_known || row->is_flexible)
            continue;
        fine = add_row(&intervals, row, (uint32_t)i);
    }
    for (size_t i = 0; fine && i < layout->gaps_count; i++) {
        const struct layout_gap *gap = &layout->gaps[i];
        if (gap->class == LAYOUT_UNKNOWN)
            fine = vec_push(&intervals,
                            (struct sweep_interval){gap->offset_bits, gap->offset_bits + gap->size_bits, 0,
                                                    SWEEP_UNKNOWN});
    }
    struct error *error = &error_out_of_memory;
    if (fine)
        error = sweep(intervals.data, intervals.length, layout->size_bits, folder_visit, folder);
    vec_free(&intervals);
    return folder->out_of_memory && !error ? &error_out_of_memory : error;
}

struct error *byte_runs_build(const struct layout *layout, const struct rows *rows, struct arena *arena,
                              struct byte_runs *runs)
{
    struct folder folder = {.rows = rows};
    *runs = (struct byte_runs){0};
    struct error *error = folder_fold(&folder, layout);
    if (!error && folder.is_partial)
        folder_push(&folder, folder.partial);
    if (!error && folder.runs.length) {
        runs->data = arena_alloc_array(arena, folder.runs.length, sizeof(*runs->data));
        error = runs->data ? NULL : &error_out_of_memory;
        for (size_t i = 0; !error && i < folder.runs.length; i++)
            runs->data[i] = folder.runs.data[i];
        runs->count = error ? 0 : folder.runs.length;
    }
    vec_free(&folder.runs);
    return error;
}
