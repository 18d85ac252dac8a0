// SPDX-License-Identifier: MIT
// The names of variables, from the executable's own symbol table: what is left of a program linked with -w.
#include "gomap/runtime_parts.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static const struct image_section *symbol_table(const struct image *image, uint32_t *index)
{
    for (size_t i = 0; i < image->sections_count; i++) {
        if (image->sections[i].type == SHT_SYMTAB) {
            *index = (uint32_t)i;
            return &image->sections[i];
        }
    }
    return NULL;
}

static int symbol_compare(const void *left, const void *right)
{
    const struct go_symbol *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return strcmp(a->name, b->name); // names of one address: the same one every time
}

// Calls take(context, symbol) for each symbol with a name and a place.
static void each_symbol(const struct go_runtime *runtime,
                        bool (*take)(void *context, const struct go_symbol *symbol, uint8_t kind),
                        void *context)
{
    uint32_t index;
    const struct image_section *table = symbol_table(runtime->image, &index);
    if (!table || table->link >= runtime->image->sections_count)
        return;
    struct bytes names = runtime->image->sections[table->link].bytes;
    struct image_symbol symbol;
    for (uint64_t i = 1; image_symbol(runtime->image, index, i, &symbol); i++) {
        const char *name = symbol.section != SHN_UNDEF ? bytes_text_at(names, symbol.name) : NULL;
        const struct go_symbol found = {symbol.value + runtime->target->bias, symbol.size_bytes, name};
        if (name && *name && !take(context, &found, ELF64_ST_TYPE(symbol.info)))
            return;
    }
}

struct collecting {
    struct go_runtime *runtime;
    size_t count;
};

static bool count_symbol(void *context, const struct go_symbol *symbol, uint8_t kind)
{
    struct collecting *collecting = context;
    collecting->count += kind == STT_OBJECT && symbol->size_bytes;
    return true;
}

static bool keep_symbol(void *context, const struct go_symbol *symbol, uint8_t kind)
{
    struct go_runtime *runtime = ((struct collecting *)context)->runtime;
    if (kind == STT_OBJECT && symbol->size_bytes)
        runtime->symbols[runtime->symbols_count++] = *symbol;
    return true;
}

struct error *runtime_read_symbols(struct go_runtime *runtime)
{
    struct collecting collecting = {.runtime = runtime};
    each_symbol(runtime, count_symbol, &collecting);
    runtime->facts.has_symbols = collecting.count > 0;
    runtime->symbols = arena_alloc_array(&runtime->arena, collecting.count, sizeof(*runtime->symbols));
    if (!runtime->symbols)
        return &error_out_of_memory;
    each_symbol(runtime, keep_symbol, &collecting);
    qsort(runtime->symbols, runtime->symbols_count, sizeof(*runtime->symbols), symbol_compare);
    return NULL;
}

const char *go_runtime_symbol_at(const struct go_runtime *runtime, uint64_t address, uint64_t *offset_bytes)
{
    size_t low = 0, high = runtime->symbols_count; // the first one behind the address
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (runtime->symbols[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    // A symbol that marks the end of something may stand between: look back a little.
    for (size_t i = low, steps = 0; i-- > 0 && steps < 8; steps++) {
        const struct go_symbol *symbol = &runtime->symbols[i];
        if (address - symbol->address < symbol->size_bytes) {
            *offset_bytes = address - symbol->address;
            return symbol->name;
        }
    }
    return NULL;
}

struct asking {
    const char *name;
    struct go_symbol found;
};

static bool is_asked_for(void *context, const struct go_symbol *symbol, uint8_t kind)
{
    struct asking *asking = context;
    (void)kind;
    if (strcmp(symbol->name, asking->name) != 0)
        return true;
    asking->found = *symbol;
    return false;
}

bool go_runtime_find_symbol(const struct go_runtime *runtime, const char *name, uint64_t *address,
                            uint64_t *size_bytes)
{
    struct asking asking = {.name = name};
    each_symbol(runtime, is_asked_for, &asking);
    *address = asking.found.address;
    *size_bytes = asking.found.size_bytes;
    return asking.found.name != NULL;
}
