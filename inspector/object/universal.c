// SPDX-License-Identifier: MIT
#include "object/universal.h"

#include <inttypes.h>
#include <string.h>
#include <sys/utsname.h>

enum {
    SLICES_MOST = 42, // a class of Java has its version there, 43 or more
    ANY_SUBTYPE = 0xffffff,
    SUBTYPE_BITS = 0xffffff, // above them are flags
};

static const uint32_t MAGIC_32 = 0xcafebabe, MAGIC_64 = 0xcafebabf;

// mach/machine.h.
static const struct {
    uint32_t type, subtype;
    const char *name;
} machines[] = {
    {7, ANY_SUBTYPE, "i386"},
    {0x01000007, 8, "x86_64h"},
    {0x01000007, ANY_SUBTYPE, "x86_64"},
    {12, 6, "armv6"},
    {12, 9, "armv7"},
    {12, 11, "armv7s"},
    {12, 12, "armv7k"},
    {12, ANY_SUBTYPE, "arm"},
    {0x0100000c, 2, "arm64e"},
    {0x0100000c, ANY_SUBTYPE, "arm64"},
    {0x0200000c, ANY_SUBTYPE, "arm64_32"},
    {18, ANY_SUBTYPE, "ppc"},
    {0x01000012, ANY_SUBTYPE, "ppc64"},
};

const char *universal_name(uint32_t cputype, uint32_t cpusubtype, struct arena *arena)
{
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].type == cputype &&
            (machines[i].subtype == ANY_SUBTYPE || machines[i].subtype == (cpusubtype & SUBTYPE_BITS)))
            return machines[i].name;
    return arena_format(arena, "cpu%" PRIu32, cputype);
}

bool universal_names_match(const char *wished, const char *name)
{
    static const struct {
        const char *word, *name;
    } others[] = {{"aarch64", "arm64"}, {"amd64", "x86_64"}, {"x86-64", "x86_64"}, {"i686", "i386"}};
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++)
        if (!strcmp(wished, others[i].word))
            wished = others[i].name;
    return !strcmp(wished, name);
}

bool universal_is(struct bytes start)
{
    struct byte_reader reader = byte_reader_over(start, true);
    const uint32_t magic = byte_reader_u32(&reader), count = byte_reader_u32(&reader);
    return !reader.failed && (magic == MAGIC_32 || magic == MAGIC_64) && count && count <= SLICES_MOST;
}

struct universal_part {
    const char *name;
    uint64_t offset, size_bytes;
};

struct universal_parts {
    struct universal_part items[SLICES_MOST];
    size_t count;
};

static struct error *slices_read(const struct universal_wish *wish, struct arena *arena,
                                 struct universal_parts *slices)
{
    struct byte_reader reader = byte_reader_over(wish->file, true);
    const bool is_wide = byte_reader_u32(&reader) == MAGIC_64;
    const uint32_t count = byte_reader_u32(&reader);
    for (uint32_t i = 0; i < count && i < SLICES_MOST; i++) {
        struct universal_part *slice = &slices->items[i];
        const uint32_t type = byte_reader_u32(&reader), subtype = byte_reader_u32(&reader);
        slice->offset = byte_reader_sized(&reader, is_wide ? 8 : 4);
        slice->size_bytes = byte_reader_sized(&reader, is_wide ? 8 : 4);
        byte_reader_skip(&reader, is_wide ? 8 : 4);
        slice->name = universal_name(type, subtype, arena);
        if (!slice->name)
            return &error_out_of_memory;
        if (reader.failed)
            return error_create(ERROR_BAD_FORMAT, "%s: truncated: a table of %" PRIu32 " parts does not fit",
                                wish->path, count);
        slices->count++;
    }
    return NULL;
}

static const struct universal_part *slices_find(const struct universal_parts *slices, const char *name)
{
    for (size_t i = 0; i < slices->count; i++)
        if (universal_names_match(name, slices->items[i].name))
            return &slices->items[i];
    return NULL;
}

static const struct universal_part *slices_of_machine(const struct universal_parts *slices)
{
    struct utsname system;
    const struct universal_part *own = uname(&system) == 0 ? slices_find(slices, system.machine) : NULL;
    return own ? own : &slices->items[0];
}

static bool is_named_before(const struct universal_parts *slices, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (!strcmp(slices->items[i].name, slices->items[number].name))
            return true;
    return false;
}

// "arm64, i386": all but one, each name once, the first few of them.
static const char *slices_names(const struct universal_parts *slices, const struct universal_part *but,
                                struct arena *arena)
{
    enum { NAMES_MOST = 6 }; // macOS has had no more at a time
    const char *text = "";
    size_t more = 0, named = 0;
    for (size_t i = 0; i < slices->count && text; i++) {
        if (is_named_before(slices, i) || (but && !strcmp(slices->items[i].name, but->name)))
            continue;
        if (named++ < NAMES_MOST)
            text = arena_format(arena, "%s%s%s", text, *text ? ", " : "", slices->items[i].name);
        else
            more++;
    }
    return text && more ? arena_format(arena, "%s and %zu more", text, more) : text;
}

struct error *universal_choose(const struct universal_wish *wish, struct arena *arena, struct bytes *part,
                               const char **note)
{
    struct universal_parts slices = {.count = 0};
    RETURN_IF_ERROR(slices_read(wish, arena, &slices));
    const struct universal_part *slice =
        wish->slice ? slices_find(&slices, wish->slice) : slices_of_machine(&slices);
    const char *names = slices_names(&slices, slice, arena);
    if (!names)
        return &error_out_of_memory;
    if (!slice)
        return error_create(ERROR_USAGE, "%s: holds nothing for %s, but for %s", wish->path, wish->slice,
                            names);
    if (!slice->size_bytes || !bytes_hold(wish->file, slice->offset, slice->size_bytes))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: the part for %s, 0x%" PRIx64 " bytes at 0x%" PRIx64
                            ", is not within the file's 0x%zx bytes",
                            wish->path, slice->name, slice->size_bytes, slice->offset, wish->file.size_bytes);
    *part = (struct bytes){wish->file.data + slice->offset, slice->size_bytes};
    if (universal_is(*part))
        return error_create(ERROR_BAD_FORMAT, "%s: the part for %s is a universal file again", wish->path,
                            slice->name);
    if (!wish->slice && *names) {
        *note = arena_format(arena, "%s: a universal file: %s is read; --arch takes another (%s)", wish->path,
                             slice->name, names);
        return *note ? NULL : &error_out_of_memory;
    }
    return NULL;
}
