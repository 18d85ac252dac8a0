// SPDX-License-Identifier: MIT
// Opens what a test has compiled, down to the types.
#ifndef STRATA_TESTS_TYPE_WORKSHOP_H
#define STRATA_TESTS_TYPE_WORKSHOP_H

#include "build/type_build.h"
#include "dwarf/unit_table.h"
#include "object_workshop.h"
#include "scan/scan.h"
#include "type/type_name.h"

#include <libgen.h>

struct opened {
    struct object *object;
    struct unit_table *table;
    struct type_index *index;
    struct type_builder *builder;
    struct arena arena;
};

#define assert_no_error(call)                                                                                \
    do {                                                                                                     \
        struct error *assert_no_error_ = (call);                                                             \
        if (assert_no_error_)                                                                                \
            fail_msg("%s", assert_no_error_->message);                                                       \
    } while (0)

static inline void opened_close_at(struct opened *opened)
{
    type_builder_free(opened->builder);
    type_index_free(opened->index);
    unit_table_free(opened->table);
    object_close(opened->object);
    arena_free(&opened->arena);
}

static inline struct opened open_types(const struct workshop *shop, const char *name)
{
    struct opened opened = {0};
    const struct scan_options options = {.threads = 1};
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    assert_no_error(object_open(path, NULL, &opened.object));
    assert_no_error(unit_table_open(opened.object, &opened.table));
    assert_no_error(scan_all(opened.table, &options, &opened.index));
    assert_no_error(type_builder_create(opened.table, &opened.builder));
    return opened;
}

// The first type of that name, typedefs of it only when there is nothing else; NULL when there is none.
static inline const struct type *find_type(const struct opened *opened, const char *name)
{
    const struct type *type = NULL;
    for (size_t i = 0; i < opened->index->entries_count; i++) {
        const struct type_index_entry *entry = &opened->index->entries[i];
        if (strcmp(entry->name, name) != 0 || (type && type->kind != TYPE_TYPEDEF))
            continue;
        assert_no_error(type_build(opened->builder, entry, &type));
    }
    return type;
}

static inline const struct type *get_type(const struct opened *opened, const char *name)
{
    const struct type *type = find_type(opened, name);
    if (!type)
        fail_msg("no type %s", name);
    return type;
}

// Finds a member by name, through anonymous ones; *offset_bits is from the start of `type`.
static inline const struct member *find_member(const struct type *type, const char *name,
                                               uint64_t *offset_bits)
{
    *offset_bits = 0;
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        *offset_bits = member->offset_bits;
        if (member->name && strcmp(member->name, name) == 0)
            return member;
        const struct type *inner = type_strip(member->type);
        uint64_t inner_bits;
        const struct member *found =
            !member->name && type_has_members(inner) ? find_member(inner, name, &inner_bits) : NULL;
        if (found) {
            *offset_bits += inner_bits;
            return found;
        }
    }
    return NULL;
}

// A source of tests/unit/type_sources, found by the place of this header, quoted for a shell: folders may
// have spaces in their names.
static inline char *type_source(const char *name)
{
    char *here = strdup(__FILE__), *path = NULL;
    assert_non_null(here);
    assert_true(asprintf(&path, "'%s/type_sources/%s'", dirname(here), name) >= 0);
    free(here);
    return path;
}

#endif
