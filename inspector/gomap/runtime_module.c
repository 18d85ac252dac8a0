// SPDX-License-Identifier: MIT
// Finds moduledata, the linker's word on where code, types and variables are (Go's runtime/symtab.go):
//
//     word 0         address of the pc-line table, which begins with a magic number
//     words 1 … 19   slices of that table
//     20 21          minpc, maxpc
//     22 23          text, etext
//     24 … 31        noptrdata, data, bss, noptrbss, each a begin and an end
//     then           covctrs, ecovctrs (from 1.20), end, gcdata, gcbss, types, [its length, from 1.27,] etypes
//
// The place is that of a symbol, of the section .go.module (from 1.26), or a word of the program's data that holds the
// table's address. Wherever it is from: only what passes all tests is taken.
#include "gomap/runtime_parts.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    WORD_FTAB = 16,
    WORD_MINPC = 20,
    WORD_TEXT = 22,
    WORD_NOPTRDATA = 24,
    WORD_TYPES_FIRST = 35, // where types may stand
    WORD_TYPES_LAST = 40,
    MODULE_WORDS = 48,
};

// The start of the pc-line table: magic, two zeros, the size of an instruction, the size of a word (debug/gosym).
static bool is_table(const struct go_runtime *runtime, uint64_t address)
{
    uint8_t start[8];
    if (!runtime_try(runtime, address, start, sizeof(start)))
        return false;
    uint64_t magic = runtime_number(runtime, start, 4);
    return magic >= 0xfffffff0 && magic <= 0xfffffffb && !start[4] && !start[5] &&
           (start[6] == 1 || start[6] == 2 || start[6] == 4) && start[7] == runtime->facts.word_bytes;
}

static bool is_mapped(const struct go_runtime *runtime, uint64_t address)
{
    uint8_t byte;
    return runtime_try(runtime, address, &byte, 1);
}

// Types are told by what must lie in them: names of types that every program has, as the linker writes them (flags,
// length, text; internal/abi/type.go, Name).
static bool hold_types(const struct go_runtime *runtime, uint64_t begin, uint64_t end)
{
    static const char name[] = "\x04*int"; // length and text; the flags before it differ
    enum { LOOKED_MOST = 64 << 20, PIECE = 1 << 16 };
    uint8_t *piece = malloc(PIECE);
    bool is_found = false;
    for (uint64_t at = begin; piece && at < end && at - begin < LOOKED_MOST && !is_found;
         at += PIECE - sizeof(name)) {
        size_t length = end - at < PIECE ? (size_t)(end - at) : PIECE;
        if (!runtime_try(runtime, at, piece, length))
            break;
        is_found = memmem(piece, length, name, sizeof(name) - 1) != NULL;
    }
    free(piece);
    return is_found;
}

static bool find_types(struct go_runtime *runtime, const uint64_t *words)
{
    struct go_region *types = &runtime->facts.regions[GO_TYPES];
    for (int i = WORD_TYPES_FIRST; i <= WORD_TYPES_LAST; i++) {
        // etypes comes next, or behind the length of the descriptors.
        for (int end = i + 1; end <= i + 2; end++) {
            uint64_t begin_address = words[i], end_address = words[end];
            bool is_length = end == i + 2;
            if (end_address <= begin_address || end_address - begin_address > UINT32_MAX ||
                (is_length && words[i + 1] > end_address - begin_address) ||
                !is_mapped(runtime, begin_address) || !is_mapped(runtime, end_address - 1))
                continue;
            if (!hold_types(runtime, begin_address, end_address))
                continue;
            *types = (struct go_region){begin_address, end_address};
            return true;
        }
    }
    return false;
}

// Takes the place for moduledata if all of it fits.
static bool try_module(struct go_runtime *runtime, uint64_t address)
{
    uint8_t bytes[MODULE_WORDS * 8];
    uint64_t words[MODULE_WORDS];
    unsigned word_bytes = runtime->facts.word_bytes;
    struct go_region *regions = runtime->facts.regions;
    if (!runtime_try(runtime, address, bytes, MODULE_WORDS * (size_t)word_bytes))
        return false;
    for (size_t i = 0; i < MODULE_WORDS; i++)
        words[i] = runtime_word(runtime, bytes + i * word_bytes);
    // Each table is a slice: its address, and a length and capacity that are equal.
    for (size_t i = 1; i < WORD_FTAB; i += 3) {
        if (words[i + 1] != words[i + 2])
            return false;
    }
    for (size_t i = WORD_MINPC; i < WORD_NOPTRDATA + 8; i += 2) {
        if (words[i] > words[i + 1])
            return false;
    }
    if (!words[WORD_TEXT] || words[WORD_TEXT] == words[WORD_TEXT + 1] ||
        words[WORD_MINPC] < words[WORD_TEXT] || words[WORD_MINPC + 1] > words[WORD_TEXT + 1] ||
        !is_table(runtime, words[0]))
        return false;
    static const enum go_region_id order[] = {GO_NOPTRDATA, GO_DATA, GO_BSS, GO_NOPTRBSS};
    regions[GO_TEXT] = (struct go_region){words[WORD_TEXT], words[WORD_TEXT + 1]};
    for (size_t i = 0; i < 4; i++)
        regions[order[i]] =
            (struct go_region){words[WORD_NOPTRDATA + 2 * i], words[WORD_NOPTRDATA + 2 * i + 1]};
    if (!find_types(runtime, words))
        return false;
    runtime->facts.moduledata = address;
    return true;
}

static const struct image_section *find_section(const struct image *image, const char *const *names)
{
    for (; *names; names++) {
        for (size_t i = 0; i < image->sections_count; i++) {
            if (!strcmp(image->sections[i].name, *names) && image->sections[i].flags & SHF_ALLOC)
                return &image->sections[i];
        }
    }
    return NULL;
}

// Looks at all words of one section of variables for the table's address.
static bool search_section(struct go_runtime *runtime, const struct image_section *section, uint64_t table)
{
    enum { PIECE = 1 << 16, SEARCHED_MOST = 256 << 20 };
    uint8_t piece[PIECE];
    unsigned word_bytes = runtime->facts.word_bytes;
    uint64_t begin = section->address + runtime->target->bias;
    uint64_t size_bytes = section->size_bytes < SEARCHED_MOST ? section->size_bytes : SEARCHED_MOST;
    for (uint64_t done = 0; done < size_bytes; done += PIECE) {
        size_t length = size_bytes - done < PIECE ? (size_t)(size_bytes - done) : PIECE;
        if (!runtime_try(runtime, begin + done, piece, length))
            continue;
        for (size_t i = 0; i + word_bytes <= length; i += word_bytes) {
            if (runtime_word(runtime, piece + i) == table && try_module(runtime, begin + done + i))
                return true;
        }
    }
    return false;
}

struct error *runtime_find_module(struct go_runtime *runtime)
{
    static const char *const module_names[] = {".go.module", NULL};
    static const char *const table_names[] = {".gopclntab", ".data.rel.ro.gopclntab", NULL};
    const struct image *image = runtime->image;
    uint64_t address, ignored;
    if (go_runtime_find_symbol(runtime, "runtime.firstmoduledata", &address, &ignored) &&
        try_module(runtime, address))
        return NULL;
    const struct image_section *section = find_section(image, module_names);
    if (section && try_module(runtime, section->address + runtime->target->bias))
        return NULL;
    const struct image_section *table = find_section(image, table_names);
    for (size_t i = 0; table && i < image->sections_count; i++) {
        if (image->sections[i].flags & SHF_ALLOC && image->sections[i].flags & SHF_WRITE &&
            search_section(runtime, &image->sections[i], table->address + runtime->target->bias))
            return NULL;
    }
    return error_create(ERROR_UNSUPPORTED, "%s: %s", runtime->target->name,
                        table ? "its Go runtime's moduledata was not found in memory"
                              : "not a Go program (it has no .gopclntab)");
}
