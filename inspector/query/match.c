// SPDX-License-Identifier: MIT
#include "query/match.h"

#include "type/qualified_name.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

const char *match_without_keyword(const char *text)
{
    text += strspn(text, " ");
    static const char *const keywords[] = {"struct ", "class ", "union ", "enum ", "interface ", "typedef "};
    for (size_t i = 0; i < ARRAY_LENGTH(keywords); i++)
        if (!strncmp(text, keywords[i], strlen(keywords[i])))
            return text + strlen(keywords[i]) + strspn(text + strlen(keywords[i]), " ");
    return text;
}

enum { SHOWN_MOST = 400 }; // bytes of a pattern in a message: it may be as long as a file of rules

struct error *match_create(const char *text, struct match *match)
{
    *match = (struct match){.text = match_without_keyword(text)};
    size_t length = strlen(text);
    match->may_be_glob = strpbrk(text, "*?[") != NULL;
    if (length < 2 || text[0] != '/' || text[length - 1] != '/')
        return NULL;
    struct error *error = pattern_create(text + 1, length - 2, &match->pattern);
    match->is_regex = !error;
    const int shown = (int)(length < SHOWN_MOST ? length : SHOWN_MOST);
    return error_prefix(error, "%.*s%s", shown, text, length > SHOWN_MOST ? "..." : "");
}

void match_free(struct match *match)
{
    pattern_free(match->pattern);
    *match = (struct match){.text = match->text};
}

struct error *match_problem(const struct match *match)
{
    return pattern_problem(match->pattern);
}

// The next character that counts: of spaces one, and only between two words. `before` is the one that counted
// last.
static char next_character(const char **at, char before)
{
    size_t spaces = strspn(*at, " ");
    *at += spaces;
    if (spaces && is_word(before) && is_word(**at))
        return ' ';
    return **at ? *(*at)++ : '\0';
}

// "Map<int,char>" is "Map<int, char>", and "A<B<int>>" is "A<B<int> >": compilers and people differ.
static bool same_name(const char *a, const char *b)
{
    for (char before = '\0';;) {
        char c = next_character(&a, before);
        if (c != next_character(&b, before))
            return false;
        if (!c)
            return true;
        before = c;
    }
}

bool match_exact(const struct match *match, const char *name)
{
    return !match->is_regex && same_name(match->text, name);
}

bool match_pattern(const struct match *match, const char *name)
{
    if (match->is_regex)
        return pattern_matches(match->pattern, name);
    return match_exact(match, name) || (match->may_be_glob && !fnmatch(match->text, name, 0));
}

enum { LONGEST = 128 };

// Levenshtein's distance; names longer than LONGEST are never near.
// Far where it is more than `most`.
static size_t edit_distance(const char *a, const char *b, size_t most)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    if (a_length > LONGEST || b_length > LONGEST)
        return MATCH_FAR;
    if (a_length > b_length + most || b_length > a_length + most)
        return MATCH_FAR;
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t changed = diagonal + (a[i - 1] != b[j - 1]);
            size_t shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = changed < shorter ? changed : shorter;
        }
    }
    return row[b_length];
}

// "vector" and "vector<int>" for "vector<int, std::allocator<int> >": nobody writes default arguments.
static bool is_instance(const char *text, const char *name)
{
    size_t length = strlen(text);
    if (strncmp(name, text, length > 1 && text[length - 1] == '>' ? length - 1 : length) != 0)
        return false;
    if ((size_t)(name_last_part(name, NAME_ANY) - name) > length)
        return false; // of something within an instance
    if (length > 1 && text[length - 1] == '>')
        return !strncmp(name, text, length - 1) && name[length - 1] == ',';
    return !strncmp(name, text, length) && name[length] == '<';
}

size_t match_distance(const struct match *match, const char *name)
{
    return match_distance_of(match, name, name_last_part(name, NAME_ANY));
}

size_t match_distance_of(const struct match *match, const char *name, const char *component)
{
    if (match->is_regex || !*match->text)
        return MATCH_FAR;
    if (!strcmp(component, match->text))
        return 0;
    if (!strcasecmp(name, match->text) || !strcasecmp(component, match->text))
        return 1;
    if (is_instance(match->text, name) || is_instance(match->text, component))
        return 2;
    const size_t most = strlen(match->text) / 3 + 1;
    size_t whole = edit_distance(match->text, name, most);
    size_t part = component == name ? whole : edit_distance(match->text, component, most);
    size_t distance = whole < part ? whole : part;
    return distance <= most ? distance + 2 : MATCH_FAR;
}
