// SPDX-License-Identifier: MIT
// What an image tells of its file, and what is refused before anything is read.
#include "object_workshop.h"
#include <inttypes.h>

static void test_what_is_no_program_is_refused_in_a_line(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(shop,
                 "rm -rf folder && mkdir folder && mkfifo fifo && : >empty && echo text >text && gcc -c "
                 "main.c && "
                 "ar rc archive.a main.o && ln -sf loop loop && head -c 20 main.o >short && "
                 "gzip -k main.o && echo '/* GNU ld script */' >script && strip -g -o core main.o && printf "
                 "'\\004' | dd of=core bs=1 seek=16 conv=notrunc "
                 "2>/dev/null"); // e_type
    const struct {
        const char *name, *message;
        enum error_code code;
    } cases[] = {
        {"missing", "No such file", ERROR_SYSTEM},     {"folder", "is a directory", ERROR_USAGE},
        {"fifo", "nothing came", ERROR_BAD_FORMAT},    {"empty", "empty file", ERROR_BAD_FORMAT},
        {"text", "not an ELF file", ERROR_BAD_FORMAT}, {"archive.a", "an archive", ERROR_NO_DEBUG},
        {"short", "truncated", ERROR_BAD_FORMAT},      {"loop", "symbolic links", ERROR_SYSTEM},
        {"script", "linker", ERROR_BAD_FORMAT},        {"core", "a core file", ERROR_NO_DEBUG},       {"text/within", "Not a directory", ERROR_SYSTEM},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        CLEANUP(error_free_at) struct error *error = workshop_refusal(shop, cases[i].name, NULL);
        if (error->code != cases[i].code || !strstr(error->message, cases[i].message))
            fail_msg("%s: code %d, %s", cases[i].name, (int)error->code, error->message);
    }
    if (geteuid() != 0) { // root may read everything
        workshop_run(shop, "cp main.o secret && chmod 000 secret");
        CLEANUP(error_free_at) struct error *error = workshop_refusal(shop, "secret", NULL);
        assert_non_null(strstr(error->message, "Permission denied"));
    }
}

static void test_header_facts_are_readelfs(void **state)
{
    const struct workshop *shop = *state;
    const struct {
        const char *compile;
        uint16_t machine, type;
        unsigned bits;
        bool big_endian;
    } cases[] = {
        {"gcc -g -pie -fPIE", EM_X86_64, ET_DYN, 64, false},
        {"gcc -g -no-pie", EM_X86_64, ET_EXEC, 64, false},
        {"gcc -g -c", EM_X86_64, ET_REL, 64, false},
        {"gcc -g -m32 -c", EM_386, ET_REL, 32, false},
        {"gcc -g -mx32 -c", EM_X86_64, ET_REL, 32, false},
        {"clang --target=s390x-linux-gnu -g -c", EM_S390, ET_REL, 64, true},
        {"clang --target=powerpc-linux-gnu -g -c", EM_PPC, ET_REL, 32, true},
    };
    for (size_t i = 0; i < ARRAY_LENGTH(cases); i++) {
        if (workshop_try(shop, "%s -o facts main.c", cases[i].compile) != 0)
            continue; // a compiler without that target
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "facts", NULL);
        assert_int_equal(object->elf_machine, cases[i].machine);
        assert_int_equal(object->elf_type, cases[i].type);
        assert_int_equal(object->address_bits, cases[i].bits);
        assert_int_equal(object->big_endian, cases[i].big_endian);
        CLEANUP(free_text_at) char *header = workshop_ask(shop, "readelf -h facts");
        assert_non_null(strstr(header, cases[i].bits == 64 ? "ELF64" : "ELF32"));
        assert_non_null(strstr(header, cases[i].big_endian ? "big endian" : "little endian"));
    }
}

// A section whose last byte is the last of the file and of its page: the guard page is what makes 16 more
// bytes readable.
static void test_the_end_of_a_full_page_may_be_overrun(void **state)
{
    const struct workshop *shop = *state;
    static const char names[] = "\0.debug_info\0.shstrtab";
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    CLEANUP(file_bytes_free_at) struct file_bytes file = {calloc(1, page), page};
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)file.data;
    *header =
        (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                     .e_type = ET_EXEC,
                     .e_machine = EM_X86_64,
                     .e_version = EV_CURRENT,
                     .e_shoff = sizeof(Elf64_Ehdr),
                     .e_ehsize = sizeof(Elf64_Ehdr),
                     .e_shentsize = sizeof(Elf64_Shdr),
                     .e_shnum = 3,
                     .e_shstrndx = 2};
    Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(file.data + header->e_shoff);
    size_t names_at = header->e_shoff + 3 * sizeof(Elf64_Shdr);
    memcpy(file.data + names_at, names, sizeof(names));
    sections[1] = (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = page - 64, .sh_size = 64};
    sections[2] =
        (Elf64_Shdr){.sh_name = 13, .sh_type = SHT_STRTAB, .sh_offset = names_at, .sh_size = sizeof(names)};
    memset(file.data + page - 64, 0xaa, 64);
    workshop_write(shop, "full", file.data, file.size_bytes);

    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "full", NULL);
    struct bytes info = object->sections[SECTION_INFO];
    assert_int_equal(info.size_bytes, 64);
    for (size_t i = 0; i < 80; i++)
        assert_int_equal(info.data[i], i < 64 ? 0xaa : 0);
}

// More sections than 16 bits count: e_shnum and e_shstrndx move into section 0, symbols' sections into a
// table of their own.
static void test_more_sections_than_the_header_can_count(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(
        shop,
        "gcc -g -gdwarf-4 -fdebug-types-section -S -o few.s main.c && { i=0; while [ $i -lt 66000 ]; do "
        "echo \".section .pad$i; .byte 1\"; i=$((i + 1)); done; cat few.s; } >many.s && gcc -c many.s && "
        "gcc -c few.s");
    CLEANUP(free_text_at)
    char *header = workshop_ask(shop, "readelf -h many.o | grep 'Number of section headers'");
    assert_non_null(strstr(header, " 0 ("));
    CLEANUP(object_close_at) struct object *many = workshop_object(shop, "many.o", NULL);
    CLEANUP(object_close_at) struct object *few = workshop_object(shop, "few.o", NULL);
    for (int id = 0; id < SECTION_COUNT; id++) {
        assert_int_equal(many->sections[id].size_bytes, few->sections[id].size_bytes);
        assert_memory_equal(many->sections[id].data, few->sections[id].data, few->sections[id].size_bytes);
    }
}

static void test_symbols_are_nms_and_lead_to_their_bytes(void **state)
{
    const struct workshop *shop = *state;
    static const uint8_t known[] = {0x53, 0x74, 0x72, 0x61, 0x74, 0x61, 0xfe, 0x01}; // as main.c says
    static const char *const flags[] = {"-no-pie", "-pie -fPIE", "-m32 -shared -fPIC -nostdlib",
                                        "-shared -fPIC"};
    for (size_t i = 0; i < ARRAY_LENGTH(flags); i++) {
        workshop_run(shop,
                     "gcc -g %s -o program main.c && objcopy --only-keep-debug program program.debug && "
                     "strip -o stripped program && objcopy --add-gnu-debuglink=program.debug stripped",
                     flags[i]);
        static const char *const names[] = {"known_bytes", "shared", "main", "helper"};
        for (size_t j = 0; j < ARRAY_LENGTH(names); j++) {
            CLEANUP(free_text_at) char *line = workshop_ask(shop, "nm -S program | grep ' %s$'", names[j]);
            uint64_t wanted_address = 0, wanted_size = 0;
            assert_int_equal(sscanf(line, "%" SCNx64 " %" SCNx64, &wanted_address, &wanted_size), 2);
            static const char *const files[] = {"program", "stripped"};
            for (size_t k = 0; k < ARRAY_LENGTH(files); k++) {
                CLEANUP(object_close_at) struct object *object = workshop_object(shop, files[k], NULL);
                uint64_t address = 0, size_bytes = 0;
                assert_true(object_find_symbol(object, names[j], &address, &size_bytes));
                assert_int_equal(address, wanted_address);
                assert_int_equal(size_bytes, wanted_size);
                struct bytes bytes = object_read_address(object, address, size_bytes);
                assert_int_equal(bytes.size_bytes, size_bytes);
                if (j == 0)
                    assert_memory_equal(bytes.data, known, sizeof(known));
                assert_false(object_find_symbol(object, "printf_of_another_world", &address, &size_bytes));
                assert_int_equal(object_read_address(object, address, UINT64_MAX).size_bytes, 0);
                assert_int_equal(object_read_address(object, UINT64_MAX - 3, 8).size_bytes, 0);
            }
        }
    }
    // A relocatable file has no addresses yet.
    workshop_run(shop, "gcc -g -c -o program.o main.c");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "program.o", NULL);
    assert_int_equal(object_read_address(object, 0, 1).size_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_no_program_is_refused_in_a_line),
        cmocka_unit_test(test_header_facts_are_readelfs),
        cmocka_unit_test(test_the_end_of_a_full_page_may_be_overrun),
        cmocka_unit_test(test_more_sections_than_the_header_can_count),
        cmocka_unit_test(test_symbols_are_nms_and_lead_to_their_bytes),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
