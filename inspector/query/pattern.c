// SPDX-License-Identifier: MIT
#include "query/pattern.h"

#include "base/attributes.h"

#include <ctype.h>
#include <locale.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tre/tre.h>

struct pattern {
    regex_t regex;
    atomic_bool has_failed;
};

// TRE writes repetitions out, and what may follow what is a table: its size is up to the square of that.
enum { PLACES_MOST = 1000, LENGTH_MOST = 4096, NESTING_MOST = 64, REPEATED_MOST = 255 };

static size_t limited_sum(size_t a, size_t b)
{
    return a + b < PLACES_MOST ? a + b : PLACES_MOST + 1;
}

static size_t limited_product(size_t a, size_t b)
{
    return a && b > PLACES_MOST / a ? PLACES_MOST + 1 : a * b;
}

struct pattern_group {
    size_t places, last; // of it so far, and of what a repetition behind it would repeat; 0: nothing can be
};

// TRE's own parser reads beyond the end of what is no expression: it sees none that this one has not read to its end.
struct pattern_reading {
    const char *text;
    size_t length, at;
    struct pattern_group groups[NESTING_MOST + 1];
    size_t depth;
};

static void group_add(struct pattern_group *group, size_t places)
{
    group->places = limited_sum(group->places, places);
    group->last = places;
}

static bool is_at(const struct pattern_reading *reading, size_t at, char c)
{
    return at < reading->length && reading->text[at] == c;
}

// Of "[:alpha:]" behind the "[:".
static bool read_class(struct pattern_reading *reading)
{
    static const char *const names[] = {"alnum", "alpha", "blank", "cntrl", "digit", "graph",
                                        "lower", "print", "punct", "space", "upper", "xdigit"};
    for (size_t i = 0; i < ARRAY_LENGTH(names); i++) {
        const size_t length = strlen(names[i]), end = reading->at + length;
        if (end + 1 < reading->length && !strncmp(reading->text + reading->at, names[i], length) &&
            reading->text[end] == ':' && reading->text[end + 1] == ']') {
            reading->at = end + 2;
            return true;
        }
    }
    return false;
}

// Of "[a-z[:digit:]]" behind the first "[".
static const char *read_bracket(struct pattern_reading *reading)
{
    const size_t start = reading->at;
    reading->at += is_at(reading, reading->at, '^');
    for (const size_t first = reading->at; !is_at(reading, reading->at, ']') || reading->at == first;) {
        if (reading->at >= reading->length)
            return "a [ without a ]";
        const bool is_named = reading->text[reading->at] == '[' && reading->at + 1 < reading->length &&
                              memchr(":.=", reading->text[reading->at + 1], 3);
        if (is_named && reading->text[reading->at + 1] != ':')
            return "collating elements are not understood";
        reading->at += is_named ? 2 : 1;
        if (is_named && !read_class(reading))
            return "no such class of characters";
    }
    group_add(&reading->groups[reading->depth], ++reading->at - start);
    return NULL;
}

static bool read_count(struct pattern_reading *reading, size_t *count)
{
    const size_t start = reading->at;
    for (*count = 0; reading->at < reading->length && reading->text[reading->at] >= '0' &&
                     reading->text[reading->at] <= '9';)
        *count = limited_sum(*count * 10, (size_t)(reading->text[reading->at++] - '0'));
    return reading->at > start;
}

// Of "{2,5}" behind the "{": it writes out 5 times what is before it, "{2,}" three times.
static const char *read_interval(struct pattern_reading *reading, size_t *times)
{
    size_t least, most;
    if (!read_count(reading, &least))
        return "a { that no number follows";
    most = least;
    if (is_at(reading, reading->at, ',')) {
        reading->at++;
        if (!read_count(reading, &most))
            most = least + 1;
    }
    if (!is_at(reading, reading->at, '}') || most < least || most > REPEATED_MOST)
        return "a { that no good interval follows: {2}, {2,} or {2,5}, up to 255";
    reading->at++;
    *times = most ? most : 1;
    return NULL;
}

static const char *read_repetition(struct pattern_reading *reading, char c)
{
    struct pattern_group *group = &reading->groups[reading->depth];
    size_t times = c == '+' ? 2 : 1;
    if (!group->last)
        return "a repetition of nothing";
    if (c == '{') {
        const char *problem = read_interval(reading, &times);
        if (problem)
            return problem;
    }
    group->places = limited_sum(group->places, limited_product(group->last, times - 1));
    group->last = 0;
    return NULL;
}

static const char *read_escaped(struct pattern_reading *reading)
{
    if (reading->at >= reading->length)
        return "a backslash at the end stands for nothing";
    const char c = reading->text[reading->at++];
    if (!ispunct((unsigned char)c) && !memchr("wWsSdDbB", c, 8))
        return "a backslash before what needs none";
    // A border of a word cannot be repeated.
    group_add(&reading->groups[reading->depth], 4);
    if (memchr("bB<>", c, 4))
        reading->groups[reading->depth].last = 0;
    return NULL;
}

static const char *read_one(struct pattern_reading *reading)
{
    const char c = reading->text[reading->at++];
    struct pattern_group *group = &reading->groups[reading->depth];
    switch (c) {
    case '\\':
        return read_escaped(reading);
    case '[':
        return read_bracket(reading);
    case '(':
        if (++reading->depth > NESTING_MOST)
            return "parentheses are nested too deeply";
        reading->groups[reading->depth] = (struct pattern_group){0};
        return NULL;
    case ')':
        if (!reading->depth)
            return "a ) without a (";
        group_add(&reading->groups[--reading->depth], group->places ? group->places : 1);
        return NULL;
    case '*':
    case '+':
    case '?':
    case '{':
        return read_repetition(reading, c);
    case '|':
    case '^':
    case '$':
        group->last = 0;
        return NULL;
    case '\0':
        return "a NUL";
    default:
        group_add(group, 1);
        return NULL;
    }
}

// What is wrong with a pattern, or too large in it; NULL: nothing.
static const char *problem_of(const char *text, size_t length)
{
    struct pattern_reading reading = {.text = text, .length = length};
    if (length > LENGTH_MOST)
        return "the pattern is too long";
    while (reading.at < length) {
        const char *problem = read_one(&reading);
        if (problem)
            return problem;
        if (reading.groups[reading.depth].places > PLACES_MOST)
            return "the pattern is too large, with its repetitions written out";
    }
    return reading.depth ? "a ( without a )" : NULL;
}

static struct error *compile(struct pattern *pattern, const char *text, size_t length)
{
    int code = tre_regncomp(&pattern->regex, text, length, REG_EXTENDED | REG_NOSUB);
    if (code == REG_ESPACE)
        return &error_out_of_memory;
    if (code) {
        char message[128];
        tre_regerror(code, &pattern->regex, message, sizeof(message));
        return error_create(ERROR_USAGE, "%s", message);
    }
    if (!tre_have_backrefs(&pattern->regex) && !tre_have_approx(&pattern->regex))
        return NULL;
    tre_regfree(&pattern->regex);
    return error_create(ERROR_USAGE, "a pattern must have no back references and no approximations");
}

struct error *pattern_create(const char *text, size_t length, struct pattern **pattern)
{
    const char *problem = problem_of(text, length);
    *pattern = NULL;
    if (problem)
        return error_create(ERROR_USAGE, "%s", problem);
    struct pattern *made = calloc(1, sizeof(*made));
    if (!made)
        return &error_out_of_memory;
    struct error *error = compile(made, text, length);
    if (error)
        free(made);
    else
        *pattern = made;
    return error;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    tre_regfree(&pattern->regex);
    free(pattern);
}

static bool is_ascii(const char *text)
{
    for (; *text; text++)
        if (*text & 0x80)
            return false;
    return true;
}

// TRE asks the thread's locale for each character of a text; of ASCII they are the bytes in any, and in "C" it takes
// them as they are, in half the time.
static int compare(const struct pattern *pattern, const char *text)
{
    const locale_t bytes = is_ascii(text) ? newlocale(LC_CTYPE_MASK, "C", (locale_t)0) : (locale_t)0;
    const locale_t before = bytes ? uselocale(bytes) : (locale_t)0;
    int code = tre_regexec(&pattern->regex, text, 0, NULL, 0);
    if (bytes) {
        uselocale(before);
        freelocale(bytes);
    }
    return code;
}

bool pattern_matches(const struct pattern *pattern, const char *text)
{
    int code = compare(pattern, text);
    if (code == REG_ESPACE)
        atomic_store(&((struct pattern *)(uintptr_t)pattern)->has_failed, true);
    return code == REG_OK;
}

struct error *pattern_problem(const struct pattern *pattern)
{
    return pattern && atomic_load(&pattern->has_failed) ? &error_out_of_memory : NULL;
}
