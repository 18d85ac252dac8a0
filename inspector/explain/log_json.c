// SPDX-License-Identifier: MIT
#include "explain/log_json.h"

#include "explain/log_encoding.h"

#include "base/attributes.h"

#include <string.h>

static const char *const message_keys[] = {
    "log",   "msg",      "message",       "MESSAGE",      "error",     "err",
    "panic", "stack",    "stacktrace",    "text",         "event",     "textPayload",
    "body",  "@message", "short_message", "full_message", "exception", "reason"};
static const char *const stream_keys[] = {
    "pod", "pod_name", "container", "container_name", "container_id", "host", "hostname", "service",
    "pid", "_PID",     "app",       "instance",       "stream"};

static bool is_one_of(const char *const *words, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(words[i], word))
            return true;
    return false;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

// The text from behind its quote on (RFC 8259, section 7), with a NUL at its end. Returns what stands behind the closing
// quote, or the line's end when that is missing.
static const char *unquote(struct output *to, const char *at)
{
    static const char letters[] = "nrtbf", values[] = "\n\r\t\b\f";
    to->length = 0;
    while (*at && *at != '"') {
        if (*at != '\\') {
            const size_t plain = strcspn(at, "\"\\");
            output_bytes(to, at, plain);
            at += plain;
            continue;
        }
        const char c = *++at;
        const char *letter = c ? strchr(letters, c) : NULL;
        if (!c)
            break;
        at++;
        if (letter) {
            if (c != 'r')
                output_char(to, values[letter - letters]);
        } else if (c == 'u') {
            unsigned character = 0;
            for (int i = 0; i < 4 && hex_digit(*at) >= 0; i++)
                character = character << 4 | (unsigned)hex_digit(*at++);
            log_utf8(to, character);
        } else {
            output_char(to, c);
        }
    }
    output_char(to, '\0');
    return *at ? at + 1 : at;
}

// Where the document begins: a brace before a name in quotes.
static const char *beginning(const char *line)
{
    for (const char *at = strchr(line, '{'); at; at = strchr(at + 1, '{')) {
        const char *inside = at + 1 + strspn(at + 1, " ");
        const char *quote = *inside == '"' ? strchr(inside + 1, '"') : NULL;
        if (quote && quote[1 + strspn(quote + 1, " ")] == ':')
            return at;
    }
    return NULL;
}

enum pass { PASS_STREAM, PASS_MESSAGES, PASS_STACKS };

struct texts {
    enum pass pass;
    char key[32]; // longer ones are none of ours
    struct output *scratch, *stream;
    void (*take)(void *context, char *text);
    void *context;
};

static void take_value(const struct texts *texts, char *value)
{
    if (texts->pass == PASS_STREAM) {
        if (is_one_of(stream_keys, ARRAY_LENGTH(stream_keys), texts->key) && strlen(value) < 100) {
            output_text(texts->stream, value);
            output_char(texts->stream, ' ');
        }
        return;
    }
    const bool is_several = strchr(value, '\n') && strchr(value, '\n')[1];
    if (!is_several && !is_one_of(message_keys, ARRAY_LENGTH(message_keys), texts->key))
        return;
    const bool is_stack = strstr(value, "goroutine ") || strstr(value, ".go:");
    if (is_stack == (texts->pass == PASS_STACKS))
        texts->take(texts->context, value);
}

static void walk(struct texts *texts, const char *at)
{
    texts->key[0] = '\0';
    while (*at) {
        if (*at == '"') {
            at = unquote(texts->scratch, at + 1);
            if (texts->scratch->out_of_memory)
                return;
            at += strspn(at, " \t");
            if (*at == ':') {
                const size_t length = texts->scratch->length;
                texts->key[0] = '\0';
                if (length <= sizeof(texts->key))
                    memcpy(texts->key, texts->scratch->data, length);
                at++;
            } else {
                take_value(texts, texts->scratch->data);
            }
        } else if (*at >= '0' && *at <= '9' && texts->pass == PASS_STREAM) {
            const size_t length = strspn(at, "0123456789");
            texts->scratch->length = 0;
            output_bytes(texts->scratch, at, length);
            output_char(texts->scratch, '\0');
            if (texts->scratch->out_of_memory)
                return;
            take_value(texts, texts->scratch->data);
            at += length;
        } else {
            at++;
        }
    }
}

bool log_json_texts(const char *line, struct output *scratch, struct output *stream,
                    void (*take)(void *context, char *text), void *context)
{
    const char *start = beginning(line);
    if (!start)
        return false;
    struct texts texts = {.scratch = scratch, .stream = stream, .take = take, .context = context};
    for (texts.pass = PASS_STREAM; texts.pass <= PASS_STACKS; texts.pass++) {
        walk(&texts, start);
        if (texts.pass == PASS_STREAM)
            output_char(stream, '\0');
        if (scratch->out_of_memory || stream->out_of_memory)
            break;
    }
    return !stream->out_of_memory && !scratch->out_of_memory;
}
