// SPDX-License-Identifier: MIT
// Figures that were kept, as any bytes: what is not refused is read to its end.
#include "query/figures.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES = 12 }; // as in the seed

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes);

struct fuzzed_source {
    struct type_source source; // first
    struct bytes kept;
};

static bool keeps(const struct type_source *source)
{
    (void)source;
    return true;
}

static struct bytes kept(const struct type_source *source, const char *part)
{
    (void)part;
    return ((const struct fuzzed_source *)source)->kept;
}

static void keep(const struct type_source *source, const char *part, struct bytes bytes)
{
    (void)source;
    (void)part;
    (void)bytes;
}

static size_t take_all(const struct figures *figures, unsigned parts)
{
    size_t seen = 0;
    for (size_t i = 0; i < figures->selection->count; i++) {
        struct type_summary summary;
        const char *members;
        if (!figures_take(figures, i, parts, &summary, &members))
            continue;
        if (!summary.kind || strcmp(summary.name, "a type") != 0)
            abort();
        for (size_t c = 0; c < COLUMNS; c++)
            seen += columns[c].is_text && column_text(&columns[c], &summary)
                        ? strlen(column_text(&columns[c], &summary))
                        : 0;
        for (; *members; members += strlen(members) + 1)
            seen++;
    }
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    static const struct type_source_ops ops = {.keeps = keeps, .kept = kept, .keep = keep};
    struct type_index_entry entries[ENTRIES];
    size_t numbers[ENTRIES];
    struct type_index index = {.entries = entries, .entries_count = ENTRIES};
    for (size_t i = 0; i < ENTRIES; i++) {
        entries[i] = (struct type_index_entry){.name = "a type", .copies = 1};
        numbers[i] = ENTRIES - 1 - i;
    }
    uint8_t *aligned = malloc(size_bytes + 1);
    if (!aligned)
        return 0;
    memcpy(aligned, data, size_bytes);
    struct fuzzed_source fuzzed = {.source.ops = &ops, .kept = {aligned, size_bytes}};
    const struct query query = {.source = &fuzzed.source,
                                .threads = 1,
                                .layout.abi = abi_of_platform(62, 64, PLATFORM_ELF)}; // EM_X86_64
    const struct selection selection = {
        .index = &index, .numbers = numbers, .count = ENTRIES, .index_is_full = true};
    struct figures figures;
    struct error *error = figures_open(&query, &selection, &figures);
    static volatile size_t seen;
    if (!error) {
        seen += take_all(&figures, 0);
        seen += take_all(&figures, DESCRIBE_PACK | DESCRIBE_SHARING);
        figures_keep(&figures);
        figures_close(&figures);
    }
    error_free(error);
    free(aligned);
    return 0;
}
