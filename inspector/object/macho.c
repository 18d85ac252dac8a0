// SPDX-License-Identifier: MIT
// Mach-O (mach-o/loader.h, mach-o/nlist.h, mach-o/reloc.h): macOS's objects, programs and dSYM files.
//
//     header │ load commands: LC_SEGMENT { section … }, LC_SYMTAB, LC_UUID │ …
//
// Names of sections have 16 characters, without an end where they have all: __debug_str_offsets is "__debug_str_offs".
#include "object/container.h"

#include "object/container_parts.h"
#include "object/patch.h"
#include "object/section.h"
#include "object/universal.h"

#include <elf.h>
#include <inttypes.h>
#include <stdio.h>

enum {
    FILE_OBJECT = 1,
    FILE_EXECUTE = 2,
    FILE_CORE = 4,
    COMMAND_SEGMENT_32 = 1,
    COMMAND_SYMTAB = 2,
    COMMAND_SEGMENT_64 = 0x19,
    COMMAND_UUID = 0x1b,
    NAME_BYTES = 16,
    UUID_BYTES = 16,
    RELOCATION_BYTES = 8,
    SECTION_BYTES_32 = 68,
    SECTION_BYTES_64 = 80,
    SECTION_TYPE_MASK = 0xff,
    TYPE_ZERO_FILL = 1,
    TYPE_LARGE_ZERO_FILL = 12,
    TYPE_THREAD_FIRST = 0x11, // the four kinds of thread-local sections
    TYPE_THREAD_ZERO_FILL = 0x12,
    TYPE_THREAD_LAST = 0x15,
    SYMBOL_STAB = 0xe0,
    SYMBOL_TYPE = 0x0e,
    SYMBOL_IN_SECTION = 0x0e,
    STAB_OBJECT = 0x66, // N_OSO: an object that a linked program's debug information is in
    CPU_64_32 = 0x0200000c,
};

static const uint32_t LITTLE_32 = 0xcefaedfe, LITTLE_64 = 0xcffaedfe, BIG_32 = 0xfeedface,
                      BIG_64 = 0xfeedfacf; // read as big-endian

static uint32_t magic_of(struct bytes start)
{
    struct byte_reader reader = byte_reader_over(start, true);
    return byte_reader_u32(&reader);
}

static bool macho_is(struct bytes start)
{
    const uint32_t magic = magic_of(start);
    return magic == LITTLE_32 || magic == LITTLE_64 || magic == BIG_32 || magic == BIG_64;
}

static uint16_t machine_of(uint32_t cputype)
{
    static const struct {
        uint32_t cputype;
        uint16_t machine;
    } machines[] = {{6, EM_68K},
                    {7, EM_386},
                    {0x01000007, EM_X86_64},
                    {11, EM_PARISC},
                    {12, EM_ARM},
                    {0x0100000c, EM_AARCH64},
                    {CPU_64_32, EM_AARCH64},
                    {14, EM_SPARC},
                    {18, EM_PPC},
                    {0x01000012, EM_PPC64},
                    {24, EM_RISCV}};
    for (size_t i = 0; i < ARRAY_LENGTH(machines); i++)
        if (machines[i].cputype == cputype)
            return machines[i].machine;
    return EM_NONE;
}

struct macho_reading {
    struct image *image;
    bool is_wide; // the 64-bit form
    struct bytes commands;
    uint32_t commands_count;
};

static struct byte_reader reader_at(const struct image *image, struct bytes bytes, uint64_t offset)
{
    struct byte_reader reader = byte_reader_over(bytes, image->big_endian);
    byte_reader_seek(&reader, offset);
    return reader;
}

// Calls each(reading, kind, command) for all load commands.
static struct error *each_command(struct macho_reading *reading,
                                  struct error *(*each)(struct macho_reading *reading, uint32_t kind,
                                                        struct bytes command))
{
    const struct image *image = reading->image;
    uint64_t at = 0;
    for (uint32_t i = 0; i < reading->commands_count; i++) {
        struct byte_reader reader = reader_at(image, reading->commands, at);
        const uint32_t kind = byte_reader_u32(&reader), size_bytes = byte_reader_u32(&reader);
        if (reader.failed || size_bytes < 8 || !bytes_hold(reading->commands, at, size_bytes))
            return error_create(ERROR_BAD_FORMAT,
                                "%s: load command %" PRIu32 " at 0x%" PRIx64
                                " is damaged: they have 0x%zx bytes",
                                image->path, i, (uint64_t)(reading->commands.data - image->file.data) + at,
                                reading->commands.size_bytes);
        RETURN_IF_ERROR(each(reading, kind, (struct bytes){reading->commands.data + at, size_bytes}));
        at += size_bytes;
    }
    return NULL;
}

// ---- sections -------------------------------------------------------------------------------------------

static bool is_segment(uint32_t kind)
{
    return kind == COMMAND_SEGMENT_32 || kind == COMMAND_SEGMENT_64;
}

// The number of section headers that are in the command itself, and a reader at the first.
static uint32_t segment_sections(const struct image *image, uint32_t kind, struct bytes command,
                                 struct byte_reader *reader)
{
    const bool is_wide = kind == COMMAND_SEGMENT_64;
    *reader = reader_at(image, command, is_wide ? 64 : 48);
    const uint32_t claimed = byte_reader_u32(reader);
    byte_reader_skip(reader, 4);
    const size_t there = byte_reader_left(reader) / (is_wide ? SECTION_BYTES_64 : SECTION_BYTES_32);
    return reader->failed ? 0 : claimed > there ? (uint32_t)there : claimed;
}

static struct error *count_sections(struct macho_reading *reading, uint32_t kind, struct bytes command)
{
    struct byte_reader reader;
    if (is_segment(kind))
        reading->image->sections_count += segment_sections(reading->image, kind, command, &reader);
    return NULL;
}

// "__debug_str_offs" is ".debug_str_offsets", "__zdebug_str_off" ".zdebug_str_offsets": the name of one of ours that begins so.
static const char *debug_name(struct image *image, const char *name)
{
    for (int id = 0; id < SECTION_COUNT; id++) {
        const char *ours = section_name((enum section_id)id);
        for (int is_zlib = 0; is_zlib < 2; is_zlib++) {
            char spelled[64];
            snprintf(spelled, sizeof(spelled), "__%s%s", is_zlib ? "z" : "", ours + 1);
            if (!strncmp(spelled, name, NAME_BYTES))
                return is_zlib ? arena_format(&image->arena, ".z%s", ours + 1) : ours;
        }
    }
    return NULL;
}

static const char *macho_section_name(struct image *image, const char *segment, const char *section)
{
    const char *name = !strncmp(segment, "__DWARF", NAME_BYTES) ? debug_name(image, section) : NULL;
    if (!name)
        name = arena_format(&image->arena, "%.*s,%.*s", NAME_BYTES, segment, NAME_BYTES, section);
    return name ? name : "";
}

static bool is_in_memory(const char *segment)
{
    return strncmp(segment, "__DWARF", NAME_BYTES) != 0 && strncmp(segment, "__LLVM", NAME_BYTES) != 0;
}

static void section_read(struct image *image, struct byte_reader *reader, bool is_wide,
                         struct image_section *section)
{
    const struct bytes name = byte_reader_block(reader, NAME_BYTES),
                       segment = byte_reader_block(reader, NAME_BYTES);
    section->address = byte_reader_sized(reader, is_wide ? 8 : 4);
    section->size_bytes = byte_reader_sized(reader, is_wide ? 8 : 4);
    section->offset = byte_reader_u32(reader);
    byte_reader_skip(reader, 4); // alignment
    section->relocations_offset = byte_reader_u32(reader);
    section->relocations_count = byte_reader_u32(reader);
    const uint32_t type = byte_reader_u32(reader) & SECTION_TYPE_MASK;
    byte_reader_skip(reader, is_wide ? 12 : 8);
    const bool is_empty =
        type == TYPE_ZERO_FILL || type == TYPE_LARGE_ZERO_FILL || type == TYPE_THREAD_ZERO_FILL;
    // A dSYM file repeats the headers of the program's sections, which it does not hold: they are at 0.
    section->type = is_empty || !section->offset ? SHT_NOBITS : SHT_PROGBITS;
    section->name = macho_section_name(image, (const char *)segment.data, (const char *)name.data);
    section->flags = is_in_memory((const char *)segment.data) ? SHF_ALLOC : 0;
    if (type >= TYPE_THREAD_FIRST && type <= TYPE_THREAD_LAST)
        section->flags |= SHF_TLS;
    container_take_bytes(image, section);
}

static struct error *symbols_take(const struct macho_reading *reading, struct bytes command)
{
    struct image *image = reading->image;
    struct byte_reader reader = reader_at(image, command, 8);
    const uint32_t offset = byte_reader_u32(&reader), count = byte_reader_u32(&reader);
    const uint32_t names = byte_reader_u32(&reader), names_bytes = byte_reader_u32(&reader);
    const uint64_t size_bytes = (uint64_t)count * (reading->is_wide ? 16 : 12);
    // A dSYM's may be cut away; relocations say what they miss.
    if (!reader.failed && bytes_hold(image->file, offset, size_bytes))
        image->symbols = (struct bytes){image->file.data + offset, size_bytes};
    if (!reader.failed && bytes_hold(image->file, names, names_bytes))
        image->symbol_names = (struct bytes){image->file.data + names, names_bytes};
    return NULL;
}

static struct error *take_command(struct macho_reading *reading, uint32_t kind, struct bytes command)
{
    struct image *image = reading->image;
    struct byte_reader reader;
    if (kind == COMMAND_SYMTAB)
        return symbols_take(reading, command);
    if (kind == COMMAND_UUID && command.size_bytes >= 8 + UUID_BYTES) {
        memcpy(image->build_id, command.data + 8, UUID_BYTES);
        image->build_id_size_bytes = UUID_BYTES;
    }
    for (uint32_t left = is_segment(kind) ? segment_sections(image, kind, command, &reader) : 0; left; left--)
        section_read(image, &reader, kind == COMMAND_SEGMENT_64, &image->sections[image->sections_count++]);
    return NULL;
}

static struct error *macho_read(struct image *image)
{
    const uint32_t magic = magic_of(image->file);
    struct macho_reading reading = {.image = image, .is_wide = magic == LITTLE_64 || magic == BIG_64};
    image->big_endian = magic == BIG_32 || magic == BIG_64;
    image->platform = PLATFORM_DARWIN;
    image->names_have_underscore = true;
    struct byte_reader reader = reader_at(image, image->file, 4);
    const uint32_t cputype = byte_reader_u32(&reader), cpusubtype = byte_reader_u32(&reader),
                   type = byte_reader_u32(&reader);
    reading.commands_count = byte_reader_u32(&reader);
    const uint32_t commands_bytes = byte_reader_u32(&reader);
    byte_reader_skip(&reader, reading.is_wide ? 8 : 4);
    reading.commands = byte_reader_block(&reader, commands_bytes);
    if (reader.failed)
        return error_create(ERROR_BAD_FORMAT,
                            "%s: truncated: 0x%" PRIx32 " bytes of load commands do not fit", image->path,
                            commands_bytes);
    image->machine = machine_of(cputype);
    image->address_bits = reading.is_wide && cputype != CPU_64_32 ? 64 : 32;
    image->slice = universal_name(cputype, cpusubtype, &image->arena);
    image->type = type == FILE_OBJECT    ? ET_REL
                  : type == FILE_CORE    ? ET_CORE
                  : type == FILE_EXECUTE ? ET_EXEC
                                         : ET_DYN;
    RETURN_IF_ERROR(each_command(&reading, count_sections));
    RETURN_IF_ERROR(container_make_sections(image, image->sections_count));
    image->sections_count = 1;
    return each_command(&reading, take_command);
}

// ---- symbols --------------------------------------------------------------------------------------------

struct macho_symbol {
    uint32_t name;
    uint8_t type, section;
    uint64_t value;
};

static bool symbol_read(const struct image *image, uint64_t index, struct macho_symbol *symbol)
{
    const bool is_wide = magic_of(image->file) == LITTLE_64 || magic_of(image->file) == BIG_64;
    const uint64_t entry_bytes = is_wide ? 16 : 12;
    if (index >= image->symbols.size_bytes / entry_bytes)
        return false;
    struct byte_reader reader = reader_at(image, image->symbols, index * entry_bytes);
    symbol->name = byte_reader_u32(&reader);
    symbol->type = byte_reader_u8(&reader);
    symbol->section = byte_reader_u8(&reader);
    byte_reader_skip(&reader, 2);
    symbol->value = byte_reader_sized(&reader, is_wide ? 8 : 4);
    return !reader.failed;
}

static bool macho_symbol(const struct image *image, uint64_t *index, struct container_symbol *symbol)
{
    struct macho_symbol own;
    *symbol = (struct container_symbol){0};
    if (!symbol_read(image, (*index)++, &own))
        return false;
    const struct bytes names = image->symbol_names;
    if (own.type & SYMBOL_STAB || (own.type & SYMBOL_TYPE) != SYMBOL_IN_SECTION ||
        own.name >= names.size_bytes)
        return true;
    const bool has_underscore = names.data[own.name] == '_';
    symbol->address = own.value;
    symbol->name =
        (struct bytes){names.data + own.name + has_underscore, names.size_bytes - own.name - has_underscore};
    return true;
}

// ---- relocations ----------------------------------------------------------------------------------------

// In a debug section of an object a place holds what is meant, as in a program at address 0, save where another symbol is named:
// then its value is to be added. A SUBTRACTOR takes one away, and the entry behind it adds the other.
static bool is_subtractor(uint16_t machine, unsigned type)
{
    return (machine == EM_X86_64 && type == 5) || (machine == EM_AARCH64 && type == 1);
}

static struct error *relocate_one(const struct image *image, const struct relocate_place *places,
                                  size_t target_index, struct byte_reader *reader)
{
    const struct relocate_place *target = &places[target_index];
    const uint32_t address = byte_reader_u32(reader), bits = byte_reader_u32(reader);
    const bool may_be_scattered = image->machine != EM_X86_64 && image->machine != EM_AARCH64;
    if (may_be_scattered && address & UINT32_C(0x80000000))
        return NULL; // of two places in the object itself
    const uint32_t index = image->big_endian ? bits >> 8 : bits & 0xffffff;
    const unsigned low = image->big_endian ? bits & 0xff : bits >> 24;
    const bool is_external = image->big_endian ? low & 0x10 : low & 0x08;
    const unsigned length = image->big_endian ? low >> 5 & 3 : low >> 1 & 3;
    const unsigned type = image->big_endian ? low & 15 : low >> 4;
    const bool is_less = is_subtractor(image->machine, type);
    if (!is_external)
        return NULL;
    if (type != 0 && !is_less)
        return error_create(ERROR_UNSUPPORTED,
                            "%s+0x%" PRIx32 ": relocation of type %u of machine %u is not supported",
                            target->name, address, type, image->machine);
    struct macho_symbol symbol;
    if (!symbol_read(image, index, &symbol))
        return error_create(ERROR_BAD_FORMAT,
                            "%s+0x%" PRIx32 ": relocation against symbol %" PRIu32 ", which does not exist",
                            target->name, address, index);
    return patch_add(target, address, 1u << length, image->big_endian,
                     is_less ? -symbol.value : symbol.value);
}

static struct error *macho_relocate(const struct image *image, const struct relocate_place *places)
{
    return container_relocate(image, places, RELOCATION_BYTES, relocate_one);
}

// ---- without DWARF --------------------------------------------------------------------------------------

// A linked program names the objects that its debug information is in.
static const char *macho_instead(const struct image *image, struct arena *arena)
{
    struct macho_symbol symbol;
    const char *first = NULL;
    size_t count = 0;
    for (uint64_t i = 0; symbol_read(image, i, &symbol); i++)
        if (symbol.type == STAB_OBJECT) {
            const char *name = bytes_text_at(image->symbol_names, symbol.name);
            first = first ? first : name;
            count++;
        }
    if (!count)
        return NULL;
    return arena_format(
        arena,
        "the names of the objects that hold it (%zu, the first is %.300s): name those, or run "
        "dsymutil on it and name the .dSYM",
        count, first && *first ? first : "without a name");
}

const struct container container_macho = {.name = "Mach-O",
                                          .is = macho_is,
                                          .read = macho_read,
                                          .relocate = macho_relocate,
                                          .symbol = macho_symbol,
                                          .instead = macho_instead};
