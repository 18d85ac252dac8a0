// SPDX-License-Identifier: MIT
// Memory of files: our own executable beside our own memory, and files made by hand: segments with zeros
// behind them, cores that leave out what the executable has, files that were cut short or lie.
#include "cmocka_all.h"
#include "errors_expected.h"
#include "memory/memory.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char constant[] = "a constant of this very program";
static char variable[64] = "as it was at the start";
static char nothing[4096];

static int take_bias(struct dl_phdr_info *info, size_t size_bytes, void *bias)
{
    (void)size_bytes;
    *(uint64_t *)bias = info->dlpi_addr;
    return 1; // the program itself is the first
}

// The dynamic linker says where it put the program; the file moved there holds what the program sees.
static void our_own_file(void **state)
{
    (void)state;
    struct memory *memory;
    uint64_t bias = 0;
    char got[sizeof(nothing)];
    dl_iterate_phdr(take_bias, &bias);
    must(memory_open_file("/proc/self/exe", bias, &memory));
    must(memory_read(memory, (uint64_t)(uintptr_t)constant, got, sizeof(constant)));
    assert_string_equal(got, constant);
    snprintf(variable, sizeof(variable), "changed since");
    must(memory_read(memory, (uint64_t)(uintptr_t)variable, got, sizeof(variable)));
    assert_string_equal(got, "as it was at the start");
    memset(nothing, 1, sizeof(nothing));
    memset(got, 2, sizeof(got));
    must(memory_read(memory, (uint64_t)(uintptr_t)nothing, got, sizeof(got)));
    for (size_t i = 0; i < sizeof(got); i++)
        assert_int_equal(got[i], 0);
    must_fail(memory_read(memory, bias - 4096, got, 1), "/proc/self/exe: 0x1 bytes at 0x");
    memory_close(memory);
}

// --- Files made by hand ---

struct part {
    uint32_t flags;
    uint64_t address, file_bytes, memory_bytes; // the file's bytes are `fill`, counted up
    uint8_t fill;
};

enum { FILE_MOST = 1 << 16 };

static char path[2][32];

// Writes an ELF file of these segments, cut to `most` bytes; which: 0 or 1. Returns its path.
static const char *write_file(int which, uint16_t type, const struct part *parts, size_t count, size_t most)
{
    static uint8_t bytes[FILE_MOST];
    Elf64_Ehdr header = {.e_type = type,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(header),
                         .e_ehsize = sizeof(header),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = (uint16_t)count,
                         .e_shentsize = sizeof(Elf64_Shdr)};
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    size_t at = sizeof(header) + count * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < count; i++) {
        Elf64_Phdr segment = {.p_type = PT_LOAD,
                              .p_flags = parts[i].flags,
                              .p_offset = at,
                              .p_vaddr = parts[i].address,
                              .p_filesz = parts[i].file_bytes,
                              .p_memsz = parts[i].memory_bytes};
        memcpy(bytes + sizeof(header) + i * sizeof(segment), &segment, sizeof(segment));
        for (uint64_t k = 0; k < parts[i].file_bytes && at < FILE_MOST; k++)
            bytes[at++] = (uint8_t)(parts[i].fill + k);
    }
    memcpy(bytes, &header, sizeof(header));
    snprintf(path[which], sizeof(path[which]), "memory-%d-%d", (int)getpid(), which);
    FILE *file = fopen(path[which], "wb");
    assert_non_null(file);
    fwrite(bytes, 1, at < most ? at : most, file);
    fclose(file);
    return path[which];
}

static int remove_files(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        if (*path[i])
            remove(path[i]);
    return 0;
}

static void expect(struct memory *memory, uint64_t address, const char *wanted, size_t size_bytes)
{
    char got[256];
    must(memory_read(memory, address, got, size_bytes));
    assert_memory_equal(got, wanted, size_bytes);
}

static void expect_none(struct memory *memory, uint64_t address, size_t size_bytes)
{
    char got[256];
    must_fail(memory_read(memory, address, got, size_bytes), "not all of them");
}

static void segments_and_zeros(void **state)
{
    (void)state;
    // The second follows the first, the third leaves a hole; out of order in the file.
    static const struct part parts[] = {
        {PF_R | PF_W, 0x2000, 4, 16, 'p'}, {PF_R, 0x1000, 0x1000, 0x1000, 'a'}, {PF_R, 0x3000, 8, 8, 'A'}};
    struct memory *memory;
    must(memory_open_file(write_file(0, ET_DYN, parts, 3, FILE_MOST), 0x10000, &memory));
    expect(memory, 0x11000, "abcd", 4);
    expect(memory, 0x12000, "pqrs\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    expect(memory, 0x11ffe, "\x5f\x60pqrs\0\0", 8); // over the border of two segments
    expect(memory, 0x13000, "ABCDEFGH", 8);
    expect_none(memory, 0x12008, 9); // into the hole
    expect_none(memory, 0x1200f, 2);
    expect_none(memory, 0x12010, 1);
    expect_none(memory, 0x12fff, 2); // out of the hole
    expect_none(memory, 0x10fff, 2);
    expect_none(memory, 0x13007, 2);
    expect_none(memory, 0x3000, 1); // not moved
    char got[4][8];
    struct memory_range ranges[] = {{0x11000, got[0], 2, false},
                                    {0x12010, got[1], 2, false},
                                    {UINT64_MAX, got[2], 2, false},
                                    {0x13006, got[3], 2, false}};
    assert_int_equal(memory_read_ranges(memory, ranges, 4), 2);
    assert_true(ranges[0].is_read && !ranges[1].is_read && !ranges[2].is_read && ranges[3].is_read);
    assert_memory_equal(got[0], "ab", 2);
    assert_memory_equal(got[3], "GH", 2);
    memory_close(memory);
}

// Constants come from the executable; variables, of which it knows the first values only, do not.
static void cores_and_their_executable(void **state)
{
    (void)state;
    static const struct part of_program[] = {{PF_R, 0x1000, 32, 32, 'a'}, {PF_R | PF_W, 0x2000, 8, 24, 'A'}};
    static const struct part of_core[] = {
        {PF_R, 0x5000, 4, 32, '0'}, {PF_R | PF_W, 0x6000, 0, 24, 0}, {PF_R | PF_W, 0x7000, 8, 8, 'p'}};
    struct memory *memory;
    const char *core = write_file(0, ET_CORE, of_core, 3, FILE_MOST);
    const char *program = write_file(1, ET_DYN, of_program, 2, FILE_MOST);
    must(memory_open_core(core, program, 0x4000, &memory));
    expect(memory, 0x5000, "0123efgh", 8); // the core's first
    expect(memory, 0x7000, "pqrstuvw", 8);
    expect_none(memory, 0x6000, 8);
    expect_none(memory, 0x6008, 8); // and no zeros either
    memory_close(memory);
    must(memory_open_core(core, NULL, 0, &memory));
    expect(memory, 0x5000, "0123", 4);
    expect_none(memory, 0x5002, 4);
    memory_close(memory);
    must_fail(memory_open_core(program, NULL, 0, &memory), "no core");
    must_fail(memory_open_core(core, "no-such-program", 0, &memory), "no-such-program");
    assert_null(memory);
}

static void cut_cores(void **state)
{
    (void)state;
    static const struct part parts[] = {{PF_R, 0x1000, 64, 64, 'a'}, {PF_R | PF_W, 0x2000, 64, 64, 'A'}};
    size_t start = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
    struct memory *memory;
    must(memory_open_core(write_file(0, ET_CORE, parts, 2, start + 64 + 8), NULL, 0, &memory));
    expect(memory, 0x1000, "abcd", 4);
    expect(memory, 0x2000, "ABCDEFGH", 8);
    expect_none(memory, 0x2007, 2);
    memory_close(memory);
    must(memory_open_core(write_file(0, ET_CORE, parts, 2, start + 2), NULL, 0, &memory));
    expect(memory, 0x1000, "ab", 2);
    expect_none(memory, 0x1000, 3);
    expect_none(memory, 0x2000, 1);
    memory_close(memory);
    // A debugger's core ends with section headers: they are lost first.
    const char *name = write_file(0, ET_CORE, parts, 2, start + 64 + 8);
    uint64_t lost = 1 << 20;
    FILE *file = fopen(name, "r+b");
    fseek(file, offsetof(Elf64_Ehdr, e_shoff), SEEK_SET);
    fwrite(&lost, sizeof(lost), 1, file);
    fclose(file);
    must(memory_open_core(name, NULL, 0, &memory));
    expect(memory, 0x2000, "ABCDEFGH", 8);
    memory_close(memory);
    must_fail(memory_open_core(write_file(0, ET_CORE, parts, 2, start - 1), NULL, 0, &memory),
              "program headers");
}

static void files_that_lie(void **state)
{
    (void)state;
    static const struct part wraps[] = {{PF_R, UINT64_MAX - 15, 8, 32, 'a'}};
    static const struct part last[] = {{PF_R, UINT64_MAX - 15, 16, 16, 'a'}};
    static const struct part huge[] = {{PF_R, 0x1000, 16, UINT64_MAX - 0x1000, 'a'}};
    static const struct part overlap[] = {{PF_R, 0x1000, 16, 16, 'a'},
                                          {PF_R, 0x1008, 16, 16, 'A'},
                                          {PF_R, 0x1000, 4, 4, '0'},
                                          {PF_R, 0x1002, 4, 4, '5'}};
    struct memory *memory;
    char got[4];
    must_fail(memory_open_file(write_file(0, ET_EXEC, wraps, 1, FILE_MOST), 0, &memory), "address space");
    must_fail(memory_open_file(write_file(0, ET_EXEC, last, 0, FILE_MOST), 0, &memory), "no program headers");
    must(memory_open_file(write_file(0, ET_EXEC, last, 1, FILE_MOST), 0, &memory));
    expect(memory, UINT64_MAX - 15, "abcdefghijklmnop", 16);
    must_fail(memory_read(memory, UINT64_MAX - 1, got, 3), "wraps round");
    memory_close(memory);
    must(memory_open_file(write_file(0, ET_EXEC, huge, 1, FILE_MOST), 0, &memory));
    expect(memory, 0x1000, "abcd", 4);
    expect(memory, 0x123456789, "\0\0", 2);
    memory_close(memory);
    must(memory_open_file(write_file(0, ET_EXEC, overlap, 4, FILE_MOST), 0, &memory));
    expect(memory, 0x1000, "0123", 4); // one answer for each address
    expect(memory, 0x1017, "P", 1);
    expect_none(memory, 0x1018, 1);
    memory_close(memory);
    must_fail(memory_open_file("/", 0, &memory), "is a directory");
    must_fail(memory_open_file("no-such-file", 0, &memory), "no-such-file");
}

// All bytes of the headers in turn are set to hostile values: an error or an answer, nothing else.
static void hostile_headers(void **state)
{
    (void)state;
    static const struct part parts[] = {{PF_R, 0x1000, 64, 64, 'a'}, {PF_R | PF_W, 0x2000, 64, 128, 'A'}};
    static const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};
    size_t headers = sizeof(Elf64_Ehdr) + 2 * sizeof(Elf64_Phdr);
    unsigned opened = 0;
    for (size_t at = 0; at < headers; at++) {
        for (size_t v = 0; v < sizeof(values); v++) {
            const char *name = write_file(0, v % 2 ? ET_CORE : ET_DYN, parts, 2, FILE_MOST);
            FILE *file = fopen(name, "r+b");
            fseek(file, (long)at, SEEK_SET);
            fputc(values[v], file);
            fclose(file);
            struct memory *memory;
            struct error *error =
                v % 2 ? memory_open_core(name, name, 0, &memory) : memory_open_file(name, 0, &memory);
            static const uint64_t addresses[] = {0, 0x1000, 0x103f, 0x2040, UINT64_MAX - 9};
            for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]) && !error; i++) {
                char got[16];
                error_free(memory_read(memory, addresses[i], got, sizeof(got)));
            }
            opened += !error;
            error_free(error);
            memory_close(memory);
        }
    }
    assert_between(opened, 100, headers * sizeof(values)); // most bytes do no harm
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_file),
        cmocka_unit_test(segments_and_zeros),
        cmocka_unit_test(cores_and_their_executable),
        cmocka_unit_test(cut_cores),
        cmocka_unit_test(files_that_lie),
        cmocka_unit_test(hostile_headers),
    };
    return cmocka_run_group_tests(tests, NULL, remove_files);
}
