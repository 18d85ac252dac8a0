// SPDX-License-Identifier: MIT
// Template arguments that are values.

#include "dwarf/template_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t type_bits(const struct die *type)
{
    const struct die_attribute *size = die_attribute(type, AT_byte_size);
    return size && size->kind == DIE_VALUE_UNSIGNED && size->number < 8 ? size->number * 8 : 64;
}

bool template_value_number(const struct die *type, const struct die_attribute *value, bool is_signed,
                           int64_t *number)
{
    if (!value || (value->kind != DIE_VALUE_UNSIGNED && value->kind != DIE_VALUE_SIGNED))
        return false;
    const unsigned unused = 64 - (unsigned)type_bits(type);
    if (unused == 64)
        return false;
    const uint64_t raised = value->number << unused;
    *number = is_signed ? (int64_t)raised >> unused : (int64_t)(raised >> unused);
    return true;
}

static void character_spell(struct template_text *text, const char *prefix, uint64_t value)
{
    static const struct {
        char value;
        const char *spelled;
    } escapes[] = {{'\\', "\\\\"}, {'\'', "\\'"}, {'\a', "\\a"}, {'\b', "\\b"}, {'\f', "\\f"},
                   {'\n', "\\n"},  {'\r', "\\r"}, {'\t', "\\t"}, {'\v', "\\v"}};
    char spelled[32];
    if (value >= 32 && value < 127)
        snprintf(spelled, sizeof(spelled), "%c", (char)value);
    else
        snprintf(spelled, sizeof(spelled),
                 value < 256       ? "\\x%02" PRIx64
                 : value <= 0xffff ? "\\u%04" PRIx64
                                   : "\\U%08" PRIx64,
                 value);
    for (size_t i = 0; i < ARRAY_LENGTH(escapes); i++)
        if (value == (uint64_t)escapes[i].value)
            snprintf(spelled, sizeof(spelled), "%s", escapes[i].spelled);
    template_text_add(text, prefix);
    template_text_add(text, "'");
    template_text_add(text, spelled);
    template_text_add(text, "'");
}

struct literal {
    const char *type, *before, *behind;
    bool is_signed, is_character;
};

static const struct literal *literal_of(const char *type)
{
    static const struct literal literals[] = {
        {"int", "", "", true, false},
        {"long", "", "L", true, false},
        {"long long", "", "LL", true, false},
        {"short", "(short)", "", true, false},
        {"unsigned int", "", "U", false, false},
        {"unsigned long", "", "UL", false, false},
        {"unsigned long long", "", "ULL", false, false},
        {"unsigned short", "(unsigned short)", "", false, false},
        {"char", "", "", false, true},
        {"signed char", "(signed char)", "", false, true},
        {"unsigned char", "(unsigned char)", "", false, true},
        {"wchar_t", "L", "", false, true},
        {"char8_t", "u8", "", false, true},
        {"char16_t", "u", "", false, true},
        {"char32_t", "U", "", false, true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(literals); i++)
        if (strcmp(literals[i].type, type) == 0)
            return &literals[i];
    return NULL;
}

void template_value_spell(struct template_text *text, const struct die *type,
                          const struct die_attribute *value)
{
    const struct die_attribute *name = die_attribute(type, AT_name);
    int64_t number;
    const bool is_named = name && name->kind == DIE_VALUE_TEXT;
    const struct literal *literal = is_named ? literal_of(name->text) : NULL;
    const bool is_boolean = is_named && strcmp(name->text, "bool") == 0;
    if ((!literal && !is_boolean) ||
        !template_value_number(type, value, literal && literal->is_signed, &number)) {
        text->is_void = true;
        return;
    }
    if (is_boolean) {
        template_text_add(text, number ? "true" : "false");
        return;
    }
    if (literal->is_character) {
        character_spell(text, literal->before, (uint64_t)number);
        return;
    }
    char digits[32];
    if (literal->is_signed)
        snprintf(digits, sizeof(digits), "%" PRId64, number);
    else
        snprintf(digits, sizeof(digits), "%" PRIu64, (uint64_t)number);
    template_text_add(text, literal->before);
    template_text_add(text, digits);
    template_text_add(text, literal->behind);
}
