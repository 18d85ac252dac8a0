// SPDX-License-Identifier: MIT
#include "type/type_name.h"

#include "type/language.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Hostile files can make function types whose parameters are function types, and so on: what is spelled is
// bounded in parts and in length, and what is left out shows as "…".
enum { PARTS_MOST = 256, LENGTH_MOST = 16384 };

// ---- a text that grows at both ends ---------------------------------------------------------------------

// C's declarators grow outward from the name: "*" in front, "[4]" and "(int)" behind.
//
//     data  ┌───────┬──────────────┬───────┐
//           │ free  │ *(*name)[4]  │ free  │
//           0       begin          end     capacity
struct name_text {
    char *data;
    size_t begin, end, capacity;
    bool failed; // memory was short
};

static bool text_make_room(struct name_text *text, size_t before, size_t behind)
{
    if (text->failed)
        return false;
    if (text->begin >= before && text->capacity - text->end >= behind)
        return true;
    size_t length = text->end - text->begin, capacity = 2 * (length + before + behind) + 96;
    char *data = malloc(capacity);
    if (!data) {
        text->failed = true;
        return false;
    }
    size_t begin = (capacity - length - behind + before) / 2;
    if (length > 0)
        memcpy(data + begin, text->data + text->begin, length);
    free(text->data);
    *text = (struct name_text){.data = data, .begin = begin, .end = begin + length, .capacity = capacity};
    return true;
}

static void text_prepend(struct name_text *text, const char *piece)
{
    size_t length = strlen(piece);
    if (text_make_room(text, length, 0)) {
        text->begin -= length;
        memcpy(text->data + text->begin, piece, length);
    }
}

static void text_append_bytes(struct name_text *text, const char *piece, size_t length)
{
    if (text_make_room(text, 0, length)) {
        memcpy(text->data + text->end, piece, length);
        text->end += length;
    }
}

static void text_append(struct name_text *text, const char *piece)
{
    text_append_bytes(text, piece, strlen(piece));
}

static void PRINTF_LIKE(2, 3) text_append_format(struct name_text *text, const char *format, ...)
{
    char piece[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof(piece), format, arguments);
    va_end(arguments);
    if (length > 0)
        text_append_bytes(text, piece, (size_t)length < sizeof(piece) ? (size_t)length : sizeof(piece) - 1);
}

static size_t text_length(const struct name_text *text)
{
    return text->end - text->begin;
}

static char *text_take(struct name_text *text, struct arena *arena)
{
    char *copy = text->failed ? NULL : arena_copy_text(arena, text->data + text->begin, text_length(text));
    free(text->data);
    return copy;
}

// ---- spelling -------------------------------------------------------------------------------------------

struct speller {
    unsigned parts; // spelled so far, in all texts together
};

static bool speller_may(struct speller *speller, const struct name_text *text)
{
    return speller->parts++ < PARTS_MOST && text_length(text) < LENGTH_MOST;
}

static bool is_wrapper(enum type_kind kind)
{
    return kind == TYPE_CONST || kind == TYPE_VOLATILE || kind == TYPE_RESTRICT || kind == TYPE_ATOMIC;
}

static const char *qualifier_word(enum type_kind kind)
{
    switch (kind) {
    case TYPE_CONST:
        return "const";
    case TYPE_VOLATILE:
        return "volatile";
    case TYPE_RESTRICT:
        return "restrict";
    default:
        return "_Atomic";
    }
}

// Kinds that are written with a mark before the declarator: qualifiers of theirs stand behind the mark.
static bool is_marked(const struct type *type)
{
    return !type->name && (type->kind == TYPE_POINTER || type->kind == TYPE_REFERENCE ||
                           type->kind == TYPE_RVALUE_REFERENCE || type->kind == TYPE_MEMBER_POINTER);
}

static bool is_suffixed(const struct type *type)
{
    return type && !type->name && (type->kind == TYPE_ARRAY || type->kind == TYPE_FUNCTION);
}

const char *type_kind_word(const struct type *type)
{
    switch (type->kind) {
    case TYPE_STRUCT:
        return type->variant_parts_count > 0 && language_family(type->language) == FAMILY_RUST ? "enum"
                                                                                               : "struct";
    case TYPE_CLASS:
        return "class";
    case TYPE_UNION:
        return "union";
    case TYPE_INTERFACE:
        return "interface";
    case TYPE_ENUM:
        return "enum";
    case TYPE_BASE:
        return "base";
    case TYPE_POINTER:
        return "pointer";
    case TYPE_REFERENCE:
        return "reference";
    case TYPE_RVALUE_REFERENCE:
        return "rvalue reference";
    case TYPE_MEMBER_POINTER:
        return "member pointer";
    case TYPE_ARRAY:
        return type->is_vector ? "vector" : "array";
    case TYPE_FUNCTION:
        return "function";
    case TYPE_TYPEDEF:
        return "typedef";
    case TYPE_CONST:
        return "const";
    case TYPE_VOLATILE:
        return "volatile";
    case TYPE_RESTRICT:
        return "restrict";
    case TYPE_ATOMIC:
        return "atomic";
    case TYPE_SUBRANGE:
        return "subrange";
    case TYPE_STRING:
        return "string";
    case TYPE_UNSPECIFIED:
        return "unspecified";
    case TYPE_VOID:
        return "void";
    case TYPE_OTHER:
        break;
    }
    return "other";
}

static bool has_keyword(const struct type *type)
{
    bool is_tagged = type_has_members(type) || type->kind == TYPE_ENUM;
    return is_tagged && !type->named_by_typedef && language_family(type->language) == FAMILY_C;
}

// Puts the name of a type that is not derived from others in front: "struct list_head", "struct {…}".
static void prepend_base_name(struct name_text *text, const struct type *type)
{
    if (type && type->name) {
        text_prepend(text, type->name);
        if (has_keyword(type)) {
            text_prepend(text, " ");
            text_prepend(text, type_kind_word(type));
        }
    } else if (!type || type->kind == TYPE_VOID) {
        text_prepend(text, "void");
    } else if (type->kind == TYPE_OTHER || type->kind == TYPE_UNSPECIFIED) {
        text_prepend(text, "?");
    } else if (type_has_members(type) || type->kind == TYPE_ENUM) {
        text_prepend(text, " {…}");
        text_prepend(text, type_kind_word(type));
    } else {
        text_prepend(text, type_kind_word(type));
    }
}

static void append_dimensions(struct name_text *text, const struct type *array)
{
    for (size_t i = 0; i < array->dimensions_count; i++) {
        if (array->dimensions[i].count_known)
            text_append_format(text, "[%" PRIu64 "]", array->dimensions[i].count);
        else
            text_append(text, array->dimensions[i].is_variable ? "[…]" : "[]");
        if (text_length(text) > LENGTH_MOST)
            break;
    }
}

static void spell(struct speller *speller, struct name_text *text, const struct type *type);

static void append_parameters(struct speller *speller, struct name_text *text, const struct type *function)
{
    text_append(text, "(");
    for (size_t i = 0; i < function->parameters_count; i++) {
        text_append(text, i > 0 ? ", " : "");
        if (!speller_may(speller, text)) {
            text_append(text, "…");
            break;
        }
        struct name_text parameter = {0};
        spell(speller, &parameter, function->parameters[i]);
        text_append_bytes(text, parameter.data + parameter.begin, text_length(&parameter));
        text->failed = text->failed || parameter.failed;
        free(parameter.data);
    }
    if (function->is_variadic)
        text_append(text, function->parameters_count > 0 ? ", ..." : "...");
    else if (function->parameters_count == 0 && language_family(function->language) == FAMILY_C)
        text_append(text, "void");
    text_append(text, ")");
}

// A mark stands in front of what is there; a word keeps its distance from a name or another word.
static void prepend_mark(struct name_text *text, const char *mark, bool is_grouped)
{
    if (is_grouped) {
        text_append(text, ")");
        text_prepend(text, mark);
        text_prepend(text, "(");
    } else {
        text_prepend(text, mark);
    }
}

static void prepend_word(struct name_text *text, const char *word)
{
    if (text_length(text) > 0)
        text_prepend(text, " ");
    text_prepend(text, word);
}

static void prepend_member_mark(struct name_text *text, const struct type *pointer)
{
    bool is_grouped = is_suffixed(pointer->target);
    if (is_grouped)
        text_append(text, ")");
    text_prepend(text, "::*");
    text_prepend(text, pointer->containing && pointer->containing->name ? pointer->containing->name : "?");
    if (is_grouped)
        text_prepend(text, "(");
}

enum { QUALIFIERS_MOST = 8 };

// g++ qualifies a constant array and its elements, too: said once, as source has it. Returns the new count.
static unsigned add_qualifier(const char *qualifiers[QUALIFIERS_MOST], unsigned count, const char *word)
{
    for (unsigned i = 0; i < count; i++)
        if (!strcmp(qualifiers[i], word))
            return count;
    if (count < QUALIFIERS_MOST)
        qualifiers[count++] = word;
    return count;
}

// Spells `type` around the declarator that is in `text` already, in the manner of C: from the name outward,
// one derivation a round.
static void spell(struct speller *speller, struct name_text *text, const struct type *type)
{
    const char *qualifiers[QUALIFIERS_MOST]; // of what comes next, outermost first
    unsigned qualifiers_count = 0;
    for (;; type = type->target) {
        if (!speller_may(speller, text)) {
            prepend_word(text, "…");
            return;
        }
        if (type && type->kind == TYPE_SUBRANGE && !type->name && type->target)
            continue; // spelled as what it is a part of
        bool is_derived = type && (is_marked(type) || is_suffixed(type) || is_wrapper(type->kind));
        if (type && is_wrapper(type->kind)) {
            qualifiers_count = add_qualifier(qualifiers, qualifiers_count, qualifier_word(type->kind));
            continue;
        }
        // An array's qualifiers are its elements'; others stand at what they qualify.
        if (is_derived && is_marked(type))
            while (qualifiers_count > 0)
                prepend_word(text, qualifiers[--qualifiers_count]);
        if (!is_derived)
            break;
        switch (type->kind) {
        case TYPE_POINTER:
            prepend_mark(text, "*", is_suffixed(type->target));
            break;
        case TYPE_REFERENCE:
            prepend_mark(text, "&", is_suffixed(type->target));
            break;
        case TYPE_RVALUE_REFERENCE:
            prepend_mark(text, "&&", is_suffixed(type->target));
            break;
        case TYPE_MEMBER_POINTER:
            prepend_member_mark(text, type);
            break;
        case TYPE_FUNCTION:
            append_parameters(speller, text, type);
            break;
        default: // TYPE_ARRAY
            if (type->is_vector) {
                char attribute[64];
                snprintf(attribute, sizeof(attribute), "__attribute__((vector_size(%" PRIu64 ")))",
                         type->size_bytes);
                if (type->size_known)
                    prepend_word(text, attribute);
                else
                    prepend_word(text, "__attribute__((vector_size))");
            } else {
                append_dimensions(text, type);
            }
            break;
        }
    }
    if (text_length(text) > 0 && text->data[text->begin] != '[')
        text_prepend(text, " ");
    prepend_base_name(text, type);
    while (qualifiers_count > 0)
        prepend_word(text, qualifiers[--qualifiers_count]);
}

// Rust writes arrays as "[T; N]" and names all else itself; Go names everything.
static void spell_rust(struct speller *speller, struct name_text *text, const struct type *type)
{
    unsigned brackets = 0;
    const struct type *element = type;
    while (element && element->kind == TYPE_ARRAY && !element->name && brackets < PARTS_MOST) {
        brackets += (unsigned)element->dimensions_count;
        element = element->target;
    }
    if (element == type) {
        spell(speller, text, type);
        return;
    }
    spell(speller, text, element);
    // From the innermost array outward.
    const struct type *arrays[PARTS_MOST];
    size_t count = 0;
    for (const struct type *array = type; array != element && count < PARTS_MOST; array = array->target)
        arrays[count++] = array;
    while (count-- > 0)
        for (size_t d = arrays[count]->dimensions_count; d-- > 0 && text_length(text) < LENGTH_MOST;) {
            text_prepend(text, "[");
            if (arrays[count]->dimensions[d].count_known)
                text_append_format(text, "; %" PRIu64, arrays[count]->dimensions[d].count);
            text_append(text, "]");
        }
}

static void spell_for(struct speller *speller, struct name_text *text, const struct type *type,
                      enum language_family family)
{
    if (family == FAMILY_RUST)
        spell_rust(speller, text, type);
    else
        spell(speller, text, type);
}

const char *type_name(const struct type *type, struct arena *arena)
{
    // Most names stand as they are.
    if (type->name && !has_keyword(type))
        return type->name;
    struct speller speller = {0};
    struct name_text text = {0};
    spell_for(&speller, &text, type, language_family(type->language));
    return text_take(&text, arena);
}

const char *type_member_declaration(const struct member *member, const struct type *owner,
                                    struct arena *arena)
{
    struct speller speller = {0};
    struct name_text text = {0};
    const enum language_family family = language_family(owner->language);
    const bool is_base = member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE;
    if (family == FAMILY_RUST || family == FAMILY_GO) {
        spell_for(&speller, &text, member->type, family);
        if (member->name && !member->is_embedded) {
            text_prepend(&text, family == FAMILY_RUST ? ": " : " ");
            text_prepend(&text, member->name);
        }
    } else {
        if (member->name && !is_base)
            text_append(&text, member->name);
        spell(&speller, &text, member->type);
        if (member->kind == MEMBER_VIRTUAL_BASE)
            text_prepend(&text, "virtual ");
        if (member->kind == MEMBER_BITFIELD)
            text_append_format(&text, " : %" PRIu64, member->size_bits);
    }
    return text_take(&text, arena);
}
