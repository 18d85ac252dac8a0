#include "source/source_open.h"

#include "base/attributes.h"
#include "btf/btf_open.h"
#include "object/stream.h"
#include "source/source_btf.h"
#include "source/source_dwarf.h"

#include <string.h>

// In the order of type_source_formats. Each returns ERROR_NO_DEBUG for a file that holds nothing of it.
static struct error *(*const openers[])(const char *path, const struct type_source_options *options,
                                        struct notice_sink *notices, struct type_source **source) = {
    source_dwarf_open,
    source_btf_open,
};

// The one format that can be meant, by its place in the list; -1: whichever the file holds.
static int only_format(const char *path, const struct type_source_options *options)
{
    for (int i = 0; options->format && type_source_formats[i]; i++)
        if (!strcmp(type_source_formats[i], options->format))
            return i;
    return btf_path_is_raw(path) ? 1 : -1;
}

struct error *type_source_open(const char *path, const struct type_source_options *options,
                               struct notice_sink *notices, struct type_source **source)
{
    struct error *first = NULL; // of the richest format: it says where debug information was looked for
    if (!strcmp(path, "-"))
        RETURN_IF_ERROR(stream_settle_input());
    const int only = only_format(path, options);
    if (only >= 0)
        return openers[only](path, options, notices, source);
    for (size_t i = 0; i < ARRAY_LENGTH(openers); i++) {
        struct error *error = openers[i](path, options, notices, source);
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
