#include "report/sink.h"

#include <string.h>
#include <strings.h>

static const struct report_kind *const kinds[] = {&report_kind_html,     &report_kind_json,
                                                  &report_kind_markdown, &report_kind_csv,
                                                  &report_kind_sqlite,   &report_kind_sarif};

static bool ends_with(const char *text, const char *ending)
{
    size_t length = strlen(text), ending_length = strlen(ending);
    return length > ending_length && !strcasecmp(text + length - ending_length, ending);
}

static const struct report_kind *kind_named(const char *name, size_t length)
{
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        if (strlen(kinds[i]->name) == length && !strncmp(kinds[i]->name, name, length))
            return kinds[i];
    return NULL;
}

// The longest ending wins: ".sarif.json" over ".json".
static const struct report_kind *kind_by_ending(const char *path)
{
    const struct report_kind *best = NULL;
    size_t best_length = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(kinds); i++)
        for (size_t e = 0; e < ARRAY_LENGTH(kinds[i]->endings) && kinds[i]->endings[e]; e++) {
            const char *ending = kinds[i]->endings[e];
            if (strlen(ending) > best_length && ends_with(path, ending)) {
                best = kinds[i];
                best_length = strlen(ending);
            }
        }
    return best;
}

struct error *report_kind_of(const char *text, const struct report_kind **kind, const char **path)
{
    const char *colon = strchr(text, ':');
    *path = text;
    *kind = colon && colon[1] ? kind_named(text, (size_t)(colon - text)) : NULL;
    if (*kind) {
        *path = colon + 1;
        return NULL;
    }
    *kind = kind_by_ending(text);
    if (*kind)
        return NULL;
    return error_create(
        ERROR_USAGE,
        "%s: which format? The ending tells it: .html, .json, .md, .csv, .sqlite (.db), .sarif; "
        "or a name before a colon: json:-, sarif:results.json",
        text);
}
