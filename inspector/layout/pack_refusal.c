// SPDX-License-Identifier: MIT
// Types that are not reordered, and why.
#include "layout/pack_model.h"

#include "base/vec.h"
#include "type/language.h"

#include <string.h>

// A declaration of more members than this is no one's source; it bounds the quadratic parts.
enum { MEMBERS_MOST = 4096 };

static bool has_suffix(const char *text, const char *suffix)
{
    size_t length = strlen(text), suffix_length = strlen(suffix);
    return length >= suffix_length && !strcmp(text + length - suffix_length, suffix);
}

static bool has_prefix(const char *text, const char *prefix)
{
    return text && !strncmp(text, prefix, strlen(prefix));
}

// What tells that others than this program's source rely on the order.
static const char *fixed_by(const struct type *type)
{
    static const char *const go_kept[] = {"runtime.", "internal/abi.", "internal/runtime/", "main._Ctype_"};
    static const char *const rust_kept[] = {"core::", "alloc::", "std::"};
    const enum language_family family = language_family(type->language);
    if (has_prefix(type->declared_file, "/usr/include/"))
        return "it is declared in a system header, which is an interface";
    if (type->declared_file && strstr(type->declared_file, "/uapi/"))
        return "it is declared in a uapi header, which is an interface";
    for (size_t i = 0; family == FAMILY_GO && i < ARRAY_LENGTH(go_kept); i++)
        if (has_prefix(type->name, go_kept[i]))
            return "Go's compiler or C code knows its order";
    for (size_t i = 0; family == FAMILY_RUST && i < ARRAY_LENGTH(rust_kept); i++)
        if (has_prefix(type->name, rust_kept[i]))
            return "it belongs to Rust's standard library";
    return NULL;
}

enum { GO_KIND_STRUCT = 25 }; // reflect.Struct

static bool is_in_order(const struct type *type)
{
    for (size_t i = 1; i < type->members_count; i++)
        if (type->members[i].offset_bits < type->members[i - 1].offset_bits)
            return false;
    return true;
}

static bool is_tuple(const struct type *type)
{
    return type->members_count && has_prefix(type->members[0].name, "__0");
}

// Closures, frames of coroutines, states of async functions, and Go's types without a name, whose spelling is
// their declaration.
static bool is_made_by_compiler(const struct type *type)
{
    const char *name = type->name;
    return name && (strchr(name, '{') || strstr(name, "<lambda") || strstr(name, "coro_frame_ty") ||
                    has_suffix(name, ".Frame"));
}

const char *pack_refusal(const struct layout *layout, bool force)
{
    const struct type *type = layout->type;
    const enum language_family family = language_family(type->language);
    if (type->is_declaration || type->by_name_only || !layout->size_known)
        return "its size is unknown";
    if (type->kind == TYPE_UNION)
        return "all members of a union lie at its start";
    if (type->kind != TYPE_STRUCT && type->kind != TYPE_CLASS)
        return "it has no members";
    if (type->variant_parts_count)
        return "its variants are placed by the compiler";
    if (!type->members_count)
        return "it has no members";
    if (type->members_count > MEMBERS_MOST)
        return "it has more members than strata puts in order";
    if (is_made_by_compiler(type))
        return "the compiler made it: it has no declaration of its own";
    if (layout->align.packed)
        return "its packed form is meant to be seen from outside";
    if (layout->has_dynamic_part || layout->has_virtual_bases)
        return "it has a virtual base, whose place is found at run time";
    if (layout->overlaps_count || layout->outside_count)
        return "the debug information contradicts itself about its members";
    if (family == FAMILY_GO && type->go_kind && type->go_kind != GO_KIND_STRUCT)
        return "the language itself fixes this header";
    if (family == FAMILY_RUST && is_tuple(type))
        return "the order of a tuple's fields is how they are called";
    if (family == FAMILY_RUST && !is_in_order(type))
        return "it is not repr(C): rustc has ordered its fields already";
    return force ? NULL : fixed_by(type);
}
