// SPDX-License-Identifier: MIT
#include "gomap/runtime_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The version that the linker wrote (Go's debug/buildinfo): after a magic, the size of a word and flags, at 32 a length
// and the text. Before 1.18 there were pointers instead: those programs tell no version.
static void read_version(struct go_runtime *runtime)
{
    static const char magic[] = "\xff Go buildinf:";
    enum { FLAGS = 15, INLINE = 2, TEXT = 32, VERSION_MOST = 64 };
    const struct image_section *section = image_find_section(runtime->image, ".go.buildinfo");
    if (!section || section->bytes.size_bytes < TEXT ||
        memcmp(section->bytes.data, magic, sizeof(magic) - 1) != 0 || !(section->bytes.data[FLAGS] & INLINE))
        return;
    struct byte_reader reader = byte_reader_over(section->bytes, false);
    byte_reader_seek(&reader, TEXT);
    uint64_t length = byte_reader_uleb(&reader);
    struct bytes text = byte_reader_block(&reader, length);
    if (reader.failed || !length || length > VERSION_MOST)
        return;
    char *version = arena_copy_text(&runtime->arena, (const char *)text.data, text.size_bytes);
    for (char *at = version; at && *at; at++) {
        if (*at < ' ' || *at > '~')
            return;
    }
    runtime->facts.version = version;
}

static struct error *fill(struct go_runtime *runtime)
{
    const struct memory_target *target = runtime->target;
    if (!target->executable)
        return error_create(ERROR_UNSUPPORTED,
                            "%s: without its program file nothing is known of its types: name it with --exe",
                            target->name);
    if (target->address_bits != 32 && target->address_bits != 64)
        return error_create(ERROR_UNSUPPORTED, "%s: addresses of %u bits", target->name,
                            target->address_bits);
    runtime->facts.word_bytes = target->address_bits / 8;
    runtime->facts.big_endian = target->big_endian;
    runtime->facts.has_debug = runtime->source != NULL;
    RETURN_IF_ERROR(image_open(target->executable, &runtime->image));
    read_version(runtime);
    RETURN_IF_ERROR(runtime_read_symbols(runtime));
    RETURN_IF_ERROR(runtime_find_module(runtime));
    return runtime_read_layouts(runtime);
}

struct error *go_runtime_open(const struct memory_target *target, const struct type_source *source,
                              struct go_runtime **result)
{
    *result = NULL;
    struct go_runtime *runtime = calloc(1, sizeof(*runtime));
    if (!runtime)
        return &error_out_of_memory;
    arena_init(&runtime->arena);
    runtime->target = target;
    runtime->source = source;
    struct error *error = fill(runtime);
    if (error) {
        go_runtime_close(runtime);
        return error;
    }
    *result = runtime;
    return NULL;
}

void go_runtime_close(struct go_runtime *runtime)
{
    if (!runtime)
        return;
    image_close(runtime->image);
    arena_free(&runtime->arena);
    free(runtime);
}

const struct go_runtime_facts *go_runtime_facts(const struct go_runtime *runtime)
{
    return &runtime->facts;
}

char *go_runtime_name_address(const struct go_runtime *runtime, uint64_t address, char *text,
                              size_t size_bytes)
{
    static const char *const names[GO_REGIONS] = {"text", "noptrdata", "data", "bss", "noptrbss", "types"};
    uint64_t offset_bytes;
    const char *symbol = go_runtime_symbol_at(runtime, address, &offset_bytes);
    if (symbol && offset_bytes)
        snprintf(text, size_bytes, "%s+0x%" PRIx64, symbol, offset_bytes);
    else if (symbol)
        snprintf(text, size_bytes, "%s", symbol);
    if (symbol)
        return text;
    for (size_t i = 0; i < GO_REGIONS; i++) {
        const struct go_region *region = &runtime->facts.regions[i];
        if (address >= region->begin && address < region->end) {
            snprintf(text, size_bytes, "%s+0x%" PRIx64, names[i], address - region->begin);
            return text;
        }
    }
    snprintf(text, size_bytes, "0x%" PRIx64, address);
    return text;
}
