// SPDX-License-Identifier: MIT
#include "object/program_headers.h"

#include <elf.h>
#include <inttypes.h>
#include <stddef.h>

static uint64_t read_word(struct byte_reader *reader, bool is_wide)
{
    return byte_reader_sized(reader, is_wide ? 8 : 4);
}

size_t program_header_bytes(bool is_wide)
{
    return is_wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr);
}

bool program_headers_read(const struct program_headers *headers, uint64_t index,
                          struct program_header *header)
{
    struct byte_reader reader = byte_reader_over(headers->table, headers->big_endian);
    const bool is_wide = headers->is_wide;
    if (index >= headers->count)
        return false;
    byte_reader_seek(&reader, index * headers->entry_bytes);
    header->type = byte_reader_u32(&reader);
    if (is_wide)
        header->flags = byte_reader_u32(&reader);
    header->offset = read_word(&reader, is_wide);
    header->address = read_word(&reader, is_wide);
    read_word(&reader, is_wide); // p_paddr
    header->file_bytes = read_word(&reader, is_wide);
    header->memory_bytes = read_word(&reader, is_wide);
    if (!is_wide)
        header->flags = byte_reader_u32(&reader);
    return !reader.failed;
}

bool program_headers_place(struct bytes start, bool is_wide, bool big_endian, struct program_headers *headers)
{
    struct byte_reader reader = byte_reader_over(start, big_endian);
    *headers = (struct program_headers){.is_wide = is_wide, .big_endian = big_endian};
    byte_reader_seek(&reader, is_wide ? offsetof(Elf64_Ehdr, e_phoff) : offsetof(Elf32_Ehdr, e_phoff));
    headers->offset = read_word(&reader, is_wide);
    byte_reader_seek(&reader,
                     is_wide ? offsetof(Elf64_Ehdr, e_phentsize) : offsetof(Elf32_Ehdr, e_phentsize));
    headers->entry_bytes = byte_reader_u16(&reader);
    headers->count = byte_reader_u16(&reader);
    return !reader.failed;
}

// More than fit 16 bits: their number is sh_info of section header 0 (gABI, PN_XNUM).
static uint64_t many_headers(struct bytes file, bool is_wide, bool big_endian)
{
    struct byte_reader reader = byte_reader_over(file, big_endian);
    byte_reader_seek(&reader, is_wide ? offsetof(Elf64_Ehdr, e_shoff) : offsetof(Elf32_Ehdr, e_shoff));
    const uint64_t sections = read_word(&reader, is_wide);
    const uint64_t info = is_wide ? offsetof(Elf64_Shdr, sh_info) : offsetof(Elf32_Shdr, sh_info);
    if (!sections || sections > UINT64_MAX - info)
        return PN_XNUM; // there is none: the number stands as it is
    byte_reader_seek(&reader, sections + info);
    const uint64_t count = byte_reader_u32(&reader);
    return reader.failed ? 0 : count;
}

struct error *program_headers_find(const struct image *image, struct program_headers *headers)
{
    const bool is_wide = image->address_bits == 64;
    const bool is_there = program_headers_place(image->file, is_wide, image->big_endian, headers);
    if (headers->count == PN_XNUM)
        headers->count = many_headers(image->file, is_wide, image->big_endian);
    if (!is_there || !headers->offset || !headers->count)
        return error_create(ERROR_BAD_FORMAT, "%s: no program headers: it describes no memory", image->path);
    const uint64_t table_bytes = headers->count * headers->entry_bytes; // of 32 bits and of 16
    if (headers->entry_bytes < program_header_bytes(is_wide) ||
        !bytes_hold(image->file, headers->offset, table_bytes))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: %" PRIu64 " program headers of %" PRIu64 " bytes at 0x%" PRIx64
                            " are not within its 0x%zx bytes",
                            image->path, headers->count, headers->entry_bytes, headers->offset,
                            image->file.size_bytes);
    headers->table = (struct bytes){image->file.data + headers->offset, table_bytes};
    return NULL;
}
