// SPDX-License-Identifier: MIT
#include "source/source_open.h"

#include "base/attributes.h"
#include "btf/btf_open.h"
#include "object/stream.h"
#include "source/source_btf.h"
#include "source/source_cached.h"
#include "source/source_dwarf.h"

#include <string.h>

// In the order of type_source_formats.
static const struct {
    // Returns ERROR_NO_DEBUG for a file that holds nothing of the format.
    struct error *(*open)(const char *path, const struct type_source_options *options,
                          struct notice_sink *notices, struct type_source **source);
    bool (*is_alone)(const char *path); // the file is of this format and no ELF file; NULL: it never is
} formats[] = {
    {source_dwarf_open, NULL},
    {source_btf_open, btf_path_is_raw},
};

static struct error *format_open(size_t number, const char *path, const struct type_source_options *options,
                                 struct notice_sink *notices, struct type_source **source)
{
    if (options->cache && formats[number].open == source_dwarf_open && strcmp(path, "-") != 0)
        return source_cached_open(path, options, notices, source);
    return formats[number].open(path, options, notices, source);
}

enum { ANY_FORMAT = -1 };

// The one format that can be meant, by its place in the list, or ANY_FORMAT: whichever the file holds.
static int only_format(const char *path, const struct type_source_options *options)
{
    for (int i = 0; options->format && type_source_formats[i]; i++)
        if (!strcmp(type_source_formats[i], options->format))
            return i;
    for (int i = 0; i < (int)ARRAY_LENGTH(formats); i++)
        if (formats[i].is_alone && formats[i].is_alone(path))
            return i;
    return ANY_FORMAT;
}

struct error *type_source_open(const char *path, const struct type_source_options *options,
                               struct notice_sink *notices, struct type_source **source)
{
    struct error *first = NULL; // of the richest format: it says where debug information was looked for
    if (!strcmp(path, "-"))
        RETURN_IF_ERROR(stream_settle_input());
    const int only = only_format(path, options);
    if (only != ANY_FORMAT)
        return format_open((size_t)only, path, options, notices, source);
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        struct error *error = format_open(i, path, options, notices, source);
        if (!error || error->code != ERROR_NO_DEBUG) {
            error_free(first);
            return error;
        }
        if (first)
            error_free(error);
        else
            first = error;
    }
    return first;
}
