// SPDX-License-Identifier: MIT
#include "explain/code_flow.h"

#include "explain/code_machines.h"
#include "lab/disassembler.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum { FUNCTION_BYTES_MOST = 1 << 20, BLOCKS_MOST = 4096, PASSES_MOST = 24 };

const struct code_machine *code_machine_of(const struct image *image)
{
    if (image->machine == EM_X86_64 && image->address_bits == 64)
        return &code_machine_amd64;
    if (image->machine == EM_386)
        return &code_machine_386;
    if (image->machine == EM_AARCH64 && !image->big_endian)
        return &code_machine_arm64;
    return NULL;
}

// --- Values ---

static const struct code_value unknown = {.root = ROOT_UNKNOWN};

bool code_value_equal(const struct code_value *left, const struct code_value *right)
{
    if (left->root != right->root || left->number != right->number ||
        left->loads_count != right->loads_count || left->addend != right->addend)
        return false;
    return !memcmp(left->loads, right->loads, left->loads_count * sizeof(left->loads[0]));
}

static struct code_value moved(const struct code_value *value, int64_t by)
{
    struct code_value result = *value;
    if (value->root == ROOT_UNKNOWN)
        return unknown;
    if (value->root == ROOT_NUMBER && !value->loads_count)
        result.number += (uint64_t)by;
    else if (__builtin_add_overflow(value->addend, by, &result.addend))
        return unknown;
    return result;
}

struct code_value code_value_load(const struct code_value *base, int64_t offset)
{
    struct code_value result = *base;
    int64_t at;
    if (base->root == ROOT_UNKNOWN || base->root == ROOT_STACK || base->loads_count >= CODE_LOADS_MOST ||
        __builtin_add_overflow(base->addend, offset, &at))
        return unknown;
    result.loads[result.loads_count++] = at;
    result.addend = 0;
    return result;
}

// --- Slots of the stack ---

static struct code_value *slot_at(struct code_state *state, int64_t at)
{
    for (size_t i = 0; i < state->slots_count; i++)
        if (state->slots[i].at == at)
            return &state->slots[i].value;
    return NULL;
}

static void forget_slots(struct code_state *state, int64_t first, int64_t end, int64_t slot_bytes)
{
    for (size_t i = 0; i < state->slots_count;) {
        if (state->slots[i].at < end && state->slots[i].at + slot_bytes > first)
            state->slots[i] = state->slots[--state->slots_count];
        else
            i++;
    }
}

static void store_slot(struct code_state *state, int64_t at, const struct code_value *value,
                       int64_t slot_bytes)
{
    forget_slots(state, at, at + slot_bytes, slot_bytes);
    if (value->root != ROOT_UNKNOWN && state->slots_count < CODE_SLOTS_MOST)
        state->slots[state->slots_count++] = (struct code_slot){at, *value};
}

// --- One step ---

static struct code_value base_of(const struct code_state *state, const struct code_step *step)
{
    return step->base == NO_REGISTER ? (struct code_value){.root = ROOT_NUMBER}
                                     : state->registers[step->base];
}

static struct code_value loaded(struct code_state *state, const struct code_step *step, int64_t behind)
{
    const struct code_value base = base_of(state, step);
    if (base.root != ROOT_STACK)
        return code_value_load(&base, step->offset + behind);
    const struct code_value *slot =
        base.loads_count ? NULL : slot_at(state, base.addend + step->offset + behind);
    return slot ? *slot : unknown;
}

static void store(struct code_state *state, const struct code_step *step, int64_t word, unsigned bytes,
                  int from, int64_t behind)
{
    const struct code_value base = base_of(state, step);
    if (base.root != ROOT_STACK || base.loads_count)
        return; // into the heap: what was loaded from there before stays what was loaded
    const int64_t at = base.addend + step->offset + behind;
    if (from == NO_REGISTER || bytes != word)
        forget_slots(state, at, at + bytes, word);
    else
        store_slot(state, at, &state->registers[from], word);
}

// A call may write behind every address of the stack that it can know of: up to where the caller's frame begins, which
// holds arguments only.
static void call_on(const struct code_machine *machine, struct code_state *state,
                    const struct code_step *step)
{
    const int64_t word = machine->pointer_bytes;
    int64_t lowest = 0;
    for (unsigned i = 0; i < machine->registers; i++) {
        const struct code_value *value = &state->registers[i];
        const bool is_own = (int)i == machine->stack || (int)i == machine->frame;
        if (!is_own && value->root == ROOT_STACK && value->addend < lowest)
            lowest = value->addend;
    }
    for (size_t i = 0; i < state->slots_count; i++)
        if (state->slots[i].value.root == ROOT_STACK && state->slots[i].value.addend < lowest)
            lowest = state->slots[i].value.addend;
    if (lowest < 0)
        forget_slots(state, lowest, 0, word);
    const struct code_value stack = state->registers[machine->stack];
    const int64_t behind = stack.addend < -16 * word ? stack.addend + 16 * word : 0;
    if (machine->arguments[0] == NO_REGISTER && stack.root == ROOT_STACK && stack.addend < 0)
        forget_slots(state, stack.addend, behind, word); // the callee owns its arguments
    for (unsigned i = 0; i < machine->registers; i++)
        if ((int)i != machine->stack && (!step->keeps_registers || (step->written >> i & 1)))
            state->registers[i] = unknown;
    if (step->keeps_registers)
        return;
    if (machine->result != NO_REGISTER)
        state->registers[machine->result] = (struct code_value){.root = ROOT_RESULT, .number = step->address};
}

static void step_on(const struct code_machine *machine, struct code_state *state,
                    const struct code_step *step)
{
    const int64_t word = machine->pointer_bytes;
    struct code_value value = unknown, second = unknown;
    if (step->kind == STEP_CALL) {
        call_on(machine, state, step);
        return;
    }
    switch (step->kind) {
    case STEP_COPY:
        value = state->registers[step->from];
        break;
    case STEP_LOAD:
        value = loaded(state, step, 0);
        if (step->second != NO_REGISTER)
            second = loaded(state, step, word);
        break;
    case STEP_ADDRESS: {
        const struct code_value base = base_of(state, step);
        value = moved(&base, step->offset);
        break;
    }
    case STEP_NUMBER:
        value = (struct code_value){.root = ROOT_NUMBER, .number = step->number};
        break;
    case STEP_STORE:
        store(state, step, word, step->stored_bytes, step->from, 0);
        if (step->second != NO_REGISTER)
            store(state, step, word, step->stored_bytes, step->second, word);
        break;
    default:
        break;
    }
    if (step->writes_memory)
        store(state, step, word, step->stored_bytes, NO_REGISTER, 0);
    for (unsigned i = 0; i < machine->registers; i++)
        if (step->written >> i & 1)
            state->registers[i] = unknown;
    if (step->to != NO_REGISTER && step->kind != STEP_STORE)
        state->registers[step->to] = value;
    if (step->kind == STEP_LOAD && step->second != NO_REGISTER)
        state->registers[step->second] = second;
    if (step->moved != NO_REGISTER)
        state->registers[step->moved] = moved(&state->registers[step->moved], step->moved_by);
}

// --- Steps and blocks ---

// All registers that the instruction changes, into step->written.
static void registers_written(const struct disassembler *disassembler, csh capstone,
                              const cs_insn *instruction, const struct code_machine *machine,
                              struct code_step *step)
{
    cs_regs read, written;
    uint8_t read_count, written_count;
    if (disassembler->regs_access(capstone, instruction, read, &read_count, written, &written_count)) {
        step->written = ~(1U << machine->stack);
        return;
    }
    for (uint8_t i = 0; i < written_count; i++) {
        const int number =
            machine->arch == CS_ARCH_ARM64 ? code_register_arm64(written[i]) : code_register_x86(written[i]);
        if (number != NO_REGISTER)
            step->written |= 1U << number;
    }
}

// Calls that change few registers, and those that do not return, by name: the compiler knows both.
static void look_up_call(const struct program *program, const struct code_machine *machine,
                         struct code_step *step)
{
    static const char *const helpers[] = {"runtime.duffzero", "runtime.duffcopy", "runtime.gcWriteBarrier"};
    static const char *const ends[] = {"runtime.gopanic", "runtime.panic", "runtime.goPanic",
                                       "runtime.throw",   "runtime.fatal", "runtime.unreachableMethod"};
    struct go_function function;
    if (step->kind != STEP_CALL || !step->has_target ||
        !program_function_at(program, step->target, &function))
        return;
    step->written = 0;
    for (size_t i = 0; i < ARRAY_LENGTH(helpers); i++)
        if (!strncmp(function.name, helpers[i], strlen(helpers[i]))) {
            step->keeps_registers = true;
            step->written = machine->helper_writes;
        }
    for (size_t i = 0; i < ARRAY_LENGTH(ends); i++)
        step->never_returns |= !strncmp(function.name, ends[i], strlen(ends[i]));
}

static struct error *disassemble(const struct program *program, const struct go_function *function,
                                 struct code_flow *flow)
{
    const uint64_t size_bytes = function->end - function->entry;
    const struct bytes code = program_bytes(program, function->entry, size_bytes);
    const struct disassembler *disassembler;
    csh capstone;
    if (size_bytes > FUNCTION_BYTES_MOST || code.size_bytes != size_bytes)
        return error_create(ERROR_UNSUPPORTED, "%s: the code of %s is not read", program->facts.path,
                            function->name);
    RETURN_IF_ERROR(disassembler_load(&disassembler));
    if (disassembler->open(flow->machine->arch, flow->machine->mode, &capstone))
        return error_create(ERROR_UNSUPPORTED, "capstone cannot read this machine's code");
    disassembler->option(capstone, CS_OPT_DETAIL, CS_OPT_ON);
    cs_insn *instruction = disassembler->malloc(capstone);
    VEC(struct code_step) steps = {0};
    const uint8_t *at = code.data;
    size_t left = code.size_bytes;
    uint64_t address = function->entry;
    bool has_memory = instruction != NULL;
    while (has_memory && left) {
        if (!disassembler->disasm_iter(capstone, &at, &left, &address, instruction)) {
            const unsigned step_bytes = flow->machine->step_bytes;
            if (!step_bytes || left < step_bytes)
                break; // where the next one begins is not known
            struct code_step unread = {.address = address,
                                       .size_bytes = step_bytes,
                                       .to = NO_REGISTER,
                                       .from = NO_REGISTER,
                                       .second = NO_REGISTER,
                                       .base = NO_REGISTER,
                                       .moved = NO_REGISTER};
            flow->machine->unread(at, &unread);
            has_memory = vec_push(&steps, unread);
            at += step_bytes;
            left -= step_bytes;
            address += step_bytes;
            continue;
        }
        struct code_step step = {.address = instruction->address,
                                 .size_bytes = instruction->size,
                                 .to = NO_REGISTER,
                                 .from = NO_REGISTER,
                                 .second = NO_REGISTER,
                                 .base = NO_REGISTER,
                                 .moved = NO_REGISTER};
        registers_written(disassembler, capstone, instruction, flow->machine, &step);
        flow->machine->step(instruction, flow->machine->pointer_bytes, &step);
        look_up_call(program, flow->machine, &step);
        has_memory = vec_push(&steps, step);
    }
    if (instruction)
        disassembler->free(instruction, 1);
    disassembler->close(&capstone);
    flow->read_end = address;
    flow->steps = steps.data;
    flow->steps_count = steps.length;
    return has_memory ? NULL : &error_out_of_memory;
}

static size_t step_at(const struct code_flow *flow, uint64_t address)
{
    size_t low = 0, high = flow->steps_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (flow->steps[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < flow->steps_count && flow->steps[low].address == address ? low : SIZE_MAX;
}

static bool ends_block(const struct code_step *step)
{
    return step->kind == STEP_JUMP || step->kind == STEP_BRANCH || step->kind == STEP_END ||
           step->never_returns;
}

// Marks where blocks begin. False: a jump leads nobody knows where, so nothing is known at any target.
static bool find_blocks(struct code_flow *flow)
{
    const uint64_t first = flow->steps[0].address, end = flow->steps[flow->steps_count - 1].address;
    bool is_known = true;
    memset(flow->block_of, 0, flow->steps_count * sizeof(*flow->block_of));
    flow->block_of[0] = 1;
    for (size_t i = 0; i < flow->steps_count; i++) {
        const struct code_step *step = &flow->steps[i];
        if (!ends_block(step))
            continue;
        if (i + 1 < flow->steps_count)
            flow->block_of[i + 1] = 1;
        const bool leads = step->kind == STEP_JUMP || step->kind == STEP_BRANCH;
        is_known &= !leads || step->has_target;
        const size_t target = leads && step->has_target ? step_at(flow, step->target) : SIZE_MAX;
        if (target != SIZE_MAX)
            flow->block_of[target] = 1;
        else if (leads && step->has_target && step->target >= first && step->target <= end)
            is_known = false; // into the middle of an instruction
    }
    uint32_t number = 0;
    for (size_t i = 0; i < flow->steps_count; i++) {
        number += flow->block_of[i];
        flow->block_of[i] = number - 1;
    }
    flow->blocks_count = number;
    return is_known;
}

static bool is_first(const struct code_flow *flow, size_t index)
{
    return !index || flow->block_of[index] != flow->block_of[index - 1];
}

static void entry_state(const struct code_machine *machine, struct code_state *state)
{
    memset(state, 0, sizeof(*state));
    state->is_reached = true;
    for (unsigned i = 0; i < CODE_ARGUMENTS && machine->arguments[i] != NO_REGISTER; i++)
        state->registers[machine->arguments[i]] = (struct code_value){.root = ROOT_ARGUMENT, .number = i};
    state->registers[machine->context] = (struct code_value){.root = ROOT_CONTEXT};
    state->registers[machine->stack] = (struct code_value){.root = ROOT_STACK};
    if (machine->arguments[0] == NO_REGISTER)
        for (unsigned i = 0; i < CODE_ARGUMENTS; i++) {
            const struct code_value argument = {.root = ROOT_ARGUMENT, .number = i};
            store_slot(state, (int64_t)machine->return_bytes + (int64_t)i * machine->pointer_bytes, &argument,
                       machine->pointer_bytes);
        }
}

// What holds on both paths. True when `to` changed.
static bool join(const struct code_machine *machine, struct code_state *to, const struct code_state *from)
{
    bool has_changed = false;
    if (!to->is_reached) {
        *to = *from;
        return true;
    }
    for (unsigned i = 0; i < machine->registers; i++)
        if (to->registers[i].root != ROOT_UNKNOWN &&
            !code_value_equal(&to->registers[i], &from->registers[i])) {
            to->registers[i] = unknown;
            has_changed = true;
        }
    for (size_t i = 0; i < to->slots_count;) {
        const struct code_value *other = NULL;
        for (size_t k = 0; k < from->slots_count; k++)
            if (from->slots[k].at == to->slots[i].at)
                other = &from->slots[k].value;
        if (other && code_value_equal(&to->slots[i].value, other)) {
            i++;
            continue;
        }
        to->slots[i] = to->slots[--to->slots_count];
        has_changed = true;
    }
    return has_changed;
}

static bool flow_into(struct code_flow *flow, size_t index, const struct code_state *state)
{
    return index < flow->steps_count && join(flow->machine, &flow->states[flow->block_of[index]], state);
}

// One round through all blocks, in the order of addresses; true when something changed.
static bool pass(struct code_flow *flow)
{
    bool has_changed = false;
    struct code_state state = {0};
    for (size_t i = 0; i < flow->steps_count; i++) {
        const struct code_step *step = &flow->steps[i];
        if (is_first(flow, i))
            state = flow->states[flow->block_of[i]];
        if (!state.is_reached)
            continue;
        step_on(flow->machine, &state, step);
        if ((step->kind == STEP_JUMP || step->kind == STEP_BRANCH) && step->has_target) {
            const size_t target = step_at(flow, step->target);
            if (target != SIZE_MAX)
                has_changed |= flow_into(flow, target, &state);
        }
        const bool falls_through = step->kind != STEP_JUMP && step->kind != STEP_END && !step->never_returns;
        if (falls_through && i + 1 < flow->steps_count && is_first(flow, i + 1))
            has_changed |= flow_into(flow, i + 1, &state);
    }
    return has_changed;
}

struct error *code_flow_open(const struct program *program, const struct go_function *function,
                             struct code_flow *flow)
{
    *flow = (struct code_flow){.machine = code_machine_of(program->image)};
    if (!flow->machine)
        return error_create(ERROR_UNSUPPORTED, "%s: code of %s is not read", program->facts.path,
                            program->facts.machine);
    RETURN_IF_ERROR(disassemble(program, function, flow));
    if (!flow->steps_count)
        return error_create(ERROR_UNSUPPORTED, "%s: the code of %s is not read", program->facts.path,
                            function->name);
    flow->block_of = calloc(flow->steps_count, sizeof(*flow->block_of));
    if (!flow->block_of)
        return &error_out_of_memory;
    const bool is_known = find_blocks(flow);
    if (!is_known || flow->blocks_count > BLOCKS_MOST)
        return NULL;
    flow->states = calloc(flow->blocks_count, sizeof(*flow->states));
    if (!flow->states)
        return &error_out_of_memory;
    entry_state(flow->machine, &flow->states[0]);
    for (unsigned i = 0; i < PASSES_MOST && !flow->is_settled; i++)
        flow->is_settled = !pass(flow);
    return NULL;
}

void code_flow_free(struct code_flow *flow)
{
    free(flow->steps);
    free(flow->states);
    free(flow->block_of);
    *flow = (struct code_flow){0};
}

void code_flow_state(const struct code_flow *flow, size_t index, struct code_state *state)
{
    size_t first = index;
    while (!is_first(flow, first))
        first--;
    memset(state, 0, sizeof(*state));
    if (flow->is_settled)
        *state = flow->states[flow->block_of[first]];
    for (size_t i = first; i < index; i++)
        step_on(flow->machine, state, &flow->steps[i]);
}

struct code_value code_argument(const struct code_flow *flow, const struct code_state *state, unsigned index)
{
    const struct code_machine *machine = flow->machine;
    if (machine->arguments[0] != NO_REGISTER)
        return index < CODE_ARGUMENTS && machine->arguments[index] != NO_REGISTER
                   ? state->registers[machine->arguments[index]]
                   : unknown;
    const struct code_value stack = state->registers[machine->stack];
    if (stack.root != ROOT_STACK || stack.loads_count)
        return unknown;
    const int64_t at = stack.addend + (int64_t)index * machine->pointer_bytes;
    for (size_t i = 0; i < state->slots_count; i++)
        if (state->slots[i].at == at)
            return state->slots[i].value;
    return unknown;
}
