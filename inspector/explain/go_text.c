// SPDX-License-Identifier: MIT
#include "explain/go_text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *text, const char *beginning)
{
    return !strncmp(text, beginning, strlen(beginning));
}

static const char *behind_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

static size_t without_blanks(const char *text, size_t length)
{
    while (length && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    return length;
}

// Decimal or 0x…; what does not fit is the largest number. False: none.
static bool number_at(const char **text, uint64_t *number)
{
    const bool is_hex = begins(*text, "0x");
    const char *at = *text + (is_hex ? 2 : 0);
    const char *first = at;
    *number = 0;
    for (; is_hex ? isxdigit((unsigned char)*at) : isdigit((unsigned char)*at); at++) {
        const unsigned digit = (unsigned)(*at <= '9' ? *at - '0' : (*at | 0x20) - 'a' + 10);
        if (__builtin_mul_overflow(*number, is_hex ? 16U : 10U, number) ||
            __builtin_add_overflow(*number, digit, number))
            *number = UINT64_MAX;
    }
    if (at == first)
        return false;
    *text = at;
    return true;
}

static bool number_behind(const char *text, const char *word, uint64_t *number)
{
    const char *at = strstr(text, word);
    if (!at)
        return false;
    at += strlen(word);
    return number_at(&at, number);
}

// --- Messages ---

static const struct {
    const char *phrase;
    enum log_message message;
    bool has_type; // T behind it
} phrases[] = {
    {"WARNING: DATA RACE", LOG_RACE, false},
    {"assignment to entry in nil map", LOG_NIL_ASSIGN, false},
    {"concurrent map writes", LOG_CONCURRENT_WRITES, false},
    {"concurrent map read and map write", LOG_CONCURRENT_READ, false},
    {"concurrent map iteration and map write", LOG_CONCURRENT_ITERATION, false},
    {"concurrent map clone and map write", LOG_CONCURRENT_CLONE, false},
    {"hash of unhashable type ", LOG_UNHASHABLE, true},
    {"comparing uncomparable type ", LOG_UNCOMPARABLE, true},
    {"invalid memory address or nil pointer dereference", LOG_MEMORY, false},
    {"unexpected fault address ", LOG_MEMORY, false},
    {"fatal error: fault", LOG_MEMORY, false},
    {"unexpected signal during runtime execution", LOG_MEMORY, false},
    {"SIGSEGV: segmentation violation", LOG_MEMORY, false},
    {"SIGBUS: bus error", LOG_MEMORY, false},
};

// Up to what is no part of a type's name: the end, a quote, " [recovered]".
static struct log_part type_name_at(const char *text)
{
    const char *end = strstr(text, " [recovered");
    const size_t all = end ? (size_t)(end - text) : strlen(text), quote = strcspn(text, "\"'");
    return (struct log_part){text, without_blanks(text, quote < all ? quote : all)};
}

// The first of "panic: " and "fatal error: " before the phrase.
static const char *anchor_before(const char *line, const char *phrase, bool *is_panic)
{
    static const char *const anchors[] = {"panic: ", "fatal error: "};
    for (size_t i = 0; i < ARRAY_LENGTH(anchors); i++) {
        const char *at = strstr(line, anchors[i]);
        *is_panic = i == 0;
        if (at && at <= phrase)
            return at;
    }
    return NULL;
}

bool go_message(const char *line, struct message_line *message)
{
    *message = (struct message_line){.message = LOG_OTHER};
    if (strstr(line, "[signal ")) // what follows a message
        return false;
    const char *phrase = NULL;
    size_t which = 0;
    for (size_t i = 0; !phrase && i < ARRAY_LENGTH(phrases); i++) {
        phrase = strstr(line, phrases[i].phrase);
        which = i;
    }
    if (phrase && begins(phrase, "fatal error: "))
        phrase += strlen("fatal error: ");
    const char *anchor = anchor_before(line, phrase ? phrase : line + strlen(line), &message->is_panic);
    if (!phrase && !anchor)
        return false;
    message->anchor = anchor;
    const char *text = anchor ? strchr(anchor, ' ') : phrase;
    if (anchor && !message->is_panic)
        text = anchor + strlen("fatal error:");
    text = behind_blanks(text);
    message->text = (struct log_part){text, without_blanks(text, strlen(text))};
    message->is_recovered = strstr(line, "[recovered") != NULL;
    if (!phrase) // "panic: " that some text holds is no message; a program's own is at its beginning
        return true;
    message->message = phrases[which].message;
    if (phrases[which].has_type)
        message->type_name = type_name_at(phrase + strlen(phrases[which].phrase));
    if (message->message == LOG_RACE)
        message->anchor = phrase;
    if (!message->anchor) {
        message->is_recovered = true;
        message->is_panic = true;
        message->text = (struct log_part){phrase, without_blanks(phrase, strlen(phrase))};
        if (begins(phrase, "SIG")) {
            message->anchor = phrase;
            message->is_recovered = message->is_panic = false;
        }
    }
    return true;
}

bool go_signal(const char *line, uint64_t *address, uint64_t *pc)
{
    // "PC=0x47d2f1 m=0 sigcode=1 addr=0x8" is another form of it.
    const char *at = strstr(line, "[signal "), *other = at ? NULL : strstr(line, "PC=0x");
    if (other)
        return number_behind(other, "PC=", pc) && number_behind(other, "addr=", address);
    return at && number_behind(at, "addr=", address) && number_behind(at, " pc=", pc);
}

// --- Headings ---

enum { HEADING_BYTES_MOST = 400 };

bool go_heading(const char *line, struct heading_line *heading)
{
    *heading = (struct heading_line){0};
    for (const char *at = strstr(line, "goroutine "); at; at = strstr(at + 1, "goroutine ")) {
        const char *behind = at + strlen("goroutine ");
        if (!number_at(&behind, &heading->number) || *behind != ' ')
            continue;
        // "goroutine 7 gp=0xc000002380 m=0 mp=0x5c2180 [running, locked to thread]:", with labels behind in 1.27
        const size_t near = strnlen(behind, HEADING_BYTES_MOST);
        const char *open = memchr(behind, '[', near);
        const char *close = open ? memchr(open, ']', near - (size_t)(open - behind)) : NULL;
        if (!close || !memchr(close, ':', near - (size_t)(close - behind)))
            continue;
        heading->anchor = at;
        heading->state = (struct log_part){open + 1, (size_t)(close - open) - 1};
        return true;
    }
    return false;
}

bool race_heading(const char *line, struct heading_line *heading)
{
    static const struct {
        const char *words;
        enum race_access access;
        bool is_previous, is_atomic;
    } beginnings[] = {
        {"Read at 0x", RACE_READ, false, false},
        {"Write at 0x", RACE_WRITE, false, false},
        {"Previous read at 0x", RACE_READ, true, false},
        {"Previous write at 0x", RACE_WRITE, true, false},
        {"Atomic read at 0x", RACE_READ, false, true},
        {"Atomic write at 0x", RACE_WRITE, false, true},
        {"Previous atomic read at 0x", RACE_READ, true, true},
        {"Previous atomic write at 0x", RACE_WRITE, true, true},
    };
    *heading = (struct heading_line){0};
    line = behind_blanks(line);
    for (size_t i = 0; i < ARRAY_LENGTH(beginnings); i++) {
        if (!begins(line, beginnings[i].words))
            continue;
        const char *at = line + strlen(beginnings[i].words) - 2;
        heading->anchor = line;
        heading->access = beginnings[i].access;
        heading->is_previous = beginnings[i].is_previous;
        heading->is_atomic = beginnings[i].is_atomic;
        if (!number_at(&at, &heading->address))
            return false;
        heading->is_main = strstr(at, "by main goroutine") != NULL;
        if (heading->is_main)
            heading->number = 1;
        return heading->is_main || number_behind(at, "by goroutine ", &heading->number);
    }
    return false;
}

bool race_created(const char *line, uint64_t *number)
{
    line = behind_blanks(line);
    return begins(line, "Goroutine ") && strstr(line, "created at:") &&
           number_behind(line, "Goroutine ", number);
}

// --- Frames ---

// The parenthesis that the last character closes.
static const char *opening(const char *text, size_t length)
{
    size_t depth = 0;
    for (const char *at = text + length; at > text;) {
        at--;
        depth += *at == ')';
        if (*at == '(' && --depth == 0)
            return at;
    }
    return NULL;
}

bool go_function(const char *line, struct function_line *function)
{
    *function = (struct function_line){0};
    line = behind_blanks(line);
    const size_t length = without_blanks(line, strlen(line));
    if (length < 3)
        return false;
    if (line[length - 1] != ')') {
        // errors with stacks, C functions: "main.main", "non-Go function"
        function->is_bare = true;
        function->name = (struct log_part){line, length};
        return (*line != '/' && !memchr(line, ' ', length) && memchr(line, '.', length) &&
                !memchr(line, '=', length)) ||
               (length == strlen("non-Go function") && begins(line, "non-Go function"));
    }
    const char *open = opening(line, length);
    if (!open || open == line)
        return false;
    const size_t name_length = (size_t)(open - line);
    // A name has blanks only inside of brackets: "main.Set[go.shape.struct { main.a int }].Add".
    const char *blank = memchr(line, ' ', name_length), *bracket = memchr(line, '[', name_length);
    const bool is_panic = name_length == strlen("panic") && begins(line, "panic");
    if ((blank && (!bracket || bracket > blank)) ||
        (!is_panic && !memchr(line, '.', name_length) && name_length > 64))
        return false;
    function->name = (struct log_part){line, name_length};
    function->arguments = (struct log_part){open + 1, length - name_length - 2};
    function->is_inlined = function->arguments.length == 3 && begins(open + 1, "...");
    return true;
}

// Behind "FILE:LINE" comes nothing, or " +0x1d", " fp=… sp=… pc=…".
static bool is_place_end(const char *text)
{
    return !*text || !*behind_blanks(text) || begins(text, " +0x") || begins(text, " fp=0x") ||
           begins(text, " pc=0x");
}

bool go_place(const char *line, struct place_line *place)
{
    *place = (struct place_line){0};
    line = behind_blanks(line);
    if (begins(line, "pc=0x")) { // of a C function without a symbolizer
        place->has_pc = number_behind(line, "pc=", &place->pc);
        return place->has_pc;
    }
    for (const char *colon = strrchr(line, ':'); colon && colon > line;) {
        const char *at = colon + 1;
        if (isdigit((unsigned char)*at) && number_at(&at, &place->line) && is_place_end(at)) {
            const size_t length = (size_t)(colon - line);
            if (!memchr(line, '.', length) && !memchr(line, '<', length) && !memchr(line, '?', length))
                return false;
            place->file = (struct log_part){line, length};
            place->has_offset = number_behind(at, " +", &place->offset_bytes);
            place->has_pc = number_behind(at, " pc=", &place->pc);
            return true;
        }
        const char *before = memrchr(line, ':', (size_t)(colon - line));
        colon = before;
    }
    return false;
}

bool go_created(const char *line, struct log_part *function, uint64_t *goroutine)
{
    line = behind_blanks(line);
    if (!begins(line, "created by "))
        return false;
    line += strlen("created by ");
    const char *in = strstr(line, " in goroutine ");
    *goroutine = 0;
    if (in)
        number_behind(in, " in goroutine ", goroutine);
    *function = (struct log_part){line, without_blanks(line, in ? (size_t)(in - line) : strlen(line))};
    return function->length > 0;
}
