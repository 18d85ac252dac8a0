// SPDX-License-Identifier: MIT
#include "browse/browse_filter.h"

#include "type/qualified_name.h"

#include <stdio.h>
#include <string.h>

// --- Taking a text ---

static void drop_applied(struct filter *filter)
{
    pattern_free(filter->pattern);
    where_free(filter->where);
    filter->pattern = NULL;
    filter->where = NULL;
    filter->kind = FILTER_NONE;
    filter->words_count = 0;
}

void filter_free(struct filter *filter)
{
    drop_applied(filter);
    *filter = (struct filter){0};
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void take_words(struct filter *filter, const char *text, enum filter_kind kind)
{
    drop_applied(filter);
    snprintf(filter->words_text, sizeof(filter->words_text), "%s", text);
    filter->minds_case = false;
    for (const char *c = text; *c; c++)
        filter->minds_case |= lower(*c) != *c;
    char *rest = filter->words_text, *word;
    while ((word = strsep(&rest, " \t")))
        if (*word && filter->words_count < FILTER_WORDS)
            filter->words[filter->words_count++] = word;
    filter->kind = filter->words_count ? kind : FILTER_NONE;
}

// What is not whole yet is no reason to show something else.
static struct error *take_problem(struct filter *filter, struct error *error)
{
    if (error->code == ERROR_OUT_OF_MEMORY)
        return error;
    snprintf(filter->problem, sizeof(filter->problem), "%s", error->message);
    error_free(error);
    return NULL;
}

static struct error *take_pattern(struct filter *filter, const char *text)
{
    size_t length = strlen(text);
    length -= length && text[length - 1] == '/';
    struct pattern *pattern = NULL;
    struct error *error = length ? pattern_create(text, length, &pattern) : NULL;
    if (error)
        return take_problem(filter, error);
    drop_applied(filter);
    filter->pattern = pattern;
    filter->kind = pattern ? FILTER_PATTERN : FILTER_NONE;
    return NULL;
}

// "size > 64": a column's name, then an operator. "operator<" is a name, and so is "Pair<int>".
static bool is_comparison(const char *text)
{
    text += strspn(text, " \t!(");
    const size_t word = strspn(text, "abcdefghijklmnopqrstuvwxyz_");
    const char *behind = text + word + strspn(text + word, " \t");
    return word && column_named(text, word) && *behind && strchr("<>=!~", *behind);
}

static struct error *take_where(struct filter *filter, const char *text)
{
    struct where *where = NULL;
    struct error *error = where_parse(text, &where);
    if (error)
        return take_problem(filter, error);
    drop_applied(filter);
    filter->where = where;
    filter->kind = FILTER_WHERE;
    return NULL;
}

struct error *filter_set(struct filter *filter, const char *text)
{
    snprintf(filter->text, sizeof(filter->text), "%s", text);
    *filter->problem = '\0';
    if (*text == '/')
        return take_pattern(filter, text + 1);
    if (is_comparison(text))
        return take_where(filter, text);
    take_words(filter, *text == '.' ? text + 1 : text, *text == '.' ? FILTER_MEMBER : FILTER_NAME);
    return NULL;
}

// --- Comparing ---

static bool starts_with(const struct filter *filter, const char *text, const char *word)
{
    for (; *word; word++, text++)
        if ((filter->minds_case ? *text : lower(*text)) != *word)
            return false;
    return true;
}

// Where the word is in the text, NULL: nowhere. Names are short: what counts is to find the first character fast.
static const char *find_word(const struct filter *filter, const char *text, const char *word)
{
    for (; *text; text++)
        if ((filter->minds_case ? *text : lower(*text)) == *word && starts_with(filter, text, word))
            return text;
    return NULL;
}

static enum filter_fit fit_of_name(const struct filter *filter, const char *name)
{
    for (size_t i = 0; i < filter->words_count; i++)
        if (!find_word(filter, name, filter->words[i]))
            return FIT_NOT;
    const char *first = filter->words[0], *last = name_last_part(name, NAME_ANY);
    if (filter->words_count == 1 && (starts_with(filter, name, first) || starts_with(filter, last, first))) {
        const size_t length = strlen(first);
        const bool is_whole = (strlen(name) == length && starts_with(filter, name, first)) ||
                              (strlen(last) == length && starts_with(filter, last, first));
        return is_whole ? FIT_EXACT : FIT_PREFIX;
    }
    return starts_with(filter, name, first) || starts_with(filter, last, first) ? FIT_PREFIX : FIT_WITHIN;
}

static enum filter_fit fit_of_members(const struct filter *filter, const char *members)
{
    enum filter_fit fit = FIT_NOT;
    for (const char *name = members; name && *name; name += strlen(name) + 1)
        if (starts_with(filter, name, filter->words[0])) {
            if (strlen(name) == strlen(filter->words[0]))
                return FIT_EXACT;
            fit = FIT_PREFIX;
        }
    return fit;
}

enum filter_fit filter_fit(const struct filter *filter, const char *name, const struct type_summary *summary,
                           const char *members)
{
    switch (filter->kind) {
    case FILTER_NAME:
        return fit_of_name(filter, name);
    case FILTER_PATTERN:
        return pattern_matches(filter->pattern, name) ? FIT_WITHIN : FIT_NOT;
    case FILTER_MEMBER:
        return fit_of_members(filter, members);
    case FILTER_WHERE:
        return summary && where_matches(filter->where, summary) ? FIT_WITHIN : FIT_NOT;
    case FILTER_NONE:
        break;
    }
    return FIT_WITHIN;
}
