// SPDX-License-Identifier: MIT
// DIEs as the reader gives them against what readelf prints of the same file.
#include "dwarf/constants.h"
#include "dwarf/die_reader.h"
#include "dwarf/unit_table.h"
#include "dwarf_assembler.h"
#include "object_workshop.h"

#include <inttypes.h>
#include <time.h>

static const char source[] =
    "#include <stddef.h>\n"
    "typedef struct node { struct node *next, *others[4]; unsigned flag : 3; union { long l; char c[7]; }; } "
    "node;\n"
    "enum colour { RED = -1, GREEN, BLUE = 1000000 }; struct big { char room[300][70000]; enum colour c; };\n"
    "static int work(const node *n, size_t count, ...) { int sum = 0; { long inner = n->l; sum += inner; }\n"
    "  for (size_t i = 0; i < count; i++) sum += n[i].flag; return sum; }\n"
    "struct big *far; int main(void) { node n = {0}; enum colour c = BLUE; return work(&n, c); }\n";

static const struct {
    const char *compile;
    bool is_required;
} settings[] = {
    {"gcc -gdwarf-5", true},
    {"gcc -gdwarf-4 -O2", true},
    {"gcc -gdwarf-3", true},
    {"gcc -gdwarf-2", true},
    {"gcc -gdwarf-4 -fdebug-types-section", true},
    {"gcc -gdwarf-5 -fdebug-types-section", true},
    {"gcc -gdwarf-5 -gdwarf64", false},
    {"gcc -gdwarf-5 -m32", false},
    {"gcc -gdwarf-5 -O2 -flto", false}, // references across units
    {"gcc -gdwarf-2 -O2 -flto", false}, // and as wide as an address
    {"gcc -gdwarf-5 -gz", false},
    {"clang -gdwarf-5", false}, // indexed texts
    {"clang -gdwarf-4 -m32", false},
};

struct reading {
    struct die_reader *reader;
    const struct unit_table *table;
    enum section_id section;
    struct arena arena;
    struct die die; // of the latest DIE line
    size_t attributes_read;
    size_t dies_count, texts_count, numbers_count, references_count;
};

// What follows the form's remark: "(indirect string, offset: 0x5b): name" gives "name".
static const char *value_of(char *rest)
{
    char *value = strchr(rest, ':') + 1;
    value += strspn(value, " ");
    char *behind_remark = value[0] == '(' ? strstr(value, "): ") : NULL;
    value = behind_remark ? behind_remark + 3 : value;
    for (char *end = value + strlen(value); end > value && (end[-1] == ' ' || end[-1] == '\t');)
        *--end = '\0';
    return value;
}

static void check_attribute(struct reading *reading, const char *name, char *rest)
{
    assert_true(reading->attributes_read < reading->die.attributes_count);
    const struct die_attribute *attribute = &reading->die.attributes[reading->attributes_read++];
    const char *value = value_of(rest);
    if (strcmp(name, "DW_AT_name") == 0 || strcmp(name, "DW_AT_comp_dir") == 0) {
        assert_int_equal(attribute->kind, DIE_VALUE_TEXT);
        assert_string_equal(attribute->text, value);
        reading->texts_count++;
    } else if (strcmp(name, "DW_AT_byte_size") == 0 || strcmp(name, "DW_AT_upper_bound") == 0 ||
               strcmp(name, "DW_AT_const_value") == 0 || strcmp(name, "DW_AT_decl_line") == 0) {
        if (attribute->kind == DIE_VALUE_UNSIGNED)
            assert_true(attribute->number == strtoull(value, NULL, 0));
        else if (attribute->kind == DIE_VALUE_SIGNED)
            assert_true(attribute->signed_number == strtoll(value, NULL, 0));
        else
            fail_msg("%s at 0x%" PRIx64 " is no number", name, reading->die.ref.offset);
        reading->numbers_count++;
    } else if (strcmp(name, "DW_AT_type") == 0 || strcmp(name, "DW_AT_import") == 0 ||
               strcmp(name, "DW_AT_abstract_origin") == 0 || strcmp(name, "DW_AT_specification") == 0) {
        assert_int_equal(attribute->kind, DIE_VALUE_REFERENCE);
        const struct unit *unit = attribute->reference.unit;
        assert_non_null(unit);
        uint64_t number;
        if (sscanf(value, "<0x%" SCNx64 ">", &number) == 1 || sscanf(value, "<%" SCNx64 ">", &number) == 1) {
            assert_int_equal(attribute->reference.offset, number);
        } else if (sscanf(value, "signature: %" SCNx64, &number) == 1) {
            assert_int_equal(unit->type_signature, number);
            assert_int_equal(attribute->reference.offset, unit->type_offset);
        } else if (attribute->form == FORM_ref8 && sscanf(value, "0x%" SCNx64, &number) == 1) {
            assert_int_equal(attribute->reference.offset, unit->offset + number); // as it stands in the file
        } else {
            fail_msg("what is %s?", value);
        }
        struct die target; // leads to a DIE
        assert_null(die_reader_read(reading->reader, attribute->reference, &reading->arena, &target));
        reading->references_count++;
    }
}

static void check_die(struct reading *reading, unsigned depth, uint64_t offset)
{
    assert_int_equal(reading->attributes_read, reading->die.attributes_count); // of the one before
    const struct unit *unit = unit_at(reading->table, reading->section, offset);
    assert_non_null(unit);
    struct die_ref ref = {unit, offset};
    assert_null(die_reader_read(reading->reader, ref, &reading->arena, &reading->die));
    reading->attributes_read = 0;
    reading->dies_count++;
    unsigned found_depth = 0;
    struct die_ref parent = ref;
    while (assert_null(die_reader_parent(reading->reader, parent, &parent)), parent.unit)
        found_depth++;
    assert_int_equal(found_depth, depth);
}

static void read_dump(struct reading *reading, const char *dump)
{
    CLEANUP(free_text_at) char *lines = strdup(dump);
    assert_non_null(lines);
    for (char *rest = lines, *line; (line = strsep(&rest, "\n"));) {
        unsigned depth;
        uint64_t offset;
        char name[64];
        int length = 0;
        if (strstr(line, "Contents of the .debug_types")) {
            reading->section = SECTION_TYPES;
        } else if (strstr(line, "Contents of the .debug_info")) {
            reading->section = SECTION_INFO;
        } else if (sscanf(line, " <%x><%" SCNx64 ">: Abbrev Number: %n", &depth, &offset, &length) == 2) {
            if (line[length] != '0') // the end of a list of children is no DIE
                check_die(reading, depth, offset);
        } else if (sscanf(line, " <%" SCNx64 "> %63[A-Za-z0-9_]%n", &offset, name, &length) == 2 &&
                   strncmp(name, "DW_AT_", 6) == 0) {
            check_attribute(reading, name, line + length);
        }
    }
    assert_int_equal(reading->attributes_read, reading->die.attributes_count);
}

static size_t count_tree(struct reading *reading, struct die_ref ref)
{
    struct die_child *children;
    size_t count, sum = 1;
    assert_null(die_reader_children(reading->reader, ref, &reading->arena, &children, &count));
    for (size_t i = 0; i < count; i++) {
        struct die child;
        struct die_ref child_ref = {ref.unit, children[i].offset};
        assert_null(die_reader_read(reading->reader, child_ref, &reading->arena, &child));
        assert_int_equal(child.tag, children[i].tag);
        sum += count_tree(reading, child_ref);
    }
    return sum;
}

// The ways in which a reader reads the same.
enum way { VALIDATES, TRUSTS, READS_DEEP };

static void compare_with_dump(const struct unit_table *table, const char *dump, enum way way)
{
    struct reading reading = {.table = table};
    assert_null(die_reader_create(table, &reading.reader));
    die_reader_trust_units(reading.reader, way == TRUSTS);
    if (way == READS_DEEP)
        die_reader_read_deep(reading.reader);
    read_dump(&reading, dump);
    size_t in_trees = 0;
    for (size_t i = 0; i < table->units_count; i++)
        in_trees += count_tree(&reading, (struct die_ref){&table->units[i], table->units[i].die_offset});
    assert_int_equal(in_trees, reading.dies_count);
    assert_true(reading.dies_count > 20 && reading.texts_count > 10 && reading.numbers_count > 10 &&
                reading.references_count > 10);
    die_reader_free(reading.reader);
    arena_free(&reading.arena);
}

static void compare_with_readelf(const struct workshop *shop, const char *name)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    CLEANUP(free_text_at) char *dump = workshop_ask(shop, "readelf --debug-dump=info %s 2>/dev/null", name);
    struct object *object;
    struct unit_table *table;
    assert_null(object_open(path, NULL, &object));
    assert_null(unit_table_open(object, &table));
    compare_with_dump(table, dump, VALIDATES);
    compare_with_dump(table, dump, TRUSTS);
    compare_with_dump(table, dump, READS_DEEP);
    unit_table_free(table);
    object_close(object);
}

static void test_dies_are_what_readelf_prints(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "program.c", source);
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
        if (workshop_try(shop, "%s -o program program.c", settings[i].compile) != 0 &&
            workshop_try(shop, "%s -c -o program program.c", settings[i].compile) != 0) {
            assert_false(settings[i].is_required);
            print_message("skipped: %s\n", settings[i].compile);
            continue;
        }
        print_message("%s\n", settings[i].compile);
        compare_with_readelf(shop, "program");
    }
}

// More units than windows stay open, read to and fro.
static void test_many_units_are_read_in_any_order(void **state)
{
    const struct workshop *shop = *state;
    enum { UNITS = 130 };
    workshop_run(shop, "for i in $(seq %d); do echo \"struct t$i { char c[$i]; } v$i;\" > u$i.c; done",
                 UNITS);
    workshop_run(shop, "gcc -g -c u?.c u??.c u???.c && ld -r -o many.o u?.o u??.o u???.o");
    CLEANUP(free_text_at) char *path = workshop_path(shop, "many.o");
    struct object *object;
    struct unit_table *table;
    struct die_reader *reader;
    struct arena arena;
    arena_init(&arena);
    assert_null(object_open(path, NULL, &object));
    assert_null(unit_table_open(object, &table));
    assert_null(die_reader_create(table, &reader));
    assert_int_equal(table->units_count, UNITS);
    for (unsigned i = 0; i < 3 * UNITS; i++) {
        const struct unit *unit = &table->units[i * 37 % UNITS];
        struct die root;
        assert_null(die_reader_read(reader, (struct die_ref){unit, unit->die_offset}, &arena, &root));
        assert_int_equal(root.tag, TAG_compile_unit);
        assert_string_equal(die_attribute(&root, AT_name)->text, unit->name);
        assert_null(die_attribute(&root, AT_byte_size));
    }
    die_reader_free(reader);
    arena_free(&arena);
    unit_table_free(table);
    object_close(object);
}

static void test_places_that_are_no_dies_are_refused(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "program.c", source);
    workshop_run(shop, "gcc -g -c -o program.o program.c");
    CLEANUP(free_text_at) char *path = workshop_path(shop, "program.o");
    struct object *object;
    struct unit_table *table;
    struct die_reader *reader;
    struct arena arena;
    arena_init(&arena);
    assert_null(object_open(path, NULL, &object));
    assert_null(unit_table_open(object, &table));
    assert_null(die_reader_create(table, &reader));
    const struct unit *unit = &table->units[0];
    const uint64_t places[] = {unit->die_offset + 1, unit->offset, unit->end_offset, 0, UINT64_MAX};
    for (size_t i = 0; i < ARRAY_LENGTH(places); i++) {
        struct die die;
        struct error *error = die_reader_read(reader, (struct die_ref){unit, places[i]}, &arena, &die);
        assert_non_null(error);
        assert_int_equal(error->code, ERROR_BAD_FORMAT);
        assert_non_null(strstr(error->message, "program.o: .debug_info+0x"));
        error_free(error);
    }
    struct die_ref parent;
    assert_null(die_reader_parent(reader, (struct die_ref){unit, unit->die_offset}, &parent));
    assert_null(parent.unit);
    die_reader_free(reader);
    arena_free(&arena);
    unit_table_free(table);
    object_close(object);
}

// A function of very many types, whose parents are all asked for, as when they are named: the time must not
// grow with the square of their number.
static void test_parents_in_a_large_function_are_found_at_once(void **state)
{
    (void)state;
    enum { TYPES = 100000, SECONDS_MOST = 5, CPLUSPLUS = 0x04 };
    struct assembler as = {0};
    assembler_begin(&as, CPLUSPLUS);
    const uint32_t function = die_begin(&as, TAG_subprogram, true);
    const uint32_t sibling = die_reference(&as, AT_sibling, 0);
    die_end(&as);
    uint32_t *const types = calloc(TYPES, sizeof(*types)), *const members = calloc(TYPES, sizeof(*members));
    assert_true(types && members);
    for (size_t i = 0; i < TYPES; i++) {
        types[i] = die_begin(&as, TAG_structure_type, true);
        die_end(&as);
        members[i] = die_begin(&as, TAG_member, false);
        die_end(&as);
        children_end(&as);
    }
    children_end(&as);
    patch_reference(&as, sibling, (uint32_t)as.info.length);
    struct object object = assembler_finish(&as);
    struct unit_table *table;
    struct die_reader *reader;
    assert_null(unit_table_open(&object, &table));
    assert_null(die_reader_create(table, &reader));
    die_reader_trust_units(reader, true);
    const clock_t start = clock();
    for (size_t i = 0; i < TYPES; i++) {
        struct die_ref parent;
        assert_null(die_reader_parent(reader, (struct die_ref){&table->units[0], members[i]}, &parent));
        assert_int_equal(parent.offset, types[i]);
        assert_null(die_reader_parent(reader, parent, &parent));
        assert_int_equal(parent.offset, function);
    }
    assert_true((clock() - start) / CLOCKS_PER_SEC < SECONDS_MOST);
    die_reader_free(reader);
    unit_table_free(table);
    free(types);
    free(members);
    assembler_free(&as);
}

// A function's sibling leads into the middle of the next DIE: a scan of all DIEs does not follow it, and what
// stands behind it stays readable.
static void test_a_function_with_a_wrong_sibling_harms_no_other_die(void **state)
{
    (void)state;
    enum { CPLUSPLUS = 0x04 };
    struct assembler as = {0};
    assembler_begin(&as, CPLUSPLUS);
    die_begin(&as, TAG_subprogram, true);
    const uint32_t sibling = die_reference(&as, AT_sibling, 0);
    die_end(&as);
    children_end(&as);
    const uint32_t outer = die_begin(&as, TAG_structure_type, true);
    die_number(&as, AT_byte_size, UINT64_C(0x7f7f7f7f7f7f7f7f)); // codes that no abbrev has
    die_end(&as);
    const uint32_t inner = die_begin(&as, TAG_structure_type, false);
    die_end(&as);
    children_end(&as);
    patch_reference(&as, sibling, outer + 1);
    struct object object = assembler_finish(&as);
    struct unit_table *table;
    struct die_reader *reader;
    struct die_ref parent;
    assert_null(unit_table_open(&object, &table));
    assert_null(die_reader_create(table, &reader));
    die_reader_trust_units(reader, true);
    assert_null(die_reader_parent(reader, (struct die_ref){&table->units[0], inner}, &parent));
    assert_int_equal(parent.offset, outer);
    die_reader_free(reader);
    unit_table_free(table);
    assembler_free(&as);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dies_are_what_readelf_prints),
        cmocka_unit_test(test_many_units_are_read_in_any_order),
        cmocka_unit_test(test_places_that_are_no_dies_are_refused),
        cmocka_unit_test(test_parents_in_a_large_function_are_found_at_once),
        cmocka_unit_test(test_a_function_with_a_wrong_sibling_harms_no_other_die),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
