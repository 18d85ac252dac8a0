// SPDX-License-Identifier: MIT
// A reordered type as source: C, C++, Go and Rust.
#include "layout/pack.h"

#include "base/vec.h"
#include "layout/pack_spell.h"
#include "type/language.h"
#include "type/qualified_name.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = 16 };

struct source_writer {
    struct arena *arena;
    const struct type *owner;
    enum language_family family;
    const char *scope; // what the source leaves out of names, with its separator: "main.", "crate::"; NULL
    VEC(struct source_line) lines;
    bool is_complete;
    bool out_of_memory;
};

static void write_line(struct source_writer *writer, unsigned depth, const char *text)
{
    writer->out_of_memory |= !text || !vec_push(&writer->lines, (struct source_line){depth, text});
}

#define write_format(writer, depth, ...) write_line(writer, depth, arena_format((writer)->arena, __VA_ARGS__))

// --- Names as they stand inside of their own package ---

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           (c & 0x80);
}

// Replaces `from`, where a path begins with it, by `to`.
static const char *without_scope(struct source_writer *writer, const char *text, const char *from,
                                 const char *to)
{
    size_t from_length = strlen(from), to_length = strlen(to), found = 0;
    for (const char *c = strstr(text, from); c; c = strstr(c + 1, from))
        found++;
    char *result = arena_alloc(writer->arena, strlen(text) + found * to_length + 1), *end = result;
    if (!result || !found)
        return result ? text : NULL;
    for (const char *c = text; *c;) {
        bool starts = c == text || !(is_word(c[-1]) || c[-1] == '/' || c[-1] == '.' || c[-1] == ':');
        if (starts && !strncmp(c, from, from_length)) {
            memcpy(end, to, to_length);
            end += to_length;
            c += from_length;
        } else {
            *end++ = *c++;
        }
    }
    *end = '\0';
    return result;
}

// Go's debug information has whole import paths; source has the package's name alone.
static const char *without_import_paths(struct source_writer *writer, const char *text)
{
    char *result = arena_alloc(writer->arena, strlen(text) + 1), *end = result, *path = result;
    if (!result)
        return NULL;
    for (const char *c = text; *c; c++) {
        if (*c == '/' && end > path) {
            end = path;
            continue;
        }
        *end++ = *c;
        if (!is_word(*c) && *c != '.' && *c != '-' && *c != '~' && *c != '%')
            path = end;
    }
    *end = '\0';
    return result;
}

static const char *localised(struct source_writer *writer, const char *text)
{
    if (text && writer->scope)
        text = without_scope(writer, text, writer->scope, writer->family == FAMILY_RUST ? "crate::" : "");
    return text && writer->family == FAMILY_GO ? without_import_paths(writer, text) : text;
}

// --- Members ---

#define ANONYMOUS_BODY "{…}"

// The anonymous record that a member's declaration spells in place, NULL when there is none.
static const struct type *anonymous_record(const struct member *member)
{
    const struct type *type = member->type;
    for (int steps = 0; type && steps < 64; steps++) {
        if (type->name)
            return NULL;
        if (type_has_members(type))
            return type->by_name_only || type->is_declaration ? NULL : type;
        type = type->target;
    }
    return NULL;
}

static void write_c_member(struct source_writer *writer, unsigned depth, const struct type *owner,
                           const struct member *member, uint64_t align_bytes)
{
    const char *text = type_member_declaration(member, owner, writer->arena);
    const char *align =
        align_bytes ? arena_format(writer->arena, " __attribute__((aligned(%" PRIu64 ")))", align_bytes) : "";
    if (!text || !align) {
        writer->out_of_memory = true;
        return;
    }
    bool is_spelled = true;
    text = pack_spell_c(member, text, writer->arena, &is_spelled);
    if (!text) {
        writer->out_of_memory = true;
        return;
    }
    const struct type *record = anonymous_record(member);
    const char *body = record ? strstr(text, ANONYMOUS_BODY) : NULL;
    if (!body || depth > DEPTH_MOST) {
        bool is_told = is_spelled && !strstr(text, "…") && !strstr(text, "?");
        writer->is_complete &= is_told;
        write_format(writer, depth, is_told ? "%s%s;" : PACK_COMMENT " %s%s;", text, align);
        return;
    }
    write_format(writer, depth, "%.*s{", (int)(body - text), text);
    for (size_t i = 0; i < record->members_count; i++)
        write_c_member(writer, depth + 1, record, &record->members[i],
                       record->members[i].declared_align_bytes);
    write_format(writer, depth, "}%s%s;", body + strlen(ANONYMOUS_BODY), align);
}

static void write_member(struct source_writer *writer, const struct pack_place *place)
{
    const struct member *member = place->member;
    if (member->kind == MEMBER_BASE)
        return;
    if (member->kind == MEMBER_VPTR) {
        write_line(writer, 1, PACK_COMMENT " virtual functions");
        writer->is_complete = false;
    } else if (writer->family == FAMILY_GO || writer->family == FAMILY_RUST) {
        const char *text = localised(writer, type_member_declaration(member, writer->owner, writer->arena));
        bool is_rust = writer->family == FAMILY_RUST, is_told = true;
        // Lifetimes of references are not in the debug information: 'static compiles.
        writer->is_complete &= !is_rust || !text || !strchr(text, '&');
        if (is_rust && text)
            text = pack_spell_rust(text, writer->arena, &is_told);
        writer->is_complete &= is_told;
        write_format(writer, 1, is_rust ? (is_told ? "%s," : PACK_COMMENT " %s,") : "%s", text ? text : "");
        writer->out_of_memory |= !text;
    } else {
        write_c_member(writer, 1, writer->owner, member, place->raised_align_bytes);
    }
}

// --- Frames ---

static const char *base_list(struct source_writer *writer)
{
    const char *text = "";
    for (size_t i = 0; i < writer->owner->members_count && text; i++) {
        const struct member *member = &writer->owner->members[i];
        if (member->kind == MEMBER_BASE)
            text = arena_format(writer->arena, "%s%s%s", text, *text ? ", " : " : ",
                                member->name ? member->name : "?");
    }
    return text;
}

static void write_c_head(struct source_writer *writer, const struct pack *pack, const char *name)
{
    const struct type *type = writer->owner;
    const char *align =
        pack->raised_align_bytes
            ? arena_format(writer->arena, "__attribute__((aligned(%" PRIu64 "))) ", pack->raised_align_bytes)
            : "";
    const char *bases = base_list(writer);
    if (!align || !bases)
        writer->out_of_memory = true;
    else if (type->named_by_typedef || !name)
        write_format(writer, 0, "%s%s %s{", name ? "typedef " : "", type_kind_word(type), align);
    else
        write_format(writer, 0, "%s %s%s%s {", type_kind_word(type), align, name, bases);
}

static void write_head(struct source_writer *writer, const struct pack *pack, const char *name)
{
    switch (writer->family) {
    case FAMILY_GO:
        write_format(writer, 0, "type %s struct {", name ? name : "_");
        break;
    case FAMILY_RUST:
        if (pack->raised_align_bytes)
            write_format(writer, 0, "#[repr(C, align(%" PRIu64 "))]", pack->raised_align_bytes);
        else
            write_line(writer, 0, "#[repr(C)]");
        write_format(writer, 0, "struct %s {", name ? name : "_");
        break;
    default:
        write_c_head(writer, pack, name);
    }
}

static void write_foot(struct source_writer *writer, const char *name)
{
    if (writer->family == FAMILY_GO || writer->family == FAMILY_RUST)
        write_line(writer, 0, "}");
    else if (writer->owner->named_by_typedef && name)
        write_format(writer, 0, "} %s;", name);
    else
        write_line(writer, 0, "};");
}

// "main." of "main.Demo", "demo::" of "demo::inner::Demo" (the crate); NULL when there is none.
static const char *scope_of(struct source_writer *writer, const char *name)
{
    size_t length = 0;
    if (writer->family == FAMILY_GO)
        length = (size_t)(name_last_part(name, NAME_PACKAGES) - name);
    else if (writer->family == FAMILY_RUST && strstr(name, "::"))
        length = (size_t)(strstr(name, "::") - name) + 2;
    return length ? arena_copy_text(writer->arena, name, length) : NULL;
}

struct error *pack_source(const struct pack *pack, const char *name, struct arena *arena,
                          struct source *source)
{
    const struct type *type = pack->layout->type;
    struct source_writer writer = {
        .arena = arena, .owner = type, .family = language_family(type->language), .is_complete = true};
    if (name && (writer.family == FAMILY_GO || writer.family == FAMILY_RUST))
        writer.scope = scope_of(&writer, name);
    const char *own_name =
        name ? name_last_part(name, writer.family == FAMILY_GO ? NAME_PACKAGES : NAME_SCOPES) : NULL;
    if (own_name && strpbrk(own_name, "<[")) {
        write_line(&writer, 0,
                   PACK_COMMENT " an instantiation: this order is for these arguments of the declaration");
        writer.is_complete = false;
        own_name = arena_copy_text(arena, own_name, strcspn(own_name, "<["));
        writer.out_of_memory |= !own_name;
    }
    write_head(&writer, pack, own_name);
    for (size_t i = 0; i < pack->count; i++)
        write_member(&writer, &pack->places[i]);
    write_foot(&writer, own_name);
    *source = (struct source){.count = writer.lines.length, .is_complete = writer.is_complete};
    source->lines = arena_alloc_array(arena, writer.lines.length, sizeof(*source->lines));
    if (source->lines && writer.lines.length)
        memcpy(source->lines, writer.lines.data, writer.lines.length * sizeof(*source->lines));
    vec_free(&writer.lines);
    return writer.out_of_memory || !source->lines ? &error_out_of_memory : NULL;
}
