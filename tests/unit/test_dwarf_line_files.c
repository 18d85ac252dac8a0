// SPDX-License-Identifier: MIT
// Names of declaring files, by every version of the line table.
#include "dwarf/constants.h"
#include "dwarf/die_reader.h"
#include "dwarf/line_files.h"
#include "dwarf/unit_table.h"
#include "object_workshop.h"

static const char *const settings[] = {
    "gcc -gdwarf-2",           "gcc -gdwarf-3",   "gcc -gdwarf-4",   "gcc -gdwarf-5",
    "gcc -gdwarf-5 -gdwarf64", "clang -gdwarf-2", "clang -gdwarf-4", "clang -gdwarf-5",
};

struct opened {
    struct object *object;
    struct unit_table *table;
    struct die_reader *reader;
    struct arena arena;
};

static void opened_close_at(struct opened *opened)
{
    die_reader_free(opened->reader);
    unit_table_free(opened->table);
    object_close(opened->object);
    arena_free(&opened->arena);
}

static struct opened open_dies(const struct workshop *shop, const char *name)
{
    struct opened opened = {0};
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    assert_null(object_open(path, NULL, &opened.object));
    assert_null(unit_table_open(opened.object, &opened.table));
    assert_null(die_reader_create(opened.table, &opened.reader));
    return opened;
}

// DW_AT_decl_file of the struct of that name.
static uint64_t declared_file(struct opened *opened, const char *name)
{
    const struct unit *unit = &opened->table->units[0];
    struct die_child *children;
    size_t count;
    assert_null(die_reader_children(opened->reader, (struct die_ref){unit, unit->die_offset}, &opened->arena,
                                    &children, &count));
    for (size_t i = 0; i < count; i++) {
        struct die die;
        if (children[i].tag != TAG_structure_type)
            continue;
        assert_null(die_reader_read(opened->reader, (struct die_ref){unit, children[i].offset},
                                    &opened->arena, &die));
        const struct die_attribute *file = die_attribute(&die, AT_decl_file);
        if (strcmp(die_attribute(&die, AT_name)->text, name) != 0)
            continue;
        return file->kind == DIE_VALUE_SIGNED ? (uint64_t)file->signed_number : file->number;
    }
    fail_msg("no struct %s", name);
    return 0;
}

static void test_files_are_told_as_the_compiler_was_told(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(shop, "mkdir -p sub/deep && echo 'struct near { char c; };' >near.h && "
                       "echo 'struct below { char c; };' >sub/deep/below.h && "
                       "echo 'struct far { char c; };' >sub/far.h");
    CLEANUP(free_text_at) char *text = NULL;
    assert_true(asprintf(&text,
                         "#include \"near.h\"\n#include \"sub/deep/below.h\"\n#include \"%s/sub/far.h\"\n"
                         "struct own { struct near n; struct below b; struct far f; } o;\n",
                         shop->folder) > 0);
    workshop_write_text(shop, "own.c", text);
    const struct {
        const char *type, *file;
    } truths[] = {{"own", "own.c"}, {"near", "near.h"}, {"below", "sub/deep/below.h"}, {"far", "sub/far.h"}};
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
        if (workshop_try(shop, "%s -c -o own.o own.c", settings[i]) != 0) {
            print_message("skipped: %s\n", settings[i]);
            continue;
        }
        print_message("%s\n", settings[i]);
        struct opened opened CLEANUP(opened_close_at) = open_dies(shop, "own.o");
        struct line_files *files;
        assert_null(line_files_read(&opened.table->units[0], &opened.arena, &files));
        assert_non_null(files);
        for (size_t t = 0; t < ARRAY_LENGTH(truths); t++) {
            uint64_t index = declared_file(&opened, truths[t].type);
            const char *name = line_files_name(files, &opened.table->units[0], index);
            assert_non_null(name);
            if (strncmp(name, "./", 2) == 0) // clang's way of writing the same
                name += 2;
            // Told relative to the compilation's folder, or in full.
            size_t folder = strlen(shop->folder);
            if (strncmp(name, shop->folder, folder) == 0)
                name += folder + 1;
            assert_string_equal(name, truths[t].file);
            const char *again = line_file_name(&opened.table->units[0], index, &opened.arena);
            assert_string_equal(again, line_files_name(files, &opened.table->units[0], index));
        }
        assert_null(line_files_name(files, &opened.table->units[0], 1000));
        assert_null(line_files_name(files, &opened.table->units[0], UINT64_MAX));
    }
}

// Every prefix of the section and many wrong bytes: a name or none, but never a byte outside (the memory
// behind the copy is not ours; a sanitizer would tell).
static void test_broken_tables_give_fewer_names(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "own.c",
                        "#include <stddef.h>\nstruct own { size_t s; } o; int f(void) { return 1; }\n");
    for (int version = 4; version <= 5; version++) {
        workshop_run(shop, "gcc -gdwarf-%d -c -o own.o own.c", version);
        struct opened opened CLEANUP(opened_close_at) = open_dies(shop, "own.o");
        struct bytes *section = &opened.object->sections[SECTION_LINE];
        const struct bytes whole = *section;
        struct unit unit = opened.table->units[0];
        size_t names = 0;
        for (size_t size = 0; size <= whole.size_bytes; size++)
            for (int wrong = 0; wrong < 4; wrong++) {
                uint8_t *copy = malloc(size + 1);
                memcpy(copy, whole.data, size);
                if (wrong && size)
                    copy[size - 1] = (uint8_t)(wrong == 1 ? 0xff : wrong == 2 ? 0x00 : 0x80);
                *section = (struct bytes){copy, size};
                struct arena arena;
                arena_init(&arena);
                for (uint64_t index = 0; index < 4; index++)
                    names += line_file_name(&unit, index, &arena) != NULL;
                arena_free(&arena);
                free(copy);
            }
        *section = whole;
        assert_true(names > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files_are_told_as_the_compiler_was_told),
        cmocka_unit_test(test_broken_tables_give_fewer_names),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
