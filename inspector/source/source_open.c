#include "source/source_open.h"

#include "base/attributes.h"
#include "source/source_dwarf.h"

// The formats, the richest first. Each returns ERROR_NO_DEBUG for a file that holds nothing of it.
static struct error *(*const formats[])(const char *path, const struct type_source_options *options,
                                        struct notice_sink *notices, struct type_source **source) = {
    source_dwarf_open,
};

struct error *type_source_open(const char *path, const struct type_source_options *options,
                               struct notice_sink *notices, struct type_source **source)
{
    struct error *first = NULL; // of the richest format: it says where debug information was looked for
    for (size_t i = 0; i < ARRAY_LENGTH(formats); i++) {
        struct error *error = formats[i](path, options, notices, source);
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
