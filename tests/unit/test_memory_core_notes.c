// SPDX-License-Identifier: MIT
// Cores made by hand, asked in both ways: which program left it (object/core_program.h), and how it is opened as memory
// (memory/target.h). Both read the same notes, so both say the same of a whole core and of a hostile one.
#include "cmocka_all.h"
#include "memory/target.h"
#include "object/core_program.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS_MOST = 4, BYTES_MOST = 1 << 12, PROGRAM_AT = 0x400000, LIBRARY_AT = 0x700000 };

// A core in the making: segments of notes, with what each holds.
struct draft {
    uint8_t notes[SEGMENTS_MOST][512];
    size_t notes_bytes[SEGMENTS_MOST];
    size_t segments_count;
    bool is_numbered_elsewhere; // PN_XNUM: how many there are stands in section header 0
};

static char path[64];

static int remove_core(void **state)
{
    (void)state;
    if (*path)
        remove(path);
    return 0;
}

static void put(uint8_t *bytes, size_t *at, const void *data, size_t size_bytes)
{
    memcpy(bytes + *at, data, size_bytes);
    *at += size_bytes;
}

static void add_note(struct draft *draft, size_t segment, uint32_t type, const char *owner, const void *text,
                     size_t text_bytes)
{
    const Elf64_Nhdr header = {(Elf64_Word)strlen(owner) + 1, (Elf64_Word)text_bytes, type};
    uint8_t *bytes = draft->notes[segment];
    size_t *at = &draft->notes_bytes[segment];
    put(bytes, at, &header, sizeof(header));
    put(bytes, at, owner, strlen(owner) + 1);
    *at = (*at + 3) & ~(size_t)3;
    put(bytes, at, text, text_bytes);
    *at = (*at + 3) & ~(size_t)3;
    if (segment >= draft->segments_count)
        draft->segments_count = segment + 1;
}

static void add_files(struct draft *draft, size_t segment, const char *owner, const char *program)
{
    const uint64_t words[] = {2, 4096,       PROGRAM_AT,          PROGRAM_AT + 0x1000,
                              0, LIBRARY_AT, LIBRARY_AT + 0x1000, 0};
    uint8_t text[256];
    size_t at = 0;
    put(text, &at, words, sizeof(words));
    put(text, &at, program, strlen(program) + 1);
    put(text, &at, "/nowhere/lib.so", sizeof("/nowhere/lib.so"));
    add_note(draft, segment, NT_FILE, owner, text, at);
}

static void add_auxiliary(struct draft *draft, size_t segment, const char *owner)
{
    static const uint64_t words[] = {AT_PHNUM, 1, AT_PHDR, PROGRAM_AT + 64, AT_NULL, 0};
    add_note(draft, segment, NT_AUXV, owner, words, sizeof(words));
}

// Writes it, cut to `most` bytes. Returns how many it has.
static size_t write_core(const struct draft *draft, size_t most)
{
    static uint8_t bytes[BYTES_MOST];
    const Elf64_Shdr section = {.sh_info = (Elf64_Word)draft->segments_count};
    Elf64_Ehdr header = {.e_type = ET_CORE,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_phoff = sizeof(header),
                         .e_ehsize = sizeof(header),
                         .e_phentsize = sizeof(Elf64_Phdr),
                         .e_phnum = (Elf64_Half)draft->segments_count,
                         .e_shentsize = sizeof(section)};
    memset(bytes, 0, sizeof(bytes));
    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    size_t at = sizeof(header), offset = at + draft->segments_count * sizeof(Elf64_Phdr);
    for (size_t i = 0; i < draft->segments_count; i++) {
        const Elf64_Phdr segment = {.p_type = PT_NOTE, .p_offset = offset, .p_filesz = draft->notes_bytes[i]};
        put(bytes, &at, &segment, sizeof(segment));
        memcpy(bytes + offset, draft->notes[i], draft->notes_bytes[i]);
        offset += draft->notes_bytes[i];
    }
    if (draft->is_numbered_elsewhere) {
        header.e_phnum = PN_XNUM;
        header.e_shoff = offset;
        put(bytes, &offset, &section, sizeof(section));
    }
    memcpy(bytes, &header, sizeof(header));
    snprintf(path, sizeof(path), "core-notes-%d", (int)getpid());
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fwrite(bytes, 1, offset < most ? offset : most, file);
    fclose(file);
    return offset;
}

// Both say that the program is `wanted`; NULL: that it is not known.
static void expect_program(const char *wanted)
{
    struct image *image = NULL;
    struct memory_target *target = NULL;
    assert_null(image_open_bare(path, &image));
    const char *by_program = core_program_of(image).path;
    assert_null(memory_target_open(path, NULL, &target));
    const char *by_memory = target->executable_name;
    if (wanted) {
        assert_non_null(by_program);
        assert_non_null(by_memory);
        assert_string_equal(by_program, wanted);
        assert_string_equal(by_memory, wanted);
    } else {
        assert_null(by_program);
        assert_null(by_memory);
    }
    memory_target_close(target);
    image_close(image);
}

static void whole(void **state)
{
    (void)state;
    struct draft draft = {.segments_count = 0};
    add_auxiliary(&draft, 0, "CORE");
    add_files(&draft, 0, "CORE", "/nowhere/program");
    write_core(&draft, BYTES_MOST);
    expect_program("/nowhere/program");
}

static void in_two_segments(void **state)
{
    (void)state;
    struct draft draft = {.segments_count = 0};
    add_auxiliary(&draft, 0, "CORE");
    add_files(&draft, 1, "CORE", "/nowhere/program");
    write_core(&draft, BYTES_MOST);
    expect_program("/nowhere/program");
}

static void numbered_elsewhere(void **state)
{
    (void)state;
    struct draft draft = {.is_numbered_elsewhere = true};
    add_auxiliary(&draft, 0, "CORE");
    add_files(&draft, 0, "CORE", "/nowhere/program");
    write_core(&draft, BYTES_MOST);
    expect_program("/nowhere/program");
}

// A terminal would obey it.
static void a_name_that_is_no_text(void **state)
{
    (void)state;
    static const char *const names[] = {"/nowhere/\033[2Jprogram", "/nowhere/two\nlines", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        struct draft draft = {.segments_count = 0};
        add_auxiliary(&draft, 0, "CORE");
        add_files(&draft, 0, "CORE", names[i]);
        write_core(&draft, BYTES_MOST);
        expect_program(NULL);
    }
}

// Numbers of types are each owner's own.
static void of_another_owner(void **state)
{
    (void)state;
    struct draft draft = {.segments_count = 0};
    add_auxiliary(&draft, 0, "OTHER");
    add_files(&draft, 0, "OTHER", "/nowhere/other");
    write_core(&draft, BYTES_MOST);
    expect_program(NULL);
    add_auxiliary(&draft, 0, "CORE");
    add_files(&draft, 0, "CORE", "/nowhere/program");
    write_core(&draft, BYTES_MOST);
    expect_program("/nowhere/program");
}

static void behind_the_end_of_the_vector(void **state)
{
    (void)state;
    static const uint64_t words[] = {AT_PHNUM, 1, AT_NULL, 0, AT_PHDR, PROGRAM_AT + 64, AT_NULL, 0};
    struct draft draft = {.segments_count = 0};
    add_note(&draft, 0, NT_AUXV, "CORE", words, sizeof(words));
    add_files(&draft, 0, "CORE", "/nowhere/program");
    write_core(&draft, BYTES_MOST);
    expect_program(NULL);
}

// The note of files is the last, and nothing fills it up: without its last byte it is none.
static void cut_anywhere(void **state)
{
    (void)state;
    struct draft draft = {.segments_count = 0};
    add_auxiliary(&draft, 0, "CORE");
    add_files(&draft, 0, "CORE", "/nowhere/main.x");
    const size_t whole_bytes = write_core(&draft, BYTES_MOST);
    expect_program("/nowhere/main.x");
    for (size_t at = sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr); at < whole_bytes; at++) {
        write_core(&draft, at);
        expect_program(NULL);
    }
}

static void hostile_lists(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 3, 1000, UINT64_MAX, UINT64_MAX / 24 + 1};
    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        const uint64_t words[] = {counts[i], 4096, LIBRARY_AT, LIBRARY_AT + 1, 0};
        struct draft draft = {.segments_count = 0};
        add_auxiliary(&draft, 0, "CORE");
        add_note(&draft, 0, NT_FILE, "CORE", words, sizeof(words));
        write_core(&draft, BYTES_MOST);
        expect_program(NULL);
    }
}

// Each of 65534 segments of notes is the whole file, which is short notes: read each time, they would take hours.
static void the_same_notes_again_and_again(void **state)
{
    (void)state;
    enum { HEADERS = 65534, NOTES_BYTES = 12 << 20 };
    const Elf64_Ehdr header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                               .e_type = ET_CORE,
                               .e_machine = EM_X86_64,
                               .e_version = EV_CURRENT,
                               .e_phoff = sizeof(header),
                               .e_ehsize = sizeof(header),
                               .e_phentsize = sizeof(Elf64_Phdr),
                               .e_phnum = HEADERS};
    const size_t notes_at = sizeof(header) + HEADERS * sizeof(Elf64_Phdr);
    const Elf64_Phdr segment = {.p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = NOTES_BYTES};
    uint8_t *notes = calloc(NOTES_BYTES, 1);
    snprintf(path, sizeof(path), "core-notes-%d", (int)getpid());
    FILE *file = fopen(path, "wb");
    assert_true(notes && file);
    fwrite(&header, sizeof(header), 1, file);
    for (size_t i = 0; i < HEADERS; i++)
        fwrite(&segment, sizeof(segment), 1, file);
    fwrite(notes, 1, NOTES_BYTES, file);
    fclose(file);
    free(notes);
    expect_program(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),
        cmocka_unit_test(in_two_segments),
        cmocka_unit_test(numbered_elsewhere),
        cmocka_unit_test(a_name_that_is_no_text),
        cmocka_unit_test(of_another_owner),
        cmocka_unit_test(behind_the_end_of_the_vector),
        cmocka_unit_test(cut_anywhere),
        cmocka_unit_test(hostile_lists),
        cmocka_unit_test(the_same_notes_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, remove_core);
}
