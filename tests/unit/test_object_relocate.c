// SPDX-License-Identifier: MIT
// Debug sections of relocatable files read as their linked ones do. Witnesses: readelf, which relocates what
// it prints, and the linkers ld and lld.
#include "object_workshop.h"

static const char source[] = "#include \"types.c\"\n"
                             "outer_t shared;\n"
                             "#ifdef THREADS\n"
                             "static __thread outer_t mine; void *of_me(void) { return &mine; }\n"
                             "#endif\n"
                             "int look(outer_t *o) { return o->a; }\n"
                             "int look_again(outer_t *o) { return look(o) + o->u.whole; }\n";

// The targets that gcc or clang can compile for here, and who can bear witness.
struct target {
    const char *name;
    const char *compile;
    bool readelf, lld;
};

#define CLANG(triple) "clang --target=" triple " -ffreestanding -fintegrated-as"

static const struct target targets[] = {
    {"x86_64", "gcc", true, true},
    {"x86_64 of clang", CLANG("x86_64-linux-gnu"), true, true},
    {"i386", "gcc -m32", true, true},
    {"x32", "gcc -mx32", true, false},
    {"aarch64", CLANG("aarch64-linux-gnu"), true, true},
    {"aarch64_be", CLANG("aarch64_be-linux-gnu"), true, false},
    {"arm", CLANG("arm-linux-gnueabi"), true, true},
    {"armeb", CLANG("armeb-linux-gnueabi"), true, false},
    {"riscv32", CLANG("riscv32-linux-gnu"), true, true},
    {"riscv64", CLANG("riscv64-linux-gnu"), true, true},
    {"powerpc", CLANG("powerpc-linux-gnu"), true, true},
    {"powerpc64", CLANG("powerpc64-linux-gnu") " -mabi=elfv2", true, true},
    {"powerpc64le", CLANG("powerpc64le-linux-gnu"), true, true},
    {"s390x", CLANG("s390x-linux-gnu"), true, false},
    {"mips", CLANG("mips-linux-gnu"), true, true},
    {"mipsel", CLANG("mipsel-linux-gnu"), true, true},
    {"mips64", CLANG("mips64-linux-gnuabi64"), true, true},
    {"mips64el", CLANG("mips64el-linux-gnuabi64"), true, true},
    {"sparcv9", CLANG("sparcv9-linux-gnu"), true, true},
    {"bpfel", CLANG("bpfel"), true, false},
    {"bpfeb", CLANG("bpfeb"), true, false},
    {"hexagon", CLANG("hexagon-linux-gnu"), false, true},
    {"avr", CLANG("avr") " -mmcu=atmega328p", true, true},
    {"msp430", CLANG("msp430"), true, true},
};

static const enum section_id relocated[] = {SECTION_INFO, SECTION_LINE, SECTION_STR_OFFSETS, SECTION_ADDR};

// The bytes of a section as `readelf -R` prints them, relocated: lines of an offset and up to four groups of
// hex digits.
static struct file_bytes relocated_by_readelf(const struct workshop *shop, const char *name,
                                              enum section_id id)
{
    CLEANUP(free_text_at)
    char *hex =
        workshop_ask(shop, "readelf -R %s %s 2>/dev/null | grep '^  0x' | cut -c 14-48 | tr -d ' \\n'",
                     section_name(id), name);
    size_t digits = strspn(hex, "0123456789abcdef");
    struct file_bytes bytes = {malloc(digits / 2 + 1), digits / 2};
    for (size_t i = 0; i < bytes.size_bytes; i++)
        bytes.data[i] = (uint8_t)strtoul((char[3]){hex[2 * i], hex[2 * i + 1], 0}, NULL, 16);
    return bytes;
}

static void test_every_target_reads_as_readelf_relocates_it(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "look.c", source);
    bool clang = workshop_has_tool(shop, "clang");
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++)
        for (int version = 4; version <= 5; version++) {
            const struct target *target = &targets[i];
            if (!target->readelf || (!clang && strncmp(target->compile, "clang", 5) == 0))
                continue;
            workshop_run(
                shop, "%s -gdwarf-%d -g -c -o look.o look.c && readelf -SW look.o | grep -q rel.*debug_info",
                target->compile, version);
            CLEANUP(object_close_at) struct object *object = workshop_object(shop, "look.o", NULL);
            for (size_t j = 0; j < ARRAY_LENGTH(relocated); j++) {
                struct bytes section = object->sections[relocated[j]];
                CLEANUP(file_bytes_free_at)
                struct file_bytes expected = relocated_by_readelf(shop, "look.o", relocated[j]);
                if (section.size_bytes != expected.size_bytes ||
                    memcmp(section.data, expected.data, section.size_bytes) != 0)
                    fail_msg("%s, DWARF %d: %s differs (%zu, %zu bytes)", target->name, version,
                             section_name(relocated[j]), section.size_bytes, expected.size_bytes);
            }
            assert_true(object->sections[SECTION_INFO].size_bytes > 0);
        }
}

// types.c has no address in it, so the linked .debug_info is the relocated one wherever the linker puts
// things. -O0 keeps lld from merging strings.
static void test_every_target_reads_as_lld_links_it(void **state)
{
    const struct workshop *shop = *state;
    if (!workshop_has_tool(shop, "ld.lld") || !workshop_has_tool(shop, "clang"))
        skip_because("no clang with ld.lld");
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        if (!targets[i].lld)
            continue;
        workshop_run(shop, "%s -g -fno-eliminate-unused-debug-types -c -o types.o types.c",
                     targets[i].compile);
        workshop_run(shop,
                     "ld.lld -O0 -e 0 -o linked types.o && llvm-objcopy --dump-section .debug_info=info "
                     "--dump-section .debug_str=str linked /dev/null");
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "types.o", NULL);
        assert_section_is_file(shop, object, SECTION_INFO, "info");
        assert_true(object->sections[SECTION_STR].size_bytes > 0);
    }
}

// Relocations of a compressed section apply to what it inflates to.
static void test_compressed_relocatable_sections_are_relocated(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "look.c", source);
    static const char *const methods[] = {"zlib", "zlib-gnu", "zstd"};
    workshop_run(shop, "gcc -g -c -o plain.o look.c");
    CLEANUP(object_close_at) struct object *plain = workshop_object(shop, "plain.o", NULL);
    for (size_t i = 0; i < ARRAY_LENGTH(methods); i++) {
        workshop_run(shop, "objcopy --compress-debug-sections=%s plain.o packed.o", methods[i]);
        CLEANUP(object_close_at) struct object *packed = workshop_object(shop, "packed.o", NULL);
        for (int id = 0; id < SECTION_COUNT; id++) {
            assert_int_equal(packed->sections[id].size_bytes, plain->sections[id].size_bytes);
            assert_memory_equal(packed->sections[id].data, plain->sections[id].data,
                                plain->sections[id].size_bytes);
        }
    }
}

// Two C++ files joined with ld -r: type units of both, references from unit to unit, strings of both. Each
// joined unit must say what it says in the program that ld links; readelf tells both stories, and only
// offsets of units may differ.
static void test_joined_units_point_into_the_joined_sections(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "one.cc",
                        "namespace far { struct one { int a; char b; }; }\n"
                        "far::one first; int one() { return first.a; }\n");
    workshop_write_text(shop, "two.cc",
                        "namespace far { struct two { long c; two *next; }; }\n"
                        "far::two second; long two() { return second.c; }\n");
    for (int version = 4; version <= 5; version++) {
        enum section_id id = version == 4 ? SECTION_TYPES : SECTION_INFO;
        workshop_run(shop, "for f in one two; do g++ -g -gdwarf-%d -fdebug-types-section -c $f.cc; done",
                     version);
        workshop_run(shop, "ld -r -o both.o one.o two.o");
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "both.o", NULL);
        // Written back as the one section of a program without relocations, readelf reads what the object
        // layer made.
        workshop_run(shop, "gcc -g -gdwarf-%d -fdebug-types-section -o carrier types.c main.c", version);
        char command[1024] = "objcopy";
        for (int s = 0; s < SECTION_COUNT; s++) {
            if (object->sections[s].size_bytes == 0)
                continue;
            char file[32];
            snprintf(file, sizeof(file), "made.%d", s);
            workshop_write(shop, file, object->sections[s].data, object->sections[s].size_bytes);
            size_t used = strlen(command);
            snprintf(command + used, sizeof(command) - used, " --update-section %s=%s",
                     section_name((enum section_id)s), file);
        }
        workshop_run(shop, "%s carrier made", command);
        CLEANUP(free_text_at)
        char *seen = workshop_ask(
            shop, "readelf -wi made 2>&1 | grep -oE 'DW_AT_name.*: (one|two|far|next|a|b|c)[ \\t]*$' "
                  "| sed 's/.*: //' | sort | tr -d '\\n\\t '");
        CLEANUP(free_text_at)
        char *wanted =
            workshop_ask(shop,
                         "g++ -g -gdwarf-%d -fdebug-types-section -shared -fPIC -o both.so one.cc two.cc && "
                         "readelf -wi both.so | grep -oE 'DW_AT_name.*: (one|two|far|next|a|b|c)[ \\t]*$' "
                         "| sed 's/.*: //' | sort | tr -d '\\n\\t '",
                         version);
        assert_string_equal(seen, wanted);
        assert_non_null(strstr(seen, "two"));
        assert_true(object->sections[id].size_bytes > 0);
    }
}

// Pieces of one section that point into one another, backwards and forwards, before and behind themselves.
static const char pieces[] = ".section .debug_info,\"\",@progbits\n"
                             "one: .long two, three + 4, four\n"
                             ".section .debug_info,\"G\",@progbits,signature_a,comdat\n"
                             "two: .long one + 8, four, three - 1\n"
                             "     .quad two\n"
                             ".section .debug_info,\"G\",@progbits,signature_b,comdat\n"
                             "     .byte 1, 2, 3\n"
                             "three: .long three, one, five\n"
                             "     .long three - .\n"
                             "     .long two - .\n"
                             ".section .debug_types,\"G\",@progbits,signature_a,comdat\n"
                             "four: .long five, two\n"
                             ".section .debug_types,\"G\",@progbits,signature_b,comdat\n"
                             "     .long four\n"
                             "five: .quad three\n";

static void test_references_between_joined_pieces_are_the_linkers(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "pieces.s", pieces);
    // Behind so many sections the symbols' own 16 bits cannot name theirs; the linker's script folds the
    // padding into .text.
    static const unsigned paddings[] = {0, 66000};
    for (size_t i = 0; i < ARRAY_LENGTH(paddings); i++) {
        workshop_run(
            shop,
            "{ i=0; while [ $i -lt %u ]; do echo \".section .text.pad$i; .byte 1\"; i=$((i + 1)); done; "
            "cat pieces.s; } >padded.s && gcc -c padded.s",
            paddings[i]);
        workshop_run(shop, "ld -e 0 -o linked padded.o && for s in info types; do "
                           "objcopy --dump-section .debug_$s=$s linked /dev/null; done");
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "padded.o", NULL);
        assert_section_is_file(shop, object, SECTION_INFO, "info");
        assert_section_is_file(shop, object, SECTION_TYPES, "types");
    }
}

// Where a thread-local variable lies is of no interest, but its relocation must not stop the file: all else
// stays readable.
static void test_thread_local_variables_stop_nothing(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "look.c", source);
    bool clang = workshop_has_tool(shop, "clang");
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        if (!clang && strncmp(targets[i].compile, "clang", 5) == 0)
            continue;
        if (workshop_try(shop, "%s -DTHREADS -g -c -o threads.o look.c", targets[i].compile) != 0)
            continue; // a target without threads
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "threads.o", NULL);
        assert_true(object->sections[SECTION_INFO].size_bytes > 0);
    }
}

static void test_unknown_relocations_are_named(void **state)
{
    const struct workshop *shop = *state;
    workshop_write_text(shop, "look.c", source);
    workshop_run(shop, "gcc -g -c -o look.o look.c");
    CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, "look.o");
    Elf64_Shdr *rela = patch_section(file, ".rela.debug_info");
    Elf64_Rela *entry = (Elf64_Rela *)(void *)(file.data + rela->sh_offset);

    entry[1].r_info = ELF64_R_INFO(ELF64_R_SYM(entry[1].r_info), 99);
    workshop_write(shop, "bad.o", file.data, file.size_bytes);
    CLEANUP(error_free_at) struct error *type = workshop_refusal(shop, "bad.o", NULL);
    assert_int_equal(type->code, ERROR_UNSUPPORTED);
    assert_non_null(strstr(type->message, "type 99"));
    assert_non_null(strstr(type->message, ".debug_info"));

    entry[1].r_info = ELF64_R_INFO(ELF64_R_SYM(entry[1].r_info), R_X86_64_32);
    entry[1].r_offset = UINT64_MAX - 1;
    workshop_write(shop, "bad.o", file.data, file.size_bytes);
    CLEANUP(error_free_at) struct error *offset = workshop_refusal(shop, "bad.o", NULL);
    assert_int_equal(offset->code, ERROR_BAD_FORMAT);
    assert_non_null(strstr(offset->message, "leaves its section"));

    entry[1].r_offset = 8;
    entry[1].r_info = ELF64_R_INFO(0xffffff, R_X86_64_32);
    workshop_write(shop, "bad.o", file.data, file.size_bytes);
    CLEANUP(error_free_at) struct error *symbol = workshop_refusal(shop, "bad.o", NULL);
    assert_int_equal(symbol->code, ERROR_BAD_FORMAT);
    assert_non_null(strstr(symbol->message, "does not exist"));

    ((Elf64_Ehdr *)(void *)file.data)->e_machine = EM_VAX;
    workshop_write(shop, "bad.o", file.data, file.size_bytes);
    CLEANUP(error_free_at) struct error *machine = workshop_refusal(shop, "bad.o", NULL);
    assert_int_equal(machine->code, ERROR_UNSUPPORTED);
    assert_non_null(strstr(machine->message, "machine 75"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_target_reads_as_readelf_relocates_it),
        cmocka_unit_test(test_every_target_reads_as_lld_links_it),
        cmocka_unit_test(test_compressed_relocatable_sections_are_relocated),
        cmocka_unit_test(test_joined_units_point_into_the_joined_sections),
        cmocka_unit_test(test_references_between_joined_pieces_are_the_linkers),
        cmocka_unit_test(test_thread_local_variables_stop_nothing),
        cmocka_unit_test(test_unknown_relocations_are_named),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
