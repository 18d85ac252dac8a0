// SPDX-License-Identifier: MIT
// Sections as object_open gives them equal what binutils and LLVM take out of the same file, however they are
// stored.
#include "object_workshop.h"

static const enum section_id compared[] = {SECTION_INFO, SECTION_ABBREV, SECTION_STR, SECTION_LINE_STR,
                                           SECTION_LINE};

// Takes the sections of `plain` out with objcopy and compares those of `name`.
static void assert_same_sections(const struct workshop *shop, const char *name, const char *plain,
                                 unsigned threads)
{
    struct object_options options = {.threads = threads};
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, name, &options);
    size_t seen = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(compared); i++) {
        enum section_id id = compared[i];
        if (workshop_try(shop, "rm -f dump && objcopy --dump-section %s=dump %s /dev/null && test -s dump",
                         section_name(id), plain) != 0) {
            assert_int_equal(object->sections[id].size_bytes, 0);
            continue;
        }
        assert_section_is_file(shop, object, id, "dump");
        seen++;
    }
    assert_true(seen >= 3);
}

// More types than the small sources have, so that streams span several deflate blocks and zstd blocks.
static void write_many_types(const struct workshop *shop, const char *name, unsigned count)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (unsigned i = 0; i < count; i++)
        fprintf(file,
                "struct record_%u { char c%u; long field_%u[%u]; struct record_%u *next; } variable_%u;\n", i,
                i * 7919, i * 104729, i % 17 + 1, i, i);
    fprintf(file, "int main(void) { return 0; }\n");
    fclose(file);
}

static void test_plain_sections_are_the_files(void **state)
{
    const struct workshop *shop = *state;
    for (int version = 2; version <= 5; version++) {
        workshop_run(shop, "gcc -g -gdwarf-%d -o plain main.c", version);
        assert_same_sections(shop, "plain", "plain", 1);
    }
}

static void test_compressed_sections_inflate(void **state)
{
    const struct workshop *shop = *state;
    write_many_types(shop, "many.c", 4000);
    workshop_run(shop, "gcc -g -o many many.c");
    static const char *const methods[] = {"zlib", "zlib-gnu", "zlib-gabi", "zstd"};
    for (size_t i = 0; i < ARRAY_LENGTH(methods); i++) {
        workshop_run(shop, "objcopy --compress-debug-sections=%s many packed", methods[i]);
        // The fixture is what it says: the witness finds it smaller.
        workshop_run(shop, "test $(stat -c %%s packed) -lt $(stat -c %%s many)");
        assert_same_sections(shop, "packed", "many", 1);
        assert_same_sections(shop, "packed", "many", 4);
    }
    workshop_run(shop,
                 "gcc -g -gz=zlib -o linked many.c && objcopy --decompress-debug-sections linked plain");
    assert_same_sections(shop, "linked", "plain", 2);
}

// A 32-bit big-endian file has another compression header.
static void test_compressed_sections_of_foreign_files_inflate(void **state)
{
    const struct workshop *shop = *state;
    if (!workshop_has_tool(shop, "clang"))
        skip_because("no clang");
    static const char *const targets[] = {"powerpc-linux-gnu", "mips-linux-gnu", "powerpc64-linux-gnu",
                                          "i386-linux-gnu"};
    for (size_t i = 0; i < ARRAY_LENGTH(targets); i++) {
        workshop_run(
            shop,
            "clang --target=%s -ffreestanding -g -fno-eliminate-unused-debug-types -c -o plain.o types.c",
            targets[i]);
        workshop_run(shop,
                     "clang --target=%s -ffreestanding -g -fno-eliminate-unused-debug-types -gz=zlib -c -o "
                     "packed.o types.c",
                     targets[i]);
        CLEANUP(object_close_at) struct object *plain = workshop_object(shop, "plain.o", NULL);
        CLEANUP(object_close_at) struct object *packed = workshop_object(shop, "packed.o", NULL);
        for (int id = 0; id < SECTION_COUNT; id++) {
            assert_int_equal(plain->sections[id].size_bytes, packed->sections[id].size_bytes);
            assert_memory_equal(plain->sections[id].data, packed->sections[id].data,
                                plain->sections[id].size_bytes);
        }
        assert_true(packed->sections[SECTION_INFO].size_bytes > 0);
    }
}

// lld writes zstd sections as several frames; the format allows it, so a file made of two is read as one.
static void test_a_zstd_stream_of_two_frames_is_one_section(void **state)
{
    const struct workshop *shop = *state;
    if (!workshop_has_tool(shop, "zstd"))
        skip_because("no zstd");
    workshop_run(shop, "gcc -g -o plain main.c && objcopy --dump-section .debug_str=str plain /dev/null");
    workshop_run(shop, "head -c 100 str | zstd -q -c >frames && tail -c +101 str | zstd -q -c >>frames");
    CLEANUP(file_bytes_free_at) struct file_bytes frames = workshop_read(shop, "frames");
    CLEANUP(file_bytes_free_at) struct file_bytes str = workshop_read(shop, "str");
    uint64_t header[3] = {2, str.size_bytes, 1}; // Elf64_Chdr: method with its reserved word, size, alignment
    CLEANUP(file_bytes_free_at)
    struct file_bytes section = {malloc(sizeof(header) + frames.size_bytes),
                                 sizeof(header) + frames.size_bytes};
    memcpy(section.data, header, sizeof(header));
    memcpy(section.data + sizeof(header), frames.data, frames.size_bytes);
    workshop_write(shop, "section", section.data, section.size_bytes);
    workshop_run(shop, "objcopy --update-section .debug_str=section plain framed");
    CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, "framed");
    patch_section(file, ".debug_str")->sh_flags |= SHF_COMPRESSED; // objcopy has no word for it
    workshop_write(shop, "framed", file.data, file.size_bytes);
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "framed", NULL);
    assert_section_is_file(shop, object, SECTION_STR, "str");
}

// In a relocatable file every type unit has a section of its own; joined, their lengths lead from unit to
// unit to the end.
static void test_comdat_type_units_are_joined(void **state)
{
    const struct workshop *shop = *state;
    for (int version = 4; version <= 5; version++) {
        workshop_run(shop, "gcc -g -gdwarf-%d -fdebug-types-section -c -o units.o main.c", version);
        enum section_id id = version == 4 ? SECTION_TYPES : SECTION_INFO;
        CLEANUP(free_text_at)
        char *copies = workshop_ask(shop, "readelf -SW units.o | grep -c ' %s '", section_name(id));
        assert_true(atoi(copies) >= 2);
        CLEANUP(free_text_at)
        char *total = workshop_ask(shop,
                                   "t=0; for x in $(readelf -SW units.o | sed 's/^ *\\[ *[0-9]*\\]//' | "
                                   "awk '$1 == \"%s\" {print $5}'); do t=$((t + 0x$x)); done; echo $t",
                                   section_name(id));
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "units.o", NULL);
        assert_int_equal(object->sections[id].size_bytes, atoi(total));

        struct byte_reader reader = byte_reader_over(object->sections[id], false);
        int units = 0;
        for (; byte_reader_left(&reader); units++)
            byte_reader_skip(&reader, byte_reader_u32(&reader));
        assert_false(reader.failed);
        assert_int_equal(units, atoi(copies));
    }
}

static void test_split_dwarf_gives_the_split_set(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(shop, "gcc -g -gdwarf-5 -gsplit-dwarf -c -o split.o main.c");
    workshop_run(shop, "for s in info abbrev str str_offsets line; do objcopy --dump-section "
                       ".debug_$s.dwo=split.$s split.dwo "
                       "/dev/null; done");
    CLEANUP(object_close_at) struct object *split = workshop_object(shop, "split.dwo", NULL);
    assert_section_is_file(shop, split, SECTION_INFO, "split.info");
    assert_section_is_file(shop, split, SECTION_ABBREV, "split.abbrev");
    assert_section_is_file(shop, split, SECTION_STR, "split.str");
    assert_section_is_file(shop, split, SECTION_STR_OFFSETS, "split.str_offsets");
    assert_section_is_file(shop, split, SECTION_LINE, "split.line");
    assert_int_equal(split->sections[SECTION_ADDR].size_bytes, 0);

    // Both sets in one file: the types are in the split one, the addresses in the other.
    if (!workshop_has_tool(shop, "clang"))
        return;
    workshop_run(shop, "clang -g -gdwarf-5 -gsplit-dwarf=single -c -o both.o main.c");
    workshop_run(shop, "llvm-objcopy --dump-section .debug_info.dwo=both.info both.o /dev/null");
    CLEANUP(object_close_at) struct object *both = workshop_object(shop, "both.o", NULL);
    assert_section_is_file(shop, both, SECTION_INFO, "both.info");
    assert_true(both->sections[SECTION_ADDR].size_bytes > 0);
}

static void test_an_absent_section_is_empty_and_readable(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(shop, "gcc -g -gdwarf-4 -o plain main.c");
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "plain", NULL);
    struct bytes types = object->sections[SECTION_TYPES];
    assert_int_equal(types.size_bytes, 0);
    for (size_t i = 0; i < 16; i++)
        assert_int_equal(types.data[i], 0);
}

// Debian's kernel images are ET_EXEC and carry their relocations along: applied twice, they would be wrong.
static void test_relocations_of_a_linked_file_are_left_alone(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(
        shop,
        "gcc -g -no-pie -Wl,--emit-relocs -o linked main.c && readelf -SW linked | grep -q rela.debug_info");
    assert_same_sections(shop, "linked", "linked", 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_sections_are_the_files),
        cmocka_unit_test(test_compressed_sections_inflate),
        cmocka_unit_test(test_compressed_sections_of_foreign_files_inflate),
        cmocka_unit_test(test_a_zstd_stream_of_two_frames_is_one_section),
        cmocka_unit_test(test_comdat_type_units_are_joined),
        cmocka_unit_test(test_split_dwarf_gives_the_split_set),
        cmocka_unit_test(test_an_absent_section_is_empty_and_readable),
        cmocka_unit_test(test_relocations_of_a_linked_file_are_left_alone),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
