// SPDX-License-Identifier: MIT
// What processes and cores have in common: the file that was started, and where it lies in memory.
#include "memory/target_parts.h"
#include "object/core_notes.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void memory_target_close(struct memory_target *target)
{
    if (!target)
        return;
    memory_close(target->memory);
    memory_close(target->under);
    free(target->recorded.vector);
    free(target->name);
    free(target->executable);
    free(target->executable_name);
    free(target->mappings);
    notices_free(&target->notices);
    free(target);
}

const struct target_mapping *memory_target_mapping_from(const struct memory_target *target, uint64_t address)
{
    size_t low = 0, high = target->mappings_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct target_mapping *mapping = &target->mappings[middle];
        if (mapping->address + (mapping->size_bytes - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < target->mappings_count ? &target->mappings[low] : NULL;
}

const struct target_mapping *memory_target_mapping_at(const struct memory_target *target, uint64_t address)
{
    const struct target_mapping *mapping = memory_target_mapping_from(target, address);
    return mapping && mapping->address <= address ? mapping : NULL;
}

bool memory_target_is_there(const struct memory_target *target)
{
    char path[64];
    struct stat ignored;
    if (!target->pid)
        return true;
    snprintf(path, sizeof(path), "/proc/%d/exe", (int)target->pid);
    // The link of a process that has ended, and waits for its parent, leads nowhere.
    return stat(path, &ignored) == 0;
}

// Where the program headers of the file are in memory without a bias (elf(5), PT_PHDR). Of a file that has no such
// header they are in the segment that starts the file.
static bool own_address_of_headers(const struct program_headers *headers, uint64_t *address)
{
    struct program_header segment;
    for (uint64_t i = 0; i < headers->count; i++) {
        if (program_headers_read(headers, i, &segment) && segment.type == PT_PHDR) {
            *address = segment.address;
            return true;
        }
    }
    for (uint64_t i = 0; i < headers->count; i++) {
        if (program_headers_read(headers, i, &segment) && segment.type == PT_LOAD && segment.offset == 0) {
            *address = segment.address + headers->offset;
            return true;
        }
    }
    return false;
}

// Compares the file's notes with those in memory, byte by byte: build ids are among them. UNKNOWN: the memory is not
// there, or the file has none.
static enum target_belonging compare_notes(struct bytes file, const struct program_headers *headers,
                                           uint64_t bias, struct memory *memory)
{
    enum { NOTE_BYTES_MOST = 4096 };
    enum target_belonging belonging = TARGET_UNKNOWN;
    for (uint64_t i = 0; i < headers->count; i++) {
        struct program_header segment;
        uint8_t there[NOTE_BYTES_MOST];
        if (!program_headers_read(headers, i, &segment) || segment.type != PT_NOTE || !segment.file_bytes ||
            segment.file_bytes > NOTE_BYTES_MOST || !bytes_hold(file, segment.offset, segment.file_bytes))
            continue;
        struct error *error = memory_read(memory, segment.address + bias, there, segment.file_bytes);
        if (error) {
            error_free(error);
            continue;
        }
        if (memcmp(there, file.data + segment.offset, segment.file_bytes) != 0)
            return TARGET_ANOTHER;
        belonging = TARGET_BELONGS;
    }
    return belonging;
}

struct error *target_compare_file(const char *path, const char *name, struct bytes vector,
                                  struct memory *memory, struct target_file *file)
{
    struct image *image CLEANUP(image_close_at) = NULL;
    struct program_headers headers;
    uint64_t own;
    *file = (struct target_file){.belonging = TARGET_UNKNOWN};
    RETURN_IF_ERROR(image_open_bare(path, &image));
    RETURN_IF_ERROR(program_headers_find(image, &headers));
    file->machine = image->machine;
    file->address_bits = image->address_bits;
    file->big_endian = image->big_endian;
    const uint64_t there = auxiliary_value(vector, image->address_bits / 8, image->big_endian, AT_PHDR);
    if (!there)
        return error_create(ERROR_BAD_FORMAT,
                            "%s: where %s is in memory is not known: the auxiliary vector has no AT_PHDR",
                            name, path);
    if (!own_address_of_headers(&headers, &own))
        return error_create(
            ERROR_BAD_FORMAT,
            "%s: where it is in the memory of %s is not known: no segment has its program headers", path,
            name);
    file->bias = there - own; // may be negative: it wraps round
    file->belonging = compare_notes(image->file, &headers, file->bias, memory);
    return NULL;
}

struct error *target_not_what_runs(const char *path, const char *name)
{
    return error_create(ERROR_USAGE, "%s: it is not what %s runs: its build id or notes are others", path,
                        name);
}
