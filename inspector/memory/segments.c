// SPDX-License-Identifier: MIT
#include "memory/segments.h"

#include "object/program_headers.h"

#include <elf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

// What the file holds of a segment; less than it claims where the file was cut short.
static struct bytes held_bytes(const struct image *image, const struct program_header *header)
{
    uint64_t size_bytes =
        header->file_bytes < header->memory_bytes ? header->file_bytes : header->memory_bytes;
    if (header->offset >= image->file.size_bytes)
        return (struct bytes){image->file.data, 0};
    uint64_t left = image->file.size_bytes - header->offset;
    return (struct bytes){image->file.data + header->offset, size_bytes < left ? size_bytes : left};
}

static int segment_compare(const void *left, const void *right)
{
    const struct segment *a = left, *b = right;
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->memory_bytes > b->memory_bytes) - (a->memory_bytes < b->memory_bytes);
}

// Cuts what an earlier segment covers off the start of the next, so that each address has one answer and a
// search by halves finds it.
static void cut_overlaps(struct segments *segments)
{
    size_t kept = 0;
    uint64_t last = 0; // the last address that is covered
    for (size_t i = 0; i < segments->count; i++) {
        struct segment segment = segments->list[i];
        uint64_t end = segment.address + (segment.memory_bytes - 1);
        if (kept && end <= last)
            continue;
        if (kept && segment.address <= last) {
            uint64_t cut = last - segment.address + 1;
            size_t held = cut < segment.held.size_bytes ? (size_t)cut : segment.held.size_bytes;
            segment.address += cut;
            segment.memory_bytes -= cut;
            segment.held = (struct bytes){segment.held.data + held, segment.held.size_bytes - held};
        }
        last = end;
        segments->list[kept++] = segment;
    }
    segments->count = kept;
}

static struct error *read_segments(struct segments *segments, uint64_t bias, enum segments_wanted wanted)
{
    const struct image *image = segments->image;
    struct program_headers table;
    RETURN_IF_ERROR(program_headers_find(image, &table));
    segments->list = calloc(table.count, sizeof(*segments->list));
    if (!segments->list)
        return &error_out_of_memory;
    for (uint64_t i = 0; i < table.count; i++) {
        struct program_header header;
        uint64_t ignored;
        if (!program_headers_read(&table, i, &header) || header.type != PT_LOAD || !header.memory_bytes ||
            (wanted == SEGMENTS_CONSTANT && header.flags & PF_W))
            continue;
        uint64_t address = header.address + bias; // a bias may be negative: it wraps round on purpose
        if (__builtin_add_overflow(address, header.memory_bytes - 1, &ignored))
            return error_create(ERROR_BAD_FORMAT,
                                "%s: program header %" PRIu64 ": 0x%" PRIx64 " bytes at 0x%" PRIx64
                                " leave the address space",
                                image->path, i, header.memory_bytes, address);
        bool is_cut = header.offset >= image->file.size_bytes ||
                      header.file_bytes > image->file.size_bytes - header.offset;
        segments->list[segments->count++] =
            (struct segment){.address = address,
                             .memory_bytes = header.memory_bytes,
                             .held = held_bytes(image, &header),
                             .has_zeros = image->type != ET_CORE && (!is_cut || !header.file_bytes)};
    }
    qsort(segments->list, segments->count, sizeof(*segments->list), segment_compare);
    cut_overlaps(segments);
    return NULL;
}

struct error *segments_open(const char *path, uint64_t bias, enum segments_wanted wanted,
                            struct segments *segments)
{
    *segments = (struct segments){.count = 0};
    struct error *error = image_open_bare(path, &segments->image);
    if (!error)
        error = read_segments(segments, bias, wanted);
    if (error)
        segments_close(segments);
    return error;
}

void segments_close(struct segments *segments)
{
    image_close(segments->image);
    free(segments->list);
    *segments = (struct segments){.count = 0};
}

// The first segment that ends behind the address, or the count.
static size_t find(const struct segments *segments, uint64_t address)
{
    size_t low = 0, high = segments->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct segment *segment = &segments->list[middle];
        if (segment->address + (segment->memory_bytes - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t least(uint64_t left, size_t right)
{
    return left < right ? (size_t)left : right;
}

size_t segments_copy(const struct segments *segments, uint64_t address, void *buffer, size_t size_bytes,
                     size_t *gap_bytes)
{
    size_t at = find(segments, address);
    *gap_bytes = size_bytes;
    if (at == segments->count)
        return 0;
    const struct segment *segment = &segments->list[at];
    if (address < segment->address) {
        *gap_bytes = least(segment->address - address, size_bytes);
        return 0;
    }
    uint64_t offset = address - segment->address;
    size_t room = least(segment->memory_bytes - offset, size_bytes);
    if (offset < segment->held.size_bytes) {
        size_t copied = least(segment->held.size_bytes - offset, room);
        memcpy(buffer, segment->held.data + offset, copied);
        return copied;
    }
    if (segment->has_zeros) {
        memset(buffer, 0, room);
        return room;
    }
    *gap_bytes = room;
    return 0;
}
