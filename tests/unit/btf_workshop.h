// SPDX-License-Identifier: MIT
// Opens BTFs that a test has put together, down to the types.
#ifndef STRATA_TESTS_BTF_WORKSHOP_H
#define STRATA_TESTS_BTF_WORKSHOP_H

#include "btf/btf_build.h"
#include "btf/btf_index.h"
#include "btf/btf_open.h"
#include "btf_assembler.h"
#include "object_workshop.h"
#include "type/type_name.h"

struct opened_btf {
    struct btf *btf;
    struct type_index *index;
    struct btf_builder *builder;
    struct arena arena;
};

#define assert_no_error(call)                                                                                \
    do {                                                                                                     \
        struct error *assert_no_error_ = (call);                                                             \
        if (assert_no_error_)                                                                                \
            fail_msg("%s", assert_no_error_->message);                                                       \
    } while (0)

static inline void opened_btf_close_at(struct opened_btf *opened)
{
    btf_builder_free(opened->builder);
    type_index_free(opened->index);
    btf_close(opened->btf);
    arena_free(&opened->arena);
}

static inline void write_btf(const struct workshop *shop, const char *name, const struct btf_assembler *as)
{
    CLEANUP(assembled_free_at) struct assembled bytes = btf_assembler_finish(as);
    workshop_write(shop, name, bytes.data, bytes.size_bytes);
}

static inline struct error *try_open_btf(const struct workshop *shop, const char *name, const char *base,
                                         struct btf **btf)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    CLEANUP(free_text_at) char *base_path = base ? workshop_path(shop, base) : NULL;
    const struct btf_options options = {.base_path = base_path};
    return btf_open(path, &options, btf);
}

static inline struct opened_btf open_btf_with(const struct workshop *shop, const char *name, const char *base)
{
    struct opened_btf opened = {0};
    assert_no_error(try_open_btf(shop, name, base, &opened.btf));
    assert_no_error(btf_index_all(opened.btf, 2, &opened.index));
    assert_no_error(btf_builder_create(opened.btf, &opened.builder));
    return opened;
}

static inline struct opened_btf open_btf(const struct workshop *shop, const char *name,
                                         const struct btf_assembler *as)
{
    write_btf(shop, name, as);
    return open_btf_with(shop, name, NULL);
}

// Why the file cannot be opened: one line that begins with its path.
static inline struct error *refusal_of_btf(const struct workshop *shop, const char *name, const char *base)
{
    struct btf *btf = NULL;
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    struct error *error = try_open_btf(shop, name, base, &btf);
    assert_null(btf);
    if (!error)
        fail_msg("%s opens", name);
    assert_null(strchr(error->message, '\n'));
    return error;
}

static inline const struct type_index_entry *btf_entry(const struct opened_btf *opened, const char *name)
{
    const struct type_index_entry *found = NULL;
    for (size_t i = 0; i < opened->index->entries_count && !found; i++)
        if (!strcmp(opened->index->entries[i].name, name))
            found = &opened->index->entries[i];
    return found;
}

static inline const struct type *btf_type(const struct opened_btf *opened, const char *name)
{
    const struct type_index_entry *entry = btf_entry(opened, name);
    const struct type *type = NULL;
    if (!entry)
        fail_msg("no type %s", name);
    assert_no_error(btf_build(opened->builder, entry, &type));
    return type;
}

// "int flags : 3" and so on of a member.
static inline const char *btf_spelling(struct opened_btf *opened, const struct type *type, size_t member)
{
    assert_true(member < type->members_count);
    return type_member_declaration(&type->members[member], type, &opened->arena);
}

#endif
