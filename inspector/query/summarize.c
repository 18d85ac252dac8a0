// SPDX-License-Identifier: MIT
#include "query/summarize.h"

#include "query/describe.h"

#include <string.h>

// Whether another order can save anything: sizes are multiples of the alignment, so what is saved is one, too, and no
// more than what is wasted. Most types need no search for their best order.
static bool may_save(const struct layout *layout)
{
    const uint64_t step_bytes =
        layout->align.bytes && layout->size_bits / 8 % layout->align.bytes == 0 ? layout->align.bytes : 1;
    return layout->own_waste_bits / 8 >= step_bytes;
}

struct error *summary_of_item(struct walk_worker *worker, const struct walk_item *item, unsigned parts,
                              struct type_summary *summary)
{
    struct description description;
    parts = may_save(item->layout) ? parts : parts & ~(unsigned)DESCRIBE_PACK;
    RETURN_IF_ERROR(describe_type(worker, item, NULL, parts, NULL, &description));
    *summary = type_summarize(&description.type);
    return NULL;
}

bool summary_skips_names(unsigned parts)
{
    return !(parts & ~(unsigned)DESCRIBE_PACK); // of which only numbers are shown
}

// The file's name outlives the graph. Neighbours mostly share it.
static const char *keep_text(struct arena *kept, const char *text)
{
    return text ? arena_copy_text(kept, text, strlen(text)) : NULL;
}

struct error *summary_keep(struct type_summary *summary, struct arena *kept)
{
    const bool has_file = summary->declared_file, has_folder = summary->declared_folder;
    summary->declared_file = keep_text(kept, summary->declared_file);
    summary->declared_folder = has_file ? keep_text(kept, summary->declared_folder) : NULL;
    const bool is_kept = !has_file || (summary->declared_file && (!has_folder || summary->declared_folder));
    return is_kept ? NULL : &error_out_of_memory;
}
