// SPDX-License-Identifier: MIT
// How a core is opened:
//
//     PT_NOTE  NT_AUXV ─► where the program headers were ─► bias
//              NT_FILE ─► which file was mapped there     ─► the executable
//     PT_LOAD  what was mapped, and how much of it the core has
#include "memory/program_headers.h"
#include "memory/target_parts.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// What the notes say. Borrowed from the image.
struct core_notes {
    struct bytes auxiliary, files; // NT_AUXV, NT_FILE; empty: there is none
};

// One segment of notes: name size, description size, type, then both, each filled up to 4 bytes (gABI, "Note Section").
static void read_notes(struct bytes segment, bool big_endian, struct core_notes *notes)
{
    struct byte_reader reader = byte_reader_over(segment, big_endian);
    while (byte_reader_left(&reader) >= 12) {
        uint32_t name_bytes = byte_reader_u32(&reader);
        uint32_t text_bytes = byte_reader_u32(&reader);
        uint32_t type = byte_reader_u32(&reader);
        byte_reader_skip(&reader, ((uint64_t)name_bytes + 3) & ~UINT64_C(3));
        struct bytes text = byte_reader_block(&reader, text_bytes);
        if (reader.failed)
            return; // cut short
        if (type == NT_AUXV && !notes->auxiliary.size_bytes)
            notes->auxiliary = text;
        if (type == NT_FILE && !notes->files.size_bytes)
            notes->files = text;
        uint64_t filled = (4 - text_bytes % 4) % 4;
        if (byte_reader_left(&reader) < filled)
            return;
        byte_reader_skip(&reader, filled);
    }
}

// The files that were mapped: count, page size, then start, end, page of each, then their names.
struct mapped_files {
    struct byte_reader ranges, names;
    uint64_t count;
    unsigned word_bytes;
};

static bool open_files(struct bytes note, unsigned word_bytes, bool big_endian, struct mapped_files *files)
{
    if (!note.size_bytes)
        return false;
    files->ranges = byte_reader_over(note, big_endian);
    files->word_bytes = word_bytes;
    files->count = byte_reader_sized(&files->ranges, word_bytes);
    byte_reader_sized(&files->ranges, word_bytes);
    files->names = files->ranges;
    if (files->ranges.failed || files->count > note.size_bytes / (3 * (size_t)word_bytes))
        return false;
    byte_reader_skip(&files->names, files->count * 3 * word_bytes);
    return !files->names.failed;
}

// The next file; false when there is none.
static bool next_file(struct mapped_files *files, uint64_t *begin, uint64_t *end, const char **name)
{
    if (!files->count)
        return false;
    files->count--;
    *begin = byte_reader_sized(&files->ranges, files->word_bytes);
    *end = byte_reader_sized(&files->ranges, files->word_bytes);
    byte_reader_skip(&files->ranges, files->word_bytes);
    *name = byte_reader_text(&files->names);
    return !files->ranges.failed && !files->names.failed;
}

// The file that was mapped at the address; NULL: unknown.
static const char *file_at(struct bytes note, unsigned word_bytes, bool big_endian, uint64_t address)
{
    struct mapped_files files;
    uint64_t begin, end;
    const char *name;
    if (!open_files(note, word_bytes, big_endian, &files))
        return NULL;
    while (next_file(&files, &begin, &end, &name)) {
        if (address >= begin && address < end)
            return name;
    }
    return NULL;
}

static int mapping_compare(const void *left, const void *right)
{
    const struct target_mapping *a = left, *b = right;
    return (a->address > b->address) - (a->address < b->address);
}

// What is missing at the end of a core that was cut short.
static void tell_missing(struct memory_target *target, uint64_t claimed_bytes, uint64_t missing_bytes)
{
    if (missing_bytes)
        notices_add(&target->notices,
                    "%s: cut short: %" PRIu64 " kB of its %" PRIu64
                    " kB of memory are missing; what lies there "
                    "cannot be read",
                    target->name, (missing_bytes + 1023) / 1024, claimed_bytes / 1024);
}

static struct error *read_segments(struct memory_target *target, const struct elf_segments *segments,
                                   struct core_notes *notes)
{
    const struct image *image = segments->image;
    uint64_t claimed_bytes = 0, missing_bytes = 0, end = 0;
    target->mappings = calloc(segments->count, sizeof(*target->mappings));
    if (!target->mappings)
        return &error_out_of_memory;
    for (uint64_t i = 0; i < segments->count; i++) {
        struct elf_segment segment;
        uint64_t last;
        if (!elf_segments_read(segments, i, &segment))
            continue;
        uint64_t left = segment.offset < image->file.size_bytes ? image->file.size_bytes - segment.offset : 0;
        uint64_t held = segment.file_bytes < left ? segment.file_bytes : left;
        if (segment.type == PT_NOTE)
            read_notes((struct bytes){image->file.data + (left ? segment.offset : 0), held},
                       image->big_endian, notes);
        if (segment.type != PT_LOAD || !segment.memory_bytes ||
            __builtin_add_overflow(segment.address, segment.memory_bytes - 1, &last))
            continue;
        if (__builtin_add_overflow(claimed_bytes, segment.file_bytes, &claimed_bytes))
            claimed_bytes = UINT64_MAX;
        if (__builtin_add_overflow(missing_bytes, segment.file_bytes - held, &missing_bytes))
            missing_bytes = UINT64_MAX;
        target->mappings[target->mappings_count++] = (struct target_mapping){
            .address = segment.address,
            .size_bytes = segment.memory_bytes,
            .held_bytes = held < segment.memory_bytes ? held : segment.memory_bytes,
            .is_readable = segment.flags & PF_R,
            .is_writable = segment.flags & PF_W,
        };
    }
    qsort(target->mappings, target->mappings_count, sizeof(*target->mappings), mapping_compare);
    // Two that overlap: memory_read takes the first, too.
    size_t kept = 0;
    for (size_t i = 0; i < target->mappings_count; i++) {
        struct target_mapping mapping = target->mappings[i];
        if (kept && mapping.address < end)
            continue;
        end = mapping.address + mapping.size_bytes;
        target->mappings[kept++] = mapping;
        if (!end)
            break; // the last byte of the address space
    }
    target->mappings_count = kept;
    tell_missing(target, claimed_bytes, missing_bytes);
    return NULL;
}

static void mark_files(struct memory_target *target, struct bytes note)
{
    struct mapped_files files;
    uint64_t begin, end;
    const char *name;
    if (!open_files(note, target->address_bits / 8, target->big_endian, &files))
        return;
    while (next_file(&files, &begin, &end, &name)) {
        struct target_mapping *mapping =
            (struct target_mapping *)memory_target_mapping_at(target, begin); // our own, and writable
        if (mapping)
            mapping->is_of_file = true;
    }
}

// Finds the executable and proves that it is the one. Only one that was named has to be there.
static struct error *find_executable(struct memory_target *target, const struct core_notes *notes,
                                     const struct target_options *options)
{
    struct memory *alone = NULL;
    struct target_file file;
    uint64_t headers =
        target_auxiliary(notes->auxiliary, target->address_bits / 8, target->big_endian, AT_PHDR);
    const char *name = file_at(notes->files, target->address_bits / 8, target->big_endian, headers);
    const char *path = options->executable ? options->executable : name;
    if (name && !(target->executable_name = strdup(name)))
        return &error_out_of_memory;
    if (!path) {
        notices_add(&target->notices,
                    "%s: which program left it is not in it (no NT_FILE); name it with --exe: constants and "
                    "types are in that file",
                    target->name);
        return NULL;
    }
    RETURN_IF_ERROR(memory_open_core(target->name, NULL, 0, &alone));
    struct error *error = target_compare_file(path, target->name, notes->auxiliary, alone, &file);
    memory_close(alone);
    if (!error && file.belonging == TARGET_ANOTHER)
        error = target_not_what_runs(path, target->name);
    if (error && options->executable)
        return error;
    if (error) {
        notices_add(&target->notices, "%s; name the program with --exe: constants and types are in that file",
                    error->message);
        error_free(error);
        return NULL;
    }
    if (file.belonging == TARGET_UNKNOWN)
        notices_add(&target->notices, "%s: nothing in it proves that %s is the program that left it",
                    target->name, path);
    target->bias = file.bias;
    target->executable = strdup(path);
    return target->executable ? NULL : &error_out_of_memory;
}

struct error *target_open_core(struct memory_target *target, const struct target_options *options)
{
    struct image *image CLEANUP(image_close_at) = NULL;
    struct elf_segments segments;
    struct core_notes notes = {.files = {.size_bytes = 0}};
    RETURN_IF_ERROR(image_open_bare(target->name, &image));
    if (image->type != ET_CORE)
        return error_create(ERROR_USAGE, "%s: an ELF file, but no core", target->name);
    target->machine = image->machine;
    target->address_bits = image->address_bits;
    target->big_endian = image->big_endian;
    RETURN_IF_ERROR(elf_segments_find(image, &segments));
    RETURN_IF_ERROR(read_segments(target, &segments, &notes));
    mark_files(target, notes.files);
    RETURN_IF_ERROR(find_executable(target, &notes, options));
    return memory_open_core(target->name, target->executable, target->bias, &target->memory);
}
