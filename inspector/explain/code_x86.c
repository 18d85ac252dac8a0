// SPDX-License-Identifier: MIT
// amd64 and 386: Go's register ABI (cmd/compile/abi-internal.md), and its older one with arguments on the stack.
#include "explain/code_machines.h"

enum { AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11, R12, R13, R14, R15, X86_COUNT };

int code_register_x86(unsigned capstone_register)
{
    switch (capstone_register) {
#define NAMES(number, b, w, d, q)                                                                            \
    case X86_REG_##b:                                                                                        \
    case X86_REG_##w:                                                                                        \
    case X86_REG_##d:                                                                                        \
    case X86_REG_##q:                                                                                        \
        return number;
        NAMES(AX, AL, AX, EAX, RAX)
        NAMES(CX, CL, CX, ECX, RCX)
        NAMES(DX, DL, DX, EDX, RDX)
        NAMES(BX, BL, BX, EBX, RBX)
        NAMES(SP, SPL, SP, ESP, RSP)
        NAMES(BP, BPL, BP, EBP, RBP)
        NAMES(SI, SIL, SI, ESI, RSI)
        NAMES(DI, DIL, DI, EDI, RDI)
        NAMES(R8, R8B, R8W, R8D, R8)
        NAMES(R9, R9B, R9W, R9D, R9)
        NAMES(R10, R10B, R10W, R10D, R10)
        NAMES(R11, R11B, R11W, R11D, R11)
        NAMES(R12, R12B, R12W, R12D, R12)
        NAMES(R13, R13B, R13W, R13D, R13)
        NAMES(R14, R14B, R14W, R14D, R14)
        NAMES(R15, R15B, R15W, R15D, R15)
#undef NAMES
    case X86_REG_AH:
        return AX;
    case X86_REG_BH:
        return BX;
    case X86_REG_CH:
        return CX;
    case X86_REG_DH:
        return DX;
    default:
        return NO_REGISTER;
    }
}

// The address that an operand means; false where an index has a part in it.
static bool memory_of(const cs_insn *instruction, const cs_x86_op *operand, struct code_step *step)
{
    const x86_op_mem *memory = &operand->mem;
    step->offset = memory->disp;
    step->base = NO_REGISTER;
    if (memory->segment != X86_REG_INVALID || memory->index != X86_REG_INVALID)
        return false;
    if (memory->base == X86_REG_RIP) {
        step->offset = (int64_t)(instruction->address + instruction->size) + memory->disp;
        return true;
    }
    if (memory->base == X86_REG_INVALID) {
        step->offset = memory->disp & 0xffffffff;
        return true;
    }
    step->base = code_register_x86(memory->base);
    return step->base != NO_REGISTER;
}

static void move(const cs_insn *instruction, unsigned word, struct code_step *step)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    const cs_x86_op *to = &x86->operands[0], *from = &x86->operands[1];
    const bool is_word = to->size == word;
    if (to->type == X86_OP_REG && from->type == X86_OP_REG && is_word) {
        step->to = code_register_x86(to->reg);
        step->from = code_register_x86(from->reg);
        if (step->to != NO_REGISTER && step->from != NO_REGISTER)
            step->kind = STEP_COPY;
    } else if (to->type == X86_OP_REG && from->type == X86_OP_IMM) {
        step->to = code_register_x86(to->reg);
        step->number = word == 4 ? (uint32_t)from->imm : (uint64_t)from->imm;
        step->kind = STEP_NUMBER; // of 32 bits, too: the upper ones become zero
    } else if (to->type == X86_OP_REG && from->type == X86_OP_MEM && is_word) {
        if (memory_of(instruction, from, step)) {
            step->to = code_register_x86(to->reg);
            step->kind = STEP_LOAD;
        }
    } else if (to->type == X86_OP_MEM && from->type == X86_OP_REG && memory_of(instruction, to, step)) {
        step->kind = STEP_STORE;
        step->from = code_register_x86(from->reg);
        step->stored_bytes = to->size;
    }
    if (step->kind != STEP_STORE && step->to == NO_REGISTER)
        step->kind = STEP_OTHER;
}

static void jump(const cs_insn *instruction, enum code_kind kind, struct code_step *step)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    step->kind = kind;
    step->has_target = x86->op_count == 1 && x86->operands[0].type == X86_OP_IMM;
    step->target = step->has_target ? (uint64_t)x86->operands[0].imm : 0;
}

static bool is_in_group(const cs_insn *instruction, unsigned group)
{
    for (uint8_t i = 0; i < instruction->detail->groups_count; i++)
        if (instruction->detail->groups[i] == group)
            return true;
    return false;
}

// Memory that an instruction of another kind changes.
static void other(const cs_insn *instruction, struct code_step *step)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    for (uint8_t i = 0; i < x86->op_count; i++) {
        const cs_x86_op *operand = &x86->operands[i];
        if (operand->type != X86_OP_MEM || !(operand->access & CS_AC_WRITE))
            continue;
        if (memory_of(instruction, operand, step)) {
            step->writes_memory = true;
            step->stored_bytes = operand->size;
        } else if (code_register_x86(operand->mem.base) == SP || code_register_x86(operand->mem.base) == BP) {
            // somewhere in the frame: everything there is forgotten
            step->base = SP;
            step->offset = 0;
            step->writes_memory = true;
            step->stored_bytes = 1U << 20;
        }
    }
}

static void step_x86(const cs_insn *instruction, unsigned word, struct code_step *step)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    const cs_x86_op *first = &x86->operands[0], *second = &x86->operands[1];
    const bool is_stack = x86->op_count == 2 && first->type == X86_OP_REG &&
                          code_register_x86(first->reg) == SP && second->type == X86_OP_IMM;
    switch (instruction->id) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
        move(instruction, word, step);
        break;
    case X86_INS_LEA:
        if (memory_of(instruction, second, step) && first->size == word) {
            step->to = code_register_x86(first->reg);
            step->kind = step->to == NO_REGISTER ? STEP_OTHER : STEP_ADDRESS;
        }
        return;
    case X86_INS_XOR:
        if (first->type == X86_OP_REG && second->type == X86_OP_REG && first->reg == second->reg &&
            code_register_x86(first->reg) != NO_REGISTER) {
            step->to = code_register_x86(first->reg);
            step->kind = STEP_NUMBER;
            return;
        }
        break;
    case X86_INS_SUB:
    case X86_INS_ADD:
        if (is_stack) {
            step->moved = SP;
            step->moved_by = instruction->id == X86_INS_SUB ? -second->imm : second->imm;
            step->written &= ~(1U << SP);
            return;
        }
        break;
    case X86_INS_PUSH:
    case X86_INS_POP:
        step->moved = SP;
        step->moved_by = instruction->id == X86_INS_PUSH ? -(int64_t)word : (int64_t)word;
        step->written &= ~(1U << SP);
        if (instruction->id == X86_INS_PUSH) {
            step->base = SP;
            step->offset = -(int64_t)word;
            step->writes_memory = true;
            step->stored_bytes = word;
        }
        return;
    case X86_INS_CALL:
        jump(instruction, STEP_CALL, step);
        return;
    case X86_INS_JMP:
        jump(instruction, STEP_JUMP, step);
        return;
    case X86_INS_RET:
    case X86_INS_UD2:
    case X86_INS_INT3:
    case X86_INS_HLT:
        step->kind = STEP_END;
        return;
    default:
        if (is_in_group(instruction, X86_GRP_JUMP)) {
            jump(instruction, STEP_BRANCH, step);
            return;
        }
        break;
    }
    if (step->kind == STEP_OTHER) {
        step->to = step->from = NO_REGISTER;
        other(instruction, step);
    }
}

const struct code_machine code_machine_amd64 = {
    .stack = SP,
    .context = DX,
    .frame = NO_REGISTER, // leads to the frame's upper end, above what is local
    .arguments = {AX, BX, CX, DI, SI, R8, R9, R10, R11, NO_REGISTER},
    .result = AX,
    .pointer_bytes = 8,
    .return_bytes = 8,
    .registers = X86_COUNT,
    .helper_writes = 1U << SI | 1U << DI | 1U << R11,
    .arch = CS_ARCH_X86,
    .mode = CS_MODE_64,
    .step = step_x86,
};

const struct code_machine code_machine_386 = {
    .stack = SP,
    .context = DX,
    .frame = NO_REGISTER, // leads to the frame's upper end, above what is local
    .arguments = {NO_REGISTER},
    .result = NO_REGISTER,
    .pointer_bytes = 4,
    .return_bytes = 4,
    .registers = 8,
    .helper_writes = 1U << SI | 1U << DI | 1U << CX,
    .arch = CS_ARCH_X86,
    .mode = CS_MODE_32,
    .step = step_x86,
};
