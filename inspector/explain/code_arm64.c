// SPDX-License-Identifier: MIT
// arm64: Go's register ABI (cmd/compile/abi-internal.md).
#include "explain/code_machines.h"

enum { ARM64_CONTEXT = 26, ARM64_FRAME = 29, ARM64_STACK = 31, ARM64_COUNT = 32 };

int code_register_arm64(unsigned capstone_register)
{
    if (capstone_register >= ARM64_REG_X0 && capstone_register <= ARM64_REG_X28)
        return (int)(capstone_register - ARM64_REG_X0);
    if (capstone_register >= ARM64_REG_W0 && capstone_register <= ARM64_REG_W30)
        return (int)(capstone_register - ARM64_REG_W0);
    switch (capstone_register) {
    case ARM64_REG_X29:
        return 29;
    case ARM64_REG_X30:
        return 30;
    case ARM64_REG_SP:
    case ARM64_REG_WSP:
        return ARM64_STACK;
    default:
        return NO_REGISTER;
    }
}

static bool is_wide(unsigned capstone_register)
{
    return (capstone_register >= ARM64_REG_X0 && capstone_register <= ARM64_REG_X28) ||
           capstone_register == ARM64_REG_X29 || capstone_register == ARM64_REG_X30 ||
           capstone_register == ARM64_REG_SP;
}

// The memory operand, and what the instruction adds to its base: before (in the operand) or behind (an operand more).
static bool memory_of(const cs_insn *instruction, uint8_t index, struct code_step *step)
{
    const cs_arm64 *arm = &instruction->detail->arm64;
    const cs_arm64_op *operand = &arm->operands[index];
    if (index >= arm->op_count || operand->type != ARM64_OP_MEM || operand->mem.index != ARM64_REG_INVALID)
        return false;
    step->base = code_register_arm64(operand->mem.base);
    step->offset = operand->mem.disp;
    if (arm->writeback && step->base != NO_REGISTER) {
        const bool is_behind = index + 1 < arm->op_count && arm->operands[index + 1].type == ARM64_OP_IMM;
        step->moved = step->base;
        step->moved_by = is_behind ? arm->operands[index + 1].imm : operand->mem.disp;
        step->written &= ~(1U << step->base);
        if (is_behind)
            step->offset = 0;
    }
    return step->base != NO_REGISTER;
}

static void load_or_store(const cs_insn *instruction, bool is_load, bool is_pair, struct code_step *step)
{
    const cs_arm64 *arm = &instruction->detail->arm64;
    const unsigned reg = arm->operands[0].reg, pair = is_pair ? arm->operands[1].reg : ARM64_REG_INVALID;
    if (!memory_of(instruction, is_pair ? 2 : 1, step)) {
        step->kind = STEP_OTHER;
        return;
    }
    const bool is_word = is_wide(reg) || reg == ARM64_REG_XZR;
    if (is_load) {
        if (!is_word || (is_pair && !is_wide(pair)))
            return; // `written` has them
        step->kind = STEP_LOAD;
        step->to = code_register_arm64(reg);
        step->second = is_pair ? code_register_arm64(pair) : NO_REGISTER;
        if (step->to == NO_REGISTER)
            step->kind = STEP_OTHER;
        return;
    }
    step->kind = STEP_STORE;
    step->stored_bytes = is_word ? 8 : 16; // others: at most that
    step->from = is_word ? code_register_arm64(reg) : NO_REGISTER;
    if (is_pair && is_wide(pair))
        step->second = code_register_arm64(pair);
    else if (is_pair)
        step->stored_bytes = 32;
}

static void jump(const cs_insn *instruction, enum code_kind kind, struct code_step *step)
{
    const cs_arm64 *arm = &instruction->detail->arm64;
    step->kind = kind;
    for (uint8_t i = 0; i < arm->op_count; i++)
        if (arm->operands[i].type == ARM64_OP_IMM) { // the last one: tbz has a bit's number before
            step->has_target = true;
            step->target = (uint64_t)arm->operands[i].imm;
        }
}

static void copy(const cs_insn *instruction, struct code_step *step)
{
    const cs_arm64_op *to = &instruction->detail->arm64.operands[0],
                      *from = &instruction->detail->arm64.operands[1];
    step->to = code_register_arm64(to->reg);
    if (step->to == NO_REGISTER)
        return;
    if (from->type == ARM64_OP_IMM) {
        step->kind = STEP_NUMBER;
        step->number = (uint64_t)from->imm;
        if (from->shift.type == ARM64_SFT_LSL)
            step->number <<= from->shift.value & 63;
    } else if (from->type == ARM64_OP_REG && (from->reg == ARM64_REG_XZR || from->reg == ARM64_REG_WZR)) {
        step->kind = STEP_NUMBER;
    } else if (from->type == ARM64_OP_REG && is_wide(to->reg) &&
               code_register_arm64(from->reg) != NO_REGISTER) {
        step->kind = STEP_COPY;
        step->from = code_register_arm64(from->reg);
    }
}

static void add(const cs_insn *instruction, int64_t sign, struct code_step *step)
{
    const cs_arm64 *arm = &instruction->detail->arm64;
    const cs_arm64_op *from = &arm->operands[1], *amount = &arm->operands[2];
    if (arm->op_count != 3 || amount->type != ARM64_OP_IMM || !is_wide(arm->operands[0].reg) ||
        !is_wide(from->reg))
        return;
    step->kind = STEP_ADDRESS;
    step->to = code_register_arm64(arm->operands[0].reg);
    step->base = code_register_arm64(from->reg);
    step->offset = sign * (amount->shift.type == ARM64_SFT_LSL ? amount->imm << (amount->shift.value & 31)
                                                               : amount->imm);
}

static void step_arm64(const cs_insn *instruction, unsigned word, struct code_step *step)
{
    (void)word;
    const cs_arm64 *arm = &instruction->detail->arm64;
    switch (instruction->id) {
    case ARM64_INS_MOV:
    case ARM64_INS_MOVZ:
        copy(instruction, step);
        break;
    case ARM64_INS_ADRP:
    case ARM64_INS_ADR:
        step->to = code_register_arm64(arm->operands[0].reg);
        step->number = (uint64_t)arm->operands[1].imm;
        step->kind = step->to == NO_REGISTER ? STEP_OTHER : STEP_NUMBER;
        break;
    case ARM64_INS_CMP: // capstone 4 has the compared register as one that is written
    case ARM64_INS_CMN:
    case ARM64_INS_TST:
    case ARM64_INS_CCMP:
    case ARM64_INS_CCMN:
        step->written = 0;
        break;
    case ARM64_INS_ADD:
        add(instruction, 1, step);
        break;
    case ARM64_INS_SUB:
        add(instruction, -1, step);
        break;
    case ARM64_INS_LDR:
    case ARM64_INS_LDUR:
        load_or_store(instruction, true, false, step);
        break;
    case ARM64_INS_LDP:
        load_or_store(instruction, true, true, step);
        break;
    case ARM64_INS_STR:
    case ARM64_INS_STUR:
        load_or_store(instruction, false, false, step);
        break;
    case ARM64_INS_STP:
        load_or_store(instruction, false, true, step);
        break;
    case ARM64_INS_BL:
    case ARM64_INS_BLR:
        jump(instruction, STEP_CALL, step);
        break;
    case ARM64_INS_B:
        jump(instruction, arm->cc == ARM64_CC_INVALID || arm->cc == ARM64_CC_AL ? STEP_JUMP : STEP_BRANCH,
             step);
        break;
    case ARM64_INS_CBZ:
    case ARM64_INS_CBNZ:
    case ARM64_INS_TBZ:
    case ARM64_INS_TBNZ:
        jump(instruction, STEP_BRANCH, step);
        break;
    case ARM64_INS_BR:
        step->kind = STEP_JUMP;
        break;
    case ARM64_INS_RET:
    case ARM64_INS_BRK:
    case ARM64_INS_HLT:
        step->kind = STEP_END;
        break;
    default:
        for (uint8_t i = 0; i < arm->op_count; i++)
            if (arm->operands[i].type == ARM64_OP_MEM && memory_of(instruction, i, step)) {
                step->writes_memory = true; // or reads: forgetting is safe
                step->stored_bytes = 64;
            }
        break;
    }
    if (step->kind == STEP_OTHER)
        step->to = step->from = step->second = NO_REGISTER;
}

// Atomics of later versions (CASAL, LDADDAL, …), which Go's compiler puts where it has asked for them first. Whatever it
// is: it changes no register but those that its fields name, with their neighbours, as there are pairs; and memory at the
// one in the field of the base.
static void unread_arm64(const uint8_t *code, struct code_step *step)
{
    enum { FIELD = 31, BASE_SHIFT = 5 };
    static const unsigned shifts[] = {0, BASE_SHIFT, 10, 16};
    const uint32_t word =
        code[0] | (uint32_t)code[1] << 8 | (uint32_t)code[2] << 16 | (uint32_t)code[3] << 24;
    for (size_t i = 0; i < sizeof(shifts) / sizeof(*shifts); i++) {
        const unsigned number = word >> shifts[i] & FIELD;
        if (number != ARM64_STACK)
            step->written |= 1U << number;
        if (number + 1 < ARM64_STACK)
            step->written |= 2U << number;
    }
    step->base = (int)(word >> BASE_SHIFT & FIELD);
    step->writes_memory = true;
    step->stored_bytes = 16;
}

const struct code_machine code_machine_arm64 = {
    .stack = ARM64_STACK,
    .context = ARM64_CONTEXT,
    .arguments = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
    .result = 0,
    .pointer_bytes = 8,
    .return_bytes = 0,
    .registers = ARM64_COUNT,
    .frame = ARM64_FRAME,
    .step_bytes = 4,
    .unread = unread_arm64,
    .helper_writes = 1U << 16 | 1U << 17 | 1U << 20 | 1U << 21 | 1U << 25 | 1U << 26 | 1U << 27 | 1U << 30,
    .arch = CS_ARCH_ARM64,
    .mode = CS_MODE_ARM,
    .step = step_arm64,
};
