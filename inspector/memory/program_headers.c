// SPDX-License-Identifier: MIT
#include "memory/program_headers.h"

#include <elf.h>
#include <inttypes.h>

bool elf_segments_read(const struct elf_segments *segments, uint64_t index, struct elf_segment *header)
{
    const struct image *image = segments->image;
    struct byte_reader reader = byte_reader_over(image->file, image->big_endian);
    bool is_wide = image->address_bits == 64;
    byte_reader_seek(&reader, segments->offset + index * segments->entry_bytes);
    header->type = byte_reader_u32(&reader);
    if (is_wide)
        header->flags = byte_reader_u32(&reader);
    unsigned word = is_wide ? 8 : 4;
    header->offset = byte_reader_sized(&reader, word);
    header->address = byte_reader_sized(&reader, word);
    byte_reader_skip(&reader, word); // p_paddr
    header->file_bytes = byte_reader_sized(&reader, word);
    header->memory_bytes = byte_reader_sized(&reader, word);
    if (!is_wide)
        header->flags = byte_reader_u32(&reader);
    return !reader.failed;
}

// More than fit 16 bits: their number is sh_info of section header 0 (gABI, PN_XNUM).
static uint64_t many_headers(struct byte_reader *reader, bool is_wide)
{
    byte_reader_seek(reader, is_wide ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff));
    uint64_t sections = byte_reader_sized(reader, is_wide ? 8 : 4);
    uint64_t info = is_wide ? offsetof(Elf64_Shdr, sh_info) : offsetof(Elf32_Shdr, sh_info);
    if (!sections || sections > UINT64_MAX - info)
        return PN_XNUM; // there is none: the number stands as it is
    byte_reader_seek(reader, sections + info);
    return byte_reader_u32(reader);
}

struct error *elf_segments_find(const struct image *image, struct elf_segments *segments)
{
    uint64_t *table = &segments->offset, *entry_bytes = &segments->entry_bytes, *count = &segments->count;
    segments->image = image;
    struct byte_reader reader = byte_reader_over(image->file, image->big_endian);
    bool is_wide = image->address_bits == 64;
    byte_reader_seek(&reader, is_wide ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff));
    *table = byte_reader_sized(&reader, is_wide ? 8 : 4);
    byte_reader_seek(&reader,
                     is_wide ? offsetof(Elf64_Ehdr, e_phentsize) : offsetof(Elf32_Ehdr, e_phentsize));
    *entry_bytes = byte_reader_u16(&reader);
    *count = byte_reader_u16(&reader);
    if (*count == PN_XNUM)
        *count = many_headers(&reader, is_wide);
    size_t least = is_wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
    if (reader.failed || !*table || !*count)
        return error_create(ERROR_BAD_FORMAT, "%s: no program headers: it describes no memory", image->path);
    if (*entry_bytes < least || !bytes_hold(image->file, *table, *count * *entry_bytes))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: %" PRIu64 " program headers of %" PRIu64 " bytes at 0x%" PRIx64
                            " are not within its 0x%zx bytes",
                            image->path, *count, *entry_bytes, *table, image->file.size_bytes);
    return NULL;
}
