// SPDX-License-Identifier: MIT
// How a core is opened:
//
//     PT_NOTE  NT_AUXV ─► where the program headers were ─► bias
//              NT_FILE ─► which file was mapped there     ─► the executable
//     PT_LOAD  what was mapped, and how much of it the core has
#include "memory/target_parts.h"
#include "object/core_notes.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static struct error *read_segments(struct memory_target *target, const struct image *image,
                                   const struct program_headers *headers)
{
    uint64_t claimed_bytes = 0, missing_bytes = 0, end = 0;
    target->mappings = calloc(headers->count, sizeof(*target->mappings));
    if (!target->mappings)
        return &error_out_of_memory;
    for (uint64_t i = 0; i < headers->count; i++) {
        struct program_header segment;
        uint64_t last;
        if (!program_headers_read(headers, i, &segment))
            continue;
        uint64_t left = segment.offset < image->file.size_bytes ? image->file.size_bytes - segment.offset : 0;
        uint64_t held = segment.file_bytes < left ? segment.file_bytes : left;
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

static void mark_files(struct memory_target *target, const struct core_notes *notes)
{
    struct mapped_files files = core_notes_files(notes);
    struct mapped_file file;
    while (mapped_files_next(&files, &file)) {
        struct target_mapping *mapping =
            (struct target_mapping *)memory_target_mapping_at(target, file.begin); // our own, and writable
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
    const char *name = core_notes_program(notes);
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
    struct program_headers headers;
    RETURN_IF_ERROR(image_open_bare(target->name, &image));
    if (image->type != ET_CORE)
        return error_create(ERROR_USAGE, "%s: an ELF file, but no core", target->name);
    target->machine = image->machine;
    target->address_bits = image->address_bits;
    target->big_endian = image->big_endian;
    RETURN_IF_ERROR(program_headers_find(image, &headers));
    RETURN_IF_ERROR(read_segments(target, image, &headers));
    const struct core_notes notes = core_notes_read(image, &headers);
    mark_files(target, &notes);
    RETURN_IF_ERROR(find_executable(target, &notes, options));
    return memory_open_core(target->name, target->executable, target->bias, &target->memory);
}
