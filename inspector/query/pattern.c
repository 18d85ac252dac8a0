#include "query/pattern.h"

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
enum { PLACES_MOST = 1000, LENGTH_MOST = 4096, NESTING_MOST = 64 };

static size_t limited_sum(size_t a, size_t b)
{
    return a + b < PLACES_MOST ? a + b : PLACES_MOST + 1;
}

static size_t limited_product(size_t a, size_t b)
{
    return a && b > PLACES_MOST / a ? PLACES_MOST + 1 : a * b;
}

// Behind the bracket expression whose "[" is at text[at].
static size_t bracket_end(const char *text, size_t length, size_t at)
{
    at += at + 1 < length && text[at + 1] == '^' ? 2 : 1;
    for (size_t first = at; at < length && (text[at] != ']' || at == first); at++)
        if (text[at] == '[' && at + 1 < length && strchr(":.=", text[at + 1])) {
            const char kind = text[at + 1];
            for (at += 2; at + 1 < length && (text[at] != kind || text[at + 1] != ']'); at++)
                ;
            at++;
        }
    return at < length ? at + 1 : length;
}

// How often "{2,5}" writes out what is before it: 5 times. "{2,}" does it three times.
static size_t repetitions(const char *text, size_t length, size_t *at)
{
    size_t numbers[2] = {0, 0}, commas = 0;
    bool is_open = true;
    for (++*at; *at < length && text[*at] != '}'; ++*at) {
        const char c = text[*at];
        if (c == ',') {
            commas = 1;
        } else if (c >= '0' && c <= '9') {
            numbers[commas] = limited_sum(limited_product(numbers[commas], 10), (size_t)(c - '0'));
            is_open &= !commas;
        }
    }
    const size_t most = commas && is_open ? numbers[0] + 1 : numbers[commas];
    const size_t all = most > numbers[0] ? most : numbers[0];
    return all ? all : 1;
}

struct pattern_group {
    size_t places, last; // of it so far, and of what a repetition behind it would repeat
};

static void group_add(struct pattern_group *group, size_t places)
{
    group->places = limited_sum(group->places, places);
    group->last = places;
}

static void group_repeat(struct pattern_group *group, size_t times)
{
    const size_t more = limited_product(group->last, times - 1);
    group->places = limited_sum(group->places, more);
    group->last = limited_sum(group->last, more);
}

// What is wrong with the size of a pattern or its parentheses, NULL: nothing. The rest is left to TRE.
static const char *problem_of(const char *text, size_t length)
{
    struct pattern_group groups[NESTING_MOST + 1] = {0};
    size_t depth = 0;
    if (length > LENGTH_MOST)
        return "the pattern is too long";
    for (size_t at = 0; at < length; at++) {
        struct pattern_group *group = &groups[depth];
        size_t end;
        switch (text[at]) {
        case '\\':
            if (++at == length)
                return "a backslash at the end stands for nothing"; // TRE 0.8 goes on behind the end
            group_add(group, 1);
            break;
        case '[':
            end = bracket_end(text, length, at);
            group_add(group, end - at);
            at = end - 1;
            break;
        case '(':
            if (++depth > NESTING_MOST)
                return "parentheses are nested too deeply";
            groups[depth] = (struct pattern_group){0};
            break;
        case ')':
            if (!depth)
                return "a ) without a (";
            group_add(&groups[--depth], group->places);
            break;
        case '+':
            group_repeat(group, 2);
            break;
        case '{':
            group_repeat(group, repetitions(text, length, &at));
            break;
        case '*':
        case '?':
        case '|':
        case '^':
        case '$':
            break;
        default:
            group_add(group, 1);
        }
        if (groups[depth].places > PLACES_MOST)
            return "the pattern is too large, with its repetitions written out";
    }
    return depth ? "a ( without a )" : NULL;
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
