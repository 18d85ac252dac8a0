// SPDX-License-Identifier: MIT
#include "explain/log_lines.h"

#include "explain/log_json.h"

#include <string.h>

// --- What terminals leave ---

// Behind an escape sequence (ECMA-48: CSI … final byte, OSC … BEL or ST); `text` stands on its ESC.
static const char *behind_escape(const char *text)
{
    if (text[1] == '[') {
        text += 2;
        while (*text && (*text < 0x40 || *text > 0x7e))
            text++;
        return *text ? text + 1 : text;
    }
    if (text[1] == ']') {
        const char *end = text + 2 + strcspn(text + 2, "\a\x1b\x9c");
        return *end == '\x1b' ? end + (end[1] == '\\' ? 2 : 0) : *end ? end + 1 : end;
    }
    return text[1] ? text + 2 : text + 1;
}

static void clean(char *text)
{
    char *to = text;
    for (const char *from = text; *from;) {
        if (*from == '\x1b')
            from = behind_escape(from);
        else if (*from == '\r')
            from++;
        else
            *to++ = *from++;
    }
    *to = '\0';
}

// --- Lines within a line ---

static struct error *give(struct log_lines *lines, char *text, bool is_own_stream, const char *stream)
{
    const struct log_line line = {text, lines->number, is_own_stream, stream};
    return lines->take(lines->context, &line);
}

static struct error *give_split(struct log_lines *lines, char *text, const char *stream)
{
    for (char *next = text; next; text = next) {
        next = strchr(text, '\n');
        if (next)
            *next++ = '\0';
        else if (!*text)
            break;
        RETURN_IF_ERROR(give(lines, text, true, stream));
    }
    return NULL;
}

// "\n" and "\t" spelled out, as key=value loggers do, or "#012" and "#011", as rsyslog does.
static bool unescape_lines(struct output *to, const char *text)
{
    const bool has_octal = strstr(text, "#012") != NULL;
    if (!has_octal && !strstr(text, "\\n"))
        return false;
    if (!strstr(text, "goroutine ") && !strstr(text, ".go:"))
        return false;
    to->length = 0;
    while (*text) {
        if (has_octal && (!strncmp(text, "#012", 4) || !strncmp(text, "#011", 4))) {
            output_char(to, text[3] == '2' ? '\n' : '\t');
            text += 4;
        } else if (!has_octal && *text == '\\' && text[1]) {
            output_char(to, text[1] == 'n' ? '\n' : text[1] == 't' ? '\t' : text[1]);
            text += 2;
        } else {
            output_char(to, *text++);
        }
    }
    output_char(to, '\0');
    return true;
}

struct giver {
    struct log_lines *lines;
    struct error *error;
};

static void give_text(void *context, char *text)
{
    struct giver *giver = context;
    if (!giver->error)
        giver->error = give_split(giver->lines, text, giver->lines->stream.data);
}

static struct error *take_line(struct log_lines *lines)
{
    lines->number++;
    output_char(&lines->line, '\0');
    if (lines->line.out_of_memory)
        return &error_out_of_memory;
    char *text = lines->line.data;
    lines->line.length = 0;
    clean(text);
    struct giver giver = {lines, NULL};
    lines->stream.length = 0;
    bool is_json = log_json_texts(text, &lines->scratch, &lines->stream, give_text, &giver);
    if (giver.error || is_json)
        return giver.error;
    if (unescape_lines(&lines->text, text))
        return lines->text.out_of_memory ? &error_out_of_memory : give_split(lines, lines->text.data, "");
    return give(lines, text, false, "");
}

// A NUL would end the line for all that reads it.
static void append(struct output *to, const char *data, size_t size_bytes)
{
    for (const char *end = data + size_bytes; data < end;) {
        const char *nul = memchr(data, '\0', (size_t)(end - data));
        output_bytes(to, data, (size_t)((nul ? nul : end) - data));
        if (nul)
            output_char(to, '?');
        data = nul ? nul + 1 : end;
    }
}

struct error *log_lines_add(struct log_lines *lines, const char *data, size_t size_bytes)
{
    for (const char *end = data + size_bytes; data < end;) {
        const char *newline = memchr(data, '\n', (size_t)(end - data));
        const size_t length = (size_t)((newline ? newline : end) - data);
        const size_t room = LOG_LINE_BYTES_MOST - lines->line.length;
        if (length > room && !lines->is_passing_over) {
            lines->is_passing_over = true;
            lines->cut_lines++;
        }
        append(&lines->line, data, length < room ? length : room);
        data += length + (newline != NULL);
        if (newline) {
            lines->is_passing_over = false;
            RETURN_IF_ERROR(take_line(lines));
        }
    }
    return lines->line.out_of_memory ? &error_out_of_memory : NULL;
}

struct error *log_lines_end(struct log_lines *lines)
{
    return lines->line.length || lines->is_passing_over ? take_line(lines) : NULL;
}

void log_lines_free(struct log_lines *lines)
{
    output_free(&lines->line);
    output_free(&lines->scratch);
    output_free(&lines->text);
    output_free(&lines->stream);
}
