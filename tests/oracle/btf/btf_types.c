// SPDX-License-Identifier: MIT
// Prints what strata reads of a file, one JSON text a type, for the scripts beside it to compare with
// witnesses.
//
//     btf_types FILE [BASE]     every type of the BTF's index, built and laid out
//     btf_types --quiet FILE    the same work, and how many types there were
//     btf_types --dwarf FILE    every type of the DWARF's index
#include "layout/layout.h"
#include "source/source_open.h"
#include "type/type_name.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    printf("{\"number\":%" PRIu64 ",\"name\":", type->id.number);
    print_text(entry->name);
    printf(",\"kind\":");
    print_text(type_kind_word(type));
    printf(",\"size_bytes\":");
    if (type->size_known)
        printf("%" PRIu64, type->size_bytes);
    else
        printf("null");
    printf(",\"named_by_typedef\":%s,\"copies\":%u,\"encoding\":%u,\"accounted\":%s,\"members\":[",
           entry->named_by_typedef ? "true" : "false", entry->copies, type->encoding,
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
    const struct type_source_options options = {
        .threads = 1, .format = is_dwarf ? "dwarf" : "btf", .base_path = argc > 2 ? argv[2] : NULL};
    const struct type_source_index_options index_options = {.threads = 1};
    struct type_source *source;
    struct type_index *index;
    struct type_maker *maker;
    struct layouter *layouter;
    die_of(type_source_open(argv[1], &options, NULL, &source));
    die_of(type_source_index(source, &index_options, &index));
    die_of(type_source_make(source, index, &maker));
    const struct layout_options layout_options = {
        .abi = abi_of_machine(source->facts.machine, source->facts.address_bits)};
    die_of(layouter_create(&layout_options, &layouter));
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct layout *layout;
        const struct type *type;
        die_of(type_maker_build(maker, &index->entries[i], &type));
        die_of(layout_compute(layouter, type, &layout));
        if (!is_quiet)
            print_type(&index->entries[i], type, layout);
        if (type_maker_graph_bytes(maker) > GRAPH_BYTES_MOST) {
            type_maker_forget(maker);
            layouter_forget(layouter);
        }
    }
    if (is_quiet)
        printf("%zu\n", index->entries_count);
    layouter_free(layouter);
    type_maker_close(maker);
    type_index_free(index);
    type_source_close(source);
    return 0;
}
