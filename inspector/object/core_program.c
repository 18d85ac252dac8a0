// SPDX-License-Identifier: MIT
#include "object/core_program.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>

struct core_header {
    uint32_t type;
    uint64_t offset, address, size_bytes; // as much as the file holds of it
};

struct core {
    const struct image *image;
    unsigned word_bytes;
    uint64_t headers_at, headers_count;
    struct bytes auxiliary, files; // NT_AUXV, NT_FILE
};

static uint64_t word(const struct core *core, struct byte_reader *reader)
{
    return byte_reader_sized(reader, core->word_bytes);
}

// Program header `i` of those that begin the bytes; false when it is not there.
static bool segment_read(const struct core *core, struct bytes headers, uint64_t i,
                         struct core_header *segment)
{
    const bool is_64 = core->word_bytes == 8;
    const uint64_t entry_bytes = is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    struct byte_reader reader = byte_reader_over(headers, core->image->big_endian);
    byte_reader_seek(&reader, i * entry_bytes);
    segment->type = byte_reader_u32(&reader);
    byte_reader_skip(&reader, is_64 ? 4 : 0); // p_flags
    segment->offset = word(core, &reader);
    segment->address = word(core, &reader);
    word(core, &reader); // p_paddr
    segment->size_bytes = word(core, &reader);
    return !reader.failed;
}

static bool core_segment(const struct core *core, uint64_t i, struct core_header *segment)
{
    const struct bytes file = core->image->file;
    if (i >= core->headers_count || core->headers_at > file.size_bytes)
        return false;
    return segment_read(
        core, (struct bytes){file.data + core->headers_at, file.size_bytes - core->headers_at}, i, segment);
}

// Memory of the process; empty when the core does not hold all of it.
static struct bytes memory_at(const struct core *core, uint64_t address, uint64_t size_bytes)
{
    struct core_header segment;
    for (uint64_t i = 0; core_segment(core, i, &segment); i++) {
        const uint64_t inside = address - segment.address;
        uint64_t offset;
        if (segment.type == PT_LOAD && address >= segment.address && inside < segment.size_bytes &&
            size_bytes <= segment.size_bytes - inside &&
            !__builtin_add_overflow(segment.offset, inside, &offset) &&
            bytes_hold(core->image->file, offset, size_bytes))
            return (struct bytes){core->image->file.data + offset, size_bytes};
    }
    return (struct bytes){core->image->file.data, 0};
}

// The first note of that type and owner: name size, description size, type, then both, each filled up to 4 bytes.
static struct bytes note_of(const struct core *core, struct bytes notes, uint32_t wanted, const char *owner)
{
    struct byte_reader reader = byte_reader_over(notes, core->image->big_endian);
    while (byte_reader_left(&reader) >= 12) {
        const uint32_t name_bytes = byte_reader_u32(&reader), text_bytes = byte_reader_u32(&reader);
        const uint32_t type = byte_reader_u32(&reader);
        const struct bytes name = byte_reader_block(&reader, ((uint64_t)name_bytes + 3) & ~UINT64_C(3));
        const struct bytes text = byte_reader_block(&reader, text_bytes);
        if (reader.failed)
            break;
        if (type == wanted && name_bytes == strlen(owner) + 1 && !memcmp(name.data, owner, name_bytes))
            return text;
        const uint64_t filled = (4 - text_bytes % 4) % 4;
        if (byte_reader_left(&reader) < filled)
            break;
        byte_reader_skip(&reader, filled);
    }
    return (struct bytes){notes.data, 0};
}

static struct core core_open(const struct image *image)
{
    const struct bytes none = {image->file.data, 0};
    struct core core = {
        .image = image, .word_bytes = image->address_bits / 8, .auxiliary = none, .files = none};
    struct byte_reader reader = byte_reader_over(image->file, image->big_endian);
    const bool is_64 = core.word_bytes == 8;
    byte_reader_seek(&reader, is_64 ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff));
    core.headers_at = word(&core, &reader);
    byte_reader_seek(&reader, is_64 ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum));
    core.headers_count = byte_reader_u16(&reader);
    struct core_header segment;
    for (uint64_t i = 0; core_segment(&core, i, &segment); i++) {
        if (segment.type != PT_NOTE || !bytes_hold(image->file, segment.offset, segment.size_bytes))
            continue;
        const struct bytes notes = {image->file.data + segment.offset, segment.size_bytes};
        core.auxiliary = note_of(&core, notes, NT_AUXV, "CORE");
        core.files = note_of(&core, notes, NT_FILE, "CORE");
        break; // a core has one segment of notes
    }
    return core;
}

static uint64_t auxiliary(const struct core *core, uint64_t wanted)
{
    struct byte_reader reader = byte_reader_over(core->auxiliary, core->image->big_endian);
    while (byte_reader_left(&reader) >= (size_t)2 * core->word_bytes) {
        const uint64_t key = word(core, &reader), value = word(core, &reader);
        if (key == wanted)
            return value;
    }
    return 0;
}

// NT_FILE: count, page size, then start, end, page of each, then their names.
struct core_files {
    struct byte_reader ranges, names;
    uint64_t left;
};

struct core_range {
    uint64_t begin, end, page; // in the process, and of the file
    const char *name;
};

static struct core_files core_files_of(const struct core *core)
{
    struct core_files files = {.ranges = byte_reader_over(core->files, core->image->big_endian)};
    const uint64_t count = word(core, &files.ranges);
    word(core, &files.ranges);
    files.names = files.ranges;
    if (files.ranges.failed || count > core->files.size_bytes / ((size_t)3 * core->word_bytes))
        return files;
    byte_reader_skip(&files.names, count * 3 * core->word_bytes);
    files.left = count;
    return files;
}

static bool core_files_next(const struct core *core, struct core_files *files, struct core_range *range)
{
    if (!files->left)
        return false;
    files->left--;
    range->begin = word(core, &files->ranges);
    range->end = word(core, &files->ranges);
    range->page = word(core, &files->ranges);
    range->name = byte_reader_text(&files->names);
    return !files->ranges.failed && !files->names.failed;
}

static const char *file_at(const struct core *core, uint64_t address)
{
    struct core_files files = core_files_of(core);
    struct core_range range;
    while (core_files_next(core, &files, &range))
        if (address >= range.begin && address < range.end)
            return range.name;
    return NULL;
}

static bool is_plain(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return false;
    return true;
}

enum { HEADERS_MOST = 64 };

// Of the file whose program headers these are, moved by `bias` in the process.
static struct bytes build_id_of(const struct core *core, struct bytes headers, uint64_t count, uint64_t bias)
{
    struct core_header segment;
    for (uint64_t i = 0; i < count && segment_read(core, headers, i, &segment); i++) {
        if (segment.type != PT_NOTE)
            continue;
        const struct bytes notes = memory_at(core, bias + segment.address, segment.size_bytes);
        const struct bytes id = note_of(core, notes, NT_GNU_BUILD_ID, ELF_NOTE_GNU);
        if (id.size_bytes)
            return id;
    }
    return (struct bytes){core->image->file.data, 0};
}

// Of the program whose headers are at that address of the process.
static struct bytes build_id_at(const struct core *core, uint64_t headers_address)
{
    const uint64_t count = auxiliary(core, AT_PHNUM);
    const uint64_t entry_bytes = core->word_bytes == 8 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    const struct bytes none = {core->image->file.data, 0};
    if (!count || count > HEADERS_MOST)
        return none;
    const struct bytes headers = memory_at(core, headers_address, count * entry_bytes);
    struct core_header segment;
    uint64_t bias = 0; // of a program that has no PT_PHDR: it is not moved
    for (uint64_t i = 0; i < count && segment_read(core, headers, i, &segment); i++)
        if (segment.type == PT_PHDR)
            bias = headers_address - segment.address;
    return build_id_of(core, headers, count, bias);
}

struct core_program core_program_of(const struct image *image)
{
    const struct core core = core_open(image);
    const uint64_t headers = auxiliary(&core, AT_PHDR);
    struct core_program program = {.path = file_at(&core, headers), .build_id = build_id_at(&core, headers)};
    if (program.path && (!*program.path || !is_plain(program.path)))
        program.path = NULL;
    return program;
}

// The ELF file whose beginning is mapped at that address; false: it is none, or the core does not hold its headers.
static bool library_at(const struct core *core, uint64_t begin, struct bytes *build_id)
{
    const bool is_64 = core->word_bytes == 8;
    const struct bytes start = memory_at(core, begin, is_64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    if (start.size_bytes < SELFMAG || memcmp(start.data, ELFMAG, SELFMAG) != 0 ||
        start.data[EI_CLASS] != (is_64 ? ELFCLASS64 : ELFCLASS32))
        return false;
    struct byte_reader reader = byte_reader_over(start, core->image->big_endian);
    byte_reader_seek(&reader, is_64 ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff));
    const uint64_t headers_at = word(core, &reader);
    byte_reader_seek(&reader, is_64 ? offsetof(Elf64_Ehdr, e_phnum) : offsetof(Elf32_Ehdr, e_phnum));
    const uint64_t count = byte_reader_u16(&reader);
    if (!count || count > HEADERS_MOST)
        return false;
    const struct bytes headers =
        memory_at(core, begin + headers_at, count * (is_64 ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr)));
    struct core_header segment;
    uint64_t bias = begin;
    for (uint64_t i = 0; i < count && segment_read(core, headers, i, &segment); i++)
        if (segment.type == PT_LOAD && !segment.offset)
            bias = begin - segment.address;
    *build_id = build_id_of(core, headers, count, bias);
    return headers.size_bytes > 0;
}

void core_each_library(const struct image *image, core_library_visit *visit, void *context)
{
    // Each is a few searches in the core's segments, of which there may be 65535. Programs have hundreds of libraries.
    enum { TRIED_MOST = 2048, SEARCHED_MOST = 1 << 25 };
    const struct core core = core_open(image);
    const uint64_t fit = SEARCHED_MOST / (core.headers_count + 1);
    const uint64_t tried_most = fit < TRIED_MOST ? fit : TRIED_MOST;
    const char *own = file_at(&core, auxiliary(&core, AT_PHDR)), *last = NULL;
    struct core_files files = core_files_of(&core);
    struct core_range range;
    for (uint64_t tried = 0; tried < tried_most && core_files_next(&core, &files, &range);) {
        const bool is_first = !range.page && (!last || strcmp(range.name, last) != 0);
        last = range.name;
        if (!is_first || !*range.name || !is_plain(range.name) || (own && !strcmp(range.name, own)))
            continue;
        struct core_program library = {.path = range.name};
        tried++;
        if (library_at(&core, range.begin, &library.build_id))
            visit(context, &library);
    }
}
