#include "object/relocate.h"

#include <elf.h>
#include <inttypes.h>

// elf.h of glibc 2.36 lacks these. BPF's are in the kernel's Documentation/bpf/llvm_reloc.rst, the others in
// the machines' psABIs.
enum {
    BPF_64_ABS64 = 2,
    BPF_64_ABS32 = 3,
    BPF_64_NODYLD32 = 4,
    AVR_NONE = 0,
    AVR_32 = 1,
    AVR_16 = 4,
    MSP430_NONE = 0,
    MSP430_32 = 1,
    MSP430_16_BYTE = 5,
    HEXAGON_NONE = 0,
    HEXAGON_32 = 6,
};

// What is done with S (symbol), A (addend), P (place), V (what stands at the place).
enum relocate_action {
    DO_NOTHING,
    DO_SET,      // S + A
    DO_SET_PC,   // S + A - P
    DO_ADD,      // V + S + A
    DO_SUBTRACT, // V - S - A
};

struct relocate_rule {
    uint16_t machine;
    uint16_t type;
    uint8_t size_bytes;
    uint8_t action;
};

// The types that assemblers put into debug sections, of each machine's psABI. Thread-local offsets (DTPOFF
// and its like) occur in locations of variables, which no layout reads: S + A serves there.
static const struct relocate_rule relocate_rules[] = {
    {EM_X86_64, R_X86_64_NONE, 0, DO_NOTHING},
    {EM_X86_64, R_X86_64_64, 8, DO_SET},
    {EM_X86_64, R_X86_64_32, 4, DO_SET},
    {EM_X86_64, R_X86_64_32S, 4, DO_SET},
    {EM_X86_64, R_X86_64_16, 2, DO_SET},
    {EM_X86_64, R_X86_64_8, 1, DO_SET},
    {EM_X86_64, R_X86_64_PC64, 8, DO_SET_PC},
    {EM_X86_64, R_X86_64_PC32, 4, DO_SET_PC},
    {EM_X86_64, R_X86_64_DTPOFF64, 8, DO_SET},
    {EM_X86_64, R_X86_64_DTPOFF32, 4, DO_SET},

    {EM_386, R_386_NONE, 0, DO_NOTHING},
    {EM_386, R_386_32, 4, DO_SET},
    {EM_386, R_386_16, 2, DO_SET},
    {EM_386, R_386_8, 1, DO_SET},
    {EM_386, R_386_PC32, 4, DO_SET_PC},
    {EM_386, R_386_TLS_LDO_32, 4, DO_SET},

    {EM_AARCH64, R_AARCH64_NONE, 0, DO_NOTHING},
    {EM_AARCH64, R_AARCH64_ABS64, 8, DO_SET},
    {EM_AARCH64, R_AARCH64_ABS32, 4, DO_SET},
    {EM_AARCH64, R_AARCH64_ABS16, 2, DO_SET},
    {EM_AARCH64, R_AARCH64_PREL64, 8, DO_SET_PC},
    {EM_AARCH64, R_AARCH64_PREL32, 4, DO_SET_PC},
    {EM_AARCH64, R_AARCH64_TLS_DTPREL, 8, DO_SET},

    {EM_ARM, R_ARM_NONE, 0, DO_NOTHING},
    {EM_ARM, R_ARM_ABS32, 4, DO_SET},
    {EM_ARM, R_ARM_ABS16, 2, DO_SET},
    {EM_ARM, R_ARM_ABS8, 1, DO_SET},
    {EM_ARM, R_ARM_REL32, 4, DO_SET_PC},
    {EM_ARM, R_ARM_TLS_LDO32, 4, DO_SET},

    {EM_RISCV, R_RISCV_NONE, 0, DO_NOTHING},
    {EM_RISCV, R_RISCV_RELAX, 0, DO_NOTHING},
    {EM_RISCV, R_RISCV_64, 8, DO_SET},
    {EM_RISCV, R_RISCV_32, 4, DO_SET},
    {EM_RISCV, R_RISCV_32_PCREL, 4, DO_SET_PC},
    {EM_RISCV, R_RISCV_TLS_DTPREL64, 8, DO_SET},
    {EM_RISCV, R_RISCV_TLS_DTPREL32, 4, DO_SET},
    {EM_RISCV, R_RISCV_SET32, 4, DO_SET},
    {EM_RISCV, R_RISCV_SET16, 2, DO_SET},
    {EM_RISCV, R_RISCV_SET8, 1, DO_SET},
    {EM_RISCV, R_RISCV_ADD64, 8, DO_ADD},
    {EM_RISCV, R_RISCV_ADD32, 4, DO_ADD},
    {EM_RISCV, R_RISCV_ADD16, 2, DO_ADD},
    {EM_RISCV, R_RISCV_ADD8, 1, DO_ADD},
    {EM_RISCV, R_RISCV_SUB64, 8, DO_SUBTRACT},
    {EM_RISCV, R_RISCV_SUB32, 4, DO_SUBTRACT},
    {EM_RISCV, R_RISCV_SUB16, 2, DO_SUBTRACT},
    {EM_RISCV, R_RISCV_SUB8, 1, DO_SUBTRACT},

    {EM_PPC64, R_PPC64_NONE, 0, DO_NOTHING},
    {EM_PPC64, R_PPC64_ADDR64, 8, DO_SET},
    {EM_PPC64, R_PPC64_UADDR64, 8, DO_SET},
    {EM_PPC64, R_PPC64_ADDR32, 4, DO_SET},
    {EM_PPC64, R_PPC64_UADDR32, 4, DO_SET},
    {EM_PPC64, R_PPC64_ADDR16, 2, DO_SET},
    {EM_PPC64, R_PPC64_REL64, 8, DO_SET_PC},
    {EM_PPC64, R_PPC64_REL32, 4, DO_SET_PC},
    {EM_PPC64, R_PPC64_DTPREL64, 8, DO_SET},

    {EM_PPC, R_PPC_NONE, 0, DO_NOTHING},
    {EM_PPC, R_PPC_ADDR32, 4, DO_SET},
    {EM_PPC, R_PPC_UADDR32, 4, DO_SET},
    {EM_PPC, R_PPC_ADDR16, 2, DO_SET},
    {EM_PPC, R_PPC_REL32, 4, DO_SET_PC},
    {EM_PPC, R_PPC_DTPREL32, 4, DO_SET},

    {EM_S390, R_390_NONE, 0, DO_NOTHING},
    {EM_S390, R_390_64, 8, DO_SET},
    {EM_S390, R_390_32, 4, DO_SET},
    {EM_S390, R_390_16, 2, DO_SET},
    {EM_S390, R_390_8, 1, DO_SET},
    {EM_S390, R_390_PC64, 8, DO_SET_PC},
    {EM_S390, R_390_PC32, 4, DO_SET_PC},
    {EM_S390, R_390_TLS_LDO64, 8, DO_SET},
    {EM_S390, R_390_TLS_LDO32, 4, DO_SET},

    {EM_MIPS, R_MIPS_NONE, 0, DO_NOTHING},
    {EM_MIPS, R_MIPS_64, 8, DO_SET},
    {EM_MIPS, R_MIPS_32, 4, DO_SET},
    {EM_MIPS, R_MIPS_16, 2, DO_SET},
    {EM_MIPS, R_MIPS_TLS_DTPREL64, 8, DO_SET},
    {EM_MIPS, R_MIPS_TLS_DTPREL32, 4, DO_SET},

    {EM_SPARCV9, R_SPARC_NONE, 0, DO_NOTHING},
    {EM_SPARCV9, R_SPARC_64, 8, DO_SET},
    {EM_SPARCV9, R_SPARC_UA64, 8, DO_SET},
    {EM_SPARCV9, R_SPARC_32, 4, DO_SET},
    {EM_SPARCV9, R_SPARC_UA32, 4, DO_SET},
    {EM_SPARCV9, R_SPARC_TLS_DTPOFF64, 8, DO_SET},

    {EM_BPF, R_BPF_NONE, 0, DO_NOTHING},
    {EM_BPF, BPF_64_ABS64, 8, DO_SET},
    {EM_BPF, BPF_64_ABS32, 4, DO_SET},
    {EM_BPF, BPF_64_NODYLD32, 4, DO_SET},

    {EM_68K, R_68K_NONE, 0, DO_NOTHING},
    {EM_68K, R_68K_32, 4, DO_SET},
    {EM_68K, R_68K_16, 2, DO_SET},
    {EM_68K, R_68K_PC32, 4, DO_SET_PC},
    {EM_68K, R_68K_TLS_LDO32, 4, DO_SET},

    // The three have no thread-local storage; AVR counts code in words in instructions, in bytes here.
    {EM_AVR, AVR_NONE, 0, DO_NOTHING},
    {EM_AVR, AVR_32, 4, DO_SET},
    {EM_AVR, AVR_16, 2, DO_SET},
    {EM_MSP430, MSP430_NONE, 0, DO_NOTHING},
    {EM_MSP430, MSP430_32, 4, DO_SET},
    {EM_MSP430, MSP430_16_BYTE, 2, DO_SET},
    {EM_QDSP6, HEXAGON_NONE, 0, DO_NOTHING},
    {EM_QDSP6, HEXAGON_32, 4, DO_SET},
};

struct relocation {
    uint64_t offset; // in the target section
    uint32_t symbol;
    uint32_t type;
    int64_t addend;
};

// Reads one Elf_Rel or Elf_Rela. MIPS-64 splits r_info in a way of its own: a 32-bit symbol in the file's
// byte order, then four single bytes, special symbol and three types, of which debug sections use the last
// written, the first applied.
static struct relocation relocation_read(struct byte_reader *reader, const struct image *image,
                                         bool with_addend)
{
    struct relocation relocation = {0};
    if (image->address_bits == 32) {
        relocation.offset = byte_reader_u32(reader);
        uint32_t info = byte_reader_u32(reader);
        relocation.symbol = ELF32_R_SYM(info);
        relocation.type = ELF32_R_TYPE(info);
        if (with_addend)
            relocation.addend = (int32_t)byte_reader_u32(reader);
        return relocation;
    }
    relocation.offset = byte_reader_u64(reader);
    if (image->machine == EM_MIPS) {
        relocation.symbol = byte_reader_u32(reader);
        byte_reader_skip(reader, 1);
        uint8_t third = byte_reader_u8(reader), second = byte_reader_u8(reader);
        // A chain of several types does not occur in debug sections: let it read as one that is not known.
        relocation.type = byte_reader_u8(reader) | (uint32_t)second << 8 | (uint32_t)third << 16;
    } else {
        uint64_t info = byte_reader_u64(reader);
        relocation.symbol = (uint32_t)ELF64_R_SYM(info);
        relocation.type = (uint32_t)ELF64_R_TYPE(info);
    }
    if (with_addend)
        relocation.addend = (int64_t)byte_reader_u64(reader);
    return relocation;
}

static const struct relocate_rule *relocate_rule_find(uint16_t machine, uint32_t type)
{
    for (size_t i = 0; i < ARRAY_LENGTH(relocate_rules); i++)
        if (relocate_rules[i].machine == machine && relocate_rules[i].type == type)
            return &relocate_rules[i];
    return NULL;
}

static bool relocate_machine_known(uint16_t machine)
{
    for (size_t i = 0; i < ARRAY_LENGTH(relocate_rules); i++)
        if (relocate_rules[i].machine == machine)
            return true;
    return false;
}

static uint64_t number_get(const uint8_t *place, unsigned size_bytes, bool big_endian)
{
    struct byte_reader reader = byte_reader_over((struct bytes){place, size_bytes}, big_endian);
    return byte_reader_sized(&reader, size_bytes);
}

static void number_put(uint8_t *place, unsigned size_bytes, bool big_endian, uint64_t value)
{
    for (unsigned i = 0; i < size_bytes; i++)
        place[big_endian ? size_bytes - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

static void relocate_apply(const struct relocate_rule *rule, const struct relocate_place *target,
                           uint64_t offset, uint64_t symbol_and_addend, bool big_endian)
{
    uint8_t *place = target->data + offset;
    uint64_t value = symbol_and_addend;
    if (rule->action == DO_SET_PC)
        value -= target->base_bytes + offset;
    else if (rule->action == DO_ADD)
        value = number_get(place, rule->size_bytes, big_endian) + value;
    else if (rule->action == DO_SUBTRACT)
        value = number_get(place, rule->size_bytes, big_endian) - value;
    number_put(place, rule->size_bytes, big_endian, value);
}

// One relocation section: what its entries have in common.
struct relocate_run {
    const struct image *image;
    const struct relocate_place *places;
    const struct relocate_place *target;
    uint32_t symbols; // index of the symbol table
    bool with_addend;
};

static struct error *relocate_one(const struct relocate_run *run, const struct relocation *relocation,
                                  const struct relocate_rule *rule)
{
    if (rule->action == DO_NOTHING)
        return NULL;
    if (relocation->offset > run->target->size_bytes ||
        rule->size_bytes > run->target->size_bytes - relocation->offset)
        return error_create(ERROR_BAD_FORMAT,
                            "relocation at 0x%" PRIx64 " leaves its section of 0x%" PRIx64 " bytes",
                            relocation->offset, run->target->size_bytes);
    uint64_t value = 0;
    if (relocation->symbol != STN_UNDEF) {
        struct image_symbol symbol;
        if (!image_symbol(run->image, run->symbols, relocation->symbol, &symbol))
            return error_create(ERROR_BAD_FORMAT,
                                "relocation against symbol %" PRIu32 ", which does not exist",
                                relocation->symbol);
        value = symbol.value;
        if (symbol.section < run->image->sections_count && run->places[symbol.section].data)
            value += run->places[symbol.section].base_bytes;
    }
    // SHT_REL keeps the addend in the place itself; its types are all of the kind that sets the place.
    if (run->with_addend)
        value += (uint64_t)relocation->addend;
    else
        value += number_get(run->target->data + relocation->offset, rule->size_bytes, run->image->big_endian);
    relocate_apply(rule, run->target, relocation->offset, value, run->image->big_endian);
    return NULL;
}

static struct error *relocate_section(const struct image *image, const struct image_section *section,
                                      const struct relocate_place *places)
{
    struct relocate_run run = {.image = image,
                               .places = places,
                               .target = &places[section->info],
                               .symbols = section->link,
                               .with_addend = section->type == SHT_RELA};
    size_t entry_bytes = (run.with_addend ? 3 : 2) * (image->address_bits / 8);
    if (section->truncated || section->bytes.size_bytes % entry_bytes != 0)
        return error_create(ERROR_BAD_FORMAT, "%s: its relocations are cut short", run.target->name);
    struct byte_reader reader = byte_reader_over(section->bytes, image->big_endian);
    const struct relocate_rule *rule = NULL;
    while (byte_reader_left(&reader)) {
        size_t at = byte_reader_offset(&reader);
        struct relocation relocation = relocation_read(&reader, image, run.with_addend);
        if (!rule || rule->type != relocation.type) // they come in long runs of one type
            rule = relocate_rule_find(image->machine, relocation.type);
        if (!rule)
            return error_create(ERROR_UNSUPPORTED,
                                "%s+0x%" PRIx64 ": relocation of type %" PRIu32
                                " of machine %u is not supported",
                                run.target->name, relocation.offset, relocation.type, image->machine);
        RETURN_IF_ERROR(error_prefix(relocate_one(&run, &relocation, rule), "%s: relocation %zu",
                                     run.target->name, at / entry_bytes));
    }
    return NULL;
}

struct error *relocate_sections(const struct image *image, const struct relocate_place *places)
{
    // Honest sections do not share bytes, so all relocations together are no larger than the file; a hostile
    // file could list one large table under a million headers.
    uint64_t budget_bytes = image->file.size_bytes;
    for (size_t i = 0; i < image->sections_count; i++) {
        const struct image_section *section = &image->sections[i];
        if ((section->type != SHT_RELA && section->type != SHT_REL) ||
            section->info >= image->sections_count || !places[section->info].data)
            continue;
        const char *name = places[section->info].name;
        if (!relocate_machine_known(image->machine))
            return error_create(ERROR_UNSUPPORTED, "%s: relocations of machine %u are not supported", name,
                                image->machine);
        if (section->bytes.size_bytes > budget_bytes)
            return error_create(ERROR_BAD_FORMAT, "%s: relocation sections overlap", name);
        budget_bytes -= section->bytes.size_bytes;
        RETURN_IF_ERROR(relocate_section(image, section, places));
    }
    return NULL;
}
