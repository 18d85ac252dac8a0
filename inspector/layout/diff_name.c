// SPDX-License-Identifier: MIT
// Names that compilers spell differently, put into one spelling: only to be compared, never shown.
//
//     g++       W<char const*>   W<long unsigned int>   W<W<long int> >   A<int, 3>
//     clang++   W<const char *>  W<unsigned long>       W<W<long>>        A<int, 3U>
#include "layout/diff_text.h"

#include <string.h>

enum { DEPTH_MOST = 64 };

struct respelling {
    const char *at;
    char *out;
    const char *start; // of what is written
    unsigned depth;
};

static bool is_word_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '$' || (c & 0x80);
}

static void put(struct respelling *respelling, const char *text, size_t length)
{
    if (respelling->out > respelling->start && is_word_char(respelling->out[-1]) && is_word_char(text[0]))
        *respelling->out++ = ' ';
    memcpy(respelling->out, text, length);
    respelling->out += length;
}

static size_t word_length(const char *text)
{
    size_t length = 0;
    while (is_word_char(text[length]))
        length++;
    return length;
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return strlen(word) == length && !strncmp(text, word, length);
}

static void skip_spaces(struct respelling *respelling)
{
    respelling->at += strspn(respelling->at, " ");
}

struct qualifiers {
    bool is_const, is_volatile;
};

// Takes "const" and "volatile" that come next.
static void take_qualifiers(struct respelling *respelling, struct qualifiers *qualifiers)
{
    for (;;) {
        skip_spaces(respelling);
        const size_t length = word_length(respelling->at);
        if (is_word(respelling->at, length, "const"))
            qualifiers->is_const = true;
        else if (is_word(respelling->at, length, "volatile"))
            qualifiers->is_volatile = true;
        else
            return;
        respelling->at += length;
    }
}

static void respell_list(struct respelling *respelling);

// What stands in brackets, and the brackets.
static void respell_brackets(struct respelling *respelling)
{
    put(respelling, respelling->at++, 1);
    if (respelling->depth == DEPTH_MOST)
        return;
    respelling->depth++;
    respell_list(respelling);
    respelling->depth--;
    if (*respelling->at)
        put(respelling, respelling->at++, 1);
}

static bool is_integer_word(const char *text, size_t length)
{
    static const char *const words[] = {"unsigned", "signed", "long", "short", "char", "int", "double"};
    for (size_t i = 0; i < ARRAY_LENGTH(words); i++)
        if (is_word(text, length, words[i]))
            return true;
    return false;
}

// "ns::A<int>::B", "unsigned long", "3": one name with all that belongs to it.
static void respell_name(struct respelling *respelling)
{
    for (;;) {
        size_t length = word_length(respelling->at), kept = length;
        if (respelling->at[0] >= '0' && respelling->at[0] <= '9')
            while (kept > 1 && strchr("uUlL", respelling->at[kept - 1]))
                kept--;
        if (length)
            put(respelling, respelling->at, kept);
        respelling->at += length;
        skip_spaces(respelling);
        if (*respelling->at == '<') {
            respell_brackets(respelling);
            skip_spaces(respelling);
        }
        if (respelling->at[0] == ':' && respelling->at[1] == ':') {
            put(respelling, respelling->at, 2);
            respelling->at += 2;
            continue;
        }
        if (!is_integer_word(respelling->at, word_length(respelling->at)))
            return;
    }
}

// A type's qualifiers behind its name, wherever they stood.
static void respell_type(struct respelling *respelling)
{
    struct qualifiers qualifiers = {0};
    take_qualifiers(respelling, &qualifiers);
    if (is_word_char(*respelling->at))
        respell_name(respelling);
    take_qualifiers(respelling, &qualifiers);
    if (qualifiers.is_const)
        put(respelling, "const", strlen("const"));
    if (qualifiers.is_volatile)
        put(respelling, "volatile", strlen("volatile"));
}

// g++ "<lambda(int)>", clang++ "(lambda at x.cc:1:2)": two lambdas with one name are told apart by what holds them.
static bool take_lambda(struct respelling *respelling)
{
    static const char gcc[] = "<lambda(", clang[] = "(lambda at ";
    unsigned depth = 0;
    const char *at = respelling->at;
    if (strncmp(at, gcc, strlen(gcc)) != 0 && strncmp(at, clang, strlen(clang)) != 0)
        return false;
    do {
        depth += strchr("<([{", *at) != NULL;
        depth -= strchr(">)]}", *at) != NULL;
        at++;
    } while (*at && depth);
    put(respelling, "lambda", strlen("lambda")); // never longer than what it stands for
    respelling->at = at;
    return true;
}

// To the end of the text, or to a closing bracket.
static void respell_list(struct respelling *respelling)
{
    bool is_start = true;
    for (;;) {
        skip_spaces(respelling);
        const char c = *respelling->at;
        if (!c || strchr(">)]}", c))
            return;
        if (is_start && is_word_char(c)) {
            respell_type(respelling);
            is_start = false;
        } else if (is_word_char(c)) {
            respell_name(respelling);
        } else if (take_lambda(respelling)) {
            is_start = false;
        } else if (strchr("<([{", c)) {
            respell_brackets(respelling);
            is_start = false;
        } else {
            put(respelling, respelling->at++, 1);
            is_start = c == ',' || (is_start && c == '-');
        }
    }
}

const char *diff_name_text(const char *text, struct arena *arena)
{
    static const char builtin[] = "typedef __va_list_tag ";
    if (text && !strncmp(text, builtin, strlen(builtin))) // as g++ names it
        text += strlen(builtin);
    text = diff_type_text(text, arena);
    if (!text || !strpbrk(text, "<( "))
        return text;
    // A space at most is added for each word.
    char *out = arena_alloc(arena, 2 * strlen(text) + 2);
    if (!out)
        return NULL;
    struct respelling respelling = {.at = text, .out = out, .start = out};
    while (*respelling.at) {
        respell_list(&respelling);
        if (*respelling.at) // closes what nothing opens
            put(&respelling, respelling.at++, 1);
    }
    *respelling.out = '\0';
    return out;
}
