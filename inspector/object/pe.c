// SPDX-License-Identifier: MIT
// PE and COFF ("PE Format", Microsoft): programs, libraries and objects of Windows.
//
//     MZ … "PE\0\0" │ COFF header │ optional header │ section headers │ …        .exe, .dll
//                     COFF header                   │ section headers │ …        .obj; with /bigobj the header is another
//     symbols │ string table: its size, then texts: "/123" is the name at 123
#include "object/container.h"

#include "object/container_parts.h"
#include "object/patch.h"

#include <elf.h>
#include <inttypes.h>

enum {
    EM_LOONGARCH_USED = 258, // not in every elf.h
    HEADER_BYTES = 20,
    BIG_HEADER_BYTES = 56,
    SECTION_BYTES = 40,
    NAME_BYTES = 8,
    SYMBOL_BYTES = 18,
    BIG_SYMBOL_BYTES = 20,
    RELOCATION_BYTES = 10,
    SECTION_UNINITIALIZED = 0x80,
    SECTION_INFO_OR_REMOVE = 0xa00, // IMAGE_SCN_LNK_INFO, IMAGE_SCN_LNK_REMOVE
    SECTION_DISCARDABLE = 0x02000000,
    SECTION_MANY_RELOCATIONS = 0x01000000,
    FILE_IS_LIBRARY = 0x2000,
    OPTIONAL_32 = 0x10b,
    OPTIONAL_64 = 0x20b,
    DIRECTORY_DEBUG = 6,
    DEBUG_ENTRY_BYTES = 28,
    DEBUG_CODEVIEW = 2,
    DEBUG_ENTRIES_MOST = 64,
    GUID_BYTES = 16,
    RSDS_BYTES = 24, // "RSDS", signature, age
};

static const uint8_t big_class[16] = {0xc7, 0xa1, 0xba, 0xd1, 0xee, 0xba, 0xa9, 0x4b,
                                      0xaf, 0x20, 0xfa, 0xf6, 0x6a, 0xa4, 0xdc, 0xb8};

static const struct {
    uint16_t pe, machine, bits;
} machines[] = {
    {0x14c, EM_386, 32},
    {0x8664, EM_X86_64, 64},
    {0xaa64, EM_AARCH64, 64},
    {0xa641, EM_AARCH64, 64},
    {0x1c0, EM_ARM, 32},
    {0x1c2, EM_ARM, 32},
    {0x1c4, EM_ARM, 32},
    {0x200, EM_IA_64, 64},
    {0x5032, EM_RISCV, 32},
    {0x5064, EM_RISCV, 64},
    {0x6232, EM_LOONGARCH_USED, 32},
    {0x6264, EM_LOONGARCH_USED, 64},
};

static uint16_t u16_at(struct bytes bytes, uint64_t offset)
{
    struct byte_reader reader = byte_reader_over(bytes, false);
    byte_reader_seek(&reader, offset);
    return byte_reader_u16(&reader);
}

static uint32_t u32_at(struct bytes bytes, uint64_t offset)
{
    struct byte_reader reader = byte_reader_over(bytes, false);
    byte_reader_seek(&reader, offset);
    return byte_reader_u32(&reader);
}

static bool machine_is_known(uint16_t pe)
{
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].pe == pe)
            return true;
    return false;
}

static bool is_program(struct bytes start)
{
    return start.size_bytes >= 2 && !memcmp(start.data, "MZ", 2);
}

// An object of /bigobj, a member of an import library, or one of Microsoft's intermediate code.
static bool is_anonymous(struct bytes start)
{
    return start.size_bytes >= HEADER_BYTES && u16_at(start, 0) == 0 && u16_at(start, 2) == 0xffff &&
           machine_is_known(u16_at(start, 6));
}

// An object's header has no magic: a known machine, and no optional header.
static bool is_object(struct bytes start)
{
    return start.size_bytes >= HEADER_BYTES && machine_is_known(u16_at(start, 0)) && u16_at(start, 2) &&
           u16_at(start, 16) == 0;
}

static bool pe_is(struct bytes start)
{
    return is_program(start) || is_anonymous(start) || is_object(start);
}

struct pe_headers {
    uint64_t offset; // of the COFF header
    uint16_t machine, optional_bytes, characteristics;
    uint64_t optional, sections; // offsets
    uint32_t sections_count, symbols, symbols_count;
    bool is_big, is_program;
};

static struct error *headers_find(const struct image *image, struct pe_headers *headers)
{
    const struct bytes file = image->file;
    *headers = (struct pe_headers){.is_program = is_program(file), .is_big = is_anonymous(file)};
    if (headers->is_program) {
        headers->offset = u32_at(file, 0x3c);
        if (!bytes_hold(file, headers->offset, 4 + HEADER_BYTES) ||
            memcmp(file.data + headers->offset, "PE\0", 4) != 0)
            return error_create(ERROR_BAD_FORMAT,
                                "%s: begins with MZ, but has no PE header at 0x%" PRIx64
                                ": a program of DOS, or cut short",
                                image->path, headers->offset);
        headers->offset += 4;
    }
    const uint64_t at = headers->offset;
    if (headers->is_big && (u16_at(file, 4) < 2 || !bytes_hold(file, 0, BIG_HEADER_BYTES) ||
                            memcmp(file.data + 12, big_class, sizeof(big_class)) != 0))
        return error_create(ERROR_NO_DEBUG, "%s: %s: no debug information", image->path,
                            u16_at(file, 4) == 0 ? "an entry of an import library"
                                                 : "intermediate code of Microsoft's compiler");
    if (headers->is_big) {
        headers->machine = u16_at(file, 6);
        headers->sections_count = u32_at(file, 44);
        headers->symbols = u32_at(file, 48);
        headers->symbols_count = u32_at(file, 52);
        headers->sections = BIG_HEADER_BYTES;
        return NULL;
    }
    headers->machine = u16_at(file, at);
    headers->sections_count = u16_at(file, at + 2);
    headers->symbols = u32_at(file, at + 8);
    headers->symbols_count = u32_at(file, at + 12);
    headers->optional_bytes = u16_at(file, at + 16);
    headers->characteristics = u16_at(file, at + 18);
    headers->optional = at + HEADER_BYTES;
    headers->sections = headers->optional + headers->optional_bytes;
    return NULL;
}

// ---- sections -------------------------------------------------------------------------------------------

// "/123", or "//" and six digits of base 64 where the offset has more than seven. UINT64_MAX: it is no such name.
static uint64_t name_offset(const char *name)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint64_t offset = 0;
    const bool is_wide = name[0] == '/' && name[1] == '/';
    size_t i = is_wide ? 2 : 1;
    if (name[0] != '/' || !name[i])
        return UINT64_MAX;
    for (; i < NAME_BYTES && name[i]; i++) {
        const char *digit = memchr(digits, name[i], sizeof(digits) - 1);
        const bool is_decimal = name[i] >= '0' && name[i] <= '9';
        if (!digit || (!is_wide && !is_decimal))
            return UINT64_MAX;
        offset = is_wide ? 64 * offset + (uint64_t)(digit - digits) : 10 * offset + (uint64_t)(name[i] - '0');
    }
    return offset;
}

static const char *pe_section_name(struct image *image, const char *field)
{
    char name[NAME_BYTES + 1] = {0};
    memcpy(name, field, NAME_BYTES);
    const uint64_t offset = name_offset(name);
    const char *text = offset == UINT64_MAX ? NULL : bytes_text_at(image->symbol_names, offset);
    const size_t length = text ? strcspn(text, "$") : 0;
    // An object has one section a group behind a dollar: .debug_types$one is a piece of .debug_types.
    if (text && !strncmp(text, ".debug_", 7) && text[length] && length < 64)
        text = arena_copy_text(&image->arena, text, length);
    else if (!text)
        text = arena_copy_text(&image->arena, name, strlen(name));
    return text ? text : "";
}

static void section_read(struct image *image, const struct pe_headers *headers, uint64_t base_address,
                         struct byte_reader *reader, struct image_section *section)
{
    const struct bytes name = byte_reader_block(reader, NAME_BYTES);
    const uint32_t memory_bytes = byte_reader_u32(reader), address = byte_reader_u32(reader),
                   stored_bytes = byte_reader_u32(reader);
    section->offset = byte_reader_u32(reader);
    section->relocations_offset = byte_reader_u32(reader);
    byte_reader_skip(reader, 4);
    section->relocations_count = byte_reader_u16(reader);
    byte_reader_skip(reader, 2);
    const uint32_t flags = byte_reader_u32(reader);
    section->name = pe_section_name(image, (const char *)name.data);
    section->address = base_address + address;
    // What is stored is rounded up to a block of the file; objects do not say the other size.
    section->size_bytes =
        headers->is_program && memory_bytes && memory_bytes < stored_bytes ? memory_bytes : stored_bytes;
    section->type = flags & SECTION_UNINITIALIZED || !section->offset ? SHT_NOBITS : SHT_PROGBITS;
    section->flags = flags & (SECTION_INFO_OR_REMOVE | SECTION_DISCARDABLE) ? 0 : SHF_ALLOC;
    if (flags & SECTION_MANY_RELOCATIONS && section->relocations_count == 0xffff) {
        // The first entry has the number, itself counted.
        const uint32_t count = u32_at(image->file, section->relocations_offset);
        section->relocations_count = count ? count - 1 : 0;
        section->relocations_offset += RELOCATION_BYTES;
    }
    container_take_bytes(image, section);
}

static void take_symbols(struct image *image, const struct pe_headers *headers)
{
    const uint64_t size_bytes =
        (uint64_t)headers->symbols_count * (headers->is_big ? BIG_SYMBOL_BYTES : SYMBOL_BYTES);
    if (!headers->symbols || !bytes_hold(image->file, headers->symbols, size_bytes))
        return;
    image->symbols = (struct bytes){image->file.data + headers->symbols, size_bytes};
    const uint64_t names = headers->symbols + size_bytes;
    const uint32_t names_bytes = u32_at(image->file, names);
    if (names_bytes >= 4 && bytes_hold(image->file, names, names_bytes))
        image->symbol_names = (struct bytes){image->file.data + names, names_bytes};
}

// ---- the debug directory --------------------------------------------------------------------------------

static struct bytes bytes_at_rva(const struct image *image, uint64_t base_address, uint64_t rva,
                                 uint64_t size_bytes)
{
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        const uint64_t start = section->address - base_address;
        if (section->bytes.size_bytes && rva >= start && bytes_hold(section->bytes, rva - start, size_bytes))
            return (struct bytes){section->bytes.data + (rva - start), size_bytes};
    }
    return (struct bytes){image->file.data, 0};
}

static uint64_t base_of(const struct image *image, const struct pe_headers *headers)
{
    if (!headers->is_program || headers->optional_bytes < 32)
        return 0;
    const bool is_wide = u16_at(image->file, headers->optional) == OPTIONAL_64;
    const uint64_t low = u32_at(image->file, headers->optional + (is_wide ? 24 : 28));
    return is_wide ? low | (uint64_t)u32_at(image->file, headers->optional + 28) << 32 : low;
}

// The entry that names a PDB: "RSDS", its signature, age, path. Empty: none.
static struct bytes codeview_find(const struct image *image, const struct pe_headers *headers)
{
    const struct bytes none = {image->file.data, 0};
    if (!headers->is_program)
        return none;
    const uint64_t directories =
        headers->optional + (u16_at(image->file, headers->optional) == OPTIONAL_64 ? 112 : 96);
    const uint64_t at = directories + 8 * DIRECTORY_DEBUG;
    if (at + 8 > headers->sections || u32_at(image->file, directories - 4) <= DIRECTORY_DEBUG)
        return none;
    const uint32_t size_bytes = u32_at(image->file, at + 4);
    const struct bytes entries =
        bytes_at_rva(image, base_of(image, headers), u32_at(image->file, at), size_bytes);
    for (size_t i = 0; i < entries.size_bytes / DEBUG_ENTRY_BYTES && i < DEBUG_ENTRIES_MOST; i++) {
        const struct bytes entry = {entries.data + i * DEBUG_ENTRY_BYTES, DEBUG_ENTRY_BYTES};
        const uint32_t data_bytes = u32_at(entry, 16), data = u32_at(entry, 24);
        if (u32_at(entry, 12) == DEBUG_CODEVIEW && data_bytes >= RSDS_BYTES &&
            bytes_hold(image->file, data, data_bytes) && !memcmp(image->file.data + data, "RSDS", 4))
            return (struct bytes){image->file.data + data, data_bytes};
    }
    return none;
}

// The signature as tools print it: its first three numbers are stored with the low byte first.
static void take_build_id(struct image *image, struct bytes codeview)
{
    static const uint8_t order[GUID_BYTES] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    if (!codeview.size_bytes)
        return;
    for (size_t i = 0; i < GUID_BYTES; i++)
        image->build_id[i] = codeview.data[4 + order[i]];
    image->build_id_size_bytes = GUID_BYTES;
}

static struct error *pe_read(struct image *image)
{
    struct pe_headers headers;
    RETURN_IF_ERROR(headers_find(image, &headers));
    image->platform = PLATFORM_WINDOWS;
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].pe == headers.machine) {
            image->machine = machines[i].machine;
            image->address_bits = machines[i].bits;
        }
    if (!image->address_bits)
        image->address_bits = u16_at(image->file, headers.optional) == OPTIONAL_64 ? 64 : 32;
    image->type = !headers.is_program ? ET_REL : headers.characteristics & FILE_IS_LIBRARY ? ET_DYN : ET_EXEC;
    image->names_have_underscore = image->machine == EM_386;
    if (!bytes_hold(image->file, headers.sections, (uint64_t)headers.sections_count * SECTION_BYTES))
        return error_create(ERROR_BAD_FORMAT,
                            "%s: truncated: %" PRIu32 " section headers at 0x%" PRIx64
                            " are not within its 0x%zx bytes",
                            image->path, headers.sections_count, headers.sections, image->file.size_bytes);
    take_symbols(image, &headers);
    RETURN_IF_ERROR(container_make_sections(image, headers.sections_count));
    struct byte_reader reader = byte_reader_over(image->file, false);
    byte_reader_seek(&reader, headers.sections);
    for (size_t i = 1; i < image->sections_count; i++)
        section_read(image, &headers, base_of(image, &headers), &reader, &image->sections[i]);
    take_build_id(image, codeview_find(image, &headers));
    return NULL;
}

// ---- symbols and relocations ----------------------------------------------------------------------------

struct coff_symbol {
    struct bytes entry;
    uint32_t value;
    int32_t section;         // counted from 1; below: none of the file's
    uint8_t auxiliary_count; // entries behind it that belong to it
};

static bool symbol_read(const struct image *image, uint64_t index, struct coff_symbol *symbol)
{
    const bool is_big = is_anonymous(image->file);
    const uint64_t entry_bytes = is_big ? BIG_SYMBOL_BYTES : SYMBOL_BYTES;
    if (index >= image->symbols.size_bytes / entry_bytes)
        return false;
    symbol->entry = (struct bytes){image->symbols.data + index * entry_bytes, entry_bytes};
    symbol->value = u32_at(symbol->entry, 8);
    symbol->section =
        is_big ? (int32_t)u32_at(symbol->entry, 12) : (int32_t)(int16_t)u16_at(symbol->entry, 12);
    symbol->auxiliary_count = symbol->entry.data[entry_bytes - 1];
    return true;
}

// A name of up to eight characters stands in the entry itself.
static bool pe_symbol(const struct image *image, uint64_t *index, struct container_symbol *symbol)
{
    struct coff_symbol own;
    *symbol = (struct container_symbol){0};
    if (!symbol_read(image, *index, &own))
        return false;
    *index += 1u + own.auxiliary_count;
    if (own.section <= 0 || (uint32_t)own.section >= image->sections_count)
        return true;
    const uint32_t at = u32_at(own.entry, 4);
    struct bytes name = {own.entry.data, NAME_BYTES};
    if (u32_at(own.entry, 0) == 0) {
        if (at >= image->symbol_names.size_bytes)
            return true;
        name = (struct bytes){image->symbol_names.data + at, image->symbol_names.size_bytes - at};
    }
    if (image->names_have_underscore && *name.data == '_')
        name = (struct bytes){name.data + 1, name.size_bytes - 1};
    symbol->address = image->sections[own.section].address + own.value;
    symbol->name = name;
    return true;
}

// What assemblers put into debug sections.
static const struct {
    uint16_t machine, type;
    uint8_t size_bytes; // 0: nothing to do
    bool is_relative;   // to the place
} rules[] = {
    {EM_X86_64, 0x0, 0, false},  {EM_X86_64, 0x1, 8, false},  {EM_X86_64, 0x2, 4, false},
    {EM_X86_64, 0x3, 4, false},  {EM_X86_64, 0x4, 4, true},   {EM_X86_64, 0xa, 0, false},
    {EM_X86_64, 0xb, 4, false},  {EM_386, 0x0, 0, false},     {EM_386, 0x6, 4, false},
    {EM_386, 0x7, 4, false},     {EM_386, 0xa, 0, false},     {EM_386, 0xb, 4, false},
    {EM_386, 0x14, 4, true},     {EM_AARCH64, 0x0, 0, false}, {EM_AARCH64, 0x1, 4, false},
    {EM_AARCH64, 0x2, 4, false}, {EM_AARCH64, 0x8, 4, false}, {EM_AARCH64, 0xd, 0, false},
    {EM_AARCH64, 0xe, 8, false}, {EM_AARCH64, 0x11, 4, true}, {EM_ARM, 0x0, 0, false},
    {EM_ARM, 0x1, 4, false},     {EM_ARM, 0x2, 4, false},     {EM_ARM, 0xa, 4, true},
    {EM_ARM, 0xe, 0, false},     {EM_ARM, 0xf, 4, false},
};

static struct error *relocate_one(const struct image *image, const struct relocate_place *places,
                                  size_t target, struct byte_reader *reader)
{
    const struct relocate_place *place = &places[target];
    const uint32_t address = byte_reader_u32(reader), index = byte_reader_u32(reader);
    const uint16_t type = byte_reader_u16(reader);
    size_t rule = 0;
    while (rule < ARRAY_LENGTH(rules) && (rules[rule].machine != image->machine || rules[rule].type != type))
        rule++;
    if (rule == ARRAY_LENGTH(rules))
        return error_create(ERROR_UNSUPPORTED,
                            "%s+0x%" PRIx32 ": relocation of type %u of machine %u is not supported",
                            place->name, address, type, image->machine);
    if (!rules[rule].size_bytes)
        return NULL;
    struct coff_symbol symbol;
    if (!symbol_read(image, index, &symbol))
        return error_create(ERROR_BAD_FORMAT,
                            "%s+0x%" PRIx32 ": relocation against symbol %" PRIu32 ", which does not exist",
                            place->name, address, index);
    uint64_t value = symbol.section ? symbol.value : 0; // a common symbol's is its size
    if (symbol.section > 0 && (uint32_t)symbol.section < image->sections_count)
        value += places[symbol.section].base_bytes;
    if (rules[rule].is_relative)
        value -= place->base_bytes + address + 4;
    return patch_add(place, address, rules[rule].size_bytes, false, value);
}

static struct error *pe_relocate(const struct image *image, const struct relocate_place *places)
{
    return container_relocate(image, places, RELOCATION_BYTES, relocate_one);
}

// ---- without DWARF --------------------------------------------------------------------------------------

static const char *pe_instead(const struct image *image, struct arena *arena)
{
    struct pe_headers headers;
    struct error *error = headers_find(image, &headers);
    if (error) {
        error_free(error);
        return NULL;
    }
    for (size_t i = 0; i < image->sections_count; i++)
        if (!strncmp(image->sections[i].name, ".debug$", 7))
            return "CodeView (.debug$S, .debug$T), which strata cannot read: compile with clang -gdwarf or "
                   "with gcc";
    const struct bytes codeview = codeview_find(image, &headers);
    const char *path = bytes_text_at(codeview, RSDS_BYTES);
    // GNU ld writes an entry without a path as its build-id.
    return path && *path
               ? arena_format(arena,
                              "the name of a PDB, %.300s, which strata cannot read: compile with clang "
                              "-gdwarf or with gcc",
                              path)
               : NULL;
}

const struct container container_pe = {.name = "PE/COFF",
                                       .is = pe_is,
                                       .read = pe_read,
                                       .relocate = pe_relocate,
                                       .symbol = pe_symbol,
                                       .instead = pe_instead};
