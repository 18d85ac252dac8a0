// Prints what strata reads of a file, one JSON text a type, for the scripts beside it to compare with
// witnesses.
//
//     btf_types FILE [BASE]     every type of the BTF's index, built and laid out
//     btf_types --quiet FILE    the same work, and how many types there were
//     btf_types --dwarf FILE    every type of the DWARF's index
#include "btf/btf_build.h"
#include "btf/btf_index.h"
#include "btf/btf_open.h"
#include "build/type_build.h"
#include "dwarf/unit.h"
#include "layout/layout.h"
#include "object/object.h"
#include "scan/scan.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// A graph is kept until it is as large as this, so that it stays in the caches.
static const size_t GRAPH_BYTES_MOST = 2u << 20;

static void die_of(struct error *error)
{
    if (!error)
        return;
    fprintf(stderr, "btf_types: %s\n", error->message);
    error_free(error);
    exit(2);
}

static void print_text(const char *text)
{
    putchar('"');
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        if (*at < 0x20 || *at == '"' || *at == '\\')
            printf("\\u%04x", *at);
        else
            putchar(*at);
    putchar('"');
}

static void print_member(const struct member *member, const struct type *owner)
{
    struct arena arena = {0};
    const char *declaration = type_member_declaration(member, owner, &arena);
    const char *name = type_name(member->type, &arena);
    printf("{\"name\":");
    print_text(member->name ? member->name : "");
    printf(",\"offset_bits\":%" PRIu64 ",\"size_bits\":", member->offset_bits);
    if (member->size_known)
        printf("%" PRIu64, member->size_bits);
    else
        printf("null");
    printf(",\"bitfield\":%s,\"type\":", member->kind == MEMBER_BITFIELD ? "true" : "false");
    print_text(name ? name : "");
    printf(",\"declaration\":");
    print_text(declaration ? declaration : "");
    printf("}");
    arena_free(&arena);
}

static void print_type(const struct type_index_entry *entry, const struct type *type,
                       const struct layout *layout)
{
    uint64_t sum_bits = 0;
    for (int i = 0; i < LAYOUT_CLASSES; i++)
        sum_bits += layout->accounting_bits[i];
    printf("{\"number\":%" PRIu64 ",\"name\":", (uint64_t)type->die.offset);
    print_text(entry->name);
    printf(",\"kind\":");
    print_text(type_kind_word(type));
    printf(",\"size_bytes\":");
    if (type->size_known)
        printf("%" PRIu64, type->size_bytes);
    else
        printf("null");
    printf(",\"named_by_typedef\":%s,\"copies\":%u,\"encoding\":%u,\"accounted\":%s,\"members\":[",
           entry->named_by_typedef ? "true" : "false", entry->copies, type->base_encoding,
           sum_bits == layout->size_bits ? "true" : "false");
    for (size_t i = 0; i < type->members_count; i++) {
        printf("%s", i > 0 ? "," : "");
        print_member(&type->members[i], type);
    }
    printf("]");
    if (type->kind == TYPE_TYPEDEF) {
        struct arena arena = {0};
        printf(",\"target\":");
        print_text(type->target ? type_name(type->target, &arena) : "void");
        arena_free(&arena);
    }
    printf("}\n");
}

// The index and a builder of one of the two sources.
struct side {
    struct btf *btf;
    struct btf_builder *btf_builder;
    struct object *object;
    struct unit_table *table;
    struct type_builder *dwarf_builder;
    struct type_index *index;
};

static void open_btf(struct side *side, const char *path, const char *base)
{
    const struct btf_options options = {.base_path = base};
    die_of(btf_open(path, &options, &side->btf));
    die_of(btf_index_all(side->btf, &side->index));
    die_of(btf_builder_create(side->btf, &side->btf_builder));
}

static void open_dwarf(struct side *side, const char *path)
{
    const struct scan_options options = {.threads = 1};
    die_of(object_open(path, NULL, &side->object));
    die_of(unit_table_open(side->object, &side->table));
    die_of(scan_all(side->table, &options, &side->index));
    die_of(type_builder_create(side->table, &side->dwarf_builder));
    type_builder_use_index(side->dwarf_builder, side->index);
}

static const struct type *build(const struct side *side, const struct type_index_entry *entry)
{
    const struct type *type;
    die_of(side->btf ? btf_build(side->btf_builder, entry, &type)
                     : type_build(side->dwarf_builder, entry, &type));
    return type;
}

static void forget(const struct side *side, struct layouter *layouter)
{
    const size_t bytes = side->btf ? btf_builder_graph_bytes(side->btf_builder)
                                   : type_builder_graph_bytes(side->dwarf_builder);
    if (bytes < GRAPH_BYTES_MOST)
        return;
    if (side->btf)
        btf_builder_forget(side->btf_builder);
    else
        type_builder_forget(side->dwarf_builder);
    layouter_forget(layouter);
}

static void side_close(struct side *side)
{
    btf_builder_free(side->btf_builder);
    type_builder_free(side->dwarf_builder);
    type_index_free(side->index);
    unit_table_free(side->table);
    object_close(side->object);
    btf_close(side->btf);
}

int main(int argc, char **argv)
{
    const bool is_quiet = argc > 1 && !strcmp(argv[1], "--quiet");
    const bool is_dwarf = argc > 1 && !strcmp(argv[1], "--dwarf");
    argv += is_quiet || is_dwarf;
    argc -= is_quiet || is_dwarf;
    if (argc < 2) {
        fprintf(stderr, "usage: btf_types [--quiet | --dwarf] FILE [BASE]\n");
        return 2;
    }
    struct side side = {0};
    if (is_dwarf)
        open_dwarf(&side, argv[1]);
    else
        open_btf(&side, argv[1], argc > 2 ? argv[2] : NULL);
    struct layouter *layouter;
    const uint16_t machine = side.btf ? side.btf->machine : side.object->elf_machine;
    const unsigned bits = side.btf ? side.btf->address_bytes * 8 : side.object->address_bits;
    const struct layout_options layout_options = {.abi = abi_of_machine(machine, bits)};
    die_of(layouter_create(&layout_options, &layouter));
    for (size_t i = 0; i < side.index->entries_count; i++) {
        const struct layout *layout;
        const struct type *type = build(&side, &side.index->entries[i]);
        die_of(layout_compute(layouter, type, &layout));
        if (!is_quiet)
            print_type(&side.index->entries[i], type, layout);
        forget(&side, layouter);
    }
    if (is_quiet)
        printf("%zu\n", side.index->entries_count);
    layouter_free(layouter);
    side_close(&side);
    return 0;
}
