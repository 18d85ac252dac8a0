// SPDX-License-Identifier: MIT
// A file with types in two formats: each is a witness against the other.
#include "check/verify.h"

#include <string.h>
#include <strings.h>

static void close_source_at(struct type_source **source)
{
    type_source_close(*source);
}

// The format that the source is not of.
static const char *other_format(const struct type_source *source)
{
    return strcasecmp(source->facts.format, type_source_formats[0]) ? type_source_formats[0]
                                                                    : type_source_formats[1];
}

struct error *verify_formats(struct verifying *verifying, const struct query *query,
                             const struct type_source_options *options)
{
    CLEANUP(close_source_at) struct type_source *other = NULL;
    struct type_source_options other_options = *options;
    other_options.format = other_format(query->source);
    const char *path = query->source->facts.path;
    if (type_source_is_alone(path))
        return NULL;
    struct error *error = type_source_open(path, &other_options, query->notices, &other);
    if (error && error->code == ERROR_NO_DEBUG) {
        error_free(error);
        return NULL;
    }
    if (error && error->code != ERROR_OUT_OF_MEMORY) {
        struct error *noted =
            verifying_note(verifying, "its %s is not compared: %s",
                           strcmp(other_options.format, "btf") ? "DWARF" : "BTF", error->message);
        error_free(error);
        return noted;
    }
    if (error)
        return error;
    const bool is_first = other_options.format == type_source_formats[0];
    const struct type_source *const sources[2] = {is_first ? other : query->source,
                                                  is_first ? query->source : other};
    const struct type_source_index_options index_options = {.threads = query->threads};
    RETURN_IF_ERROR(verify_sources_compare(sources, &index_options, &verifying->sources));
    verifying->has_sources = true;
    return NULL;
}
