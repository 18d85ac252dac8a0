// SPDX-License-Identifier: MIT
// All types of a file against the rules of its ABI.
#include "check/verify.h"
#include "type/language.h"
#include "type/type_name.h"

#include <stdlib.h>
#include <string.h>

static const char *kept_text(struct arena *kept, const char *text, bool *fails)
{
    const char *copy = text ? arena_copy_text(kept, text, strlen(text)) : NULL;
    *fails |= text && !copy;
    return copy;
}

// The graph is forgotten after the batch; names are kept, of differing types only.
static struct error *keep_differences(const struct abi_recomputed *recomputed, bool is_c_like,
                                      struct arena *kept, struct verify_abi_row *row)
{
    struct verify_difference *differences =
        arena_alloc_array(kept, recomputed->findings_count + 1, sizeof(*differences));
    bool fails = !differences;
    for (size_t i = 0; i < recomputed->findings_count && !fails; i++) {
        const struct abi_finding *finding = &recomputed->findings[i];
        const char *name = !finding->member        ? NULL
                           : finding->member->name ? finding->member->name
                                                   : "(anonymous member)";
        differences[i] = (struct verify_difference){
            .field = kept_text(kept, name, &fails),
            .recorded_bits = finding->recorded_bits,
            .computed_bits = finding->computed_bits,
            .may_be_unnamed_bits = is_c_like && finding->recorded_bits > finding->computed_bits};
    }
    row->differences = differences;
    row->differences_count = recomputed->findings_count;
    return fails ? &error_out_of_memory : NULL;
}

static struct error *recompute_type(void *context, struct walk_worker *worker, const struct walk_item *item)
{
    const struct verify_abi *abi = context;
    struct verify_abi_row *row = &abi->rows[item->position];
    enum language_family family = language_family(item->type->language);
    bool is_c_like = family == FAMILY_C || family == FAMILY_CPLUSPLUS;
    struct abi_options options = {.alignments_may_be_unstated =
                                      is_c_like && item->type->alignments_may_be_unstated,
                                  .bits_are_microsoft = is_c_like && abi->bits_are_microsoft};
    struct abi_recomputed recomputed;
    RETURN_IF_ERROR(abi_recompute(worker->layouter, item->type, &options, worker->scratch, &recomputed));
    *row = (struct verify_abi_row){.name = item->entry->name,
                                   .kind_word = type_kind_word(item->type),
                                   .declared_line = item->type->declared_line,
                                   .verdict = recomputed.verdict,
                                   .reasons = recomputed.reasons};
    if (recomputed.verdict == ABI_AGREES)
        return NULL;
    bool fails = false;
    row->declared_file = kept_text(worker->kept, item->type->declared_file, &fails);
    return fails ? &error_out_of_memory : keep_differences(&recomputed, is_c_like, worker->kept, row);
}

struct error *verify_abi(struct verifying *verifying, const struct query *query, const struct selection *all)
{
    struct verify_abi *abi = &verifying->abi;
    *abi = (struct verify_abi){.abi_name = query->layout.abi->name,
                               .bits_are_microsoft = query->layout.abi->open & ABI_BITS_MICROSOFT,
                               .rows = calloc(all->count + 1, sizeof(*abi->rows)),
                               .rows_count = all->count};
    if (!abi->rows)
        return &error_out_of_memory;
    for (size_t i = 0; i < abi->rows_count; i++)
        abi->rows[i] = (struct verify_abi_row){.kind_word = "type", .verdict = ABI_UNKNOWN};
    verifying->walk = (struct walk){.query = query,
                                    .selection = all,
                                    .visit = recompute_type,
                                    .context = abi,
                                    .progress_label = "recomputing"};
    RETURN_IF_ERROR(walk_types(&verifying->walk));
    for (size_t i = 0; i < abi->rows_count; i++) {
        abi->verdict_counts[abi->rows[i].verdict]++;
        for (int r = 0; r < ABI_REASONS; r++)
            abi->reason_counts[r] += (abi->rows[i].reasons >> r & 1) && abi->rows[i].verdict == ABI_EXPLAINED;
    }
    verifying->has_abi = true;
    return NULL;
}
