// SPDX-License-Identifier: MIT
// Qualified names: what encloses a type, spelled once a scope.

#include "build/type_builder.h"
#include "dwarf/constants.h"
#include "dwarf/template_name.h"
#include "scan/type_records.h"

#include <string.h>

// Hostile nesting makes names that grow with its depth, and one name may have megabytes: a prefix that would
// be longer than this starts anew, as in the scan.
enum { PREFIX_BYTES_MOST = 4096 };

// The name of what the chain is of, with the template arguments that its unit leaves out. NULL when it has
// none. Lives as long as the graph.
static struct error *chain_name(struct type_builder *builder, const struct die_chain *chain,
                                const char **name)
{
    const struct die *die = &chain->dies[0];
    bool is_instance = false;
    *name = attribute_text(chain_find(chain, AT_name));
    if (!*name || !template_names_may_be_short(die->ref.unit->language) || template_name_is_full(*name))
        return NULL;
    for (unsigned i = 0; i < chain->count && !is_instance; i++) {
        struct error *error = die_reader_is_instance(builder->reader, chain->dies[i].ref, &is_instance);
        error_free(error);
        if (error)
            return NULL;
    }
    if (!is_instance)
        return NULL;
    const char *full;
    uint64_t reads = TEMPLATE_NAME_READS_MOST;
    RETURN_IF_ERROR(template_name(builder->reader, die->ref, &builder->arena, &reads, &full));
    if (full)
        *name = full;
    return NULL;
}

// What a scope adds to the names inside it, as the scan spells it; *suffix is NULL for a DIE that is none.
static const char *scope_word(const struct die_chain *chain, const char *name, const char **suffix)
{
    *suffix = "::";
    switch (chain->dies[0].tag) {
    case TAG_namespace:
    case TAG_module:
        return name ? name : "(anonymous namespace)";
    case TAG_structure_type:
    case TAG_class_type:
    case TAG_union_type:
    case TAG_interface_type:
    case TAG_enumeration_type:
        return name ? name : "(anonymous)";
    case TAG_subprogram:
        *suffix = "()::";
        return name ? name : "(anonymous)";
    default:
        *suffix = NULL;
        return NULL;
    }
}

// The DIE around the one shown: that of what it completes, as `struct a::b { … };` stands outside a.
static struct error *scope_outside(struct type_builder *builder, const struct die_chain *chain,
                                   struct die_ref *outside)
{
    return die_reader_parent(builder->reader, chain->dies[chain->count - 1].ref, outside);
}

static bool is_scope_end(struct die_ref ref)
{
    return !ref.unit || ref.offset == ref.unit->die_offset;
}

struct open_scope {
    struct die_ref ref;
    const char *word, *suffix; // suffix NULL: adds nothing
    bool is_in_circle;
};

// Stands for the prefix of a scope that is being walked through.
static const char under_way[] = "under way";

typedef VEC(struct open_scope) open_scopes;

// In a hostile file scopes may enclose each other. Each of these is named as if nothing were around it, so
// that it does not matter where the walk came into the circle.
static void close_circle(open_scopes *open, struct die_ref scope)
{
    size_t i = open->length;
    do
        open->data[--i].is_in_circle = true;
    while (!die_ref_equal(open->data[i].ref, scope));
}

// What the names of the children of `scope` begin with: "ns::Outer::", or "". Walks outward to the first
// scope that is known, then spells back inward; each is kept.
static struct error *scope_prefix(struct type_builder *builder, struct die_ref scope, const char **prefix)
{
    open_scopes open = {0};
    struct error *error = NULL;
    *prefix = "";
    while (!is_scope_end(scope)) {
        void **known = die_map_at(&builder->scopes, scope);
        if (!known) {
            error = &error_out_of_memory;
            break;
        }
        if (*known == under_way) {
            close_circle(&open, scope);
            break;
        }
        if (*known) {
            *prefix = *known;
            break;
        }
        struct die_chain chain;
        error = chain_read(builder, scope, &chain);
        if (error)
            break;
        struct open_scope inner = {.ref = scope};
        // A type unit's nested type stands in a stub of the class around it, which has a signature for a
        // name.
        struct die_ref named = attribute_reference(chain_find(&chain, AT_signature));
        struct die_chain signed_chain;
        bool is_signed = !chain_find(&chain, AT_name) && named.unit;
        if (is_signed)
            error = chain_read(builder, named, &signed_chain);
        if (error)
            break;
        const struct die_chain *naming = is_signed ? &signed_chain : &chain;
        const char *name;
        error = chain_name(builder, naming, &name);
        if (error)
            break;
        inner.word = scope_word(naming, name, &inner.suffix);
        void **place = die_map_at(&builder->scopes, scope);
        if (!place || !vec_push(&open, inner)) {
            error = &error_out_of_memory;
            break;
        }
        *place = (void *)(uintptr_t)under_way;
        error = scope_outside(builder, &chain, &scope);
        if (error)
            break;
    }
    while (open.length > 0) {
        const struct open_scope *inner = &open.data[--open.length];
        if (error) { // no scope may stay under way
            void **place = die_map_at(&builder->scopes, inner->ref);
            if (place)
                *place = NULL;
            continue;
        }
        if (inner->is_in_circle)
            *prefix = "";
        if (inner->suffix) {
            size_t word_bytes = strnlen(inner->word, PREFIX_BYTES_MOST) + strlen(inner->suffix);
            bool fits = strlen(*prefix) + word_bytes <= PREFIX_BYTES_MOST;
            *prefix = word_bytes > PREFIX_BYTES_MOST
                          ? ""
                          : arena_format(&builder->arena, "%s%s%s", fits ? *prefix : "", inner->word,
                                         inner->suffix);
        }
        void **place = *prefix ? die_map_at(&builder->scopes, inner->ref) : NULL;
        if (place)
            *place = (void *)(uintptr_t)*prefix;
        else
            error = &error_out_of_memory;
    }
    vec_free(&open);
    return error;
}

// Tags whose names stand in a scope; others are written in full ("*main.T", "unsigned int").
static bool is_scoped(uint16_t tag)
{
    switch (tag) {
    case TAG_structure_type:
    case TAG_class_type:
    case TAG_union_type:
    case TAG_interface_type:
    case TAG_enumeration_type:
    case TAG_typedef:
    case TAG_template_alias:
        return true;
    default:
        return false;
    }
}

struct error *node_spell(struct type_builder *builder, const struct node *node)
{
    struct die_chain chain;
    RETURN_IF_ERROR(chain_read(builder, node->read_at, &chain));
    return scope_qualify(builder, &chain, &node->whole->name);
}

struct error *scope_qualify(struct type_builder *builder, const struct die_chain *chain, const char **name)
{
    const struct die *die = &chain->dies[0];
    RETURN_IF_ERROR(chain_name(builder, chain, name));
    if (!*name || !is_scoped(die->tag) || !language_has_scopes(die->ref.unit->language))
        return NULL;
    struct die_ref outside;
    const char *prefix;
    RETURN_IF_ERROR(scope_outside(builder, chain, &outside));
    RETURN_IF_ERROR(scope_prefix(builder, outside, &prefix));
    if (*prefix) {
        size_t before = strlen(prefix), length = strlen(*name);
        char *qualified = arena_alloc(&builder->arena, before + length + 1);
        if (!qualified)
            return &error_out_of_memory;
        stpcpy(stpcpy(qualified, prefix), *name);
        *name = qualified;
    }
    return NULL;
}
