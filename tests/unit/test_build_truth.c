// SPDX-License-Identifier: MIT
// Offsets, sizes and bit-fields of C types against the compiler: it writes objects with one field set to
// ones, and those bytes are the truth, for every version of DWARF, byte order and word size that the
// machine's compilers make.
#include "type_workshop.h"

#include <gelf.h>
#include <inttypes.h>

struct setting {
    const char *compiler, *flags;
    bool is_required; // the others depend on what the machine's compilers can do
};

static const struct setting settings[] = {
    {"gcc", "-gdwarf-5", true},
    {"gcc", "-gdwarf-4", true},
    {"gcc", "-gdwarf-3", true},
    {"gcc", "-gdwarf-2", true},
    {"gcc", "-gdwarf-2 -gstrict-dwarf", true},
    {"gcc", "-gdwarf-3 -gstrict-dwarf -m32", false},
    {"gcc", "-gdwarf-5 -m32", false},
    {"gcc", "-gdwarf-4 -fdebug-types-section", true},
    {"gcc", "-gdwarf-5 -fdebug-types-section", true},
    {"gcc", "-gdwarf-5 -gdwarf64", false},
    {"gcc", "-gdwarf-4 -mms-bitfields", false},
    {"clang", "-gdwarf-5", false},
    {"clang", "-gdwarf-4", false},
    {"clang", "-gdwarf-3", false},
    {"clang", "-gdwarf-2", false},
    {"clang", "-gdwarf-4 -m32 -fdebug-types-section", false},
    {"clang", "--target=powerpc64-unknown-linux-gnu -gdwarf-5", false},
    {"clang", "--target=powerpc64-unknown-linux-gnu -gdwarf-3", false},
    {"clang", "--target=s390x-unknown-linux-gnu -gdwarf-4", false},
    {"clang", "--target=mips-unknown-linux-gnu -gdwarf-2", false},
    {"clang", "--target=aarch64-unknown-linux-gnu -gdwarf-5", false},
    {"clang", "--target=riscv64-unknown-linux-gnu -gdwarf-5", false},
    {"clang", "--target=armv7-unknown-linux-gnueabi -gdwarf-3", false},
};

// Bit `position` of an object, in the order of type.h.
static bool bit_at(const uint8_t *bytes, uint64_t position, bool big_endian)
{
    unsigned within = position % 8;
    return bytes[position / 8] >> (big_endian ? 7 - within : within) & 1;
}

static void check_bits(const char *symbol, const uint8_t *bytes, uint64_t size_bytes, bool big_endian,
                       const struct member *member, uint64_t offset_bits)
{
    // A struct with padding of its own does not fill its place with ones; none here has.
    for (uint64_t i = 0; i < size_bytes * 8; i++) {
        bool inside = i >= offset_bits && i - offset_bits < member->size_bits;
        if (bit_at(bytes, i, big_endian) != inside)
            fail_msg("%s: bit %" PRIu64 " is %s, but %s is told to have %" PRIu64 " bits at %" PRIu64, symbol,
                     i, inside ? "clear" : "set", member->name, member->size_bits, offset_bits);
    }
}

// "truth_TYPE__FIELD" against the graph.
static void check_truth(const struct opened *opened, const char *symbol, const uint8_t *bytes,
                        uint64_t size_bytes)
{
    char label[64];
    const char *field = strstr(symbol, "__");
    assert_non_null(field);
    const char *start = symbol + strlen("truth_");
    snprintf(label, sizeof(label), "%.*s", (int)(field - start), start);
    // With type units a typedef and the anonymous struct that it names lie in different units.
    const struct type *type = type_strip(get_type(opened, label));
    assert_true(type->size_known);
    if (type->size_bytes != size_bytes)
        fail_msg("%s: %" PRIu64 " bytes, told %" PRIu64, symbol, size_bytes, type->size_bytes);
    uint64_t offset_bits;
    const struct member *member = find_member(type, field + 2, &offset_bits);
    if (!member)
        fail_msg("%s: no such member", symbol);
    assert_true(member->offset_known && member->size_known);
    check_bits(symbol, bytes, size_bytes, opened->object->big_endian, member, offset_bits);
}

// Walks the symbols of the file with libelf alone.
static size_t check_symbols(const struct opened *opened, const char *path)
{
    size_t checked = 0;
    assert_int_not_equal(elf_version(EV_CURRENT), EV_NONE);
    int fd = open(path, O_RDONLY);
    Elf *elf = elf_begin(fd, ELF_C_READ, NULL);
    assert_non_null(elf);
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        assert_non_null(gelf_getshdr(section, &header));
        if (header.sh_type != SHT_SYMTAB)
            continue;
        Elf_Data *symbols = elf_getdata(section, NULL);
        for (int i = 0; (size_t)i < header.sh_size / header.sh_entsize; i++) {
            GElf_Sym symbol;
            assert_non_null(gelf_getsym(symbols, i, &symbol));
            const char *name = elf_strptr(elf, header.sh_link, symbol.st_name);
            if (strncmp(name, "truth_", 6) != 0)
                continue;
            Elf_Scn *holder = elf_getscn(elf, symbol.st_shndx);
            GElf_Shdr place; // its address is 0 in a relocatable file
            assert_non_null(gelf_getshdr(holder, &place));
            Elf_Data *data = elf_getdata(holder, NULL);
            uint64_t offset = symbol.st_value - place.sh_addr;
            assert_true(offset + symbol.st_size <= data->d_size);
            check_truth(opened, name, (const uint8_t *)data->d_buf + offset, symbol.st_size);
            checked++;
        }
    }
    elf_end(elf);
    close(fd);
    return checked;
}

static void test_members_lie_where_the_compiler_puts_them(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(free_text_at) char *source = type_source("c_types.c");
    size_t built = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(settings); i++) {
        const struct setting *setting = &settings[i];
        if (workshop_try(shop, "%s %s -ffreestanding -w -c -o types.o %s", setting->compiler, setting->flags,
                         source) != 0) {
            assert_false(setting->is_required);
            print_message("SKIPPED: %s %s\n", setting->compiler, setting->flags);
            continue;
        }
        print_message("%s %s\n", setting->compiler, setting->flags);
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "types.o");
        CLEANUP(free_text_at) char *path = workshop_path(shop, "types.o");
        assert_true(check_symbols(&opened, path) > 40);
        built++;
    }
    assert_true(built >= 5);
}

// dwz moves what two files share into a third one, which the references then lead to.
static void test_members_are_found_across_a_supplementary_file(void **state)
{
    const struct workshop *shop = *state;
    CLEANUP(free_text_at) char *source = type_source("c_types.c");
    if (!workshop_has_tool(shop, "dwz")) {
        skip_because("no dwz");
    }
    for (int version = 4; version <= 5; version++) {
        workshop_run(shop, "gcc -shared -fPIC -w -gdwarf-%d -o a.so %s && cp a.so b.so", version, source);
        workshop_run(shop, "dwz %s -m common%d.debug a.so b.so", version == 5 ? "--dwarf-5" : "", version);
        struct opened opened CLEANUP(opened_close_at) = open_types(shop, "a.so");
        assert_non_null(opened.object->alternate);
        CLEANUP(free_text_at) char *path = workshop_path(shop, "a.so");
        assert_true(check_symbols(&opened, path) > 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members_lie_where_the_compiler_puts_them),
        cmocka_unit_test(test_members_are_found_across_a_supplementary_file),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
