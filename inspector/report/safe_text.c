// SPDX-License-Identifier: MIT
#include "report/safe_text.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

// Invisible, or able to reorder what is around them: Unicode's control, format, surrogate, private and
// unassigned characters, and line and paragraph separators.
static bool is_deceptive(utf8proc_int32_t character)
{
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return false;
    }
}

enum { NO_CHARACTER = -1 };

// The character at `text` and its length in bytes; NO_CHARACTER and 1 when it is no UTF-8.
static utf8proc_int32_t decode(const char *text, size_t *length)
{
    utf8proc_int32_t character;
    utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &character);
    *length = read > 0 ? (size_t)read : 1;
    return read > 0 ? character : NO_CHARACTER;
}

static size_t escaped(struct output *output, const char *format, unsigned value)
{
    char text[16];
    int length = snprintf(text, sizeof(text), format, value);
    if (output)
        output_bytes(output, text, (size_t)length);
    return (size_t)length;
}

static size_t safe_character(struct output *output, const char *text, size_t *length, bool ascii)
{
    utf8proc_int32_t character = decode(text, length);
    if (character == NO_CHARACTER)
        return escaped(output, "\\x%02x", (unsigned char)*text);
    if (character < 0x20 || character == 0x7f)
        return escaped(output, "\\x%02x", (unsigned)character);
    if (is_deceptive(character) || (ascii && character > 0x7e))
        return escaped(output, "\\u{%x}", (unsigned)character);
    if (output)
        output_bytes(output, text, *length);
    int cells = utf8proc_charwidth(character);
    return cells > 0 ? (size_t)cells : 0;
}

#define EACH_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

// How many of the first bytes are printable ASCII. Eight at a time: a byte's top bit comes out set when it
// has one, or when it is 0x7f, or below 0x20.
static size_t plain_bytes(const char *text, size_t length)
{
    size_t plain = 0;
    for (uint64_t word; length - plain >= sizeof(word); plain += sizeof(word)) {
        memcpy(&word, text + plain, sizeof(word));
        if ((word | (word + EACH_BYTE(0x01)) | (word - EACH_BYTE(0x20))) & EACH_BYTE(0x80))
            break;
    }
    while (plain < length && text[plain] >= 0x20 && text[plain] < 0x7f)
        plain++;
    return plain;
}

size_t safe_text(struct output *output, const char *text, bool ascii)
{
    size_t cells = 0;
    for (const char *end = text + strlen(text); text < end;) {
        const size_t plain = plain_bytes(text, (size_t)(end - text));
        if (output)
            output_bytes(output, text, plain);
        cells += plain;
        text += plain;
        if (text < end) {
            size_t length;
            cells += safe_character(output, text, &length, ascii);
            text += length;
        }
    }
    return cells;
}

// `bad` writes a byte that is no UTF-8.
static void valid_text(struct output *output, const char *text, void (*bad)(struct output *, unsigned char))
{
    for (const char *end = text + strlen(text); text < end;) {
        const size_t plain = plain_bytes(text, (size_t)(end - text));
        output_bytes(output, text, plain);
        text += plain;
        if (text == end)
            break;
        size_t length;
        if (decode(text, &length) == NO_CHARACTER)
            bad(output, (unsigned char)*text);
        else
            output_bytes(output, text, length);
        text += length;
    }
}

static void bad_as_number(struct output *output, unsigned char byte)
{
    escaped(output, "\\x%02x", byte);
}

static void bad_as_replacement(struct output *output, unsigned char byte)
{
    (void)byte;
    output_text(output, "\xef\xbf\xbd");
}

void utf8_text(struct output *output, const char *text)
{
    valid_text(output, text, bad_as_number);
}

void replaced_text(struct output *output, const char *text)
{
    valid_text(output, text, bad_as_replacement);
}

static void json_escape(struct output *output, utf8proc_int32_t character)
{
    if (character == NO_CHARACTER)
        output_text(output, "\\ufffd");
    else if (character == '"' || character == '\\')
        output_format(output, "\\%c", (char)character);
    else if (character >= 0x10000)
        output_format(output, "\\u%04x\\u%04x", 0xd800 + (unsigned)((character - 0x10000) >> 10),
                      0xdc00 + (unsigned)(character & 0x3ff));
    else
        output_format(output, "\\u%04x", (unsigned)character);
}

void safe_json(struct output *output, const char *text)
{
    if (!text) {
        output_text(output, "null");
        return;
    }
    output_char(output, '"');
    while (*text) {
        size_t plain = 0;
        while (text[plain] >= 0x20 && text[plain] < 0x7f && text[plain] != '"' && text[plain] != '\\')
            plain++;
        output_bytes(output, text, plain);
        text += plain;
        if (!*text)
            break;
        size_t length;
        utf8proc_int32_t character = decode(text, &length);
        if (character > 0x7f && !is_deceptive(character))
            output_bytes(output, text, length);
        else
            json_escape(output, character);
        text += length;
    }
    output_char(output, '"');
}
