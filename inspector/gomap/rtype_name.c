// SPDX-License-Identifier: MIT
// Names by package path, as the debug information writes them. The program's own texts have the package's *name*:
// "map[string]*cache.Item" for "map[string]*github.com/patrickmn/go-cache.Item".
#include "gomap/rtype_parts.h"

#include <stdlib.h>
#include <string.h>

enum { FLAG_UNCOMMON = 1, NAME_MOST = 1 << 16 };

// Bytes of the descriptor of a type, where its uncommon part begins (internal/abi/type.go, Type.Uncommon). 0: unknown.
static uint64_t descriptor_bytes(struct go_types *types, const struct rtype *rtype)
{
    unsigned word = types->runtime->facts.word_bytes;
    uint64_t base = 4 * (uint64_t)word + 16;
    switch (rtype->kind) {
    case GO_POINTER:
    case GO_SLICE:
        return base + word;
    case GO_FUNC:
        return base + (word == 8 ? 8 : 4); // two numbers of 16 bits, filled up to a word
    case GO_CHAN:
        return base + 2 * word;
    case GO_ARRAY:
        return base + 3 * word;
    case GO_STRUCT:
    case GO_INTERFACE:
        return base + 4 * word;
    case GO_MAP:
        break;
    default:
        return base;
    }
    base += 4 * word; // key, element, group or bucket, hasher
    if (!rtype->is_swiss)
        return base + 8; // sizes of 8, 8 and 16 bits, flags of 32
    // GroupSize, SlotSize, ElemOff, flags; from 1.27 on GroupSize, KeysOff (8: behind the control word), KeyStride,
    // ElemsOff, ElemStride, ElemOff, flags.
    const uint8_t *sizes = types_read(types, rtype->address + base, 3 * word);
    if (!sizes)
        return 0;
    uint64_t group = types_word(types, sizes), second = types_word(types, sizes + word);
    bool has_strides = second == 8 && types_word(types, sizes + 2 * word) == (group - 8) / 8;
    return base + (has_strides ? 6 : 3) * word + word; // the flags, filled up to a word
}

// The path of the package that declares a named type; NULL: none (int), or not readable.
static const char *package_path(struct go_types *types, const struct rtype *rtype)
{
    unsigned word = types->runtime->facts.word_bytes;
    const uint8_t *flags = types_read(types, rtype->address + 2 * word + 4, 1);
    uint64_t at = flags && *flags & FLAG_UNCOMMON ? descriptor_bytes(types, rtype) : 0;
    const uint8_t *offset = at ? types_read(types, rtype->address + at, 4) : NULL;
    int32_t path = offset ? (int32_t)runtime_number(types->runtime, offset, 4) : 0;
    struct rtype_name name;
    if (path <= 0 || (uint64_t)path >= types->region.end - types->region.begin ||
        !types_read_name(types, types->region.begin + (uint64_t)path, &name) || !*name.text)
        return NULL;
    return name.text;
}

// "cache.Item" and "github.com/patrickmn/go-cache": the path in place of the name before the first dot. The arguments
// of a generic type have paths already.
static const char *with_path(struct go_types *types, const struct rtype *rtype)
{
    const char *path = package_path(types, rtype);
    size_t before = strcspn(rtype->text, ".[");
    return path && rtype->text[before] == '.'
               ? arena_format(&types->arena, "%s%s", path, rtype->text + before)
               : rtype->text;
}

static const char *composed(struct go_types *types, const struct rtype *rtype, const char *key,
                            const char *elem)
{
    size_t before;
    switch (rtype->kind) {
    case GO_POINTER:
        return elem ? arena_format(&types->arena, "*%s", elem) : NULL;
    case GO_SLICE:
        return elem ? arena_format(&types->arena, "[]%s", elem) : NULL;
    case GO_ARRAY:
        return elem ? arena_format(&types->arena, "[%llu]%s", (unsigned long long)rtype->length, elem) : NULL;
    case GO_MAP:
        return key && elem ? arena_format(&types->arena, "map[%s]%s", key, elem) : NULL;
    case GO_CHAN: // "chan ", "<-chan ", "chan<- "
        before = strncmp(rtype->text, "chan ", 5) == 0 ? 5 : 7;
        return elem && strlen(rtype->text) > before
                   ? arena_format(&types->arena, "%.*s%s", (int)before, rtype->text, elem)
                   : NULL;
    default:
        return NULL;
    }
}

const char *rtype_name_of(struct go_types *types, const struct rtype *rtype, const char *key,
                          const char *elem)
{
    const char *name = rtype->is_named ? with_path(types, rtype) : composed(types, rtype, key, elem);
    if (types->arena.has_failed)
        return NULL;
    return name && strlen(name) < NAME_MOST ? name : rtype->text;
}
