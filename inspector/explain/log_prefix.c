// SPDX-License-Identifier: MIT
#include "explain/log_prefix.h"

#include <string.h>

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool log_prefix_learn(struct log_prefix *prefix, const char *line, size_t length)
{
    if (length >= LOG_PREFIX_BYTES)
        return false;
    memcpy(prefix->text, line, length);
    prefix->text[length] = '\0';
    return true;
}

static size_t digits(const char *text)
{
    size_t length = 0;
    while (is_digit(text[length]))
        length++;
    return length;
}

// ".123" or nothing: what a time has behind its seconds is left out where it is zero.
static size_t fraction(const char *text)
{
    return *text == '.' && is_digit(text[1]) ? 1 + digits(text + 1) : 0;
}

// A month's name differs from one line to the next as seldom as midnight comes: then a stack is cut, nothing worse.
const char *log_prefix_skip(const struct log_prefix *prefix, const char *line)
{
    const char *pattern = prefix->text;
    while (*pattern) {
        if (is_digit(*pattern) && is_digit(*line)) {
            const size_t wanted = digits(pattern), there = digits(line);
            const bool is_process = pattern > prefix->text && pattern[-1] == '[' && pattern[wanted] == ']';
            if (is_process && (wanted != there || memcmp(pattern, line, wanted) != 0))
                return NULL;
            pattern += wanted;
            line += there;
        } else if (fraction(pattern) && *line != '.') {
            pattern += fraction(pattern);
        } else if (fraction(line) && *pattern != '.') {
            line += fraction(line);
        } else if (*pattern == ' ' && !*line) { // blanks at the end of a line are lost
            return pattern[strspn(pattern, " ")] ? NULL : line;
        } else if (*pattern == ' ' && *line == ' ') { // a day of one digit is padded
            pattern += strspn(pattern, " ");
            line += pattern[0] ? strspn(line, " ") : 1;
        } else if (*pattern++ != *line++) {
            return NULL;
        }
    }
    return line;
}
