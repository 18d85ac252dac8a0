// SPDX-License-Identifier: MIT
#include "object/relocate.h"

#include "object/patch.h"
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
    MACHINE_LOONGARCH = 258,
    MACHINE_LANAI = 244,
    MACHINE_VE = 251,
    MACHINE_AMDGPU = 224,
    MACHINE_CSKY = 252,
    MACHINE_ARC_COMPACT2 = 195,
    MACHINE_ALPHA = 0x9026, // as it is in files; EM_ALPHA of the standard is in none
    AVR_DIFF8 = 30, // a difference that stands at the place already, for a linker that removes code between
    AVR_DIFF16 = 31,
    AVR_DIFF32 = 32,
    LARCH_NONE = 0,
    LARCH_32 = 1,
    LARCH_64 = 2,
    LARCH_TLS_DTPREL32 = 7,
    LARCH_TLS_DTPREL64 = 8,
    LARCH_ADD8 = 47,
    LARCH_ADD16 = 48,
    LARCH_ADD32 = 50,
    LARCH_ADD64 = 51,
    LARCH_SUB8 = 52,
    LARCH_SUB16 = 53,
    LARCH_SUB32 = 55,
    LARCH_SUB64 = 56,
    LARCH_32_PCREL = 99,
    LARCH_RELAX = 100,
    LARCH_ALIGN = 102,
    LARCH_64_PCREL = 109,
    PARISC_SECREL32 = 41,
    ARC_NONE = 0,
    ARC_8 = 1,
    ARC_16 = 2,
    ARC_32 = 4,
    OR1K_NONE = 0,
    OR1K_32 = 1,
    OR1K_16 = 2,
    OR1K_8 = 3,
    XTENSA_NONE = 0,
    XTENSA_32 = 1,
    XTENSA_DIFF8 = 17, // as AVR's
    XTENSA_DIFF16 = 18,
    XTENSA_DIFF32 = 19,
    XTENSA_PDIFF8 = 57,
    XTENSA_PDIFF16 = 58,
    XTENSA_PDIFF32 = 59,
    XTENSA_NDIFF8 = 60,
    XTENSA_NDIFF16 = 61,
    XTENSA_NDIFF32 = 62,
    VE_NONE = 0,
    VE_REFLONG = 1,
    VE_REFQUAD = 2,
    LANAI_NONE = 0,
    LANAI_32 = 4,
    AMDGPU_NONE = 0,
    AMDGPU_ABS64 = 3,
    AMDGPU_ABS32 = 6,
    CKCORE_NONE = 0,
    CKCORE_ADDR32 = 1,
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

    {EM_SPARC, R_SPARC_NONE, 0, DO_NOTHING},
    {EM_SPARC, R_SPARC_32, 4, DO_SET},
    {EM_SPARC, R_SPARC_UA32, 4, DO_SET},
    {EM_SPARC, R_SPARC_TLS_DTPOFF32, 4, DO_SET},

    {EM_BPF, R_BPF_NONE, 0, DO_NOTHING},
    {EM_BPF, BPF_64_ABS64, 8, DO_SET},
    {EM_BPF, BPF_64_ABS32, 4, DO_SET},
    {EM_BPF, BPF_64_NODYLD32, 4, DO_SET},

    {EM_68K, R_68K_NONE, 0, DO_NOTHING},
    {EM_68K, R_68K_32, 4, DO_SET},
    {EM_68K, R_68K_16, 2, DO_SET},
    {EM_68K, R_68K_PC32, 4, DO_SET_PC},
    {EM_68K, R_68K_TLS_LDO32, 4, DO_SET},

    // These have no thread-local storage; AVR counts code in words in instructions, in bytes here.
    {EM_AVR, AVR_NONE, 0, DO_NOTHING},
    {EM_AVR, AVR_32, 4, DO_SET},
    {EM_AVR, AVR_16, 2, DO_SET},
    {EM_MSP430, MSP430_NONE, 0, DO_NOTHING},
    {EM_MSP430, MSP430_32, 4, DO_SET},
    {EM_MSP430, MSP430_16_BYTE, 2, DO_SET},
    {EM_QDSP6, HEXAGON_NONE, 0, DO_NOTHING},
    {EM_QDSP6, HEXAGON_32, 4, DO_SET},
    {EM_AVR, AVR_DIFF8, 0, DO_NOTHING},
    {EM_AVR, AVR_DIFF16, 0, DO_NOTHING},
    {EM_AVR, AVR_DIFF32, 0, DO_NOTHING},

    {MACHINE_LOONGARCH, LARCH_NONE, 0, DO_NOTHING},
    {MACHINE_LOONGARCH, LARCH_RELAX, 0, DO_NOTHING},
    {MACHINE_LOONGARCH, LARCH_ALIGN, 0, DO_NOTHING},
    {MACHINE_LOONGARCH, LARCH_64, 8, DO_SET},
    {MACHINE_LOONGARCH, LARCH_32, 4, DO_SET},
    {MACHINE_LOONGARCH, LARCH_TLS_DTPREL64, 8, DO_SET},
    {MACHINE_LOONGARCH, LARCH_TLS_DTPREL32, 4, DO_SET},
    {MACHINE_LOONGARCH, LARCH_64_PCREL, 8, DO_SET_PC},
    {MACHINE_LOONGARCH, LARCH_32_PCREL, 4, DO_SET_PC},
    {MACHINE_LOONGARCH, LARCH_ADD64, 8, DO_ADD},
    {MACHINE_LOONGARCH, LARCH_ADD32, 4, DO_ADD},
    {MACHINE_LOONGARCH, LARCH_ADD16, 2, DO_ADD},
    {MACHINE_LOONGARCH, LARCH_ADD8, 1, DO_ADD},
    {MACHINE_LOONGARCH, LARCH_SUB64, 8, DO_SUBTRACT},
    {MACHINE_LOONGARCH, LARCH_SUB32, 4, DO_SUBTRACT},
    {MACHINE_LOONGARCH, LARCH_SUB16, 2, DO_SUBTRACT},
    {MACHINE_LOONGARCH, LARCH_SUB8, 1, DO_SUBTRACT},

    {EM_SH, R_SH_NONE, 0, DO_NOTHING},
    {EM_SH, R_SH_DIR32, 4, DO_ADD}, // as Xtensa: the assembler leaves the addend at the place
    {EM_SH, R_SH_REL32, 4, DO_SET_PC},
    {EM_SH, R_SH_TLS_LDO_32, 4, DO_SET},

    {MACHINE_ALPHA, R_ALPHA_NONE, 0, DO_NOTHING},
    {MACHINE_ALPHA, R_ALPHA_REFLONG, 4, DO_SET},
    {MACHINE_ALPHA, R_ALPHA_REFQUAD, 8, DO_SET},
    {MACHINE_ALPHA, R_ALPHA_SREL32, 4, DO_SET_PC},
    {MACHINE_ALPHA, R_ALPHA_SREL64, 8, DO_SET_PC},
    {MACHINE_ALPHA, R_ALPHA_DTPREL64, 8, DO_SET},

    {EM_PARISC, R_PARISC_NONE, 0, DO_NOTHING},
    {EM_PARISC, R_PARISC_DIR32, 4, DO_SET},
    {EM_PARISC, R_PARISC_DIR64, 8, DO_SET},
    {EM_PARISC, PARISC_SECREL32, 4, DO_SET},
    {EM_PARISC, R_PARISC_PCREL32, 4, DO_SET_PC},

    {EM_ARC_COMPACT, ARC_NONE, 0, DO_NOTHING},
    {EM_ARC_COMPACT, ARC_8, 1, DO_SET},
    {EM_ARC_COMPACT, ARC_16, 2, DO_SET},
    {EM_ARC_COMPACT, ARC_32, 4, DO_SET},

    {MACHINE_ARC_COMPACT2, ARC_NONE, 0, DO_NOTHING},
    {MACHINE_ARC_COMPACT2, ARC_8, 1, DO_SET},
    {MACHINE_ARC_COMPACT2, ARC_16, 2, DO_SET},
    {MACHINE_ARC_COMPACT2, ARC_32, 4, DO_SET},

    {EM_OPENRISC, OR1K_NONE, 0, DO_NOTHING},
    {EM_OPENRISC, OR1K_32, 4, DO_SET},
    {EM_OPENRISC, OR1K_16, 2, DO_SET},
    {EM_OPENRISC, OR1K_8, 1, DO_SET},

    {EM_XTENSA, XTENSA_NONE, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_32, 4, DO_ADD}, // and what stands at the place, though there is an addend
    {EM_XTENSA, XTENSA_DIFF8, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_DIFF16, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_DIFF32, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_PDIFF8, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_PDIFF16, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_PDIFF32, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_NDIFF8, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_NDIFF16, 0, DO_NOTHING},
    {EM_XTENSA, XTENSA_NDIFF32, 0, DO_NOTHING},

    {MACHINE_VE, VE_NONE, 0, DO_NOTHING},
    {MACHINE_VE, VE_REFLONG, 4, DO_SET},
    {MACHINE_VE, VE_REFQUAD, 8, DO_SET},
    {MACHINE_LANAI, LANAI_NONE, 0, DO_NOTHING},
    {MACHINE_LANAI, LANAI_32, 4, DO_SET},
    {MACHINE_AMDGPU, AMDGPU_NONE, 0, DO_NOTHING},
    {MACHINE_AMDGPU, AMDGPU_ABS32, 4, DO_SET},
    {MACHINE_AMDGPU, AMDGPU_ABS64, 8, DO_SET},
    {MACHINE_CSKY, CKCORE_NONE, 0, DO_NOTHING},
    {MACHINE_CSKY, CKCORE_ADDR32, 4, DO_SET},
};

struct relocation {
    uint64_t offset; // in the target section
    uint32_t symbol;
    uint32_t type;
    uint64_t addend;
};

struct relocate_symbol {
    bool known;
    uint32_t index;
    uint64_t value;
};

// One relocation section: what its entries have in common.
struct relocate_run {
    const struct image *image;
    const struct relocate_place *places;
    const struct relocate_place *target;
    uint32_t symbols; // index of the symbol table
    bool with_addend; // SHT_RELA; SHT_REL keeps the addend in the place itself

    // The machine's rules by type, 1 + the index in relocate_rules. The types of all machines end with
    // AArch64's.
    uint8_t rules[R_AARCH64_TLS_DTPREL + 1];
    // The symbols met last, by their low bits: most relocations are against those of .debug_str and .text.
    struct relocate_symbol cache[64];
};

_Static_assert(ARRAY_LENGTH(relocate_rules) < UINT8_MAX, "a rule's number fits its byte");

static size_t relocate_entry_bytes(const struct relocate_run *run)
{
    return (run->with_addend ? 3 : 2) * (run->image->address_bits / 8);
}

// Decodes one Elf_Rel or Elf_Rela. MIPS-64 splits r_info in a way of its own: a 32-bit symbol in the file's
// byte order, then four single bytes: a special symbol, the third, the second and the first type.
static struct relocation relocation_read(const struct relocate_run *run, const uint8_t *entry)
{
    bool big_endian = run->image->big_endian;
    if (run->image->address_bits == 32) {
        uint32_t info = (uint32_t)number_get(entry + 4, 4, big_endian);
        return (struct relocation){
            .offset = number_get(entry, 4, big_endian),
            .symbol = ELF32_R_SYM(info),
            .type = ELF32_R_TYPE(info),
            .addend =
                run->with_addend ? (uint64_t)(int64_t)(int32_t)number_get(entry + 8, 4, big_endian) : 0};
    }
    struct relocation relocation = {.offset = number_get(entry, 8, big_endian),
                                    .addend = run->with_addend ? number_get(entry + 16, 8, big_endian) : 0};
    if (run->image->machine == EM_MIPS) {
        relocation.symbol = (uint32_t)number_get(entry + 8, 4, big_endian);
        // A chain of several types does not occur in debug sections: let it read as one that is not known.
        relocation.type = entry[15] | (uint32_t)entry[14] << 8 | (uint32_t)entry[13] << 16;
    } else {
        uint64_t info = number_get(entry + 8, 8, big_endian);
        relocation.symbol = (uint32_t)ELF64_R_SYM(info);
        relocation.type = (uint32_t)ELF64_R_TYPE(info);
    }
    return relocation;
}

static const struct relocate_rule *relocate_rule_find(const struct relocate_run *run, uint32_t type)
{
    unsigned number = type < ARRAY_LENGTH(run->rules) ? run->rules[type] : 0;
    return number ? &relocate_rules[number - 1] : NULL;
}

// False when no rule is known for the machine.
static bool relocate_rules_load(struct relocate_run *run)
{
    bool known = false;
    for (size_t i = 0; i < ARRAY_LENGTH(relocate_rules); i++)
        if (relocate_rules[i].machine == run->image->machine &&
            relocate_rules[i].type < ARRAY_LENGTH(run->rules)) {
            run->rules[relocate_rules[i].type] = (uint8_t)(i + 1);
            known = true;
        }
    return known;
}

// The symbol's value in the joined sections; false when it does not exist.
static bool relocate_symbol_value(struct relocate_run *run, uint32_t index, uint64_t *value)
{
    if (index == STN_UNDEF) {
        *value = 0;
        return true;
    }
    struct relocate_symbol *slot = &run->cache[index % ARRAY_LENGTH(run->cache)];
    if (!slot->known || slot->index != index) {
        struct image_symbol symbol;
        if (!image_symbol(run->image, run->symbols, index, &symbol))
            return false;
        bool joined = symbol.section < run->image->sections_count && run->places[symbol.section].data;
        uint64_t base_bytes = joined ? run->places[symbol.section].base_bytes : 0;
        *slot = (struct relocate_symbol){.known = true, .index = index, .value = symbol.value + base_bytes};
    }
    *value = slot->value;
    return true;
}

static struct error *relocate_one(struct relocate_run *run, const struct relocation *relocation,
                                  const struct relocate_rule *rule)
{
    if (rule->action == DO_NOTHING)
        return NULL;
    const struct relocate_place *target = run->target;
    if (relocation->offset > target->size_bytes || rule->size_bytes > target->size_bytes - relocation->offset)
        return error_create(ERROR_BAD_FORMAT,
                            "relocation at 0x%" PRIx64 " leaves its section of 0x%" PRIx64 " bytes",
                            relocation->offset, target->size_bytes);
    uint64_t value;
    if (!relocate_symbol_value(run, relocation->symbol, &value))
        return error_create(ERROR_BAD_FORMAT, "relocation against symbol %" PRIu32 ", which does not exist",
                            relocation->symbol);
    bool big_endian = run->image->big_endian;
    uint8_t *place = target->data + relocation->offset;
    value += run->with_addend ? relocation->addend : number_get(place, rule->size_bytes, big_endian);
    if (rule->action == DO_SET_PC)
        value -= target->base_bytes + relocation->offset;
    else if (rule->action == DO_ADD)
        value = number_get(place, rule->size_bytes, big_endian) + value;
    else if (rule->action == DO_SUBTRACT)
        value = number_get(place, rule->size_bytes, big_endian) - value;
    number_put(place, rule->size_bytes, big_endian, value);
    return NULL;
}

static struct error *relocate_section(struct relocate_run *run, struct bytes entries)
{
    size_t entry_bytes = relocate_entry_bytes(run);
    if (entries.size_bytes % entry_bytes != 0)
        return error_create(ERROR_BAD_FORMAT, "%s: its relocations are cut short", run->target->name);
    for (size_t at = 0; at < entries.size_bytes; at += entry_bytes) {
        struct relocation relocation = relocation_read(run, entries.data + at);
        const struct relocate_rule *rule = relocate_rule_find(run, relocation.type);
        if (UNLIKELY(!rule))
            return error_create(ERROR_UNSUPPORTED,
                                "%s+0x%" PRIx64 ": relocation of type %" PRIu32
                                " of machine %u is not supported",
                                run->target->name, relocation.offset, relocation.type, run->image->machine);
        struct error *error = relocate_one(run, &relocation, rule);
        if (UNLIKELY(error != NULL))
            return error_prefix(error, "%s: relocation %zu", run->target->name, at / entry_bytes);
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
        struct relocate_run run = {.image = image,
                                   .places = places,
                                   .target = &places[section->info],
                                   .symbols = section->link,
                                   .with_addend = section->type == SHT_RELA};
        if (!relocate_rules_load(&run))
            return error_create(ERROR_UNSUPPORTED, "%s: relocations of machine %u are not supported",
                                run.target->name, image->machine);
        if (section->truncated)
            return error_create(ERROR_BAD_FORMAT, "%s: its relocations are truncated", run.target->name);
        if (section->bytes.size_bytes > budget_bytes)
            return error_create(ERROR_BAD_FORMAT, "%s: relocation sections overlap", run.target->name);
        budget_bytes -= section->bytes.size_bytes;
        RETURN_IF_ERROR(relocate_section(&run, section->bytes));
    }
    return NULL;
}
