// SPDX-License-Identifier: MIT
// Types that no compiler would write: cycles, endless chains, lies about places and sizes, random damage. A
// type comes out, or an error; what is not known is marked so; nothing crashes, hangs or guesses.
#include "dwarf/unit_table.h"
#include "dwarf_assembler.h"
#include "type_workshop.h"

enum { C11 = 0x1d, CPLUSPLUS = 0x04 };

struct graph {
    struct object object;
    struct unit_table *table;
    struct type_builder *builder;
    struct arena arena;
};

static struct graph graph_open(struct assembler *as)
{
    struct graph graph = {.object = assembler_finish(as)};
    return graph;
}

// The object must stay where it is from here on.
static void graph_start(struct graph *graph)
{
    assert_no_error(unit_table_open(&graph->object, &graph->table));
    assert_int_equal(graph->table->problems.length, 0);
    assert_no_error(type_builder_create(graph->table, &graph->builder));
}

static void graph_close_at(struct graph *graph)
{
    type_builder_free(graph->builder);
    unit_table_free(graph->table);
    arena_free(&graph->arena);
}

static const struct type *build(struct graph *graph, uint32_t offset)
{
    const struct type_index_entry entry = {.id = {&graph->table->units[0], offset}, .name = "?"};
    const struct type *type;
    assert_no_error(type_build(graph->builder, &entry, &type));
    return type;
}

static void open_die(struct assembler *as, uint16_t tag, const char *name, uint32_t *offset)
{
    *offset = die_begin(as, tag, true);
    die_text(as, AT_name, name);
    die_number(as, AT_byte_size, 8);
    die_end(as);
}

// A member of the type at `target`; returns where the reference stands.
static uint32_t add_member(struct assembler *as, const char *name, uint32_t target)
{
    die_begin(as, TAG_member, false);
    die_text(as, AT_name, name);
    uint32_t place = die_reference(as, AT_type, target);
    die_end(as);
    return place;
}

static uint32_t add_derived(struct assembler *as, uint16_t tag, uint32_t target, uint32_t *place)
{
    uint32_t offset = die_begin(as, tag, false);
    *place = die_reference(as, AT_type, target);
    die_end(as);
    return offset;
}

// The depth of what a type holds by value: finite for every graph.
static unsigned depth_of(const struct type *type)
{
    unsigned deepest = 0;
    for (size_t i = 0; i < type->members_count; i++) {
        unsigned depth = depth_of(type->members[i].type);
        deepest = depth > deepest ? depth : deepest;
    }
    switch (type->kind) {
    case TYPE_POINTER:
    case TYPE_REFERENCE:
    case TYPE_RVALUE_REFERENCE:
    case TYPE_MEMBER_POINTER:
    case TYPE_FUNCTION:
        break;
    default:
        if (type->target && !type->by_name_only)
            deepest = depth_of(type->target);
    }
    return deepest + 1;
}

static void test_a_struct_inside_itself_is_cut(void **state)
{
    (void)state;
    struct assembler as = {0};
    uint32_t a, b, c;
    assembler_begin(&as, C11);
    open_die(&as, TAG_structure_type, "a", &a);
    uint32_t to_b = add_member(&as, "b", 0);
    add_member(&as, "own", a);
    children_end(&as);
    open_die(&as, TAG_structure_type, "b", &b);
    uint32_t to_c = add_member(&as, "c", 0);
    children_end(&as);
    open_die(&as, TAG_structure_type, "c", &c);
    add_member(&as, "a", a);
    children_end(&as);
    patch_reference(&as, to_b, b);
    patch_reference(&as, to_c, c);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);

    const uint32_t offsets[] = {a, b, c};
    for (int turn = 0; turn < 3; turn++) {
        type_builder_forget(graph.builder);
        for (int i = 0; i < 3; i++) { // in any order, the same comes out
            const struct type *type = build(&graph, offsets[(turn + i) % 3]);
            assert_true(type->size_known);
            assert_int_equal(depth_of(type), 2);
            for (size_t m = 0; m < type->members_count; m++) {
                assert_true(type->members[m].type->by_name_only);
                assert_false(type->members[m].type->size_known);
                assert_false(type->members[m].size_known);
                assert_non_null(type->members[m].type->name);
            }
        }
    }
    assembler_free(&as);
}

static void test_cycles_of_derived_types_end(void **state)
{
    (void)state;
    static const uint16_t tags[] = {
        TAG_typedef,          TAG_const_type,         TAG_pointer_type,   TAG_array_type,
        TAG_subrange_type,    TAG_atomic_type,        TAG_reference_type, TAG_subroutine_type,
        TAG_enumeration_type, TAG_ptr_to_member_type, TAG_packed_type};
    for (size_t first = 0; first < ARRAY_LENGTH(tags); first++)
        for (size_t second = 0; second < ARRAY_LENGTH(tags); second++) {
            struct assembler as = {0};
            uint32_t place, unused;
            assembler_begin(&as, C11);
            uint32_t a = add_derived(&as, tags[first], 0, &place);
            uint32_t b = add_derived(&as, tags[second], a, &unused);
            uint32_t own = add_derived(&as, tags[first], 0, &unused);
            patch_reference(&as, place, b);
            patch_reference(&as, unused, own);
            struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
            graph_start(&graph);
            const uint32_t offsets[] = {a, b, own};
            for (size_t i = 0; i < ARRAY_LENGTH(offsets); i++) {
                const struct type *type = build(&graph, offsets[i]);
                assert_true(depth_of(type) < 10);
                assert_true(strlen(type_name(type, &graph.arena)) < 100000);
                assert_non_null(type_strip(type));
            }
            assembler_free(&as);
        }
}

// A hundred thousand structs, each inside the next: more than any stack holds.
static void test_a_long_chain_needs_no_stack(void **state)
{
    (void)state;
    enum { LENGTH = 100000 };
    struct assembler as = {0};
    uint32_t previous = 0, ignored;
    assembler_begin(&as, C11);
    uint32_t base = die_begin(&as, TAG_base_type, false);
    die_number(&as, AT_byte_size, 4);
    die_number(&as, AT_encoding, 5);
    die_end(&as);
    previous = base;
    for (int i = 0; i < LENGTH; i++)
        previous = add_derived(&as, TAG_typedef, previous, &ignored);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    const struct type *type = build(&graph, previous);
    assert_true(type->size_known);
    assert_int_equal(type->size_bytes, 4);
    assert_non_null(type_strip(type));
    assembler_free(&as);
}

static const struct type *build_array(struct graph *graph, uint32_t array)
{
    const struct type *type = build(graph, array);
    assert_int_equal(type->kind, TYPE_ARRAY);
    return type;
}

static uint32_t begin_array(struct assembler *as, uint32_t element)
{
    uint32_t array = die_begin(as, TAG_array_type, true);
    die_reference(as, AT_type, element);
    die_end(as);
    return array;
}

static void add_range(struct assembler *as, uint16_t attribute, uint64_t value)
{
    die_begin(as, TAG_subrange_type, false);
    die_number(as, attribute, value);
    die_end(as);
}

static void test_bounds_of_arrays(void **state)
{
    (void)state;
    struct assembler as = {0};
    assembler_begin(&as, C11);
    uint32_t base = die_begin(&as, TAG_base_type, false);
    die_number(&as, AT_byte_size, 4);
    die_end(&as);
    uint32_t huge = begin_array(&as, base);
    add_range(&as, AT_count, UINT64_C(1) << 62);
    add_range(&as, AT_count, UINT64_C(1) << 62);
    children_end(&as);
    uint32_t flexible = begin_array(&as, base);
    add_range(&as, AT_upper_bound, UINT64_MAX);
    children_end(&as);
    uint32_t none = die_begin(&as, TAG_array_type, false);
    die_reference(&as, AT_type, base);
    die_end(&as);
    uint32_t expression = begin_array(&as, base);
    die_begin(&as, TAG_subrange_type, false);
    die_block(&as, AT_upper_bound, "\x08\x04\x23\x02", 4); // const1u 4, plus_uconst 2
    die_end(&as);
    children_end(&as);
    uint32_t variable = begin_array(&as, base);
    die_begin(&as, TAG_subrange_type, false);
    die_block(&as, AT_upper_bound, "\x91\x10\x06", 3); // fbreg 16, deref
    die_end(&as);
    children_end(&as);
    uint32_t strided = die_begin(&as, TAG_array_type, true);
    die_reference(&as, AT_type, base);
    die_number(&as, 0x2e, 3); // bit_stride
    die_end(&as);
    add_range(&as, AT_upper_bound, 9);
    children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);

    const struct type *type = build_array(&graph, huge);
    assert_int_equal(type->dimensions_count, 2);
    assert_false(type->size_known);
    type = build_array(&graph, flexible);
    assert_false(type->dimensions[0].count_known || type->dimensions[0].is_variable || type->size_known);
    type = build_array(&graph, none);
    assert_int_equal(type->dimensions_count, 1);
    assert_false(type->dimensions[0].count_known || type->size_known);
    type = build_array(&graph, expression);
    assert_int_equal(type->dimensions[0].count, 7);
    assert_int_equal(type->size_bytes, 28);
    type = build_array(&graph, variable);
    assert_true(type->dimensions[0].is_variable && !type->dimensions[0].count_known);
    type = build_array(&graph, strided);
    assert_int_equal(type->size_bits, 30);
    assert_int_equal(type->size_bytes, 4);
    assembler_free(&as);
}

// A member of a type that is declared in its class and defined outside, told by the declaration.
static void test_a_declaration_leads_to_what_completes_it(void **state)
{
    (void)state;
    struct assembler as = {0};
    uint32_t s, number;
    assembler_begin(&as, C11); // a language without the rule that one name is one type: no search by name
    number = die_begin(&as, TAG_base_type, false);
    die_number(&as, AT_byte_size, 8);
    die_end(&as);
    uint32_t declared = die_begin(&as, TAG_structure_type, false);
    die_text(&as, AT_name, "inner");
    die_byte(&as, AT_declaration, 1);
    die_end(&as);
    open_die(&as, TAG_structure_type, "s", &s);
    add_member(&as, "whole", declared);
    children_end(&as);
    die_begin(&as, TAG_namespace, true);
    die_end(&as);
    die_begin(&as, TAG_structure_type, true);
    die_reference(&as, AT_specification, declared);
    die_number(&as, AT_byte_size, 8);
    die_end(&as);
    add_member(&as, "number", number);
    children_end(&as);
    children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    const struct member *whole = &build(&graph, s)->members[0];
    assert_string_equal(whole->type->name, "inner");
    assert_false(whole->type->is_declaration);
    assert_int_equal(whole->size_bits, 64);
    assert_int_equal(whole->type->members_count, 1);
    assembler_free(&as);
}

// A packed field that straddles its storage unit begins before it: a negative offset, here in an unsigned
// form.
static void test_negative_bit_offsets_come_in_unsigned_forms(void **state)
{
    (void)state;
    struct assembler as = {0};
    uint32_t s;
    assembler_begin(&as, C11);
    open_die(&as, TAG_structure_type, "s", &s);
    for (int wide = 0; wide < 2; wide++) {
        die_begin(&as, TAG_member, false);
        die_number(&as, AT_data_member_location, 0);
        die_number(&as, AT_bit_size, 20);
        if (wide)
            die_number(&as, AT_bit_offset, (uint64_t)-8);
        else
            die_byte(&as, AT_bit_offset, (uint8_t)-8);
        die_number(&as, AT_byte_size, 4);
        die_end(&as);
    }
    children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    const struct type *type = build(&graph, s);
    for (size_t i = 0; i < 2; i++) {
        assert_true(type->members[i].offset_known);
        assert_int_equal(type->members[i].offset_bits, 8 * 4 + 8 - 20);
    }
    assembler_free(&as);
}

static void test_lies_about_places_and_sizes_are_not_believed(void **state)
{
    (void)state;
    struct assembler as = {0};
    uint32_t s;
    assembler_begin(&as, C11);
    open_die(&as, TAG_structure_type, "s", &s);
    for (int i = 0; i < 8; i++) {
        static const uint64_t numbers[] = {UINT64_MAX, INT64_MAX, UINT64_C(1) << 61, UINT64_C(1) << 60,
                                           0x80,       1u << 31,  UINT64_C(1) << 63, 3};
        die_begin(&as, TAG_member, false);
        die_number(&as, AT_data_member_location, numbers[i]);
        die_number(&as, AT_bit_size, numbers[7 - i]);
        die_number(&as, AT_bit_offset, numbers[(i + 3) % 8]);
        die_number(&as, AT_byte_size, numbers[(i + 5) % 8]);
        die_reference(&as, AT_type, i % 2 ? s : 0xfffffff0);
        die_end(&as);
    }
    die_begin(&as, TAG_member, false); // a place that only a running program knows
    die_block(&as, AT_data_member_location, "\x12\x06\x22", 3);
    die_end(&as);
    die_begin(&as, TAG_member, false); // constu 16, plus
    die_block(&as, AT_data_member_location, "\x10\x10\x22", 3);
    die_end(&as);
    children_end(&as);
    uint32_t vast = die_begin(&as, TAG_structure_type, false);
    die_number(&as, AT_byte_size, UINT64_MAX);
    die_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    const struct type *type = build(&graph, s);
    assert_int_equal(type->members_count, 10);
    for (size_t i = 0; i < type->members_count; i++) {
        const struct member *member = &type->members[i];
        assert_non_null(member->type);
        assert_true(member->offset_known || member->offset_bits == 0);
    }
    assert_false(type->members[8].offset_known);
    assert_true(type->members[9].offset_known && type->members[9].offset_bits == 128);
    assert_false(build(&graph, vast)->size_known);
    assembler_free(&as);
}

static void test_origins_in_a_circle_and_deep_scopes(void **state)
{
    (void)state;
    enum { DEPTH = 3000 };
    struct assembler as = {0};
    assembler_begin(&as, CPLUSPLUS);
    uint32_t a = die_begin(&as, TAG_structure_type, false);
    uint32_t place = die_reference(&as, AT_specification, 0);
    die_number(&as, AT_declaration, 1);
    die_end(&as);
    uint32_t b = die_begin(&as, TAG_structure_type, false);
    die_reference(&as, AT_specification, a);
    die_end(&as);
    patch_reference(&as, place, b);
    for (int i = 0; i < DEPTH; i++) {
        die_begin(&as, TAG_namespace, true);
        die_text(&as, AT_name, "a_namespace_of_some_length");
        die_end(&as);
    }
    uint32_t deep = die_begin(&as, TAG_structure_type, false);
    die_text(&as, AT_name, "deep");
    die_number(&as, AT_byte_size, 1);
    die_end(&as);
    for (int i = 0; i < DEPTH; i++)
        children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    build(&graph, a);
    build(&graph, b);
    const struct type *type = build(&graph, deep);
    assert_true(strlen(type->name) < 10000);
    assert_string_equal(type->name + strlen(type->name) - 6, "::deep");
    assembler_free(&as);
}

// Outer has a DW_AT_specification that leads to a struct inside Inner, which stands in Outer: each encloses
// the other. Names do not depend on which of them is asked for first.
static void test_scopes_in_a_circle(void **state)
{
    (void)state;
    struct assembler as = {0};
    assembler_begin(&as, CPLUSPLUS);
    die_begin(&as, TAG_structure_type, true);
    die_text(&as, AT_name, "Outer");
    uint32_t place = die_reference(&as, AT_specification, 0);
    die_end(&as);
    uint32_t types[2];
    open_die(&as, TAG_structure_type, "InOuter", &types[0]);
    children_end(&as);
    die_begin(&as, TAG_structure_type, true);
    die_text(&as, AT_name, "Inner");
    die_end(&as);
    uint32_t declared = die_begin(&as, TAG_structure_type, false);
    die_number(&as, AT_declaration, 1);
    die_end(&as);
    patch_reference(&as, place, declared);
    open_die(&as, TAG_structure_type, "InInner", &types[1]);
    children_end(&as);
    children_end(&as);
    children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    for (int first = 0; first < 2; first++) {
        type_builder_forget(graph.builder);
        build(&graph, types[first]);
        assert_string_equal(build(&graph, types[0])->name, "Outer::InOuter");
        assert_string_equal(build(&graph, types[1])->name, "Inner::InInner");
    }
    assembler_free(&as);
}

static void test_a_type_that_cannot_be_read_is_an_error_and_no_end(void **state)
{
    (void)state;
    struct assembler as = {0};
    uint32_t s;
    assembler_begin(&as, C11);
    open_die(&as, TAG_structure_type, "s", &s);
    add_member(&as, "lost", s + 1);
    children_end(&as);
    struct graph graph CLEANUP(graph_close_at) = graph_open(&as);
    graph_start(&graph);
    const struct type_index_entry wrong = {.id = {&graph.table->units[0], s + 1}, .name = "?"};
    const struct type *type;
    for (int again = 0; again < 2; again++) {
        struct error *error = type_build(graph.builder, &wrong, &type);
        assert_non_null(error);
        assert_int_equal(error->code, ERROR_BAD_FORMAT);
        error_free(error);
        type = build(&graph, s);
        assert_int_equal(type->members[0].type->kind, TYPE_OTHER);
        assert_false(type->members[0].size_known);
    }
    assembler_free(&as);
}

// ---- damage
// -------------------------------------------------------------------------------------------------

static uint64_t next_random(uint64_t *state) // xorshift64
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static uint8_t *copy_with_zeros(struct bytes bytes)
{
    uint8_t *copy = calloc(1, bytes.size_bytes + ASSEMBLER_ZEROS);
    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.size_bytes);
    return copy;
}

// Builds every type that the object tells of; the number of them.
static size_t build_everything(const struct object *object)
{
    const struct scan_options options = {.threads = 1};
    struct unit_table *table = NULL;
    struct type_index *index = NULL;
    struct type_builder *builder = NULL;
    struct arena arena;
    size_t built = 0;
    arena_init(&arena);
    struct error *error = unit_table_open(object, &table);
    if (!error)
        error = scan_all(table, &options, &index);
    if (!error)
        error = type_builder_create(table, &builder);
    for (size_t i = 0; !error && i < index->entries_count; i++) {
        const struct type *type;
        struct error *type_error = type_build(builder, &index->entries[i], &type);
        if (!type_error) {
            assert_non_null(type_name(type, &arena));
            for (size_t m = 0; m < type->members_count; m++)
                assert_non_null(type_member_declaration(&type->members[m], type, &arena));
            depth_of(type);
            built++;
        }
        error_free(type_error);
    }
    error_free(error);
    type_builder_free(builder);
    type_index_free(index);
    unit_table_free(table);
    arena_free(&arena);
    return built;
}

static void damage_rounds(const struct workshop *shop, const char *compile, int rounds)
{
    CLEANUP(free_text_at) char *c_source = type_source("c_types.c");
    CLEANUP(free_text_at) char *cpp_source = type_source("cpp_types.cc");
    const char *source = strstr(compile, "++") ? cpp_source : c_source;
    if (workshop_try(shop, "%s -w -c -o damaged.o %s", compile, source) != 0) {
        print_message("SKIPPED: %s\n", compile);
        return;
    }
    CLEANUP(free_text_at) char *path = workshop_path(shop, "damaged.o");
    struct object *object;
    assert_no_error(object_open(path, NULL, &object));
    static const enum section_id ids[] = {SECTION_INFO, SECTION_ABBREV, SECTION_INFO,        SECTION_TYPES,
                                          SECTION_STR,  SECTION_LINE,   SECTION_STR_OFFSETS, SECTION_ABBREV};
    uint64_t random = 0x9e3779b97f4a7c15u;
    size_t built = build_everything(object);
    assert_true(built > 10);
    for (int round = 0; round < rounds; round++) {
        struct object damaged = *object;
        enum section_id id = ids[next_random(&random) % ARRAY_LENGTH(ids)];
        if (damaged.sections[id].size_bytes == 0)
            continue;
        uint8_t *copy = copy_with_zeros(damaged.sections[id]);
        uint64_t count = 1 + next_random(&random) % 4;
        for (uint64_t i = 0; i < count; i++)
            copy[next_random(&random) % damaged.sections[id].size_bytes] = (uint8_t)next_random(&random);
        damaged.sections[id].data = copy;
        build_everything(&damaged);
        free(copy);
    }
    object_close(object);
}

static void test_random_damage_does_no_harm(void **state)
{
    damage_rounds(*state, "gcc -gdwarf-5", 400);
    damage_rounds(*state, "gcc -gdwarf-2 -gstrict-dwarf", 400);
    damage_rounds(*state, "g++ -gdwarf-4 -fdebug-types-section", 150);
    damage_rounds(*state, "clang -gdwarf-5", 200);
}

// The unit ends in the middle of a null entry of two bytes, the second of which belongs to what follows.
static void test_a_null_entry_that_leaves_its_unit_is_an_error(void **state)
{
    (void)state;
    static const uint16_t languages[] = {C11, CPLUSPLUS};
    for (size_t i = 0; i < ARRAY_LENGTH(languages); i++) {
        struct assembler as = {0};
        assembler_begin(&as, languages[i]);
        die_begin(&as, TAG_structure_type, false);
        die_text(&as, AT_name, "sought");
        die_end(&as);
        put_info(&as, 0x80, 1);
        struct object object = assembler_finish(&as);
        patch_reference(&as, 0, (uint32_t)object.sections[SECTION_INFO].size_bytes - 5);
        object.sections[SECTION_INFO].size_bytes--;
        struct unit_table *table;
        assert_no_error(unit_table_open(&object, &table));
        assert_int_equal(table->units_count, 1);
        for (int by_name = 0; by_name < 2; by_name++) {
            static const char *const names[] = {"sought"};
            struct type_index *index;
            assert_no_error(by_name ? scan_names(table, names, 1, NULL, &index)
                                    : scan_all(table, NULL, &index));
            assert_int_equal(index->problems.length, 1);
            assert_non_null(strstr(index->problems.data[0].text, "leaves its unit, abbrev code 0"));
            assert_false(index->is_valid);
            type_index_free(index);
        }
        unit_table_free(table);
        assembler_free(&as);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_struct_inside_itself_is_cut),
        cmocka_unit_test(test_cycles_of_derived_types_end),
        cmocka_unit_test(test_a_long_chain_needs_no_stack),
        cmocka_unit_test(test_bounds_of_arrays),
        cmocka_unit_test(test_a_declaration_leads_to_what_completes_it),
        cmocka_unit_test(test_negative_bit_offsets_come_in_unsigned_forms),
        cmocka_unit_test(test_lies_about_places_and_sizes_are_not_believed),
        cmocka_unit_test(test_origins_in_a_circle_and_deep_scopes),
        cmocka_unit_test(test_scopes_in_a_circle),
        cmocka_unit_test(test_a_type_that_cannot_be_read_is_an_error_and_no_end),
        cmocka_unit_test(test_a_null_entry_that_leaves_its_unit_is_an_error),
        cmocka_unit_test(test_random_damage_does_no_harm),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
