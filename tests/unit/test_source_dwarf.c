// SPDX-License-Identifier: MIT
// DWARF as a source of types: facts of the file, variables and symbols, against what nm and readelf say of the
// same program.
#include "object_workshop.h"
#include "source/source_open.h"

static const char program[] =
    "struct point { int x, y; };\n"
    "struct point origin = {1, 2};\n"
    "#ifndef __cplusplus\n" // its names of what is static are mangled
    "static\n"
    "#endif\n"
    "long counter = 7;\n"
    "int zeros[64];\n"
    "_Thread_local int own = 3;\n"
    "extern int elsewhere;\n"
    "int elsewhere = 5;\n"
    "int main(void) { static short inner = 4; return (int)counter + inner + own; }\n";

struct found {
    const struct type_source *source;
    struct type_maker *maker;
    const char *symbols; // of nm: "0000000000004010 0000000000000008 D origin"
    unsigned count;
    bool has_point, has_array;
};

static struct error *check_variable(void *context, const struct type_source_variable *variable)
{
    struct found *found = context;
    const struct type *type;
    const struct type_index_entry entry = {.id = variable->type};
    char wanted[128];
    found->count++;
    assert_true(variable->address_known);
    RETURN_IF_ERROR(type_maker_build(found->maker, &entry, &type));
    assert_true(type->size_known);
    // nm's line: address, size, kind, name.
    snprintf(wanted, sizeof(wanted), "%016llx %016llx", (unsigned long long)variable->address,
             (unsigned long long)type->size_bytes);
    const char *line = strstr(found->symbols, wanted);
    if (!line || strncmp(line + strlen(wanted) + 3, variable->name, strlen(variable->name)) != 0)
        fail_msg("nm has no %s %s in\n%s", wanted, variable->name, found->symbols);
    const bool is_zeroed = strchr("bB", line[strlen(wanted) + 1]) != NULL;
    assert_string_equal(variable->section, is_zeroed ? ".bss" : ".data");
    found->has_point |= type->kind == TYPE_STRUCT;
    found->has_array |= type->kind == TYPE_ARRAY;
    uint64_t offset_bytes;
    const uint64_t inside = type->size_bytes - 1;
    const char *symbol = type_source_symbol_at(found->source, variable->address + inside, &offset_bytes);
    assert_non_null(symbol);
    assert_string_equal(symbol, variable->name);
    assert_int_equal(offset_bytes, inside);
    return NULL;
}

static struct error *stop_at_first(void *context, const struct type_source_variable *variable)
{
    (void)variable;
    ++*(unsigned *)context;
    return error_create(ERROR_USAGE, "enough");
}

// All variables of the program against nm's table; the program is open for the call.
static struct type_source *open_and_compare(const struct workshop *shop, const char *name)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    const struct type_source_options options = {.threads = 1};
    struct type_source *source;
    assert_null(type_source_open(path, &options, NULL, &source));
    char command[64];
    snprintf(command, sizeof(command), "nm -S %s", name);
    CLEANUP(free_text_at) char *symbols = workshop_ask(shop, command);
    assert_string_equal(source->facts.path, path);
    assert_string_equal(source->facts.format, "DWARF");
    struct found found = {.source = source, .symbols = symbols};
    assert_null(type_source_make(source, NULL, &found.maker));
    assert_null(type_source_variables(source, check_variable, &found));
    // Neither the thread's own, nor the one in a function.
    if (found.count != 4)
        fail_msg("%u variables", found.count);
    assert_true(found.has_point && found.has_array);
    type_maker_close(found.maker);
    return source;
}

static void test_variables_and_symbols(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "variables.c", program);
    workshop_run(shop, "gcc -g -O0 -Wl,--build-id=sha1 -o variables variables.c");
    struct type_source *source = open_and_compare(shop, "variables");
    CLEANUP(free_text_at) char *notes = workshop_ask(shop, "readelf -n variables");
    assert_non_null(strstr(notes, source->facts.build_id));
    unsigned calls = 0;
    struct error *stopped = type_source_variables(source, stop_at_first, &calls);
    assert_non_null(stopped);
    assert_int_equal(calls, 1);
    error_free(stopped);
    uint64_t offset_bytes;
    assert_null(type_source_symbol_at(source, UINT64_MAX, &offset_bytes));
    type_source_close(source);
}

// Addresses by number (DW_OP_addrx, GNU's DW_OP_GNU_addr_index) stand in the linked program: clang writes them in every DWARF 5, all
// compilers where the debug information is split. A first file takes the first numbers, so that a base of 0 would be wrong.
static void test_variables_by_number(void **state)
{
    const struct workshop *shop = *state;
    static const char *const compilers[] = {"gcc", "g++", "clang", "clang++"};
    static const char *const ways[] = {"", "-gsplit-dwarf", "-gsplit-dwarf=single"};
    unsigned compared = 0;
    workshop_write_text(shop, "variables.c", program);
    workshop_write_text(
        shop, "before.c",
        "static int quiet(int x) { return x + 1; }\nint (*table(void))(int) { return quiet; }\n");
    for (size_t i = 0; i < ARRAY_LENGTH(compilers); i++)
        for (int version = 4; version <= 5; version++)
            for (size_t way = 0; way < ARRAY_LENGTH(ways); way++) {
                // Two commands: the driver would name the .dwo files after the program, differently in each version.
                const bool is_made =
                    workshop_try(
                        shop,
                        "rm -f *.dwo *.dwp; compile='%s -x %s -gdwarf-%d %s -O0 -c'; "
                        "$compile before.c && $compile variables.c && %s before.o variables.o -o numbered",
                        compilers[i], i & 1 ? "c++" : "c", version, ways[way], compilers[i]) == 0;
                if (!is_made) // no such compiler here
                    continue;
                type_source_close(open_and_compare(shop, "numbered"));
                compared++;
                // binutils' packer crashes on DWARF 5, LLVM's does not end with gcc's.
                const bool is_split = way == 1;
                const char *packer = version == 4 ? "dwp -e" : i >= 2 ? "llvm-dwp -e" : NULL;
                if (!is_split || !packer ||
                    workshop_try(shop,
                                 "timeout 20 %s numbered -o numbered.dwp && test -s numbered.dwp && rm *.dwo",
                                 packer) != 0)
                    continue;
                type_source_close(open_and_compare(shop, "numbered"));
                compared++;
            }
    assert_true(compared >= 6);
}

static void test_what_cannot_be_opened(void **state)
{
    const struct workshop *shop = *state;
    const struct type_source_options options = {.stay = true, .threads = 1};
    struct type_source *source = NULL;
    workshop_write_text(shop, "variables.c", program);
    workshop_run(shop, "gcc -O0 -o stripped variables.c && strip stripped");
    CLEANUP(free_text_at) char *path = workshop_path(shop, "stripped");
    struct error *error = type_source_open(path, &options, NULL, &source);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_NO_DEBUG);
    assert_non_null(strstr(error->message, "stripped"));
    error_free(error);
}

// Opening reads the headers alone; that none of the units can be read comes up while names are looked for.
static void test_what_cannot_be_read_later(void **state)
{
    const struct workshop *shop = *state;
    const struct type_source_options options = {.stay = true, .threads = 1, .first = true};
    const struct type_source_index_options asked = {.threads = 1, .first = true};
    static const char *const names[] = {"no_such"};
    struct type_source *source = NULL;
    struct type_index *index = NULL;
    workshop_write_text(shop, "variables.c", program);
    workshop_run(shop,
                 "gcc -g -O0 -o whole variables.c && objcopy --dump-section .debug_abbrev=abbrev whole && "
                 "head -c $(wc -c < abbrev) /dev/zero > zeros && "
                 "objcopy --update-section .debug_abbrev=zeros whole rootless");
    CLEANUP(free_text_at) char *path = workshop_path(shop, "rootless");
    assert_null(type_source_open(path, &options, NULL, &source));
    struct error *error = type_source_find_names(source, names, ARRAY_LENGTH(names), &asked, &index);
    assert_non_null(error);
    assert_int_equal(error->code, ERROR_BAD_FORMAT);
    assert_non_null(strstr(error->message, "no unit can be read"));
    assert_null(index);
    error_free(error);
    type_source_close(source);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_variables_and_symbols),
        cmocka_unit_test(test_variables_by_number),
        cmocka_unit_test(test_what_cannot_be_opened),
        cmocka_unit_test(test_what_cannot_be_read_later),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
