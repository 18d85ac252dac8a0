// SPDX-License-Identifier: MIT
#include "object/core_program.h"

#include "base/plain_text.h"
#include "object/core_notes.h"

#include <elf.h>
#include <string.h>

// A search for memory reads the core's program headers, of which a hostile one has millions, and a search for a build id the notes
// in that memory. Both together are limited, to about a second: programs have hundreds of libraries and thousands of segments.
enum { READS_MOST = 1 << 27, LIBRARIES_MOST = 2048, HEADERS_MOST = 64 };

struct core {
    const struct image *image;
    struct program_headers headers;
    struct core_notes notes;
    uint64_t reads_left; // of headers and notes
};

static struct core core_open(const struct image *image)
{
    struct core core = {.image = image, .reads_left = READS_MOST};
    struct error *error = program_headers_find(image, &core.headers);
    if (error)
        core.headers.count = 0;
    error_free(error);
    core.notes = core_notes_read(image, &core.headers);
    return core;
}

static struct bytes nothing(const struct core *core)
{
    return (struct bytes){core->image->file.data, 0};
}

// Memory of the process; empty when the core does not hold all of it.
static struct bytes memory_at(struct core *core, uint64_t address, uint64_t size_bytes)
{
    struct program_header segment;
    for (uint64_t i = 0; core->reads_left && program_headers_read(&core->headers, i, &segment); i++) {
        const uint64_t inside = address - segment.address;
        uint64_t offset;
        core->reads_left--;
        if (segment.type == PT_LOAD && address >= segment.address && inside < segment.file_bytes &&
            size_bytes <= segment.file_bytes - inside &&
            !__builtin_add_overflow(segment.offset, inside, &offset) &&
            bytes_hold(core->image->file, offset, size_bytes))
            return (struct bytes){core->image->file.data + offset, size_bytes};
    }
    return nothing(core);
}

// The program headers of a file in the process.
static struct program_headers headers_at(struct core *core, uint64_t address, uint64_t count)
{
    const bool is_wide = core->headers.is_wide;
    struct program_headers headers = {.table = nothing(core),
                                      .entry_bytes = program_header_bytes(is_wide),
                                      .is_wide = is_wide,
                                      .big_endian = core->headers.big_endian};
    if (!count || count > HEADERS_MOST)
        return headers;
    headers.table = memory_at(core, address, count * headers.entry_bytes);
    headers.count = headers.table.size_bytes ? count : 0;
    return headers;
}

// Of the file whose program headers these are, moved by `bias` in the process.
static struct bytes build_id_of(struct core *core, const struct program_headers *headers, uint64_t bias)
{
    struct program_header segment;
    for (uint64_t i = 0; program_headers_read(headers, i, &segment); i++) {
        if (segment.type != PT_NOTE)
            continue;
        const struct bytes notes = memory_at(core, bias + segment.address, segment.file_bytes);
        struct byte_reader reader = byte_reader_over(notes, headers->big_endian);
        struct object_note note;
        for (; core->reads_left && object_note_next(&reader, &note); core->reads_left--)
            if (object_note_is(&note, NT_GNU_BUILD_ID, ELF_NOTE_GNU) && note.text.size_bytes)
                return note.text;
    }
    return nothing(core);
}

// Of the program itself.
static struct bytes own_build_id(struct core *core)
{
    const uint64_t address = core_notes_auxiliary(&core->notes, AT_PHDR);
    const struct program_headers headers =
        headers_at(core, address, core_notes_auxiliary(&core->notes, AT_PHNUM));
    struct program_header segment;
    uint64_t bias = 0; // of a program that has no PT_PHDR: it is not moved
    for (uint64_t i = 0; program_headers_read(&headers, i, &segment); i++)
        if (segment.type == PT_PHDR)
            bias = address - segment.address;
    return build_id_of(core, &headers, bias);
}

struct core_program core_program_of(const struct image *image)
{
    struct core core = core_open(image);
    return (struct core_program){.path = core_notes_program(&core.notes), .build_id = own_build_id(&core)};
}

// The ELF file whose beginning is mapped at that address; false: it is none, or the core does not hold its headers.
static bool library_at(struct core *core, uint64_t begin, struct bytes *build_id)
{
    const bool is_wide = core->headers.is_wide;
    const struct bytes start = memory_at(core, begin, is_wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr));
    struct program_headers place;
    if (start.size_bytes < SELFMAG || memcmp(start.data, ELFMAG, SELFMAG) != 0 ||
        start.data[EI_CLASS] != (is_wide ? ELFCLASS64 : ELFCLASS32) ||
        !program_headers_place(start, is_wide, core->headers.big_endian, &place))
        return false;
    const struct program_headers headers = headers_at(core, begin + place.offset, place.count);
    struct program_header segment;
    uint64_t bias = begin;
    for (uint64_t i = 0; program_headers_read(&headers, i, &segment); i++)
        if (segment.type == PT_LOAD && !segment.offset)
            bias = begin - segment.address;
    *build_id = build_id_of(core, &headers, bias);
    return headers.count > 0;
}

void core_each_library(const struct image *image, core_library_visit *visit, void *context)
{
    struct core core = core_open(image);
    const char *own = core_notes_program(&core.notes), *last = NULL;
    struct mapped_files files = core_notes_files(&core.notes);
    struct mapped_file file;
    for (size_t tried = 0; tried < LIBRARIES_MOST && core.reads_left && mapped_files_next(&files, &file);) {
        const bool is_first = !file.page && (!last || strcmp(file.name, last) != 0);
        last = file.name;
        if (!is_first || !*file.name || !text_is_plain(file.name) || (own && !strcmp(file.name, own)))
            continue;
        struct core_program library = {.path = file.name};
        tried++;
        if (library_at(&core, file.begin, &library.build_id))
            visit(context, &library);
    }
}
