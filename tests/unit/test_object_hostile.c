// SPDX-License-Identifier: MIT
// Files that lie. Whatever stands in them, opening gives an object or one line of complaint: no crash (the
// sanitizers watch), no hang, no memory beyond reason, and no byte of a section outside what may be read.
#include "object/inflate.h"
#include "object_workshop.h"
#include <sys/mman.h>
#include <sys/resource.h>

// Opens a file that may be anything, touches every byte that it offers, and says whether it opened.
static bool survive(const char *path)
{
    struct object_options options = {.threads = 2};
    struct object *object = NULL;
    struct error *error = object_open(path, &options, &object);
    if (error) {
        assert_null(object);
        assert_null(strchr(error->message, '\n'));
        error_free(error);
        return false;
    }
    for (int id = 0; id < SECTION_COUNT; id++)
        touch_bytes((struct bytes){object->sections[id].data, object->sections[id].size_bytes + 16});
    uint64_t address, size_bytes;
    if (object_find_symbol(object, "main", &address, &size_bytes))
        touch_bytes(object_read_address(object, address, size_bytes));
    object_close(object);
    return true;
}

// The inputs that truncation and mutation start from: each takes another way through the layer.
static const char *const seeds[] = {"plain", "zlib.o", "zstd", "units.o", "small32.o", "linked"};

static void build_seeds(const struct workshop *shop)
{
    workshop_run(shop,
                 "gcc -g -nostdlib -static -Wl,--build-id -Wl,-e,main -o plain main.c && "
                 "gcc -g -gz -c -o zlib.o main.c && objcopy --compress-debug-sections=zstd plain zstd && "
                 "gcc -g -gdwarf-4 -fdebug-types-section -c -o units.o main.c && gcc -m32 -g -c -o small32.o "
                 "main.c && "
                 "cp plain whole.debug && objcopy -g --add-gnu-debuglink=whole.debug plain linked");
    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
        CLEANUP(free_text_at) char *path = workshop_path(shop, seeds[i]);
        assert_true(survive(path));
    }
}

static void test_a_file_cut_anywhere_is_survived(void **state)
{
    const struct workshop *shop = *state;
    build_seeds(shop);
    CLEANUP(free_text_at) char *path = workshop_path(shop, "cut");
    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
        CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, seeds[i]);
        for (size_t size_bytes = 1; size_bytes < file.size_bytes; size_bytes += size_bytes < 256 ? 1 : 64) {
            workshop_write(shop, "cut", file.data, size_bytes);
            // The section headers stand at the end, so nothing that is cut can open.
            if (survive(path))
                fail_msg("%s cut to %zu bytes opens", seeds[i], size_bytes);
        }
    }
}

static uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13; // xorshift64: the same mutations in every run
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_random_damage_is_survived(void **state)
{
    const struct workshop *shop = *state;
    build_seeds(shop);
    CLEANUP(free_text_at) char *path = workshop_path(shop, "damaged");
    uint64_t random = 0x5712a7a;
    unsigned opened = 0, refused = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(seeds); i++) {
        CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, seeds[i]);
        CLEANUP(file_bytes_free_at) struct file_bytes copy = {malloc(file.size_bytes), file.size_bytes};
        bool wide = file.data[EI_CLASS] == ELFCLASS64;
        size_t headers =
            wide ? ((Elf64_Ehdr *)(void *)file.data)->e_shoff : ((Elf32_Ehdr *)(void *)file.data)->e_shoff;
        for (unsigned run = 0; run < 700; run++) {
            memcpy(copy.data, file.data, file.size_bytes);
            for (unsigned flips = 1 + random_next(&random) % 4; flips; flips--) {
                // Half of the damage goes to the headers, where the lies are.
                size_t at = random_next(&random) % file.size_bytes;
                uint64_t choice = random_next(&random) % 4;
                if (choice == 0)
                    at %= 64;
                else if (choice == 1)
                    at = headers + at % (file.size_bytes - headers);
                static const uint8_t telling[] = {0x00, 0x01, 0x7f, 0x80, 0xff};
                uint64_t value = random_next(&random);
                copy.data[at] = value & 0x100 ? telling[value % ARRAY_LENGTH(telling)] : (uint8_t)value;
            }
            workshop_write(shop, "damaged", copy.data, copy.size_bytes);
            if (survive(path))
                opened++;
            else
                refused++;
        }
    }
    // Both kinds came about, so the damage is neither too soft nor too hard to test anything.
    assert_true(opened > 100);
    assert_true(refused > 100);
}

struct lie {
    const char *seed, *section, *message;
    void (*tell)(struct file_bytes file, Elf64_Shdr *section);
};

static void lie_offset(struct file_bytes file, Elf64_Shdr *section)
{
    (void)file;
    section->sh_offset = UINT64_MAX - 8;
}

static void lie_size(struct file_bytes file, Elf64_Shdr *section)
{
    (void)file;
    section->sh_size = UINT64_C(1) << 40;
}

static Elf64_Chdr *compression_of(struct file_bytes file, const Elf64_Shdr *section)
{
    return (Elf64_Chdr *)(void *)(file.data + section->sh_offset);
}

static void lie_inflated_a_little(struct file_bytes file, Elf64_Shdr *section)
{
    compression_of(file, section)->ch_size += 1;
}

static void lie_deflated_a_little(struct file_bytes file, Elf64_Shdr *section)
{
    compression_of(file, section)->ch_size -= 1;
}

static void lie_inflated_much(struct file_bytes file, Elf64_Shdr *section)
{
    compression_of(file, section)->ch_size = section->sh_size * 40000;
}

static void lie_inflated_madly(struct file_bytes file, Elf64_Shdr *section)
{
    compression_of(file, section)->ch_size = UINT64_MAX;
}

static void lie_method(struct file_bytes file, Elf64_Shdr *section)
{
    compression_of(file, section)->ch_type = 77;
}

static void lie_short_header(struct file_bytes file, Elf64_Shdr *section)
{
    (void)file;
    section->sh_size = 11;
}

static void lie_stream(struct file_bytes file, Elf64_Shdr *section)
{
    memset(file.data + section->sh_offset + sizeof(Elf64_Chdr) + 6, 0x5a, 16);
}

static void lie_relocations_cut(struct file_bytes file, Elf64_Shdr *section)
{
    (void)file;
    section->sh_size -= 1;
}

static void lie_link(struct file_bytes file, Elf64_Shdr *section)
{
    (void)file;
    section->sh_link = UINT32_MAX;
}

static void lie_section_table(struct file_bytes file, Elf64_Shdr *section)
{
    (void)section;
    ((Elf64_Ehdr *)(void *)file.data)->e_shoff = file.size_bytes - 1;
}

// Section 0 counts the sections when the header says none: 2^40 of them.
static void lie_section_count(struct file_bytes file, Elf64_Shdr *section)
{
    (void)section;
    Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)file.data;
    header->e_shnum = 0;
    ((Elf64_Shdr *)(void *)(file.data + header->e_shoff))->sh_size = UINT64_C(1) << 40;
}

static const struct lie lies[] = {
    {"plain", ".debug_info", "truncated", lie_offset},
    {"plain", ".debug_str", "truncated", lie_size},
    {"plain", ".debug_info", "truncated", lie_section_table},
    {"plain", ".debug_info", "truncated", lie_section_count},
    {"zlib.o", ".debug_info", "ends before", lie_inflated_a_little},
    {"zlib.o", ".debug_info", "holds more", lie_deflated_a_little},
    {"zlib.o", ".debug_info", "can hold at most", lie_inflated_much},
    {"zlib.o", ".debug_info", "limit of 16 GiB", lie_inflated_madly},
    {"zlib.o", ".debug_info", "unknown method 77", lie_method},
    {"zlib.o", ".debug_info", "too short", lie_short_header},
    {"zlib.o", ".debug_info", "damaged", lie_stream},
    {"zstd", ".debug_info", "zstd stream holds", lie_inflated_a_little},
    {"zstd", ".debug_info", "damaged", lie_deflated_a_little},
    {"zstd", ".debug_info", "can hold at most", lie_inflated_much},
    {"zstd", ".debug_info", "limit of 16 GiB", lie_inflated_madly},
    {"zstd", ".debug_info", "zstd stream", lie_stream},
    {"units.o", ".rela.debug_info", "cut short", lie_relocations_cut},
    {"units.o", ".rela.debug_info", "does not exist", lie_link},
};

static void test_each_lie_is_called_by_its_name(void **state)
{
    const struct workshop *shop = *state;
    build_seeds(shop);
    for (size_t i = 0; i < ARRAY_LENGTH(lies); i++) {
        CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, lies[i].seed);
        lies[i].tell(file, patch_section(file, lies[i].section));
        workshop_write(shop, "liar", file.data, file.size_bytes);
        CLEANUP(error_free_at) struct error *error = workshop_refusal(shop, "liar", NULL);
        if (!strstr(error->message, lies[i].message))
            fail_msg("lie %zu: %s", i, error->message);
        if (lies[i].message[0] != 't' || strcmp(lies[i].message, "too short") == 0)
            assert_non_null(strstr(error->message, ".debug_"));
    }
}

// A table of many headers for the same bytes: joined, or relocated, they would cost the square of the file.
static void test_many_headers_over_the_same_bytes_are_refused(void **state)
{
    const struct workshop *shop = *state;
    enum { HEADERS = 20000 };
    static const char names[] = "\0.debug_info\0.rela\0.shstrtab";
    static const struct {
        unsigned name, type;
    } kinds[] = {{1, SHT_PROGBITS}, {13, SHT_RELA}};
    for (size_t kind = 0; kind < ARRAY_LENGTH(kinds); kind++) {
        size_t payload_at = sizeof(Elf64_Ehdr) + HEADERS * sizeof(Elf64_Shdr),
               payload_bytes = (size_t)24 << 15;
        CLEANUP(file_bytes_free_at)
        struct file_bytes file = {calloc(1, payload_at + payload_bytes), payload_at + payload_bytes};
        Elf64_Ehdr *header = (Elf64_Ehdr *)(void *)file.data;
        *header =
            (Elf64_Ehdr){.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                         .e_type = ET_REL,
                         .e_machine = EM_X86_64,
                         .e_version = EV_CURRENT,
                         .e_shoff = sizeof(Elf64_Ehdr),
                         .e_ehsize = sizeof(Elf64_Ehdr),
                         .e_shentsize = sizeof(Elf64_Shdr),
                         .e_shnum = HEADERS,
                         .e_shstrndx = 2};
        memcpy(file.data + payload_at, names, sizeof(names));
        Elf64_Shdr *sections = (Elf64_Shdr *)(void *)(file.data + header->e_shoff);
        sections[1] =
            (Elf64_Shdr){.sh_name = 1, .sh_type = SHT_PROGBITS, .sh_offset = payload_at, .sh_size = 64};
        sections[2] = (Elf64_Shdr){
            .sh_name = 19, .sh_type = SHT_STRTAB, .sh_offset = payload_at, .sh_size = sizeof(names)};
        for (size_t i = 3; i < HEADERS; i++)
            sections[i] = (Elf64_Shdr){.sh_name = kinds[kind].name,
                                       .sh_type = kinds[kind].type,
                                       .sh_info = 1,
                                       .sh_offset = payload_at + 48,
                                       .sh_size = payload_bytes - 48};
        workshop_write(shop, "crowd", file.data, file.size_bytes);
        CLEANUP(error_free_at) struct error *error = workshop_refusal(shop, "crowd", NULL);
        assert_non_null(strstr(error->message, "overlap"));
    }
}

// The header claims far more than the stream, damaged at its start, will ever yield: memory is only spent on
// what comes out, whoever prepares its pages.
static void test_a_damaged_stream_gets_no_memory_for_what_it_claims(void **state)
{
    (void)state;
    enum { KIBIBYTE = 1024 };
    const size_t claimed_bytes = (size_t)2 << 30;
    const uint8_t damaged[64] = {0x28, 0xb5, 0x2f, 0xfd, 0xff};
    uint8_t little[16];
    uint8_t *target =
        mmap(NULL, claimed_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    assert_true(target != MAP_FAILED);
    struct inflate_job jobs[] = {
        {.plan = {INFLATE_ZSTD, {damaged, sizeof(damaged)}, claimed_bytes},
         .name = "large",
         .target = target},
        {.plan = {INFLATE_COPY, {damaged, sizeof(little)}, sizeof(little)},
         .name = "little",
         .target = little},
    };
    struct rusage before, after;
    getrusage(RUSAGE_SELF, &before);
    CLEANUP(error_free_at) struct error *error = inflate_run(jobs, ARRAY_LENGTH(jobs), 2);
    getrusage(RUSAGE_SELF, &after);
    assert_non_null(error);
    assert_non_null(strstr(error->message, "large: zstd stream is damaged"));
    assert_true((size_t)(after.ru_maxrss - before.ru_maxrss) < claimed_bytes / 2 / KIBIBYTE);
    munmap(target, claimed_bytes);
}

int main(void)
{
    // What a lie makes the layer ask for must not bring the machine down with it. The sanitizers need their
    // shadow.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    struct rlimit limit = {(rlim_t)4 << 30, (rlim_t)4 << 30};
    setrlimit(RLIMIT_AS, &limit);
#endif
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_cut_anywhere_is_survived),
        cmocka_unit_test(test_random_damage_is_survived),
        cmocka_unit_test(test_each_lie_is_called_by_its_name),
        cmocka_unit_test(test_many_headers_over_the_same_bytes_are_refused),
        cmocka_unit_test(test_a_damaged_stream_gets_no_memory_for_what_it_claims),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
