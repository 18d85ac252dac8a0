// SPDX-License-Identifier: MIT
// Any bytes as a BTF, or as an ELF file that holds some: each type of the index is built whole, spelled and
// looked up by its name, and an error is one line. What is built has no cycle by value.
#include "btf/btf_build.h"
#include "btf/btf_index.h"
#include "btf/btf_open.h"
#include "fuzz_file.h"
#include "type/type_name.h"

enum { TYPES_MOST = 64 };

static void check_type(const struct type *type, struct arena *arena)
{
    if (!type_name(type, arena) || !type_strip(type))
        abort();
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        if (!member->type || !type_member_declaration(member, type, arena) ||
            member->offset_bits > UINT32_MAX + UINT64_C(255))
            abort();
    }
    for (size_t i = 0; i < type->parameters_count; i++)
        if (!type->parameters[i])
            abort();
}

static void exercise_index(const struct btf *btf, const struct type_index *index)
{
    struct btf_builder *builder = NULL;
    struct arena arena = {0};
    if (!is_fine(btf_builder_create(btf, &builder)))
        return;
    for (size_t i = 0; i < index->entries_count && i < TYPES_MOST; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        const struct type *type;
        struct type_index *picked;
        if (!is_fine(btf_build(builder, entry, &type)))
            abort(); // whatever is in the index can be built
        check_type(type, &arena);
        if (i % 8 == 7)
            btf_builder_forget(builder);
        if (i < 4 && is_fine(btf_index_names(btf, &entry->name, 1, &picked))) {
            if (picked->entries_count == 0)
                abort();
            type_index_free(picked);
        }
    }
    arena_free(&arena);
    btf_builder_free(builder);
}

static void exercise(const char *path)
{
    struct btf *btf = NULL;
    struct type_index *index = NULL;
    // Itself as its base, where it is split: all that a fuzzer has is one file.
    const struct btf_options options = {.base_path = path};
    if (is_fine(btf_open(path, &options, &btf)) && is_fine(btf_index_all(btf, 2, &index)))
        exercise_index(btf, index);
    type_index_free(index);
    btf_close(btf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
    fuzz_file(data, size_bytes, exercise);
    return 0;
}
