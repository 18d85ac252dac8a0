// SPDX-License-Identifier: MIT
// A compressed .debug_info that is scanned while it is being inflated gives what it gives when it is read as a whole: types, problems and
// errors, whatever the number of threads, and whatever is wrong with it.
#include "base/output.h"
#include "object/growth.h"
#include "object_workshop.h"
#include "source/source_open.h"

#include <inttypes.h>

struct counting_sink {
    struct progress_sink sink;
    unsigned begun, updates;
};

static void count_begin(struct progress_sink *sink, const char *label)
{
    (void)label;
    ((struct counting_sink *)sink)->begun++;
}

static void count_update(struct progress_sink *sink, uint64_t done, uint64_t total)
{
    (void)done;
    (void)total;
    ((struct counting_sink *)sink)->updates++;
}

static void count_nothing(struct progress_sink *sink)
{
    (void)sink;
}

struct text_sink {
    struct notice_sink sink;
    struct output text;
};

static void take_line(struct notice_sink *sink, const char *line)
{
    output_format(&((struct text_sink *)sink)->text, "notice %s\n", line);
}

static void write_index(struct output *text, const struct type_index *index)
{
    output_format(text, "%" PRIu64 " items, valid %d\n", (uint64_t)index->items_count, index->is_valid);
    for (size_t i = 0; i < index->entries_count; i++) {
        const struct type_index_entry *entry = &index->entries[i];
        output_format(text,
                      "%s kind %d size %" PRIu64 " at 0x%" PRIx64
                      " copies %u line %u members %u shape %" PRIx64 "\n",
                      entry->name, (int)entry->kind, (uint64_t)entry->size_bytes, (uint64_t)entry->id.number,
                      (unsigned)entry->copies, (unsigned)entry->declared_line, (unsigned)entry->members_count,
                      (uint64_t)entry->shape);
    }
    for (size_t i = 0; i < index->problems.length; i++)
        output_format(text, "problem %s\n", index->problems.data[i].text);
}

// How a file is read.
struct reading {
    unsigned threads;
    bool grows;
    const char *const *names; // NULL: everything
    size_t names_count;
};

// What opening and asking say, as text: the caller's. *is_ahead: the answer was there when the file was open.
static char *answer_of(const struct workshop *shop, const char *name, const struct reading *reading,
                       bool *is_ahead)
{
    CLEANUP(free_text_at) char *path = workshop_path(shop, name);
    struct counting_sink opening = {{count_begin, count_update, count_nothing}, 0, 0}, asking = opening;
    struct text_sink notices = {.sink = {.take = take_line}};
    struct type_source_options options = {
        .threads = reading->threads, .format = "dwarf", .progress = &opening.sink};
    const struct type_source_index_options asked = {.threads = reading->threads, .progress = &asking.sink};
    struct type_source *source = NULL;
    struct type_index *index = NULL;
    if (reading->grows)
        options.ahead = (struct type_source_ahead){.index = !reading->names,
                                                   .names = reading->names,
                                                   .names_count = reading->names_count,
                                                   .from_bytes_test = 1};
    struct error *error = type_source_open(path, &options, &notices.sink, &source);
    if (!error)
        error = reading->names
                    ? type_source_find_names(source, reading->names, reading->names_count, &asked, &index)
                    : type_source_index(source, &asked, &index);
    if (error)
        output_format(&notices.text, "error %d %s\n", (int)error->code, error->message);
    else
        write_index(&notices.text, index);
    *is_ahead = index && asking.updates == 0;
    assert_true(reading->grows || opening.begun == 0);
    error_free(error);
    type_index_free(index);
    type_source_close(source);
    output_char(&notices.text, '\0');
    char *text = strdup(notices.text.data);
    output_free(&notices.text);
    assert_non_null(text);
    return text;
}

// Both ways say the same. True: the growing way had its answer ahead.
static bool assert_same_answer(const struct workshop *shop, const char *name, const char *const *names,
                               size_t names_count)
{
    bool is_ahead = false, ignored;
    const struct reading whole = {1, false, names, names_count};
    CLEANUP(free_text_at) char *expected = answer_of(shop, name, &whole, &ignored);
    static const unsigned threads[] = {1, 2, 3, 7};
    for (size_t i = 0; i < ARRAY_LENGTH(threads); i++) {
        const struct reading growing = {threads[i], true, names, names_count};
        CLEANUP(free_text_at) char *text = answer_of(shop, name, &growing, &ignored);
        assert_string_equal(text, expected);
        is_ahead |= ignored;
    }
    return is_ahead;
}

static bool has_library(const struct workshop *shop)
{
    workshop_run(shop, "gcc -g -o probe main.c && objcopy --compress-debug-sections=zlib probe probe.z");
    const struct object_options options = {.threads = 2, .grow_from_bytes = 1};
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "probe.z", &options);
    const bool grows = object_is_growing(object);
    assert_null(object_settle(object));
    return grows;
}

// ---- programs of many units -----------------------------------------------------------------------------

enum { UNITS = 24 };

// Units in C++ with a header in common, types of their own, namespaces, templates, and bodies that complete members of templates.
static void write_sources(const struct workshop *shop)
{
    workshop_write_text(
        shop, "common.hh",
        "#pragma once\n"
        "namespace outer { struct shared { int a; char b; shared *next; };\n"
        "template <class T, int N> struct holder { T items[N]; struct inner { T one; long two; };\n"
        "  template <class U> U take(U value) { struct local { U kept; T item; } l{value, items[0]};\n"
        "    return l.kept; } };\n"
        "enum class colour : short { red, green = 7 }; union either { int i; float f; }; }\n"
        "typedef struct { int x, y; } point;\n");
    for (int i = 0; i < UNITS; i++) {
        char name[32], text[1024];
        snprintf(name, sizeof(name), "unit%d.cc", i);
        snprintf(text, sizeof(text),
                 "#include \"common.hh\"\n"
                 "namespace own%d { struct only { outer::shared s; char c[%d]; outer::colour k; }; }\n"
                 "own%d::only variable%d; point p%d; outer::either e%d;\n"
                 "outer::holder<int, %d> h%d; outer::holder<outer::shared, 2>::inner n%d;\n"
                 "long call%d(long v) { return h%d.take(v) + h%d.take('c'); }\n",
                 i, i + 1, i, i, i, i, i % 5 + 1, i, i, i, i, i);
        workshop_write_text(shop, name, text);
    }
    workshop_write_text(shop, "start.cc", "int main() { return 0; }\n");
}

static void build(const struct workshop *shop, const char *options, const char *name)
{
    workshop_run(shop, "for i in $(seq 0 %d); do g++ %s -c -o unit$i.o unit$i.cc || exit 1; done", UNITS - 1,
                 options);
    workshop_run(shop,
                 "g++ %s -o %s.plain start.cc unit*.o && objcopy --compress-debug-sections=zlib %s.plain %s",
                 options, name, name, name);
}

static void test_the_answer_is_the_same(void **state)
{
    const struct workshop *shop = *state;
    static const char *const names[] = {"outer::shared", "own7::only", "outer::holder<int, 3>", "point",
                                        "no_such"};
    const bool may_grow = has_library(shop);
    write_sources(shop);
    static const char *const options[] = {"-g -O0", "-g -gdwarf-4",
                                          "-g -O1 -flto -ffat-lto-objects -flto-partition=max"};
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
        build(shop, options[i], "program");
        assert_int_equal(assert_same_answer(shop, "program", NULL, 0), may_grow);
        for (size_t k = 0; k < ARRAY_LENGTH(names); k++)
            assert_same_answer(shop, "program", &names[k], 1);
        assert_same_answer(shop, "program", names, ARRAY_LENGTH(names));
    }
    // This test, which is strata: C. An emulator stands in its place in /proc.
    char own[4096] = "";
    assert_true(readlink("/proc/self/exe", own, sizeof(own) - 1) > 0);
    workshop_run(shop,
                 "if [ /proc/$PPID/exe -ef '%s' ]; then objcopy --compress-debug-sections=zlib '%s' self; fi",
                 own, own);
    CLEANUP(free_text_at) char *self = workshop_path(shop, "self");
    if (access(self, F_OK)) {
        print_message("SKIPPED: the test's own debug information (it runs in an emulator)\n");
        return;
    }
    assert_int_equal(assert_same_answer(shop, "self", NULL, 0), may_grow);
}

// What a growing table does not take is read as it always was.
static void test_what_is_odd_is_read_as_a_whole(void **state)
{
    const struct workshop *shop = *state;
    write_sources(shop);
    static const char *const options[] = {"-g -fdebug-types-section", "-g -gdwarf-4 -fdebug-types-section",
                                          "-g -gsplit-dwarf"};
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
        build(shop, options[i], "program");
        assert_false(assert_same_answer(shop, "program", NULL, 0));
    }
    if (workshop_has_tool(shop, "dwz")) {
        build(shop, "-g", "program");
        workshop_run(shop, "cp program.plain one && cp program.plain two && dwz -m common one two && "
                           "objcopy --compress-debug-sections=zlib one");
        assert_false(assert_same_answer(shop, "one", NULL, 0));
        // Of one file alone there are partial units before the others, and references to them.
        workshop_run(shop, "cp program.plain one && dwz one && objcopy --compress-debug-sections=zlib one");
        assert_int_equal(assert_same_answer(shop, "one", NULL, 0), has_library(shop));
    }
}

// ---- what is wrong --------------------------------------------------------------------------------------

// The unit at which some of .debug_info is passed: its length leads to the next.
static uint64_t nth_unit(struct file_bytes file, const Elf64_Shdr *info, unsigned count)
{
    uint64_t at = 0;
    uint32_t length;
    while (count-- > 0) {
        memcpy(&length, file.data + info->sh_offset + at, sizeof(length));
        at += sizeof(length) + length;
        assert_true(at < info->sh_size);
    }
    return at;
}

static void test_a_damaged_unit_gives_the_same_problems(void **state)
{
    const struct workshop *shop = *state;
    write_sources(shop);
    build(shop, "-g", "program");
    static const struct {
        unsigned at; // in the unit, DWARF 5
        uint8_t value;
    } damages[] = {{3, 0x7f}, {4, 9}, {6, 77}, {7, 3}, {11, 0x7f}, {12, 0x7f}, {40, 0xff}, {70, 0xff}};
    for (size_t i = 0; i < ARRAY_LENGTH(damages); i++) {
        CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, "program.plain");
        const Elf64_Shdr *info = patch_section(file, ".debug_info");
        file.data[info->sh_offset + nth_unit(file, info, 3 + (unsigned)i) + damages[i].at] = damages[i].value;
        workshop_write(shop, "damaged.plain", file.data, file.size_bytes);
        workshop_run(shop, "objcopy --compress-debug-sections=zlib damaged.plain damaged");
        assert_same_answer(shop, "damaged", NULL, 0);
    }
}

static void test_a_damaged_stream_gives_the_same_error(void **state)
{
    const struct workshop *shop = *state;
    write_sources(shop);
    build(shop, "-g", "program");
    CLEANUP(file_bytes_free_at) struct file_bytes file = workshop_read(shop, "program");
    const Elf64_Shdr *info = patch_section(file, ".debug_info"), *str = patch_section(file, ".debug_str");
    assert_true((info->sh_flags & SHF_COMPRESSED) && (str->sh_flags & SHF_COMPRESSED));
    Elf64_Chdr *header = (Elf64_Chdr *)(void *)(file.data + info->sh_offset);
    const uint64_t size_bytes = header->ch_size, stored_bytes = info->sh_size;
    for (int change = -1; change <= 1; change += 2) { // the stream holds more, or less
        header->ch_size = size_bytes + (uint64_t)(int64_t)change;
        workshop_write(shop, "claims", file.data, file.size_bytes);
        assert_false(assert_same_answer(shop, "claims", NULL, 0));
    }
    header->ch_size = size_bytes + 100000;
    workshop_write(shop, "claims", file.data, file.size_bytes);
    assert_false(assert_same_answer(shop, "claims", NULL, 0));
    header->ch_size = size_bytes;
    // Bytes of the stream: its header, blocks, checksum; and both sections at once.
    for (unsigned i = 0; i < 24; i++) {
        const uint64_t at = sizeof(Elf64_Chdr) + (i < 3     ? i
                                                  : i == 23 ? stored_bytes - sizeof(Elf64_Chdr) - 1
                                                            : (stored_bytes - 64) * i / 24);
        uint8_t *byte = &file.data[info->sh_offset + at], *other = &file.data[str->sh_offset + 60];
        *byte ^= 0x15;
        *other ^= i % 4 == 3 ? 0x15 : 0;
        workshop_write(shop, "damaged", file.data, file.size_bytes);
        assert_same_answer(shop, "damaged", NULL, 0);
        *byte ^= 0x15;
        *other ^= i % 4 == 3 ? 0x15 : 0;
    }
    // It ends too soon.
    Elf64_Shdr *cut = patch_section(file, ".debug_info");
    for (unsigned i = 1; i < 6; i++) {
        cut->sh_size = sizeof(Elf64_Chdr) + (stored_bytes - sizeof(Elf64_Chdr)) * i / 6;
        workshop_write(shop, "cut", file.data, file.size_bytes);
        assert_false(assert_same_answer(shop, "cut", NULL, 0));
    }
}

// Writes `name`: the program with its .debug_info in stored blocks behind the two bytes of a zlib header, and the last block given.
static void write_stream(const struct workshop *shop, const char *name, const uint8_t header[2],
                         const uint8_t *last, size_t last_bytes)
{
    CLEANUP(file_bytes_free_at) struct file_bytes info = workshop_read(shop, "info");
    struct output stream = {0};
    uint32_t low = 1, high = 0; // Adler-32
    output_bytes(&stream, "ZLIB", 4);
    for (int shift = 56; shift >= 0; shift -= 8)
        output_char(&stream, (char)((uint64_t)info.size_bytes >> shift));
    output_bytes(&stream, (const char *)header, 2);
    for (size_t at = 0, piece; at < info.size_bytes; at += piece) {
        piece = info.size_bytes - at < 0xffff ? info.size_bytes - at : 0xffff;
        const uint16_t lengths[2] = {(uint16_t)piece, (uint16_t)~piece};
        output_char(&stream, 0);
        output_bytes(&stream, (const char *)lengths, sizeof(lengths));
        output_bytes(&stream, (const char *)info.data + at, piece);
    }
    for (size_t i = 0; i < info.size_bytes; i++) {
        low = (low + info.data[i]) % 65521;
        high = (high + low) % 65521;
    }
    output_bytes(&stream, (const char *)last, last_bytes);
    for (int shift = 24; shift >= 0; shift -= 8)
        output_char(&stream, (char)((high << 16 | low) >> shift));
    assert_false(stream.out_of_memory);
    workshop_write(shop, "stream", stream.data, stream.length);
    output_free(&stream);
    workshop_run(shop,
                 "objcopy --remove-section .debug_info --add-section .zdebug_info=stream program.plain %s",
                 name);
}

// The two decoders are not of one mind about such streams.
static void test_a_stream_that_one_decoder_refuses(void **state)
{
    const struct workshop *shop = *state;
    const bool may_grow = has_library(shop);
    write_sources(shop);
    build(shop, "-g", "program");
    workshop_run(shop, "objcopy --dump-section .debug_info=info program.plain /dev/null");
    // A block with codes of its own that ends at once. Literals of one bit each; of two, which leaves half of the codes unused;
    // distances of two.
    enum { LAST_BYTES = 107 };
    static const uint8_t start[] = {0x05, 0xe0, 0x01, 0x0c, 0xc3, 0x30, 0x0c, 0xc3, 0x30},
                         fixed[] = {0x03, 0x00};
    static const struct {
        uint8_t distances, literals, end[2];
    } blocks[] = {{0xe0, 0x80, {0x90, 0x01}}, {0xe0, 0x40, {0x88, 0x02}}, {0xe1, 0x80, {0x50, 0x0a}}};
    static const uint8_t usual[2] = {0x78, 0x9c};
    for (size_t i = 0; i < ARRAY_LENGTH(blocks); i++) {
        uint8_t last[LAST_BYTES] = {0};
        memcpy(last, start, sizeof(start));
        last[1] = blocks[i].distances;
        last[45] = blocks[i].literals;
        memcpy(last + LAST_BYTES - 2, blocks[i].end, 2);
        write_stream(shop, "odd", usual, last, sizeof(last));
        const bool is_ahead = assert_same_answer(shop, "odd", NULL, 0);
        assert_true(i > 0 || is_ahead == may_grow);
    }
    // Windows of 64 KiB and 8 MiB, a dictionary, a method that there is none of.
    static const uint8_t headers[][2] = {
        {0x88, 0x1c}, {0xf8, 0x1f}, {0x78, 0xbb}, {0x79, 0x10}, {0x78, 0x9d}};
    for (size_t i = 0; i < ARRAY_LENGTH(headers); i++) {
        write_stream(shop, "odd", headers[i], fixed, sizeof(fixed));
        assert_false(assert_same_answer(shop, "odd", NULL, 0));
    }
}

// ---- the object -----------------------------------------------------------------------------------------

struct watching {
    const struct object *object;
    struct bytes expected;
    uint64_t ready_bytes;
    unsigned pieces;
};

// What is said to be there is final.
static void watch_piece(void *context, uint64_t ready_bytes)
{
    struct watching *watching = context;
    assert_true(ready_bytes >= watching->ready_bytes && ready_bytes <= watching->expected.size_bytes);
    watching->pieces++;
    watching->ready_bytes = ready_bytes;
    assert_memory_equal(watching->object->sections[SECTION_INFO].data, watching->expected.data, ready_bytes);
}

static void test_an_object_grows_piece_by_piece(void **state)
{
    const struct workshop *shop = *state;
    if (!has_library(shop))
        skip_because("no ISA-L");
    write_sources(shop);
    build(shop, "-g3 -O1", "program");
    workshop_run(shop, "objcopy --dump-section .debug_info=info program.plain /dev/null");
    CLEANUP(file_bytes_free_at) struct file_bytes info = workshop_read(shop, "info");
    const struct object_options options = {.threads = 2, .grow_from_bytes = 1};
    CLEANUP(object_close_at) struct object *object = workshop_object(shop, "program", &options);
    assert_true(object_is_growing(object));
    struct watching watching = {object, {info.data, info.size_bytes}, 0, 0};
    object_grow(object, watch_piece, &watching);
    assert_int_equal(watching.ready_bytes, info.size_bytes);
    assert_true(watching.pieces >= 1);
    assert_null(object_settle(object));
    assert_false(object_is_growing(object));
    assert_section_is_file(shop, object, SECTION_INFO, "info");
    // One that nobody grew is whole, too, when it is settled, and closes when it is not.
    CLEANUP(object_close_at) struct object *settled = workshop_object(shop, "program", &options);
    assert_null(object_settle(settled));
    assert_section_is_file(shop, settled, SECTION_INFO, "info");
    CLEANUP(object_close_at) struct object *left = workshop_object(shop, "program", &options);
    assert_true(object_is_growing(left));
}

// A limit on what is grown from, one thread, zstd: no growing.
static void test_what_does_not_grow(void **state)
{
    const struct workshop *shop = *state;
    workshop_run(shop, "gcc -g -o probe main.c && objcopy --compress-debug-sections=zlib probe probe.z && "
                       "{ objcopy --compress-debug-sections=zstd probe probe.zstd || cp probe probe.zstd; }");
    static const struct object_options options[] = {
        {.threads = 1, .grow_from_bytes = 1}, {.threads = 2, .grow_from_bytes = 1u << 20}, {.threads = 2}};
    for (size_t i = 0; i < ARRAY_LENGTH(options); i++) {
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, "probe.z", &options[i]);
        assert_false(object_is_growing(object));
    }
    const struct object_options growing = {.threads = 2, .grow_from_bytes = 1};
    static const char *const others[] = {"probe", "probe.zstd"};
    for (size_t i = 0; i < ARRAY_LENGTH(others); i++) {
        CLEANUP(object_close_at) struct object *object = workshop_object(shop, others[i], &growing);
        assert_false(object_is_growing(object));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_answer_is_the_same),
        cmocka_unit_test(test_what_is_odd_is_read_as_a_whole),
        cmocka_unit_test(test_a_damaged_unit_gives_the_same_problems),
        cmocka_unit_test(test_a_damaged_stream_gives_the_same_error),
        cmocka_unit_test(test_a_stream_that_one_decoder_refuses),
        cmocka_unit_test(test_an_object_grows_piece_by_piece),
        cmocka_unit_test(test_what_does_not_grow),
    };
    return cmocka_run_group_tests(tests, workshop_open, workshop_close);
}
