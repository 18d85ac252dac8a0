// SPDX-License-Identifier: MIT
// Where virtual bases lie, from the data of vtables (Itanium C++ ABI, section 2.5):
//
//     _ZTV1C  ┬ virtual call and virtual base offsets      ↑ lower addresses
//             ├ offset to top: 0 in the primary vtable
//             ├ address of the type information, _ZTI1C
//             └ address point: what an object's vptr holds; virtual functions follow
//
// The offset of a virtual base stands a number of bytes below the address point; the expression in the debug
// information tells how many. The symbol's name is mangled here from the class's name; a name that this
// cannot spell, or spells wrongly, leads to no symbol, and the place stays unknown.

#include "build/type_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- mangling -------------------------------------------------------------------------------------------

struct mangler {
    const char *at; // what is left of the name
    FILE *out;
    unsigned depth;
};

enum { MANGLE_DEPTH_MOST = 16, COMPONENTS_MOST = 16 };

static bool mangle_type(struct mangler *mangler);

static bool accept(struct mangler *mangler, const char *text)
{
    size_t length = strlen(text);
    if (strncmp(mangler->at, text, length) != 0)
        return false;
    mangler->at += length;
    return true;
}

static size_t identifier_length(const char *text)
{
    return strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
}

static bool mangle_arguments(struct mangler *mangler)
{
    if (!accept(mangler, "<"))
        return true;
    fputc('I', mangler->out);
    do {
        if (!mangle_type(mangler))
            return false;
    } while (accept(mangler, ", "));
    accept(mangler, " ");
    fputc('E', mangler->out);
    return accept(mangler, ">");
}

// One component with its template arguments: "char_traits<char>" to "11char_traitsIcE".
static bool mangle_component(struct mangler *mangler)
{
    if (accept(mangler, "(anonymous namespace)"))
        return fputs("12_GLOBAL__N_1", mangler->out) >= 0;
    size_t length = identifier_length(mangler->at);
    if (length == 0 || (mangler->at[0] >= '0' && mangler->at[0] <= '9'))
        return false;
    fprintf(mangler->out, "%zu%.*s", length, (int)length, mangler->at);
    mangler->at += length;
    return mangle_arguments(mangler);
}

// How many components the name at `text` has, template arguments skipped.
static unsigned components_count(const char *text)
{
    unsigned count = 1, nesting = 0;
    for (; *text; text++) {
        if (*text == '<')
            nesting++;
        else if (*text == '>' && nesting-- == 0)
            break;
        else if (nesting == 0 && *text == ',')
            break;
        else if (nesting == 0 && text[0] == ':' && text[1] == ':')
            count++, text++;
    }
    return count;
}

static bool mangle_class(struct mangler *mangler)
{
    // The ABI's own short names (section 5.1.10).
    static const struct {
        const char *name, *mangled;
    } short_names[] = {
        {"std::basic_istream<char, std::char_traits<char> >", "Si"},
        {"std::basic_ostream<char, std::char_traits<char> >", "So"},
        {"std::basic_iostream<char, std::char_traits<char> >", "Sd"},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(short_names); i++)
        if (accept(mangler, short_names[i].name))
            return fputs(short_names[i].mangled, mangler->out) >= 0;
    unsigned count = components_count(mangler->at);
    if (count > COMPONENTS_MOST)
        return false;
    bool in_std = count > 1 && accept(mangler, "std::");
    if (in_std && count == 2 && accept(mangler, "allocator<")) {
        mangler->at--;
        fputs("Sa", mangler->out);
        return mangle_arguments(mangler);
    }
    bool is_nested = count > (in_std ? 2u : 1u);
    fputs(is_nested ? "N" : "", mangler->out);
    fputs(in_std ? "St" : "", mangler->out);
    for (unsigned i = in_std ? 1 : 0; i < count; i++)
        if (!mangle_component(mangler) || (i + 1 < count && !accept(mangler, "::")))
            return false;
    fputs(is_nested ? "E" : "", mangler->out);
    return true;
}

static bool mangle_type(struct mangler *mangler)
{
    static const struct {
        const char *name, *mangled;
    } builtins[] = {
        {"unsigned char", "h"}, {"unsigned short", "t"}, {"short unsigned int", "t"},
        {"unsigned int", "j"},  {"unsigned long", "m"},  {"long unsigned int", "m"},
        {"signed char", "a"},   {"wchar_t", "w"},        {"char16_t", "Ds"},
        {"char32_t", "Di"},     {"char8_t", "Du"},       {"double", "d"},
        {"float", "f"},         {"short", "s"},          {"char", "c"},
        {"bool", "b"},          {"long", "l"},           {"void", "v"},
        {"int", "i"},
    };
    if (mangler->depth == MANGLE_DEPTH_MOST)
        return false;
    for (size_t i = 0; i < ARRAY_LENGTH(builtins); i++) {
        size_t length = strlen(builtins[i].name);
        if (strncmp(mangler->at, builtins[i].name, length) == 0 &&
            strchr(",> ", mangler->at[length]) != NULL && mangler->at[length]) {
            mangler->at += length;
            return fputs(builtins[i].mangled, mangler->out) >= 0;
        }
    }
    mangler->depth++;
    bool is_spelled = mangle_class(mangler);
    mangler->depth--;
    return is_spelled;
}

// "_ZTV" or "_ZTI" and the class's mangled name; NULL when that cannot be spelled. The caller's, to free.
static char *symbol_name(const char *prefix, const char *class_name)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out)
        return NULL;
    struct mangler mangler = {.at = class_name, .out = out};
    fputs(prefix, out);
    bool is_spelled = mangle_class(&mangler) && *mangler.at == '\0';
    if (fclose(out) != 0 || !is_spelled) {
        free(text);
        return NULL;
    }
    return text;
}

static bool find_symbol(struct type_builder *builder, const char *prefix, const char *class_name,
                        uint64_t *address, uint64_t *size_bytes)
{
    char *name = symbol_name(prefix, class_name);
    bool is_found =
        name && symbol_memo_find(&builder->symbols, builder->table->object, name, address, size_bytes);
    free(name);
    return is_found;
}

// ---- the vtable -----------------------------------------------------------------------------------------

enum { CLASSES_MOST = 64, VTABLE_WORDS_MOST = 512 };

struct class_set {
    const struct type *classes[CLASSES_MOST];
    size_t count;
};

// False when the set is full.
static bool class_set_add(struct class_set *set, const struct type *type, bool *is_new)
{
    *is_new = false;
    for (size_t i = 0; i < set->count; i++)
        if (type_id_equal(set->classes[i]->id, type->id))
            return true;
    *is_new = true;
    if (set->count == CLASSES_MOST)
        return false;
    set->classes[set->count++] = type;
    return true;
}

// All virtual bases, direct or not, each once: as many as the primary vtable has offsets for. False when
// there are too many to be sure.
static bool count_virtual_bases(const struct type *type, size_t *count)
{
    struct class_set seen = {.classes = {type}, .count = 1}, virtual_bases = {.count = 0};
    for (size_t next = 0; next < seen.count; next++) {
        const struct type *class = seen.classes[next];
        for (size_t i = 0; i < class->members_count; i++) {
            const struct member *member = &class->members[i];
            const struct type *base = type_strip(member->type);
            bool is_new;
            if (member->kind == MEMBER_VIRTUAL_BASE && !class_set_add(&virtual_bases, base, &is_new))
                return false;
            if ((member->kind == MEMBER_BASE || member->kind == MEMBER_VIRTUAL_BASE) &&
                !class_set_add(&seen, base, &is_new))
                return false;
        }
    }
    *count = virtual_bases.count;
    return true;
}

struct vtable {
    uint64_t words[VTABLE_WORDS_MOST];
    size_t count;
};

static bool vtable_read(struct type_builder *builder, const struct type *type, struct vtable *vtable)
{
    uint64_t address, size_bytes;
    const unsigned word_bytes = type->address_bytes;
    if (!find_symbol(builder, "_ZTV", type->name, &address, &size_bytes) || size_bytes < 3u * word_bytes)
        return false;
    if (size_bytes > (uint64_t)VTABLE_WORDS_MOST * word_bytes)
        size_bytes = (uint64_t)VTABLE_WORDS_MOST * word_bytes;
    struct bytes data = object_read_address(builder->table->object, address, size_bytes);
    struct byte_reader reader = byte_reader_over(data, type->big_endian);
    while (byte_reader_left(&reader) >= word_bytes)
        vtable->words[vtable->count++] = byte_reader_sized(&reader, word_bytes);
    return vtable->count > 0;
}

// The index of the address point. For sure when the type information's address stands before it; in files
// where that is left to a relocation, by the number of virtual bases, if the words there look as they must.
static bool find_address_point(struct type_builder *builder, const struct type *type,
                               const struct vtable *vtable, size_t *address_point, bool *is_sure)
{
    uint64_t information = 0, ignored;
    bool has_information = find_symbol(builder, "_ZTI", type->name, &information, &ignored) && information;
    for (size_t i = 1; has_information && i < vtable->count; i++)
        if (vtable->words[i] == information && vtable->words[i - 1] == 0) {
            *address_point = i + 1;
            *is_sure = true;
            return true;
        }
    size_t bases;
    *is_sure = false;
    if (!count_virtual_bases(type, &bases) || bases + 1 >= vtable->count || vtable->words[bases] != 0 ||
        vtable->words[bases + 1] != 0)
        return false;
    *address_point = bases + 2;
    return true;
}

bool vtable_base_offset(struct type_builder *builder, const struct type *type, uint64_t below_bytes,
                        uint64_t *offset_bytes)
{
    struct vtable vtable = {.count = 0};
    size_t address_point;
    bool is_sure;
    if (!type->name || !type->size_known || below_bytes % type->address_bytes != 0 ||
        !vtable_read(builder, type, &vtable) ||
        !find_address_point(builder, type, &vtable, &address_point, &is_sure))
        return false;
    uint64_t below_words = below_bytes / type->address_bytes;
    if (below_words < 3 || below_words > address_point) // the two words next to it are no base's
        return false;
    *offset_bytes = vtable.words[address_point - below_words];
    // Only a base that shares the vptr lies at 0, and then call offsets stand among the words that were
    // counted.
    return *offset_bytes <= type->size_bytes && (is_sure || *offset_bytes > 0);
}
